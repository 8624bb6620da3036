"""Calibrations on record: one call scored by several without seeing each other, then compared (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Action
from crm_core.db import Writing
from crm_core.errors import EvaluationOutOfTurn, NoSuchEvaluation
from crm_core.quality import forms
from crm_core.quality.choosing import Source
from crm_core.quality.forms import Section
from crm_core.quality.life import OPEN, EvaluationState, EvaluationStep
from crm_core.quality.scoring import Answers
from crm_core.store import access_log, evaluations
from crm_core.store.evaluation_forms import Version
from crm_core.store.evaluations import Filter, New
from crm_core.store.recordings import Recording
from crm_core.tables import calibrations, recordings, users
from crm_core.tables import evaluation_forms as form_rows
from crm_core.tables import evaluations as rows
from crm_core.text import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What one grader said."""

    evaluation_id: int
    grader_id: int
    grader: str
    submitted: bool
    answers: Answers
    score: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A call that several score."""

    calibration_id: int
    title: str
    operator: str
    began_at: datetime
    """Of the recording."""
    titles: Mapping[str, str]
    """Of the form."""
    sections: tuple[Section, ...]
    due_on: date
    closed_at: datetime | None
    grades: tuple[Grade, ...]

    @property
    def submitted(self) -> tuple[Grade, ...]:
        """What graders said who are ready."""
        return tuple(one for one in self.grades if one.submitted)


def _all() -> Select[Any]:
    return (
        select(
            calibrations, recordings.c.began_at, users.c.name.label("operator"), form_rows.c.titles,
            form_rows.c.sections,
        )
        .join(recordings, recordings.c.id == calibrations.c.recording_id)
        .join(form_rows, form_rows.c.id == calibrations.c.form_id)
        .outerjoin(users, users.c.id == recordings.c.operator_id)
    )  # fmt: skip


async def _with_grades(db: AsyncConnection, found: Sequence[Row[*tuple[Any, ...]]]) -> list[Calibration]:
    query = (
        select(rows, users.c.name)
        .join(users, users.c.id == rows.c.grader_id)
        .where(
            rows.c.calibration_id.in_([row.id for row in found]), rows.c.state != EvaluationState.CANCELLED.value
        )
        .order_by(users.c.name, rows.c.id)
    )  # fmt: skip
    grades: dict[int, list[Grade]] = {}
    for row in await db.execute(query):
        one = Grade(
            evaluation_id=row.id, grader_id=row.grader_id, grader=row.name,
            submitted=row.state == EvaluationState.SUBMITTED.value, answers=row.answers, score=row.score,
        )  # fmt: skip
        grades.setdefault(row.calibration_id, []).append(one)
    return [
        Calibration(
            calibration_id=row.id, title=row.title, operator=row.operator or "", began_at=row.began_at,
            titles=row.titles, sections=forms.read(row.sections)[0], due_on=row.due_on, closed_at=row.closed_at,
            grades=tuple(grades.get(row.id, ())),
        )
        for row in found
    ]  # fmt: skip


async def listing(db: AsyncConnection, *, before: int | None = None, limit: int = 20) -> list[Calibration]:
    """Return calibrations, the newest first."""
    query = _all().order_by(calibrations.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(calibrations.c.id < before)
    return await _with_grades(db, (await db.execute(query)).all())


async def one(db: AsyncConnection, calibration_id: int) -> Calibration:
    """Return a calibration.

    Raises:
        NoSuchEvaluation: there is none of this key.

    """
    found = await _with_grades(db, (await db.execute(_all().where(calibrations.c.id == calibration_id))).all())
    if not found:
        raise NoSuchEvaluation(f"there is no calibration {calibration_id}")
    return found[0]


async def begin(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, heard: Recording, form: Version, title: str, graders: Sequence[int], due_on: date, by: int,
    now: datetime,
) -> int:  # fmt: skip
    """Let several score a recording blind; never the operator himself. Returns the calibration's key.

    Raises:
        NoSuchEvaluation: nobody is on record as the operator of the recording.

    """
    operator_id = heard.operator_id
    if operator_id is None:
        raise NoSuchEvaluation(f"the recording {heard.recording_id} is of nobody")
    values = {
        "recording_id": heard.recording_id, "form_id": form.form_id, "title": one_line(title, 80), "due_on": due_on,
        "made_by": by, "made_at": now,
    }  # fmt: skip
    key = int((await db.execute(insert(calibrations).values(values).returning(calibrations.c.id))).scalar_one())
    new = [
        New(
            recording_id=heard.recording_id, operator_id=operator_id, grader_id=grader, form_id=form.form_id,
            source=Source.CALIBRATION, due_on=due_on, calibration_id=key,
        )
        for grader in graders
        if grader != operator_id
    ]  # fmt: skip
    await evaluations.assign(db, new, now)
    await access_log.record(db, by, Action.MANAGE_QUALITY, f"recording {heard.recording_id}", f"calibration {key}")
    return key


async def close(db: Writing, calibration_id: int, by: int, now: datetime) -> None:
    """Open what the graders said to all of them; who has not scored it yet does not any more.

    Raises:
        NoSuchEvaluation: there is none of this key.
        EvaluationOutOfTurn: it is closed already.

    """
    await one(db, calibration_id)
    change = update(calibrations).where(calibrations.c.id == calibration_id, calibrations.c.closed_at.is_(None))
    if not (await db.execute(change.values(closed_at=now))).rowcount:
        raise EvaluationOutOfTurn(f"the calibration {calibration_id} is closed")
    for was in await evaluations.listing(db, Filter(states=OPEN, calibration_id=calibration_id)):
        await evaluations.step(db, was, EvaluationStep.CANCEL, None, "", now)
    await access_log.record(db, by, Action.MANAGE_QUALITY, f"calibration {calibration_id}", "closed")
