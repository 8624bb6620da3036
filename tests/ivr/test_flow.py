"""Flows as data: what is understood and what is refused, in one sentence."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.settings import ROOT
from ivr import flow
from ivr.flow import VERBS, FlowError, MenuStep, TransferStep

pytestmark = pytest.mark.unit

SMALL = """
name: small
start: menu
operator: operator
steps:
  menu: {menu: main_menu, choices: {1: bye}, otherwise: operator}
  bye: {hang_up: goodbye}
  operator: {transfer: to_operator, queue: second_line}
"""


def test_a_flow_is_read_into_frozen_steps() -> None:
    small = flow.parse(SMALL)
    menu, operator = small.steps["menu"], small.steps["operator"]
    assert isinstance(menu, MenuStep)
    assert menu.choices == {"1": "bye"}
    assert menu.exits() == ("bye", "operator")
    assert isinstance(operator, TransferStep)
    assert operator.queue == "second_line"
    with pytest.raises(ValueError, match="frozen"):
        menu.tries = 1


@pytest.mark.parametrize(
    ("spoiled", "sentence"),
    [
        ("]", "not YAML"),
        ("just words", "a flow is a mapping"),
        (SMALL.replace("menu: main_menu, ", ""), "step menu: exactly one of say"),
        (SMALL.replace("hang_up: goodbye", "hang_up: goodbye, say: x"), "step bye: exactly one of"),
        (SMALL.replace("choices: {1: bye}", "choices: {}"), "step menu: choices"),
        (SMALL.replace("choices: {1: bye}", "choices: {12: bye}"), "step menu: choices"),
        (SMALL.replace("otherwise: operator", "otherwise: operator, tries: 99"), "step menu: tries"),
        (SMALL.replace("otherwise: operator", "otherwise: operator, colour: red"), "step menu: colour"),
        (SMALL.replace("second_line", "a;b"), "step operator: queue"),
        (SMALL.replace("name: small", "name: 'a b'"), "flow: name"),
        (SMALL.replace("start: menu", "begin: menu"), "flow: start"),
        (SMALL.replace("name: small", "name: small\n1: 2"), "flow: "),
        (SMALL.replace("bye: {hang_up: goodbye}", "bye: goodbye"), "step bye: exactly one of"),
    ],
)
def test_what_is_not_a_flow_is_refused_in_one_sentence(spoiled: str, sentence: str) -> None:
    with pytest.raises(FlowError, match=sentence) as refusal:
        flow.parse(spoiled)
    assert "\n" not in str(refusal.value)


@given(st.text(max_size=200))
def test_no_text_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(FlowError):
        assert flow.parse(text).steps


def test_every_verb_of_the_vocabulary_is_in_the_book() -> None:
    book = (ROOT / "docs" / "ivr.md").read_text("utf-8")
    assert not [verb for verb in VERBS if f"| `{verb}: " not in book]
