"""What a fact of an account is: its kind, how it may be compared, which codes it may have (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
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
    named: bool = False
    """Whether people named it: shown as it is written, never translated."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is known of an account."""

    name: str
    title: str
    group: str
    _: KW_ONLY
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
    ready: bool = True
    """Whether it is kept ready, or its rows are few; what is counted over a period never is."""
    open: bool = False
    """Whether codes are keys of the base of which only the newest are offered: any key may be asked."""
    field_id: int = 0
    """Of a custom field; 0 for facts of the house."""
    entity: str = ""
    """Of a custom field: what it belongs to."""

    @property
    def indexed(self) -> bool:
        """Whether it is counted exactly at once; others are worked out from histories and estimated first."""
        return self.ready and not self.period

    @property
    def operators(self) -> tuple[Op, ...]:
        """How it may be compared."""
        return OPERATORS[self.kind] + ((Op.KNOWN, Op.UNKNOWN) if self.maybe else ())
