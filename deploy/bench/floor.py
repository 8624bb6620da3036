"""`busbar bench floor`: from an event at the switch to the frame at every supervisor's page, and its cost (shell).

A fake AMI peer plays calls into a real floor; a real web process tells every operator's desk and every supervisor's
page over websockets, as in production. So many events a second come evenly: callers arrive, wait, ring, are answered
and hang up. The clock runs from the bytes of two of them (a caller waits, a telephone rings) to the frame that names
the call, at each page. The same is played for few supervisors and for all of them, so that growth is seen. Whoever
listens for the bench sits in processes of its own and shares the machine with what is measured.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import re
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop
from websockets.asyncio.client import connect
from websockets.typing import Origin

from crm_core import db
from crm_core.access import Role
from crm_core.settings import Settings
from deploy.bench import pop, pop_peer
from deploy.bench.pop import BenchFailed, House
from deploy.bench.pop_people import Worker, dismiss, hire, sample_accounts
from deploy.figures import Figure, at_most

PATIENCE_SECONDS = 60.0
WARM_UP_SECONDS = 8.0
LISTENERS = 2
"""Processes that supervisors' pages sit in."""
STEPS_OF_CALL = 4
"""What a caller does: arrives, waits, is answered, hangs up; the ringing follows by itself."""
STANDING = 20
"""Calls that are anywhere between ringing and their end."""
LATEST_MS = 500.0
"""What a person who watches still takes for now."""
CALL = re.compile(r'"type":"call_changed".{0,40}"call_id":"([^"]+)"')
PHASE = re.compile(r'"phase":"(waiting|ringing)"')
_spawn = multiprocessing.get_context("spawn")
Moments = dict[tuple[str, str], list[int]]
"""Nanoseconds at which each page saw a call in a phase, by call and phase."""


