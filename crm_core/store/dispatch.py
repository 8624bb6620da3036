"""What managers set for routing: rules by version, queues, what operators can do (shell).

A version's body never changes: a correction is the next one, and one version is published. The running floor is told of
every change by the base itself (`CHANNEL`), when the transaction is committed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Update, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Role
from crm_core.db import Writing
from crm_core.errors import NoSuchOperator, NoSuchPolicy, NoSuchQueue, PolicyOutOfTurn
from crm_core.flowlife import TRANSITIONS, FlowState, FlowStep, publishing
from crm_core.store import access_log
from crm_core.tables import queues, routing_versions, users
from crm_core.text import one_line
from crm_core.versions import Text, Version

CHANNEL = "busbar_dispatch"
"""Where the base notifies of changes (`LISTEN`)."""
ACTION = "routing.managed"
LONGEST = 30_000
"""Characters of a policy."""
LONGEST_NOTE = 300
SHIPPED, OFFICE = "shipped", "office"
MOST_QUEUES = 200
MOST_OPERATORS = 2000


# --- rules ------------------------------------------------------------------------------------------------------------


async def versions(db: AsyncConnection, *, before: int | None = None, limit: int = 50) -> list[Version]:
    """Return the versions of the rules, newest first."""
    made, published = users.alias("made"), users.alias("published")
    query = (
        select(routing_versions, made.c.name.label("maker"), published.c.name.label("publisher"))
        .outerjoin(made, made.c.id == routing_versions.c.made_by)
        .outerjoin(published, published.c.id == routing_versions.c.published_by)
        .order_by(routing_versions.c.version.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(routing_versions.c.version < before)
    return [
        Version(
            version_id=row.id,
            version=row.version,
            state=FlowState(row.state),
            origin=row.origin,
            note=row.note,
            made_by=row.maker or "",
            made_at=row.made_at,
            published_by=row.publisher or "",
            published_at=row.published_at,
        )
        for row in await db.execute(query)
    ]


def _texts() -> Select[Any]:
    return select(*(routing_versions.c[name] for name in ("id", "version", "state", "note", "body")))


def _text(row: Row[*tuple[Any, ...]]) -> Text:
    return Text(version_id=row.id, version=row.version, state=FlowState(row.state), note=row.note, body=row.body)


async def one(db: AsyncConnection, version_id: int) -> Text:
    """Return a version.

    Raises:
        NoSuchPolicy: there is none of this key.

    """
    row = (await db.execute(_texts().where(routing_versions.c.id == version_id))).one_or_none()
    if row is None:
        raise NoSuchPolicy(f"there is no version {version_id} of the routing rules")
    return _text(row)


async def published(db: AsyncConnection) -> Text | None:
    """Return the rules in force, None when none were ever published."""
    row = (await db.execute(_texts().where(routing_versions.c.state == FlowState.PUBLISHED.value))).one_or_none()
    return None if row is None else _text(row)


async def keep(db: Writing, body: str, note: str, by: int | None, origin: str = OFFICE) -> int:
    """Keep a new version as a draft; returns its key. Whether it can be used is judged before."""
    await _lock(db)
    newest = select(func.coalesce(func.max(routing_versions.c.version), 0) + 1)
    values = {
        "version": newest.scalar_subquery(),
        "body": body.replace("\r\n", "\n").replace("\x00", "")[:LONGEST],
        "note": one_line(note, LONGEST_NOTE),
        "origin": origin,
        "made_by": by,
    }
    new = insert(routing_versions).values(values).returning(routing_versions.c.id, routing_versions.c.version)
    row = (await db.execute(new)).one()
    await access_log.record(db, by, ACTION, f"routing rules version {row.version}", "kept")
    return int(row.id)


async def _lock(db: Writing) -> None:
    """Let one transaction at a time number and publish versions."""
    await db.execute(text("select pg_advisory_xact_lock(hashtextextended('routing rules', 11))"))


async def publish(db: Writing, version_id: int, by: int | None, now: datetime, *, instead_of: int | None) -> FlowStep:
    """Put a version in force at once; a retired one is rolled back to.

    Args:
        db: the transaction.
        version_id: which.
        by: who.
        now: the present moment.
        instead_of: key of the published version that the person saw, None when there was none.

    Raises:
        NoSuchPolicy: there is none of this key.
        PolicyOutOfTurn: it is published already, or another one was meanwhile.

    """
    await _lock(db)
    wanted = await one(db, version_id)
    step = publishing(wanted.state)
    served = await published(db)
    if step is None or (served.version_id if served is not None else None) != instead_of:
        raise PolicyOutOfTurn(f"version {wanted.version} of the routing rules is {wanted.state}")
    if instead_of is not None:
        await db.execute(_set(instead_of, TRANSITIONS[FlowState.PUBLISHED, FlowStep.REPLACE]))
    await db.execute(_set(version_id, TRANSITIONS[wanted.state, step], published_by=by, published_at=now))
    said = f"{step}, instead of version key {instead_of}" if instead_of else str(step)
    await access_log.record(db, by, ACTION, f"routing rules version {wanted.version}", said)
    return step


async def discard(db: Writing, version_id: int, by: int | None) -> None:
    """Retire a draft.

    Raises:
        NoSuchPolicy: there is none of this key.
        PolicyOutOfTurn: it is no draft.

    """
    await _lock(db)
    wanted = await one(db, version_id)
    after = TRANSITIONS.get((wanted.state, FlowStep.DISCARD))
    if after is None:
        raise PolicyOutOfTurn(f"version {wanted.version} of the routing rules is {wanted.state}")
    await db.execute(_set(version_id, after))
    await access_log.record(db, by, ACTION, f"routing rules version {wanted.version}", "discarded")


def _set(version_id: int, state: FlowState, **more: object) -> Update:
    mine = update(routing_versions).where(routing_versions.c.id == version_id)
    return mine.values({"state": state.value, **more})


async def ship(db: Writing, body: str, now: datetime) -> int | None:
    """Take in the rules that came with the software, once; returns their key when they are new.

    They are published when nothing is, or when older shipped ones are; a utility's own rules stay in force.
    """
    await _lock(db)
    known = select(routing_versions.c.id).where(routing_versions.c.origin == SHIPPED, routing_versions.c.body == body)
    if (await db.execute(known.limit(1))).one_or_none() is not None:
        return None
    query = select(routing_versions.c.id, routing_versions.c.origin)
    served = (await db.execute(query.where(routing_versions.c.state == FlowState.PUBLISHED.value))).one_or_none()
    key = await keep(db, body, "As it is shipped.", None, SHIPPED)
    if served is None or served.origin == SHIPPED:
        await publish(db, key, None, now, instead_of=None if served is None else served.id)
    return key


# --- queues -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue as it is set; what the texts may be is in docs/routing.md."""

    code: str
    title: str = ""
    opening: str = "always"
    """`always`, `utility` (its working time), `own` (`hours`; the utility's holidays and days off count too)."""
    hours: Sequence[tuple[int, str, str]] = ()
    """Weekday from Monday 0, from, until (`HH:MM`)."""
    threshold: int | None = None
    """Seconds of the service level; None: the house's."""
    most_waiting: int | None = None
    overflow_after: int | None = None
    """Seconds of waiting in this queue."""
    when_closed: str = ""
    when_full: str = ""
    when_nobody: str = ""
    when_late: str = ""
    last_resort: str = ""
    """Queue whose operators serve its callers when nobody of its own can (`crm_core.resorts`)."""


