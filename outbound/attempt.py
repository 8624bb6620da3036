"""The life of one attempt to reach a debtor by telephone: one table, no clock, no I/O (pure).

An attempt is written before it may leave (PLANNED), and leaves at most once: only PLANNED takes `Placed`, and what has
been placed is never placed again, whatever dies in between. A placed one of which nothing more is heard ends as
`Outcome.UNKNOWN`, and a person decides. What becomes of it is decided by `TRANSITIONS` and by nothing else; a pair that
is not in the table changes nothing, so late, doubled and disordered news does no harm. docs/lives/attempt.md draws it.

`python -m outbound.attempt docs/lives` draws it anew.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeAlias

from outbound.outcome import Heard, classify
from outbound.terms import Mode, Outcome
from telephony.lives import page


class State(StrEnum):
    """Where an attempt is in its life."""

    PLANNED = "planned"
    """On record; nothing has left."""
    PLACED = "placed"
    """The order was given to the switch, or may have been."""
    RINGING = "ringing"
    ANSWERED = "answered"
    """Picked up; the grace runs."""
    MATCHED = "matched"
    """An operator was chosen, and is being joined with him."""
    TALKING = "talking"
    PLAYING = "playing"
    """He hears a voice notice."""
    ABANDONED = "abandoned"
    """The grace is over: he hears the safe-harbour message."""
    ENDED = "ended"


class Trigger(StrEnum):
    """What a piece of news means to an attempt."""

    PLACES = "is placed"
    RINGS = "rings"
    ANSWERS = "is answered"
    MEETS_MACHINE = "a machine answered"
    MATCHES = "an operator is chosen"
    LOSES_MATCH = "the operator fell away"
    TALKS = "is joined with the operator"
    PLAYS = "a notice begins"
    TURNS = "asked for an operator"
    IS_ABANDONED = "the grace is over"
    HANGS_UP = "the leg ends"
    IS_CANCELLED = "is called off"
    IS_REFUSED = "the switch refused it"
    IS_LOST = "nothing was heard of it"


TRANSITIONS: Final[dict[tuple[State, Trigger], State]] = {
    (State.PLANNED, Trigger.PLACES): State.PLACED,
    (State.PLANNED, Trigger.IS_CANCELLED): State.ENDED,
    (State.PLANNED, Trigger.IS_REFUSED): State.ENDED,
    # A floor that died may have given the order without writing so.
    (State.PLANNED, Trigger.IS_LOST): State.ENDED,
    (State.PLACED, Trigger.RINGS): State.RINGING,
    (State.PLACED, Trigger.ANSWERS): State.ANSWERED,
    (State.PLACED, Trigger.HANGS_UP): State.ENDED,
    (State.PLACED, Trigger.IS_REFUSED): State.ENDED,
    (State.PLACED, Trigger.IS_LOST): State.ENDED,
    (State.RINGING, Trigger.ANSWERS): State.ANSWERED,
    (State.RINGING, Trigger.HANGS_UP): State.ENDED,
    (State.RINGING, Trigger.IS_LOST): State.ENDED,
    (State.ANSWERED, Trigger.MEETS_MACHINE): State.ANSWERED,
    (State.ANSWERED, Trigger.MATCHES): State.MATCHED,
    # Dialled by hand or for one operator: he was there before.
    (State.ANSWERED, Trigger.TALKS): State.TALKING,
    (State.ANSWERED, Trigger.PLAYS): State.PLAYING,
    (State.ANSWERED, Trigger.IS_ABANDONED): State.ABANDONED,
    (State.ANSWERED, Trigger.HANGS_UP): State.ENDED,
    (State.ANSWERED, Trigger.IS_LOST): State.ENDED,
    (State.MATCHED, Trigger.TALKS): State.TALKING,
    (State.MATCHED, Trigger.LOSES_MATCH): State.ANSWERED,
    (State.MATCHED, Trigger.IS_ABANDONED): State.ABANDONED,
    (State.MATCHED, Trigger.HANGS_UP): State.ENDED,
    (State.MATCHED, Trigger.IS_LOST): State.ENDED,
    (State.PLAYING, Trigger.TURNS): State.ANSWERED,
    (State.PLAYING, Trigger.HANGS_UP): State.ENDED,
    (State.PLAYING, Trigger.IS_LOST): State.ENDED,
    # An operator gets free while the message plays: he is given to him, and stays counted as abandoned.
    (State.ABANDONED, Trigger.TALKS): State.TALKING,
    (State.ABANDONED, Trigger.HANGS_UP): State.ENDED,
    (State.ABANDONED, Trigger.IS_LOST): State.ENDED,
    (State.TALKING, Trigger.HANGS_UP): State.ENDED,
    (State.TALKING, Trigger.IS_LOST): State.ENDED,
}
OPEN: Final = frozenset(State) - {State.ENDED}
"""While it is in one of these, no other call to the debtor leaves."""
OUT: Final = OPEN - {State.PLANNED}
"""It takes a line."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The order was given to the switch. Written before it is given."""


