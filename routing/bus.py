"""The line between `floor` and `web` over Redis: names of keys, news out, wishes in (shell).

News is a stream whose entry ids are `<epoch>-<number>`: a reader that knows where a snapshot stands knows where in the
stream to go on. Snapshots are written in the same transaction as the news that made them. Redis holds nothing that
cannot be rebuilt: while it is away the floor goes on, afterwards every snapshot is written anew under the same epoch.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from typing import Protocol, cast

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from routing.news import ENVELOPE, Beat, DeskSnapshot, Envelope, FloorSnapshot, News, QueueChanged
from routing.screen import apply_floor
from routing.transactions import Command, Transactions
from routing.views import DeskView, FloorView, OperatorId, QueueView, Value
from routing.wishes import WISH, Wish

NEWS = "busbar:news"
WISHES = "busbar:wishes"
FLOOR = "busbar:floor"
QUEUES = "busbar:queues"
"""The queues' figures, which are on every desk: kept once instead of in each desk's snapshot."""
DESK = "busbar:desk:"
NEWS_KEPT = 5_000
WISHES_KEPT = 1_000
BLOCK_MS = 1_000
FLOOR_EVERY = 0.25
"""Seconds from news to the writing of the whole floor; `read_floor` adds what the stream has since."""
BACKLOG = 5_000
"""News kept while Redis is away; older ones are dropped, readers see the gap and take a snapshot."""
LONGEST_WAIT = 2.0

log = logging.getLogger(__name__)


class QueuesSnapshot(Value):
    """All queues as of `number` in `epoch`."""

    epoch: str
    number: int
    queues: tuple[QueueView, ...]


class Views(Protocol):
    """What the publisher asks of the floor at the moment of writing."""

    def desk(self, operator_id: OperatorId) -> DeskView | None:
        """Return a desk, None when nobody ever signed in at it."""
        ...

    def desks(self) -> Iterable[OperatorId]:
        """Return everybody who has a desk."""
        ...

    def queues(self) -> tuple[QueueView, ...]:
        """Return all queues' figures."""
        ...

    def floor(self) -> FloorView:
        """Return everything, for supervisors."""
        ...


# --- the web's side ----------------------------------------------------------------------------------------------


async def read_desk(redis: Redis, operator_id: OperatorId) -> DeskSnapshot | None:
    """Return a desk as of the newest news for it, or None when the present floor does not know it.

    News with a greater number than the snapshot's is to be applied to it, other news is in it already.

    Raises:
        RedisError: Redis is away.

    """
    desk, queues = cast("list[bytes | None]", await redis.mget(f"{DESK}{operator_id}", QUEUES))
    if desk is None:
        return None
    snapshot = DeskSnapshot.model_validate_json(desk)
    shown = QueuesSnapshot.model_validate_json(queues) if queues is not None else None
    if shown is None or shown.epoch != snapshot.epoch:
        return None
    return DeskSnapshot(
        epoch=snapshot.epoch,
        number=max(snapshot.number, shown.number),
        desk=snapshot.desk.model_copy(update={"queues": shown.queues}),
    )


async def read_floor(redis: Redis) -> FloorSnapshot | None:
    """Return the floor as of the newest news, or None when there never was one.

    Raises:
        RedisError: Redis is away.

    """
    written = cast("bytes | None", await redis.get(FLOOR))
    if written is None:
        return None
    snapshot = FloorSnapshot.model_validate_json(written)
    floor, number = snapshot.floor, snapshot.number
    since = await redis.xrange(NEWS, min=f"({snapshot.epoch}-{number}")
    for _, fields in cast("list[tuple[bytes, dict[bytes, bytes]]]", since):
        envelope = ENVELOPE.validate_json(fields[b"e"])
        if envelope.epoch != snapshot.epoch:
            break
        floor, number = apply_floor(floor, envelope.news), envelope.number
    return FloorSnapshot(epoch=snapshot.epoch, number=number, floor=floor)


async def send_wish(redis: Redis, wish: Wish) -> None:
    """Send a desk's wish to the floor; the answer comes as `WishAnswered` news.

    Raises:
        RedisError: Redis is away; the wish was not, or may not have been, sent.

    """
    await redis.xadd(WISHES, {"w": WISH.dump_json(wish)}, maxlen=WISHES_KEPT, approximate=True)


