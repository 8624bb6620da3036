"""The hub: the floor's news to every screen of this process, and the screens' wishes to the floor (shell)."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import structlog

from crm_core import clock
from routing.desks import SIGNED_OUT as LEAVING
from routing.news import Beat as FloorBeat
from routing.news import CallChanged, CallGone, Envelope, OperatorChanged, QueueChanged
from routing.views import CallView, OperatorId, OperatorState, OperatorView, QueueView
from workstation import asks, visibility
from workstation.access import Person
from workstation.ahead import Ahead
from workstation.cards import Cards
from workstation.client import Client
from workstation.desk import Desk
from workstation.floorline import FloorAway, FloorLine
from workstation.gallery import Gallery
from workstation.messages import Ask, Beat, PresenceMessage, Resume, StaleMessage, WishMessage
from workstation.onlookers import Onlookers
from workstation.sentences import Translate, sentence
from workstation.shared import Shared
from workstation.station import Join, Refresh
from workstation.wall import Wall

log = structlog.get_logger(__name__)

STALE_SECONDS = 3.0
"""Without a beat of the floor for this long, every screen says that its data is old."""
LOOK_SECONDS = 0.25
SIGNED_OUT = 4401


class Hub:
    """One per process.

    Args:
        line: the way to the floor.
        cards: renders what calls bring.
        translations: gettext by language code.
        now: present moment in UTC.

    """

    def __init__(
        self,
        line: FloorLine,
        cards: Cards,
        translations: Callable[[str], Translate],
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self.shared = Shared(line, now)
        self.desks: dict[OperatorId, Desk] = {}
        self.gallery = Gallery(self.shared, translations)
        self.wall = Wall(self.shared, translations)
        self.onlookers = Onlookers()
        self._cards = cards
        self.ahead = Ahead(cards, lambda: {desk.screen for desk in self.desks.values()})
        self._translations = translations
        self._heard = float("-inf")
        self._queues: dict[str, QueueView] = {}
        """Figures as last heard; those in `_owed` have not been told to the desks yet."""
        self._owed: dict[str, None] = {}
        self._colleagues: dict[OperatorId, OperatorView] = {}
        """Who changed since the last second, for pages that watch colleagues."""
        self._tasks: list[asyncio.Task[None]] = []
        self._leaving: set[asyncio.Task[None]] = set()
        self.guests: Callable[[], Iterable[Client]] = tuple
        """Pages that hear nothing of the floor, and end with their session all the same."""

    # --- life --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to listen and to watch the clock."""
        jobs = (self._listen(), self._expect(), self._watch(), self.ahead.run())
        self._tasks = [asyncio.create_task(job) for job in jobs]

    async def stop(self, code: int = 1012) -> None:
        """Close every socket (1012: we restart) and end all work."""
        for client in self.clients():
            client.close(code)
        for task in [*self._tasks, *self._leaving]:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._leaving, return_exceptions=True)
        for station in [*self.desks.values(), self.gallery, self.wall]:
            await station.stop()

    @property
    def alive(self) -> bool:
        """Whether the floor was heard of late."""
        return not self.shared.stale

    def clients(self) -> Iterator[Client]:
        """Every open page."""
        for desk in list(self.desks.values()):
            yield from list(desk.clients)
        yield from list(self.gallery.clients)
        yield from list(self.wall.clients)

    # --- pages -------------------------------------------------------------------------------------------------

    def join(self, client: Client, resume: Resume) -> None:
        """Let a page in: it gets what it missed, or a snapshot."""
        person = client.person
        if not person.takes_calls:
            self._watchers(client).take(Join(client, resume))
            return
        operator = OperatorId(person.user_id)
        desk = self.desks.get(operator)
        if desk is None:
            desk = Desk(person, self.shared, self._cards, self._translations(person.language))
            self.desks[operator] = desk
            self._announce(desk)
        desk.take(Join(client, resume))
        # Figures that were held back while this page was away lie before the place it resumes from.
        self._owed.update(dict.fromkeys(self._queues))

    def leave(self, client: Client) -> None:
        """Forget a page; the desk stays signed in at the floor, its telephone's state tells the rest."""
        if client.closed is None:
            client.closed = 1000  # A join still waiting in line finds that the page is gone.
        self.gallery.leave(client)
        self.wall.leave(client)
        operator = OperatorId(client.person.user_id)
        desk = self.desks.get(operator)
        if desk is None:
            return
        desk.leave(client)
        if not desk.clients:
            del self.desks[operator]

    def watch(self, client: Client, *, colleagues: bool) -> None:
        """Tell a desk's page from now on how colleagues change, or do so no longer."""
        client.watches = colleagues and client.person.takes_calls and not client.wall

    def refresh(self, client: Client) -> None:
        """Give a page that fell behind a snapshot."""
        desk = self.desks.get(OperatorId(client.person.user_id))
        (desk if client.person.takes_calls and desk else self._watchers(client)).take(Refresh(client))

    def _watchers(self, client: Client) -> Gallery:
        return self.wall if client.wall else self.gallery

    def call_at(self, user_id: int, call_id: str) -> CallView | None:
        """Return the call on a person's desk, when it is the one they name."""
        desk = self.desks.get(OperatorId(user_id))
        call = desk.call if desk else None
        return call if call is not None and call.call_id == call_id else None

    async def end_session(self, person: Person) -> None:
        """End every socket of a session that ended; who has no other open page does not get calls any more."""
        mine = [client for client in (*self.clients(), *self.guests()) if client.person.user_id == person.user_id]
        for client in mine:
            if client.person.token == person.token:
                client.close(SIGNED_OUT)
        if person.takes_calls and all(client.closed is not None for client in mine):
            await self.say_farewell(person.user_id)

    async def say_farewell(self, user_id: int) -> None:
        """Have the floor send this operator no more calls."""
        # A floor that is away is told by the telephone, which goes with the page, or by the next sweep.
        with contextlib.suppress(FloorAway):
            await self.shared.line.send(asks.farewell(user_id, f"out-{uuid.uuid4().hex[:12]}", self.shared.now()))

    async def at_work(self) -> frozenset[int]:
        """Return who may get calls now, as the floor has it; nobody while it is away."""
        with contextlib.suppress(FloorAway):
            snapshot = await self.shared.line.floor()
            if snapshot is not None:
                there = (one for one in snapshot.floor.operators if one.state is not OperatorState.OFFLINE)
                return frozenset(one.operator_id for one in there if one.next_reason != LEAVING)
        return frozenset()

    async def ask(self, client: Client, ask: Ask) -> None:
        """Send a page's wish to the floor; what cannot be sent is refused at once."""
        wish = asks.wish(ask, OperatorId(client.person.user_id), self.shared.now())
        if isinstance(wish, str):
            self._refuse(client, ask.wish_id, wish)
            return
        try:
            await self.shared.line.send(wish)
        except FloorAway:
            self._refuse(client, ask.wish_id, "floor-away")

    def _refuse(self, client: Client, wish_id: str, code: str) -> None:
        said = sentence(code, self._translations(client.person.language))
        message = WishMessage(
            epoch=client.epoch, number=client.number, wish_id=wish_id, done=False, reason=code, sentence=said
        )
        client.mailbox.put(message.model_dump_json())

    # --- the floor ---------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        async for envelope in self.shared.line.news():
            try:
                self.hear(envelope)
            except Exception:  # noqa: BLE001 -- the loop must live on
                await log.aexception("hub.news_failed", number=envelope.number)

    async def _expect(self) -> None:
        async for caller in self.shared.line.coming():
            if self.desks:
                self._cards.foresee(caller, (desk.screen for desk in self.desks.values()))

    def hear(self, envelope: Envelope) -> None:
        """Take one piece of news: remember it, and pass it to whom it concerns."""
        ring = self.shared.ring
        if ring.knows(envelope):
            return
        if isinstance(envelope.news, OperatorChanged):
            self._colleagues[envelope.news.operator.operator_id] = envelope.news.operator
        newborn = ring.epoch != envelope.epoch
        missed = not ring.add(envelope) and not newborn
        if newborn:
            self._queues.clear()
            self._owed.clear()
        if newborn or missed:
            self._conflated(envelope)
            self._refresh_everybody(newborn=newborn)
        else:
            # The desks first: an operator whose telephone rings is in more of a hurry than those who watch.
            told = self._conflated(envelope)
            if told is not None:
                for desk in self._concerned(told):
                    desk.take(told)
            self.gallery.take(envelope)
            self.wall.take(envelope)
        if newborn or missed or isinstance(envelope.news, OperatorChanged):
            self.onlookers.tell()
        self._look_ahead(envelope)

    def _concerned(self, envelope: Envelope) -> list[Desk]:
        """Desks that are to hear it; with hundreds of them nobody is asked whom it is not for."""
        if envelope.everyone:
            return list(self.desks.values())
        return [desk for operator in envelope.desks if (desk := self.desks.get(operator)) is not None]

    def _refresh_everybody(self, *, newborn: bool) -> None:
        self.gallery.take(Refresh())
        self.wall.take(Refresh())
        for desk in list(self.desks.values()):
            if newborn:
                # A floor that started anew may not know who sits here.
                self._announce(desk)
            desk.take(Refresh())

    def _look_ahead(self, envelope: Envelope) -> None:
        if getattr(envelope.news, "beside", False):
            return
        if isinstance(envelope.news, CallChanged):
            self.ahead.hear(envelope.news.call)
        elif isinstance(envelope.news, CallGone):
            self.ahead.gone(envelope.news.call_id)

    def _conflated(self, envelope: Envelope) -> Envelope | None:
        """Hold back queues' figures until a beat: they change with every call, and every desk shows them.

        A hundred sends before a card is a card that is late; a second's delay of a counter nobody sees.
        The beat's own number carries them, one queue a beat, so that numbers still only rise.
        """
        news = envelope.news
        if isinstance(news, QueueChanged):
            self._queues[news.queue.queue] = news.queue
            self._owed[news.queue.queue] = None
            return None
        if not isinstance(news, FloorBeat):
            return envelope
        self._heard = asyncio.get_running_loop().time()
        self._set_stale(stale=False)
        if not self._owed:
            return None
        queue = next(iter(self._owed))
        del self._owed[queue]
        return envelope.model_copy(update={"everyone": True, "news": QueueChanged(queue=self._queues[queue])})

    def _announce(self, desk: Desk) -> None:
        task = asyncio.create_task(self._send_announcement(desk))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _send_announcement(self, desk: Desk) -> None:
        wish = asks.announcement(desk.person, f"sign-in-{uuid.uuid4().hex[:12]}", self.shared.now())
        try:
            await self.shared.line.send(wish)
        except FloorAway:
            desk.announced = False
        else:
            desk.announced = True

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        beat_at = 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if loop.time() - self._heard > STALE_SECONDS:
                self._set_stale(stale=True)
            if loop.time() - beat_at >= 1.0:
                beat_at = loop.time()
                self._beat()

    def _beat(self) -> None:
        frame = Beat(server_time=self.shared.now()).model_dump_json()
        for client in self.clients():
            client.mailbox.put(frame)
        self._show_colleagues()
        for desk in self.desks.values():
            if not desk.announced:
                self._announce(desk)

    def _show_colleagues(self) -> None:
        """Tell pages that watch who changed: at most once a second, however often he did."""
        changed, self._colleagues = self._colleagues, {}
        watching = [client for client in self.clients() if client.watches]
        if not changed or not watching:
            return
        frame = PresenceMessage(colleagues=tuple(map(visibility.colleague, changed.values()))).model_dump_json()
        for client in watching:
            client.mailbox.put(frame)

    def _set_stale(self, *, stale: bool) -> None:
        if self.shared.stale is stale and self.shared.since is not None:
            return
        self.shared.stale = stale
        self.shared.since = self.shared.now()
        frame = StaleMessage(stale=stale, since=self.shared.since).model_dump_json()
        for client in self.clients():
            client.mailbox.put(frame)
