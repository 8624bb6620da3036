"""How much may go out: by operator, number, trunk and house, so that nothing runs away (pure).

These are not law but brakes (SECURITY.md, AC06): a stolen session, a mad script or a fault of ours cannot dial without
end. The gate asks them last. What was sent is counted by whoever sends, and handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """One bound on what goes out, and how much of it is used."""

    name: str
    """For the log and the alert: `operator-minute`, `number-day`, `trunk-lines`, `house-day`."""
    most: int
    used: int
    free_at: datetime | None = None
    """When `used` falls below `most` by time alone; None: nobody knows."""

    @property
    def full(self) -> bool:
        """Whether nothing more goes."""
        return self.used >= self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much, with defaults that no honest work meets."""

    operator_minute: int = 6
    """Calls that one operator lets out within a minute, by hand and from a preview."""
    number_day: int = 3
    """Calls to one number within 24 hours, of everybody together."""
    house_day: int = 20_000
    """Calls of the house within 24 hours: what they may cost."""
    trunk_lines: int = 30
    """Calls that are out at once over one trunk; lines reserved for those who call us are taken off before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What went out so far that counts for one more call: times of dialling, in any order."""

    by_operator: Sequence[datetime] = ()
    """The operator's who wants it, at least of the last minute; none for a machine."""
    to_number: Sequence[datetime] = ()
    """To that number, at least of the last 24 hours."""
    house_today: int = 0
    """Of the house within the last 24 hours."""
    house_free_at: datetime | None = None
    """When the oldest of them is 24 hours old."""
    lines: int = 0
    """Out now over the trunk."""


def judge(caps: Caps, sent: Sent, now: datetime) -> tuple[Cap, ...]:
    """Return each cap with what is used of it."""
    return (
        within("operator-minute", caps.operator_minute, sent.by_operator, MINUTE, now),
        within("number-day", caps.number_day, sent.to_number, DAY, now),
        Cap(name="house-day", most=caps.house_day, used=sent.house_today, free_at=sent.house_free_at),
        Cap(name="trunk-lines", most=caps.trunk_lines, used=sent.lines),
    )


def within(name: str, most: int, times: Sequence[datetime], length: timedelta, now: datetime) -> Cap:
    """Return a cap over a sliding window; a time of the future counts like any other.

    Args:
        name: of the cap.
        most: so many within `length`; 0 is none, ever.
        times: when it was dialled.
        length: of the window.
        now: aware.

    """
    counted = sorted((at for at in times if at > now - length), reverse=True)
    free_at = counted[most - 1] + length if 0 < most <= len(counted) else None
    return Cap(name=name, most=most, used=len(counted), free_at=free_at)