FIELDS = (
    "title", "opening", "threshold", "most_waiting", "overflow_after", "when_closed", "when_full", "when_nobody",
    "when_late", "last_resort",
)  # fmt: skip


async def every_queue(db: AsyncConnection) -> list[Queue]:
    """Return all queues, by name."""
    rows = await db.execute(select(queues).order_by(queues.c.code).limit(MOST_QUEUES))
    return [_queue(row) for row in rows]


async def resorts(db: AsyncConnection) -> dict[str, str]:
    """Return the queue of last resort of each queue that has one."""
    query = select(queues.c.code, queues.c.last_resort).where(queues.c.last_resort != "").order_by(queues.c.code)
    return {row.code: row.last_resort for row in await db.execute(query.limit(MOST_QUEUES))}


async def queue(db: AsyncConnection, code: str) -> Queue:
    """Return a queue.

    Raises:
        NoSuchQueue: there is none of this name.

    """
    row = (await db.execute(select(queues).where(queues.c.code == code))).one_or_none()
    if row is None:
        raise NoSuchQueue(f"there is no queue {one_line(code, 40)}")
    return _queue(row)


def _queue(row: Row[*tuple[Any, ...]]) -> Queue:
    hours = tuple((int(day), str(opens), str(closes)) for day, opens, closes in row.hours)
    return Queue(code=row.code, hours=hours, **{name: getattr(row, name) for name in FIELDS})


