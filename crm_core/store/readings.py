"""Meter readings: what is known of an account's registers, and taking a submission in (shell).

Rows are never changed: the same day again is a new revision, with who and why. One submission at a time for each
account. Whoever gives readings, the rules in force are read here (`store.policies`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic_core import from_json
from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import BadValue
from crm_core.reading_policy import Policy
from crm_core.reading_types import QUALITY
from crm_core.readings import Decision, Known, RegisterState, Verdict, judge, storable
from crm_core.store import held, locks, policies
from crm_core.tables import readings
from crm_core.text import one_line
from crm_core.text import storable as fit_to_store

RECENT = 6
"""Readings of a register that the rules look at; the last actual one always, however long ago."""

REGISTERS = """
select r.id as register_id, m.id as meter_id, m.serial, r.code, m.digits, m.decimals, m.multiplier, m.installed_on,
       m.removed_on, m.verification_due, m.sealed_on, a.closed_on,
       a.status = 'cut_off' or coalesce((select g.supply = 'cut_off' from agreements g
           where g.account_id = m.account_id and g.ended_on is null
           order by g.started_on desc, g.id desc limit 1), false) as cut_off,
       r.estimate as usual, coalesce((select min(s.service) from service_points s where s.account_id = m.account_id
                                       having count(distinct s.service) = 1), '') as service,
       coalesce((select json_agg(x order by x.taken_on desc) from (
           select distinct on (taken_on) taken_on, value::text as value, quality from readings
            where account_id = m.account_id and register_id = r.id and quality in ('actual', 'estimate', 'exchange')
            order by taken_on desc, revision desc limit %(recent)s) x), '[]')::text as recent,
       (select row_to_json(y) from (
           select distinct on (taken_on) taken_on, value::text as value, quality from readings
            where account_id = m.account_id and register_id = r.id and quality in ('actual', 'estimate', 'exchange')
            order by taken_on desc, revision desc) y
         where y.quality <> 'estimate' order by taken_on desc limit 1)::text as actual,
       (select row_to_json(x) from (
           select taken_on, value::text as value, quality from readings
            where account_id = m.account_id and register_id = r.id and quality <> 'refused'
            order by taken_on desc, revision desc limit 1) x where x.quality = 'held')::text as held,
       coalesce((select g.consumption from meters om join registers o on o.meter_id = om.id and o.code = r.code
                   join readings g on g.account_id = om.account_id and g.register_id = o.id and g.quality = 'exchange'
                  where om.account_id = m.account_id and om.id <> m.id and om.removed_on = m.installed_on
                    and g.taken_on = om.removed_on
                    and not exists (select from readings n where n.account_id = m.account_id and n.register_id = r.id
                                       and n.quality in ('actual', 'estimate'))
                  order by g.revision desc limit 1), 0) as carried
  from meters m join registers r on r.meter_id = m.id join accounts a on a.id = m.account_id
 where m.account_id = %(account_id)s and m.removed_on is null
 order by m.id, r.id
"""


async def registers(db: AsyncConnection, account_id: int) -> list[RegisterState]:
    """Return the registers of an account's present meters, with what the rules need to know; one round trip."""
    rows = await db.exec_driver_sql(REGISTERS, {"account_id": account_id, "recent": RECENT})
    return [
        RegisterState(
            register_id=row.register_id,
            meter_id=row.meter_id,
            serial=row.serial,
            code=row.code,
            service=row.service,
            digits=row.digits,
            decimals=row.decimals,
            multiplier=row.multiplier,
            installed_on=row.installed_on,
            removed_on=row.removed_on,
            verification_due=row.verification_due,
            sealed_on=row.sealed_on,
            closed_on=row.closed_on,
            cut_off=row.cut_off,
            usual=row.usual,
            recent=_recent(row.recent, row.actual),
            held=None if row.held is None else _known(from_json(row.held)),
            carried=row.carried,
        )
        for row in rows
    ]


def _recent(recent: str, actual: str | None) -> tuple[Known, ...]:
    """Return the newest readings, with the last actual one behind them when a long run of estimates hides it."""
    newest = tuple(_known(one) for one in from_json(recent))
    last = None if actual is None else _known(from_json(actual))
    return newest if last is None or last in newest else (*newest, last)


def _known(facts: Mapping[str, Any]) -> Known:
    return Known(
        taken_on=date.fromisoformat(facts["taken_on"]), value=Decimal(facts["value"]), quality=facts["quality"]
    )


