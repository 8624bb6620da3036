"""Bench: AMI events parsed, typed where wanted and dispatched each second, beside unmodified panoramisk (shell).

A feeder process plays the recordings' events over loopback, again and again, callers' names in several scripts among
them. Each client is a fresh process that logs in and counts until the end mark. Three clients take turns, so that what
else the machine does hits all of them; figures are medians:

- ours: `AmiSwitch.events()`;
- panoramisk doing the same job: a callback for each event name that the house wants, which types the event by the very
  same rules; both must find the same number of events;
- panoramisk asked for the least: one catch-all callback that reads the event's name, and types nothing.

The bar is on both, in events per second of the client's own processor time: by the clock, a fast client waits for the
feeder.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypedDict

from crm_core.settings import Settings
from deploy.figures import Figure, at_least, at_most

ROOT = Path(__file__).resolve().parents[2]
PAIRS: Final = 3
CLIENTS: Final = ("ours", "panoramisk", "catch-all")
BAR: Final = 8.0
NAMES: Final = ("Иванов Пётр", "Ivanov", "አበበ በቀለ")
END: Final = "end-of-bench"
GREETING: Final = b"Asterisk Call Manager/11.0.0\r\n"
NAME: Final = b"CallerIDName: <unknown>\r\n"


class Result(TypedDict):
    """What one client process measured."""

    events: int
    seconds: float
    cpu: float
    wanted: int
    damaged: int


def run(settings: Settings | None = None, *, events: int = 200_000, pairs: int = PAIRS) -> list[Figure]:
    """Measure and return the figures; `events` is how many each client gets. Needs no server."""
    del settings
    results: dict[str, list[Result]] = {client: [] for client in CLIENTS}
    for number in range(pairs):
        for client in CLIENTS if number % 2 == 0 else reversed(CLIENTS):
            print(f"  {client}, run {number + 1} of {pairs} …", flush=True)
            results[client].append(_measure(client, events))
    return _figures(results)


def _figures(results: dict[str, list[Result]]) -> list[Figure]:
    rate = {client: statistics.median(r["events"] / r["seconds"] for r in all_) for client, all_ in results.items()}
    cpu = {client: statistics.median(r["cpu"] / r["events"] * 1e6 for r in all_) for client, all_ in results.items()}
    mine, theirs = results["ours"], results["panoramisk"]
    return [
        at_least("rate per CPU second, ours to panoramisk's", cpu["panoramisk"] / cpu["ours"], "times", BAR),
        at_least("the same to its catch-all", cpu["catch-all"] / cpu["ours"], "times", BAR),
        Figure(name="rate by the clock, ours to panoramisk's", value=rate["ours"] / rate["panoramisk"], unit="times"),
        Figure(name="the same to its catch-all, clock", value=rate["ours"] / rate["catch-all"], unit="times"),
        *(Figure(name=f"rate, {client}", value=rate[client], unit="events/s") for client in CLIENTS),
        *(Figure(name=f"CPU, {client}", value=cpu[client], unit="us/event") for client in CLIENTS),
        at_most("names damaged, ours", sum(r["damaged"] for r in mine), "names", 0),
        Figure(name="names damaged, panoramisk", value=sum(r["damaged"] for r in theirs), unit="names"),
        at_most("events typed by one and not the other", abs(mine[0]["wanted"] - theirs[0]["wanted"]), "events", 0),
        Figure(name="share of events typed", value=mine[0]["wanted"] / mine[0]["events"] * 100, unit="%"),
    ]


def _measure(client: str, events: int) -> Result:
    with subprocess.Popen(
        _command("feed", str(events)), stdout=subprocess.PIPE, cwd=ROOT, env=_environment()
    ) as feeder:
        try:
            assert feeder.stdout is not None  # noqa: S101 - asked for two lines above
            port = feeder.stdout.readline().strip().decode()
            said = subprocess.run(
                _command(client, port), stdout=subprocess.PIPE, check=True, timeout=60, cwd=ROOT, env=_environment()
            ).stdout
        finally:
            feeder.kill()
    measured = json.loads(said)
    return Result(
        events=events,
        seconds=measured["seconds"],
        cpu=measured["cpu"],
        wanted=measured["wanted"],
        damaged=measured["damaged"],
    )


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "deploy.bench.ami", *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}


# --- the feeder ----------------------------------------------------------------------------------


def mix() -> list[bytes]:
    """Return the recordings' events, those without a caller's name given one of `NAMES`."""
    from telephony.framing import END as BREAK  # noqa: PLC0415
    from telephony.framing import FrameBuffer, Kind, kind  # noqa: PLC0415
    from tests import recordings  # noqa: PLC0415 - the recordings live with the tests that they serve first

    frames = [
        frame
        for name in recordings.NAMES
        for frame in FrameBuffer().feed(recordings.load_marked(name))
        if kind(frame) is Kind.EVENT and not frame.startswith((b"Event: FullyBooted", b"Event: Shutdown"))
    ]
    spelt = [f"CallerIDName: {name}\r\n".encode() for name in NAMES]
    return [frame.replace(NAME, spelt[index % len(spelt)], 1) + BREAK for index, frame in enumerate(frames)]


def feed(events: int) -> None:
    """Serve one client: let it in, send `events` events and the end mark."""
    messages = mix()
    turns, rest = divmod(events, len(messages))
    block, last = b"".join(messages), b"".join(messages[:rest])
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        client, _ = server.accept()
    with client:
        client.sendall(GREETING)
        action_id = _login(client)
        client.sendall(
            f"Response: Success\r\nActionID: {action_id}\r\nMessage: Authentication accepted\r\n\r\n".encode()
        )
        client.sendall(b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n")
        time.sleep(0.2)  # the client's clock starts at what it has read by now
        for _ in range(turns):
            client.sendall(block)
        client.sendall(last)
        client.sendall(f"Event: UserEvent\r\nUniqueid: {END}\r\nUserEvent: BusbarArrived\r\n\r\n".encode())
        while client.recv(65536):
            pass


def _login(client: socket.socket) -> str:
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += client.recv(4096)
    lines = [line for line in asked.decode().split("\r\n") if line.lower().startswith("actionid: ")]
    return lines[0].partition(": ")[2]


# --- the clients ---------------------------------------------------------------------------------


async def ours(port: int) -> dict[str, float]:
    """Read everything through the house's own adapter."""
    from telephony.ami import AmiConfig, AmiSwitch  # noqa: PLC0415
    from telephony.events import CallMarked, LegCreated, LinkUp  # noqa: PLC0415

    wanted = damaged = 0
    began = cpu = 0.0
    async with AmiSwitch([AmiConfig("cc", "127.0.0.1", port, "bench", "bench")]) as switch:
        async for event in switch.events():
            wanted += 1
            kind = type(event)
            if kind is LegCreated:
                damaged += event.name not in KNOWN  # type: ignore[attr-defined]
            elif kind is LinkUp:
                began, cpu = time.perf_counter(), time.process_time()
            elif kind is CallMarked and event.leg == END:  # type: ignore[attr-defined]
                break
    return _result(began, cpu, wanted, damaged)


