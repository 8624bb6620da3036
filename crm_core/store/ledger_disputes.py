"""Disputes about invoices: raised, settled (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, cast, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchPosting
from crm_core.ledger.disputes import DisputeEvent, DisputeState, advance, raising_refusal, settling_refusal
from crm_core.ledger.kinds import Kind
from crm_core.ledger.posting import NewAdjustment, Outcome, State, is_amount, refused
from crm_core.store import ledger, locks, policies
from crm_core.store.ledger_posting import Poster, adjust
from crm_core.tables import accounts, disputes, invoices
from crm_core.text import storable

FLAG = "dispute"
"""Stands among the account's flags while a dispute is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A dispute on record."""

    dispute_id: int
    account_id: int
    period: date
    amount: Decimal
    reason: str
    status: str
    raised_by: int | None
    raised_at: datetime
    settled_by: int | None
    settled_at: datetime | None
    settlement: str
    adjustment_id: int | None


async def dispute(  # noqa: PLR0913, PLR0917 -- what is disputed, why, by whom
    db: Writing, account_id: int, period: date, amount: Decimal, reason: str, by: int | None
) -> Outcome:
    """Raise a dispute about an invoice: it is not dunned from now on, and waits for its money.

    Raises:
        NoSuchAccount: there is no such account.
        NoSuchPosting: that month was not billed.
    """
    today = await locks.account(db, account_id)
    mine = (invoices.c.account_id == account_id) & (invoices.c.period == period)
    billed = (await db.execute(select(invoices.c.amount).where(mine))).scalar_one_or_none()
    if billed is None:
        raise NoSuchPosting(f"account {account_id} has no invoice of {period:%Y-%m}")
    same = select(disputes.c.id).where(
        disputes.c.account_id == account_id, disputes.c.period == period, disputes.c.status == DisputeState.OPEN
    )
    is_open = (await db.execute(same)).scalar_one_or_none() is not None
    no = raising_refusal(amount, billed, is_open=is_open) if is_amount(amount) else "dispute-amount"
    if no or not reason.strip():
        return refused(no or "adjustment-reason")
    row = {"account_id": account_id, "period": period, "amount": amount, "reason": storable(reason, 1000),
           "raised_by": by}  # fmt: skip
    key = (await db.execute(insert(disputes).values(row).returning(disputes.c.id))).scalar_one()
    await db.execute(update(invoices).where(mine).values(disputed=True))
    await _mark(db, account_id, disputed=True)
    await ledger.settle(db, account_id, (await policies.money_on(db, today)).allocation)
    return Outcome(state=State.POSTED, key=str(key))


async def settle(  # noqa: PLR0913, PLR0917 -- how it is settled, by whom
    db: Writing, dispute_id: int, event: DisputeEvent, credit: Decimal, by: int | None, settlement: str
) -> Outcome:
    """Settle a dispute: for the customer by an adjustment, which above the limit waits for a second person.

    Raises:
        NoSuchPosting: there is no such dispute.
    """
    one = await find(db, dispute_id)
    await locks.account(db, one.account_id)
    one = await find(db, dispute_id)
    no = (
        settling_refusal(DisputeState(one.status), event, credit, one.amount)
        if credit.is_finite()
        else "dispute-credit"
    )
    if no or not settlement.strip():
        return refused(no or "adjustment-reason")
    adjustment_id = None
    if event is DisputeEvent.UPHOLD:
        outcome = await adjust(
            db, one.account_id, _credit(one, credit, settlement), Poster(by=by), dispute_id=dispute_id
        )
        if outcome.state not in {State.POSTED, State.KNOWN}:
            return outcome
        adjustment_id = int(outcome.key)
    await close(db, one, event, by, settlement, adjustment_id)
    return Outcome(state=State.POSTED, key=str(dispute_id))


def _credit(one: Dispute, credit: Decimal, settlement: str) -> NewAdjustment:
    """Return the adjustment that gives a customer what he was right about."""
    return NewAdjustment(
        kind=Kind.DISPUTE,
        amount=-credit,
        reason=settlement or one.reason,
        period=one.period,
        reference=f"dispute {one.dispute_id}",
    )


async def close(  # noqa: PLR0913, PLR0917 -- one row
    db: Writing, one: Dispute, event: DisputeEvent, by: int | None, settlement: str, adjustment_id: int | None = None
) -> None:
    """Write down how a dispute ended, and let its invoice be paid and dunned again; the account must be locked."""
    today = await locks.account(db, one.account_id)
    await db.execute(
        update(disputes)
        .where(disputes.c.id == one.dispute_id)
        .values(
            status=advance(DisputeState(one.status), event),
            settled_by=by,
            settled_at=func.now(),
            settlement=storable(settlement, 1000),
            adjustment_id=adjustment_id,
        )
    )
    mine = (invoices.c.account_id == one.account_id) & (invoices.c.period == one.period)
    await db.execute(update(invoices).where(mine).values(disputed=False))
    others = select(invoices.c.period).where(invoices.c.account_id == one.account_id, invoices.c.disputed).limit(1)
    await _mark(db, one.account_id, disputed=(await db.execute(others)).first() is not None)
    await ledger.settle(db, one.account_id, (await policies.money_on(db, today)).allocation)


async def find(db: AsyncConnection, dispute_id: int) -> Dispute:
    """Return one dispute.

    Raises:
        NoSuchPosting: there is none of that id.
    """
    row = (await db.execute(select(disputes).where(disputes.c.id == dispute_id))).one_or_none()
    if row is None:
        raise NoSuchPosting(f"there is no dispute {dispute_id}")
    return _dispute(row)


async def disputes_of(
    db: AsyncConnection, account_id: int, *, before: int | None = None, limit: int = 50
) -> list[Dispute]:
    """Return an account's disputes, newest first, from behind `before` (a dispute's id) on."""
    query = select(disputes).where(disputes.c.account_id == account_id).order_by(disputes.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(disputes.c.id < before)
    return [_dispute(row) for row in await db.execute(query)]


async def _mark(db: Writing, account_id: int, *, disputed: bool) -> None:
    """Set or clear the flag that others read."""
    without = accounts.c.flags.op("-", return_type=JSONB)(cast(literal(FLAG), Text))
    flags = without.op("||", return_type=JSONB)(cast(literal([FLAG], JSONB), JSONB)) if disputed else without
    await db.execute(update(accounts).where(accounts.c.id == account_id).values(flags=flags))


def _dispute(row: Any) -> Dispute:
    return Dispute(
        dispute_id=row.id,
        account_id=row.account_id,
        period=row.period,
        amount=row.amount,
        reason=row.reason,
        status=row.status,
        raised_by=row.raised_by,
        raised_at=row.raised_at,
        settled_by=row.settled_by,
        settled_at=row.settled_at,
        settlement=row.settlement,
        adjustment_id=row.adjustment_id,
    )
