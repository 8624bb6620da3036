"""Flows of the IVR by version: kept, published, rolled back, and how callers went through them (shell).

A body never changes: a correction is the next version. One version of each name is published; the base tells every
`ivr` process when it is another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import versions as versioned
from crm_core.db import Writing
from crm_core.errors import FlowOutOfTurn, NoSuchFlow
from crm_core.flowlife import TRANSITIONS, FlowState, FlowStep, publishing
from crm_core.store import access_log
from crm_core.tables import flow_versions, flow_walks, users
from crm_core.text import one_line

LONGEST = 30_000
"""Characters of a flow; with letters of two bytes it still fits the body of a form."""
LONGEST_NOTE = 300
GONE = "gone"
"""How a walk ended that the caller ended."""
SHIPPED, OFFICE = "shipped", "office"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(versioned.Version):
    """A version of a flow as lists show it."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(versioned.Text):
    """A version of a flow with what it says."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A version as it was typed."""

    name: str
    body: str
    note: str = ""


async def versions(db: AsyncConnection, name: str, *, before: int | None = None, limit: int = 50) -> list[Version]:
    """Return the versions of a flow, newest first."""
    made, published = users.alias("made"), users.alias("published")
    query = (
        select(flow_versions, made.c.name.label("maker"), published.c.name.label("publisher"))
        .outerjoin(made, made.c.id == flow_versions.c.made_by)
        .outerjoin(published, published.c.id == flow_versions.c.published_by)
        .where(flow_versions.c.name == name)
        .order_by(flow_versions.c.version.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(flow_versions.c.version < before)
    return [_version(row) for row in await db.execute(query)]


def _version(row: Row[*tuple[Any, ...]]) -> Version:
    return Version(
        version_id=row.id,
        name=row.name,
        version=row.version,
        state=FlowState(row.state),
        origin=row.origin,
        note=row.note,
        made_by=row.maker or "",
        made_at=row.made_at,
        published_by=row.publisher or "",
        published_at=row.published_at,
    )


def _texts() -> Select[Any]:
    columns = (flow_versions.c[name] for name in ("id", "name", "version", "state", "note", "body"))
    return select(*columns)


def _text(row: Row[*tuple[Any, ...]]) -> Text:
    return Text(
        version_id=row.id,
        name=row.name,
        version=row.version,
        state=FlowState(row.state),
        note=row.note,
        body=row.body,
    )


async def one(db: AsyncConnection, version_id: int) -> Text:
    """Return a version.

    Raises:
        NoSuchFlow: there is none of this key.

    """
    row = (await db.execute(_texts().where(flow_versions.c.id == version_id))).one_or_none()
    if row is None:
        raise NoSuchFlow(f"there is no version {version_id} of a flow")
    return _text(row)


async def published(db: AsyncConnection, name: str, unless: int = 0) -> Text | int | None:
    """Return what callers are served: its key alone when that is `unless`, None when nothing is published.

    One round trip of two numbers where nothing changed.
    """
    asked = flow_versions.c.name == name, flow_versions.c.state == FlowState.PUBLISHED.value
    key = (await db.execute(select(flow_versions.c.id).where(*asked))).scalar_one_or_none()
    if key is None or key == unless:
        return key
    return await one(db, key)


async def keep(db: Writing, draft: Draft, by: int | None, origin: str = OFFICE) -> int:
    """Keep a new version as a draft; returns its key. Whether it can be served is judged before."""
    body = draft.body.replace("\r\n", "\n").replace("\x00", "")[:LONGEST]
    await _lock(db, draft.name)
    newest = select(func.coalesce(func.max(flow_versions.c.version), 0) + 1).where(flow_versions.c.name == draft.name)
    values = {
        "name": draft.name,
        "version": newest.scalar_subquery(),
        "body": body,
        "note": one_line(draft.note, LONGEST_NOTE),
        "origin": origin,
        "made_by": by,
    }
    new = insert(flow_versions).values(values).returning(flow_versions.c.id, flow_versions.c.version)
    row = (await db.execute(new)).one()
    await access_log.record(db, by, "flow.managed", f"flow {draft.name} version {row.version}", "kept")
    return int(row.id)


async def _lock(db: Writing, name: str) -> None:
    """Let one transaction at a time number and publish versions of a flow."""
    await db.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 9))"), {"name": f"flow {name}"})


