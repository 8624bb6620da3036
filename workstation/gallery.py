"""The supervisors' view of the floor: one frame for all who watch, each sent to those whose it is (shell)."""

from __future__ import annotations

from collections.abc import Callable

from routing.news import CallChanged, Envelope, News, WishAnswered
from routing.views import FloorView
from workstation import visibility
from workstation.client import Client
from workstation.floorline import FloorAway
from workstation.messages import FloorSnapshotMessage, PhoneMessage
from workstation.reach import Reach
from workstation.sentences import Translate
from workstation.shared import Shared
from workstation.station import Job, Join, Refresh, Station

EMPTY = FloorView(operators=(), calls=(), queues=(), nodes={})


class Gallery(Station):
    """Every supervisor's page; all see the same, as far as it is theirs, whatever their language.

    Args:
        shared: ring, floor and staleness, of the hub.
        translations: gettext by language code.

    """

    def __init__(self, shared: Shared, translations: Callable[[str], Translate]) -> None:
        super().__init__()
        self._shared = shared
        self._translations = translations

    def pass_on(self, envelope: Envelope) -> bool:
        """Pass on everything supervisors may see, and to each the answers to his own wishes."""
        if isinstance(envelope.news, WishAnswered):
            self._answer(envelope)
            return True
        if not self.clients or not self.sees(envelope):
            return True
        if any(client.epoch != envelope.epoch for client in self.clients):
            return False
        frame = self._frame(envelope)
        for client in self.clients:
            if client.reach.hears(envelope.news):
                client.put(envelope.epoch, envelope.number, frame)
        return True

    def _answer(self, envelope: Envelope) -> None:
        for client in self.clients:
            if client.person.user_id in envelope.desks:
                message = visibility.message(envelope, self._translations(client.person.language))
                if message is not None:
                    client.put(envelope.epoch, envelope.number, message.model_dump_json())

    async def work_on(self, job: Job) -> None:
        """Give snapshots, and what a page missed."""
        match job:
            case Join(client=client, resume=resume):
                missed = self._shared.ring.since(resume.epoch, resume.after) if resume.epoch else None
                if missed is None:
                    await self._restart([client])
                else:
                    frames = [self._frame(one) for one in missed if self._is_for(client, one)]
                    client.restart(resume.epoch, missed[-1].number if missed else resume.after, frames)
                    self._shared.tell_state(client)
                if client.closed is None:
                    self.clients.append(client)
                    self.tell_holders()
            case Refresh(client=client) if client is not None:
                await self._restart([client])
            case Refresh() | Envelope():
                await self._restart(self.clients)

    def _is_for(self, client: Client, envelope: Envelope) -> bool:
        return self.sees(envelope) and client.reach.hears(envelope.news)

    def sees(self, envelope: Envelope) -> bool:
        """Whether any of these pages hears this."""
        return visibility.supervisor_sees(envelope)

    def shown(self, news: News) -> News:
        """Return news as these pages see it."""
        return CallChanged(call=visibility.watched(news.call)) if isinstance(news, CallChanged) else news

    def whole(self, floor: FloorView) -> FloorView:
        """Return the floor as these pages see it."""
        return floor.model_copy(update={"calls": tuple(visibility.watched(call) for call in floor.calls)})

    def tell_holders(self) -> None:
        """Tell pages of those who help whether they hold the telephone: of one person's the newest does."""
        newest = {client.person.user_id: client for client in self.clients if client.person.helps}
        for client in self.clients:
            holder = newest.get(client.person.user_id) is client
            if client.person.helps and client.holds_phone is not holder:
                client.holds_phone = holder
                client.mailbox.put(PhoneMessage(holder=holder).model_dump_json())

    async def _restart(self, clients: list[Client]) -> None:
        ring = self._shared.ring
        try:
            found = await self._shared.line.floor()
        except FloorAway:
            found = None
        floor = self.whole(found.floor) if found else EMPTY
        epoch, number = (found.epoch, found.number) if found else (ring.epoch, ring.number)
        frames: dict[Reach, str] = {}
        for client in clients:
            if client.reach not in frames:
                message = FloorSnapshotMessage(
                    epoch=epoch, number=number, floor=client.reach.of(floor), server_time=self._shared.now()
                )
                frames[client.reach] = message.model_dump_json()
            client.restart(epoch, number, [frames[client.reach]])
            client.holds_phone = None
            self._shared.tell_state(client)
        self.tell_holders()

    def _frame(self, envelope: Envelope) -> str:
        shown = envelope.model_copy(update={"news": self.shown(envelope.news)})
        message = visibility.message(shown, str)
        return message.model_dump_json() if message else ""
