"""Evaluations of calls on record: assigned, scored, answered, ruled on; every step leaves a line (shell)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import EvaluationOutOfTurn, NoSuchEvaluation
from crm_core.quality import life
from crm_core.quality.choosing import Source
from crm_core.quality.life import OPEN, EvaluationState, EvaluationStep, StepRefusal
from crm_core.quality.scoring import Answers, Score
from crm_core.recordings import State
from crm_core.store import evaluation_forms
from crm_core.store.evaluation_forms import Version
from crm_core.tables import evaluation_forms as form_rows
from crm_core.tables import evaluation_steps, evaluations, recordings, training_calls, users
from crm_core.text import storable

LONGEST_COMMENT, MOST_COMMENTS = 500, 40
LONGEST_SUMMARY = 2000
MOST_STEPS = 100
BATCH = 1_000
"""Rows of one insert: a statement takes so many values and no more."""
grader, operator = users.alias("grader"), users.alias("operator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What a grader wrote at a moment of the recording."""

    second: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a grader fills in."""

    answers: Answers
    comments: tuple[Comment, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """An evaluation that is to be made."""

    recording_id: int
    operator_id: int
    grader_id: int
    form_id: int
    source: Source
    due_on: date
    cause: str = ""
    rule_id: int | None = None
    week: date | None = None
    calibration_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """An evaluation; nothing in it says who the caller was."""

    evaluation_id: int
    recording_id: int
    began_at: datetime
    """Of the recording."""
    seconds: float
    queue: str
    heard: bool
    """There is something to hear still."""
    operator_id: int
    operator: str
    grader_id: int
    grader: str
    form_id: int
    form_titles: Mapping[str, str]
    dispute_days: int
    source: Source
    cause: str
    calibration_id: int | None
    state: EvaluationState
    sheet: Sheet
    score: Decimal | None
    section_scores: Mapping[str, Decimal | None]
    fatal: tuple[str, ...]
    due_on: date
    submitted_at: datetime | None

    @property
    def blind(self) -> bool:
        """Whether it belongs to a calibration."""
        return self.calibration_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A step that was taken."""

    at: datetime
    who: str
    """"" the house."""
    step: EvaluationStep
    said: str
    score: Decimal | None


def _all() -> Select[Any]:
    return (
        select(
            evaluations, recordings.c.began_at, recordings.c.seconds, recordings.c.queue,
            (recordings.c.state == State.KEPT.value).label("heard"), operator.c.name.label("operator"),
            grader.c.name.label("grader"), form_rows.c.titles.label("form_titles"), form_rows.c.dispute_days,
        )
        .join(recordings, recordings.c.id == evaluations.c.recording_id)
        .join(operator, operator.c.id == evaluations.c.operator_id)
        .join(grader, grader.c.id == evaluations.c.grader_id)
        .join(form_rows, form_rows.c.id == evaluations.c.form_id)
    )  # fmt: skip


def _evaluation(row: Row[*tuple[Any, ...]]) -> Evaluation:
    comments = tuple(Comment(second=second, text=text) for second, text in row.comments)
    return Evaluation(
        evaluation_id=row.id, recording_id=row.recording_id, began_at=row.began_at, seconds=row.seconds,
        queue=row.queue, heard=row.heard, operator_id=row.operator_id, operator=row.operator,
        grader_id=row.grader_id, grader=row.grader, form_id=row.form_id, form_titles=row.form_titles,
        dispute_days=row.dispute_days, source=Source(row.source), cause=row.cause,
        calibration_id=row.calibration_id, state=EvaluationState(row.state),
        sheet=Sheet(answers=row.answers, comments=comments, summary=row.summary), score=row.score,
        section_scores={code: None if one is None else Decimal(one) for code, one in row.section_scores.items()},
        fatal=tuple(row.fatal), due_on=row.due_on, submitted_at=row.submitted_at,
    )  # fmt: skip


