"""Attempts: on record before anything is dialled, one open call a debtor, ended once; rows put off and paid (shell).

Every step is a comparison with what is on record: whoever comes too late changes nothing and is told so. Classes,
states and outcomes are codes of `outbound`, whose rules decide; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, case, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.ledger import removing
from crm_core.store import access_log
from crm_core.tables import attempts, campaign_rows, campaigns
from crm_core.text import one_line

CHANNEL = "busbar_outbound"
"""Where the base notifies (`LISTEN`): something of campaigns changed, or an open call is to be cancelled."""
LISTEN = text(f"listen {CHANNEL}")
LASTING = text("set local synchronous_commit = on")
"""What is about to be dialled outlives the server whatever else it is set to."""
STAMPS = {
    "placed": attempts.c.placed_at,
    "ringing": attempts.c.ringing_at,
    "answered": attempts.c.answered_at,
    "talking": attempts.c.talking_at,
}
"""States that have a moment of their own."""
WAITING, IN_WORK, PAID, REMOVED = "waiting", "in_work", "paid", "removed"
PAYABLE = (WAITING, "blocked_by_law", "not_reached", "bad_number")
"""Classes that a payment which came during the call overrules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttempt:
    """A call that is about to be made."""

    campaign_id: int | None
    """None: dialled by hand, of no campaign."""
    account_id: int
    customer_id: int
    number: str
    call_id: str
    """Name of the channel; never used before."""
    mode: str
    """`outbound.terms.Mode`."""
    policy: str
    """`code@version` that allowed it."""
    planned_at: datetime
    channel: str = "call"
    zones: tuple[str, ...] = ()
    allowed_until: datetime | None = None
    node: str = ""
    trunk: str = ""
    caller_id: str = ""
    operator_id: int | None = None
    """Who asked for it, or is to talk; None while nobody is chosen."""
    why: Mapping[str, Any] = field(default_factory=dict)
    """What replays the decision to dial; JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedAttempt:
    """How an attempt ended."""

    at: datetime
    outcome: str
    """`outbound.terms.Outcome`."""
    cause: int | None = None
    """Q.850."""
    sip_code: int | None = None
    disposition: str = ""
    operator_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAttempt:
    """An attempt that has not ended."""

    attempt_id: int
    campaign_id: int | None
    row_id: int | None
    account_id: int
    customer_id: int
    number: str
    call_id: str
    mode: str
    state: str
    node: str
    trunk: str
    operator_id: int | None
    planned_at: datetime
    placed_at: datetime | None
    answered_at: datetime | None
    talking_at: datetime | None
    cancel: str
    """Why it is to be cancelled: `paid`, `removed`, `stopped`; "" when it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    """A row that may not be tried now."""

    row_id: int
    klass: str
    """`outbound.terms.Klass`: waiting when it may be later."""
    reasons: tuple[str, ...]
    next_at: datetime | None
    """None: not before something else than time changes; it is looked at again by `outbound_rows.reconsider`."""
    policy: str


async def take(db: Writing, row_id: int | None, new: NewAttempt) -> int | None:
    """Put an attempt on record; whoever gets a key may dial, after the transaction is committed.

    Args:
        db: a transaction.
        row_id: the row it is of; None when dialled by hand.
        new: the call.

    Returns:
        The attempt's key; None when a call to this customer is open, or the row is not to be tried any more (taken,
        paid, removed, its campaign does not run). Then nothing is on record.

    """
    await db.execute(LASTING)
    async with db.begin_nested() as point:
        values = asdict(new) | {"row_id": row_id, "zones": list(new.zones), "why": dict(new.why)}
        values["caller_id"], values["trunk"] = one_line(new.caller_id, 16), one_line(new.trunk, 20)
        added = insert(attempts).values(values).on_conflict_do_nothing().returning(attempts.c.id)
        key: int | None = await db.scalar(added)
        if key is None or row_id is None:
            return key
        if not await _taken(db, row_id, new):
            await point.rollback()
            return None
    return key


