"""Trees of conditions: what is taken, what is refused and why."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.segments.conditions import (
    DEEPEST,
    MOST_ALTOGETHER,
    MOST_CONDITIONS,
    Asked,
    Condition,
    Group,
    How,
    Inside,
    Joined,
    Known,
    Problem,
    is_indexed,
    parse,
    references,
    resolve,
)
from crm_core.segments.facts import FACTS, Catalogue
from crm_core.segments.kinds import OPERANDS, OPERATORS, Choice, Kind, Op
from tests.crm_core.segments.trees import trees

pytestmark = pytest.mark.unit
CATALOGUE = Catalogue(choices={"tariff": (Choice(code="S", title="Household"),)})
KEYS = st.sampled_from(["type", "how", "parts", "fact", "op", "values", "days"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
OWES = Condition(fact="balance", op=Op.AT_LEAST, values=("100",))


def problems(*parts: Condition | Group, others: dict[int, Known] | None = None, own: int = 0) -> list[str]:
    made = resolve(Group(parts=parts), CATALOGUE, others or {}, own)
    return [one.code for one in made] if isinstance(made, list) else []


def asks(fact: str, op: str, *values: str, days: int = 0) -> list[str]:
    return problems(Condition(fact=fact, op=Op(op), values=values, days=days))


def test_every_operator_says_how_many_values_it_takes_and_every_kind_has_operators() -> None:
    assert set(OPERANDS) == set(Op)
    assert set(OPERATORS) == set(Kind)
    assert len({fact.name for fact in FACTS}) == len(FACTS)
    assert all(fact.title for fact in FACTS)


@pytest.mark.parametrize(
    ("fact", "op", "values", "code"),
    [
        ("nothing", "at_least", ("1",), "unknown-fact"),
        ("balance", "one_of", ("1",), "wrong-operator"),
        ("balance", "at_least", (), "wrong-count"),
        ("balance", "at_least", ("1", "2"), "wrong-count"),
        ("balance", "between", ("1",), "wrong-count"),
        ("balance", "at_least", ("a lot",), "not-a-number"),
        ("balance", "at_least", ("  ",), "empty-value"),
        ("balance", "between", ("20", "10"), "ends-swapped"),
        ("debt_age", "at_least", ("NaN",), "out-of-range"),
        ("debt_age", "at_least", ("1e309",), "out-of-range"),
        ("debt_age", "at_least", ("x",), "not-a-number"),
        ("paid_on", "since", ("yesterday",), "not-a-day"),
        ("paid_on", "last_days", ("-1",), "not-a-number"),
        ("paid_on", "last_days", ("99999",), "out-of-range"),
        ("tariff", "one_of", ("X",), "not-a-choice"),
        ("payments", "at_least", ("1",), "period-missing"),
        ("segment", "one_of", ("7",), "unknown-segment"),
        ("segment", "one_of", ("'; --",), "unknown-segment"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_code(fact: str, op: str, values: tuple[str, ...], code: str) -> None:
    assert asks(fact, op, *values) == [code]


def test_amounts_are_read_as_people_type_them() -> None:
    made = resolve(Group(parts=(Condition(fact="balance", op=Op.AT_LEAST, values=("1 234,50",)),)), CATALOGUE, {})
    assert isinstance(made, Joined)
    (asked,) = made.parts
    assert isinstance(asked, Asked)
    assert str(asked.values[0]) == "1234.50"


def test_a_tree_without_a_condition_is_nobody_s_wish() -> None:
    assert problems() == ["no-conditions"]
    assert problems(Group(how=How.ANY)) == ["no-conditions"]


def test_every_problem_is_told_with_its_place() -> None:
    tree = Group(parts=(OWES, Group(parts=(Condition(fact="x", op=Op.YES), Condition(fact="y", op=Op.NO)))))
    found = resolve(tree, CATALOGUE, {})
    assert isinstance(found, list)
    assert [(one.path, one.detail) for one in found] == [((1, 0), "x"), ((1, 1), "y")]


def test_a_tree_may_be_deep_and_wide_only_so_far() -> None:
    deep: Group = Group(parts=(OWES,))
    for _ in range(DEEPEST - 1):
        deep = Group(parts=(deep,))
    assert isinstance(resolve(deep, CATALOGUE, {}), Joined)
    assert problems(Group(parts=(deep,))) == ["too-deep"]
    half = Group(parts=(OWES,) * (MOST_CONDITIONS // 2))
    assert problems(half, half) == []
    assert problems(half, half, OWES) == ["too-many-conditions"]


@pytest.mark.parametrize(
    "raw", ["", "[]", "{", "null", '{"type":"group","how":"all","parts":[],"x":1}', '{"parts":[{}]}']
)
def test_json_that_is_no_tree_is_refused(raw: str) -> None:
    assert isinstance(parse(raw), Problem)


def test_a_bomb_of_brackets_is_refused_before_anything_is_built() -> None:
    assert parse("[" * 50_000) == Problem(code="too-deep", detail=str(DEEPEST))
    assert parse("x" * 100_000) == Problem(code="too-many-conditions", detail=str(MOST_CONDITIONS))


@given(tree=trees())
@settings(max_examples=60, deadline=None)
def test_a_tree_comes_back_from_json_as_it_went(tree: Group) -> None:
    assert parse(tree.model_dump_json()) == tree


@given(raw=JSON)
@settings(max_examples=80, deadline=None)
def test_whatever_json_comes_the_answer_is_a_tree_or_a_problem(raw: object) -> None:
    found = parse(json.dumps(raw))
    assert isinstance(found, Group | Problem)
    if isinstance(found, Group):
        assert isinstance(resolve(found, CATALOGUE, {}), Joined | list)


def known(segment_id: int, *parts: Condition | Group) -> Known:
    return Known(segment_id=segment_id, name=f"segment {segment_id}", tree=Group(parts=parts))


def inside(*numbers: int) -> Condition:
    return Condition(fact="segment", op=Op.ONE_OF, values=tuple(map(str, numbers)))


def test_another_segment_is_its_conditions_not_its_list() -> None:
    made = resolve(Group(parts=(inside(1),)), CATALOGUE, {1: known(1, OWES)})
    assert isinstance(made, Joined)
    (found,) = made.parts
    assert isinstance(found, Inside)
    assert found.segments[0][:2] == (1, "segment 1")
    assert is_indexed(made)


def test_segments_never_run_in_a_circle() -> None:
    others = {1: known(1, inside(2)), 2: known(2, inside(3)), 3: known(3, OWES)}
    assert problems(inside(1), others=others) == []
    assert problems(inside(1), others=others, own=3) == ["circle"]
    assert problems(inside(1), others=others, own=1) == ["circle"]
    others[3] = known(3, inside(1))
    assert problems(inside(1), others=others) == ["circle"]


def test_segments_within_segments_do_not_explode() -> None:
    others = {number: known(number, *[inside(number + 1)] * 6) for number in range(1, 9)} | {9: known(9, OWES)}
    assert "too-many-conditions" in problems(inside(1), others=others)
    assert MOST_ALTOGETHER < 6**8


def test_who_refers_to_whom_is_known() -> None:
    assert references(Group(parts=(OWES, Group(parts=(inside(3, 4),))))) == {3, 4}


def test_a_tree_that_asks_histories_says_so() -> None:
    slow = Condition(fact="payments", op=Op.AT_LEAST, values=("1",), days=30)
    made = resolve(Group(parts=(OWES, Group(parts=(slow,)))), CATALOGUE, {})
    assert isinstance(made, Joined)
    assert not is_indexed(made)
