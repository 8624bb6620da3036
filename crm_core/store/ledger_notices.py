"""Notices to who owes: what went out, and what is known of it (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import clock
from crm_core.db import Writing
from crm_core.errors import NoSuchPosting
from crm_core.ledger import restriction
from crm_core.ledger.notices import NoticeChannel, NoticeEvent, NoticeKind, NoticeState, advance
from crm_core.ledger.posting import Outcome, State, refused
from crm_core.store import ledger_debtors, locks, policies
from crm_core.tables import notices
from crm_core.text import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice on record."""

    notice_id: int
    account_id: int
    kind: str
    channel: str
    amount: Decimal
    status: str
    sent_at: datetime
    told_at: datetime | None
    note: str


async def sent(  # noqa: PLR0913, PLR0917 -- one row
    db: Writing, account_id: int, kind: NoticeKind, channel: NoticeChannel, amount: Decimal, note: str, by: int | None
) -> Outcome:
    """Write down that a notice went out now; of a restriction only when the rules of money let it.

    Raises:
        NoSuchAccount: there is no such account.
    """
    today = await locks.account(db, account_id)
    no = await _objection(db, account_id, kind, today)
    if no:
        return refused(no)
    row = {
        "account_id": account_id,
        "kind": kind,
        "channel": channel,
        "amount": amount,
        "sent_at": clock.now(),
        "note": storable(note, 500),
        "by_user": by,
    }
    key = (await db.execute(insert(notices).values(row).returning(notices.c.id))).scalar_one()
    return Outcome(state=State.POSTED, key=str(key))


async def _objection(db: AsyncConnection, account_id: int, kind: NoticeKind, today: date) -> str:
    if kind not in {NoticeKind.RESTRICTION_WARNING, NoticeKind.RESTRICTION}:
        return ""
    rules = await policies.money_on(db, today)
    owing = await ledger_debtors.debtor(db, account_id, rules, today)
    if kind is NoticeKind.RESTRICTION_WARNING:
        return restriction.warning_refusal(owing, rules.restriction)
    return restriction.judge(owing, rules.restriction, today).rule


async def came_back(db: Writing, notice_id: int, event: NoticeEvent, note: str) -> Outcome:
    """Write down that a notice arrived, or did not; what is known already stays.

    Raises:
        NoSuchPosting: there is no such notice.
    """
    query = select(notices).where(notices.c.id == notice_id).with_for_update()
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchPosting(f"there is no notice {notice_id}")
    after = advance(NoticeState(row.status), event)
    if after is None:
        return refused("notice-told-already")
    change = update(notices).where(notices.c.id == notice_id)
    await db.execute(change.values(status=after, told_at=func.now(), note=storable(note, 500) or row.note))
    return Outcome(state=State.POSTED, key=str(notice_id))


async def account_of(db: AsyncConnection, notice_id: int) -> int | None:
    """Return whose notice it is, None when there is none of that id."""
    query = select(notices.c.account_id).where(notices.c.id == notice_id)
    return (await db.execute(query)).scalar_one_or_none()


async def notices_of(
    db: AsyncConnection, account_id: int, *, before: int | None = None, limit: int = 50
) -> list[Notice]:
    """Return an account's notices, newest first, from behind `before` (a notice's id) on."""
    query = select(notices).where(notices.c.account_id == account_id).order_by(notices.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(notices.c.id < before)
    return [
        Notice(
            notice_id=row.id, account_id=row.account_id, kind=row.kind, channel=row.channel, amount=row.amount,
            status=row.status, sent_at=row.sent_at, told_at=row.told_at, note=row.note,
        )
        for row in await db.execute(query)
    ]  # fmt: skip
