"""The process `floor`: opens what the line needs, keeps it alive, ends it cleanly (shell)."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import uvloop
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock, db, logs, pauses
from crm_core.settings import Settings
from crm_core.work.forms import Site
from routing import bus, memory, valkey
from routing.caps import Caps
from routing.diallerport import Dialler, MakeDialler, nobody_dials
from routing.floor import Floor
from routing.hall import Rules
from routing.herald import Herald
from routing.keeper import Keeper, promises
from routing.leader import Leader
from routing.line import Line
from routing.linewatch import LineWatch
from routing.news import Beat
from routing.recorder import Recorder
from routing.resync import Past, refreshed
from routing.rulebook import Rulebook
from routing.troubles import troubles
from telephony.ami import AmiConfig, AmiSwitch
from telephony.commands import SetVariable
from telephony.errors import TelephonyError
from telephony.events import LegId, LinkUp, Node, SnapshotEnded

HEARTBEAT = "BUSBAR_HEARTBEAT"
HEARTBEAT_SECONDS = 2.0
BEAT_SECONDS = 1.0
LAST_WORDS_SECONDS = 3.0

log = logging.getLogger(__name__)


def main(settings: Settings, dialler: MakeDialler = nobody_dials) -> None:
    """Run the floor until SIGTERM or SIGINT; calls go on without it."""
    logs.begin()
    uvloop.run(serve(settings, dialler))


async def serve(settings: Settings, make_dialler: MakeDialler = nobody_dials) -> None:
    """Wait to be the only floor, then serve until told to stop.

    Args:
        settings: of this house.
        make_dialler: makes who calls debtors; he lives in this process, for what he decides on is here.

    Raises:
        Deposed: another floor took over while the database was away.
        RulebookError: the routing policy cannot be used.

    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    house = rules(settings)
    async with AsyncExitStack() as stack:
        engine = db.engine(settings, name="busbar floor")
        stack.push_async_callback(engine.dispose)
        redis = valkey.connect(settings.redis_url)
        stack.push_async_callback(redis.aclose)
        leader = Leader(engine)
        stack.push_async_callback(leader.release)
        if not await _unless(stop, leader.wait(_stand_by)):
            return
        site = Site(country=settings.country, time_zone=settings.time_zone)
        nodes = tuple(node.node for node in settings.nodes)
        book = Rulebook(engine, site, settings.run_dir / "routing", nodes, simple=bool(settings.outward_uri))
        charter = await book.open()
        dialler = make_dialler(engine, settings)
        past = await _past(settings, engine, redis, dialler)
        floor = Floor(house, new_leg, past)
        publisher = bus.Publisher(redis, floor, await _epoch(redis))
        recorder = Recorder(engine)
        switch = AmiSwitch(
            [AmiConfig(node.node, node.host, node.port, node.user, node.secret) for node in settings.nodes]
        )
        keeper = Keeper(engine, promises(settings), floor.places)
        line = Line(switch, floor, publisher, recorder, clock.now, keeper.write)
        keeper.heed = line.heed
        line.report = dialler.report
        dialler.join(line.dial, floor.outlook)
        line.take(charter)
        async with switch:
            pauses.shorten()
            books = _Books(book, LineWatch(engine), keeper, dialler)
            await _work(
                _Staff(
                    settings, leader, publisher, recorder, switch, line, redis, Herald(redis, settings.run_dir), books
                ),
                stop,
            )
        line.stop()
        await publisher.flush()


async def _past(settings: Settings, engine: AsyncEngine, redis: Redis, dialler: Dialler) -> Past:
    """Read what the last floor left: the record, and what it showed but could not write down any more."""
    today = midnight(settings, clock.now())
    async with db.reading(engine) as connection:
        past = await memory.read(connection, today)
    past = replace(past, dials=await dialler.past())
    with suppress(RedisError, ValidationError):
        shown = await bus.read_floor(redis)
        if shown is not None:
            past = refreshed(past, shown.floor, today.date().isoformat())
    return past


class _Books(NamedTuple):
    """What others write and the floor must hear of, and what it writes beside facts."""

    rules: Rulebook
    line: LineWatch
    callbacks: Keeper
    dialler: Dialler


