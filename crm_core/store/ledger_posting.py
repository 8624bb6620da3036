"""Payments, reversals and adjustments: posted at once, or laid before a second person (shell).

Each takes the account's lock, asks the rules in force today, writes, and works out anew what is open. The same
reference again is the same posting and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import money
from crm_core.db import Writing
from crm_core.errors import NoSuchPosting
from crm_core.ledger.allocation import Target
from crm_core.ledger.approvals import What, objection_to_amount, objection_to_day
from crm_core.ledger.posting import (
    REVERSAL,
    NewAdjustment,
    NewPayment,
    Outcome,
    Situation,
    State,
    is_amount,
    refused,
    wrong_adjustment,
    wrong_directions,
    wrong_payment,
)
from crm_core.ledger.rules import MoneyRules
from crm_core.store import ledger, ledger_plans, ledger_promises, ledger_wishes, locks, outbound_attempts, policies
from crm_core.tables import adjustments, allocations, payments
from crm_core.text import one_line, storable

DISPUTE = "dispute_id"
"""What an adjustment settles, beside what is asked of a second person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """Who posts, and who agreed when one person was not enough."""

    by: int | None
    """None: the house itself."""
    approved_by: int | None = None


async def pay(db: Writing, account_id: int, wanted: NewPayment, poster: Poster) -> Outcome:
    """Post a payment.

    Raises:
        NoSuchAccount: there is no such account.
    """
    account = await locks.take(db, account_id)
    today = account.today
    rules = await policies.money_on(db, today)
    reference = one_line(wanted.reference, 40)
    wrong = wrong_payment(wanted, account.opened_on, today)
    if wrong:
        return refused(wrong)
    known = await _known_payment(db, account_id, wanted, reference)
    if known is not None:
        return known
    book = await ledger.load(db, account_id)
    wrong = wrong_directions(wanted, book.by(rules.allocation).open)
    if wrong:
        return refused(wrong)
    objection = "" if poster.approved_by else objection_to_day(wanted.paid_on, today, rules.limits)
    if objection:
        wish = ledger_wishes.Wish(
            what=What.PAYMENT, asked=wanted.model_dump(mode="json"), amount=wanted.amount, rule=objection,
            reason=wanted.note, reference=reference,
        )  # fmt: skip
        return await ledger_wishes.ask(db, account_id, wish, poster.by)
    row = {"amount": wanted.amount, "channel": wanted.channel.value, "reference": reference or None,
           "posted_by": poster.by, "note": storable(wanted.note, 500) or None}  # fmt: skip
    seq = await _add_payment(db, account_id, wanted.paid_on, row)
    for one in wanted.towards:
        await _direct(db, account_id, {"paid_on": wanted.paid_on, "seq": seq}, one.target, one.amount, poster.by)
    await _moved(db, account_id, rules, today)
    return Outcome(state=State.POSTED, key=f"{wanted.paid_on}.{seq}")


