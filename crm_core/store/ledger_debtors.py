"""What an account looks like to somebody who collects: its flags, its debt, what was agreed and warned of (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import LiteralString

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import money
from crm_core.errors import NoSuchAccount
from crm_core.ledger import path, restriction
from crm_core.ledger.restriction import Debtor, Restriction
from crm_core.ledger.rules import MoneyRules
from crm_core.store import ledger

YEAR = timedelta(365)

WHO: LiteralString = """
select a.flags, c.flags as theirs, c.status,
    exists (select from disputes d where d.account_id = a.id and d.status = 'open') as disputed,
    exists (select from plans p where p.account_id = a.id and p.status = 'open') as planned,
    exists (select from promises p where p.account_id = a.id and p.status = 'open') as promised,
    (select (max(n.told_at) at time zone p.time_zone)::date from notices n where n.account_id = a.id
        and n.kind = 'restriction_warning' and n.status = 'delivered') as warned_on,
    (select round(avg(i.amount), 2) from invoices i where i.account_id = a.id and i.amount > 0
        and i.period > %(since)s) as monthly
from accounts a join customers c on c.id = a.customer_id join premises p on p.id = a.premises_id
where a.id = %(account_id)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """An account beside its money."""

    flags: frozenset[str]
    """Its own and its customer's, with how the customer stands (`deceased`, `bankrupt`) and `dispute`."""
    has_plan: bool
    has_promise: bool
    warned_on: date | None
    """At the premises."""
    monthly: Decimal
    """Average bill of the last year; 0.00 without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What may and should be done about a debt."""

    stage: path.Stage
    restriction: Restriction


async def who(db: AsyncConnection, account_id: int, today: date) -> Who:
    """Return what is known of an account beside its money.

    Raises:
        NoSuchAccount: there is no such account.
    """
    row = (await db.exec_driver_sql(WHO, {"account_id": account_id, "since": today - YEAR})).one_or_none()
    if row is None:
        raise NoSuchAccount(f"there is no account {account_id}")
    raised = ["dispute"] if row.disputed else []
    return Who(
        flags=frozenset({*row.flags, *row.theirs, row.status, *raised}),
        has_plan=row.planned,
        has_promise=row.promised,
        warned_on=row.warned_on,
        monthly=row.monthly or money.ZERO,
    )


async def debtor(db: AsyncConnection, account_id: int, rules: MoneyRules, today: date) -> Debtor:
    """Return how an account stands towards a restriction of supply.

    Raises:
        NoSuchAccount: there is no such account.
    """
    return debtor_of(await who(db, account_id, today), await ledger.load(db, account_id), rules, today)


def debtor_of(known: Who, book: ledger.Ledger, rules: MoneyRules, today: date) -> Debtor:
    """Put together what was read."""
    result = book.by(rules.allocation)
    overdue = [
        one
        for one in book.owed
        if isinstance(one.key, date) and one.due_on < today and not one.disputed and result.open[one.key]
    ]
    return Debtor(
        owed=money.total(result.open[one.key] for one in overdue),
        monthly=rules.restriction.monthly_charge or known.monthly,
        since=min((one.due_on for one in overdue), default=None),
        flags=known.flags,
        warned_on=known.warned_on,
        has_plan=known.has_plan,
    )


def outlook(known: Who, book: ledger.Ledger, rules: MoneyRules, today: date) -> Outlook:
    """Return where a debt is on its path, and whether supply may be restricted."""
    owing = debtor_of(known, book, rules, today)
    agreed = "plan" if known.has_plan else "promise" if known.has_promise else ""
    return Outlook(
        stage=path.stage(owing.owed, owing.since, today, rules.path, flags=owing.flags, agreed=agreed),
        restriction=restriction.judge(owing, rules.restriction, today),
    )
