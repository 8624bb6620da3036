"""The ledger of one account: all that is owed and all that came in, and what is open by the rule (shell).

Triggers keep `accounts.balance`; what is open of each invoice and charge is worked out here after every posting, by
`crm_core.ledger.allocation`. The account is locked first (`store.locks`), by whoever posts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import money
from crm_core.db import Writing
from crm_core.ledger.allocation import Allocation, AllocationRule, Cover, Direction, Owed, Source, Target, allocate
from crm_core.ledger.kinds import INVOICE
from crm_core.tables import adjustments, allocations, invoices, payments

CREDIT_NOTE = -1
"""Place of an invoice below zero among its month's payments: it covers what is owed, and no payment has it."""


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
    """Read an account's ledger; payments that were taken back are left out with what took them back."""
    owed: list[Owed] = []
    covers: list[Cover] = []
    stored: dict[Target, Decimal] = {}
    for row in await db.execute(select(invoices).where(invoices.c.account_id == account_id)):
        stored[row.period] = row.open_amount
        if row.amount > 0:
            owed.append(Owed(key=row.period, kind=INVOICE, due_on=row.due_on, amount=row.amount, disputed=row.disputed))
        elif row.amount < 0:
            covers.append(Cover(key=(row.period, CREDIT_NOTE), on=row.issued_on, amount=-row.amount))
    for row in await db.execute(select(adjustments).where(adjustments.c.account_id == account_id)):
        stored[row.id] = row.open_amount
        if row.amount > 0:
            owed.append(Owed(key=row.id, kind=row.kind, due_on=row.due_on, amount=row.amount))
        else:
            covers.append(Cover(key=row.id, on=row.posted_on, amount=-row.amount))
    covers.extend(await _payments(db, account_id))
    return Ledger(
        owed=tuple(owed), covers=tuple(covers), directions=tuple(await _directions(db, account_id)), stored=stored
    )


async def _payments(db: AsyncConnection, account_id: int) -> list[Cover]:
    back = payments.alias()
    taken_back = exists().where(
        back.c.account_id == payments.c.account_id,
        back.c.reverses_on == payments.c.paid_on,
        back.c.reverses_seq == payments.c.seq,
    )
    query = select(payments.c.paid_on, payments.c.seq, payments.c.amount).where(
        payments.c.account_id == account_id, payments.c.reverses_on.is_(None), ~taken_back
    )
    return [Cover(key=(row.paid_on, row.seq), on=row.paid_on, amount=row.amount) for row in await db.execute(query)]


async def _directions(db: AsyncConnection, account_id: int) -> list[Direction]:
    query = select(allocations).where(allocations.c.account_id == account_id).order_by(allocations.c.id)
    found = []
    for row in await db.execute(query):
        source: Source = (row.paid_on, row.seq) if row.credit_id is None else row.credit_id
        target: Target = row.period if row.charge_id is None else row.charge_id
        found.append(Direction(source=source, target=target, amount=row.amount))
    return found


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
