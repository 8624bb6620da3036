"""Replays on the screens of this process: a stage each, played by its clock, told to who watches it (shell).

Nothing here knows the hub or the way to the floor: a replay cannot be heard by a desk, and cannot wish anything.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core.db import reading
from crm_core.errors import CrmError
from crm_core.settings import Settings
from routing.news import CallChanged, Envelope, News
from routing.rehearsal import Recorded, Stage
from routing.rehearsal_board import Board
from routing.rehearsal_clock import Replay
from routing.rehearsal_day import recorded
from workstation import visibility
from workstation.client import Client
from workstation.messages import Ask, FloorSnapshotMessage, QueueDay, ReplayMessage, ReplayState, Resume
from workstation.reach import Reach

log = structlog.get_logger(__name__)

BEAT = timedelta(seconds=1)
TICK = timedelta(seconds=0.25)
"""What changes meanwhile is told at once, each thing as it stands then: a fast clock floods nobody."""
LEAP = timedelta(minutes=10)
"""So much of a day at a time is played beside the process's other work."""
NOT_YOURS, NO_REPLAY, TRY_LATER, RESTARTING = 4403, 4404, 1013, 1012


class Player:
    """One replay.

    Args:
        replay: its clock.
        day: what is on record.
        now: present moment in UTC.

    """

    def __init__(self, replay: Replay, day: Recorded, now: Callable[[], datetime]) -> None:
        self.replay = replay
        self.clients: list[Client] = []
        self.stopped = False
        self._stage = Stage(day)
        self._now = now
        self._run = 0
        self._number = 0
        self._owed: list[Client] = []
        """Pages that are to be shown everything."""
        self._woken = asyncio.Event()

    @property
    def _epoch(self) -> str:
        return f"replay-{self.replay.replay_id}-{self._run}"

    @property
    def _state(self) -> ReplayState:
        if self.stopped:
            return "stopped"
        if self._stage.at >= self._stage.ends:
            return "over"
        return "paused" if self.replay.paused else "running"

    def join(self, client: Client) -> None:
        """Let a page watch."""
        self.clients.append(client)
        self.show(client)

    def show(self, client: Client) -> None:
        """Show a page everything anew."""
        self._owed.append(client)
        self._woken.set()

    def touch(self, replay: Replay | None) -> None:
        """Go by the clock as it stands now; None: the replay was stopped."""
        self.stopped = replay is None
        if replay is not None:
            self.replay = replay
        self._woken.set()

    async def play(self) -> None:
        """Play for ever."""
        while True:
            await self._step()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._rests().total_seconds()):
                    await self._woken.wait()

    async def _step(self) -> None:
        self._woken.clear()
        at = self._stage.at if self.stopped else min(self.replay.shows(self._now()), self._stage.ends)
        if at < self._stage.at:
            self._stage = await asyncio.to_thread(Stage, self._stage.day)
            self._run += 1
        if at - self._stage.at > LEAP:
            await asyncio.to_thread(self._stage.play, at)
            self._run += 1
        else:
            for news in self._stage.play(at):
                self._tell(news)
        owed, self._owed = self._owed, []
        for client in self.clients:
            if client in owed or client.epoch != self._epoch:
                self._restart(client)
            client.mailbox.put(self._clock(client).model_dump_json())

    def _rests(self) -> timedelta:
        following = self._stage.next_at
        left = self.replay.runs_until(following, self._now()) if following is not None and not self.stopped else None
        return BEAT if left is None else min(BEAT, max(TICK, left))

    def _tell(self, news: News) -> None:
        self._number += 1
        shown = CallChanged(call=visibility.watched(news.call)) if isinstance(news, CallChanged) else news
        envelope = Envelope(epoch=self._epoch, number=self._number, desks=(), news=shown)
        message = visibility.message(envelope, str)
        frame = message.model_dump_json() if message is not None else ""
        for client in self.clients:
            if _mirrored(client.reach).hears(news):
                client.put(self._epoch, self._number, frame)

    def _restart(self, client: Client) -> None:
        floor = _mirrored(client.reach).of(self._stage.floor())
        floor = floor.model_copy(update={"calls": tuple(visibility.watched(call) for call in floor.calls)})
        message = FloorSnapshotMessage(epoch=self._epoch, number=self._number, floor=floor, server_time=self._stage.at)
        client.restart(self._epoch, self._number, [message.model_dump_json()])

    def _clock(self, client: Client) -> ReplayMessage:
        totals = tuple(
            QueueDay(
                queue=name, offered=one.offered, answered=one.answered, answered_in_time=one.answered_in_time,
                abandoned=one.abandoned, abandoned_short=one.abandoned_short, kept=one.kept,
            )
            for name, one in sorted(self._stage.totals.items())
            if client.reach.serves(name)
        )  # fmt: skip
        return ReplayMessage(
            server_time=self._stage.at, rate=self.replay.rate if self._state == "running" else 0,
            speed=self.replay.speed, state=self._state, ends=self._stage.ends, totals=totals,
        )  # fmt: skip


