"""The life of an operator."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from routing.operator import (
    SERVED,
    TRANSITIONS,
    Operator,
    Step,
    StepOutOfTurn,
    advance,
    can,
    counted,
    diagram,
)
from routing.views import OperatorId, OperatorState
from telephony.events import DeviceState, Node

pytestmark = pytest.mark.unit
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANNA = Operator(operator_id=OperatorId(1), name="Anna", extension="101", since=NOON)
DOCS = Path(__file__).resolve().parents[2] / "docs" / "lives" / "operator.md"


def test_the_picture_in_the_docs_is_drawn_from_the_table() -> None:
    assert f"```mermaid\n{diagram()}```" in DOCS.read_text(encoding="utf-8")


def test_every_state_can_be_reached_and_left() -> None:
    assert set(TRANSITIONS.values()) == set(OperatorState)
    assert {before for before, _ in TRANSITIONS} == set(OperatorState)


@given(steps=st.lists(st.sampled_from(Step), max_size=30))
def test_a_step_out_of_turn_raises_and_a_step_in_turn_keeps_the_record_whole(steps: list[Step]) -> None:
    operator = ANNA
    for step in steps:
        if not can(operator, step):
            with pytest.raises(StepOutOfTurn):
                advance(operator, step, NOON)
            continue
        operator = advance(operator, step, NOON, reason="break", call_id="main-1", until=NOON)
        assert (operator.call_id is not None) == (operator.state in SERVED)
        assert (operator.until is not None) == (operator.state is OperatorState.WRAP_UP)
        assert (operator.reason != "") == (operator.state is OperatorState.NOT_READY)


def test_contacts_are_counted_by_the_day() -> None:
    twice = counted(counted(ANNA, "2026-11-22"), "2026-11-22")
    assert twice.calls_today == 2
    assert counted(twice, "2026-11-23").calls_today == 1


def test_a_telephone_in_use_anywhere_makes_the_other_one_useless() -> None:
    main = Node("main")
    both = {("PJSIP/op101", main): DeviceState.NOT_IN_USE, ("PJSIP/desk101", main): DeviceState.IN_USE}
    operator = Operator(operator_id=OperatorId(1), name="", extension="101", since=NOON, phones=both)
    assert not operator.idle_nodes
    assert operator.phone_ok


def test_the_telephone_that_is_registered_is_the_one_that_rings() -> None:
    main = Node("main")
    desk = {("PJSIP/op101", main): DeviceState.UNAVAILABLE, ("PJSIP/desk101", main): DeviceState.NOT_IN_USE}
    operator = Operator(operator_id=OperatorId(1), name="", extension="101", since=NOON, phones=desk)
    assert operator.idle_nodes == {main}
    assert operator.device_at(main) == "PJSIP/desk101"
