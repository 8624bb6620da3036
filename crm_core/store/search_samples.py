"""Subscribers picked at random with everything they can be found by: for benches (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.tables import accounts, applications, contacts, customers, meters, premises

STRETCHES, STRETCH = 20, 20_000
"""How often a base is looked into for numbers, and how many rows each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a subscriber can be found by; "" where there is none."""

    account_id: int
    account: str
    name: str
    address: str
    phone: str
    serial: str


async def samples(db: AsyncConnection, n: int, rng: Random) -> list[Sample]:
    """Return up to `n` subscribers; none when the base is empty."""
    top = (await db.execute(select(func.max(accounts.c.id)))).scalar_one()
    if top is None:
        return []
    ids = rng.sample(range(1, top + 1), min(top, 2 * n))
    query = (
        select(
            accounts.c.id.label("account_id"),
            accounts.c.number.label("account"),
            customers.c.name,
            premises.c.address,
            _first(select(contacts.c.phone).where(contacts.c.customer_id == customers.c.id), "phone"),
            _first(select(meters.c.serial).where(meters.c.account_id == accounts.c.id), "serial"),
        )
        .join(customers, customers.c.id == accounts.c.customer_id)
        .join(premises, premises.c.id == accounts.c.premises_id)
        .where(accounts.c.id == func.any(bindparam(None, ids, ARRAY(Integer))))
        .limit(n)
    )
    return [Sample(**row) for row in (await db.execute(query)).mappings()]


def _first(query: Select[Any], name: str) -> Any:
    return func.coalesce(query.limit(1).scalar_subquery(), "").label(name)


async def numbers(db: AsyncConnection, column: str, n: int, rng: Random) -> list[str]:
    """Return up to `n` numbers of applications, e-mails or tax numbers (`NUMBERS`), from about anywhere in the base."""
    table, what, not_empty = NUMBERS[column]
    top = (await db.execute(select(func.max(table.c.id)))).scalar_one()
    if top is None:
        return []
    found: set[str] = set()
    # A stretch of rows from each of some places: nobody knows where those that have one lie.
    for _ in range(STRETCHES):
        start = rng.randint(1, top)
        stretch = select(what).where(table.c.id.between(start, start + STRETCH), not_empty).limit(n // STRETCHES + 1)
        found |= set((await db.execute(stretch)).scalars())
    return sorted(found)[:n]


NUMBERS: dict[str, tuple[Any, Any, Any]] = {
    "application": (applications, applications.c.number, applications.c.number != ""),
    "email": (contacts, contacts.c.email, contacts.c.email != ""),
    "tax_number": (customers, customers.c.tax_number, customers.c.tax_number != ""),
}
"""Table, column and what makes it one, by name."""