async def save_queue(db: Writing, wanted: Queue, by: int | None) -> None:
    """Make a queue or change it; what may be in it is judged before."""
    values: dict[str, Any] = {name: getattr(wanted, name) for name in FIELDS}
    values |= {"title": one_line(wanted.title, 120), "hours": [list(one) for one in wanted.hours], "changed_by": by}
    new = upsert(queues).values(code=wanted.code, **values)
    change = new.on_conflict_do_update(index_elements=["code"], set_={**values, "changed_at": func.now()})
    await db.execute(change)
    await access_log.record(db, by, ACTION, f"queue {wanted.code}", "saved")


async def drop_queue(db: Writing, code: str, by: int | None) -> None:
    """Take a queue's settings away: it is like any that nobody set anything of.

    Raises:
        NoSuchQueue: there is none of this name.

    """
    if (await db.execute(delete(queues).where(queues.c.code == code))).rowcount == 0:
        raise NoSuchQueue(f"there is no queue {one_line(code, 40)}")
    await access_log.record(db, by, ACTION, f"queue {code}", "removed")


# --- operators --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Able:
    """What an operator can do, as it is written down (`routing.skills`)."""

    operator_id: int
    name: str
    extension: str
    skills: tuple[str, ...]
    languages: tuple[str, ...]


async def operators(db: AsyncConnection, *, after: str = "", limit: int = MOST_OPERATORS) -> list[Able]:
    """Return active operators with a telephone, by their telephone, those after one."""
    query = (
        select(users.c.id, users.c.name, users.c.extension, users.c.skills, users.c.languages)
        .where(users.c.active, users.c.role == Role.OPERATOR.value, users.c.extension.is_not(None))
        .order_by(users.c.extension)
        .limit(limit)
    )
    if after:
        query = query.where(users.c.extension > after)
    return [
        Able(
            operator_id=row.id,
            name=row.name,
            extension=row.extension,
            skills=tuple(row.skills),
            languages=tuple(row.languages),
        )
        for row in await db.execute(query)
    ]


async def set_able(db: Writing, able: Mapping[int, tuple[Sequence[str], Sequence[str]]], by: int | None) -> None:
    """Write down what operators can do: skills and languages by operator, in effect when this is committed.

    Raises:
        NoSuchOperator: one of them is no active operator; nothing may be committed then.

    """
    for operator_id, (skills, languages) in sorted(able.items()):
        mine = update(users).where(users.c.id == operator_id, users.c.active, users.c.role == Role.OPERATOR.value)
        done = await db.execute(mine.values(skills=list(skills), languages=list(languages)))
        if done.rowcount == 0:
            raise NoSuchOperator(f"there is no operator {operator_id}")
        said = f"skills {', '.join(skills) or '-'}; languages {', '.join(languages) or '-'}"
        await access_log.record(db, by, ACTION, f"user {operator_id}", one_line(said, 300))
