"""Whether a debtor is tried again, when, and at which of his numbers; and where his row stands when not (pure).

The rules are data of a campaign, with defaults. They say no more than when we should like to try: whether that is
allowed then, outbound/gate.py says at the moment of dialling. What may have left us and is not known is never tried
again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise, takewhile
from typing import Annotated, Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crm_core.work.sla import Span
from outbound.terms import Klass, Outcome


class Number(StrEnum):
    """Which number is tried next."""

    SAME = "same"
    NEXT = "next"
    """Another one of his, the least tried first, then by their order; the same one when there is no other."""
    DEAD = "dead"
    """Never this one again; another one."""


@dataclass(frozen=True, slots=True)
class After:
    """What follows one outcome."""

    wait: timedelta
    number: Number = Number.SAME
    most: int = 100
    """So many attempts may end so at one number; then the number is dead."""
    counts: bool = True
    """It uses up one of the attempts of `Rules.most`."""
    elsewhen: bool = False
    """Not in the same part of the day (`Rules.parts`)."""
    grows: bool = False
    """Twice as long each time it happens in a row, to `LONGEST`: a trunk that is full or broken uses nobody up."""


HOUR: Final = timedelta(hours=1)
LONGEST: Final = 6 * HOUR
LATER: Final = After(24 * HOUR)
"""After an unknown end that a person found to have been none."""
DEFAULTS: Final[Mapping[Outcome, After]] = {
    Outcome.NO_ANSWER: After(3 * HOUR, Number.NEXT, most=8, elsewhen=True),
    Outcome.BUSY: After(timedelta(minutes=20), most=10),
    Outcome.MACHINE: After(4 * HOUR, Number.NEXT, most=5, elsewhen=True),
    Outcome.REJECTED: After(24 * HOUR, Number.NEXT, most=3, elsewhen=True),
    Outcome.UNREACHABLE: After(2 * HOUR, Number.NEXT, most=8, elsewhen=True),
    Outcome.BAD_NUMBER: After(timedelta(), Number.DEAD, counts=False),
    Outcome.CONGESTION: After(timedelta(minutes=2), counts=False, grows=True),
    Outcome.FAILED: After(timedelta(minutes=15), counts=False, grows=True),
    Outcome.CANCELLED: After(timedelta(minutes=1), counts=False),
    # A message named us, and where he can call; he is tried once more, late.
    Outcome.ABANDONED: After(72 * HOUR, most=2),
    Outcome.NOTICE_CUT: After(24 * HOUR, Number.NEXT, most=3, elsewhen=True),
    # Somebody who is not he answered.
    Outcome.TALKED: After(24 * HOUR, Number.NEXT, most=3, elsewhen=True),
    Outcome.NOTICE_HEARD: After(24 * HOUR, Number.NEXT, most=1, elsewhen=True),
}
"""By outcome; `UNKNOWN` has none."""
PARTS: Final = (
    Span(opens=time(8), closes=time(12)),
    Span(opens=time(12), closes=time(17)),
    Span(opens=time(17), closes=time(21)),
)
"""Morning, afternoon, evening, by his clocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When it is enough, and what follows what."""

    most: int = 8
    """Attempts a debtor gets in this campaign."""
    after: Mapping[Outcome, After] = field(default_factory=lambda: DEFAULTS)
    parts: tuple[Span, ...] = PARTS
    """Parts of the day, in order, that do not overlap; the next try is in another one. None: at any time."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt of this campaign that ended."""

    number: str
    outcome: Outcome
    at: datetime
    """When it was dialled."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How he can be reached."""

    numbers: tuple[str, ...]
    """Best first; one that was found dead may still be among them."""
    zone: str
    """His, or the likeliest one; IANA."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What the disposition says of a talk (flags of DOMAIN D4), or the notice of who listened."""

    right_party: bool
    """It was he: verified."""
    wrong_number: bool = False
    """He is not to be reached there at all."""
    again_at: datetime | None = None
    """He asked to be called again at a time."""


@dataclass(frozen=True, slots=True)
class Again:
    """He is tried again, not before `at`."""

    at: datetime
    number: str


@dataclass(frozen=True, slots=True)
class Enough:
    """He is not tried again by himself; his row is of this class.

    `Klass.WAITING` without a next time: the last attempt's end is unknown, and a person decides.
    """

    klass: Klass


Next: TypeAlias = Again | Enough


def next_try(tried: Sequence[Tried], reach: Reach, rules: Rules, now: datetime, talk: Talk | None = None) -> Next:
    """Say what follows the last attempt.

    Args:
        tried: his attempts in this campaign, oldest first, at least one.
        reach: his numbers and his zone as known now.
        rules: of the campaign.
        now: when the last one ended; aware.
        talk: of an attempt in which somebody talked or listened.

    """
    last = tried[-1]
    if last.outcome is Outcome.UNKNOWN:
        return Enough(Klass.WAITING)
    if talk is not None and talk.again_at is not None and not talk.wrong_number:
        # Whoever it was asked for it: it is his wish, not one more attempt of ours.
        return Again(max(talk.again_at, now), last.number)
    if talk is not None and talk.right_party:
        return Enough(Klass.REACHED_RIGHT_PARTY)
    left = _left(tried, reach.numbers, rules, talk)
    if not left:
        return Enough(_without_numbers(tried, reach.numbers))
    if sum(1 for one in tried if _after(one, rules).counts) >= rules.most:
        return Enough(_exhausted(tried))
    return _again(tried, left, rules, now, reach.zone)