async def one(db: AsyncConnection, evaluation_id: int) -> Evaluation:
    """Return an evaluation.

    Raises:
        NoSuchEvaluation: there is none of this key.

    """
    row = (await db.execute(_all().where(evaluations.c.id == evaluation_id))).one_or_none()
    if row is None:
        raise NoSuchEvaluation(f"there is no evaluation {evaluation_id}")
    return _evaluation(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which evaluations a list shows; an empty part shows all."""

    states: Collection[EvaluationState] = frozenset(EvaluationState)
    grader_id: int | None = None
    operator_id: int | None = None
    calibrations: bool = True
    """With those that belong to one."""
    calibration_id: int | None = None
    rulings_of: int | None = None
    """Only what this person may rule on: neither scored by him nor about him."""


async def listing(
    db: AsyncConnection, wanted: Filter, *, after: int | None = None, limit: int = 50
) -> list[Evaluation]:
    """Return evaluations: what is to be scored by the day it is due, everything else the newest first.

    Args:
        db: the base.
        wanted: which.
        after: key of the last one shown before.
        limit: how many at most.

    """
    row = evaluations.c
    query = _all().where(row.state.in_([one.value for one in wanted.states])).limit(limit)
    if wanted.grader_id is not None:
        query = query.where(row.grader_id == wanted.grader_id)
    if wanted.operator_id is not None:
        query = query.where(row.operator_id == wanted.operator_id)
    if wanted.rulings_of is not None:
        query = query.where(row.grader_id != wanted.rulings_of, row.operator_id != wanted.rulings_of)
    if wanted.calibration_id is not None:
        query = query.where(row.calibration_id == wanted.calibration_id)
    if not wanted.calibrations:
        query = query.where(row.calibration_id.is_(None))
    last = select(row.due_on).where(row.id == after).scalar_subquery()
    if set(wanted.states) <= OPEN:
        query = query.order_by(row.due_on, row.id)
        if after is not None:
            query = query.where((row.due_on > last) | ((row.due_on == last) & (row.id > after)))
    else:
        query = query.order_by(row.id.desc())
        if after is not None:
            query = query.where(row.id < after)
    return [_evaluation(found) for found in await db.execute(query)]


async def unread(db: AsyncConnection, operator_id: int) -> int:
    """Return how many scores, and rulings on disputes, an operator has not answered yet."""
    row = evaluations.c
    states = [state.value for state in EvaluationState if life.advance(state, EvaluationStep.CLOSE) is not None]
    query = select(func.count()).where(
        row.operator_id == operator_id, row.state.in_(states), row.calibration_id.is_(None)
    )
    return int((await db.execute(query)).scalar_one())


async def history(db: AsyncConnection, evaluation_id: int) -> list[Line]:
    """Return the steps of an evaluation, oldest first."""
    query = (
        select(evaluation_steps, func.coalesce(users.c.name, "").label("who"))
        .outerjoin(users, users.c.id == evaluation_steps.c.user_id)
        .where(evaluation_steps.c.evaluation_id == evaluation_id)
        .order_by(evaluation_steps.c.id)
        .limit(MOST_STEPS)
    )
    return [
        Line(at=row.at, who=row.who, step=EvaluationStep(row.step), said=row.said, score=row.score)
        for row in await db.execute(query)
    ]


async def of_recording(db: AsyncConnection, recording_id: int) -> int | None:
    """Return the key of the evaluation of a recording that was not cancelled, calibrations aside."""
    row = evaluations.c
    query = select(row.id).where(
        row.recording_id == recording_id, row.calibration_id.is_(None), row.state != EvaluationState.CANCELLED.value
    )
    return (await db.execute(query)).scalar_one_or_none()


async def assign(db: Writing, new: Iterable[New], now: datetime) -> list[int]:
    """Put evaluations on record; recordings that somebody scores already are passed over. Returns the new keys."""
    rows = [
        {
            "recording_id": one.recording_id, "operator_id": one.operator_id, "grader_id": one.grader_id,
            "form_id": one.form_id, "source": one.source.value, "due_on": one.due_on, "cause": one.cause,
            "rule_id": one.rule_id, "week": one.week, "calibration_id": one.calibration_id,
            "state": EvaluationState.ASSIGNED.value, "made_at": now, "changed_at": now,
        }
        for one in new
    ]  # fmt: skip
    made: list[int] = []
    for begin in range(0, len(rows), BATCH):
        row = upsert(evaluations).values(rows[begin : begin + BATCH]).on_conflict_do_nothing()
        made += (await db.execute(row.returning(evaluations.c.id))).scalars()
    return made


async def step(  # noqa: PLR0913, PLR0917 -- what is done, by whom, with which words
    db: Writing, was: Evaluation, does: EvaluationStep, by: int | None, said: str, now: datetime,
    filled: tuple[Sheet, Score] | None = None,
) -> StepRefusal | None:  # fmt: skip
    """Take a step of an evaluation's life; returns what forbids it to this person, None when it was taken.

    Args:
        db: the transaction.
        was: the evaluation as it was shown.
        does: the step.
        by: who takes it; None: the house.
        said: a reason or a ruling.
        now: the present moment.
        filled: what was filled in and its score, of a step that scores.

    Raises:
        EvaluationOutOfTurn: its state does not allow it, or somebody moved it on meanwhile.

    """
    after = life.advance(was.state, does)
    if after is None:
        raise EvaluationOutOfTurn(f"the evaluation {was.evaluation_id} is {was.state.value}")
    if by is not None:
        refusal = life.step_refusal(does, by, was.grader_id, was.operator_id, blind=was.blind)
        if refusal is None and does is EvaluationStep.DISPUTE and was.submitted_at is not None:
            over = now > life.disputable_until(was.submitted_at, was.dispute_days)
            refusal = StepRefusal.TOO_LATE if over else None
        if refusal is not None:
            return refusal
    values: dict[str, Any] = {"state": after.value, "changed_at": now} | _filled(filled)
    if after is EvaluationState.SUBMITTED:
        values["submitted_at"] = now
    row = evaluations.c
    change = update(evaluations).where(row.id == was.evaluation_id, row.state == was.state.value)
    if not (await db.execute(change.values(values))).rowcount:
        raise EvaluationOutOfTurn(f"the evaluation {was.evaluation_id} was moved on")
    if does is not EvaluationStep.SAVE:
        await _note(db, was, does, by, said, now, filled)
    return None


def _filled(filled: tuple[Sheet, Score] | None) -> dict[str, Any]:
    if filled is None:
        return {}
    sheet, score = filled
    return {
        "answers": dict(sheet.answers), "summary": storable(sheet.summary, LONGEST_SUMMARY), "score": score.total,
        "comments": [
            [one.second, storable(one.text, LONGEST_COMMENT)] for one in sheet.comments[:MOST_COMMENTS]
        ],
        "section_scores": {code: None if one is None else str(one) for code, one in score.sections.items()},
        "fatal": list(score.fatal),
    }  # fmt: skip


async def _note(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, was: Evaluation, does: EvaluationStep, by: int | None, said: str, now: datetime,
    filled: tuple[Sheet, Score] | None,
) -> None:  # fmt: skip
    values = {
        "evaluation_id": was.evaluation_id, "at": now, "user_id": by, "step": does.value,
        "said": storable(said, LONGEST_SUMMARY), "score": filled[1].total if filled else was.score,
        "answers": dict(filled[0].answers) if filled else None,
    }  # fmt: skip
    await db.execute(insert(evaluation_steps).values(values))


async def lapsed(db: Writing, now: datetime, limit: int = 200) -> list[Evaluation]:
    """Take hold of what the operator left unanswered for as long as it could be disputed; what moves now is left."""
    row = evaluations.c
    waiting = [state.value for state in EvaluationState if life.advance(state, EvaluationStep.CLOSE) is not None]
    days = func.make_interval(0, 0, 0, form_rows.c.dispute_days)
    query = (
        _all()
        .where(row.state.in_(waiting), row.calibration_id.is_(None), row.changed_at + days < now)
        .order_by(row.changed_at)
        .limit(limit)
        .with_for_update(of=evaluations, skip_locked=True)
    )
    return [_evaluation(found) for found in await db.execute(query)]


async def unheard(db: Writing, limit: int = 200) -> list[Evaluation]:
    """Take hold of what is to be scored yet and can be heard no more; what moves now is left."""
    row = evaluations.c
    query = _all().where(row.state.in_([one.value for one in OPEN]), recordings.c.state != State.KEPT.value)
    query = query.limit(limit).with_for_update(of=evaluations, skip_locked=True)
    return [_evaluation(found) for found in await db.execute(query)]


async def form_of(db: AsyncConnection, was: Evaluation) -> Version:
    """Return the version of the form that an evaluation is scored on."""
    return await evaluation_forms.one(db, was.form_id)


async def graders(db: AsyncConnection, roles: Sequence[str]) -> list[tuple[int, str]]:
    """Return who may be given calls to score, by name."""
    query = select(users.c.id, users.c.name).where(users.c.active, users.c.role.in_(roles))
    return [(row.id, row.name) for row in await db.execute(query.order_by(users.c.name, users.c.id).limit(500))]


async def forget(db: Writing, account_ids: Sequence[int]) -> None:
    """Take away what was written about calls of some accounts: an erasure. Scores stay, they are the operator's."""
    his = select(recordings.c.id).where(recordings.c.account_id.in_(account_ids))
    of_calls = evaluations.c.recording_id.in_(his)
    steps = evaluation_steps.c.evaluation_id.in_(select(evaluations.c.id).where(of_calls))
    await db.execute(update(evaluation_steps).where(steps).values(said=""))
    await db.execute(update(evaluations).where(of_calls).values(comments=[], summary=""))
    await db.execute(update(training_calls).where(training_calls.c.recording_id.in_(his)).values(note=""))