async def publish(db: Writing, version_id: int, by: int | None, now: datetime, *, instead_of: int | None) -> FlowStep:
    """Serve a version from the next call on; a retired one is rolled back to.

    Args:
        db: the transaction.
        version_id: which.
        by: who.
        now: the present moment.
        instead_of: key of the published version that the person saw, None when there was none.

    Raises:
        NoSuchFlow: there is none of this key.
        FlowOutOfTurn: it is published already, or another one was meanwhile.

    """
    wanted = await one(db, version_id)
    await _lock(db, wanted.name)
    wanted = await one(db, version_id)
    step = publishing(wanted.state)
    served = await published(db, wanted.name, unless=instead_of or 0)
    if step is None or (served.version_id if isinstance(served, Text) else served) != instead_of:
        raise FlowOutOfTurn(f"version {wanted.version} of {wanted.name} is {wanted.state}")
    if instead_of is not None:
        await _set(db, instead_of, TRANSITIONS[FlowState.PUBLISHED, FlowStep.REPLACE])
    values = {"published_by": by, "published_at": now}
    await _set(db, version_id, TRANSITIONS[wanted.state, step], **values)
    said = f"{step}, instead of version key {instead_of}" if instead_of else str(step)
    await access_log.record(db, by, "flow.managed", f"flow {wanted.name} version {wanted.version}", said)
    return step


async def discard(db: Writing, version_id: int, by: int | None) -> None:
    """Retire a draft.

    Raises:
        NoSuchFlow: there is none of this key.
        FlowOutOfTurn: it is no draft.

    """
    wanted = await one(db, version_id)
    await _lock(db, wanted.name)
    wanted = await one(db, version_id)
    after = TRANSITIONS.get((wanted.state, FlowStep.DISCARD))
    if after is None:
        raise FlowOutOfTurn(f"version {wanted.version} of {wanted.name} is {wanted.state}")
    await _set(db, version_id, after)
    await access_log.record(db, by, "flow.managed", f"flow {wanted.name} version {wanted.version}", "discarded")


async def _set(db: Writing, version_id: int, state: FlowState, **more: object) -> None:
    await db.execute(
        update(flow_versions).where(flow_versions.c.id == version_id).values({"state": state.value, **more})
    )


async def ship(db: Writing, name: str, body: str, now: datetime) -> int | None:
    """Take in the flow that came with the software, once; returns its key when it is new.

    It is published when nothing is, or when an older shipped one is; a utility's own flow stays what callers hear.
    """
    await _lock(db, name)
    known = select(flow_versions.c.id).where(
        flow_versions.c.name == name, flow_versions.c.origin == SHIPPED, flow_versions.c.body == body
    )
    if (await db.execute(known.limit(1))).one_or_none() is not None:
        return None
    asked = flow_versions.c.name == name, flow_versions.c.state == FlowState.PUBLISHED.value
    query = select(flow_versions.c.id, flow_versions.c.origin).where(*asked)
    served = (await db.execute(query)).one_or_none()
    key = await keep(db, Draft(name=name, body=body, note="As it is shipped."), None, SHIPPED)
    if served is None or served.origin == SHIPPED:
        await publish(db, key, None, now, instead_of=None if served is None else served.id)
    return key


# --- how callers went ----------------------------------------------------------------------------


PASSAGES = """
    select step, after, case when after = '' then ending else '' end as ending, count(*) as callers
      from (select split_part(said, '=', 1) as step, ending,
                   coalesce(lead(split_part(said, '=', 1)) over (partition by call_id order by place), '') as after
              from flow_walks, jsonb_array_elements_text(path) with ordinality as steps (said, place)
             where began_at >= :since and began_at < :until) each_step
     group by 1, 2, 3
     order by callers desc, step, after
     limit 2000
"""
"""Every step of every walk beside the one after it, counted: one pass over the walks of a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One caller's way through a flow, as it ended."""

    call_id: str
    version_id: int | None
    began_at: datetime
    ended_at: datetime
    ending: str
    """`queue`, `done`, or `gone`: he hung up."""
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """How many callers went from one step to another; `after` is "" where the IVR had no more of them."""

    step: str
    after: str
    ending: str
    """How it ended where `after` is ""; else ""."""
    callers: int


async def walked(db: Writing, *walks: Walk) -> None:
    """Keep callers' ways; telling one twice is telling it once."""
    values = [
        {
            "call_id": one_line(walk.call_id, 80),
            "version_id": walk.version_id,
            "began_at": walk.began_at,
            "ended_at": walk.ended_at,
            "ending": walk.ending,
            "path": [one_line(step, 120) for step in walk.path],
        }
        for walk in walks
    ]
    await db.execute(upsert(flow_walks).on_conflict_do_nothing(), values)


async def passages(db: AsyncConnection, since: datetime, until: datetime) -> Sequence[Passage]:
    """Return how callers went in `[since, until)`, from step to step and where the IVR had no more of them."""
    rows = await db.execute(text(PASSAGES), {"since": since, "until": until})
    return [Passage(step=row.step, after=row.after, ending=row.ending, callers=row.callers) for row in rows]
