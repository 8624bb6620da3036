"""Whom a person calls: those kept at hand, and those called last (shell).

Both name a colleague or an entry of the office's list of numbers, never a number of their own: what may be called is
decided in one place (`crm_core.store.transfers`), and what is taken off that list is gone here, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import BadValue, NoSuchCall, NoSuchOperator, NoSuchTransferNumber
from crm_core.tables import accounts, attempts, customers, placed_calls, speed_dials, transfer_numbers, users

MOST = 50
"""Kept at hand by one person."""
LAST = 20
"""Of those called last that are shown; no more are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """A colleague, or an entry of the office's list: exactly one of them."""

    colleague_id: int | None = None
    number_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """Somebody who was called of late."""

    at: datetime
    whom: Whom | None
    """None for a subscriber."""
    attempt_id: int | None
    """The call to a subscriber, by which he is called again."""
    account_id: int | None
    name: str
    """Of the colleague, the entry or the customer."""
    number: str
    """The extension, or the number in full; masked by whoever shows it."""


async def kept(db: AsyncConnection, user_id: int) -> list[Whom]:
    """Return whom somebody keeps at hand, in the order he chose them."""
    query = select(speed_dials).where(speed_dials.c.user_id == user_id).order_by(speed_dials.c.id).limit(MOST)
    return [Whom(colleague_id=row.colleague_id, number_id=row.number_id) for row in await db.execute(query)]


async def keep(db: Writing, user_id: int, whom: Whom) -> None:
    """Keep somebody at hand; twice is once.

    Raises:
        BadValue: there are as many as one may keep.
        NoSuchOperator: there is no such colleague.
        NoSuchTransferNumber: the list has no such entry.

    """
    await _there(db, whom)
    # Two presses at once are counted one after the other.
    await db.execute(select(users.c.id).where(users.c.id == user_id).with_for_update())
    if len(await kept(db, user_id)) >= MOST:
        raise BadValue(f"speed dial: at most {MOST}; take one off first")
    row = insert(speed_dials).values(user_id=user_id, colleague_id=whom.colleague_id, number_id=whom.number_id)
    await db.execute(row.on_conflict_do_nothing())


async def drop(db: Writing, user_id: int, whom: Whom) -> None:
    """Keep somebody at hand no longer."""
    mine = speed_dials.c.user_id == user_id
    if whom.colleague_id is not None:
        await db.execute(delete(speed_dials).where(mine, speed_dials.c.colleague_id == whom.colleague_id))
    else:
        await db.execute(delete(speed_dials).where(mine, speed_dials.c.number_id == whom.number_id))


async def _there(db: AsyncConnection, whom: Whom) -> None:
    if whom.colleague_id is not None:
        query = select(users.c.id).where(
            users.c.id == whom.colleague_id, users.c.active, users.c.extension.is_not(None)
        )
        if (await db.execute(query)).one_or_none() is None:
            raise NoSuchOperator(f"there is no colleague {whom.colleague_id} with a telephone")
    elif (
        await db.execute(select(transfer_numbers.c.id).where(transfer_numbers.c.id == whom.number_id))
    ).first() is None:
        raise NoSuchTransferNumber(f"there is no number {whom.number_id} on the list")


async def note_placed(db: Writing, user_id: int, whom: Whom, at: datetime) -> None:
    """Note whom somebody called; the oldest beyond `LAST` go."""
    values = {"user_id": user_id, "at": at, "colleague_id": whom.colleague_id, "number_id": whom.number_id}
    await db.execute(insert(placed_calls).values(values))
    newest = (
        select(placed_calls.c.id)
        .where(placed_calls.c.user_id == user_id)
        .order_by(placed_calls.c.id.desc())
        .limit(LAST)
    )
    gone = delete(placed_calls).where(placed_calls.c.user_id == user_id, placed_calls.c.id.not_in(newest))
    await db.execute(gone)


async def last(db: AsyncConnection, user_id: int) -> list[Last]:
    """Return whom somebody called last, newest first: each once."""
    found = [*await _placed(db, user_id), *await _by_hand(db, user_id)]
    found.sort(key=lambda one: one.at, reverse=True)
    seen: dict[tuple[Whom | None, str], Last] = {}
    for one in found:
        seen.setdefault((one.whom, "" if one.whom else f"{one.account_id} {one.number}"), one)
    return list(seen.values())[:LAST]


async def _placed(db: AsyncConnection, user_id: int) -> Sequence[Last]:
    query = (
        select(
            placed_calls,
            func.coalesce(users.c.name, transfer_numbers.c.title).label("name"),
            func.coalesce(users.c.extension, transfer_numbers.c.number, "").label("number"),
        )
        .outerjoin(users, users.c.id == placed_calls.c.colleague_id)
        .outerjoin(transfer_numbers, transfer_numbers.c.id == placed_calls.c.number_id)
        .where(placed_calls.c.user_id == user_id)
        .order_by(placed_calls.c.id.desc())
        .limit(LAST)
    )
    return [
        Last(
            at=row.at, whom=Whom(colleague_id=row.colleague_id, number_id=row.number_id), attempt_id=None,
            account_id=None, name=row.name, number=row.number,
        )
        for row in await db.execute(query)
    ]  # fmt: skip


async def _by_hand(db: AsyncConnection, user_id: int) -> Sequence[Last]:
    query = (
        select(attempts.c.id, attempts.c.planned_at, attempts.c.account_id, attempts.c.number, customers.c.name)
        .join(accounts, accounts.c.id == attempts.c.account_id)
        .join(customers, customers.c.id == accounts.c.customer_id)
        .where(attempts.c.operator_id == user_id, attempts.c.mode == "manual")
        .order_by(attempts.c.id.desc())
        .limit(LAST)
    )
    return [
        Last(
            at=row.planned_at, whom=None, attempt_id=row.id, account_id=row.account_id, name=row.name,
            number=row.number,
        )
        for row in await db.execute(query)
    ]  # fmt: skip


async def attempt(db: AsyncConnection, user_id: int, attempt_id: int) -> tuple[int, str]:
    """Return the account and the number of a call that this person placed by hand.

    Raises:
        NoSuchCall: he placed no such call.

    """
    query = select(attempts.c.account_id, attempts.c.number).where(
        attempts.c.id == attempt_id, attempts.c.operator_id == user_id, attempts.c.mode == "manual"
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchCall(f"user {user_id} placed no call {attempt_id} by hand")
    return row.account_id, row.number
