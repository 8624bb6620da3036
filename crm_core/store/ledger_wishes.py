"""What waits for a second person: asked, listed, decided (shell; AC44)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import BadValue, NoSuchPosting
from crm_core.ledger.approvals import ApprovalEvent, ApprovalState, What, advance
from crm_core.ledger.posting import Outcome, State, refused
from crm_core.tables import accounts, approvals, customers, users
from crm_core.text import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one person wants posted and may not post alone."""

    what: What
    asked: Mapping[str, Any]
    amount: Decimal
    rule: str
    reason: str
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A wish as the list shows it."""

    approval_id: int
    account_id: int
    account_number: str
    customer: str
    currency: str
    what: str
    asked: Mapping[str, Any]
    amount: Decimal
    rule: str
    reason: str
    status: str
    asked_by: int
    asker: str
    asked_at: datetime


async def ask(db: Writing, account_id: int, wish: Wish, by: int | None) -> Outcome:
    """Lay a wish before a second person; the same one again waits already.

    Raises:
        BadValue: nobody asks; the house itself never needs a second person.
    """
    if by is None:
        raise BadValue("only a person can ask for a second one")
    waits = await known(db, account_id, wish.what, wish.reference, wish.amount)
    if waits is not None:
        return waits
    row = {
        "account_id": account_id,
        "what": wish.what,
        "asked": dict(wish.asked),
        "amount": wish.amount,
        "rule": wish.rule,
        "reason": storable(wish.reason, 500),
        "reference": wish.reference or None,
        "asked_by": by,
    }
    key = (await db.execute(insert(approvals).values(row).returning(approvals.c.id))).scalar_one()
    return Outcome(state=State.WAITING, rule=wish.rule, key=str(key))


async def known(db: AsyncConnection, account_id: int, what: What, reference: str, amount: Decimal) -> Outcome | None:
    """Return the outcome for a reference that waits already, None when it does not."""
    if not reference:
        return None
    query = select(approvals).where(
        approvals.c.account_id == account_id,
        approvals.c.what == what,
        approvals.c.reference == reference,
        approvals.c.status == ApprovalState.WAITING,
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        return None
    if row.amount != amount:
        return refused("reference-taken")
    return Outcome(state=State.WAITING, rule=row.rule, key=str(row.id))


async def waiting(
    db: AsyncConnection, *, account_id: int | None = None, after: int = 0, limit: int = 50
) -> list[Waiting]:
    """Return what waits, oldest first, from behind `after` on; of one account when asked."""
    query = _wishes().where(approvals.c.status == ApprovalState.WAITING, approvals.c.id > after).limit(limit)
    if account_id is not None:
        query = query.where(approvals.c.account_id == account_id)
    return [_of(row) for row in await db.execute(query)]


async def find(db: AsyncConnection, approval_id: int) -> Waiting:
    """Return one wish, whatever became of it.

    Raises:
        NoSuchPosting: there is none of that id.
    """
    row = (await db.execute(_wishes().where(approvals.c.id == approval_id))).one_or_none()
    if row is None:
        raise NoSuchPosting(f"there is no approval {approval_id}")
    return _of(row)


async def decided(db: Writing, wish: Waiting, event: ApprovalEvent, by: int, decision: str) -> None:
    """Write down what became of a wish; its account must be locked and the event possible."""
    await db.execute(
        update(approvals)
        .where(approvals.c.id == wish.approval_id)
        .values(
            status=advance(ApprovalState(wish.status), event),
            decided_by=by,
            decided_at=func.now(),
            decision=storable(decision, 500),
        )
    )


async def reopened(db: Writing, wish: Waiting) -> None:
    """Let a wish wait on whose posting was refused in the same transaction as its approval."""
    await db.execute(
        update(approvals)
        .where(approvals.c.id == wish.approval_id)
        .values(status=wish.status, decided_by=None, decided_at=None, decision="")
    )


def _wishes() -> Select[Any]:
    return (
        select(approvals, accounts.c.number, accounts.c.currency, customers.c.name, users.c.name.label("asker"))
        .join(accounts, accounts.c.id == approvals.c.account_id)
        .join(customers, customers.c.id == accounts.c.customer_id)
        .join(users, users.c.id == approvals.c.asked_by)
        .order_by(approvals.c.id)
    )


def _of(row: Any) -> Waiting:
    return Waiting(
        approval_id=row.id,
        account_id=row.account_id,
        account_number=row.number,
        customer=row.name,
        currency=row.currency,
        what=row.what,
        asked=row.asked,
        amount=row.amount,
        rule=row.rule,
        reason=row.reason,
        status=row.status,
        asked_by=row.asked_by,
        asker=row.asker,
        asked_at=row.asked_at,
    )
