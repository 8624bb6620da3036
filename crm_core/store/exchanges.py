"""Exchange of a meter as one operation, and visits on which nothing could be read (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, insert, select, update

from crm_core.db import Writing
from crm_core.errors import BadValue
from crm_core.meter_exchange import NewMeter, judge_exchange
from crm_core.reading_types import NoRead, Source
from crm_core.readings import Decision, RegisterState, Verdict, storable
from crm_core.store import held, locks, policies
from crm_core.store import readings as reading_store
from crm_core.tables import meters, no_reads, readings, registers
from crm_core.text import one_line
from crm_core.text import storable as fit_to_store

NOTE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What was done at the premises."""

    meter_id: int
    """The meter that was taken away."""
    on: date
    finals: Mapping[int, Decimal]
    """What it showed at last, by register id."""
    meter: NewMeter
    initials: Mapping[str, Decimal]
    """What the new one shows, by register code; the same registers as before."""


async def exchange(db: Writing, account_id: int, done: Exchange, by: int | None, reason: str) -> list[Verdict]:
    """Take one meter away and hang the next: final and initial readings, registers, the day, all or nothing.

    Use on the old meter since its last reading counts with the first reading of the new one (`carried`).

    Returns:
        A verdict for each register of the old meter, then one for each of the new; refused ones mean nothing was done.

    Raises:
        NoSuchAccount: there is no such account.
    """
    today = await locks.account(db, account_id)
    states = [one for one in await reading_store.registers(db, account_id) if one.meter_id == done.meter_id]
    rules = (await policies.readings_on(db, today)).policy(today, Source.EXCHANGE)
    verdicts = judge_exchange(states, done.finals, done.meter, done.initials, done.on, rules)
    if storable(verdicts):
        await _store(db, account_id, done, states, verdicts, by, reason)
    return verdicts


async def _store(  # noqa: PLR0913, PLR0917 -- one operation, all of it
    db: Writing,
    account_id: int,
    done: Exchange,
    states: list[RegisterState],
    verdicts: list[Verdict],
    by: int | None,
    reason: str,
) -> None:
    await db.execute(update(meters).where(meters.c.id == done.meter_id).values(removed_on=done.on))
    new = insert(meters).values(
        account_id=account_id,
        serial=one_line(done.meter.serial, 24),
        model=one_line(done.meter.model, 80),
        digits=done.meter.digits,
        decimals=done.meter.decimals,
        multiplier=done.meter.multiplier,
        installed_on=done.on,
        verification_due=done.meter.verification_due,
        sealed_on=done.on,
    )
    meter_id = (await db.execute(new.returning(meters.c.id))).scalar_one()
    added = insert(registers).values(
        [{"meter_id": meter_id, "code": state.code, "estimate": state.usual} for state in states]
    )
    ids = {row.code: row.id for row in await db.execute(added.returning(registers.c.id, registers.c.code))}
    row = {
        "account_id": account_id,
        "taken_on": done.on,
        "source": Source.EXCHANGE.value,
        "quality": "exchange",
        "by_user": by,
        "reason": fit_to_store(reason, NOTE),
        "created_at": func.now(),
    }
    finals = {one.register_id: one for one in verdicts if one.register_id and one.decision is Decision.ACCEPTED}
    known = select(readings.c.register_id, func.max(readings.c.revision).label("last")).where(
        readings.c.account_id == account_id, readings.c.taken_on == done.on, readings.c.register_id.in_(list(finals))
    )
    last = {found.register_id: found.last for found in await db.execute(known.group_by(readings.c.register_id))}
    ends = [
        {**row, "register_id": key, "revision": last.get(key, -1) + 1, "value": one.value,
         "consumption": one.consumption}
        for key, one in finals.items()
    ]  # fmt: skip
    starts = [
        {**row, "register_id": ids[code], "revision": 0, "value": value, "consumption": Decimal(0)}
        for code, value in done.initials.items()
    ]
    await db.execute(insert(readings).values(ends + starts))
    await held.overtake(db, account_id, [state.register_id for state in states])


async def not_read(  # noqa: PLR0913, PLR0917 -- one row
    db: Writing, account_id: int, meter_id: int, on: date, why: str, note: str, by: int | None
) -> int:
    """Write down that a meter could not be read, and why; return the row's id.

    Raises:
        BadValue: the meter is not this account's, or the reason is none.
    """
    if why not in set(NoRead):
        raise BadValue(f"{one_line(why, 20)} is no reason why a meter cannot be read")
    theirs = select(meters.c.id).where(meters.c.id == meter_id, meters.c.account_id == account_id)
    if (await db.execute(theirs)).scalar_one_or_none() is None:
        raise BadValue(f"account {account_id} has no meter {meter_id}")
    row = {
        "account_id": account_id,
        "meter_id": meter_id,
        "taken_on": on,
        "why": why,
        "note": fit_to_store(note, NOTE),
        "by_user": by,
    }
    return int((await db.execute(insert(no_reads).values(row).returning(no_reads.c.id))).scalar_one())