async def take_back(  # noqa: PLR0913, PLR0917 -- which payment, why, and who says so
    db: Writing, account_id: int, paid_on: date, seq: int, reason: str, poster: Poster
) -> Outcome:
    """Take a payment back by posting its opposite today; taken back once more, nothing is done.

    Raises:
        NoSuchAccount: there is no such account.
        NoSuchPosting: there is no such payment.
    """
    today = await locks.account(db, account_id)
    rules = await policies.money_on(db, today)
    mine = payments.c.account_id == account_id
    this = select(payments).where(mine, payments.c.paid_on == paid_on, payments.c.seq == seq)
    payment = (await db.execute(this)).one_or_none()
    if payment is None:
        raise NoSuchPosting(f"account {account_id} has no payment {paid_on}.{seq}")
    back = select(payments).where(mine, payments.c.reverses_on == paid_on, payments.c.reverses_seq == seq)
    known = (await db.execute(back)).one_or_none()
    if known is not None:
        return Outcome(state=State.KNOWN, key=f"{known.paid_on}.{known.seq}")
    if payment.reverses_on is not None or payment.amount <= 0:
        return refused("reversal-of-reversal")
    if not reason.strip():
        return refused("adjustment-reason")
    objection = "" if poster.approved_by else await _objection(db, account_id, payment.amount, poster, rules, today)
    if objection:
        wish = ledger_wishes.Wish(
            what=What.REVERSAL, asked={"paid_on": paid_on.isoformat(), "seq": seq}, amount=-payment.amount,
            rule=objection, reason=reason, reference=f"{paid_on}.{seq}",
        )  # fmt: skip
        return await ledger_wishes.ask(db, account_id, wish, poster.by)
    row = {"amount": -payment.amount, "channel": REVERSAL, "reference": None, "posted_by": poster.by,
           "note": storable(reason, 500), "reverses_on": paid_on, "reverses_seq": seq}  # fmt: skip
    new_seq = await _add_payment(db, account_id, today, row)
    await _undirect(db, account_id, paid_on, seq, poster.by)
    await _moved(db, account_id, rules, today)
    return Outcome(state=State.POSTED, key=f"{today}.{new_seq}")


async def adjust(
    db: Writing, account_id: int, wanted: NewAdjustment, poster: Poster, *, dispute_id: int | None = None
) -> Outcome:
    """Post an adjustment.

    Args:
        db: the transaction.
        account_id: whose.
        wanted: what is to be posted.
        poster: who posts; one person alone up to the limit in force.
        dispute_id: the dispute that it settles; it goes with the wish when a second person must agree.

    Raises:
        NoSuchAccount: there is no such account.
    """
    today = await locks.account(db, account_id)
    rules = await policies.money_on(db, today)
    reference = one_line(wanted.reference, 40)
    known = await _known_adjustment(db, account_id, wanted, reference)
    if known is not None:
        return known
    book = await ledger.load(db, account_id)
    result = book.by(rules.allocation)
    situation = Situation(
        today=today, credit=result.credit, periods=book.periods, reconnection_cap=rules.restriction.reconnection_cap
    )  # fmt: skip
    wrong = wrong_adjustment(wanted, situation, by_hand=dispute_id is None and poster.by is not None)
    if wrong:
        return refused(wrong)
    objection = "" if poster.approved_by else await _objection(db, account_id, wanted.amount, poster, rules, today)
    if objection:
        wish = ledger_wishes.Wish(
            what=What.ADJUSTMENT, asked=wanted.model_dump(mode="json") | {DISPUTE: dispute_id}, amount=wanted.amount,
            rule=objection, reason=wanted.reason, reference=reference,
        )  # fmt: skip
        return await ledger_wishes.ask(db, account_id, wish, poster.by)
    row = {
        "account_id": account_id, "kind": wanted.kind.value, "amount": wanted.amount,
        "open_amount": max(wanted.amount, money.ZERO), "posted_on": today, "due_on": wanted.due_on or today,
        "period": wanted.period, "reason": storable(wanted.reason, 500), "reference": reference or None,
        "posted_by": poster.by, "approved_by": poster.approved_by,
    }  # fmt: skip
    key = int((await db.execute(insert(adjustments).values(row).returning(adjustments.c.id))).scalar_one())
    if wanted.amount < 0 and wanted.period is not None:
        most = min(-wanted.amount, result.open[wanted.period])
        await _direct(db, account_id, {"credit_id": key}, wanted.period, most, poster.by)
    await _moved(db, account_id, rules, today)
    return Outcome(state=State.POSTED, key=str(key))


async def _moved(db: Writing, account_id: int, rules: MoneyRules, today: date) -> None:
    """Work out what is open now, whether a promise or a plan is kept by it, and whether he leaves lists of debtors."""
    await ledger.settle(db, account_id, rules.allocation)
    await outbound_attempts.remove_paid(db, [account_id])
    await ledger_promises.look(db, account_id, rules.promise, today)
    await ledger_plans.look(db, account_id, rules.plan, today)


