"""What segments may ask of an account: a catalogue as data, each fact with its type, operators, unit and help (pure).

Where a fact is found is the store's business (`crm_core.store.segment_sql`); a test holds the two lists together.
Titles and helps are English and go through gettext where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a fact's values are; decides its operators."""

    CHOICE = "choice"
    """One of known codes."""
    SET = "set"
    """Any number of codes."""
    MONEY = "money"
    NUMBER = "number"
    DAY = "day"
    YES_NO = "yes_no"
    WORDS = "words"
    """Text looked through by the beginnings of its words."""
    TEXT = "text"
    """Text that is compared whole."""
    SEGMENT = "segment"
    """Who belongs to another segment."""


class Op(StrEnum):
    """How a fact is compared."""

    ONE_OF = "one_of"
    NONE_OF = "none_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"
    """Both ends belong to it."""
    SINCE = "since"
    UNTIL = "until"
    LAST_DAYS = "last_days"
    """Within so many days back from today."""
    NOT_LAST_DAYS = "not_last_days"
    """Longer ago than so many days, or never."""
    NEXT_DAYS = "next_days"
    """Within so many days from today on."""
    YES = "yes"
    NO = "no"
    HAS_WORDS = "has_words"
    KNOWN = "known"
    UNKNOWN = "unknown"