def _mirrored(reach: Reach) -> Reach:
    """Return whom somebody leads, by the keys that operators have on a stage."""
    return Reach(others=frozenset(-one for one in reach.others), queues=reach.queues)


class Rehearsals:
    """Every replay that somebody watches at this process.

    Args:
        settings: of the house.
        engine: the customer base.
        board: where the replays stand.
        now: present moment in UTC.

    """

    def __init__(
        self, settings: Settings, engine: AsyncEngine, board: Board, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._board = board
        self._now = now
        self._players: dict[str, tuple[Player, asyncio.Task[None]]] = {}
        self._entering: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Lock()
        """One day is read at a time."""

    async def run(self) -> None:
        """Hear whose clock was touched, for ever."""
        async for replay_id in self._board.touched():
            for key in [replay_id] if replay_id else list(self._players):
                if key in self._players:
                    await self._touched(key)

    async def _touched(self, replay_id: str) -> None:
        # Valkey that is away again says so once more when it is back.
        with contextlib.suppress(RedisError):
            found = await self._board.find(replay_id)
            if replay_id in self._players:
                self._players[replay_id][0].touch(found)

    def clients(self) -> Iterator[Client]:
        """Every open page."""
        for player, _ in list(self._players.values()):
            yield from list(player.clients)

    async def stop(self) -> None:
        """Close every socket and end all work."""
        for client in self.clients():
            client.close(RESTARTING)
        tasks = [*self._entering, *(task for _, task in self._players.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._board.close()

    def enter(self, client: Client, replay_id: str) -> None:
        """Let a page watch a replay: as soon as its day is read."""
        task = asyncio.create_task(self._enter(client, replay_id))
        self._entering.add(task)
        task.add_done_callback(self._entering.discard)

    async def _enter(self, client: Client, replay_id: str) -> None:
        try:
            async with self._gate:
                player = await self._player(replay_id)
        except (CrmError, RedisError) as error:
            await log.awarning("replay.waits", error=type(error).__name__)
            client.close(TRY_LATER)
            return
        if player is None:
            client.close(NO_REPLAY)
        elif client.closed is None:
            player.join(client)
        else:
            self._forget(replay_id)

    async def _player(self, replay_id: str) -> Player | None:
        known = self._players.get(replay_id)
        replay = await self._board.find(replay_id)
        if known is not None or replay is None:
            return known[0] if known is not None and replay is not None else None
        threshold = timedelta(seconds=self._settings.service_level_seconds)
        async with reading(self._engine) as db:
            day = await recorded(db, replay, threshold)
        player = await asyncio.to_thread(Player, replay, day, self._now)
        self._players[replay_id] = player, asyncio.create_task(player.play())
        return player

    def show(self, client: Client, replay_id: str) -> None:
        """Show a page that fell behind everything anew."""
        if replay_id in self._players:
            self._players[replay_id][0].show(client)

    def leave(self, client: Client, replay_id: str) -> None:
        """Forget a page; a replay that nobody watches here is played here no more, its clock goes on."""
        if client.closed is None:
            client.closed = 1000
        known = self._players.get(replay_id)
        if known is None or client not in known[0].clients:
            return
        known[0].clients.remove(client)
        self._forget(replay_id)

    def _forget(self, replay_id: str) -> None:
        player, task = self._players[replay_id]
        if not player.clients:
            task.cancel()
            del self._players[replay_id]


class Watching:
    """What a socket of one replay's page joins: it listens, and may wish nothing.

    Args:
        rehearsals: of this process.
        replay_id: which replay.

    """

    def __init__(self, rehearsals: Rehearsals, replay_id: str) -> None:
        self._rehearsals, self._replay_id = rehearsals, replay_id[:24]

    def join(self, client: Client, _resume: Resume) -> None:
        """Let the page in; it is shown everything, whatever it has."""
        self._rehearsals.enter(client, self._replay_id)

    def leave(self, client: Client) -> None:
        """Forget the page."""
        self._rehearsals.leave(client, self._replay_id)

    def refresh(self, client: Client) -> None:
        """Show everything anew to a page that fell behind."""
        self._rehearsals.show(client, self._replay_id)

    def watch(self, client: Client, *, colleagues: bool) -> None:
        """Nobody of a replayed day is anybody's colleague now."""

    async def ask(self, client: Client, _ask: Ask) -> None:
        """End the page's socket: nothing can be wished of a day that is over."""
        client.close(NOT_YOURS)
