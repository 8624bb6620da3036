"""Processes are started, started again when they die, taken over or ended, with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy import backoff, processes
from deploy.composition import FLOOR_WORDS, STANDBY, own_processes
from deploy.supervisor import Part, PartFailed, Supervisor
from tests.support.servers import node_settings
from tests.support.waiting import eventually

SERVES = "import signal, sys; print('ready: {name}', flush=True); signal.pause()"
DIES = "raise SystemExit('no licence today')"
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready: {name}", flush=True)
while True:
    signal.pause()
"""


def part(name: str, code: str = SERVES, **more: object) -> Part:
    words = [sys.executable, "-c", code.format(name=name)]
    return Part(name=name, argv=lambda: words, **more)  # type: ignore[arg-type]


@asynccontextmanager
async def supervised(folder: Path, said: list[str] | None = None) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(folder / "log", folder / "state", (said if said is not None else []).append)
    try:
        yield supervisor
    finally:
        await supervisor.end()


def sleeper() -> subprocess.Popen[bytes]:
    """A process nobody here supervises yet."""
    return subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])


def running(folder: Path, name: str) -> processes.Identity | None:
    return processes.recall(folder / "state" / f"{name}.pid")


@pytest.mark.unit
def test_waiting_doubles_from_a_fifth_of_a_second_to_five() -> None:
    delays, delay = [], 0.0
    for _ in range(7):
        delay = backoff.next_delay(delay, ran_seconds=0.1)
        delays.append(delay)
    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


@pytest.mark.unit
def test_a_process_that_was_well_for_a_while_is_started_again_at_once() -> None:
    assert backoff.next_delay(5.0, ran_seconds=60) == backoff.SHORTEST


@pytest.mark.fault
async def test_a_killed_child_runs_again(tmp_path: Path) -> None:
    async with supervised(tmp_path) as supervisor:
        await supervisor.start([part("floor")])
        first = running(tmp_path, "floor")
        assert first is not None
        os.kill(first.pid, signal.SIGKILL)

        def again() -> bool:
            now = running(tmp_path, "floor")
            return now is not None and now != first

        await eventually(again, 5, "the killed process runs again")


@pytest.mark.fault
async def test_one_that_stands_by_is_up(tmp_path: Path) -> None:
    said: list[str] = []
    async with supervised(tmp_path, said) as supervisor:
        await supervisor.start([part("floor-2", SERVES.replace("ready: {name}", FLOOR_WORDS[1]), words=FLOOR_WORDS)])
    assert "started" in said[0]


@pytest.mark.unit
def test_of_the_floor_there_are_two_so_that_one_can_take_over(tmp_path: Path) -> None:
    settings = node_settings(tmp_path, "postgresql://localhost/none", "redis://localhost")
    floors = own_processes(settings, only=frozenset({"floor"}))
    assert [one.name for one in floors] == ["floor", STANDBY]
    assert all(one.argv()[-1] == "floor" and one.words == FLOOR_WORDS for one in floors)


@pytest.mark.fault
async def test_the_end_ends_everything_it_started_and_nothing_else(tmp_path: Path) -> None:
    stranger = sleeper()
    try:
        async with supervised(tmp_path) as supervisor:
            await supervisor.start([part("web"), part("ivr", STUBBORN, ending=0.3)])
            started = [running(tmp_path, "web"), running(tmp_path, "ivr")]
        assert not any(processes.is_alive(one) for one in started if one)
        assert None not in started
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.fault
async def test_what_a_killed_run_left_behind_is_ended_before_it_is_started_again(tmp_path: Path) -> None:
    left = sleeper()
    identity = processes.identify(left.pid)
    assert identity is not None
    processes.remember(tmp_path / "state" / "web.pid", identity)
    async with supervised(tmp_path) as supervisor:
        await supervisor.start([part("web")])
        assert not processes.is_alive(identity)
        assert running(tmp_path, "web") not in {None, identity}
    left.wait()


@pytest.mark.fault
async def test_a_server_that_still_serves_is_taken_over_and_ended_with_the_rest(tmp_path: Path) -> None:
    left = sleeper()
    identity = processes.identify(left.pid)
    said: list[str] = []

    async def ready() -> bool:
        return True

    async with supervised(tmp_path, said) as supervisor:
        await supervisor.start([part("valkey", adopt=lambda: identity, ready=ready)])
        assert running(tmp_path, "valkey") == identity
    assert "found running" in said[0]
    assert left.wait(5) == -signal.SIGTERM


@pytest.mark.fault
async def test_a_process_that_ends_at_once_is_named_with_its_last_words(tmp_path: Path) -> None:
    async with supervised(tmp_path) as supervisor:
        with pytest.raises(PartFailed, match="worker ended at once: no licence today"):
            await supervisor.start([part("web"), part("worker", DIES)])
        web = running(tmp_path, "web")
    assert web is None or not processes.is_alive(web)
    assert running(tmp_path, "web") is None


@pytest.mark.fault
def test_a_number_used_again_is_not_mistaken_for_ours(tmp_path: Path) -> None:
    own = processes.identify(os.getpid())
    assert own is not None
    note = tmp_path / "web.pid"
    processes.remember(note, processes.Identity(pid=own.pid, born=own.born - 1))
    assert processes.recall(note) is None
    processes.end(processes.Identity(pid=own.pid, born=own.born - 1))  # would end this very test otherwise
