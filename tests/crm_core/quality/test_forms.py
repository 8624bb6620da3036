"""Evaluation forms: what makes sense as one, and the one that is shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crm_core.quality import forms, life, shipped
from crm_core.quality.forms import FormState, ItemKind, read, written
from crm_core.quality.life import EvaluationState, EvaluationStep, StepRefusal, step_refusal
from telephony import lives

pytestmark = pytest.mark.unit


def row(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "kind": "yes_no", "titles": {"en": code.title()}, "weight": 1, **more}


def part(code: str = "a", *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "titles": {"en": code.title()},
        "weight": 10,
        "items": list(rows or (row(f"{code}1"),)),
        **more,
    }


def test_the_shipped_form_is_read_and_written_as_it_is() -> None:
    sections, defects = read(shipped.SECTIONS)
    assert defects == ()
    assert written(sections) == shipped.SECTIONS
    assert sum(one.weight for one in sections) == 100
    assert all(item.titles["ru"] for item in forms.items(sections).values())
    assert {item.code for item in forms.items(sections).values() if item.fatal} == {"verified", "safety", "respect"}


def test_a_scale_has_its_points() -> None:
    sections, defects = read([part("a", row("tone", kind="scale", most=5, weight=3))])
    assert defects == ()
    assert (sections[0].items[0].kind, sections[0].items[0].most) == (ItemKind.SCALE, 5)


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        ([], "quality-sections", ""),
        ("text", "quality-sections", ""),
        ([part(f"s{n}") for n in range(13)], "quality-sections", ""),
        ([part("a", items=[])], "quality-no-items", "a"),
        ([part("a", row("x"), row("x"))], "form-code-twice", "x"),
        ([part("a", row("a"))], "form-code-twice", "a"),
        ([part("a", row("X"))], "form-bad-code", "X"),
        ([part("a", row("x", titles={"ru": "Икс"}))], "form-no-title", "x"),
        ([part("a", row("x", weight=0))], "quality-bad-weight", "x"),
        ([part("a", row("x", weight="2"))], "quality-bad-weight", "x"),
        ([part("a", row("x", kind="scale", most=11))], "quality-bad-kind", "x"),
        ([part("a", row("x", kind="scale", most=1))], "quality-bad-kind", "x"),
        ([part("a", row("x", kind="stars"))], "quality-bad-kind", "x"),
        ([part("a", row("x", kind="scale", most=3, fatal=True))], "quality-fatal-scale", "x"),
        ([part("a", *[row(f"x{n}") for n in range(61)])], "quality-items", ""),
        ([None], "form-bad-code", ""),
    ],
)
def test_what_makes_no_sense_is_told_with_its_place(data: Any, code: str, place: str) -> None:
    assert (code, place) in {(one.code, one.place) for one in read(data)[1]}


def test_the_lives_are_drawn() -> None:
    folder = Path(__file__).resolve().parents[3] / "docs" / "lives"
    drawn = lives.page(
        "The life of an evaluation", "crm_core/quality/life.py", dict(life.TRANSITIONS), EvaluationState.ASSIGNED
    )
    assert (folder / "evaluation.md").read_text(encoding="utf-8") == drawn
    drawn = lives.page(
        "The life of a version of an evaluation form", "crm_core/quality/forms.py", dict(forms.TRANSITIONS),
        FormState.DRAFT,
    )  # fmt: skip
    assert (folder / "evaluation-form.md").read_text(encoding="utf-8") == drawn


GRADER, OPERATOR, THIRD = 1, 2, 3


@pytest.mark.parametrize(
    ("step", "by", "refusal"),
    [
        (EvaluationStep.SUBMIT, GRADER, None),
        (EvaluationStep.SUBMIT, THIRD, StepRefusal.ANOTHER_GRADER),
        (EvaluationStep.SAVE, OPERATOR, StepRefusal.OWN),
        (EvaluationStep.ACKNOWLEDGE, OPERATOR, None),
        (EvaluationStep.DISPUTE, OPERATOR, None),
        (EvaluationStep.DISPUTE, GRADER, StepRefusal.NOT_HIS),
        (EvaluationStep.AMEND, THIRD, None),
        (EvaluationStep.AMEND, GRADER, StepRefusal.SAME_PERSON),
        (EvaluationStep.UPHOLD, OPERATOR, StepRefusal.OWN),
        (EvaluationStep.CANCEL, THIRD, None),
    ],
)
def test_each_step_is_somebodys(step: EvaluationStep, by: int, refusal: StepRefusal | None) -> None:
    assert step_refusal(step, by, GRADER, OPERATOR, blind=False) is refusal


def test_nobody_scores_himself_even_when_he_is_named_as_grader() -> None:
    assert step_refusal(EvaluationStep.SUBMIT, OPERATOR, OPERATOR, OPERATOR, blind=False) is StepRefusal.OWN


def test_a_calibration_is_no_matter_of_the_operator() -> None:
    assert step_refusal(EvaluationStep.DISPUTE, OPERATOR, GRADER, OPERATOR, blind=True) is StepRefusal.BLIND


def test_what_is_over_stays_over() -> None:
    for state in (EvaluationState.CLOSED, EvaluationState.CANCELLED, EvaluationState.ACKNOWLEDGED):
        assert all(life.advance(state, step) is None for step in EvaluationStep)
