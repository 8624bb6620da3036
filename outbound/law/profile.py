"""What a profile of contact law is: hours, limits, waits, consents and the abandonment it allows, as values (pure).

Profiles are YAML (outbound/law/text.py parses it). The vocabulary is explained in docs/contact-law.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias

from crm_core.work.sla import Span
from outbound.terms import Channel, Mode, Outcome

Spans: TypeAlias = tuple[Span, ...]
NEVER_RANG: Final = frozenset(
    {Outcome.BAD_NUMBER, Outcome.CONGESTION, Outcome.FAILED, Outcome.BUSY, Outcome.UNREACHABLE}
)
"""Outcomes that a profile may leave out of its counts: nothing rang at the debtor's."""


class Per(StrEnum):
    """Whose contacts are counted together."""

    DEBTOR = "debtor"
    """All of a person, about whatever debt."""
    DEBT = "debt"
    """Those about one account; of which nobody knows what they were about count for each."""


class Of(StrEnum):
    """What a limit counts. Only what we began counts: who calls us uses up nothing."""

    ATTEMPTS = "attempts"
    CONVERSATIONS = "conversations"


class After(StrEnum):
    """What a wait begins with."""

    CONVERSATION = "conversation"
    """Whoever of the two began it."""
    ABANDONED = "abandoned"


class Unit(StrEnum):
    """How a window is measured. All but hours go by dates of the debtor's zone."""

    DAY = "day"
    """The calendar day."""
    WEEK = "week"
    """The calendar week, Monday to Sunday."""
    MONTH = "month"
    """The calendar month."""
    DAYS = "days"
    """So many consecutive dates, that of the contact being the first."""
    HOURS = "hours"
    """So many hours by the clock."""


@dataclass(frozen=True, slots=True)
class Window:
    """For how long a contact counts."""

    unit: Unit
    amount: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so many contacts within a window."""

    most: int
    of: Of
    per: Per
    within: Window
    channels: frozenset[Channel]
    """Which channels' contacts are counted together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing for so long after something."""

    after: After
    per: Per
    lasts: Window
    spares: frozenset[Mode] = frozenset()
    """Modes that need not wait."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When he may be reached, by the clock of his own zone; `[opens, closes)`."""

    week: tuple[Spans, ...]
    """Seven, Monday first."""
    holidays: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for one channel."""

    hours: Hours | None = None
    """None: at any hour."""
    limits: tuple[Limit, ...] = ()
    waits: tuple[Wait, ...] = ()
    consents: frozenset[str] = frozenset()
    """All of them are needed (crm_core.parties.ConsentKind)."""
    notice_consents: frozenset[str] = frozenset()
    """Needed besides for a voice without an operator (`Mode.NOTICE`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """Which days have the hours of a holiday."""

    country: str = ""
    """ISO 3166: the public holidays that the `holidays` library knows; "" for none."""
    subdivision: str = ""
    off: frozenset[date] = frozenset()
    """Days off besides: moved by decree, regional."""
    worked: frozenset[date] = frozenset()
    """Days that are worked although the week or the library says no; they have Monday's hours."""


class Scope(StrEnum):
    """Over what the abandonment rate is taken."""

    CAMPAIGN = "campaign"
    HOUSE = "house"


class Clock(StrEnum):
    """When the grace begins in which an operator must be there."""

    GREETING = "greeting"
    """At the end of his greeting."""
    ANSWER = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandonment:
    """How many answered calls may find no operator, as the pacing promises it."""

    cap: Decimal = Decimal("0.03")
    """Abandoned of answered by a person; 0: one call for one operator who waits for it."""
    window: timedelta = timedelta(days=30)
    scope: Scope = Scope.CAMPAIGN
    grace: timedelta = timedelta(seconds=2)
    clock: Clock = Clock.GREETING
    ring: timedelta = timedelta(seconds=15)
    """So long it rings at least before we give up."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is written."""

    what: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One profile of contact law."""

    code: str
    version: int = 0
    """Of the published text; 0 is the text as shipped."""
    title: str
    note: str
    """What is doubtful in it; shown wherever it is chosen."""
    sources: tuple[Source, ...] = ()
    zones: tuple[str, ...] = ()
    """Every zone in which a debtor may live; asked all together of whom nobody knows more."""
    holidays: Holidays = Holidays()
    uncounted: frozenset[Outcome] = frozenset()
    """Attempts that ended so are in no count."""
    abandonment: Abandonment = Abandonment()
    channels: Mapping[Channel, Rules] = field(default_factory=dict)
    """A channel that is not here is not used."""

    @property
    def policy(self) -> str:
        """`code@version`, as answers and evidence name it."""
        return f"{self.code}@{self.version}"

    @property
    def looks_back(self) -> timedelta:
        """How far back contacts can still count: what the store has to bring."""
        windows = [
            window
            for rules in self.channels.values()
            for window in (*(limit.within for limit in rules.limits), *(wait.lasts for wait in rules.waits))
        ]
        return max((_longest(window) for window in windows), default=timedelta()) + timedelta(days=2)


def _longest(window: Window) -> timedelta:
    match window.unit:
        case Unit.DAY:
            return timedelta(days=1)
        case Unit.WEEK:
            return timedelta(days=7)
        case Unit.MONTH:
            return timedelta(days=31)
        case Unit.DAYS:
            return timedelta(days=window.amount)
        case Unit.HOURS:
            return timedelta(hours=window.amount)
