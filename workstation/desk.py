"""An operator's desk: its tabs, the call that is on it, and the cards that calls bring (shell)."""

from __future__ import annotations

from contextlib import suppress

from routing.news import CallChanged, CallGone, Envelope, OperatorChanged
from routing.views import CallView, DeskView, OperatorId, OperatorState, OperatorView
from workstation import visibility
from workstation.access import Person
from workstation.cards import Cards, Rendered
from workstation.client import Client
from workstation.floorline import FloorAway
from workstation.messages import DeskSnapshotMessage, ScreenPop
from workstation.screenpop import PopKey, needs_pop, pop_key
from workstation.sentences import Translate
from workstation.shared import Shared
from workstation.station import Job, Join, Refresh, Station


class Desk(Station):
    """Every tab of one operator; all show the same.

    Args:
        person: the operator.
        shared: ring, floor and staleness, of the hub.
        cards: renders what a call brings.
        translate: gettext of the operator's language.

    """

    def __init__(self, person: Person, shared: Shared, cards: Cards, translate: Translate) -> None:
        super().__init__()
        self.person = person
        self.operator = OperatorId(person.user_id)
        self.screen = cards.screen(person)
        self.announced = True
        """The floor was told that this desk is open (or is just being told)."""
        self._shared = shared
        self._cards = cards
        self._translate = translate
        self.call: CallView | None = None
        """On this desk now, as last heard."""
        self._popped: PopKey | None = None
        self._unknown = True
        """The floor has not told us of this desk yet; its first word brings a snapshot."""

    def pass_on(self, envelope: Envelope) -> bool:
        """Pass on what needs no card, to pages that stand in the same epoch."""
        if not visibility.desk_sees(self.operator, envelope):
            return True
        news = envelope.news
        if self._needs_snapshot(envelope):
            return False
        if isinstance(news, CallChanged) and self._is_ours(news.call):
            self.call = news.call
            if needs_pop(self._popped, news.call):
                card = self._cards.ready(news.call, self.person)
                if card is None:
                    return False
                self._send(envelope, self._framed(envelope, news.call, card))
                return True
        if isinstance(news, CallGone):
            self._forget(news.call_id)
        self._put(envelope)
        return True

    async def work_on(self, job: Job) -> None:
        """Read a card or a snapshot, then tell the pages."""
        match job:
            case Join(client=client, resume=resume):
                await self._join(client, resume.epoch, resume.after)
            case Refresh(client=client):
                await self._restart(self.clients if client is None else [client])
            case Envelope() if self._needs_snapshot(job):
                await self._restart(self.clients)
            case Envelope(news=CallChanged(call=call)):
                self._send(job, await self._pop(job, call))
            case Envelope():
                self._put(job)

    async def _join(self, client: Client, epoch: str, after: int) -> None:
        missed = self._shared.ring.since(epoch, after) if epoch else None
        if missed is None:
            await self._restart([client])
        else:
            if self._unknown:
                await self._learn()
            frames = [frame for envelope in missed if (frame := await self._replayed(envelope))]
            client.restart(self._shared.ring.epoch, missed[-1].number if missed else after, frames)
            self._shared.tell_state(client)
        if client.closed is None:
            self.clients.append(client)
            self.tell_holders()

    async def _learn(self) -> None:
        """Know what is on this desk: its page came back, and needs no snapshot, but we have just begun or forgot it.

        Without that a form of the card would be refused in the middle of the call that opens it.
        """
        with suppress(FloorAway):
            found = await self._shared.line.desk(self.operator)
            if found is not None:
                self._unknown = False
                self.call = found.desk.call
                self._popped = pop_key(self.call) if self.call else None

    async def _replayed(self, envelope: Envelope) -> str | None:
        if not visibility.desk_sees(self.operator, envelope):
            return None
        news = envelope.news
        if isinstance(news, CallChanged) and self._is_ours(news.call):
            # The page may have missed the pop itself; a card it has already is laid over itself unseen.
            return await self._pop(envelope, news.call)
        message = visibility.message(envelope, self._translate)
        return message.model_dump_json() if message else None

    async def _pop(self, envelope: Envelope, call: CallView) -> str:
        self._popped = pop_key(call)
        return self._framed(envelope, call, await self._cards.for_call(call, self.person))

    def _framed(self, envelope: Envelope, call: CallView, card: Rendered) -> str:
        self._popped = pop_key(call)
        return ScreenPop.frame(envelope.epoch, envelope.number, call, card.quoted)

    async def _restart(self, clients: list[Client]) -> None:
        message = await self._snapshot()
        frame = message.model_dump_json()
        for client in clients:
            client.restart(message.epoch, message.number, [frame])
            client.holds_phone = None
        self.tell_holders()

    async def _snapshot(self) -> DeskSnapshotMessage:
        ring = self._shared.ring
        # What the ring has seen was in Valkey before the snapshot is read, so the snapshot holds it.
        epoch, seen = ring.epoch, ring.number
        try:
            found = await self._shared.line.desk(self.operator)
        except FloorAway:
            found = None
        self._unknown = found is None
        desk = found.desk if found else self._nothing_yet()
        self.call = desk.call
        self._popped = pop_key(desk.call) if desk.call else None
        return DeskSnapshotMessage(
            epoch=found.epoch if found else epoch,
            number=seen if found is None else max(found.number, seen if found.epoch == epoch else 0),
            desk=desk,
            card=(await self._cards.for_call(desk.call, self.person)).html if desk.call else "",
            stale=self._shared.stale or found is None,
            server_time=self._shared.now(),
        )

    def _nothing_yet(self) -> DeskView:
        return DeskView(
            operator=OperatorView(
                operator_id=self.operator,
                name=self.person.name,
                extension=self.person.extension,
                state=OperatorState.OFFLINE,
                reason="",
                since=self._shared.now(),
                until=None,
                phone_ok=False,
                call_id=None,
            ),
            call=None,
            queues=(),
        )

    def _needs_snapshot(self, envelope: Envelope) -> bool:
        if self._unknown and isinstance(envelope.news, OperatorChanged):
            return True
        return any(client.epoch != envelope.epoch for client in self.clients)

    def _is_ours(self, call: CallView) -> bool:
        return call.operator_id == self.operator

    def _forget(self, call_id: str) -> None:
        if self.call is not None and self.call.call_id == call_id:
            self.call = None
        if self._popped is not None and self._popped[0] == call_id:
            self._popped = None

    def _put(self, envelope: Envelope) -> None:
        message = visibility.message(envelope, self._translate)
        if message is not None and self.clients:
            self._send(envelope, message.model_dump_json())

    def _send(self, envelope: Envelope, frame: str) -> None:
        for client in self.clients:
            client.put(envelope.epoch, envelope.number, frame)
