"""The score of a call, held to values that were worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.quality import forms, shipped
from crm_core.quality.forms import Item, ItemKind, Section
from crm_core.quality.scoring import Answers, score, unanswered, unfit

pytestmark = pytest.mark.unit
TITLES = {"en": "Title"}


def item(code: str, weight: int = 1, most: int = 1, *, fatal: bool = False, optional: bool = True) -> Item:
    kind = ItemKind.YES_NO if most == 1 else ItemKind.SCALE
    return Item(code=code, kind=kind, titles=TITLES, weight=weight, most=most, fatal=fatal, optional=optional)


FORM = (
    Section(code="opening", titles=TITLES, weight=20, items=(item("name"), item("listens", 3, 4))),
    Section(code="matter", titles=TITLES, weight=60, items=(item("right", 2, 5), item("secret", 1, fatal=True))),
    Section(code="closing", titles=TITLES, weight=20, items=(item("summary"),)),
)


@pytest.mark.parametrize(
    ("answers", "total", "parts"),
    [
        # Everything was as it should be.
        ({"name": 1, "listens": 4, "right": 5, "secret": 1, "summary": 1}, "100.00", ("100.00", "100.00", "100.00")),
        # (1*0 + 3*3/4) / 4 = 0.5625; (2*4/5 + 1) / 3 = 0.8667; 0.2*56.25 + 0.6*86.667 + 0.2*0 = 63.25
        ({"name": 0, "listens": 3, "right": 4, "secret": 1, "summary": 0}, "63.25", ("56.25", "86.67", "0.00")),
        # A section in which nothing applied is left out: (20*0 + 60*100) / 80 = 75
        (
            {"name": 1, "listens": None, "right": 5, "secret": None, "summary": None},
            "100.00",
            ("100.00", "100.00", None),
        ),
        ({"name": 0, "listens": None, "right": 5, "secret": 1, "summary": None}, "75.00", ("0.00", "100.00", None)),
        # A fatal item takes all; the sections still say what was good.
        ({"name": 1, "listens": 4, "right": 5, "secret": 0, "summary": 1}, "0.00", ("100.00", "66.67", "100.00")),
        (dict.fromkeys(("name", "listens", "right", "secret", "summary")), None, (None, None, None)),
    ],
)
def test_golden_scores(answers: Answers, total: str | None, parts: tuple[str | None, ...]) -> None:
    found = score(FORM, answers)
    assert found.total == (None if total is None else Decimal(total))
    assert tuple(found.sections.values()) == tuple(None if one is None else Decimal(one) for one in parts)


def test_a_form_of_thirds_is_rounded_once() -> None:
    thirds = (Section(code="a", titles=TITLES, weight=1, items=tuple(item(f"x{n}") for n in range(3))),)
    assert score(thirds, {"x0": 1, "x1": 0, "x2": 0}).total == Decimal("33.33")
    assert score(thirds, {"x0": 1, "x1": 1, "x2": 0}).total == Decimal("66.67")
    eighth = (Section(code="a", titles=TITLES, weight=1, items=(item("x", 1), item("y", 799))),)
    assert score(eighth, {"x": 1, "y": 0}).total == Decimal("0.13"), "0.125 is rounded half up"


def test_a_fatal_item_that_did_not_apply_takes_nothing() -> None:
    found = score(FORM, {"name": 1, "listens": 4, "right": 5, "secret": None, "summary": 1})
    assert (found.total, found.fatal) == (Decimal("100.00"), ())


def test_what_lacks_and_what_does_not_fit_is_named() -> None:
    assert unanswered(FORM, {"name": 1, "right": None}) == ("listens", "secret", "summary")
    strict = (Section(code="a", titles=TITLES, weight=1, items=(item("x", most=5, optional=False),)),)
    assert unfit(strict, {"x": 5}) == ()
    for answers in ({"x": 6}, {"x": -1}, {"x": None}, {"y": 1}):
        assert unfit(strict, answers) == tuple(answers)


SHIPPED = forms.read(shipped.SECTIONS)[0]
ANY = st.fixed_dictionaries(
    {code: st.one_of(st.none(), st.integers(0, one.most)) for code, one in forms.items(SHIPPED).items()}
)


@settings(max_examples=40)
@given(ANY, st.sampled_from(sorted(forms.items(SHIPPED))))
def test_a_score_lies_between_nothing_and_a_hundred_and_a_better_answer_never_lowers_it(
    answers: dict[str, int | None], code: str
) -> None:
    before, points = score(SHIPPED, answers).total, answers[code]
    assert before is None or 0 <= before <= 100
    if points is not None and before is not None:
        after = score(SHIPPED, {**answers, code: forms.items(SHIPPED)[code].most}).total
        assert after is not None
        assert after >= before
