"""How far graders agree: Krippendorff's own examples, and what a page shows of one call."""

from __future__ import annotations

from fractions import Fraction

import pytest

from crm_core.quality.agreement import alpha, by_item, interval, nominal, of_call, of_calls
from crm_core.quality.forms import Item, ItemKind, Section

pytestmark = pytest.mark.unit
TITLES = {"en": "Title"}
FOUR = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
"""Four observers of twelve units, some missing (Krippendorff 2011, section C)."""


def units(*observers: str) -> list[list[Fraction]]:
    """What each unit got, of rows of one observer each."""
    return [
        [Fraction(ord(one)) for one in column if one != "."]
        for column in zip(*(row.split() for row in observers), strict=True)
    ]


def test_two_observers_of_yes_and_no() -> None:
    found = alpha(units("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"), nominal)
    assert found == pytest.approx(0.095, abs=0.0005)


def test_two_observers_of_five_kinds() -> None:
    found = alpha(units("a a b b d c c c e d d a", "b a b b b c c c e d d d"), nominal)
    assert found == pytest.approx(0.692, abs=0.0005)


def test_four_observers_with_answers_missing() -> None:
    assert alpha(units(*FOUR), nominal) == pytest.approx(0.743, abs=0.0005)
    assert alpha(units(*FOUR), interval) == pytest.approx(0.849, abs=0.0005)


def test_who_always_agrees_has_one_and_who_never_could_differ_has_no_figure() -> None:
    assert alpha(units("0 1 0 1", "0 1 0 1")) == 1
    assert alpha(units("1 1 1", "1 1 1")) is None
    assert alpha(units("1 0 1")) is None
    assert alpha([]) is None


def test_opposites_are_worse_than_chance() -> None:
    found = alpha(units("0 1 0 1", "1 0 1 0"))
    assert found is not None
    assert found < 0


FORM = (
    Section(
        code="a", titles=TITLES, weight=1,
        items=(
            Item(code="x", kind=ItemKind.YES_NO, titles=TITLES),
            Item(code="y", kind=ItemKind.SCALE, titles=TITLES, most=4, optional=True),
        ),
    ),
)  # fmt: skip


def test_a_call_is_compared_item_by_item() -> None:
    x, y = by_item(FORM, [{"x": 1, "y": 4}, {"x": 1, "y": None}, {"x": 0, "y": 4}])
    assert (x.percent, x.answers) == (pytest.approx(1 / 3), (1, 1, 0))
    assert (y.percent, y.answers) == (pytest.approx(1 / 3), (4, None, 4))
    assert by_item(FORM, [{"x": 1}])[0].percent is None
    assert by_item(FORM, []) == ()


def test_a_scale_weighs_as_much_as_a_yes() -> None:
    assert of_call(FORM, [{"x": 1, "y": 0}, {"x": 1, "y": 0}]) == 1
    assert of_call(FORM, [{"x": 1, "y": 0}, {"x": 1, "y": 4}]) == of_call(FORM, [{"x": 0, "y": 4}, {"x": 1, "y": 4}])
    assert of_calls([(FORM, [{"x": 1}, {"x": 1}]), (FORM, [{"x": 0}, {"x": 0}])]) == 1