async def _taken(db: Writing, row_id: int, new: NewAttempt) -> bool:
    free = (
        select(campaign_rows.c.id)
        .where(
            campaign_rows.c.id == row_id,
            campaign_rows.c.account_id == new.account_id,
            campaign_rows.c.klass == WAITING,
            campaign_rows.c.paid_at.is_(None),
            campaign_rows.c.removed_at.is_(None),
            exists().where(campaigns.c.id == campaign_rows.c.campaign_id, campaigns.c.state == "running"),
        )
        .with_for_update(skip_locked=True)
    )
    change = update(campaign_rows).where(campaign_rows.c.id.in_(free.scalar_subquery()))
    done = await db.execute(
        change.values(
            klass=IN_WORK, classed_at=new.planned_at, tries=campaign_rows.c.tries + 1, reasons=[], policy=new.policy
        )
    )
    return bool(done.rowcount)


async def step(  # noqa: PLR0913 -- what a state is, and what became known with it
    db: Writing, attempt_id: int, state: str, at: datetime, *, operator_id: int | None = None, trunk: str = ""
) -> bool:
    """Put on record where an open attempt stands; False when it has ended.

    Args:
        db: a transaction.
        attempt_id: which.
        state: `outbound.attempt`.
        at: when it came there.
        operator_id: who has it now, when that changed.
        trunk: by which trunk it went, when that became known.

    """
    values: dict[str, Any] = {"state": state}
    if state in STAMPS:
        column = STAMPS[state]
        values[column.name] = func.coalesce(column, at)
    if operator_id is not None:
        values["operator_id"] = operator_id
    if trunk:
        values["trunk"] = one_line(trunk, 20)
    change = update(attempts).where(attempts.c.id == attempt_id, attempts.c.ended_at.is_(None))
    return bool((await db.execute(change.values(values))).rowcount)


async def settle(  # noqa: PLR0913, PLR0917 -- how it ended, and what follows by the rules
    db: Writing, attempt_id: int, ended: EndedAttempt, klass: str, next_at: datetime | None, next_number: str = ""
) -> str | None:
    """Put on record how an attempt ended and where its row stands now; ended twice is ended once.

    Args:
        db: a transaction.
        attempt_id: which.
        ended: how.
        klass: where the row stands by the rules; who paid or was removed during the call is overruled to that.
        next_at: when it may be tried again, for `waiting`.
        next_number: which number then, "" for the best one.

    Returns:
        The class the row is in now, "" for an attempt without a row; None when the attempt had ended before.

    """
    await db.execute(LASTING)
    values: dict[str, Any] = {
        "state": "ended", "ended_at": ended.at, "outcome": ended.outcome, "cause": ended.cause,
        "sip_code": ended.sip_code, "disposition": one_line(ended.disposition, 24),
    }  # fmt: skip
    if ended.operator_id is not None:
        values["operator_id"] = ended.operator_id
    closing = update(attempts).where(attempts.c.id == attempt_id, attempts.c.ended_at.is_(None)).values(values)
    row = (await db.execute(closing.returning(attempts.c.row_id))).one_or_none()
    if row is None:
        return None
    if row.row_id is None:
        return ""
    paid = [(campaign_rows.c.paid_at.is_not(None), PAID)] if klass in PAYABLE else []
    overruled = case((campaign_rows.c.removed_at.is_not(None), REMOVED), *paid, else_=klass)
    change = update(campaign_rows).where(campaign_rows.c.id == row.row_id, campaign_rows.c.klass == IN_WORK)
    moved = change.values(
        klass=overruled, classed_at=ended.at, next_at=next_at or ended.at, next_number=one_line(next_number, 20)
    )
    now = await db.scalar(moved.returning(campaign_rows.c.klass))
    return str(now or "")


async def put_off(db: Writing, rows: Sequence[PutOff], at: datetime) -> int:
    """Write down why rows may not be tried now, and when they may; those that somebody took meanwhile stay."""
    if not rows:
        return 0
    change = (
        update(campaign_rows)
        .where(
            campaign_rows.c.id == bindparam("row"),
            # No `in_`: its list cannot be expanded in a statement of many rows.
            or_(campaign_rows.c.klass == WAITING, campaign_rows.c.klass == "blocked_by_law"),
        )
        .values(
            klass=bindparam("to"), reasons=bindparam("said"), policy=bindparam("by"),
            next_at=func.coalesce(bindparam("later", type_=campaign_rows.c.next_at.type), campaign_rows.c.next_at),
            classed_at=case((campaign_rows.c.klass == bindparam("to"), campaign_rows.c.classed_at), else_=at),
        )
    )  # fmt: skip
    told = [
        {"row": one.row_id, "to": one.klass, "said": list(one.reasons), "by": one.policy, "later": one.next_at}
        for one in rows
    ]
    await db.execute(change, told)
    return len(told)


