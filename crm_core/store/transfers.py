"""Numbers that callers may be passed on to, and the parts that operators wrote of contacts they passed on (shell)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, Row, Update, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Action
from crm_core.db import Writing
from crm_core.errors import NoSuchTransferNumber, TransferNumberTaken
from crm_core.store import access_log, dispositions
from crm_core.store.write_ups import LONGEST_NOTE
from crm_core.tables import call_events, contact_parts, transfer_numbers
from crm_core.text import one_line, storable

MOST = 200
"""Numbers offered at a desk: it looks for one by typing."""
ONLY_PASSED = frozenset({"waiting", "ringing", "fallback"})
"""Phases of a call that nobody writes up but who has passed the caller on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferNumber:
    """A number that callers may be passed on to."""

    number_id: int
    title: str
    number: str
    """E.164."""
    skill: str = ""
    """Only operators with this skill may use it; "" everybody."""


def _one(row: Row[*tuple[Any, ...]]) -> TransferNumber:
    return TransferNumber(number_id=row.id, title=row.title, number=row.number, skill=row.skill)


async def listing(db: AsyncConnection, *, after: int = 0, limit: int = 50) -> list[TransferNumber]:
    """Return numbers in the order they were added."""
    query = select(transfer_numbers).where(transfer_numbers.c.id > after).order_by(transfer_numbers.c.id).limit(limit)
    return [_one(row) for row in await db.execute(query)]


async def usable(db: AsyncConnection, skills: Collection[str]) -> list[TransferNumber]:
    """Return the numbers that an operator with these skills may use, by title."""
    query = (
        select(transfer_numbers)
        .where(transfer_numbers.c.skill.in_(["", *skills]))
        .order_by(transfer_numbers.c.title, transfer_numbers.c.id)
        .limit(MOST)
    )
    return [_one(row) for row in await db.execute(query)]


async def one(db: AsyncConnection, number_id: int) -> TransferNumber:
    """Return one number.

    Raises:
        NoSuchTransferNumber: there is none of this key.

    """
    row = (await db.execute(select(transfer_numbers).where(transfer_numbers.c.id == number_id))).one_or_none()
    if row is None:
        raise NoSuchTransferNumber(f"there is no number {number_id} to pass on to")
    return _one(row)


async def save(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, number_id: int | None, title: str, number: str, skill: str, by: int
) -> int:
    """Add a number (`number_id` None) or change one; returns its key. Whether it may be called was judged before.

    Raises:
        NoSuchTransferNumber: there is none of this key.
        TransferNumberTaken: the number is on the list already.

    """
    values = {"title": one_line(title, 80), "number": number, "skill": one_line(skill, 40), "changed_by": by}
    change: Insert | Update = insert(transfer_numbers).values(values)
    if number_id is not None:
        await one(db, number_id)
        change = (
            update(transfer_numbers)
            .where(transfer_numbers.c.id == number_id)
            .values(values | {"changed_at": func.now()})
        )
    try:
        async with db.begin_nested():
            key = int((await db.execute(change.returning(transfer_numbers.c.id))).scalar_one())
    except IntegrityError as error:
        raise TransferNumberTaken(f"{number} is on the list already") from error
    await access_log.record(db, by, Action.MANAGE_RECORDING, f"transfer number {key}", f"{number} {title}"[:200])
    return key


async def remove(db: Writing, number_id: int, by: int) -> None:
    """Take a number off the list.

    Raises:
        NoSuchTransferNumber: there is none of this key.

    """
    gone = await one(db, number_id)
    await db.execute(delete(transfer_numbers).where(transfer_numbers.c.id == number_id))
    await access_log.record(db, by, Action.MANAGE_RECORDING, f"transfer number {number_id}", f"removed {gone.number}")


# --- parts of contacts -----------------------------------------------------------------------------------------------


def is_part(operator_id: int | None, phase: str, writer: int) -> bool:
    """Whether what somebody writes up now is his part of a contact that others have or will have.

    Args:
        operator_id: who has the contact, as the record says.
        phase: of the call, as the record says.
        writer: who writes.

    """
    return operator_id not in {None, writer} or phase in ONLY_PASSED


async def write_part(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, call_id: str, operator_id: int, disposition: str, note: str, at: datetime, role: str = ""
) -> None:
    """Keep what an operator wrote of a contact he passed on; writing again replaces it.

    Raises:
        NoSuchDisposition: the code does not exist, is retired, or is not for this person to choose.

    """
    result = await dispositions.choosable(db, disposition, role)
    values = {"disposition": result.code, "note": storable(note, LONGEST_NOTE), "at": at}
    new = upsert(contact_parts).values(call_id=call_id, operator_id=operator_id, **values)
    await db.execute(new.on_conflict_do_update(index_elements=["call_id", "operator_id"], set_=values))
    line = {"call_id": call_id, "at": at, "what": "part-written", "operator_id": operator_id, "detail": result.code}
    await db.execute(insert(call_events).values(line))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one operator wrote of a contact he passed on."""

    operator_id: int
    disposition: str
    note: str
    at: datetime


async def parts(db: AsyncConnection, call_id: str) -> list[Part]:
    """Return the parts of a contact, in their order."""
    query = select(contact_parts).where(contact_parts.c.call_id == call_id).order_by(contact_parts.c.id)
    return [
        Part(operator_id=row.operator_id, disposition=row.disposition, note=row.note, at=row.at)
        for row in await db.execute(query)
    ]
