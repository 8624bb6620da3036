"""Rules as data: what they make of a caller, what is refused, how they read in words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from routing import rulebook, words
from routing.policy import Asked, Policy, PolicyError, Stage, Wanted, parse, ticket
from routing.rulebook import RulebookError
from routing.skills import ANYBODY, profile

pytestmark = pytest.mark.unit
DEBTS = """
name: test
weights: {spare_level: 20, other_choice: 60}
rules:
  - {name: all, language: needed, last_operator: 9, steps: [{after: 40, language: preferred}]}
  - {name: vip, when: {flags: [vip]}, head_start: 100}
  - {name: frail, when: {flags: [life_support]}, head_start: 500}
  - name: debts
    when: {topics: [debt, dispute]}
    queue: debts
    needs: {law: 3, payments: 1}
    steps:
      - {after: 20, needs: {payments: 1}}
      - {after: 60, also: [main], needs: {}}
  - {name: complaints, when: {passed: [complaint=1], dialled: ["100"]}, needs: {law: 1}}
"""


def seconds(count: int) -> timedelta:
    return timedelta(seconds=count)


def levels(**given: int) -> frozenset[tuple[str, int]]:
    return frozenset(given.items())


def test_without_rules_everybody_serves_everybody() -> None:
    made = ticket(Policy(), Asked(queue="q", topic="debt", language="ru", flags=frozenset({"vip"})))
    assert (made.queue, made.head_start, made.rules) == ("q", seconds(0), ())
    assert made.stages == (Stage(seconds(0), Wanted(queues=frozenset({"q"}))),)


def test_rules_that_are_true_count_together_and_ask_less_as_time_goes() -> None:
    asked = Asked(topic="debt", language="ru", flags=frozenset({"vip", "life_support"}), dialled="100")
    made = ticket(parse(DEBTS), asked)
    assert made.rules == ("all", "vip", "frail", "debts")
    assert (made.queue, made.head_start, made.last_operator) == ("debts", seconds(600), seconds(9))
    debts, both = frozenset({"debts"}), frozenset({"debts", "main"})
    first = levels(law=3, payments=1)
    assert made.stages == (
        Stage(seconds(0), Wanted(first, debts, "ru", must=True, first=first)),
        Stage(seconds(20), Wanted(levels(payments=1), debts, "ru", must=True, first=first)),
        Stage(seconds(40), Wanted(levels(payments=1), debts, "ru", first=first)),
        Stage(seconds(60), Wanted(levels(), both, "ru", first=first)),
    )


def test_of_two_rules_the_stricter_holds() -> None:
    asked = Asked(topic="debt", dialled="100", path=("menu=9", "complaint=1"))
    made = ticket(parse(DEBTS), asked)
    assert "complaints" in made.rules
    assert [dict(stage.wanted.needs).get("law") for stage in made.stages] == [3, 1, 1]


def test_every_condition_of_a_rule_must_be_true() -> None:
    policy = parse(DEBTS)
    assert "complaints" not in ticket(policy, Asked(path=("complaint=1",))).rules
    assert "complaints" not in ticket(policy, Asked(dialled="100")).rules


@given(topic=st.sampled_from(["", "debt"]), path=st.lists(st.sampled_from(["complaint=1", "x"])), dialled=st.text())
def test_nobody_is_ever_asked_for_more_the_longer_a_caller_waits(topic: str, path: list[str], dialled: str) -> None:
    made = ticket(parse(DEBTS), Asked(topic=topic, path=tuple(path), dialled=dialled or "100", language="ru"))
    for before, after in zip(made.stages, made.stages[1:], strict=False):
        assert before.after < after.after
        assert all(level <= dict(before.wanted.needs)[skill] for skill, level in after.wanted.needs)
        assert before.wanted.queues <= after.wanted.queues
        assert before.wanted.must or not after.wanted.must


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[", "not YAML"),
        ("- a", "a policy is a mapping with name, weights and rules"),
        ("rules: [{name: a}, {name: a}]", "there are two rules a"),
        ("rules: [{name: 'A b'}]", "rule A b: name: "),
        ("rules: [{name: vip, head_start: -1}]", "rule vip: head_start: Input should be greater than or equal to 0"),
        ("rules: [{name: vip, prio: 1}]", "rule vip: prio: Extra inputs are not permitted"),
        ("rules: [5]", "rule number 1: "),
        ("rules: 5", "rules: "),
        ("weights: {spare_level: often}", "weights: spare_level: "),
        ("rules: [{name: d, needs: {law: 12}}]", "rule d: needs.law: Input should be less than or equal to 9"),
        (
            "rules: [{name: d, needs: {law: 1}, steps: [{after: 5, needs: {law: 2}}]}]",
            "rule d: the step after 5 s asks more of law than before; steps ask less",
        ),
        (
            "rules: [{name: d, steps: [{after: 5, language: needed}]}]",
            "rule d: the step after 5 s asks more of the language than before; steps ask less",
        ),
        ("rules: [{name: d, steps: [{after: 5}, {after: 5}]}]", "rule d: the step after 5 s must come later"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_that_names_the_place(text: str, sentence: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse(text)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


@settings(max_examples=50)
@given(st.text())
def test_any_text_is_a_policy_or_is_refused(text: str) -> None:
    refusal = ""
    try:
        parse(text)
    except PolicyError as error:
        refusal = str(error)
    assert "\n" not in refusal


def test_the_shipped_policy_shuts_nobody_out(tmp_path: Path) -> None:
    policy = rulebook.load(tmp_path)
    for topic in ("", "balance", "payment", "reading"):
        made = ticket(policy, Asked(topic=topic, language="ru"))
        assert made.queue == "main"
        assert ANYBODY.can(made.stages[0].wanted.needs)
        assert not made.stages[-1].wanted.needs
        assert not made.stages[0].wanted.must


def test_the_houses_own_policy_comes_first_and_is_refused_with_its_name(tmp_path: Path) -> None:
    own = tmp_path / "main.yaml"
    own.write_text("name: ours")
    assert rulebook.load(tmp_path).name == "ours"
    own.write_text("name: [")
    with pytest.raises(RulebookError, match=r"the routing policy .*main\.yaml cannot be used: not YAML"):
        rulebook.load(tmp_path)
    own.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(RulebookError, match="cannot be used"):
        rulebook.load(tmp_path)


def test_a_policy_reads_in_words() -> None:
    said = words.policy(parse(DEBTS)).splitlines()
    assert said == [
        "Policy test: who waited longest is served first, by the operator idle the longest.",
        "Each level of skill he would not use counts as 20 s less idle.",
        "Each step down in his choice of queues counts as 60 s, of his idling and of the caller's wait.",
        (
            "all: everybody wants only somebody who speaks the caller's language and is kept up to 9 s for the operator"
            " who spoke to him last. After 40 s he may have somebody who speaks the caller's language before others."
        ),
        "vip: who is marked vip stands as if he had waited 100 s longer.",
        "frail: who is marked life_support stands as if he had waited 500 s longer.",
        (
            "debts: who calls about debt or dispute waits in queue debts and needs law at level 3 or above and"
            " payments. After 20 s payments will do."
            " After 60 s no skill is needed any more and operators of main serve him too."
        ),
        "complaints: who dialled 100 and passed complaint=1 in the menu needs law.",
    ]


def test_what_an_operator_can_do_is_read_from_his_record() -> None:
    able = profile(["payments:3", " law ", "law:2", "queue/debts:2", "queue/main", "odd:thing:10", ""], ["ru"])
    assert able.can(levels(payments=3, law=2))
    assert not able.can(levels(payments=4))
    assert not able.can(levels(meters=1))
    assert (able.speaks("ru"), able.speaks(""), able.speaks("en")) == (True, True, False)
    assert [able.choice(frozenset(one)) for one in (["main"], ["debts"], ["debts", "main"], ["x"])] == [1, 2, 1, None]


def test_who_has_nothing_on_record_serves_everything_and_a_slip_of_the_pen_does_not_do_that() -> None:
    assert profile([]) == ANYBODY
    assert ANYBODY.can(levels(law=9))
    assert ANYBODY.speaks("am")
    assert ANYBODY.choice(frozenset({"debts"})) == 1
    assert profile(["queue/debts"]).can(levels(law=9))
    assert not profile(["law:ten"]).can(levels(law=1))
