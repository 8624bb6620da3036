"""`busbar selfcheck`: a real call on a line started for it and ended again; what is missing is said in one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy import environment, legs, ports, witness
from deploy.folders import ROOT
from deploy.legs import Legs, Observer
from telephony.events import CallId, CallMarked, ChannelName, LegCreated, LegId, LegRinging, Mark, Node
from tests.support.servers import short_folder

NODE = Node("one")
CALL = CallId("one-1.1")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A run folder with free ports and the browser's files; nothing runs in it, no prompt is made yet."""
    with short_folder() as one:
        environment.provide(one, lambda _: None)
        own = {name: str(ports.free_port()) for name in environment.PORTS}
        own |= {"BUSBAR_SIP_PORT": str(ports.free_port(udp=True)), "BUSBAR_LINES": "6"}
        own |= {"BUSBAR_SIP_WS_URL": environment.websocket_url(ports.free_port())}
        own |= {"BUSBAR_SPEECH_DIR": str(one / "prompts")}
        environment.write(one, environment.read(one) | own)
        (one / "web").symlink_to(ROOT / ".run" / "web")
        yield one


def selfcheck(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BUSBAR_")}
    if "BUSBAR_CHROMIUM" in os.environ:
        kept["BUSBAR_CHROMIUM"] = os.environ["BUSBAR_CHROMIUM"]
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", "selfcheck"],
        cwd=ROOT,
        env=kept | {"BUSBAR_RUN_DIR": str(folder), "PYTHONPATH": str(ROOT)} | more,
        capture_output=True,
        text=True,
        check=False,
    )


def left(folder: Path) -> list[str]:
    """Command lines that still run in this folder."""
    lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if str(folder) in line]


@pytest.mark.e2e
def test_a_whole_call_on_a_line_started_for_it_which_leaves_nothing_running(folder: Path) -> None:
    done = selfcheck(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = {one["name"]: one for one in json.loads(done.stdout.splitlines()[-1])["figures"]}
    assert figures["whole call"]["value"] == 1
    assert figures["ringing event -> card painted"]["held"]
    assert figures["operator hears, RMS of full scale"]["held"]
    assert figures["caller hears, RMS of the last second"]["held"]
    assert all(figures[name]["value"] >= 0 for name in figures if name != "ringing event -> card painted")
    assert left(folder) == []
    assert not (folder / "state" / "calls.off").exists()


@pytest.mark.integration
def test_without_chromium_it_says_in_one_sentence_what_to_run(folder: Path) -> None:
    done = selfcheck(folder, BUSBAR_CHROMIUM=str(folder / "nothing"))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == f"busbar: {NO_CHROMIUM}\n"
    assert left(folder) == []


NO_CHROMIUM = "selfcheck needs Chromium, which is not here: run deploy/run --tests once"


@pytest.mark.unit
@pytest.mark.parametrize("package", ["playwright", "psutil"])
def test_without_a_package_it_says_in_one_sentence_what_to_run(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setattr(witness.importlib.util, "find_spec", lambda name: None if name == package else True)
    with pytest.raises(witness.ToolsMissing, match=f"selfcheck needs {package}, .* run deploy/run --tests once"):
        witness.chromium()


@pytest.mark.unit
def test_a_call_that_did_not_happen_is_a_bar_not_held() -> None:
    taken = Legs()
    taken.took("dial -> answer", 0.0123)
    taken.took("ringing event -> card painted", 0.5, legs.POP_MS)
    taken.failed()
    assert [(one.name, one.value, one.held) for one in taken.figures] == [
        ("dial -> answer", 12.3, None),
        ("ringing event -> card painted", 500.0, False),
        ("whole call", 0, False),
    ]


@pytest.mark.unit
def test_the_observer_follows_its_own_call_and_its_own_telephone() -> None:
    observer = Observer("+79000000001", "PJSIP/op101-")
    common = {"node": NODE, "linked": CALL}
    stranger = LegId("one-0.9")
    for leg, number in ((stranger, "+79000000009"), (LegId(CALL), "+79000000001"), (LegId("one-2.2"), "+79000000001")):
        observer.take(
            LegCreated(
                leg=leg,
                channel=ChannelName("PJSIP/trunk-1"),
                number=number,
                name="",
                context="inbound",
                exten="100",
                **common,
            ),
            1.0,
        )
    assert observer.call_id == CALL
    for at, leg in ((2.0, stranger), (3.0, LegId(CALL)), (4.0, LegId(CALL))):
        fields = {"Account": "7", "Path": "greeting;balance=told"}
        observer.take(
            CallMarked(leg=leg, channel=ChannelName("PJSIP/trunk-1"), mark=Mark.WAITING, fields=fields, **common), at
        )
    assert (observer.waiting, observer.account) == (3.0, "7")
    for at, name in ((5.0, "PJSIP/op1011-1"), (6.0, "PJSIP/op101-1"), (7.0, "PJSIP/op101-2")):
        observer.take(LegRinging(leg=LegId(name), channel=ChannelName(name), **common), at)
    assert observer.ringing == 6.0
