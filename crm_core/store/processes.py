"""Processes by version: kept, published, rolled back; who runs them (shell).

A body never changes: a correction is the next version. What runs ends on the version it began on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import BadValue, FlowOutOfTurn, NoSuchProcess, WorkRefused
from crm_core.flowlife import TRANSITIONS, FlowState, FlowStep, publishing
from crm_core.processes import process as shape
from crm_core.processes.checking import Finding, Known, check
from crm_core.processes.process import Process
from crm_core.store import access_log, kinds, teams
from crm_core.tables import process_owners, process_versions, users
from crm_core.text import one_line
from crm_core.versions import Version

ACTION = "process.managed"
LONGEST_NOTE = 300
MOST_OWNERS = 50
SHIPPED, OFFICE = "shipped", "office"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A version with its steps."""

    version_id: int
    kind: str
    version: int
    state: FlowState
    note: str
    process: Process


def _kept(row: Row[*tuple[Any, ...]]) -> Kept:
    process, defects = shape.read(row.body)
    if process is None:
        # What is stored was read before; somebody has changed the row by hand.
        raise BadValue(f"process {row.kind} version {row.version}: {defects[0].code} at {defects[0].place}")
    return Kept(
        version_id=row.id, kind=row.kind, version=row.version, state=FlowState(row.state), note=row.note,
        process=process,
    )  # fmt: skip


async def versions(db: AsyncConnection, kind: str, *, before: int | None = None, limit: int = 50) -> list[Version]:
    """Return the versions of a kind's process, newest first."""
    made, published_by = users.alias("made"), users.alias("published")
    query = (
        select(process_versions, made.c.name.label("maker"), published_by.c.name.label("publisher"))
        .outerjoin(made, made.c.id == process_versions.c.made_by)
        .outerjoin(published_by, published_by.c.id == process_versions.c.published_by)
        .where(process_versions.c.kind == kind)
        .order_by(process_versions.c.version.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(process_versions.c.version < before)
    return [
        Version(
            version_id=row.id, version=row.version, state=FlowState(row.state), origin=row.origin, note=row.note,
            made_by=row.maker or "", made_at=row.made_at, published_by=row.publisher or "",
            published_at=row.published_at,
        )
        for row in await db.execute(query)
    ]  # fmt: skip


async def one(db: AsyncConnection, version_id: int) -> Kept:
    """Return a version.

    Raises:
        NoSuchProcess: there is none of this key.

    """
    row = (await db.execute(select(process_versions).where(process_versions.c.id == version_id))).one_or_none()
    if row is None:
        raise NoSuchProcess(f"there is no version {version_id} of a process")
    return _kept(row)


async def some(db: AsyncConnection, version_ids: Collection[int]) -> Mapping[int, Kept]:
    """Return some versions by their keys."""
    query = select(process_versions).where(process_versions.c.id.in_(version_ids))
    return {row.id: _kept(row) for row in await db.execute(query)} if version_ids else {}


async def published(db: AsyncConnection, kind: str) -> Kept | None:
    """Return the version that applications of a kind are filed on, None where it has no steps of its own."""
    query = select(process_versions).where(
        process_versions.c.kind == kind, process_versions.c.state == FlowState.PUBLISHED.value
    )
    row = (await db.execute(query)).one_or_none()
    return None if row is None else _kept(row)


async def known(db: AsyncConnection, kind: str) -> Known:
    """Return what a process of a kind can name.

    Raises:
        NoSuchProcess: there is no such kind.

    """
    found = await kinds.latest(db, kind)
    if found is None:
        raise NoSuchProcess(f"there is no kind of application {one_line(kind, 30)}")
    return Known(
        kind=found,
        teams=[team.code for team in await teams.everyone(db)],
        people=[person.user_id for person in await teams.workers(db)],
    )


async def findings(db: AsyncConnection, kind: str, process: Process) -> tuple[Finding, ...]:
    """Return what speaks against a process today."""
    return check(process, await known(db, kind))


async def keep(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, kind: str, process: Process, note: str, by: int | None, origin: str = OFFICE
) -> int:
    """Keep a new version as a draft; returns its key. Whether it can run is asked when it is published.

    Raises:
        NoSuchProcess: there is no such kind.

    """
    if await kinds.latest(db, kind) is None:
        raise NoSuchProcess(f"there is no kind of application {one_line(kind, 30)}")
    await _lock(db, kind)
    newest = select(func.coalesce(func.max(process_versions.c.version), 0) + 1).where(process_versions.c.kind == kind)
    values = {
        "kind": kind,
        "version": newest.scalar_subquery(),
        "body": shape.dump(process),
        "note": one_line(note, LONGEST_NOTE),
        "origin": origin,
        "made_by": by,
    }
    row = (
        await db.execute(
            insert(process_versions).values(values).returning(process_versions.c.id, process_versions.c.version)
        )
    ).one()
    await access_log.record(db, by, ACTION, f"process {kind} version {row.version}", "kept")
    return int(row.id)


async def _lock(db: Writing, kind: str) -> None:
    """Let one transaction at a time number and publish versions of a process."""
    await db.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 9))"), {"name": f"process {kind}"})