class _Message:
    """panoramisk's message, read as the house's typing reads headers."""

    def __init__(self, message: Any) -> None:
        self._message = message
        self.event: str = message.event

    def get(self, key: str, default: str = "") -> str:
        """First value of a header."""
        value = self._message.get(key, default)
        return str(value[0] if isinstance(value, list) else value)

    def every(self, key: str) -> list[str]:
        """All values of a header."""
        value = self._message.get(key, [])
        return value if isinstance(value, list) else [value]

    def after(self, key: str) -> Iterator[tuple[str, str]]:
        """Headers that follow the first `key`."""
        names = iter(self._message)
        found = any(name == key.lower() or name == key for name in names)
        return iter([(name, self.get(name)) for name in names] if found else [])

    def search(self, _pattern: object) -> None:
        """There is no text to look into: it was taken apart already."""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter((key, self.get(key)) for key in self._message)


async def panoramisk(port: int) -> dict[str, float]:
    """Type what the house wants, through panoramisk as it comes: a callback for each event name."""
    from telephony.events import CallMarked, LegCreated, Node  # noqa: PLC0415
    from telephony.link import PARSERS  # noqa: PLC0415

    done = asyncio.Event()
    count = {"wanted": 1, "damaged": 0}  # LinkUp counts at ours
    began = [0.0, 0.0]

    def booted(_manager: Any, _event: Any) -> None:
        began[:] = [time.perf_counter(), time.process_time()]

    def heard(_manager: Any, message: Any) -> None:
        headers = _Message(message)
        event = PARSERS[f"Event: {headers.event}".encode()](headers, Node("cc"))  # type: ignore[arg-type]
        if event is None:
            return
        count["wanted"] += 1
        if type(event) is LegCreated:
            count["damaged"] += event.name not in KNOWN
        elif type(event) is CallMarked and event.leg == END:
            done.set()

    manager = _manager(port)
    manager.register_event("FullyBooted", booted)
    for line in PARSERS:
        manager.register_event(line.decode().removeprefix("Event: "), heard)
    await manager.connect()
    await done.wait()
    return _result(began[0], began[1], count["wanted"], count["damaged"])


async def catch_all(port: int) -> dict[str, float]:
    """Read the names of all events through panoramisk as it comes: the least it can be asked for."""
    done = asyncio.Event()
    began = [0.0, 0.0]

    def heard(_manager: Any, event: Any) -> None:
        name = event.event
        if name == "FullyBooted":
            began[:] = [time.perf_counter(), time.process_time()]
        elif name == "UserEvent" and event.uniqueid == END:
            done.set()

    manager = _manager(port)
    manager.register_event("*", heard)
    await manager.connect()
    await done.wait()
    return _result(began[0], began[1], 0, 0)


def _manager(port: int) -> Any:
    from panoramisk import Manager  # noqa: PLC0415

    loop = asyncio.get_running_loop()
    return Manager(host="127.0.0.1", port=port, username="bench", secret="bench", loop=loop)  # noqa: S106 - opens nothing


def _result(began: float, cpu: float, wanted: int, damaged: int) -> dict[str, float]:
    return {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "wanted": wanted,
        "damaged": damaged,
    }


KNOWN: Final = frozenset({*NAMES, "", "<unknown>", "Utility", "op1", "op2"})
"""Names as they stand in the mix; any other was damaged on the way."""


def main(what: str, argument: str) -> None:
    """Be one of the processes of the bench."""
    if what == "feed":
        feed(int(argument))
    else:
        client = {"ours": ours, "panoramisk": panoramisk, "catch-all": catch_all}[what]
        print(json.dumps(asyncio.run(client(int(argument)))), flush=True)
        os._exit(0)  # panoramisk would try to connect again


if __name__ == "__main__":
    main(*sys.argv[1:3])
