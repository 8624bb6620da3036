"""Messages between the people who work here: to one person or to a team, read or not (shell).

What is sent is told at once to every process that serves pages (`pg_notify` with the message's key, at commit).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Row, Select, Text, cast, func, insert, literal, select, union_all
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Action, Role, may
from crm_core.db import Writing
from crm_core.tables import desk_message_reads, desk_messages, team_members, teams, users
from crm_core.text import storable

LONGEST: Final = 1000
MOST_THREADS: Final = 100
MOST_PEOPLE: Final = 1000
TOLD_AT_ONCE: Final = 500
"""Keys in one notification: PostgreSQL takes 8,000 bytes."""
CHANNEL: Final = "busbar_messages"
WRITERS: Final = tuple(role.value for role in Role if may(role, Action.WRITE_COLLEAGUES))
PERSON, TEAM = "person:", "team:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message."""

    message_id: int
    at: datetime
    from_id: int
    from_name: str
    to_id: int | None
    to_name: str
    team: str
    """"" when it is to one person."""
    text: str

    def thread_of(self, reader: int) -> str:
        """Return the thread in which a reader finds it."""
        if self.team:
            return f"{TEAM}{self.team}"
        return f"{PERSON}{self.to_id if self.from_id == reader else self.from_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Everything said with one person or in one team."""

    thread: str
    name: str
    """Of the person; "" for a team, whose title has languages."""
    last: Message
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can be written to."""

    user_id: int
    name: str
    role: str


async def people(db: AsyncConnection) -> list[Person]:
    """Return who can be written to, by name."""
    query = (
        select(users.c.id, users.c.name, users.c.role)
        .where(users.c.active, users.c.role.in_(WRITERS))
        .order_by(users.c.name, users.c.id)
        .limit(MOST_PEOPLE)
    )
    return [Person(user_id=row.id, name=row.name, role=row.role) for row in await db.execute(query)]


async def can_be_written_to(db: AsyncConnection, user_id: int) -> bool:
    """Whether somebody works here and reads messages."""
    query = select(users.c.id).where(users.c.id == user_id, users.c.active, users.c.role.in_(WRITERS))
    return (await db.execute(query)).one_or_none() is not None


async def to_person(db: Writing, from_id: int, to: Collection[int], text: str, at: datetime) -> list[int]:
    """Send a message to each of some people; returns the messages' keys."""
    rows = [{"from_id": from_id, "to_id": one, "text": storable(text, LONGEST), "at": at} for one in sorted(set(to))]
    return await _send(db, rows)


async def to_team(db: Writing, from_id: int, team: str, text: str, at: datetime) -> list[int]:
    """Send a message to a team: all who are in it, and who leads it."""
    return await _send(db, [{"from_id": from_id, "team": team, "text": storable(text, LONGEST), "at": at}])


async def _send(db: Writing, rows: list[dict[str, Any]]) -> list[int]:
    if not rows:
        return []
    found = await db.execute(insert(desk_messages).returning(desk_messages.c.id), rows)
    keys = sorted(int(row.id) for row in found)
    for first in range(0, len(keys), TOLD_AT_ONCE):
        payload = ",".join(map(str, keys[first : first + TOLD_AT_ONCE]))
        await db.execute(select(func.pg_notify(CHANNEL, payload)))
    return keys


def _shown() -> Select[Any]:
    sender, reader = users.alias("sender"), users.alias("reader")
    return (
        select(desk_messages, sender.c.name.label("from_name"), func.coalesce(reader.c.name, "").label("to_name"))
        .join(sender, sender.c.id == desk_messages.c.from_id)
        .outerjoin(reader, reader.c.id == desk_messages.c.to_id)
    )


def _message(row: Row[Any]) -> Message:
    return Message(
        message_id=row.id, at=row.at, from_id=row.from_id, from_name=row.from_name, to_id=row.to_id,
        to_name=row.to_name, team=row.team or "", text=row.text,
    )  # fmt: skip


