"""What is done with an application: steps, owners, deadlines, comments, files; each leaves a line (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import BadValue, NoSuchWork, WorkRefused
from crm_core.store import kinds, processes_running, tasks, work_log, working_time
from crm_core.store.applications import judged, last_day
from crm_core.store.teams import WORKERS
from crm_core.store.work_log import APPLICATION, Line
from crm_core.tables import application_files, application_kinds, applications, teams, users
from crm_core.text import storable
from crm_core.work.attachments import MOST, Accepted
from crm_core.work.forms import Fault, Site
from crm_core.work.kinds import Kind, alarms, next_alarm
from crm_core.work.lives import CLOSED, Barred, Mover, Stage, Step, give, move
from crm_core.work.sla import due, resumed


async def _locked(db: Writing, application_id: int) -> Row[*tuple[Any, ...]]:
    query = select(applications).where(applications.c.id == application_id).with_for_update()
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchWork(f"there is no application {application_id}")
    return row


async def _kind(db: AsyncConnection, kind_id: int | None) -> Kind | None:
    return None if kind_id is None else await kinds.by_id(db, kind_id)


async def _change(db: Writing, application_id: int, **values: Any) -> None:
    await db.execute(update(applications).where(applications.c.id == application_id).values(values))


async def step(  # noqa: PLR0913, PLR0917 -- what, by whom, with which words, where and when
    db: Writing, application_id: int, wanted: Step, mover: Mover, said: str, site: Site, now: datetime
) -> Stage:
    """Take an application a step on; whoever starts what nobody has, has it.

    Raises:
        NoSuchWork: there is no such application.
        WorkRefused: not now, not yours, or something is missing; the code says which. Nothing was changed.

    """
    row = await _locked(db, application_id)
    before = Stage(row.stage)
    moved = move(before, wanted, mover, row.owner_id, said)
    if isinstance(moved, Barred):
        raise WorkRefused(moved.code)
    kind = await _kind(db, row.kind_id)
    if moved.stage is Stage.DONE and kind is not None and await _missing(db, application_id, kind):
        raise WorkRefused("documents-missing")
    if wanted is Step.FINISH:
        await processes_running.require_end(db, application_id)
    changes: dict[str, Any] = {"stage": moved.stage.value}
    lines = [
        Line(
            subject_id=application_id, what="stage", user_id=mover.user_id, before=row.stage,
            after=moved.stage.value, said=said,
        )
    ]  # fmt: skip
    if wanted is Step.START and row.owner_id is None:
        changes["owner_id"] = mover.user_id
        lines.append(Line(subject_id=application_id, what="owner", user_id=mover.user_id, after=str(mover.user_id)))
    changes |= await _clock(db, row, kind, wanted, moved.stage, site, now)
    if moved.stage in CLOSED:
        changes |= {"closed_at": now, "result": storable(said, 4000)}
        await tasks.cancel_of_application(db, application_id, now)
    await _change(db, application_id, **changes)
    await work_log.add(db, APPLICATION, now, lines)
    await processes_running.follow(db, application_id, wanted, moved.stage, site, now)
    return moved.stage


async def _clock(  # noqa: PLR0913, PLR0917 -- everything a deadline hangs on
    db: Writing, row: Row[*tuple[Any, ...]], kind: Kind | None, wanted: Step, stage: Stage, site: Site, now: datetime
) -> dict[str, Any]:
    """Deadline and next alarm after a step."""
    if stage in CLOSED:
        return {"alarm_at": None, "alarm": None, "waiting_since": None}
    if stage is Stage.WAITING:
        return {"waiting_since": now}
    if kind is None:
        return {"waiting_since": None, "closed_at": None}
    calendar = await working_time.calendar(db, site)
    deadline = row.due_at
    if wanted is Step.REOPEN and kind.term is not None:
        deadline = due(calendar, now, kind.term)
    elif row.waiting_since is not None and deadline is not None and kind.term is not None:
        deadline = resumed(calendar, kind.term, row.waiting_since, now, deadline)
    # A clock that began anew plans anew; one that ran on only leaves out what is no longer to come.
    since = row.filed_at if deadline == row.due_at and row.filed_at is not None else now
    alarm = next_alarm(alarms(kind, calendar, since, deadline), now, accepted=True)
    return {
        "due_at": deadline,
        "due_on": last_day(deadline, calendar) or row.due_on,
        "waiting_since": None,
        "closed_at": None,
        "late_at": None if wanted is Step.REOPEN else row.late_at,
        "alarm_at": None if alarm is None else alarm.at,
        "alarm": None if alarm is None else alarm.why,
    }


async def _missing(db: AsyncConnection, application_id: int, kind: Kind) -> bool:
    query = select(application_files.c.document).where(application_files.c.application_id == application_id).distinct()
    there = {row.document for row in await db.execute(query)}
    return any(one.required and one.code not in there for one in kind.documents)


async def assign(  # noqa: PLR0913 -- to whom, by whom, why and when
    db: Writing,
    application_id: int,
    mover: Mover,
    *,
    owner_id: int | None,
    team: str | None,
    now: datetime,
    said: str = "",
    away: int | None = None,
) -> None:
    """Give an application to somebody, or to a team; None of both puts it back.

    `away` is somebody who is not here today (`crm_core.work.lives.give`).

    Raises:
        NoSuchWork: there is no such application.
        WorkRefused: it is somebody else's, or closed.
        BadValue: nobody who works here, or no such team.

    """
    row = await _locked(db, application_id)
    if Stage(row.stage) in CLOSED:
        raise WorkRefused("step-not-now")
    barred = give(mover, row.owner_id, owner_id, away=away)
    if barred is not None:
        raise WorkRefused(barred.code)
    await fit(db, owner_id, team)
    lines = [
        Line(subject_id=application_id, what=what, user_id=mover.user_id, before=before, after=after, said=said)
        for what, before, after in (
            ("owner", str(row.owner_id or ""), str(owner_id or "")),
            ("team", row.team or "", team or ""),
        )
        if before != after
    ]
    await _change(db, application_id, owner_id=owner_id, team=team or None)
    await work_log.add(db, APPLICATION, now, lines)


async def fit(db: AsyncConnection, owner_id: int | None, team: str | None) -> None:
    """Check that work can be given to somebody and to a team.

    Raises:
        BadValue: nobody who works here, or no such team.

    """
    if owner_id is not None:
        query = select(users.c.id).where(users.c.id == owner_id, users.c.active, users.c.role.in_(WORKERS))
        if (await db.execute(query)).one_or_none() is None:
            raise BadValue(f"owner: nobody who works here has the number {owner_id}")
    if team:
        known = select(teams.c.code).where(teams.c.code == team, ~teams.c.retired)
        if (await db.execute(known)).one_or_none() is None:
            raise BadValue("team: there is no such team")


async def move_deadline(  # noqa: PLR0913, PLR0917 -- what, by whom, why, where and when
    db: Writing, application_id: int, mover: Mover, due_at: datetime, said: str, site: Site, now: datetime
) -> None:
    """Set another deadline, with a reason; only who leads may.

    Raises:
        NoSuchWork: there is no such application.
        WorkRefused: not yours, closed, or without a reason.
        BadValue: the deadline has passed already.

    """
    row = await _locked(db, application_id)
    if not mover.leads:
        raise WorkRefused("step-not-yours")
    if Stage(row.stage) in CLOSED:
        raise WorkRefused("step-not-now")
    if not said.strip():
        raise WorkRefused("reason-missing")
    if due_at <= now:
        raise BadValue("due_at: a deadline lies ahead")
    kind = await _kind(db, row.kind_id)
    alarm = None
    calendar = await working_time.calendar(db, site)
    if kind is not None:
        planned = alarms(kind, calendar, now, due_at)
        alarm = next_alarm(planned, now, accepted=row.stage != Stage.FILED)
    await _change(
        db, application_id, due_at=due_at, due_on=last_day(due_at, calendar),
        alarm_at=None if alarm is None else alarm.at, alarm=None if alarm is None else alarm.why,
    )  # fmt: skip
    line = Line(
        subject_id=application_id, what="due", user_id=mover.user_id, said=said,
        before="" if row.due_at is None else row.due_at.isoformat(), after=due_at.isoformat(),
    )  # fmt: skip
    await work_log.add(db, APPLICATION, now, [line])


async def refill(  # noqa: PLR0913, PLR0917 -- what, by whom, why, where and when
    db: Writing, application_id: int, mover: Mover, values: dict[str, object], said: str, site: Site, now: datetime
) -> dict[str, Fault]:
    """Correct what was filed, by the version it was filed on; what stood there before stays in the history.

    Returns:
        What is wrong with the form, by field; then nothing was stored.

    Raises:
        NoSuchWork: there is no such application.
        WorkRefused: it is closed, came without a form, is somebody else's, or there is no reason.

    """
    row = await _locked(db, application_id)
    kind = await _kind(db, row.kind_id)
    if kind is None or Stage(row.stage) in CLOSED:
        raise WorkRefused("step-not-now")
    if row.owner_id not in {None, mover.user_id} and not mover.leads:
        raise WorkRefused("step-not-yours")
    if not said.strip():
        raise WorkRefused("reason-missing")
    filled = await judged(db, kind, row.account_id, values, site, now)
    if not filled.fine:
        return dict(filled.faults)
    old, new = row.form or {}, dict(filled.values)
    lines = [
        Line(
            subject_id=application_id, what="form", user_id=mover.user_id, said=said,
            before=f"{name}: {old.get(name, '')}", after=f"{name}: {new.get(name, '')}",
        )
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]  # fmt: skip
    await _change(db, application_id, form=new)
    await work_log.add(db, APPLICATION, now, lines)
    return {}


async def comment(db: Writing, application_id: int, user_id: int, text: str, now: datetime) -> None:
    """Say something about an application.

    Raises:
        NoSuchWork: there is no such application.
        WorkRefused: nothing was said.

    """
    await _locked(db, application_id)
    if not text.strip():
        raise WorkRefused("comment-empty")
    await work_log.add(
        db, APPLICATION, now, [Line(subject_id=application_id, what="comment", user_id=user_id, said=text.strip())]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of an application; its bytes are on the shelf."""

    file_id: int
    document: str
    name: str
    media_type: str
    size: int
    digest: str
    by: str
    at: datetime


