"""Finding subscribers by telephone, account, key; only along indexes (shell). By anything typed: `store.search`."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.card import Candidate
from crm_core.tables import accounts, contacts, customers, premises

_highest = select(func.max(contacts.c.id))
NUMBERS_WINDOW = 4000
"""Neighbouring telephone numbers looked through for shared ones."""

BASE = (
    select(
        accounts.c.id,
        accounts.c.number,
        customers.c.name,
        customers.c.kind,
        premises.c.address,
        accounts.c.balance,
    )
    .join(customers, customers.c.id == accounts.c.customer_id)
    .join(premises, premises.c.id == accounts.c.premises_id)
)
"""What a candidate is made of."""


def candidate(row: Row[*tuple[Any, ...]], why: str, contact: str = "") -> Candidate:
    """Return the candidate of a row of `BASE`."""
    return Candidate(
        account_id=row.id,
        account_number=row.number,
        customer=row.name,
        kind=row.kind,
        contact="" if contact == row.name else contact,
        address=row.address,
        balance=row.balance,
        why=why,
    )


async def by_phone(db: AsyncConnection, e164: str, limit: int = 9) -> list[Candidate]:
    """Return the accounts of everyone reached under a number, open ones first; each account once.

    Args:
        db: a connection, `reading` will do.
        e164: number as `crm_core.phones.e164` returns it; "" finds nothing.
        limit: at most this many (a keypad has nine digits to choose with).
    """
    if not e164:
        return []
    query = (
        BASE.add_columns(func.min(contacts.c.name).label("contact"))
        .join(contacts, contacts.c.customer_id == customers.c.id)
        .where(contacts.c.phone == e164)
        .group_by(accounts.c.id, customers.c.id, premises.c.id)
        .order_by(accounts.c.closed_on.is_not(None), accounts.c.id)
        .limit(limit)
    )
    return [candidate(row, "phone", row.contact) for row in await db.execute(query)]


async def by_account_number(db: AsyncConnection, digits: str) -> Candidate | None:
    """Return the account of exactly this number, check digit included, or None."""
    row = (await db.execute(BASE.where(accounts.c.number == digits))).one_or_none()
    return None if row is None else candidate(row, "account")


async def candidates(db: AsyncConnection, ids: Sequence[int]) -> list[Candidate]:
    """Return these accounts in the order asked for; unknown ids are left out."""
    rows = await db.execute(BASE.where(accounts.c.id == func.any(_array(ids))))
    found = {row.id: candidate(row, "phone") for row in rows}
    return [found[one] for one in dict.fromkeys(ids) if one in found]


def _array(ids: Sequence[int]) -> ColumnElement[Any]:
    return bindparam(None, list(ids), ARRAY(Integer))


async def sample_numbers(db: AsyncConnection, n: int) -> list[str]:
    """Return up to `n` different telephone numbers of subscribers, picked at random, about a fifth of them shared.

    For callers of demonstrations and benches: shared numbers are those under which more than one customer is known.
    """
    shared = await _shared_numbers(db, max(1, n // 5))
    top = (await db.execute(_highest)).scalar_one()
    if top is None:
        return shared
    ids = random.sample(range(1, top + 1), min(top, n * 3))
    rows = await db.execute(
        select(contacts.c.phone).where(contacts.c.id == func.any(_array(ids)), contacts.c.phone != "")
    )
    numbers = list(dict.fromkeys([*shared, *rows.scalars()]))[:n]
    random.shuffle(numbers)
    return numbers


async def _shared_numbers(db: AsyncConnection, n: int) -> list[str]:
    """Look through neighbouring numbers from a random one on: all of 6.2 million would take seconds."""
    top = (await db.execute(_highest)).scalar_one()
    if top is None:
        return []
    start = (
        select(contacts.c.phone)
        .where(contacts.c.id >= random.randint(1, max(1, top - NUMBERS_WINDOW)))  # noqa: S311 -- no secret
        .order_by(contacts.c.id)
        .limit(1)
        .scalar_subquery()
    )
    window = (
        select(contacts.c.phone, contacts.c.customer_id)
        .where(contacts.c.phone >= start, contacts.c.phone != "")
        .order_by(contacts.c.phone)
        .limit(NUMBERS_WINDOW)
        .subquery("window")
    )
    query = (
        select(window.c.phone)
        .group_by(window.c.phone)
        .having(func.count(window.c.customer_id.distinct()) > 1)
        .order_by(func.random())
        .limit(n)
    )
    return list((await db.execute(query)).scalars())
