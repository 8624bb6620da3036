"""One browser tab on the line: who sits there, what it has seen, what it is still to be sent (values and a mailbox)."""

from __future__ import annotations

from dataclasses import dataclass, field

from workstation.access import Person
from workstation.mailbox import Mailbox
from workstation.reach import EVERYTHING, Reach


@dataclass(eq=False, slots=True)
class Client:
    """A socket whose page has said `resume`."""

    person: Person
    mailbox: Mailbox = field(default_factory=Mailbox)
    epoch: str = ""
    """Of the newest frame put into the mailbox."""
    number: int = 0
    closed: int | None = None
    """Close code, once the server wants this socket gone."""
    wall: bool = False
    """A wallboard: nobody sits there."""
    reach: Reach = EVERYTHING
    """What of the floor is shown there."""
    watches: bool = False
    """It shows colleagues, and hears how they change."""
    holds_phone: bool | None = None
    """What the page was last told."""

    def put(self, epoch: str, number: int, frame: str) -> None:
        """Add a numbered frame, unless this page has seen it already."""
        if epoch == self.epoch and number > self.number:
            self.number = number
            self.mailbox.put(frame)

    def restart(self, epoch: str, number: int, frames: list[str]) -> None:
        """Begin anew at a place in the floor's sequence."""
        self.epoch, self.number = epoch, number
        self.mailbox.restart(frames)

    def close(self, code: int) -> None:
        """Ask the socket to end with a code; what waits in the mailbox is not sent any more."""
        self.closed = code
        self.mailbox.restart([])