def _again(tried: Sequence[Tried], left: Sequence[str], rules: Rules, now: datetime, zone: str) -> Again:
    last, after = tried[-1], _after(tried[-1], rules)
    number = _choose(last, tried, left, after)
    if last.number not in left:
        return Again(now, number)
    at = now + _wait(tried, after)
    return Again(_elsewhen(at, last.at, rules.parts, zone) if after.elsewhen else at, number)


def _wait(tried: Sequence[Tried], after: After) -> timedelta:
    if not after.grows:
        return after.wait
    row = sum(1 for _ in takewhile(lambda one: one.outcome is tried[-1].outcome, reversed(tried)))
    return min(after.wait * (1 << min(row - 1, 20)), LONGEST)


def _left(tried: Sequence[Tried], numbers: Sequence[str], rules: Rules, talk: Talk | None) -> list[str]:
    """Return the numbers that are not dead: neither bad nor a stranger's, nor tried in vain too often."""
    dead = {one.number for one in tried if _after(one, rules).number is Number.DEAD}
    if talk is not None and talk.wrong_number:
        dead.add(tried[-1].number)
    for one in tried:
        alike = sum(1 for other in tried if other.number == one.number and other.outcome is one.outcome)
        if alike >= _after(one, rules).most:
            dead.add(one.number)
    return [number for number in dict.fromkeys(numbers) if number and number not in dead]


def _after(one: Tried, rules: Rules) -> After:
    return rules.after.get(one.outcome) or DEFAULTS.get(one.outcome, LATER)


def _choose(last: Tried, tried: Sequence[Tried], left: Sequence[str], after: After) -> str:
    if after.number is Number.SAME and last.number in left:
        return last.number
    times = {number: sum(1 for one in tried if one.number == number) for number in left}
    others = [number for number in left if number != last.number] or list(left)
    return min(others, key=lambda number: (times[number], left.index(number)))


def _without_numbers(tried: Sequence[Tried], numbers: Sequence[str]) -> Klass:
    """Return the class of a debtor with no number left: bad ones only, or a stranger's, or tried often enough."""
    bad = {one.number for one in tried if one.outcome is Outcome.BAD_NUMBER}
    if bad.issuperset(number for number in numbers if number):
        return Klass.BAD_NUMBER
    return _exhausted(tried)


def _exhausted(tried: Sequence[Tried]) -> Klass:
    met = {Outcome.TALKED, Outcome.NOTICE_HEARD}
    return Klass.REACHED_THIRD_PARTY if any(one.outcome in met for one in tried) else Klass.NOT_REACHED


def _elsewhen(at: datetime, before: datetime, parts: Sequence[Span], zone: str) -> datetime:
    """Return the first moment from `at` on in another part of the day than `before`; between parts, the next one.

    One part alone, or none, leaves the time as it is.
    """
    tried = _part(before, parts, zone)
    if tried is None or len(parts) < 2:
        return at
    home = ZoneInfo(zone)
    day = at.astimezone(home).date()
    for ahead in range(3):
        for number, part in enumerate(parts):
            opens, closes = (
                datetime.combine(day + timedelta(days=ahead), clock, home).astimezone(at.tzinfo)
                for clock in (part.opens, part.closes)
            )
            if number != tried and closes > at:
                return max(at, opens)
    return at


def _part(at: datetime, parts: Sequence[Span], zone: str) -> int | None:
    clock = at.astimezone(ZoneInfo(zone)).time()
    return next((number for number, part in enumerate(parts) if part.opens <= clock < part.closes), None)


class RetryError(ValueError):
    """Rules of retrying cannot be used; the message says where and why, in one sentence."""


class _After(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    wait_minutes: Annotated[int, Field(ge=0, le=60 * 24 * 90)]
    number: Number = Number.SAME
    most: Annotated[int, Field(ge=1, le=100)] = 100
    counts: bool = True
    elsewhen: bool = False
    grows: bool = False


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    opens: time
    closes: time


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    most: Annotated[int, Field(ge=1, le=100)] = 8
    after: dict[Outcome, _After] = {}
    parts: Annotated[tuple[_Part, ...], Field(max_length=8)] | None = None

    @model_validator(mode="after")
    def _hold_together(self) -> _Rules:
        if Outcome.UNKNOWN in self.after:
            raise ValueError("an attempt whose end is unknown is never tried again by a rule")
        parts = self.parts or ()
        backwards = any(part.closes <= part.opens for part in parts)
        if backwards or any(later.opens < earlier.closes for earlier, later in pairwise(parts)):
            raise ValueError("parts of the day stand in order, do not overlap, and end after they begin")
        return self


def _made(one: _After) -> After:
    wait = timedelta(minutes=one.wait_minutes)
    return After(wait, one.number, one.most, one.counts, one.elsewhen, one.grows)


def parse(data: Mapping[str, Any]) -> Rules:
    """Read rules from a campaign's settings; what is not said is as in `DEFAULTS`.

    Raises:
        RetryError: in one sentence, where they are no rules.

    """
    try:
        rules = _Rules.model_validate(data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = " ".join(str(part) for part in fault["loc"])
        said = str(fault["msg"]).removeprefix("Value error, ")
        raise RetryError(": ".join(one for one in (place, said) if one)) from None
    own = {outcome: _made(one) for outcome, one in rules.after.items()}
    parts = PARTS if rules.parts is None else tuple(Span(opens=p.opens, closes=p.closes) for p in rules.parts)
    return Rules(most=rules.most, after={**DEFAULTS, **own}, parts=parts)