async def by_keys(db: AsyncConnection, keys: Sequence[int]) -> list[Message]:
    """Return messages by their keys, oldest first."""
    rows = await db.execute(_shown().where(desk_messages.c.id.in_(keys)).order_by(desk_messages.c.id))
    return [_message(row) for row in rows]


async def readers(db: AsyncConnection, codes: Collection[str]) -> dict[str, frozenset[int]]:
    """Return who is in each of some teams, or leads it."""
    inside = select(team_members.c.team, team_members.c.user_id).where(team_members.c.team.in_(codes))
    leads = select(teams.c.code, teams.c.lead_id).where(teams.c.code.in_(codes), teams.c.lead_id.is_not(None))
    found: dict[str, set[int]] = {}
    for team, user_id in await db.execute(union_all(inside, leads)):
        found.setdefault(team, set()).add(user_id)
    return {team: frozenset(ids) for team, ids in found.items()}


async def threads(db: AsyncConnection, user_id: int, my_teams: Sequence[str]) -> list[Thread]:
    """Return somebody's threads, the one that moved last first, each with what he has not read."""
    m, reads = desk_messages.c, desk_message_reads.c
    sent = select(func.concat(PERSON, cast(m.to_id, Text)).label("thread"), m.id, literal(value=False).label("new"))
    came = select(func.concat(PERSON, cast(m.from_id, Text)), m.id, literal(value=True))
    ours = select(func.concat(TEAM, m.team), m.id, m.from_id != user_id)
    mine = union_all(
        sent.where(m.from_id == user_id, m.to_id.is_not(None)),
        came.where(m.to_id == user_id),
        ours.where(m.team.in_(my_teams)),
    ).subquery()
    unread = func.count().filter(mine.c.new & (mine.c.id > func.coalesce(reads.read_to, 0))).label("unread")
    latest = (
        select(mine.c.thread, func.max(mine.c.id).label("last_id"), unread)
        .outerjoin(desk_message_reads, (reads.user_id == user_id) & (reads.thread == mine.c.thread))
        .group_by(mine.c.thread)
        .order_by(func.max(mine.c.id).desc())
        .limit(MOST_THREADS)
        .subquery()
    )
    query = _shown().add_columns(latest.c.thread, latest.c.unread).join(latest, latest.c.last_id == m.id)
    rows = await db.execute(query.order_by(m.id.desc()))
    return [_thread(row, user_id) for row in rows]


def _thread(row: Row[Any], reader: int) -> Thread:
    last = _message(row)
    name = "" if last.team else last.to_name if last.from_id == reader else last.from_name
    return Thread(thread=row.thread, name=name, last=last, unread=row.unread)


async def of_thread(
    db: AsyncConnection, user_id: int, thread: str, *, before: int | None = None, limit: int = 50
) -> list[Message]:
    """Return what was said in a thread, the newest first.

    Args:
        db: a connection, `reading` will do.
        user_id: whose thread it is; whether the team is his was judged before.
        thread: `person:<id>` or `team:<code>`.
        before: only older ones than this key.
        limit: at most so many.

    """
    m = desk_messages.c
    if thread.startswith(TEAM):
        condition = m.team == thread.removeprefix(TEAM)
    else:
        peer = int(thread.removeprefix(PERSON))
        condition = ((m.from_id == user_id) & (m.to_id == peer)) | ((m.from_id == peer) & (m.to_id == user_id))
    query = _shown().where(condition).order_by(m.id.desc()).limit(limit)
    if before is not None:
        query = query.where(m.id < before)
    return [_message(row) for row in await db.execute(query)]


async def note_read(db: Writing, user_id: int, thread: str, message_id: int) -> None:
    """Note how far somebody has read a thread; what was read before stays read."""
    new = upsert(desk_message_reads).values(user_id=user_id, thread=thread, read_to=message_id)
    known = func.greatest(desk_message_reads.c.read_to, cast(new.excluded.read_to, BigInteger))
    await db.execute(new.on_conflict_do_update(index_elements=["user_id", "thread"], set_={"read_to": known}))
