"""The builder of segments: forms to trees and back, and what its buttons do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.segments.conditions import DEEPEST, MOST_CONDITIONS, Condition, Group, How, resolve
from crm_core.segments.facts import Catalogue
from crm_core.segments.kinds import Choice, Kind, Op
from tests.crm_core.segments.trees import trees
from workstation import builder, segment_words

pytestmark = pytest.mark.unit
CATALOGUE = Catalogue(choices={"tariff": (Choice(code="S", title="Household"), Choice(code="N", title="Night"))})
OWES = Condition(fact="balance", op=Op.AT_LEAST, values=("100",))


def sent_of(tree: Group) -> dict[str, str]:
    """What a browser would send of the builder that shows this tree."""
    fields: dict[str, str] = {}

    def walk(one: builder.Shown) -> None:
        if isinstance(one.part, Group):
            fields.update({f"how_{one.path}": one.part.how.value})
            for inner in one.inner:
                walk(inner)
            return
        part = one.part
        fields.update(
            {f"fact_{one.path}": part.fact, f"op_{one.path}": part.op.value, f"days_{one.path}": str(part.days)}
        )
        match builder.kind_of_input(one.fact, part.op, CATALOGUE):
            case "picks":
                fields.update({f"pick_{one.path}_{number}": value for number, value in enumerate(part.values, 1)})
            case "list":
                fields[f"v_{one.path}"] = ", ".join(part.values)
            case _:
                for name, value in zip("vw", part.values, strict=False):
                    fields[f"{name}_{one.path}"] = value

    walk(builder.shown(tree, CATALOGUE))
    return fields


@given(tree=trees(catalogue=CATALOGUE))
@settings(max_examples=80, deadline=None)
def test_a_tree_comes_back_from_its_form_as_it_went(tree: Group) -> None:
    def tidy(part: Group | Condition) -> Group | Condition:
        if isinstance(part, Group):
            return part.model_copy(update={"parts": tuple(map(tidy, part.parts))})
        values: list[str] = [value.strip() for value in part.values]
        if builder.kind_of_input(CATALOGUE.get(part.fact), part.op, CATALOGUE) == "list":
            values = [text.strip() for value in values for text in value.split(",")]
        if part.op in {Op.ONE_OF, Op.NONE_OF}:
            values = list(dict.fromkeys(value for value in values if value))
        return part.model_copy(update={"values": tuple(values)})

    assert builder.tree_of(sent_of(tree), CATALOGUE) == tidy(tree)


@given(sent=st.dictionaries(st.from_regex(r"(how|fact|op|v|w|days|pick|x)_[0-9-]{0,6}(_[0-9])?", fullmatch=True), st.text(max_size=10), max_size=12))  # fmt: skip  # noqa: E501
@settings(max_examples=150, deadline=None)
def test_whatever_fields_come_a_tree_comes_of_them(sent: dict[str, str]) -> None:
    tree = builder.tree_of(sent, CATALOGUE)
    assert isinstance(tree, Group)
    made = resolve(tree, CATALOGUE, {})
    if isinstance(made, list):
        assert all(segment_words.problem_sentence(problem, CATALOGUE, str) for problem in made)


def test_a_fact_that_changed_brings_an_operator_that_fits() -> None:
    sent = sent_of(Group(parts=(OWES,))) | {"fact_0": "disputed"}
    assert builder.tree_of(sent, CATALOGUE).parts == (Condition(fact="disputed", op=Op.YES),)


def test_buttons_add_and_remove_where_they_stand() -> None:
    tree = builder.edited(Group(parts=(OWES,)), "group ", CATALOGUE)
    assert isinstance(tree.parts[1], Group)
    tree = builder.edited(tree, "condition 1", CATALOGUE)
    inner = tree.parts[1]
    assert isinstance(inner, Group)
    assert (inner.how, len(inner.parts)) == (How.ANY, 2)
    tree = builder.edited(tree, "remove 1-0", CATALOGUE)
    assert len(builder.edited(tree, "remove 0", CATALOGUE).parts) == 1
    assert builder.edited(tree, "remove 1", CATALOGUE) == Group(parts=(OWES,))


@pytest.mark.parametrize("doing", ["", "remove ", "remove 9", "remove 0-0", "group 0", "condition 7-7", "x 0", "remove ../..", "condition 1-1-1-1-1-1-1-1-1"])  # fmt: skip  # noqa: E501
def test_a_button_of_nowhere_changes_nothing(doing: str) -> None:
    tree = Group(parts=(OWES,))
    assert builder.edited(tree, doing, CATALOGUE) == tree


def test_a_tree_grows_only_so_deep_and_wide() -> None:
    tree = Group(parts=(OWES,))
    path: list[str] = []
    for _ in range(DEEPEST + 2):
        tree = builder.edited(tree, f"group {'-'.join(path)}", CATALOGUE)
        path.append("1")
    made = resolve(tree, CATALOGUE, {})
    assert isinstance(made, list)
    assert "too-deep" not in {problem.code for problem in made}
    for _ in range(MOST_CONDITIONS + 5):
        tree = builder.edited(tree, "condition ", CATALOGUE)
    assert len(tree.parts) <= MOST_CONDITIONS


def test_every_kind_of_fact_has_its_input() -> None:
    asked = {
        (fact.kind, op): builder.kind_of_input(fact, op, CATALOGUE)
        for _, facts in CATALOGUE.grouped()
        for fact in facts
        for op in fact.operators
    }
    assert {kind for kind, _ in asked} == set(Kind)
    assert asked[Kind.DAY, Op.SINCE] == "day"
    assert asked[Kind.DAY, Op.LAST_DAYS] == "days"
    assert asked[Kind.MONEY, Op.AT_LEAST] == "amount"
    assert asked[Kind.YES_NO, Op.YES] == "none"
    assert builder.kind_of_input(None, Op.YES, CATALOGUE) == "none"


def test_every_problem_has_its_sentence() -> None:
    from crm_core.documents.placeholders import FAULTS  # noqa: PLC0415
    from crm_core.segments.conditions import PROBLEMS  # noqa: PLC0415

    assert set(PROBLEMS) == set(segment_words.PROBLEMS)
    assert set(FAULTS) <= set(segment_words.TEMPLATES)
