"""Evaluation forms on record: a draft of each at most, one version published, older ones kept (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Action
from crm_core.db import Writing
from crm_core.errors import EvaluationOutOfTurn, NoSuchEvaluation
from crm_core.quality import forms
from crm_core.quality.forms import TRANSITIONS, FormState, FormStep, Section
from crm_core.store import access_log
from crm_core.tables import evaluation_forms, users

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a form."""

    form_id: int
    code: str
    version: int
    titles: Mapping[str, str]
    sections: tuple[Section, ...]
    dispute_days: int
    state: FormState
    changed_by: str
    changed_at: datetime
    published_at: datetime | None


def _all() -> Select[Any]:
    return select(evaluation_forms, func.coalesce(users.c.name, "").label("author")).outerjoin(
        users, users.c.id == evaluation_forms.c.changed_by
    )


def _version(row: Row[*tuple[Any, ...]]) -> Version:
    return Version(
        form_id=row.id, code=row.code, version=row.version, titles=row.titles,
        sections=forms.read(row.sections)[0], dispute_days=row.dispute_days, state=FormState(row.state),
        changed_by=row.author, changed_at=row.changed_at, published_at=row.published_at,
    )  # fmt: skip


async def listing(db: AsyncConnection, *states: FormState) -> list[Version]:
    """Return versions in some states, by code, the newest first."""
    wanted = [one.value for one in states or tuple(FormState)]
    query = _all().where(evaluation_forms.c.state.in_(wanted))
    query = query.order_by(evaluation_forms.c.code, evaluation_forms.c.version.desc()).limit(MOST_SHOWN)
    return [_version(row) for row in await db.execute(query)]


async def one(db: AsyncConnection, form_id: int) -> Version:
    """Return a version.

    Raises:
        NoSuchEvaluation: there is none of this key.

    """
    row = (await db.execute(_all().where(evaluation_forms.c.id == form_id))).one_or_none()
    if row is None:
        raise NoSuchEvaluation(f"there is no evaluation form {form_id}")
    return _version(row)


async def published(db: AsyncConnection, code: str) -> Version | None:
    """Return the version of a form that new evaluations are scored on, None when it has none."""
    wanted = evaluation_forms.c.code == code, evaluation_forms.c.state == FormState.PUBLISHED.value
    row = (await db.execute(_all().where(*wanted))).one_or_none()
    return None if row is None else _version(row)


async def draft(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, code: str, titles: Mapping[str, str], sections: Sequence[Section], dispute_days: int, by: int,
    now: datetime,
) -> int:  # fmt: skip
    """Keep the draft of a form's next version; the one that is there already is written over. Returns its key."""
    newest = select(func.coalesce(func.max(evaluation_forms.c.version), 0) + 1).where(evaluation_forms.c.code == code)
    changed = {
        "titles": dict(titles), "sections": forms.written(sections), "dispute_days": dispute_days,
        "changed_by": by, "changed_at": now,
    }  # fmt: skip
    row = (
        upsert(evaluation_forms)
        .values(code=code, version=newest.scalar_subquery(), **changed)
        .on_conflict_do_update(
            index_elements=["code"], index_where=evaluation_forms.c.state == FormState.DRAFT.value, set_=changed
        )
    )
    return int((await db.execute(row.returning(evaluation_forms.c.id))).scalar_one())


async def step(db: Writing, form_id: int, does: FormStep, by: int, now: datetime) -> Version:
    """Publish a draft, discard it, or retire what is published; the version published before retires. Returns it.

    Raises:
        NoSuchEvaluation: there is none of this key.
        EvaluationOutOfTurn: it is not in a state for that.

    """
    was = await one(db, form_id)
    after = TRANSITIONS.get((was.state, does))
    if after is None:
        raise EvaluationOutOfTurn(f"the evaluation form {form_id} is {was.state.value}")
    form = evaluation_forms.c
    if after is FormState.PUBLISHED:
        before = update(evaluation_forms).where(form.code == was.code, form.state == FormState.PUBLISHED.value)
        await db.execute(before.values(state=TRANSITIONS[FormState.PUBLISHED, FormStep.RETIRE].value))
    values: dict[str, Any] = {"state": after.value, "changed_by": by, "changed_at": now}
    if after is FormState.PUBLISHED:
        values["published_at"] = now
    change = update(evaluation_forms).where(form.id == form_id, form.state == was.state.value).values(values)
    if not (await db.execute(change)).rowcount:
        raise EvaluationOutOfTurn(f"the evaluation form {form_id} was moved on")
    await access_log.record(
        db, by, Action.MANAGE_QUALITY, f"evaluation form {was.code}", f"version {was.version}: {after.value}"
    )
    return was