_DAYS = (Op.LAST_DAYS, Op.NOT_LAST_DAYS, Op.NEXT_DAYS, Op.SINCE, Op.UNTIL, Op.BETWEEN)
OPERATORS: Mapping[Kind, tuple[Op, ...]] = {
    Kind.CHOICE: (Op.ONE_OF, Op.NONE_OF),
    Kind.SET: (Op.ONE_OF, Op.NONE_OF),
    Kind.MONEY: (Op.AT_LEAST, Op.AT_MOST, Op.BETWEEN),
    Kind.NUMBER: (Op.AT_LEAST, Op.AT_MOST, Op.BETWEEN),
    Kind.DAY: _DAYS,
    Kind.YES_NO: (Op.YES, Op.NO),
    Kind.WORDS: (Op.HAS_WORDS,),
    Kind.TEXT: (Op.ONE_OF, Op.NONE_OF, Op.HAS_WORDS),
    Kind.SEGMENT: (Op.ONE_OF, Op.NONE_OF),
}
OPERANDS: Mapping[Op, tuple[int, int]] = {
    Op.ONE_OF: (1, 50),
    Op.NONE_OF: (1, 50),
    Op.BETWEEN: (2, 2),
    **dict.fromkeys((Op.YES, Op.NO, Op.KNOWN, Op.UNKNOWN), (0, 0)),
    **dict.fromkeys((Op.AT_LEAST, Op.AT_MOST, Op.SINCE, Op.UNTIL, Op.HAS_WORDS), (1, 1)),
    **dict.fromkeys((Op.LAST_DAYS, Op.NOT_LAST_DAYS, Op.NEXT_DAYS), (1, 1)),
}
"""Fewest and most values that an operator takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One code a fact may have."""

    code: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that is known of an account."""

    name: str
    title: str
    group: str
    kind: Kind
    help: str = ""
    unit: str = ""
    """What a number counts; money has its own."""
    choices: tuple[Choice, ...] = ()
    """Codes that are known beforehand; those of the database are filled in by the store (`Catalogue.with_choices`)."""
    maybe: bool = False
    """Whether it may be unknown."""
    period: bool = False
    """Whether a condition says over how many days back it is counted."""
    indexed: bool = True
    """Whether it is counted exactly at once; others are worked out from histories and estimated first."""
    field_id: int = 0
    """Of a custom field; 0 for facts of the house."""
    entity: str = ""
    """Of a custom field: what it belongs to."""

    @property
    def operators(self) -> tuple[Op, ...]:
        """How it may be compared."""
        return OPERATORS[self.kind] + ((Op.KNOWN, Op.UNKNOWN) if self.maybe else ())


def _choices(**titles: str) -> tuple[Choice, ...]:
    return tuple(Choice(code=code, title=title) for code, title in titles.items())


WHO, SUPPLY, MONEY, READINGS, WORK, FIELDS, OTHERS = (
    "Who they are", "Supply", "Money", "Readings", "Contacts and applications", "Own fields", "Other segments",
)  # fmt: skip
GROUPS = (WHO, SUPPLY, MONEY, READINGS, WORK, FIELDS, OTHERS)
CHANNELS = _choices(bank="Bank", post="Post office", card="Card", office="Cash desk", autopay="Automatic payment")
SOURCES = _choices(
    ivr="Voice menu", operator="Operator", web="Web", inspector="Inspector", amr="The meter itself", office="Office",
    exchange="Meter exchange",
)  # fmt: skip
MARKS = _choices(
    vip="Key customer", life_support="Life support", do_not_call="Do not call", dispute="Bill in dispute",
    legal="In court",
)  # fmt: skip

FACTS: tuple[Fact, ...] = (
    Fact(
        name="kind",
        title="Kind of customer",
        group=WHO,
        kind=Kind.CHOICE,
        choices=_choices(person="Person", organisation="Organisation"),
    ),
    Fact(
        name="name",
        title="Name",
        group=WHO,
        kind=Kind.WORDS,
        help="Words in any order, each by its beginning; Latin and Cyrillic find each other.",
    ),
    Fact(
        name="flags",
        title="Marks",
        group=WHO,
        kind=Kind.SET,
        help="Marks of the customer or of the account.",
        choices=MARKS,
    ),
    Fact(name="language", title="Language", group=WHO, kind=Kind.CHOICE, help="In which they want to be spoken to."),
    Fact(
        name="address",
        title="Address",
        group=SUPPLY,
        kind=Kind.WORDS,
        help="Words of the address in any order: a town, a street, a house.",
    ),
    Fact(name="time_zone", title="Time zone", group=SUPPLY, kind=Kind.CHOICE, help="Of the premises."),
    Fact(
        name="status",
        title="Status of the account",
        group=SUPPLY,
        kind=Kind.CHOICE,
        choices=_choices(active="Active", closed="Closed", cut_off="Cut off"),
    ),
    Fact(name="tariff", title="Tariff", group=SUPPLY, kind=Kind.CHOICE),
    Fact(name="opened_on", title="Account opened", group=SUPPLY, kind=Kind.DAY),
    Fact(name="closed_on", title="Account closed", group=SUPPLY, kind=Kind.DAY, maybe=True),
    Fact(
        name="verification_due",
        title="Meter verification due",
        group=SUPPLY,
        kind=Kind.DAY,
        maybe=True,
        help="The earliest of the meters that are installed.",
    ),
    Fact(name="model", title="Model of the meter", group=SUPPLY, kind=Kind.TEXT, indexed=False),
    Fact(
        name="multi_tariff",
        title="Meter with several registers",
        group=SUPPLY,
        kind=Kind.YES_NO,
        help="Day and night, or peak and half-peak.",
    ),
    Fact(name="balance", title="Balance", group=MONEY, kind=Kind.MONEY, help="Above zero: the customer owes."),
    Fact(
        name="overdue",
        title="Overdue",
        group=MONEY,
        kind=Kind.MONEY,
        help="What is open past its due day, disputes left out.",
    ),
    Fact(
        name="debt_age",
        title="Age of the oldest debt",
        group=MONEY,
        kind=Kind.NUMBER,
        unit="days",
        maybe=True,
        help="Days since the oldest open invoice was due, disputes left out.",
    ),
    Fact(name="disputed", title="Something is disputed", group=MONEY, kind=Kind.YES_NO),
    Fact(name="paid_on", title="Last payment", group=MONEY, kind=Kind.DAY, maybe=True),
    Fact(name="paid_amount", title="Amount of the last payment", group=MONEY, kind=Kind.MONEY, maybe=True),
    Fact(
        name="paid_channel",
        title="Channel of the last payment",
        group=MONEY,
        kind=Kind.CHOICE,
        choices=CHANNELS,
        maybe=True,
    ),
    Fact(
        name="payments",
        title="Number of payments",
        group=MONEY,
        kind=Kind.NUMBER,
        unit="payments",
        period=True,
        indexed=False,
    ),
    Fact(name="paid_sum", title="Paid altogether", group=MONEY, kind=Kind.MONEY, period=True, indexed=False),
    Fact(name="read_on", title="Last reading", group=READINGS, kind=Kind.DAY, maybe=True),
    Fact(
        name="silent_months",
        title="Whole months without a reading",
        group=READINGS,
        kind=Kind.NUMBER,
        unit="months",
        help="Estimates of ours are no readings; an account that never had one counts from its opening.",
    ),
    Fact(
        name="read_source",
        title="Source of the last reading",
        group=READINGS,
        kind=Kind.CHOICE,
        choices=SOURCES,
        maybe=True,
    ),
    Fact(
        name="read_quality",
        title="Quality of the last reading",
        group=READINGS,
        kind=Kind.CHOICE,
        choices=_choices(actual="Actual", estimate="Estimate", held="Held for checking", exchange="Meter exchange"),
        maybe=True,
    ),
    Fact(
        name="amr",
        title="Meter reports by itself",
        group=READINGS,
        kind=Kind.YES_NO,
        help="The last reading came from the meter itself.",
    ),
    Fact(
        name="consumption",
        title="Consumption",
        group=READINGS,
        kind=Kind.NUMBER,
        unit="kWh",
        period=True,
        indexed=False,
    ),
    Fact(
        name="consumption_change",
        title="Change of consumption",
        group=READINGS,
        kind=Kind.NUMBER,
        unit="%",
        period=True,
        indexed=False,
        maybe=True,
        help="Against as many days before; -30 is a fall by three tenths.",
    ),
    Fact(name="open_applications", title="Open applications", group=WORK, kind=Kind.NUMBER, unit="applications"),
    Fact(name="application_late", title="An application is late", group=WORK, kind=Kind.YES_NO),
    Fact(
        name="application_kind",
        title="Open application of kind",
        group=WORK,
        kind=Kind.CHOICE,
    ),
    Fact(name="contacted_on", title="Last contact", group=WORK, kind=Kind.DAY, maybe=True),
    Fact(name="disposition", title="Result of the last contact", group=WORK, kind=Kind.CHOICE, maybe=True),
    Fact(
        name="contacts",
        title="Number of contacts",
        group=WORK,
        kind=Kind.NUMBER,
        unit="contacts",
        period=True,
        indexed=False,
    ),
    Fact(
        name="promise_due_on",
        title="Open promise to pay is due",
        group=WORK,
        kind=Kind.DAY,
        maybe=True,
        help="Known when a promise is open.",
    ),
    Fact(name="broken_promises", title="Broken promises", group=WORK, kind=Kind.NUMBER, unit="promises"),
    Fact(name="segment", title="Belongs to segment", group=OTHERS, kind=Kind.SEGMENT, indexed=False),
)


class Catalogue:
    """Facts by name: those of the house and the custom fields.

    Args:
        more: facts that custom fields add.
        choices: codes that the database knows, by name of the fact.

    """

    def __init__(self, more: Iterable[Fact] = (), choices: Mapping[str, tuple[Choice, ...]] | None = None) -> None:
        self._facts = {fact.name: fact for fact in (*FACTS, *more)}
        self._choices = choices or {}

    def get(self, name: str) -> Fact | None:
        """Return a fact, None when there is none of that name."""
        return self._facts.get(name)

    def choices(self, fact: Fact) -> tuple[Choice, ...]:
        """Return the codes a fact may have; those of the catalogue first."""
        known = {choice.code for choice in fact.choices}
        return fact.choices + tuple(one for one in self._choices.get(fact.name, ()) if one.code not in known)

    def grouped(self) -> list[tuple[str, list[Fact]]]:
        """Return every fact under its heading, in the order they are offered."""
        named = [(group, [fact for fact in self._facts.values() if fact.group == group]) for group in GROUPS]
        return [(group, facts) for group, facts in named if facts]
