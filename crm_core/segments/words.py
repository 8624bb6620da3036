"""A segment in words: one sentence that says whom it holds, in the reader's language (pure).

Titles, operators and joints are English and go through the reader's gettext; amounts, numbers and days through the
reader's formats. Both are given by whoever shows the sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crm_core.segments.conditions import Asked, How, Inside, Joined, Resolved, Value
from crm_core.segments.facts import Catalogue
from crm_core.segments.kinds import Fact, Kind, Op


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How one reader is spoken to."""

    say: Callable[[str], str]
    """gettext of the language."""
    money: Callable[[Decimal], str]
    number: Callable[[Decimal], str]
    day: Callable[[date], str]


OPERATORS: Mapping[Op, str] = {
    Op.ONE_OF: "is",
    Op.NONE_OF: "is not",
    Op.AT_LEAST: "at least",
    Op.AT_MOST: "at most",
    Op.BETWEEN: "between",
    Op.SINCE: "on or after",
    Op.UNTIL: "on or before",
    Op.LAST_DAYS: "in the last days",
    Op.NOT_LAST_DAYS: "not in the last days",
    Op.NEXT_DAYS: "in the next days",
    Op.YES: "yes",
    Op.NO: "no",
    Op.HAS_WORDS: "has the words",
    Op.KNOWN: "is known",
    Op.UNKNOWN: "is not known",
}
"""As they are offered in a list."""
PHRASES: Mapping[Op, str] = {
    Op.ONE_OF: "{fact}: {values}",
    Op.NONE_OF: "{fact}: not {values}",
    Op.AT_LEAST: "{fact}: at least {values}",
    Op.AT_MOST: "{fact}: at most {values}",
    Op.BETWEEN: "{fact}: from {low} to {high}",
    Op.SINCE: "{fact}: on or after {values}",
    Op.UNTIL: "{fact}: on or before {values}",
    Op.LAST_DAYS: "{fact}: in the last {values} days",
    Op.NOT_LAST_DAYS: "{fact}: more than {values} days ago (or never)",
    Op.NEXT_DAYS: "{fact}: in the next {values} days",
    Op.YES: "{fact}: yes",
    Op.NO: "{fact}: no",
    Op.HAS_WORDS: "{fact}: “{values}”",
    Op.KNOWN: "{fact}: known",
    Op.UNKNOWN: "{fact}: not known",
}
"""As they are told."""
SEVERAL: Mapping[Op, str] = {Op.ONE_OF: "{fact}: one of {values}", Op.NONE_OF: "{fact}: none of {values}"}
"""As they are told of several values."""
COMMA = ", "
JOINTS: Mapping[How, str] = {How.ALL: " and ", How.ANY: " or ", How.NONE: " or "}
IN_PERIOD = "{fact} in {days} days"
NOT_ONE = "not ({parts})"
EVERYBODY = "every account"
NOBODY = "no account"


def describe(tree: Joined, catalogue: Catalogue, voice: Voice) -> str:
    """Return a whole tree as one sentence without a full stop."""
    told = _part(tree, catalogue, voice, outermost=True)
    return told[:1].upper() + told[1:]


def _part(tree: Resolved, catalogue: Catalogue, voice: Voice, *, outermost: bool = False) -> str:
    match tree:
        case Joined():
            return _group(tree, catalogue, voice, outermost=outermost)
        case Asked():
            return condition(tree, catalogue, voice)
        case Inside():
            names = [f"“{name}”" for _, name, _ in tree.segments]
            return _told(voice.say("Belongs to segment"), tree.op, names, voice)


def _group(group: Joined, catalogue: Catalogue, voice: Voice, *, outermost: bool) -> str:
    if not group.parts:
        return voice.say(NOBODY if group.how is How.ANY else EVERYBODY)
    parts = voice.say(JOINTS[group.how]).join(_part(part, catalogue, voice) for part in group.parts)
    if group.how is How.NONE:
        return voice.say(NOT_ONE).format(parts=parts)
    return parts if outermost or len(group.parts) == 1 else f"({parts})"


def condition(asked: Asked, catalogue: Catalogue, voice: Voice) -> str:
    """Return one condition in words."""
    title = fact_title(asked.fact, voice)
    if asked.fact.period:
        title = voice.say(IN_PERIOD).format(fact=title, days=asked.days)
    return _told(
        title, asked.op, [_value(asked.fact, asked.op, value, catalogue, voice) for value in asked.values], voice
    )


def _told(title: str, op: Op, values: Sequence[str], voice: Voice) -> str:
    phrase = SEVERAL[op] if op in SEVERAL and len(values) > 1 else PHRASES[op]
    low, high = (values[0], values[-1]) if values else ("", "")
    return voice.say(phrase).format(fact=title, values=COMMA.join(values), low=low, high=high)


def fact_title(fact: Fact, voice: Voice) -> str:
    """Return a fact's title; that of a custom field is as people wrote it."""
    return fact.title if fact.field_id else voice.say(fact.title)


def _value(fact: Fact, op: Op, value: Value, catalogue: Catalogue, voice: Voice) -> str:
    if op in {Op.LAST_DAYS, Op.NOT_LAST_DAYS, Op.NEXT_DAYS}:
        return str(value)
    if isinstance(value, Decimal):
        if fact.kind is Kind.MONEY:
            return voice.money(value)
        unit = f" {voice.say(fact.unit)}" if fact.unit else ""
        return f"{voice.number(value)}{unit}"
    if isinstance(value, date):
        return voice.day(value)
    for one in catalogue.choices(fact):
        if one.code == str(value):
            return one.title if one.named else voice.say(one.title)
    return str(value)