async def open_attempts(db: AsyncConnection) -> list[OpenAttempt]:
    """Return every attempt that has not ended: what a floor that starts has to see to."""
    return [_open(row) for row in await db.execute(_open_query)]


async def to_cancel(db: AsyncConnection) -> list[OpenAttempt]:
    """Return the open attempts that are not wanted any more, with why; those that talk already are among them.

    Asked at each notice of `CHANNEL` and after each way back to the base: nothing is lost that was not heard.
    """
    return [one for one in await open_attempts(db) if one.cancel]


_unwanted = case(
    (campaign_rows.c.paid_at.is_not(None), "paid"),
    (campaign_rows.c.removed_at.is_not(None), "removed"),
    (campaigns.c.halted_at >= attempts.c.planned_at, "stopped"),
    else_="",
)
_open_query = (
    select(attempts, _unwanted.label("cancel"))
    .outerjoin(campaign_rows, campaign_rows.c.id == attempts.c.row_id)
    .outerjoin(campaigns, campaigns.c.id == attempts.c.campaign_id)
    .where(attempts.c.ended_at.is_(None))
    .order_by(attempts.c.id)
)


def _open(row: Row[Any]) -> OpenAttempt:
    return OpenAttempt(
        attempt_id=row.id,
        campaign_id=row.campaign_id,
        row_id=row.row_id,
        account_id=row.account_id,
        customer_id=row.customer_id,
        number=row.number,
        call_id=row.call_id,
        mode=row.mode,
        state=row.state,
        node=row.node,
        trunk=row.trunk,
        operator_id=row.operator_id,
        planned_at=row.planned_at,
        placed_at=row.placed_at,
        answered_at=row.answered_at,
        talking_at=row.talking_at,
        cancel=row.cancel,
    )


async def disposed(db: Writing, call_id: str, disposition: str, klass: str, next_at: datetime | None) -> bool:
    """Put on record what the operator said a talk was, and where its row stands by that; corrected later, the same.

    Args:
        db: a transaction.
        call_id: of the call.
        disposition: code of the result.
        klass: where the row stands by it.
        next_at: when it may be tried again, for `waiting`.

    """
    change = update(attempts).where(attempts.c.call_id == call_id).values(disposition=one_line(disposition, 24))
    row = (await db.execute(change.returning(attempts.c.row_id, attempts.c.ended_at))).one_or_none()
    if row is None or row.row_id is None or row.ended_at is None:
        return row is not None
    newer = exists().where(attempts.c.row_id == row.row_id, attempts.c.ended_at.is_(None))
    mine = update(campaign_rows).where(
        campaign_rows.c.id == row.row_id, campaign_rows.c.klass.not_in([PAID, REMOVED, IN_WORK]), ~newer
    )
    await db.execute(mine.values(klass=klass, classed_at=func.now(), next_at=next_at or func.now()))
    return True


async def decide(db: Writing, attempt_id: int, outcome: str, by: int | None) -> bool:
    """Put on record what an attempt was whose end nobody knew, as a person found out; False when that is known.

    Until then it stands against every further call to this debtor.
    """
    this = update(attempts).where(attempts.c.id == attempt_id, attempts.c.outcome == "unknown")
    done = await db.scalar(this.values(outcome=outcome).returning(attempts.c.account_id))
    if done is not None:
        said = f"attempt {attempt_id} was {outcome}"
        await access_log.record(db, by, "campaign.managed", f"account {done}", said)
    return done is not None


async def remove_paid(db: Writing, account_ids: Sequence[int]) -> list[int]:
    """Take who has paid out of every list, in the transaction of the payment; bring back whose payment was taken back.

    An open call is told of at once (`CHANNEL`, at the commit), and `to_cancel` names it.

    Args:
        db: the transaction of the posting, after `ledger.settle`.
        account_ids: whose ledger moved.

    Returns:
        Keys of the rows that left.

    """
    asked = {"accounts": list(account_ids)}
    left = [row.id for row in await db.exec_driver_sql(removing.PAID, asked)]
    back = [row.id for row in await db.exec_driver_sql(removing.BACK, asked)]
    if left or back:
        await db.exec_driver_sql(removing.TELL)
    return left
