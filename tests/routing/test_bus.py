"""News and wishes between the floor and the web, over a real Valkey."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import Self

import pytest

from routing import bus, valkey
from routing.news import Beat, CallChanged, CallGone, Envelope, FloorSnapshot, QueueChanged
from routing.screen import apply
from routing.views import CallPhase, CallView, DeskView, FloorView, OperatorId, OperatorState, OperatorView, QueueView
from routing.wishes import SetState, Wish
from tests.support.servers import ValkeyServer
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANNA = OperatorId(7)


def call(number: int, phase: CallPhase = CallPhase.RINGING) -> CallView:
    return CallView(
        call_id=f"main-{number}", phase=phase, number="+79161234567", name="", dialled="100", queue="main",
        language="ru", account_id=None, candidates=(), topic="", path=(), arrived_at=NOON, waiting_since=NOON,
        offered_at=None, answered_at=None, held_since=None, ended_at=None, operator_id=None,
    )  # fmt: skip


def queue(waiting: int) -> QueueView:
    return QueueView(
        queue="main", waiting=waiting, longest_since=None, offered=0, answered=0, answered_in_threshold=0,
        abandoned=0, abandoned_short=0,
    )  # fmt: skip


class TwoDesks:
    """A tiny floor with one desk that has a call."""

    def __init__(self) -> None:
        self.call: CallView | None = None
        self.figures = (queue(0),)
        self.anna = OperatorView(
            operator_id=ANNA, name="Anna", extension="101", state=OperatorState.READY, reason="", since=NOON,
            until=None, phone_ok=True, call_id=None,
        )  # fmt: skip

    def desk(self, operator_id: OperatorId) -> DeskView | None:
        return DeskView(operator=self.anna, call=self.call, queues=self.figures) if operator_id == ANNA else None

    def desks(self) -> list[OperatorId]:
        return [ANNA]

    def queues(self) -> tuple[QueueView, ...]:
        return self.figures

    def floor(self) -> FloorView:
        return FloorView(
            operators=(self.anna,), calls=(self.call,) if self.call else (), queues=self.figures, nodes={"main": True}
        )


class Line:
    """A publisher and a reader at work."""

    def __init__(self, url: str, epoch: str = "1000") -> None:
        self.redis = valkey.connect(url)
        self.views = TwoDesks()
        self.publisher = bus.Publisher(self.redis, self.views, epoch)
        self.heard: list[Envelope] = []
        self.reader = bus.NewsReader(valkey.connect(url))

    async def __aenter__(self) -> Self:
        await self.reader.start()
        self.tasks = [asyncio.create_task(self.publisher.run()), asyncio.create_task(self.listen())]
        await eventually(lambda: self.publisher.connected)
        return self

    async def listen(self) -> None:
        async with aclosing(self.reader.news()) as news:
            async for envelope in news:
                self.heard.append(envelope)

    async def __aexit__(self, *_: object) -> None:
        for task in self.tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self.redis.aclose()
        await self.reader._follower._redis.aclose()

    def ring(self, number: int) -> None:
        self.views.call = call(number)
        self.publisher.tell(CallChanged(call=self.views.call), (ANNA,))


@pytest.fixture
def url(redis_url: str) -> str:
    return redis_url


async def test_news_arrives_in_order_and_with_the_snapshot_it_made(url: str) -> None:
    async with Line(url) as line:
        line.ring(1)
        line.publisher.tell(Beat(), everyone=True)
        line.ring(2)
        await eventually(lambda: len(line.heard) == 3)
        assert [envelope.number for envelope in line.heard] == [1, 2, 3]
        snapshot = await bus.read_desk(line.redis, ANNA)
        assert snapshot is not None
        assert (snapshot.number, snapshot.epoch) == (3, "1000")
        assert snapshot.desk.call == call(2)


async def test_a_queue_figure_reaches_every_desk_snapshot_without_rewriting_it(url: str) -> None:
    async with Line(url) as line:
        line.ring(1)
        await eventually(lambda: len(line.heard) == 1)
        line.views.figures = (queue(5),)
        line.publisher.tell(QueueChanged(queue=queue(5)), everyone=True)
        await eventually(lambda: len(line.heard) == 2)
        snapshot = await bus.read_desk(line.redis, ANNA)
        assert snapshot is not None
        assert (snapshot.number, snapshot.desk.queues[0].waiting) == (2, 5)


async def test_the_floor_snapshot_is_brought_up_to_the_newest_news(url: str) -> None:
    async with Line(url) as line:
        for number in range(30):
            line.ring(number)
            await eventually(lambda number=number: len(line.heard) == number + 1)  # type: ignore[misc]
            snapshot = await bus.read_floor(line.redis)
            assert snapshot is not None
            assert snapshot.number == number + 1
            assert any(one.call_id == f"main-{number}" for one in snapshot.floor.calls)


async def test_news_never_waits_for_the_whole_floor_to_be_written(url: str) -> None:
    async with Line(url) as line:
        await eventually(lambda: line.publisher._floor_due is None)
        before = await line.redis.get(bus.FLOOR)
        line.ring(1)
        await eventually(lambda: len(line.heard) == 1)
        assert await line.redis.get(bus.FLOOR) == before
        await eventually(lambda: line.publisher._floor_due is None)
        written = await line.redis.get(bus.FLOOR)
        assert FloorSnapshot.model_validate_json(written).number == 1


async def test_news_without_a_pause_cannot_keep_the_floor_from_being_written(url: str) -> None:
    async with Line(url) as line:
        await eventually(lambda: line.publisher._floor_due is None)
        number, before = 0, await line.redis.get(bus.FLOOR)
        async with asyncio.timeout(10 * bus.FLOOR_EVERY):
            while await line.redis.get(bus.FLOOR) == before:
                number += 1
                line.ring(number)


async def test_snapshot_and_later_news_make_the_present(url: str) -> None:
    async with Line(url) as line:
        line.ring(1)
        await eventually(lambda: len(line.heard) == 1)
        snapshot = await bus.read_desk(line.redis, ANNA)
        line.views.call = None
        line.publisher.tell(CallGone(call_id="main-1", reason="ended"), (ANNA,))
        await eventually(lambda: len(line.heard) == 2)
        assert snapshot is not None
        desk = snapshot.desk
        for envelope in line.heard:
            if envelope.number > snapshot.number:
                desk = apply(desk, envelope.news)
        assert desk == line.views.desk(ANNA)


async def test_a_desk_of_an_earlier_floor_is_not_shown(url: str) -> None:
    async with Line(url) as line:
        await line.redis.set(f"{bus.DESK}99", b'{"epoch":"1","number":1,"desk":null}')
    async with Line(url, "1001") as line:
        assert await bus.read_desk(line.redis, OperatorId(99)) is None
        assert await bus.read_desk(line.redis, ANNA) is not None


async def test_a_killed_valkey_loses_no_news_and_no_snapshot(valkey: ValkeyServer, url: str) -> None:
    async with Line(url) as line:
        line.ring(1)
        await eventually(lambda: len(line.heard) == 1)
        valkey.kill()
        line.ring(2)
        await eventually(lambda: not line.publisher.connected)
        line.ring(3)
        valkey.start()
        await eventually(lambda: len(line.heard) == 3)
        assert [envelope.number for envelope in line.heard] == [1, 2, 3]
        assert {envelope.epoch for envelope in line.heard} == {"1000"}
        snapshot = await bus.read_desk(line.redis, ANNA)
        assert snapshot is not None
        assert snapshot.desk.call == call(3)


async def test_the_backlog_is_bounded_and_the_gap_shows_in_the_numbers(valkey: ValkeyServer, url: str) -> None:
    async with Line(url) as line:
        valkey.kill()
        for number in range(bus.BACKLOG + 10):
            line.ring(number)
        await eventually(lambda: not line.publisher.connected)
        assert len(line.publisher._pending) == bus.BACKLOG
        valkey.start()
        await eventually(lambda: bool(line.heard) and line.heard[-1].number == bus.BACKLOG + 10)
        assert line.heard[0].number == 11


async def test_a_wish_reaches_the_floor_and_nonsense_does_not(url: str) -> None:
    redis = valkey.connect(url)
    reader = bus.WishReader(redis)
    early = SetState(wish_id="w0", operator_id=ANNA, at=NOON, state=OperatorState.READY)
    await bus.send_wish(redis, early)
    await reader.start()
    wish = SetState(wish_id="w1", operator_id=ANNA, at=NOON, state=OperatorState.READY)
    await redis.xadd(bus.WISHES, {"w": b'{"type":"format_disk"}'})
    await redis.xadd(bus.WISHES, {"other": b"field"})
    await bus.send_wish(redis, wish)
    async with aclosing(reader.wishes()) as wishes:
        first: Wish = await anext(wishes)
    assert first == wish
    await redis.aclose()


async def test_an_epoch_is_greater_than_every_earlier_one_even_if_the_clock_was_turned_back(url: str) -> None:
    async with Line(url, "2000") as line:
        line.ring(1)
        await eventually(lambda: len(line.heard) == 1)
        assert await bus.newest_epoch(line.redis, 1500) == "2001"
        assert await bus.newest_epoch(line.redis, 3000) == "3000"
