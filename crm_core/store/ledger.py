"""The ledger of one account: all that is owed and all that came in, and what is open by the rule (shell).

Triggers keep `accounts.balance`; what is open of each invoice and charge is worked out here after every posting, by
`crm_core.ledger.allocation`. The account is locked first (`store.locks`), by whoever posts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import money
from crm_core.db import Writing
from crm_core.ledger.allocation import Allocation, AllocationRule, Cover, Direction, Owed, Source, Target, allocate
from crm_core.tables import adjustments, invoices

ROWS: LiteralString = """
select 'invoice' as what, period as day, -1 as number, 'invoice' as kind, due_on, issued_on as on_day, amount,
       open_amount, disputed, null::int as charge_id, 0 as nth
  from invoices where account_id = %(account_id)s
union all
select 'adjustment', null, id, kind, due_on, posted_on, amount, open_amount, false, null, 0
  from adjustments where account_id = %(account_id)s
union all
select 'payment', paid_on, seq, null, null, paid_on, amount, 0, false, null, 0
  from payments p where account_id = %(account_id)s and reverses_on is null
   and not exists (select from payments r where r.account_id = p.account_id and r.reverses_on = p.paid_on
                      and r.reverses_seq = p.seq)
union all
select 'direction', paid_on, coalesce(seq, credit_id), null, null, period, amount, 0, false, charge_id, id
  from allocations where account_id = %(account_id)s
order by nth
"""
"""An invoice below zero covers what is owed like a payment, in the place -1 of its month, which no payment has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What the rule is applied to."""

    owed: tuple[Owed, ...]
    covers: tuple[Cover, ...]
    directions: tuple[Direction, ...]
    stored: dict[Target, Decimal]
    """What is stored as open now."""

    def by(self, rule: AllocationRule) -> Allocation:
        """Return what paid what, and what is open."""
        return allocate(self.owed, self.covers, self.directions, rule)

    @property
    def periods(self) -> tuple[date, ...]:
        """Months that were billed."""
        return tuple(one.key for one in self.owed if isinstance(one.key, date))


async def load(db: AsyncConnection, account_id: int) -> Ledger:
    """Read an account's ledger in one round trip; payments that were taken back are left out with what did that."""
    owed: list[Owed] = []
    covers: list[Cover] = []
    directions: list[Direction] = []
    stored: dict[Target, Decimal] = {}
    for row in await db.exec_driver_sql(ROWS, {"account_id": account_id}):
        if row.what == "direction":
            directions.append(_direction(row))
            continue
        key: Target = row.number if row.what == "adjustment" else row.day
        if row.what != "payment":
            stored[key] = row.open_amount
        if row.what != "payment" and row.amount > 0:
            owed.append(Owed(key=key, kind=row.kind, due_on=row.due_on, amount=row.amount, disputed=row.disputed))
        elif row.amount:
            source: Source = row.number if row.what == "adjustment" else (row.day, row.number)
            sign = 1 if row.what == "payment" else -1
            covers.append(Cover(key=source, on=row.on_day, amount=sign * row.amount))
    return Ledger(owed=tuple(owed), covers=tuple(covers), directions=tuple(directions), stored=stored)


def _direction(row: Any) -> Direction:
    source: Source = row.number if row.day is None else (row.day, row.number)
    target: Target = row.on_day if row.charge_id is None else row.charge_id
    return Direction(source=source, target=target, amount=row.amount)


async def settle(db: Writing, account_id: int, rule: AllocationRule) -> Allocation:
    """Work out what is open and store what changed of it; the account must be locked.

    Args:
        db: the transaction of the posting.
        account_id: whose.
        rule: how money is spread (`store.policies.money_on`).
    """
    ledger = await load(db, account_id)
    result = ledger.by(rule)
    changed = {key: amount for key, amount in result.open.items() if ledger.stored[key] != amount}
    bills = [{"key": key, "open": amount} for key, amount in changed.items() if isinstance(key, date)]
    charges = [{"key": key, "open": amount} for key, amount in changed.items() if isinstance(key, int)]
    if bills:
        query = update(invoices).where(invoices.c.account_id == account_id, invoices.c.period == bindparam("key"))
        await db.execute(query.values(open_amount=bindparam("open")), bills)
    if charges:
        query = update(adjustments).where(adjustments.c.id == bindparam("key"))
        await db.execute(query.values(open_amount=bindparam("open")), charges)
    return result


def undisputed(ledger: Ledger, result: Allocation) -> Decimal:
    """Return what is open and not in dispute: what may be promised and dunned."""
    return money.total(result.open[one.key] for one in ledger.owed if not one.disputed)
