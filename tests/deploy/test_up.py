"""`busbar up` with everything real: what dies comes back, a killed run is taken over, the end leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy import environment, ports, processes
from deploy.folders import ROOT
from tests.support.servers import short_folder
from tests.support.waiting import until

RUNS = "Busbar runs"


class Up:
    """One `busbar up` in a run folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "up.out"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BUSBAR_")}
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", "up", "--no-calls", "--only", "worker"],
                cwd=ROOT,
                env=kept | {"BUSBAR_RUN_DIR": str(self.folder), "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        until(lambda: RUNS in self.said() or self.ended(), 60, "busbar up has started everything")
        assert RUNS in self.said(), self.said()

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def part(self, name: str) -> processes.Identity | None:
        return processes.recall(self.folder / "state" / f"{name}.pid")

    def left(self) -> list[str]:
        """Command lines that still run in this folder."""
        found = []
        for process in psutil.process_iter(["cmdline", "environ", "status"]):
            words = process.info["cmdline"] or []
            mine = (process.info["environ"] or {}).get("BUSBAR_RUN_DIR") == str(self.folder)
            if process.info["status"] != psutil.STATUS_ZOMBIE and (mine or any(str(self.folder) in w for w in words)):
                found.append(" ".join(words))
        return found


@pytest.fixture
def up() -> Iterator[Up]:
    with short_folder() as folder:
        environment.provide(folder, lambda _: None)
        taken = {name: str(ports.free_port()) for name in environment.PORTS}
        own = {"BUSBAR_SIP_PORT": str(ports.free_port(udp=True)), "BUSBAR_LINES": "5"}
        own["BUSBAR_SIP_WS_URL"] = environment.websocket_url(ports.free_port())
        environment.write(folder, environment.read(folder) | taken | own)
        (folder / "state").mkdir(exist_ok=True)
        (folder / "state" / "sample").touch()
        one = Up(folder)
        yield one
        for name in ("up", "calls", "worker", "web", "floor", "ivr", "asterisk", "valkey", "postgres"):
            if left := one.part(name):
                processes.end(left, seconds=3)


@pytest.mark.fault
def test_one_run_a_folder_what_is_killed_comes_back_and_the_end_leaves_nothing(up: Up) -> None:
    up.start()
    second = Up(up.folder)
    second.output = up.folder / "second.out"
    with pytest.raises(AssertionError, match="already runs here"):
        second.start()
    before = {name: up.part(name) for name in ("postgres", "valkey", "asterisk", "worker")}
    assert None not in before.values()
    for one in before.values():
        assert one is not None
        os.kill(one.pid, signal.SIGKILL)
    until(lambda: all(f"{name}: runs again" in up.said() for name in before), 30, "all four run again")
    assert all(up.part(name) not in {None, old} for name, old in before.items())
    assert up.end(signal.SIGINT) == 0
    assert up.left() == []


@pytest.mark.fault
def test_a_killed_run_is_taken_over_by_the_next_one(up: Up) -> None:
    up.start()
    servers = {name: up.part(name) for name in ("postgres", "valkey", "asterisk")}
    worker = up.part("worker")
    up.end(signal.SIGKILL)
    up.start()
    assert {name: up.part(name) for name in servers} == servers
    assert up.part("worker") not in {None, worker}
    assert up.end() == 0
    assert up.left() == []