async def attach(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, application_id: int, accepted: Accepted, digest: str, size: int, document: str, by: int, now: datetime
) -> int:
    """Note a file whose bytes are on the shelf; the same file again is one file. Returns its key.

    Raises:
        NoSuchWork: there is no such application.
        WorkRefused: it has too many files.
        BadValue: its kind knows no such document.

    """
    row = await _locked(db, application_id)
    kind = await _kind(db, row.kind_id)
    if document and (kind is None or document not in {one.code for one in kind.documents}):
        raise BadValue("document: this kind of application knows no such document")
    count = select(func.count()).where(application_files.c.application_id == application_id)
    if (await db.scalar(count) or 0) >= MOST:
        raise WorkRefused("file-too-many")
    new = upsert(application_files).values(
        application_id=application_id, document=document, name=accepted.name, media_type=accepted.media_type,
        size=size, digest=digest, by_user=by, at=now,
    )  # fmt: skip
    key = await db.scalar(
        new.on_conflict_do_nothing(index_elements=["application_id", "digest", "document"]).returning(
            application_files.c.id
        )
    )
    if key is not None:
        line = Line(subject_id=application_id, what="file", user_id=by, after=accepted.name, said=document)
        await work_log.add(db, APPLICATION, now, [line])
        return int(key)
    known = select(application_files.c.id).where(
        application_files.c.application_id == application_id,
        application_files.c.digest == digest,
        application_files.c.document == document,
    )
    return int((await db.execute(known)).scalar_one())


async def files(db: AsyncConnection, application_id: int) -> Sequence[File]:
    """Return the files of an application, oldest first."""
    query = (
        select(application_files, users.c.name.label("by"))
        .outerjoin(users, users.c.id == application_files.c.by_user)
        .where(application_files.c.application_id == application_id)
        .order_by(application_files.c.id)
        .limit(MOST)
    )
    return [
        File(
            file_id=row.id, document=row.document, name=row.name, media_type=row.media_type, size=row.size,
            digest=row.digest, by=row.by or "", at=row.at,
        )
        for row in await db.execute(query)
    ]  # fmt: skip


async def kind_of(db: AsyncConnection, application_id: int) -> Kind | None:
    """Return the version an application runs on, None for what came from elsewhere."""
    query = (
        select(application_kinds.c.id)
        .join(applications, applications.c.kind_id == application_kinds.c.id)
        .where(applications.c.id == application_id)
    )
    return await _kind(db, await db.scalar(query))
