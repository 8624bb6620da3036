"""The board: what managers published that a call asks for, as it was read last, kept in memory (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm_core.recordings import Rule
from crm_core.store.mass_events import MOST, Event
from crm_core.work.sla import WorkCalendar
from ivr.answers import Told


@dataclass(slots=True, kw_only=True)
class Board:
    """One a process. None is what was never read: nobody knows, which is not the same as nothing."""

    rules: tuple[Rule, ...] | None = None
    """Of recording."""
    events: tuple[Event, ...] | None = None
    """Those that go on and those to come."""
    calendar: WorkCalendar | None = None
    """When the house works."""
    segments: tuple[int, ...] = ()
    """Those that the rules of routing ask about."""

    def told(self, place: str, now: datetime) -> tuple[Told, ...] | None:
        """Return the events of an address and those of everybody, the newest first; None when nobody knows.

        Args:
            place: words of the caller's address, as `names.address_key` writes them; "" when it is not known.
            now: UTC.

        """
        if self.events is None:
            return None
        words = set(place.split())
        found = [
            Told(texts=tuple(one.texts.items()), restored_at=one.restored_at)
            for one in self.events
            if one.begins_at <= now
            and (one.ends_at is None or one.ends_at > now)
            and words.issuperset(one.area_key.split())
        ]
        return tuple(found[:MOST])