@dataclass(frozen=True, slots=True)
class Rang:
    """It rings at the debtor's."""


@dataclass(frozen=True, slots=True)
class Answered:
    """It was picked up."""


@dataclass(frozen=True, slots=True)
class MachineFound:
    """What picked up is taken for a machine (or fax, or nothing that speaks)."""


@dataclass(frozen=True, slots=True)
class Matched:
    """An operator was chosen for whoever answered."""

    operator_id: int


@dataclass(frozen=True, slots=True)
class MatchLost:
    """The chosen operator cannot be joined: his telephone failed, he left."""


@dataclass(frozen=True, slots=True)
class Joined:
    """An operator and whoever answered hear each other."""

    operator_id: int


@dataclass(frozen=True, slots=True)
class NoticeBegan:
    """A voice notice begins."""


@dataclass(frozen=True, slots=True)
class NoticeHeard:
    """The notice was heard to its end; he may hear it again."""


@dataclass(frozen=True, slots=True)
class OperatorAsked:
    """He asked for an operator out of the notice."""


@dataclass(frozen=True, slots=True)
class GraceEnded:
    """No operator was there in time; the safe-harbour message begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegOver:
    """The debtor's leg is over."""

    cause: int
    """Q.850; 0 when the switch gave none."""
    sip_code: int = 0
    dial_status: str = ""
    timed_out: bool = False
    """It rang as long as we let it (`OriginateResponse` Reason 3)."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """We want it no more: paid, campaign stopped, operator gone."""

    why: str
    """A code for the record: `paid`, `campaign-stopped`, `operator-gone`."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The switch refused the order: nothing left."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Its time is over and nothing was heard; or the floor died, and the switch knows of no such leg."""


Event: TypeAlias = (
    Placed
    | Rang
    | Answered
    | MachineFound
    | Matched
    | MatchLost
    | Joined
    | NoticeBegan
    | NoticeHeard
    | OperatorAsked
    | GraceEnded
    | LegOver
    | Cancelled
    | Refused
    | Lost
)
_MEANS: Final[dict[type[Event], Trigger]] = {
    Placed: Trigger.PLACES,
    Rang: Trigger.RINGS,
    Answered: Trigger.ANSWERS,
    MachineFound: Trigger.MEETS_MACHINE,
    Matched: Trigger.MATCHES,
    MatchLost: Trigger.LOSES_MATCH,
    Joined: Trigger.TALKS,
    NoticeBegan: Trigger.PLAYS,
    OperatorAsked: Trigger.TURNS,
    GraceEnded: Trigger.IS_ABANDONED,
    LegOver: Trigger.HANGS_UP,
    Cancelled: Trigger.IS_CANCELLED,
    Refused: Trigger.IS_REFUSED,
    Lost: Trigger.IS_LOST,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt. Times are UTC and come from whoever calls `advance`."""

    attempt_id: int
    mode: Mode
    customer_id: int
    account_id: int
    number: str
    state: State = State.PLANNED
    planned_at: datetime
    placed_at: datetime | None = None
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    """When it was picked up; here the grace begins, unless the profile counts from the end of his greeting."""
    talked_at: datetime | None = None
    """First time an operator heard him."""
    abandoned_at: datetime | None = None
    ended_at: datetime | None = None
    operator_id: int | None = None
    """Who is chosen, talks or talked; of manual and preview calls from the start."""
    machine: bool = False
    notice: Heard | None = None
    cancelled: str = ""
    """Why we called it off, "" when we did not. A leg that is out is not over by that: the switch has to say so."""
    cause: int = 0
    sip_code: int = 0
    outcome: Outcome | None = None
    """Of an ended one, and of no other."""

    @property
    def answered_in(self) -> float | None:
        """Seconds from placing to picking up, for the pacing; None when it was not picked up."""
        if self.placed_at is None or self.answered_at is None:
            return None
        return (self.answered_at - self.placed_at).total_seconds()


