"""Requests for leave on record: asked, decided, withdrawn, each step once (shell)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Action
from crm_core.db import Writing
from crm_core.errors import LeaveOutOfTurn, NoSuchShift
from crm_core.store import access_log, workforce_shifts
from crm_core.tables import leave_requests, users
from crm_core.text import storable
from crm_core.workforce import leave
from crm_core.workforce.leave import LIVE, LeaveKind, LeaveRefusal, LeaveState, LeaveStep, days_of

LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A request."""

    request_id: int
    operator_id: int
    name: str
    """Of the operator."""
    first: date
    last: date
    kind: LeaveKind
    note: str
    state: LeaveState
    asked_at: datetime
    reason: str
    """Why it was declined."""
    decided_at: datetime | None


def _leave(row: Row[*tuple[Any, ...]]) -> Leave:
    return Leave(
        request_id=row.id,
        operator_id=row.operator_id,
        name=row.name,
        first=row.first,
        last=row.last,
        kind=LeaveKind(row.kind),
        note=row.note,
        state=LeaveState(row.state),
        asked_at=row.asked_at,
        reason=row.reason,
        decided_at=row.decided_at,
    )


async def listing(
    db: AsyncConnection,
    *,
    operators: Collection[int] | None = None,
    states: Collection[LeaveState] = frozenset(LeaveState),
    before: int | None = None,
    limit: int = 50,
) -> list[Leave]:
    """Return requests, newest first.

    Args:
        db: the base.
        operators: whose; None: everybody's.
        states: in which they are.
        before: key of the last one shown before.
        limit: how many at most.

    """
    query = (
        select(leave_requests, users.c.name)
        .join(users, users.c.id == leave_requests.c.operator_id)
        .where(leave_requests.c.state.in_([one.value for one in states]))
        .order_by(leave_requests.c.id.desc())
        .limit(limit)
    )
    if operators is not None:
        query = query.where(leave_requests.c.operator_id.in_(sorted(operators)))
    if before is not None:
        query = query.where(leave_requests.c.id < before)
    return [_leave(row) for row in await db.execute(query)]


async def one(db: AsyncConnection, request_id: int) -> Leave:
    """Return a request.

    Raises:
        NoSuchShift: there is none of this key.

    """
    query = (
        select(leave_requests, users.c.name)
        .join(users, users.c.id == leave_requests.c.operator_id)
        .where(leave_requests.c.id == request_id)
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchShift(f"there is no request {request_id} for leave")
    return _leave(row)


async def away(db: AsyncConnection, first: date, last: date) -> dict[int, frozenset[date]]:
    """Return on which days who is on approved leave."""
    query = (
        select(leave_requests.c.operator_id, leave_requests.c.first, leave_requests.c.last)
        .where(
            leave_requests.c.state == LeaveState.APPROVED.value,
            leave_requests.c.first <= last,
            leave_requests.c.last >= first,
        )
        .limit(20_000)
    )
    found: dict[int, set[date]] = {}
    for row in await db.execute(query):
        found.setdefault(row.operator_id, set()).update(days_of(max(row.first, first), min(row.last, last)))
    return {key: frozenset(days) for key, days in found.items()}


async def ask(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, operator_id: int, first: date, last: date, kind: LeaveKind, note: str, today: date, now: datetime
) -> int | LeaveRefusal:
    """Ask for leave; returns the request's key, or what forbids it."""
    # Two requests of one person at once are judged one after the other.
    await db.execute(select(users.c.id).where(users.c.id == operator_id).with_for_update())
    alive = select(leave_requests.c.first, leave_requests.c.last).where(
        leave_requests.c.operator_id == operator_id, leave_requests.c.state.in_([one.value for one in LIVE])
    )
    live = [(row.first, row.last) for row in await db.execute(alive)]
    refusal = leave.asking_refusal(first, last, today, live, kind)
    if refusal is not None:
        return refusal
    values = {
        "operator_id": operator_id, "first": first, "last": last, "kind": kind.value,
        "note": storable(note, LONGEST_NOTE), "asked_at": now,
    }  # fmt: skip
    return int((await db.execute(insert(leave_requests).values(values).returning(leave_requests.c.id))).scalar_one())


async def step(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, request_id: int, does: LeaveStep, by: int, reason: str, now: datetime
) -> Leave:
    """Approve, decline or withdraw a request; approved, his shifts on its days are taken away. Returns it as it was.

    Raises:
        NoSuchShift: there is none of this key.
        LeaveOutOfTurn: it was decided or withdrawn meanwhile.

    """
    was = await one(db, request_id)
    after = leave.advance(was.state, does)
    change = (
        update(leave_requests)
        .where(leave_requests.c.id == request_id, leave_requests.c.state == was.state.value)
        .values(state=after, decided_by=by, decided_at=now, reason=storable(reason, LONGEST_NOTE))
    )
    if after is None or not (await db.execute(change)).rowcount:
        raise LeaveOutOfTurn(f"the request {request_id} for leave is {was.state.value}")
    if after is LeaveState.APPROVED:
        await workforce_shifts.take(db, was.operator_id, days_of(was.first, was.last), by)
    if by != was.operator_id:
        said = f"{after.value} {was.first} {was.last}"
        await access_log.record(db, by, Action.DECIDE_LEAVE, f"user {was.operator_id}", said)
    return was
