"""The terms of a queue: when it is open, how many may wait, and where callers go instead (pure).

A queue nobody set anything of is always open, has room for everybody, and nobody leaves it but to an operator.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

from crm_core.work.sla import Span, WorkCalendar

TO_QUEUE = "queue/"
QUEUE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class Cause(StrEnum):
    """Why a caller does not wait in a queue; looked for in this order."""

    CLOSED = "closed"
    """He came outside its hours; who waits already is still served."""
    FULL = "full"
    NOBODY = "nobody"
    """No operator who serves it is signed in."""
    LATE = "late"
    """He has waited in it for so long."""


class Way(StrEnum):
    """Where he goes when not into another queue; the value is what the dialplan reads (`BUSBAR_OVERFLOW`)."""

    CALLBACK = "callback"
    VOICEMAIL = "voicemail"
    CLOSED = "closed"
    """He is told that nobody can serve him now, and the call ends."""


class TermsError(ValueError):
    """A queue cannot be set so; `field` is the column, the message one sentence."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds in one queue."""

    name: str
    threshold: timedelta | None = None
    """Of the service level; None: the house's."""
    calendar: WorkCalendar | None = None
    """None: always open."""
    most: int | None = None
    """So many may wait; the next one overflows."""
    after: timedelta | None = None
    """So long somebody waits in this queue before he overflows."""
    exits: Mapping[Cause, str] = field(default_factory=dict)
    """A `Way`, or `queue/<name>`; a cause that is not here lets him wait."""
    resort: str = ""
    """Queue of last resort: where he goes when another place came to nothing."""

    def is_open(self, now: datetime) -> bool:
        """Whether callers are taken."""
        if self.calendar is None:
            return True
        return any(opens <= now < closes for opens, closes in self.calendar.spans(self.calendar.local(now)))

    def refuses(self, now: datetime, waiting: int, *, at_work: bool) -> tuple[Cause, str] | None:
        """Return why somebody who comes now cannot wait here and where he goes, None when he can.

        Args:
            now: UTC.
            waiting: how many wait here already.
            at_work: whether an operator who serves this queue is signed in.

        """
        holds = {
            Cause.CLOSED: not self.is_open(now),
            Cause.FULL: self.most is not None and waiting >= self.most,
            Cause.NOBODY: not at_work,
        }
        found = next((cause for cause, true in holds.items() if true and cause in self.exits), None)
        return None if found is None else (found, self.exits[found])


def to_queue(exit_: str) -> str | None:
    """Return the queue that an exit leads to, None when it leads out of the queues."""
    return exit_.removeprefix(TO_QUEUE) if exit_.startswith(TO_QUEUE) else None


def read_exit(field: str, text: str) -> str:
    """Return an exit as it was written, "" for none.

    Raises:
        TermsError: it is none.

    """
    queue = to_queue(text)
    if not text or text in set(Way) or (queue is not None and QUEUE_NAME.fullmatch(queue)):
        return text
    raise TermsError(field, f"{text[:40]} is neither callback, voicemail, closed nor queue/ and the name of a queue")


def read_span(day: int, opens: str, closes: str) -> Span:
    """Return hours of a day; `00:00` as their end is midnight.

    Raises:
        TermsError: they are none.

    """
    begins, ends = CLOCK.fullmatch(opens), CLOCK.fullmatch(closes)
    if not 0 <= day <= 6 or begins is None or ends is None:
        raise TermsError("hours", f"{opens[:10]}-{closes[:10]} are no hours of a day; write them as 09:00-18:00")
    span = Span(opens=time(int(begins[1]), int(begins[2])), closes=time(int(ends[1]), int(ends[2])))
    if span.closes <= span.opens and span.closes != time():
        raise TermsError("hours", f"the hours {opens}-{closes} end before they begin")
    return span


def loop(exits: Mapping[str, Mapping[Cause, str]]) -> tuple[str, Cause] | None:
    """Return a queue and cause from where callers could be sent round for ever, None when there is none.

    `late` counts for itself, for somebody who overflows has waited anew; the other causes may hold all at once.
    """
    for name, ways in exits.items():
        for cause, way in ways.items():
            seen, here = {name}, to_queue(way)
            while here is not None and here not in seen:
                seen.add(here)
                following = exits.get(here, {})
                here = to_queue(following.get(cause, ""))
            if here is not None:
                return name, cause
    return None
