"""The supervisors' view of the whole floor: one frame for all who watch (shell)."""

from __future__ import annotations

from routing.news import CallChanged, Envelope
from routing.views import FloorView
from workstation import visibility
from workstation.client import Client
from workstation.floorline import FloorAway
from workstation.messages import FloorSnapshotMessage
from workstation.shared import Shared
from workstation.station import Job, Join, Refresh, Station

EMPTY = FloorView(operators=(), calls=(), queues=(), nodes={})


class Gallery(Station):
    """Every supervisor's page; all see the same, whatever their language."""

    def __init__(self, shared: Shared) -> None:
        super().__init__()
        self._shared = shared

    def pass_on(self, envelope: Envelope) -> bool:
        """Pass on everything supervisors may see."""
        if not self.clients or not visibility.supervisor_sees(envelope):
            return True
        if any(client.epoch != envelope.epoch for client in self.clients):
            return False
        frame = self._frame(envelope)
        for client in self.clients:
            client.put(envelope.epoch, envelope.number, frame)
        return True

    async def work_on(self, job: Job) -> None:
        """Give snapshots, and what a page missed."""
        match job:
            case Join(client=client, resume=resume):
                missed = self._shared.ring.since(resume.epoch, resume.after) if resume.epoch else None
                if missed is None:
                    await self._restart([client])
                else:
                    frames = [self._frame(envelope) for envelope in missed if visibility.supervisor_sees(envelope)]
                    client.restart(resume.epoch, missed[-1].number if missed else resume.after, frames)
                    self._shared.tell_state(client)
                if client.closed is None:
                    self.clients.append(client)
            case Refresh(client=client) if client is not None:
                await self._restart([client])
            case Refresh() | Envelope():
                await self._restart(self.clients)

    def tell_holders(self) -> None:
        """Supervisors' pages hold no telephone."""

    async def _restart(self, clients: list[Client]) -> None:
        ring = self._shared.ring
        try:
            found = await self._shared.line.floor()
        except FloorAway:
            found = None
        message = FloorSnapshotMessage(
            epoch=found.epoch if found else ring.epoch,
            number=found.number if found else ring.number,
            floor=_watched(found.floor) if found else EMPTY,
            server_time=self._shared.now(),
        )
        frame = message.model_dump_json()
        for client in clients:
            client.restart(message.epoch, message.number, [frame])
            self._shared.tell_state(client)

    @staticmethod
    def _frame(envelope: Envelope) -> str:
        news = envelope.news
        if isinstance(news, CallChanged):
            envelope = envelope.model_copy(update={"news": CallChanged(call=visibility.watched(news.call))})
        message = visibility.message(envelope, str)
        return message.model_dump_json() if message else ""


def _watched(floor: FloorView) -> FloorView:
    return floor.model_copy(update={"calls": tuple(visibility.watched(call) for call in floor.calls)})
