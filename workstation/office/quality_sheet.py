"""A form that a grader fills in: read from a page, shown on one, with the player beside it (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from starlette.responses import Response

from crm_core.access import Action, may
from crm_core.db import reading
from crm_core.errors import NoSuchEvaluation
from crm_core.quality.forms import Section, items
from crm_core.quality.scoring import Score, score, unanswered, unfit
from crm_core.store import evaluation_forms, evaluations, recordings
from crm_core.store.evaluations import LONGEST_COMMENT, LONGEST_SUMMARY, MOST_COMMENTS, Comment, Evaluation, Sheet
from crm_core.work.fields import named
from workstation import quality_words as said
from workstation import recorded
from workstation.access import Person
from workstation.deps import Parts, number
from workstation.formats import length
from workstation.forms import NOT_A_CHOICE, REQUIRED, Form
from workstation.office.base import show
from workstation.sentences import N_

NOT_APPLICABLE = "na"
NOTHING_APPLIED = N_("At least one item must apply to the call.")
NOT_A_MOMENT = N_("A moment of the recording is needed here, like 1:20.")
BEYOND = N_("The recording is shorter than that.")
WHAT_ABOUT_IT = N_("Say what is to be noticed at this moment.")


def field(code: str) -> str:
    """Return what a page calls an item."""
    return f"i_{code}"


def typed(sheet: Sheet) -> dict[str, str]:
    """Return what was filled in as a page's fields hold it."""
    values = {field(code): NOT_APPLICABLE if one is None else str(one) for code, one in sheet.answers.items()}
    for place, one in enumerate(sheet.comments):
        values |= {f"c{place}_at": length(one.second), f"c{place}_text": one.text}
    return values | {"summary": sheet.summary}


def read(form: Form, sections: Sequence[Section], seconds: float, *, whole: bool) -> tuple[Sheet, Score]:
    """Read what was filled in, with its score; what is not right stands in the form.

    Args:
        form: as it was sent.
        sections: of the version it is scored on.
        seconds: of the recording.
        whole: everything must be answered.

    """
    answers: dict[str, int | None] = {}
    for code in items(sections):
        value = form.values.get(field(code), "")
        if value:
            answers[code] = None if value == NOT_APPLICABLE else _points(value)
    for code in unfit(sections, answers):
        form.refuse(field(code), NOT_A_CHOICE)
        del answers[code]
    for code in unanswered(sections, answers) if whole else ():
        form.refuse(field(code), REQUIRED)
    found = score(sections, answers)
    if whole and form.fine and found.total is None:
        form.refuse("form", NOTHING_APPLIED)
    comments = [one for place in range(MOST_COMMENTS) if (one := _comment(form, place, seconds)) is not None]
    summary = form.prose("summary", LONGEST_SUMMARY)
    return Sheet(answers=answers, comments=tuple(sorted(comments, key=_second)), summary=summary), found


def _points(value: str) -> int:
    """Read points; -1, which no item knows, when they are none."""
    found = number(value)
    return -1 if found is None else found


def _second(one: Comment) -> int:
    return one.second


def _comment(form: Form, place: int, seconds: float) -> Comment | None:
    at, text = f"c{place}_at", f"c{place}_text"
    moment, words = form.text(at, 10), form.text(text, LONGEST_COMMENT)
    if not moment and not words:
        return None
    second = said.seconds_of(moment)
    if second is None:
        form.refuse(at, NOT_A_MOMENT)
    elif second > seconds:
        form.refuse(at, BEYOND)
    if not words:
        form.refuse(text, WHAT_ABOUT_IT)
    return Comment(second=second or 0, text=words)


async def found(parts: Parts, text: str) -> Evaluation:
    """Return the evaluation that an address names.

    Raises:
        NoSuchEvaluation: there is none.

    """
    key = number(text)
    if key is None:
        raise NoSuchEvaluation(f"there is no evaluation {text[:20]}")
    async with reading(parts.engine) as db:
        return await evaluations.one(db, key)


async def page(  # noqa: PLR0913, PLR0917 -- what is shown, and what may be done there
    request: Request, parts: Parts, who: Person, one: Evaluation, form: Form, template: str, **more: Any
) -> Response:
    """Return a page with the player, the sheet and the history of an evaluation."""
    async with reading(parts.engine) as db:
        version = await evaluation_forms.one(db, one.form_id)
        heard = await recordings.one(db, one.recording_id) if one.heard else None
        history = await evaluations.history(db, one.evaluation_id)
    values = typed(one.sheet) | form.values
    rows = [place for place in range(MOST_COMMENTS) if values.get(f"c{place}_at") or values.get(f"c{place}_text")]
    form.values = values
    return show(
        request, who, template, status=200 if form.fine else 422, form=form, one=one, version=version,
        sections=version.sections, answers=values, comment_rows=rows, most_comments=MOST_COMMENTS, history=history,
        drawn=recorded.drawn(heard) if heard else "", pauses=heard.pauses if heard else (), length=length, words=said,
        title=lambda titles: named(titles, who.language), manages=may(who.role, Action.MANAGE_QUALITY), **more,
    )  # fmt: skip