async def _known_payment(db: AsyncConnection, account_id: int, wanted: NewPayment, reference: str) -> Outcome | None:
    if not reference:
        return None
    query = select(payments).where(payments.c.account_id == account_id, payments.c.reference == reference)
    rows = (await db.execute(query.order_by(payments.c.paid_on, payments.c.seq))).all()
    same = [row for row in rows if (row.amount, row.paid_on) == (wanted.amount, wanted.paid_on)]
    if same:
        return Outcome(state=State.KNOWN, key=f"{same[0].paid_on}.{same[0].seq}")
    if rows:
        return refused("reference-taken")
    return await ledger_wishes.known(db, account_id, What.PAYMENT, reference, wanted.amount)


async def _known_adjustment(
    db: AsyncConnection, account_id: int, wanted: NewAdjustment, reference: str
) -> Outcome | None:
    if not reference:
        return None
    query = select(adjustments).where(adjustments.c.account_id == account_id, adjustments.c.reference == reference)
    row = (await db.execute(query)).one_or_none()
    if row is None:
        return await ledger_wishes.known(db, account_id, What.ADJUSTMENT, reference, wanted.amount)
    if (row.kind, row.amount) != (wanted.kind, wanted.amount):
        return refused("reference-taken")
    return Outcome(state=State.KNOWN, key=str(row.id))


async def _objection(  # noqa: PLR0913, PLR0917 -- what one person has done alone today
    db: AsyncConnection, account_id: int, amount: Decimal, poster: Poster, rules: MoneyRules, today: date
) -> str:
    if poster.by is None or not is_amount(amount):
        return ""
    own = select(func.coalesce(func.sum(func.abs(adjustments.c.amount)), 0)).where(
        adjustments.c.account_id == account_id,
        adjustments.c.posted_by == poster.by,
        adjustments.c.posted_on == today,
        adjustments.c.approved_by.is_(None),
    )
    backs = select(func.coalesce(func.sum(func.abs(payments.c.amount)), 0)).where(
        payments.c.account_id == account_id,
        payments.c.posted_by == poster.by,
        payments.c.paid_on == today,
        payments.c.reverses_on.is_not(None),
    )
    already = (await db.execute(select(own.scalar_subquery() + backs.scalar_subquery()))).scalar_one()
    return objection_to_amount(amount, already, rules.limits)


async def _add_payment(db: Writing, account_id: int, paid_on: date, row: dict[str, Any]) -> int:
    that_day = (payments.c.account_id == account_id) & (payments.c.paid_on == paid_on)
    place = select(func.coalesce(func.max(payments.c.seq) + 1, 0)).where(that_day).scalar_subquery()
    values = {"account_id": account_id, "paid_on": paid_on, "seq": place, "posted_at": func.now(), **row}
    return int((await db.execute(insert(payments).values(values).returning(payments.c.seq))).scalar_one())


async def _direct(  # noqa: PLR0913, PLR0917 -- one row
    db: Writing, account_id: int, source: dict[str, Any], target: Target | None, amount: Decimal, by: int | None
) -> None:
    if not amount or target is None:
        return
    key = {"charge_id": target} if isinstance(target, int) else {"period": target}
    await db.execute(insert(allocations).values(account_id=account_id, amount=amount, by_user=by, **source, **key))


async def _undirect(db: Writing, account_id: int, paid_on: date, seq: int, by: int | None) -> None:
    """Take back what a payment was directed to, row by row."""
    query = select(allocations).where(
        allocations.c.account_id == account_id, allocations.c.paid_on == paid_on, allocations.c.seq == seq
    )
    for row in (await db.execute(query)).all():
        target: Target = row.period if row.charge_id is None else row.charge_id
        await _direct(db, account_id, {"paid_on": paid_on, "seq": seq}, target, -row.amount, by)
