"""Meter readings: what is known of an account's registers, and taking a submission in (shell).

Rows are never changed: the same day again is a new revision. One submission at a time for each account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_core import from_json
from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import clock
from crm_core.db import Writing
from crm_core.errors import BadValue, NoSuchAccount
from crm_core.readings import QUALITY, Decision, Known, Policy, RegisterState, Verdict, judge, storable
from crm_core.tables import accounts, premises, readings
from crm_core.text import one_line

RECENT = 6
"""Readings of a register that the rules look at."""

REGISTERS = """
select r.id as register_id, m.id as meter_id, m.serial, r.code, m.digits, m.decimals, m.multiplier, m.installed_on,
       m.removed_on, m.verification_due, r.estimate as usual,
       coalesce((select json_agg(x order by x.taken_on desc) from (
           select distinct on (taken_on) taken_on, value::text as value, quality from readings
            where account_id = m.account_id and register_id = r.id and quality in ('actual', 'estimate', 'exchange')
            order by taken_on desc, revision desc limit %(recent)s) x), '[]')::text as recent,
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
  from meters m join registers r on r.meter_id = m.id
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
            digits=row.digits,
            decimals=row.decimals,
            multiplier=row.multiplier,
            installed_on=row.installed_on,
            removed_on=row.removed_on,
            verification_due=row.verification_due,
            usual=row.usual,
            recent=tuple(_known(one) for one in from_json(row.recent)),
            held=None if row.held is None else _known(from_json(row.held)),
            carried=row.carried,
        )
        for row in rows
    ]


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
    call_id: str | None = None,
    policy: Policy | None = None,
) -> list[Verdict]:
    """Judge the readings of all registers and store all of them, or none when one is refused.

    The same submission again stores nothing more. The account is locked until the transaction ends, so two at once
    come one after the other.

    Args:
        db: the transaction.
        account_id: whose meters.
        values: reading by register id; every register of a meter, or none.
        source: who gave them, a key of `crm_core.readings.QUALITY`.
        taken_on: the day they were read.
        by: the user who entered them; None for the IVR.
        confirmed: somebody looked again at what was held (its reason belongs in the access log).
        call_id: the call they were given in.
        policy: what the utility decided; today's date at the premises and the defaults when left out. Its source and
            `confirmed` are replaced by those above.

    Raises:
        NoSuchAccount: there is no such account.
        BadValue: `source` is none.
    """
    if source not in QUALITY:
        raise BadValue(f"{one_line(source, 20)} is no source of readings")
    lock = (
        select(premises.c.time_zone)
        .join(accounts, accounts.c.premises_id == premises.c.id)
        .where(accounts.c.id == account_id)
        .with_for_update(of=accounts)
    )
    time_zone = (await db.execute(lock)).scalar_one_or_none()
    if time_zone is None:
        raise NoSuchAccount(f"there is no account {account_id}")
    policy = policy or Policy(today=clock.now().astimezone(ZoneInfo(time_zone)).date())
    policy = replace(policy, source=source, confirmed=confirmed)
    verdicts = judge(await registers(db, account_id), values, taken_on, policy)
    if storable(verdicts):
        await _store(db, account_id, verdicts, taken_on, {"source": source, "by_user": by, "call_id": call_id})
    return verdicts


async def _store(
    db: Writing, account_id: int, verdicts: Sequence[Verdict], taken_on: date, origin: Mapping[str, object]
) -> None:
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


def _same(known: Any, verdict: Verdict) -> bool:
    """Whether the newest row of that day says the same already."""
    return known is not None and known.value == verdict.value and known.quality == verdict.quality