def advance(attempt: Attempt, event: Event, now: datetime) -> Attempt:
    """Return the attempt after `event`; unchanged, the very same object, when the event means nothing to it."""
    if isinstance(event, NoticeHeard):
        return replace(attempt, notice=Heard.WHOLE) if attempt.state is State.PLAYING else attempt
    trigger = _MEANS[type(event)]
    state = TRANSITIONS.get((attempt.state, trigger))
    if state is not None:
        return _enter(replace(attempt, **_learned(event)), state, event, now)
    if isinstance(event, Cancelled) and attempt.state in {State.PLACED, State.RINGING}:
        return replace(attempt, cancelled=attempt.cancelled or event.why)
    return attempt


def _learned(event: Event) -> dict[str, Any]:
    """Return what an event says beside the state."""
    match event:
        case Matched(operator_id) | Joined(operator_id):
            return {"operator_id": operator_id}
        case MachineFound():
            return {"machine": True}
        case NoticeBegan():
            return {"notice": Heard.PART}
        case Cancelled(why):
            return {"cancelled": why}
        case LegOver():
            return {"cause": event.cause, "sip_code": event.sip_code}
        case _:
            return {"operator_id": None} if isinstance(event, MatchLost) else {}


def _enter(attempt: Attempt, state: State, event: Event, now: datetime) -> Attempt:
    changes: dict[str, Any] = {"state": state}
    match state:
        case State.PLACED:
            changes |= {"placed_at": now}
        case State.RINGING:
            changes |= {"rang_at": now}
        case State.ANSWERED:
            changes |= {"answered_at": attempt.answered_at or now}
        case State.TALKING:
            changes |= {"talked_at": now}
        case State.ABANDONED:
            changes |= {"abandoned_at": now, "operator_id": None}
        case State.ENDED:
            changes |= {"ended_at": now, "outcome": _outcome(attempt, event)}
        case _:
            pass
    return replace(attempt, **changes)


def _outcome(attempt: Attempt, event: Event) -> Outcome:
    """Say how it ended; who was abandoned and got an operator after all stays abandoned, for he was kept waiting."""
    over = event if isinstance(event, LegOver) else LegOver(cause=0)
    return classify(
        over.dial_status,
        over.cause,
        over.sip_code,
        answered=attempt.answered_at is not None,
        machine=attempt.machine,
        talked=attempt.talked_at is not None and attempt.abandoned_at is None,
        cancelled=bool(attempt.cancelled) and not isinstance(event, Lost),
        abandoned=attempt.abandoned_at is not None,
        notice=attempt.notice,
        timed_out=over.timed_out,
        lost=isinstance(event, Lost),
    )


def drawn() -> str:
    """Return docs/lives/attempt.md."""
    table: dict[tuple[StrEnum, StrEnum], StrEnum] = {(before, by): after for (before, by), after in TRANSITIONS.items()}
    return page("The life of an attempt", "outbound/attempt.py", table, State.PLANNED)


if __name__ == "__main__":
    Path(sys.argv[1], "attempt.md").write_text(drawn(), encoding="utf-8")
