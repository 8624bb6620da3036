"""Penalties of an account: what the rule in force comes to, and posting it (shell)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import money
from crm_core.db import Writing
from crm_core.errors import NoSuchPosting
from crm_core.ledger.kinds import Kind
from crm_core.ledger.penalty import Late, penalty
from crm_core.ledger.posting import NewAdjustment, Outcome, refused
from crm_core.ledger.rules import MoneyRules
from crm_core.store import ledger, locks, policies
from crm_core.store.ledger_posting import Poster, adjust
from crm_core.tables import adjustments


async def due(db: AsyncConnection, account_id: int, period: date, rules: MoneyRules, today: date) -> Decimal:
    """Return what an invoice's delay costs by the rule to this day, less what was posted for it already.

    Args:
        db: any connection.
        account_id: whose.
        period: month of the invoice.
        rules: what is in force.
        today: the day of counting; unpaid parts are late until then.

    Raises:
        NoSuchPosting: that month was not billed.
    """
    book = await ledger.load(db, account_id)
    owed = next((one for one in book.owed if one.key == period), None)
    if owed is None:
        raise NoSuchPosting(f"account {account_id} has no invoice of {period:%Y-%m}")
    result = book.by(rules.allocation)
    days = {cover.key: cover.on for cover in book.covers}
    parts = [Late(amount=part.amount, ended_on=days[part.source]) for part in result.parts if part.target == period]
    parts.append(Late(amount=result.open[period], ended_on=today))
    posted = select(func.coalesce(func.sum(adjustments.c.amount), 0)).where(
        adjustments.c.account_id == account_id,
        adjustments.c.period == period,
        adjustments.c.kind == Kind.PENALTY,
    )
    already = Decimal((await db.execute(posted)).scalar_one())
    return max(money.ZERO, penalty(owed.amount, owed.due_on, parts, rules.penalty) - already)


async def charge(db: Writing, account_id: int, period: date, by: int) -> Outcome:
    """Post what an invoice's delay costs until today; nothing in dispute is charged for.

    Raises:
        NoSuchAccount: there is no such account.
        NoSuchPosting: that month was not billed.
    """
    today = await locks.account(db, account_id)
    rules = await policies.money_on(db, today)
    book = await ledger.load(db, account_id)
    if any(one.key == period and one.disputed for one in book.owed):
        return refused("penalty-on-dispute")
    amount = await due(db, account_id, period, rules, today)
    if not amount:
        return refused("penalty-nothing")
    wanted = NewAdjustment(
        kind=Kind.PENALTY,
        amount=amount,
        reason=f"{rules.penalty.source or 'penalty for paying late'}; until {today}"[:500],
        period=period,
        reference=f"penalty {period:%Y-%m} {today}",
    )
    return await adjust(db, account_id, wanted, Poster(by=by))