@dataclass
class Heard:
    """What the pages of one process heard since they were told to begin."""

    moments: Moments = field(default_factory=dict)
    frames: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One number of supervisors, and what was measured with it."""

    supervisors: int
    delays: tuple[float, ...]
    """Milliseconds, sorted; one for each page, call and phase."""
    lost: int
    """Frames that should have come and did not."""
    web: float
    floor: float
    """Share of one core."""
    frames: float
    bytes_: float
    """Of one page in a second."""

    def quantile(self, part: float) -> float:
        """Return a quantile of the delays in milliseconds; infinite when nothing came."""
        return self.delays[min(len(self.delays) - 1, int(len(self.delays) * part))] if self.delays else float("inf")


def run(
    settings: Settings, supervisors: int = 500, operators: int = 500, events: int = 20, seconds: int = 20
) -> list[Figure]:
    """Measure with a tenth of the supervisors and with all of them.

    Args:
        settings: where the filled customer base and Valkey are; nothing else of the house may be running on them.
        supervisors: pages that watch the floor.
        operators: desks connected and ready.
        events: of the switch in a second, that change the floor.
        seconds: how long each step is measured.

    Raises:
        BenchFailed: something did not come up, or no frame came.

    """
    needed = round(2 * (WARM_UP_SECONDS + seconds) * events / (STEPS_OF_CALL + 1))
    if operators < needed:
        raise BenchFailed(f"{needed} operators are needed: whoever has talked writes up until the end")
    numbers = sorted({max(1, supervisors // 10), supervisors})
    steps = uvloop.run(_steps(pop.own(settings), numbers, operators, events, seconds))
    return _figures(steps, operators, events)


def _figures(steps: Sequence[Step], operators: int, events: int) -> list[Figure]:
    found = [
        Figure(name="operators connected", value=operators, unit="websockets"),
        Figure(name="events of the switch", value=events, unit="1/s"),
    ]
    for one in steps:
        who = f"{one.supervisors} supervisors"
        found += [
            Figure(name=f"{who}: event to frame, p50", value=one.quantile(0.5), unit="ms"),
            at_most(f"{who}: event to frame, p99", one.quantile(0.99), "ms", LATEST_MS),
            at_most(f"{who}: frames that did not come", one.lost, "", 0),
            Figure(name=f"{who}: web", value=one.web * 100, unit="% of a core"),
            Figure(name=f"{who}: floor", value=one.floor * 100, unit="% of a core"),
            Figure(name=f"{who}: frames a page", value=one.frames, unit="1/s"),
            Figure(name=f"{who}: bytes a page", value=one.bytes_, unit="B/s"),
        ]
    few, many = steps[0], steps[-1]
    if many.supervisors > few.supervisors:
        pages = many.supervisors - few.supervisors
        found += [
            Figure(name="web, for each further page", value=(many.web - few.web) / pages * 100, unit="% of a core"),
            Figure(name="p99, all over a tenth", value=many.quantile(0.99) / few.quantile(0.99), unit="times"),
        ]
    return found


async def _steps(settings: Settings, numbers: Sequence[int], operators: int, events: int, seconds: int) -> list[Step]:
    engine = db.engine(settings, name="busbar bench", size=2)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(engine.dispose)
        accounts = await sample_accounts(engine, 200)
        workers = await hire(engine, operators)
        stack.push_async_callback(dismiss, engine, workers)
        watchers = await hire(engine, numbers[-1], Role.SUPERVISOR)
        stack.push_async_callback(dismiss, engine, watchers)
        await pop.empty(settings.redis_url)
        stack.push_async_callback(pop.empty, settings.redis_url)
        house = await stack.enter_async_context(pop.house_of(settings, workers, 0))
        play = _Play(house, accounts, events)
        steps: list[Step] = []
        listeners: list[Connection] = []
        for before, number in itertools.pairwise((0, *numbers)):
            more = watchers[before:number]
            made = [_listen(stack, settings, part) for place in range(LISTENERS) if (part := more[place::LISTENERS])]
            for pipe in made:
                if not await asyncio.to_thread(pipe.poll, PATIENCE_SECONDS):
                    raise BenchFailed(f"not every supervisor's page came up within {PATIENCE_SECONDS:g} s")
                pipe.recv()
            listeners += made
            steps.append(await _measure(house, listeners, play, seconds, number))
        return steps


async def _measure(house: House, listeners: Sequence[Connection], play: _Play, seconds: int, supervisors: int) -> Step:
    await play.on(WARM_UP_SECONDS)
    for pipe in listeners:
        pipe.send("begin")
    web, floor = (process.pid or 0 for process, _ in house.stamped)
    before, began = (_cpu(web), _cpu(floor)), time.monotonic()
    play.written.clear()
    await play.on(seconds)
    took = time.monotonic() - began
    after = _cpu(web), _cpu(floor)
    await asyncio.sleep(LATEST_MS / 1e3)
    heard = []
    for pipe in listeners:
        pipe.send("end")
        if not await asyncio.to_thread(pipe.poll, PATIENCE_SECONDS):
            raise BenchFailed("a process of supervisors' pages did not tell what it heard")
        heard.append(pipe.recv())
    delays, lost = _delays(play.written, heard, supervisors)
    return Step(
        supervisors=supervisors, delays=tuple(sorted(delays)), lost=lost,
        web=(after[0] - before[0]) / took, floor=(after[1] - before[1]) / took,
        frames=sum(one.frames for one in heard) / supervisors / took,
        bytes_=sum(one.size for one in heard) / supervisors / took,
    )  # fmt: skip


def _delays(written: dict[tuple[str, str], int], heard: Sequence[Heard], supervisors: int) -> tuple[list[float], int]:
    """Return milliseconds from each event to each page's first frame of it, and how many frames are missing."""
    delays: list[float] = []
    lost = 0
    for key, at in written.items():
        seen = [moment for one in heard for moment in one.moments.get(key, ())]
        delays += [(moment - at) / 1e6 for moment in seen]
        lost += supervisors - len(seen)
    return delays, lost


