"""What `busbar replay` does: puts a day on the board, prints how it goes until it is over or stopped (shell)."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from redis.exceptions import RedisError

from crm_core import clock, db
from crm_core.settings import Settings
from crm_core.text import one_line
from routing.rehearsal import Stage
from routing.rehearsal_board import MOST, Board
from routing.rehearsal_clock import Replay, clock_time
from routing.rehearsal_day import NothingRecorded, TooMuch, judge, recorded
from routing.trial import span

EVERY_SECONDS = 1.0
DONE, NOT_DONE = 0, 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which day, and from when on."""

    day: date
    begins: time


def read(day: str, begins: str) -> Wanted:
    """Read a day and a time of day.

    Raises:
        ValueError: one of them is none; the message says what would be right.

    """
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise ValueError(f"{one_line(day, 40)} is no day: write it as 2026-11-23") from None
    at = clock_time(begins)
    if at is None:
        raise ValueError(f"{one_line(begins, 40)} is no time of day: write it as 08:00")
    return Wanted(wanted, at)


def run(settings: Settings, wanted: Wanted, *, speed: int, queue: str, team: str) -> int:
    """Play a day; return 0 when it came to its end or was stopped on its page, 1 when it could not be played."""
    since, until = span(wanted.day, settings.time_zone)
    if until > clock.now():
        return _refuse(f"{wanted.day} is not over yet: choose a day before today")
    now = clock.now()
    replay = Replay(
        replay_id=secrets.token_urlsafe(9), day=wanted.day, since=since, until=until, queue=one_line(queue, 40),
        team=one_line(team, 40), touched_at=now, speed=speed,
        stood_at=datetime.combine(wanted.day, wanted.begins, ZoneInfo(settings.time_zone)).astimezone(UTC),
    )  # fmt: skip
    try:
        return asyncio.run(_played(settings, replay))
    except RedisError:
        return _refuse("Valkey does not answer: busbar up starts it")


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return NOT_DONE


async def _played(settings: Settings, replay: Replay) -> int:
    engine = db.engine(settings)
    try:
        async with db.reading(engine) as connection:
            found = await judge(connection, replay)
            if isinstance(found, NothingRecorded):
                return _refuse(f"nothing is on record of {replay.day} with this choice")
            if isinstance(found, TooMuch):
                return _refuse(f"{found.calls} calls are more than the {found.most} that are played: choose a queue")
            stage = Stage(await recorded(connection, replay, timedelta(seconds=settings.service_level_seconds)))
    finally:
        await engine.dispose()
    board = Board(settings.redis_url)
    try:
        # Reading took a while; the clock begins to go now.
        begun = replay.jump(replay.stood_at, clock.now())
        if not await board.put(begun):
            return _refuse(f"{MOST} replays are going on already: stop one at /office/training")
        print(f"calls on record: {found}; watch at /office/training/floor?replay={replay.replay_id}", flush=True)
        try:
            return await _told(board, begun, stage, ZoneInfo(settings.time_zone))
        finally:
            with contextlib.suppress(RedisError):
                await board.drop(replay.replay_id)
    finally:
        await board.close()


async def _told(board: Board, replay: Replay, stage: Stage, zone: ZoneInfo) -> int:
    """Print a line a second, by the clock as its page may have set it, until the day is over or was stopped."""
    current: Replay | None = replay
    while current is not None:
        at = min(current.shows(clock.now()), stage.ends)
        if at < stage.at:
            stage = Stage(stage.day)
        stage.play(at)
        print(line(stage, zone), flush=True)
        if stage.at >= stage.ends:
            return DONE
        await asyncio.sleep(EVERY_SECONDS)
        current = await board.find(replay.replay_id)
    print("stopped on its page")
    return DONE


def line(stage: Stage, zone: ZoneInfo) -> str:
    """Return how the day stands: its time, who waits and talks, and the figures so far."""
    floor, totals = stage.floor(), stage.totals.values()
    waiting = sum(one.waiting for one in floor.queues)
    talking = sum(one.answered_at is not None for one in floor.calls)
    offered, answered = sum(one.offered for one in totals), sum(one.answered for one in totals)
    gave_up = sum(one.abandoned for one in totals)
    return (
        f"{stage.at.astimezone(zone):%H:%M:%S}  waiting {waiting}  talking {talking}"
        f"  offered {offered}  answered {answered}  gave up {gave_up}"
    )
