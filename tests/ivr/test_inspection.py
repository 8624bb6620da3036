"""The inspection finds every way in which a flow could leave a caller in silence."""

from __future__ import annotations

import pytest

from ivr import flow
from ivr.inspection import Fault, check
from ivr.wording import REQUIRED, Wording
from tests.ivr.people import BOOKS

pytestmark = pytest.mark.unit

FRAME = """
name: t
start: one
operator: operator
steps:
  operator: {transfer: to_operator}
"""
MENU = "{menu: m, choices: {1: %s}, otherwise: %s}"


def faults(*steps: str) -> set[tuple[Fault, str]]:
    lines = "".join(f"  {step}\n" for step in steps)
    return {(problem.fault, problem.where) for problem in check(flow.parse(FRAME + lines))}


def test_the_shipped_flow_is_in_order_in_every_language() -> None:
    assert check(BOOKS.flow, BOOKS.wordings) == ()
    assert set(BOOKS.languages) == {"en", "ru"}


def test_a_step_that_does_not_exist_is_found() -> None:
    assert faults("one: {say: a, next: nowhere}") == {(Fault.NO_SUCH_STEP, "one")}


def test_a_step_nobody_reaches_is_found() -> None:
    found = faults("one: {say: a, next: operator}", "island: {hang_up: b}")
    assert found == {(Fault.UNREACHABLE, "island")}


def test_a_loop_that_never_ends_the_call_is_found() -> None:
    found = faults(f"one: {MENU % ('two', 'two')}", f"two: {MENU % ('one', 'one')}")
    assert found == {(Fault.NO_WAY_OUT, "one"), (Fault.NO_WAY_OUT, "two")}


def test_a_loop_that_talks_to_itself_is_found() -> None:
    one = "one: {look_up: caller, one: two, several: operator, nobody: operator, failed: operator}"
    found = faults(one, "two: {say: a, next: one}")
    assert found == {(Fault.SPINS, "one"), (Fault.SPINS, "two")}


def test_a_loop_that_asks_the_caller_is_fine() -> None:
    assert faults(f"one: {MENU % ('two', 'operator')}", "two: {say: a, next: one}") == set()


def test_an_operator_who_is_no_transfer_is_found() -> None:
    text = FRAME.replace("operator: {transfer: to_operator}", "operator: {hang_up: bye}")
    problems = check(flow.parse(text + "  one: {say: a, next: operator}\n"))
    assert {problem.fault for problem in problems} == {Fault.OPERATOR}


def test_a_case_that_never_happens_is_found() -> None:
    found = faults("one: {branch: identity, cases: {famous: operator}, otherwise: operator}")
    assert found == {(Fault.NO_SUCH_CASE, "one")}


def test_a_proof_that_leads_back_to_itself_is_found() -> None:
    found = faults("one: {balance: b, next: operator, unverified: one, failed: operator}")
    assert (Fault.SPINS, "one") in found


def test_a_prompt_missing_in_one_language_is_found() -> None:
    prompts = dict(BOOKS.wordings["ru"].prompts)
    del prompts["main_menu"]
    problems = check(BOOKS.flow, {"ru": Wording(language="ru", prompts=prompts)})
    assert [(problem.fault, problem.where) for problem in problems] == [(Fault.MISSING_PROMPT, "ru: main_menu")]


def test_the_sessions_own_prompts_must_be_there() -> None:
    prompts = {name: text for name, text in BOOKS.wordings["en"].prompts.items() if name not in REQUIRED}
    problems = check(BOOKS.flow, {"en": Wording(language="en", prompts=prompts)})
    assert {problem.where for problem in problems} == {f"en: {name}" for name in REQUIRED}


def test_a_value_the_step_does_not_have_is_found() -> None:
    prompts = {**BOOKS.wordings["en"].prompts, "balance_zero": "You owe {amount}."}
    problems = check(BOOKS.flow, {"en": Wording(language="en", prompts=prompts)})
    assert [problem.fault for problem in problems] == [Fault.UNKNOWN_PLACE]
    assert "{amount}" in problems[0].sentence