class _Play:
    """Callers who arrive, wait, are answered and hang up, evenly.

    Args:
        house: what runs.
        accounts: whom the callers are recognised as.
        events: steps of callers in a second; a ringing telephone is one more that follows by itself.

    """

    def __init__(self, house: House, accounts: Sequence[int], events: int) -> None:
        self.written: dict[tuple[str, str], int] = {}
        """When the bytes of an event were written, by call and phase."""
        self._house = house
        self._accounts = accounts
        self._gap = (STEPS_OF_CALL + 1) / STEPS_OF_CALL / events
        self._turn = 0
        self._rung: list[str] = []
        self._talking: list[str] = []
        self._arrived = ""

    async def on(self, seconds: float) -> None:
        """Play for so long; what the peer tells meanwhile is kept."""
        listening = asyncio.create_task(self._note())
        end = next_at = time.monotonic()
        end += seconds
        while next_at < end:
            self._step()
            next_at += self._gap
            await asyncio.sleep(max(0.0, next_at - time.monotonic()))
        listening.cancel()

    def _step(self) -> None:
        orders, turn = self._house.orders, self._turn
        self._turn += 1
        account = self._accounts[turn // STEPS_OF_CALL % len(self._accounts)]
        match turn % STEPS_OF_CALL:
            case 0:
                self._arrived = f"bench-{time.time_ns()}.{turn}"
                orders.send(("arrive", self._arrived, account))
            case 1:
                orders.send(("wait", self._arrived, account))
            case 2 if self._rung:
                call_id = self._rung.pop(0)
                orders.send(("answer", call_id, 0))
                self._talking.append(call_id)
            case _ if len(self._talking) > STANDING:
                orders.send(("hang up", self._talking.pop(0), 0))
            case _:
                pass

    async def _note(self) -> None:
        while True:
            word, at = await self._house.told.get()
            if word.startswith(pop_peer.RINGS):
                call_id = word.removeprefix(pop_peer.RINGS)
                self.written.setdefault((call_id, "ringing"), at)
                self._rung.append(call_id)
            else:
                self.written.setdefault((word, "waiting"), at)


def _listen(stack: AsyncExitStack, settings: Settings, watchers: Sequence[Worker]) -> Connection:
    """Start a process of supervisors' pages; it says when all are up, begins anew at `begin`, tells at `end`."""
    mine, its = _spawn.Pipe()
    address = f"127.0.0.1:{settings.web_port}"
    process = _spawn.Process(
        target=_pages, args=(address, [one.token for one in watchers], its), daemon=True, name="pages"
    )
    process.start()
    stack.callback(pop.stop, process)
    return mine


def _pages(address: str, tokens: Sequence[str], pipe: Connection) -> None:
    uvloop.run(_sit(address, tokens, pipe))


async def _sit(address: str, tokens: Sequence[str], pipe: Connection) -> None:
    heard = Heard()
    up = [asyncio.Event() for _ in tokens]
    async with asyncio.TaskGroup() as group:
        for token, ready in zip(tokens, up, strict=True):
            group.create_task(_page(address, token, heard, ready))
        for ready in up:
            await ready.wait()
        pipe.send("up")
        while True:
            word = await asyncio.to_thread(pipe.recv)
            if word == "end":
                pipe.send(heard)
            else:
                heard.moments.clear()
                heard.frames = heard.size = 0


async def _page(address: str, token: str, heard: Heard, ready: asyncio.Event) -> None:
    """Sit at one supervisor's page and note what comes."""
    seen: set[tuple[str, str]] = set()
    async with connect(
        f"ws://{address}/ws/floor", origin=Origin(f"http://{address}"), compression=None, max_size=None,
        additional_headers={"Cookie": f"busbar={token}"}, close_timeout=1, open_timeout=PATIENCE_SECONDS,
    ) as socket:  # fmt: skip
        await socket.send('{"type":"resume"}')
        async for frame in socket:
            at = time.monotonic_ns()
            text = frame if isinstance(frame, str) else frame.decode()
            ready.set()
            heard.frames += 1
            heard.size += len(text)
            call = CALL.search(text)
            phase = PHASE.search(text) if call else None
            if call and phase and (key := (call[1], phase[1])) not in seen:
                seen.add(key)
                heard.moments.setdefault(key, []).append(at)


def _cpu(pid: int) -> float:
    """Return seconds of processor time that a process has used (proc(5), fields 14 and 15 of `stat`)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
