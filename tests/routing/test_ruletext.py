"""Rules put into the text of a policy by a form: what stood there stays, and the text says exactly what was meant."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import rulebook
from routing.policy import Condition, Policy, Rule, Step, Tongue, parse
from routing.ruletext import Rich, Written, put, rich, stands_before

pytestmark = pytest.mark.unit
SHIPPED = rulebook.shipped()
DEBTS = Rule(
    name="debts",
    when=Condition(topics=("debt",), flags=("vip", "promise_due")),
    queue="debts",
    head_start=60,
    needs={"law": 2},
    language=Tongue.NEEDED,
    last_operator=8,
    steps=(Step(after=30, needs={}, language=Tongue.ANY, also=("main",)),),
)


def text_of(found: Written | Rich) -> str:
    assert isinstance(found, Written), found
    return found.text


def test_a_new_rule_stands_in_the_text_as_a_person_would_write_it_and_nothing_else_changes() -> None:
    found = put(SHIPPED, DEBTS)
    assert isinstance(found, Written)
    added = """
  - name: debts
    when:
      topics: [debt]
      flags: [vip, promise_due]
    queue: debts
    head_start: 60
    needs: {law: 2}
    language: needed
    last_operator: 8
    steps:
      - {after: 30, needs: {}, language: any, also: [main]}
"""
    assert found.text == SHIPPED + added
    assert found.text.splitlines()[found.line - 1] == "  - name: debts"


def test_a_rule_that_is_changed_stays_in_its_place_with_every_comment_around_it() -> None:
    text = "rules:\n# who owes\n- name: debts # x\n  queue: debts\n# the rest\n- {name: rest, queue: main}\n# end\n"
    assert rich(text, parse(text)) == {"debts": Rich.COMMENT, "rest": None}
    found = text_of(put(text, Rule(name="all", queue="help", needs={"law": 1}), instead_of="rest"))
    assert found == text.replace("{name: rest, queue: main}", "name: all\n  queue: help\n  needs: {law: 1}")


def test_what_a_rule_says_comes_back_the_same_when_it_is_put_there_unchanged() -> None:
    policy = parse(SHIPPED)
    for rule in policy.rules:
        assert parse(text_of(put(SHIPPED, rule, instead_of=rule.name))) == policy


def test_a_narrow_rule_stands_before_the_wider_one_that_would_hide_its_queue() -> None:
    wide = Rule(name="wide", when=Condition(topics=("debt", "bill")), queue="main")
    fast = Rule(name="fast", head_start=60)
    narrow = Rule(name="narrow", when=Condition(topics=("debt",), flags=("vip",)), queue="debts")
    assert stands_before((fast, wide), narrow) == 1
    assert stands_before((fast, wide), narrow.model_copy(update={"queue": None})) == 2
    assert stands_before((fast, narrow), wide) == 2, "a wider one hides nothing when it stands behind"
    text = text_of(put("rules:\n- name: fast\n# all of them\n- {name: wide, queue: main}\n", narrow))
    assert text.index("narrow") < text.index("# all of them") < text.index("wide")
    assert [one.name for one in parse(text_of(put(SHIPPED, narrow, before="vip"))).rules][2] == "narrow"


@pytest.mark.parametrize(
    "text", ["name: x\n", "name: x", "rules: []\nname: x\n", "rules: []", "weights: {}\nrules: [ ]"]
)
def test_the_first_rule_of_a_text_that_has_none_is_put_there(text: str) -> None:
    assert parse(text_of(put(text, DEBTS))).rules == (DEBTS,)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{name: x, rules: [{name: a}]}", Rich.LAYOUT),
        ("rules: [{name: a}]", Rich.LAYOUT),
        ("rules:\n-\n  name: a", Rich.LAYOUT),
        ("rules:\n- {name: a, when: {passed: [menu]}}", Rich.CONDITION),
        ("rules:\n- {name: a, when: {dialled: ['100']}}", Rich.CONDITION),
        ("rules:\n- {name: a, steps: [{after: 1}, {after: 2}]}", Rich.STEPS),
        ("rules:\n- name: a\n  # why\n  queue: a", Rich.COMMENT),
        ("rules:\n- name: a", None),
        ("rules: []\nrules:\n- name: a", None),
    ],
)  # fmt: skip
def test_what_is_too_rich_for_a_form_says_why(text: str, why: Rich | None) -> None:
    assert rich(text, parse(text)) == {"a": why}


@pytest.mark.parametrize(
    "text",
    [
        "rules: [{name: a}]",
        "{rules: []}",
        "rules:\n- name: a\n...\n# over\n",
        "rules:\n- &a\n  name: a\n  queue: q\n- {<<: *a, name: b}\n",
        "rules: &f\n- {name: a}\n",
    ],
)
def test_a_text_that_lines_cannot_be_put_into_is_left_to_the_editor_or_says_what_was_meant(text: str) -> None:
    before = parse(text)
    found = put(text, DEBTS)
    if isinstance(found, Written):
        after = parse(found.text)
        assert [one for one in after.rules if one != DEBTS] == list(before.rules)
        assert DEBTS in after.rules


names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,6}", fullmatch=True)
lists = st.lists(names, max_size=3, unique=True).map(tuple)
levels = st.dictionaries(names, st.integers(1, 9), max_size=3)


@st.composite
def simple(draw: st.DrawFn) -> Rule:
    needs = draw(levels)
    less = {skill: draw(st.integers(1, level)) for skill, level in needs.items() if draw(st.booleans())}
    step = st.builds(Step, after=st.integers(1, 3600), needs=st.just(less) | st.none(), also=lists)
    return Rule(
        name=draw(names), queue=draw(names | st.none()), needs=needs, head_start=draw(st.integers(0, 90)),
        when=Condition(topics=draw(lists), flags=draw(lists)), language=draw(st.sampled_from(Tongue)),
        steps=draw(st.lists(step, max_size=1).map(tuple)),
    )  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(st.lists(simple(), max_size=2, unique_by=lambda rule: rule.name), st.data())
def test_any_simple_rules_are_written_so_that_they_are_read_as_they_were_meant(
    rules: list[Rule], data: st.DataObject
) -> None:
    text = "name: any # names like no, 1 and null are words\n"
    for rule in rules:
        text = text_of(put(text, rule))
    read: Policy = parse(text)
    assert {rule.name: rule for rule in read.rules} == {rule.name: rule for rule in rules}
    assert set(rich(text, read).values()) <= {None}
    for rule in rules:
        new = data.draw(simple()).model_copy(update={"name": rule.name})
        text = text_of(put(text, new, instead_of=rule.name))
        assert [one.name for one in parse(text).rules] == [one.name for one in read.rules]
        assert new in parse(text).rules
