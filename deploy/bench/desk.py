"""`busbar bench desk`: a working day in one tab of a real Chromium, with the rest of the floor connected (shell).

Base, Valkey, floor, web and the fake AMI peer are the bench's own (those of `bench pop`), in a folder of its own under
the run folder: the base is filled once and kept. One operator takes every call in the browser, the others only have
their websockets open. Each call rings, is painted, is talked, opens panels by keys, is written up and closed.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from crm_core import db, migrate
from crm_core.sample import command
from crm_core.settings import Settings
from deploy import composition, folders, front
from deploy.bench import desk_page, desk_web, desk_work, pop, pop_peer
from deploy.bench.desk_page import Heap, Tab
from deploy.bench.pop import BenchFailed, House
from deploy.bench.pop_people import count_subscribers, debtors, dismiss, hire
from deploy.bench.ringing import own_settings
from deploy.figures import Figure, at_most
from deploy.postgres import Postgres
from deploy.supervisor import Supervisor

WARM_UP = 20
"""Calls before anything is measured: the tab has then shown all that it shows."""
PAINTED_MS, PANEL_MS, WEIGHT_KB, GROWTH, KEYS = 150.0, 50.0, 400.0, 20.0, 60
"""The promises, at p95 the first two; keys of a typical call, every letter and figure that is typed among them."""
NOTHING = Heap(1, 0, 0)


@dataclass
class Day:
    """What was measured."""

    painted: list[float] = field(default_factory=list)
    panels: dict[str, list[float]] = field(default_factory=dict)
    extra: list[str] = field(default_factory=list)
    """Addresses that the page asked for when a call popped."""
    faults: dict[str, list[str]] = field(default_factory=dict)
    before: Heap = NOTHING
    after: Heap = NOTHING
    keys: int = 0
    pointers: int = 0
    weight: int = 0


def run(settings: Settings, calls: int = 500, operators: int = 100, subscribers: int = 200_000) -> list[Figure]:
    """Measure.

    Args:
        settings: of the house whose bundle is measured; it need not run, and is not disturbed.
        calls: of the day.
        operators: websockets connected, the browser's among them.
        subscribers: of the base; one of each size is filled once and kept.

    Raises:
        BenchFailed: something did not come up, or a card did not come.

    """
    if not desk_page.AXE.is_file():
        raise BenchFailed("axe-core is not unpacked: run deploy/run --tests once")
    return uvloop.run(_run(settings, calls, operators, subscribers))


async def _run(settings: Settings, calls: int, operators: int, subscribers: int) -> list[Figure]:
    async with AsyncExitStack() as stack:
        mine = await stack.enter_async_context(_servers(settings, subscribers))
        engine = db.engine(mine, name="busbar bench", size=2)
        stack.push_async_callback(engine.dispose)
        accounts = await debtors(engine, calls + WARM_UP + 2)
        base = await count_subscribers(engine)
        workers = await hire(engine, operators)
        stack.push_async_callback(dismiss, engine, workers)
        await pop.empty(mine.redis_url)
        house = await stack.enter_async_context(pop.house_of(mine, workers, noise=0, ready=1, web_main=desk_web.main))
        tab = await stack.enter_async_context(desk_page.opened())
        await tab.open(f"http://{mine.web_host}:{mine.web_port}", workers[0].token)
        desk = Desk(house, tab, Day(weight=tab.bytes_loaded))
        await desk.work(accounts[2:])
        await desk.typical(accounts[1])
        await desk.judged(accounts[0])
    for where, faults in desk.day.faults.items():
        for fault in faults:
            print(f"axe-core, {where}: {fault}", flush=True)
    return [
        Figure(name="subscribers in the base", value=base, unit="accounts"),
        Figure(name="operators connected", value=operators, unit="websockets"),
        Figure(name="calls in one tab", value=calls, unit="calls"),
        *_figures(desk.day),
    ]


@asynccontextmanager
async def _servers(settings: Settings, subscribers: int) -> AsyncIterator[Settings]:
    """Run PostgreSQL and Valkey of the bench's own; fill the base when it is empty."""
    folder = folders.private(settings.run_dir / f"desk-{subscribers}")
    await asyncio.to_thread(_bundled, folder)
    longer = settings.model_copy(update={"web_origin": ""})
    mine = own_settings(longer, folder).model_copy(update={"wrap_up_seconds": 120})
    supervisor = Supervisor(folder / "log", folder / "state", lambda line: print(line, flush=True))
    try:
        await supervisor.start([composition.postgres_part(mine), composition.valkey_part(mine)])
        await asyncio.to_thread(Postgres(folder).provide)
        await asyncio.to_thread(migrate.upgrade, mine.database_url)
        await _filled(mine, subscribers)
        yield pop.own(mine)
    finally:
        await supervisor.end()


def _bundled(folder: Path) -> None:
    """Let the house serve the browser's files of this checkout, made anew when the sources are newer."""
    bundle, made = folder / "web", front.step()
    if made is not None and not made.is_done():
        made.run()
    if not bundle.is_symlink():
        bundle.symlink_to(front.WEB)


async def _filled(mine: Settings, subscribers: int) -> None:
    engine = db.engine(mine, name="busbar bench", size=1)
    try:
        empty = await count_subscribers(engine) == 0
    finally:
        await engine.dispose()
    if not empty:
        return
    code = await asyncio.to_thread(command.run, mine, subscribers=subscribers, months=12)
    if code != 0:
        raise BenchFailed("the base could not be filled; the sentence above says why")