class _Staff:
    """Everything that runs beside everything else."""

    def __init__(  # noqa: PLR0913, PLR0917 - wired by hand, once
        self,
        settings: Settings,
        leader: Leader,
        publisher: bus.Publisher,
        recorder: Recorder,
        switch: AmiSwitch,
        line: Line,
        redis: Redis,
        herald: Herald,
        books: _Books,
    ) -> None:
        self.settings = settings
        self.leader = leader
        self.publisher = publisher
        self.recorder = recorder
        self.switch = switch
        self.line = line
        self.redis = redis
        self.herald = herald
        self.book, self.watch, self.keeper, self.dialler = books

    async def events(self) -> None:
        """Feed the line; say once that we serve, and give each node its first heartbeat."""
        ready = False
        async for event in self.switch.events():
            coming = self.line.foretold(event)
            if coming is not None:
                # Whoever will show this caller's card reads it while we decide and write down.
                await self.herald.cry(coming)
            self.watch.hear(event, clock.now())
            if self.line.receive(event):
                # Noise is read in hundreds at a time: what this event brought goes out before the rest is looked at.
                await asyncio.sleep(0)
            if isinstance(event, LinkUp):
                asyncio.get_running_loop().create_task(self.heartbeat(event.node))
            if isinstance(event, SnapshotEnded):
                self.keeper.wake()
                self.dialler.wake()
            if isinstance(event, SnapshotEnded) and not ready:
                ready = True
                print("ready: floor", flush=True)  # noqa: T201 - the contract with who started us

    async def wishes(self) -> None:
        """Feed the line with what desks wish from now on."""
        reader = bus.WishReader(self.redis)
        with suppress(RedisError):
            await reader.start()
        async with aclosing(reader.wishes()) as wishes:
            async for wish in wishes:
                self.line.obey(wish)

    async def charters(self) -> None:
        """Feed the line with what managers set from now on."""
        async with aclosing(self.book.charters()) as charters:
            async for charter in charters:
                self.line.take(charter)
                log.info("goes by what managers have set")

    async def troubles(self) -> None:
        """Feed the line with what went wrong beside it."""
        async with aclosing(troubles(self.book.engine)) as told:
            async for one in told:
                self.line.mind(one)

    async def heartbeats(self) -> None:
        """Tell the dialplan that we live: from this loop, so that a floor that hangs is found out."""
        while True:
            await asyncio.gather(*(self.heartbeat(Node(node.node)) for node in self.settings.nodes))
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def heartbeat(self, node: Node) -> None:
        """Write the time into one node; one that is away learns it later."""
        with suppress(TelephonyError):
            await self.switch.obey(SetVariable(node=node, channel=None, name=HEARTBEAT, value=str(int(time.time()))))

    async def beats(self) -> None:
        """Tell screens that their data is fresh."""
        while True:
            self.publisher.tell(Beat(), everyone=True)
            await asyncio.sleep(BEAT_SECONDS)


async def _work(staff: _Staff, stop: asyncio.Event) -> None:
    jobs = [
        staff.leader.keep(),
        staff.publisher.run(),
        staff.recorder.run(),
        staff.herald.run(),
        staff.watch.run(),
        staff.keeper.run(),
        staff.dialler.run(),
        staff.events(),
        staff.wishes(),
        staff.charters(),
        staff.troubles(),
        staff.heartbeats(),
        staff.beats(),
    ]
    tasks = [asyncio.create_task(job) for job in jobs]
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
    failed = [task for task in tasks if task.done()]
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_WORDS_SECONDS):
            await staff.recorder.idle.wait()
    for task in [*tasks, stopped]:
        task.cancel()
    await asyncio.gather(*tasks, stopped, return_exceptions=True)
    for task in failed:
        task.result()


async def _unless(stop: asyncio.Event, job: Coroutine[object, object, None]) -> bool:
    """Do a job to its end, unless we are told to stop; return whether it was done."""
    task = asyncio.create_task(job)
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not task.done():
        task.cancel()
        return False
    task.result()
    return True


def _stand_by() -> None:
    print("standing by: floor", flush=True)  # noqa: T201 - the contract with who started us


async def _epoch(redis: Redis) -> str:
    now_ms = int(time.time() * 1000)
    try:
        return await bus.newest_epoch(redis, now_ms)
    except (RedisError, OSError):
        return str(now_ms)


def new_leg() -> LegId:
    """Return the id of a new offer, unlike any other."""
    return LegId(f"offer-{secrets.token_hex(6)}")


def midnight(settings: Settings, now: datetime) -> datetime:
    """Return when the utility's present day began, in its time zone."""
    return now.astimezone(ZoneInfo(settings.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def rules(settings: Settings) -> Rules:
    """Return the rules of this house; by what it routes the rulebook says."""
    return Rules(
        offer=timedelta(seconds=settings.offer_seconds),
        wrap_up=timedelta(seconds=settings.wrap_up_seconds),
        wrap_up_extension=timedelta(seconds=settings.wrap_up_extension_seconds),
        outward=bool(settings.outward_uri),
        outward_number=settings.outward_number,
        outward_ring=timedelta(seconds=settings.outward_ring_seconds),
        outward_caps=Caps(
            operator_minute=settings.outward_operator_minute,
            operator_hour=settings.outward_operator_hour,
            number_day=settings.outward_number_day,
            lines=settings.outward_legs,
        ),
        rejoin=timedelta(seconds=settings.rejoin_seconds),
        threshold=timedelta(seconds=settings.service_level_seconds),
        zone=ZoneInfo(settings.time_zone),
        country=settings.country,
        old_place=timedelta(minutes=settings.old_place_minutes),
        back_read=timedelta(seconds=settings.callback_read_seconds),
        back_ring=timedelta(seconds=settings.outward_ring_seconds),
        help_told=settings.help_told,
    )
