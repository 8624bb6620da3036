"""What every screen of the process stands on: the ring, the way to the floor, whether the data is old (values)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from workstation.client import Client
from workstation.floorline import FloorLine
from workstation.messages import StaleMessage
from workstation.ring import Ring


@dataclass(slots=True)
class Shared:
    """One per process, owned by the hub; stations only read it."""

    line: FloorLine
    now: Callable[[], datetime]
    """Present moment in UTC."""
    ring: Ring = field(default_factory=Ring)
    stale: bool = True
    """No beat of the floor for three seconds; true until the first one."""
    since: datetime | None = None
    """When `stale` last changed."""

    def tell_state(self, client: Client) -> None:
        """Tell one page whether its data is old."""
        message = StaleMessage(stale=self.stale, since=self.since or self.now())
        client.mailbox.put(message.model_dump_json())
