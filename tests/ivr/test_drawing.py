"""The drawing of a flow: everything is in it, nothing lies on anything else."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import drawing, flow
from ivr.drawing import WIDTH, Traffic, draw
from ivr.flow import Flow
from tests.ivr.people import BOOKS

pytestmark = pytest.mark.unit
NAMES = [f"s{number}" for number in range(9)]


def test_the_flow_we_ship_is_drawn_with_its_callers() -> None:
    traffic = Traffic(
        between={("menu", "balance"): 7, ("menu", "operator"): 2},
        left={"menu": 3},
        steps={"menu": 12, "balance": 7},
    )
    drawn = draw(BOOKS.flow, traffic)
    boxes = {box.name: box for box in drawn.boxes}
    assert "operator" not in boxes, "the way out of everything is a word, not a line"
    assert (boxes["menu"].callers, boxes["menu"].left) == (12, 3)
    assert {(stub.target, stub.callers) for stub in boxes["menu"].stubs} >= {("operator", 2)}
    assert [line.callers for line in drawn.lines if line.callers] == [7]
    assert boxes["greeting"].x < boxes["language"].x < boxes["menu"].x < boxes["balance"].x
    assert {stub.target for stub in boxes["more"].stubs} == {"menu"}, "a way back is told in words"


@pytest.mark.long
@given(st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4), min_size=9, max_size=9))
def test_no_box_lies_on_another_and_every_line_joins_two(ways: list[list[str]]) -> None:
    steps = {
        name: flow.parse(
            f"name: x\nstart: {name}\noperator: {name}\nsteps:\n  {name}:\n    branch: language\n"
            f"    cases: {{{', '.join(f'c{at}: {target}' for at, target in enumerate(targets))}}}\n"
            f"    otherwise: {targets[0]}\n"
        ).steps[name]
        for name, targets in zip(NAMES, ways, strict=True)
    }
    drawn = draw(Flow(name="x", start="s0", operator="s1", steps=steps))
    assert {box.name for box in drawn.boxes} == set(NAMES)
    told = {(box.name, stub.target) for box in drawn.boxes for stub in box.stubs}
    wanted = {(name, target) for name, targets in zip(NAMES, ways, strict=True) for target in targets}
    assert len(told) + len(drawn.lines) == len(wanted), "every way is a line or a word"
    for one, other in itertools.combinations(drawn.boxes, 2):
        assert one.x != other.x or one.y + one.height <= other.y or other.y + other.height <= one.y
    sides = {(box.x + side, box.y + drawing.HEIGHT // 2) for box in drawn.boxes for side in (0, WIDTH)}
    for line in drawn.lines:
        assert {line.points[0], line.points[-1]} <= sides
        assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in line.points)
