"""Contacts as their pages show them: what is shown, and every line that was ever written (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.errors import NoSuchWork
from crm_core.tables import accounts, customers, interaction_entries, interactions, users
from crm_core.work.corrections import Entry
from crm_core.work.forms import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a contact's history."""

    entry_id: int
    at: datetime
    user_id: int | None
    user: str
    what: str
    disposition: str
    note: str
    values: Mapping[str, Stored]
    reason: str
    of_entry: int | None
    open: bool
    """Proposed, and nobody has decided."""


async def entries(db: AsyncConnection, interaction_id: int, before: int | None = None, limit: int = 50) -> list[Line]:
    """Return the lines written about a contact, newest first; `before` is the key of the last one shown."""
    answer = interaction_entries.alias("answer")
    query = (
        select(interaction_entries, users.c.name, answer.c.id.label("answered"))
        .outerjoin(users, users.c.id == interaction_entries.c.user_id)
        .outerjoin(answer, answer.c.of_entry == interaction_entries.c.id)
        .where(interaction_entries.c.interaction_id == interaction_id)
        .order_by(interaction_entries.c.id.desc())
        .limit(min(limit, 201))
    )
    if before is not None:
        query = query.where(interaction_entries.c.id < before)
    return [_line(row) for row in await db.execute(query)]


def _line(row: Row[*tuple[Any, ...]]) -> Line:
    return Line(
        entry_id=row.id,
        at=row.at,
        user_id=row.user_id,
        user=row.name or "",
        what=row.what,
        disposition=row.disposition,
        note=row.note,
        values=row.data,
        reason=row.reason,
        of_entry=row.of_entry,
        open=row.what == Entry.PROPOSED.value and row.answered is None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One contact, as its page shows it."""

    interaction_id: int
    call_id: str
    account_id: int | None
    account_number: str
    channel: str
    direction: str
    number: str
    subject: str
    topic: str
    outcome: str
    path: tuple[str, ...]
    at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    operator_id: int | None
    operator: str
    disposition: str
    note: str
    values: Mapping[str, Stored]


async def contact(db: AsyncConnection, interaction_id: int) -> Contact:
    """Return a contact.

    Raises:
        NoSuchWork: there is none.

    """
    query = (
        select(interactions, users.c.name, accounts.c.number.label("account_number"))
        .outerjoin(users, users.c.id == interactions.c.operator_id)
        .outerjoin(accounts, accounts.c.id == interactions.c.account_id)
        .where(interactions.c.id == interaction_id)
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchWork(f"there is no contact {interaction_id}")
    return Contact(
        interaction_id=row.id, call_id=row.call_id or "", account_id=row.account_id,
        account_number=row.account_number or "", channel=row.channel, direction=row.direction, number=row.number,
        subject=row.subject or "", topic=row.topic, outcome=row.outcome, path=tuple(row.path), at=row.began_at,
        answered_at=row.answered_at, ended_at=row.ended_at, closed_at=row.closed_at, operator_id=row.operator_id,
        operator=row.name or "", disposition=row.disposition or "", note=row.note, values=row.data or {},
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which contacts a list shows; an empty part shows all."""

    since: datetime
    until: datetime
    """Began in `[since, until)`."""
    operator_id: int | None = None
    disposition: str = ""
    channel: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A contact in a list."""

    interaction_id: int
    at: datetime
    channel: str
    direction: str
    account_id: int | None
    account_number: str
    customer: str
    operator_id: int | None
    operator: str
    disposition: str
    outcome: str
    subject: str
    topic: str
    proposed: bool
    """Somebody wants another result, and nobody has decided."""


async def listing(db: AsyncConnection, wanted: Filter, before: int | None = None, limit: int = 50) -> list[Listed]:
    """Return a page of contacts that are over, the newest first.

    Args:
        db: a connection, `reading` will do.
        wanted: which; its days bound what is read.
        before: `interaction_id` of the last one shown; None begins with the newest.
        limit: at most this many, and at most 200.

    """
    i = interactions.c
    query = (
        select(
            interactions, users.c.name.label("operator"), accounts.c.number.label("account_number"),
            customers.c.name.label("customer"), _proposed().label("proposed"),
        )
        .outerjoin(users, users.c.id == i.operator_id)
        .outerjoin(accounts, accounts.c.id == i.account_id)
        .outerjoin(customers, customers.c.id == accounts.c.customer_id)
        .where(i.began_at >= wanted.since, i.began_at < wanted.until)
        .where(or_(i.phase == "ended", i.ended_at.is_not(None), i.closed_at.is_not(None)))
        .order_by(i.began_at.desc(), i.id.desc())
        .limit(min(limit, 200))
    )  # fmt: skip
    for column, value in (
        (i.operator_id, wanted.operator_id), (i.disposition, wanted.disposition), (i.channel, wanted.channel),
        (i.direction, wanted.direction),
    ):  # fmt: skip
        if value:
            query = query.where(column == value)
    if before is not None:
        mark = select(i.began_at, i.id).where(i.id == before).subquery()
        place = tuple_(i.began_at, i.id)
        query = query.where(place < select(mark.c.began_at, mark.c.id).scalar_subquery())
    return [_listed(row) for row in await db.execute(query)]


def _proposed() -> ColumnElement[bool]:
    entry, answer = interaction_entries.alias("entry"), interaction_entries.alias("answer")
    return exists().where(
        entry.c.interaction_id == interactions.c.id,
        entry.c.what == Entry.PROPOSED.value,
        ~exists().where(answer.c.of_entry == entry.c.id),
    )


def _listed(row: Row[*tuple[Any, ...]]) -> Listed:
    return Listed(
        interaction_id=row.id, at=row.began_at, channel=row.channel, direction=row.direction,
        account_id=row.account_id, account_number=row.account_number or "", customer=row.customer or "",
        operator_id=row.operator_id, operator=row.operator or "", disposition=row.disposition or "",
        outcome=row.outcome, subject=row.subject or "", topic=row.topic, proposed=row.proposed,
    )  # fmt: skip


async def proposals(db: AsyncConnection, before: int | None = None, limit: int = 50) -> list[tuple[int, Line]]:
    """Return what waits for a second pair of eyes, newest first, each with the key of its contact."""
    answer = interaction_entries.alias("answer")
    query = (
        select(interaction_entries, users.c.name, answer.c.id.label("answered"))
        .outerjoin(users, users.c.id == interaction_entries.c.user_id)
        .outerjoin(answer, answer.c.of_entry == interaction_entries.c.id)
        .where(interaction_entries.c.what == Entry.PROPOSED.value, answer.c.id.is_(None))
        .order_by(interaction_entries.c.id.desc())
        .limit(min(limit, 100))
    )
    if before is not None:
        query = query.where(interaction_entries.c.id < before)
    return [(row.interaction_id, _line(row)) for row in await db.execute(query)]