@dataclass
class Desk:
    """The house, the tab in it, and what was measured so far."""

    house: House
    tab: Tab
    day: Day

    async def work(self, accounts: Sequence[int]) -> None:
        """Work through the day; the warm-up is not measured."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
            bar = bars.add_task("calls", total=len(accounts))
            for turn, account in enumerate(accounts):
                if turn == WARM_UP:
                    self.day.before = await self.tab.heap()
                await self.call(account, measured=turn >= WARM_UP)
                bars.advance(bar)
        self.day.after = await self.tab.heap()

    async def call(self, account: int, *, measured: bool) -> None:
        """Take one call from its ring to its record."""
        call_id = await self.rings(account, measured=measured)
        await self.answered(call_id)
        for name, milliseconds in (await desk_work.panels(self.tab)).items():
            if measured:
                self.day.panels.setdefault(name, []).append(milliseconds)
        await self.ended(call_id)

    async def typical(self, account: int) -> None:
        """Take the call whose keys are counted."""
        call_id = await self.rings(account, measured=False)
        await self.answered(call_id)
        self.day.keys, self.day.pointers = await desk_work.typical(self.tab)
        await self.ended(call_id)

    async def judged(self, account: int) -> None:
        """Let axe-core judge the desk idle, ringing, in a talk with every panel, and in its wrap-up.

        The last of all, so that what axe-core leaves in the tab is not taken for the tab's own.
        """
        found = self.day.faults
        found["idle"] = await self.tab.faults()
        call_id = await self.rings(account, measured=False)
        found["ringing"] = await self.tab.faults()
        await self.answered(call_id)
        for name, (key, shows) in desk_work.PANELS.items():
            await self.tab.press(key, shows)
            found[name] = await self.tab.faults()
        await self.tab.page.keyboard.press("Escape")
        self.house.orders.send(("hang up", call_id, 0))
        await self.tab.phase("wrap_up")
        found["wrap-up"] = await self.tab.faults()

    async def rings(self, account: int, *, measured: bool) -> str:
        """Let a caller come through the menu; the clock runs from his ringing to his painted card."""
        call_id = f"bench-{time.time_ns()}.1"
        self.house.orders.send(("arrive", call_id, account))
        await asyncio.sleep(pop.MENU_SECONDS)
        self.tab.asked.clear()
        self.house.orders.send(("wait", call_id, account))
        rang = 0
        try:
            async with asyncio.timeout(pop.PATIENCE_SECONDS):
                while not rang:
                    word, at = await self.house.told.get()
                    rang = at if word == f"{pop_peer.RINGS}{call_id}" else 0
                painted = await self.tab.painted(call_id)
        except TimeoutError as error:
            raise BenchFailed(f"no card for account {account} within {pop.PATIENCE_SECONDS:g} s") from error
        if measured:
            ahead = time.time() - time.monotonic()
            self.day.painted.append((painted - (rang / 1e9 + ahead)) * 1e3)
            self.day.extra += self.tab.asked
        return call_id

    async def answered(self, call_id: str) -> None:
        """Let the operator's telephone be answered."""
        self.house.orders.send(("answer", call_id, 0))
        await self.tab.phase("talking")

    async def ended(self, call_id: str) -> None:
        """Let the caller hang up, and write the contact up."""
        self.house.orders.send(("hang up", call_id, 0))
        await self.tab.phase("wrap_up")
        await desk_work.written_up(self.tab)
        await self.tab.phase("")


def _figures(day: Day) -> list[Figure]:
    every = [one for found in day.panels.values() for one in found]
    kinds = [Figure(name=f"  {name}, p95", value=_p95(found), unit="ms") for name, found in sorted(day.panels.items())]
    return [
        Figure(name="ringing to painted card, p50", value=statistics.median(day.painted), unit="ms"),
        at_most("ringing to painted card, p95", _p95(day.painted), "ms", PAINTED_MS),
        Figure(name="key to painted panel, p50", value=statistics.median(every), unit="ms"),
        at_most("key to painted panel, p95", _p95(every), "ms", PANEL_MS),
        *kinds,
        at_most("first load, as it travels", day.weight / 1e3, "kB", WEIGHT_KB),
        at_most("requests of the page at a pop", len(day.extra), "requests", 0),
        *_memory(day),
        at_most("axe-core's faults", sum(map(len, day.faults.values())), "faults", 0),
        at_most("keys of a typical call", day.keys, "keys", KEYS),
        at_most("presses of a pointer", day.pointers, "presses", 0),
    ]


def _memory(day: Day) -> list[Figure]:
    growth = (day.after.bytes / day.before.bytes - 1) * 100
    return [
        Figure(name="heap after the warm-up", value=day.before.bytes / 1e6, unit="MB"),
        Figure(name="heap after the day", value=day.after.bytes / 1e6, unit="MB"),
        at_most("growth of the heap", growth, "%", GROWTH),
        Figure(name="nodes after the warm-up", value=day.before.nodes, unit="nodes"),
        Figure(name="nodes after the day", value=day.after.nodes, unit="nodes"),
        Figure(name="listeners after the warm-up", value=day.before.listeners, unit="listeners"),
        Figure(name="listeners after the day", value=day.after.listeners, unit="listeners"),
    ]


def _p95(found: Sequence[float]) -> float:
    return sorted(found)[min(len(found) - 1, int(len(found) * 0.95))]