class _Follower:
    """Reads a stream from the moment `start` is awaited, across restarts of Redis."""

    def __init__(self, redis: Redis, stream: str, field: bytes) -> None:
        self._redis = redis
        self._stream = stream
        self._field = field
        self._last = ""
        self.connected = False

    async def start(self) -> None:
        """Take the place from which to read: everything after this moment."""
        self._last = await self._newest()

    async def entries(self) -> AsyncGenerator[bytes, None]:
        """Yield entries as they come, for ever; while Redis is away, wait and try again."""
        wait = 0.05
        while True:
            try:
                if not self._last:
                    await self.start()
                batch = await self._read()
                self.connected, wait = True, 0.05
            except RedisError as error:
                self.connected = False
                log.warning("%s cannot be read: %s", self._stream, error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
                continue
            for identity, fields in batch:
                self._last = identity
                if self._field in fields:
                    yield fields[self._field]

    async def _read(self) -> list[tuple[str, dict[bytes, bytes]]]:
        answer = await self._redis.xread({self._stream: self._last}, count=500, block=BLOCK_MS)
        if not answer:
            await self._notice_a_younger_stream()
            return []
        found = answer.values() if isinstance(answer, dict) else [entries for _, entries in answer]
        return [(identity.decode(), fields) for entries in found for identity, fields in _flat(entries)]

    async def _notice_a_younger_stream(self) -> None:
        # Redis came back empty and the clock had been turned back: our place lies in a future that never comes.
        newest = await self._newest()
        if _place(newest) < _place(self._last):
            self._last = "0-0"

    async def _newest(self) -> str:
        entries = cast("list[tuple[bytes, object]]", await self._redis.xrevrange(self._stream, count=1))
        return entries[0][0].decode() if entries else "0-0"


class NewsReader:
    """All news in order, from the moment of `start`; gaps show in the numbers."""

    def __init__(self, redis: Redis) -> None:
        self._follower = _Follower(redis, NEWS, b"e")

    @property
    def connected(self) -> bool:
        """Whether the last look at Redis succeeded."""
        return self._follower.connected

    async def start(self) -> None:
        """Take the place from which to read.

        Raises:
            RedisError: Redis is away (then `news` takes the place as soon as it is back).

        """
        await self._follower.start()

    async def news(self) -> AsyncGenerator[Envelope, None]:
        """Yield news for ever; reconnects by itself and goes on where it was."""
        async for entry in self._follower.entries():
            try:
                yield ENVELOPE.validate_json(entry)
            except ValidationError:
                log.exception("news that is not understood")


class WishReader:
    """All wishes, from the moment of `start`."""

    def __init__(self, redis: Redis) -> None:
        self._follower = _Follower(redis, WISHES, b"w")

    async def start(self) -> None:
        """Take the place from which to read.

        Raises:
            RedisError: Redis is away.

        """
        await self._follower.start()

    async def wishes(self) -> AsyncGenerator[Wish, None]:
        """Yield wishes for ever; one that is not understood is dropped and logged."""
        async for entry in self._follower.entries():
            try:
                yield WISH.validate_json(entry)
            except ValidationError as error:
                log.warning("a wish was not understood: %s", error.errors(include_input=False))


# --- the floor's side --------------------------------------------------------------------------------------------


async def newest_epoch(redis: Redis, now_ms: int) -> str:
    """Return a new epoch, greater than every earlier one: the time in milliseconds, or one more than the last.

    Raises:
        RedisError: Redis is away; `str(now_ms)` is the next best.

    """
    entries = cast("list[tuple[bytes, object]]", await redis.xrevrange(NEWS, count=1))
    last = _place(entries[0][0].decode())[0] if entries else 0
    return str(max(now_ms, last + 1))


class Publisher:
    """Numbers the floor's news and writes it, with the snapshots it changed; never makes the floor wait."""

    def __init__(self, redis: Redis, views: Views, epoch: str) -> None:
        self.epoch = epoch
        self.number = 0
        self.connected = False
        self._redis = redis
        self._transactions = Transactions(redis)
        self._views = views
        self._pending: deque[Envelope] = deque(maxlen=BACKLOG)
        self._wake = asyncio.Event()
        self._fresh = True
        """Redis may hold nothing, or another epoch: everything is to be written."""
        self._floor_due: float | None = 0.0
        """When the whole floor is to be written again, on the loop's clock; None while nothing is new."""

    def tell(self, news: News, desks: tuple[OperatorId, ...] = (), *, everyone: bool = False) -> None:
        """Number one piece of news and send it as soon as possible."""
        if isinstance(news, Beat) and not self.connected and self._pending:
            return  # A beat that nobody hears would only push real news out of the backlog.
        self.number += 1
        self._pending.append(Envelope(epoch=self.epoch, number=self.number, desks=desks, everyone=everyone, news=news))
        self._wake.set()

    async def run(self) -> None:
        """Write for ever; while Redis is away, keep what fits and try again."""
        wait = 0.05
        self._wake.set()
        while True:
            await self._something_to_write()
            try:
                await self._write()
                self.connected, wait = True, 0.05
            except (RedisError, OSError) as error:
                self.connected, self._fresh = False, True
                log.warning("news cannot be written: %s", error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
                self._wake.set()

    async def flush(self) -> None:
        """Write what is left, at the end; a Redis that is away is let be."""
        with contextlib.suppress(RedisError, OSError):
            if self._pending or self._floor_due is not None:
                await self._write(whole=True)

    async def _something_to_write(self) -> None:
        if self._floor_due is None or self._fresh:
            await self._wake.wait()
        else:
            left = self._floor_due - asyncio.get_running_loop().time()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, left)):
                    await self._wake.wait()
        self._wake.clear()

    async def _write(self, *, whole: bool = False) -> None:
        fresh = self._fresh
        strangers = await self._desks_of_strangers() if fresh else []
        # No await from here until everything is drawn up: news and snapshots are of one moment.
        envelopes = list(self._pending)
        now = asyncio.get_running_loop().time()
        with_floor = fresh or whole or self._floor_is_due(now, behind_news=bool(envelopes))
        if self._floor_due is None and any(not isinstance(envelope.news, Beat) for envelope in envelopes):
            self._floor_due = now + FLOOR_EVERY
        commands: list[Command] = [("DEL", *strangers)] if strangers else []
        commands += self._news(envelopes)
        commands += self._desks(envelopes, everything=fresh)
        if with_floor:
            snapshot = FloorSnapshot(epoch=self.epoch, number=self.number, floor=self._views.floor())
            commands.append(("SET", FLOOR, snapshot.model_dump_json()))
            self._floor_due = None
        if commands:
            _refuse_errors(await self._transactions.run(commands))
        self._fresh = False
        written = envelopes[-1].number if envelopes else 0
        while self._pending and self._pending[0].number <= written:
            self._pending.popleft()

    def _floor_is_due(self, now: float, *, behind_news: bool) -> bool:
        # Hundreds of operators take a millisecond to spell, and a telephone that rings waits for its news.
        if self._floor_due is None:
            return False
        return now >= self._floor_due + (FLOOR_EVERY if behind_news else 0.0)

    async def _desks_of_strangers(self) -> list[str]:
        """Snapshots of desks that this floor does not know, left by an earlier one."""
        known = {f"{DESK}{operator_id}" for operator_id in self._views.desks()}
        found = [key.decode() async for key in self._redis.scan_iter(match=f"{DESK}*", count=500)]
        return [key for key in found if key not in known]

    def _news(self, envelopes: list[Envelope]) -> list[Command]:
        return [
            ("XADD", NEWS, "MAXLEN", "~", NEWS_KEPT, f"{self.epoch}-{one.number}", "e", ENVELOPE.dump_json(one))
            for one in envelopes
        ]

    def _desks(self, envelopes: list[Envelope], *, everything: bool) -> list[Command]:
        commands: list[Command] = []
        touched = set(self._views.desks()) if everything else {one for each in envelopes for one in each.desks}
        for operator_id in touched:
            desk = self._views.desk(operator_id)
            if desk is not None:
                snapshot = DeskSnapshot(epoch=self.epoch, number=self.number, desk=desk)
                commands.append(("SET", f"{DESK}{operator_id}", snapshot.model_dump_json()))
        if everything or any(isinstance(envelope.news, QueueChanged) for envelope in envelopes):
            queues = QueuesSnapshot(epoch=self.epoch, number=self.number, queues=self._views.queues())
            commands.append(("SET", QUEUES, queues.model_dump_json()))
        return commands


def _refuse_errors(answers: list[object]) -> None:
    for answer in answers:
        # A write whose answer was lost is sent again: the stream says that it has these entries already.
        if isinstance(answer, ResponseError) and "equal or smaller" in str(answer):
            continue
        if isinstance(answer, Exception):
            raise answer


def _flat(entries: object) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Both shapes of redis-py: one list of entries (RESP2) or a list of such lists (RESP3)."""
    listed = cast("list[object]", entries)
    if listed and isinstance(listed[0], list):
        listed = cast("list[object]", listed[0])
    return cast("list[tuple[bytes, dict[bytes, bytes]]]", listed)


def _place(identity: str) -> tuple[int, int]:
    left, _, right = identity.partition("-")
    return int(left or 0), int(right or 0)