async def publish(db: Writing, version_id: int, by: int | None, now: datetime, *, instead_of: int | None) -> FlowStep:
    """File applications on a version from now on; a retired one is rolled back to.

    Args:
        db: the transaction.
        version_id: which.
        by: who.
        now: the present moment.
        instead_of: key of the published version that the person saw, None when there was none.

    Raises:
        NoSuchProcess: there is none of this key.
        FlowOutOfTurn: it is published already, or another one was meanwhile.
        WorkRefused: something speaks against it (`process-wrong`).

    """
    await _lock(db, (await one(db, version_id)).kind)
    wanted = await one(db, version_id)
    step, served = publishing(wanted.state), await published(db, wanted.kind)
    if step is None or (served.version_id if served else None) != instead_of:
        raise FlowOutOfTurn(f"version {wanted.version} of {wanted.kind} is {wanted.state}")
    if await findings(db, wanted.kind, wanted.process):
        raise WorkRefused("process-wrong")
    if served is not None:
        await _set(db, served.version_id, TRANSITIONS[FlowState.PUBLISHED, FlowStep.REPLACE])
    await _set(db, version_id, TRANSITIONS[wanted.state, step], published_by=by, published_at=now)
    await access_log.record(db, by, ACTION, f"process {wanted.kind} version {wanted.version}", str(step))
    return step


async def end(db: Writing, version_id: int, by: int | None) -> None:
    """Retire a version: a draft is discarded, and after a published one applications are filed without steps again.

    Raises:
        NoSuchProcess: there is none of this key.
        FlowOutOfTurn: it is retired already.

    """
    await _lock(db, (await one(db, version_id)).kind)
    wanted = await one(db, version_id)
    step = FlowStep.REPLACE if wanted.state is FlowState.PUBLISHED else FlowStep.DISCARD
    after = TRANSITIONS.get((wanted.state, step))
    if after is None:
        raise FlowOutOfTurn(f"version {wanted.version} of {wanted.kind} is {wanted.state}")
    await _set(db, version_id, after)
    await access_log.record(db, by, ACTION, f"process {wanted.kind} version {wanted.version}", "retired")


async def _set(db: Writing, version_id: int, state: FlowState, **more: object) -> None:
    await db.execute(
        update(process_versions).where(process_versions.c.id == version_id).values({"state": state.value, **more})
    )


async def owners(db: AsyncConnection, kind: str) -> list[tuple[int, str]]:
    """Return who runs a kind's process, by name: number and name of each."""
    query = (
        select(users.c.id, users.c.name)
        .join(process_owners, process_owners.c.user_id == users.c.id)
        .where(process_owners.c.kind == kind)
        .order_by(users.c.name, users.c.id)
        .limit(MOST_OWNERS)
    )
    return [(row.id, row.name) for row in await db.execute(query)]


async def name_owners(db: Writing, kind: str, user_ids: Sequence[int], by: int) -> None:
    """Say who runs a kind's process.

    Raises:
        NoSuchProcess: there is no such kind.
        BadValue: somebody who cannot be given work, or too many.

    """
    there = (await known(db, kind)).people
    strange = [one for one in user_ids if one not in there]
    if strange or len(user_ids) > MOST_OWNERS:
        raise BadValue(f"owners: nobody who works here has the number {min(strange, default=0)}")
    await _lock(db, kind)
    await db.execute(delete(process_owners).where(process_owners.c.kind == kind))
    if user_ids:
        rows = [{"kind": kind, "user_id": one} for one in sorted(set(user_ids))]
        await db.execute(insert(process_owners), rows)
    said = ", ".join(str(one) for one in sorted(set(user_ids))) or "nobody"
    await access_log.record(db, by, ACTION, f"process {kind}", f"run by {said}")
