"""Readings that a rule held: the work list, and what people decide about them (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import HeldDecided, NoSuchHeldReading
from crm_core.held import HeldEvent, HeldState, advance
from crm_core.readings import Decision, Verdict
from crm_core.tables import accounts, customers, held_readings, meters, readings, registers
from crm_core.text import storable

REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A reading that waits for a person."""

    held_id: int
    account_id: int
    account_number: str
    customer: str
    register_id: int
    register_code: str
    serial: str
    taken_on: date
    value: Decimal
    rule: str
    least: Decimal | None
    most: Decimal | None
    source: str
    status: str
    held_at: datetime


async def note(  # noqa: PLR0913 -- what was submitted, and by whom
    db: Writing,
    account_id: int,
    verdicts: Sequence[Verdict],
    taken_on: date,
    source: str,
    *,
    confirmed_by: int | None = None,
    reason: str = "",
) -> None:
    """Write down what was held in a submission, and close what this submission answers.

    Args:
        db: the transaction that stored the readings.
        account_id: whose.
        verdicts: what became of the submission.
        taken_on: the day it was read.
        source: who gave it.
        confirmed_by: the person who looked again at what was held.
        reason: what that person said.
    """
    fine = [one.register_id for one in verdicts if one.decision is Decision.ACCEPTED]
    if fine:
        waits = (
            (held_readings.c.account_id == account_id)
            & held_readings.c.register_id.in_(fine)
            & (held_readings.c.status == HeldState.WAITING)
        )
        answer: dict[str, Any] = {"status": HeldState.CONFIRMED, "decided_by": confirmed_by, "reason": reason}
        if confirmed_by is not None:
            query = update(held_readings).where(waits, held_readings.c.taken_on == taken_on)
            await db.execute(query.values(**answer, decided_at=func.now()))
        query = update(held_readings).where(waits, held_readings.c.taken_on <= taken_on)
        await db.execute(query.values(status=HeldState.OVERTAKEN, decided_at=func.now()))
    rows = [
        {"account_id": account_id, "register_id": one.register_id, "taken_on": taken_on, "value": one.value,
         "rule": one.rule, "least": one.least, "most": one.most, "source": source}
        for one in verdicts if one.decision is Decision.HELD
    ]  # fmt: skip
    if rows:
        added = insert(held_readings).values(rows)
        changed = {name: added.excluded[name] for name in ("value", "rule", "least", "most", "source")}
        await db.execute(
            added.on_conflict_do_update(
                index_elements=["account_id", "register_id", "taken_on"],
                index_where=held_readings.c.status == HeldState.WAITING.value,
                set_=changed | {"held_at": func.now()},
            )
        )


async def overtake(db: Writing, account_id: int, registers_: Sequence[int]) -> None:
    """Close what waits for these registers: their meter is gone, its final readings took the place of theirs."""
    await db.execute(
        update(held_readings)
        .where(
            held_readings.c.account_id == account_id,
            held_readings.c.register_id.in_(registers_),
            held_readings.c.status == HeldState.WAITING,
        )
        .values(status=HeldState.OVERTAKEN, decided_at=func.now())
    )


async def waiting(db: AsyncConnection, *, after: int = 0, limit: int = 50, rule: str = "") -> list[Held]:
    """Return what waits, oldest first, from behind `after` (a held reading's id) on; of one rule when asked."""
    query = _held().where(held_readings.c.status == HeldState.WAITING, held_readings.c.id > after).limit(limit)
    if rule:
        query = query.where(held_readings.c.rule == rule)
    return [_of(row) for row in await db.execute(query)]


async def find(db: AsyncConnection, held_id: int) -> Held:
    """Return one of them, whatever became of it.

    Raises:
        NoSuchHeldReading: there is none of that id.
    """
    row = (await db.execute(_held().where(held_readings.c.id == held_id))).one_or_none()
    if row is None:
        raise NoSuchHeldReading(f"there is no held reading {held_id}")
    return _of(row)


async def refuse(db: Writing, held_id: int, by: int, reason: str) -> None:
    """Refuse a held reading: a new revision says so, the old one stays.

    Raises:
        NoSuchHeldReading: there is none of that id.
        HeldDecided: somebody decided about it already, or a later reading overtook it.
    """
    one = await take(db, held_id)
    same = (
        (readings.c.account_id == one.account_id)
        & (readings.c.register_id == one.register_id)
        & (readings.c.taken_on == one.taken_on)
    )
    next_revision = select(func.coalesce(func.max(readings.c.revision) + 1, 0)).where(same).scalar_subquery()
    await db.execute(
        insert(readings).values(
            account_id=one.account_id,
            register_id=one.register_id,
            taken_on=one.taken_on,
            revision=next_revision,
            value=one.value,
            source=one.source,
            quality="refused",
            doubt=one.rule,
            by_user=by,
            reason=storable(reason, REASON),
            created_at=func.now(),
        )
    )
    await db.execute(
        update(held_readings)
        .where(held_readings.c.id == held_id)
        .values(
            status=advance(HeldState(one.status), HeldEvent.REFUSE),
            decided_by=by,
            decided_at=func.now(),
            reason=storable(reason, REASON),
        )
    )


async def take(db: Writing, held_id: int) -> Held:
    """Return one that still waits; its account is locked until the transaction ends.

    Raises:
        NoSuchHeldReading: there is none of that id.
        HeldDecided: it is decided already.
    """
    one = await find(db, held_id)
    # The account first, as every submission does: two locks are always taken in the same order.
    await db.execute(select(accounts.c.id).where(accounts.c.id == one.account_id).with_for_update())
    one = await find(db, held_id)
    if one.status != HeldState.WAITING:
        raise HeldDecided(f"held reading {held_id} is {one.status}")
    return one


def _held() -> Select[Any]:
    return (
        select(
            held_readings,
            accounts.c.number,
            customers.c.name,
            registers.c.code,
            meters.c.serial,
        )
        .join(accounts, accounts.c.id == held_readings.c.account_id)
        .join(customers, customers.c.id == accounts.c.customer_id)
        .join(registers, registers.c.id == held_readings.c.register_id)
        .join(meters, meters.c.id == registers.c.meter_id)
        .order_by(held_readings.c.id)
    )


def _of(row: Any) -> Held:
    return Held(
        held_id=row.id,
        account_id=row.account_id,
        account_number=row.number,
        customer=row.name,
        register_id=row.register_id,
        register_code=row.code,
        serial=row.serial,
        taken_on=row.taken_on,
        value=row.value,
        rule=row.rule,
        least=row.least,
        most=row.most,
        source=row.source,
        status=row.status,
        held_at=row.held_at,
    )