async def submit(  # noqa: PLR0913, PLR0917 -- who gave what, when, about which account
    db: Writing,
    account_id: int,
    values: Mapping[int, Decimal],
    source: str,
    taken_on: date,
    by: int | None,
    *,
    confirmed: bool = False,
    reason: str = "",
    call_id: str | None = None,
    policy: Policy | None = None,
    today: date | None = None,
) -> list[Verdict]:
    """Judge the readings of all registers and store all of them, or none when one is refused.

    The same submission again stores nothing more. The account is locked until the transaction ends, so two at once
    come one after the other.

    Args:
        db: the transaction.
        account_id: whose meters.
        values: reading by register id; every register of a meter, or none.
        source: who gave them, a key of `crm_core.reading_types.QUALITY`.
        taken_on: the day they were read.
        by: the user who entered them; None for the IVR.
        confirmed: somebody looked again at what was held.
        reason: why it is right nevertheless, or why it is corrected; stands with the reading.
        call_id: the call they were given in.
        policy: what the utility decided; left out, the rules in force today are read. Its source and `confirmed` are
            replaced by those above.
        today: the day it is for the rules; left out, the date at the premises.

    Raises:
        NoSuchAccount: there is no such account.
        BadValue: `source` is none.
    """
    if source not in QUALITY:
        raise BadValue(f"{one_line(source, 20)} is no source of readings")
    there = await locks.account(db, account_id)
    today = today or there
    rules = policy or (await policies.readings_on(db, today)).policy(today)
    verdicts = judge(
        await registers(db, account_id), values, taken_on, replace(rules, source=source, confirmed=confirmed)
    )
    if storable(verdicts):
        why = fit_to_store(reason, held.REASON)
        origin = {"source": source, "by_user": by, "call_id": call_id, "reason": why or None}
        if await _store(db, account_id, verdicts, taken_on, origin):
            await held.note(
                db, account_id, verdicts, taken_on, source, confirmed_by=by if confirmed else None, reason=why
            )
    return verdicts


async def confirm(db: Writing, held_id: int, by: int, reason: str) -> list[Verdict]:
    """Accept a held reading after all, with the other registers of its meter as they were given on that day.

    Returns:
        What the rules say of them now: a later reading may have come, and then nothing is stored.

    Raises:
        NoSuchHeldReading: there is none of that id.
        HeldDecided: somebody decided about it already, or a later reading overtook it.
    """
    one = await held.take(db, held_id)
    states = await registers(db, one.account_id)
    meter = next((state.meter_id for state in states if state.register_id == one.register_id), None)
    given = (
        select(readings.c.register_id, readings.c.value)
        .where(
            readings.c.account_id == one.account_id,
            readings.c.taken_on == one.taken_on,
            readings.c.register_id.in_([state.register_id for state in states if state.meter_id == meter]),
            readings.c.quality != "refused",
        )
        .ext(distinct_on(readings.c.register_id))
        .order_by(readings.c.register_id, readings.c.revision.desc())
    )
    values = {row.register_id: row.value for row in await db.execute(given)}
    values[one.register_id] = one.value
    return await submit(db, one.account_id, values, one.source, one.taken_on, by, confirmed=True, reason=reason)


async def _store(
    db: Writing, account_id: int, verdicts: Sequence[Verdict], taken_on: date, origin: Mapping[str, object]
) -> bool:
    """Add what is new of a submission; tell whether there was anything."""
    newest = (
        select(readings.c.register_id, readings.c.revision, readings.c.value, readings.c.quality)
        .where(readings.c.account_id == account_id, readings.c.taken_on == taken_on)
        .ext(distinct_on(readings.c.register_id))
        .order_by(readings.c.register_id, readings.c.revision.desc())
    )
    known = {row.register_id: row for row in await db.execute(newest)}
    rows = [
        {
            "account_id": account_id,
            "register_id": one.register_id,
            "taken_on": taken_on,
            "revision": known[one.register_id].revision + 1 if one.register_id in known else 0,
            "value": one.value,
            "consumption": one.consumption,
            "quality": one.quality,
            "doubt": one.rule if one.decision is Decision.HELD else None,
            "created_at": func.now(),
            **origin,
        }
        for one in verdicts
        if not _same(known.get(one.register_id), one)
    ]
    if rows:
        await db.execute(insert(readings).values(rows))
    return bool(rows)


def _same(known: Any, verdict: Verdict) -> bool:
    """Whether the newest row of that day says the same already."""
    return known is not None and known.value == verdict.value and known.quality == verdict.quality
