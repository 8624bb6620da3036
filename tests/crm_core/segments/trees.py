"""Trees of conditions made up by hypothesis, right ones and hostile ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from hypothesis import strategies as st

from crm_core.segments.conditions import Condition, Group, How
from crm_core.segments.facts import FACTS, Catalogue
from crm_core.segments.kinds import Fact, Kind, Op

TODAY = date(2026, 11, 29)
HOSTILE = (
    "'; drop table accounts; --", "1 or 1=1", "%", "_", "\\", '"', "$1", "%(x)s", ":name", "{{7*7}}", "a' | 'b",
    "!!! & |", "<->", "иванов", "\u202e", "x" * 120, "owner", "100%_sure", "NaN", "1e309", "-1", "0", "yes",
    "2026-11-29",
)  # fmt: skip
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
NUMBERS = st.one_of(
    st.integers(-500, 500).map(str), st.decimals(-99_999, 99_999, places=2, allow_nan=False).map(lambda one: f"{one:f}")
)
DAYS = st.dates(date(2019, 1, 1), TODAY + timedelta(400)).map(date.isoformat)
COUNTED = st.integers(0, 400).map(str)


def value_of(fact: Fact, op: Op, catalogue: Catalogue) -> st.SearchStrategy[str]:
    """A value that fits the fact, as it would be typed."""
    if op in {Op.LAST_DAYS, Op.NOT_LAST_DAYS, Op.NEXT_DAYS}:
        return COUNTED
    codes = [choice.code for choice in catalogue.choices(fact)]
    match fact.kind:
        case Kind.MONEY | Kind.NUMBER:
            return NUMBERS
        case Kind.DAY:
            return DAYS
        case Kind.CHOICE | Kind.SET if codes:
            return st.sampled_from(codes)
        case _:
            return TEXTS


class Facts(tuple[Fact, ...]):
    """Facts to choose from; hypothesis writes down what strategies are made of, and they say much."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{len(self)} facts"


ALL = Facts(FACTS)


@st.composite
def conditions(draw: st.DrawFn, facts: Facts = ALL, catalogue: Catalogue | None = None) -> Condition:
    """A condition that fits the catalogue."""
    known = catalogue or Catalogue()
    fact = draw(st.sampled_from([one for one in facts if one.kind is not Kind.SEGMENT]))
    op = draw(st.sampled_from(fact.operators))
    value = value_of(fact, op, known)
    match op:
        case Op.YES | Op.NO | Op.KNOWN | Op.UNKNOWN:
            values: list[str] = []
        case Op.BETWEEN:
            values = draw(st.lists(value, min_size=2, max_size=2))
        case Op.ONE_OF | Op.NONE_OF:
            values = draw(st.lists(value, min_size=1, max_size=3))
        case _:
            values = [draw(value)]
    if op is Op.BETWEEN and fact.kind is Kind.DAY:
        values.sort()
    elif op is Op.BETWEEN:
        values.sort(key=float)
    return Condition(fact=fact.name, op=op, values=tuple(values), days=draw(st.integers(1, 400)) if fact.period else 0)


def trees(facts: Facts = ALL, catalogue: Catalogue | None = None) -> st.SearchStrategy[Group]:
    """A tree of groups and conditions with at least one condition in it."""
    leaf = conditions(facts, catalogue)
    parts = st.recursive(
        leaf,
        lambda inner: st.builds(
            Group, how=st.sampled_from(How), parts=st.lists(inner, min_size=0, max_size=3).map(tuple)
        ),
        max_leaves=6,
    )
    return st.builds(
        lambda how, first, more: Group(how=how, parts=(first, *more)),
        st.sampled_from(How),
        leaf,
        st.lists(parts, max_size=3),
    )


VALUES = {Kind.MONEY: ("50", "150"), Kind.NUMBER: ("1", "40"), Kind.DAY: ("2026-06-01", "2026-11-20")}
DAYS_BACK = 120


def one_of_each(facts: tuple[Fact, ...], catalogue: Catalogue) -> Iterator[Condition]:
    """Every fact with each of its operators, asked so that some belong and others do not."""
    for fact in facts:
        if fact.kind is Kind.SEGMENT:
            continue
        codes = [choice.code for choice in catalogue.choices(fact)] or ["100%_sure", "ru"]
        low, high = VALUES.get(fact.kind, ("0%_S", ""))
        for op in fact.operators:
            asked: list[tuple[str, ...]] = [()]
            match op:
                case Op.ONE_OF | Op.NONE_OF:
                    asked = [(code,) for code in codes]
                case Op.BETWEEN:
                    asked = [(low, high)]
                case Op.LAST_DAYS | Op.NOT_LAST_DAYS | Op.NEXT_DAYS:
                    asked = [("60",), ("0",)]
                case Op.AT_LEAST | Op.AT_MOST | Op.SINCE | Op.UNTIL | Op.HAS_WORDS:
                    asked = [(low,)]
                case _:
                    pass
            for values in asked:
                yield Condition(fact=fact.name, op=op, values=values, days=DAYS_BACK if fact.period else 0)
