"""What was advised: rules by version, what was shown in which contact, what became of it, and rates (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.advice import OFFER, AdviceRules, Answer, Counsel, Outage, Window
from crm_core.db import Writing
from crm_core.store import mass_events, offers, policies
from crm_core.tables import advice, advice_policies, users
from crm_core.text import one_line, storable

NOTE = 500
MEASURED_DAYS = 7
"""So long after it was shown what was advised may still happen because of it."""
KEPT_DAYS = 400
BATCH = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of the rules."""

    version_id: int
    valid_from: date
    rules: AdviceRules
    note: str
    created_by: str
    created_at: datetime


async def rules_on(db: AsyncConnection, on: date) -> AdviceRules:
    """Return the rules in force on a day; the defaults when there are none yet."""
    query = select(advice_policies.c.rules).where(advice_policies.c.valid_from <= on)
    newest = query.order_by(advice_policies.c.valid_from.desc(), advice_policies.c.id.desc()).limit(1)
    found = (await db.execute(newest)).scalar_one_or_none()
    return AdviceRules() if found is None else AdviceRules.model_validate(found)


async def versions(db: AsyncConnection, *, before: int | None = None, limit: int = 20) -> list[Version]:
    """Return versions of the rules, newest first, from behind `before` on."""
    query = (
        select(advice_policies, users.c.name.label("author"))
        .outerjoin(users, users.c.id == advice_policies.c.created_by)
        .order_by(advice_policies.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(advice_policies.c.id < before)
    return [
        Version(
            version_id=row.id, valid_from=row.valid_from, rules=AdviceRules.model_validate(row.rules), note=row.note,
            created_by=row.author or "", created_at=row.created_at,
        )
        for row in await db.execute(query)
    ]  # fmt: skip


async def add_rules(db: Writing, rules: AdviceRules, valid_from: date, note: str, by: int | None) -> int:
    """Add a version of the rules; return its id."""
    row = {"rules": rules.model_dump(mode="json"), "valid_from": valid_from, "note": storable(note, NOTE)}
    new = insert(advice_policies).values(row | {"created_by": by}).returning(advice_policies.c.id)
    return int((await db.execute(new)).scalar_one())


async def counsel(db: AsyncConnection, today: date, now: datetime) -> Counsel:
    """Return what advice is worked out from beside a card, as it is now."""
    window = await policies.readings_on(db, today)
    events = [one for one in await mass_events.to_tell(db, now) if one.begins_at <= now]
    return Counsel(
        rules=await rules_on(db, today),
        window=Window(first=window.window_first, last=window.window_last),
        outages=tuple(
            Outage(
                title=one.title,
                words=frozenset(one.area_key.split()),
                restored_on=one.restored_at.date() if one.restored_at else None,
            )
            for one in events
        ),
        offers=tuple(await offers.running(db, today)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Something that was laid before an operator in a contact."""

    at: datetime
    account_id: int
    call_id: str
    user_id: int
    rule: str
    offer_id: int | None


async def keep_shown(db: Writing, rows: Sequence[Shown]) -> None:
    """Keep what was shown; the same in the same contact is one row, whoever else saw it."""
    if rows:
        values = [
            {
                "at": one.at, "account_id": one.account_id, "call_id": one_line(one.call_id, 80),
                "user_id": one.user_id, "rule": one.rule, "offer_id": one.offer_id,
            }
            for one in rows
        ]  # fmt: skip
        await db.execute(upsert(advice).on_conflict_do_nothing(), values)


async def answer(db: Writing, shown: Shown, said: Answer, reason: str) -> None:
    """Keep what became of something; the same again changes nothing, another answer takes its place."""
    values = {
        "at": shown.at, "account_id": shown.account_id, "call_id": one_line(shown.call_id, 80),
        "user_id": shown.user_id, "rule": shown.rule, "offer_id": shown.offer_id, "answer": said.value,
        "reason": reason, "answered_at": shown.at,
    }  # fmt: skip
    row = upsert(advice).values(values)
    change = {name: row.excluded[name] for name in ("answer", "reason", "answered_at", "user_id", "offer_id")}
    await db.execute(row.on_conflict_do_update(index_elements=["call_id", "account_id", "rule"], set_=change))


# What was advised counts as done when its own table says so, whoever did it; `reading` has its key by account.
HAPPENED = """
update advice v set happened_at = done.at from (
  select w.id, case
    when w.rule in ('reading', 'estimated', 'held_reading') then (
      select min(r.created_at) from readings r where r.account_id = w.account_id and r.quality in ('actual', 'exchange')
         and r.created_at >= w.at and r.created_at < w.at + %(span)s)
    when w.rule in ('offer_plan', 'broken_promise') then least(
      (select min(p.created_at) from plans p
        where p.account_id = w.account_id and p.created_at >= w.at and p.created_at < w.at + %(span)s),
      (select min(p.created_at) from promises p
        where p.account_id = w.account_id and p.created_at >= w.at and p.created_at < w.at + %(span)s))
    when w.rule in ('promise_due', 'missed_part') then (
      select min(p.paid_on)::timestamptz + interval '1 day' from payments p where p.account_id = w.account_id
         and p.paid_on >= w.at::date and p.paid_on < (w.at + %(span)s)::date and p.amount > 0)
    when w.rule = 'late_application' then (
      select min(a.closed_at) from applications a
       where a.account_id = w.account_id and a.closed_at >= w.at and a.closed_at < w.at + %(span)s)
    when w.rule = 'verification' then (
      select min(a.filed_at) from applications a where a.account_id = w.account_id and a.kind = 'verification'
         and a.filed_at >= w.at and a.filed_at < w.at + %(span)s)
    when w.rule in ('no_phone', 'no_email') then (
      select min(c.at) from customer_changes c join accounts o on o.customer_id = c.customer_id
       where o.id = w.account_id and c.at >= w.at and c.at < w.at + %(span)s and c.object like 'contact%%'
         and c.what <> 'verified')
    when w.rule = 'no_consent' then (
      select min(c.at) from consents c join accounts o on o.customer_id = c.customer_id
       where o.id = w.account_id and c.kind = 'marketing' and c.at >= w.at and c.at < w.at + %(span)s)
    when w.rule = 'offer' and w.answer = 'accepted' then w.answered_at
    when w.rule = 'outage' and w.answer = 'taken' then w.answered_at
    end as at
    from advice w where w.id > %(after)s and w.id <= %(last)s and w.happened_at is null
) done where done.id = v.id and done.at is not null
"""


async def measure(db: Writing, now: datetime, after: int = 0) -> int | None:
    """Note of a batch of what was shown lately whether it happened; returns the key to go on behind, None at the end.

    Args:
        db: a transaction of its own.
        now: the present moment.
        after: key of the last row of the batch before.

    """
    since = now - timedelta(days=MEASURED_DAYS, hours=2)
    keys = select(advice.c.id).where(advice.c.at >= since, advice.c.id > after).order_by(advice.c.id).limit(BATCH)
    last = (await db.execute(select(func.max(keys.subquery().c.id)))).scalar_one_or_none()
    if last is None:
        return None
    values = {"after": after, "last": last, "span": timedelta(days=MEASURED_DAYS)}
    await db.exec_driver_sql(HAPPENED, values)
    return int(last)


async def forget(db: Writing, now: datetime) -> int:
    """Throw away a batch of what is older than rates are asked for; returns how many."""
    old = select(advice.c.id).where(advice.c.at < now - timedelta(days=KEPT_DAYS)).order_by(advice.c.at).limit(BATCH)
    return (await db.execute(advice.delete().where(advice.c.id.in_(old.scalar_subquery())))).rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What became of one rule, or of one offer, in a time."""

    rule: str
    offer_id: int | None
    shown: int
    taken: int
    """Or accepted."""
    dismissed: int
    """Or refused."""
    later: int
    in_contact: int
    """Happened before the contact was closed."""
    within: int
    """Happened within `MEASURED_DAYS`."""


RATES = """
select v.rule, v.offer_id, count(*) as shown,
       count(*) filter (where v.answer in ('taken', 'accepted')) as taken,
       count(*) filter (where v.answer in ('dismissed', 'refused')) as dismissed,
       count(*) filter (where v.answer = 'later') as later,
       count(*) filter (
         where v.happened_at <= coalesce(i.closed_at, i.ended_at, v.at + interval '1 hour')) as in_contact,
       count(v.happened_at) as within
  from advice v left join interactions i on i.call_id = v.call_id
 where v.at >= %(since)s group by 1, 2 order by 1, 2 limit 500
"""


async def rates(db: AsyncConnection, since: datetime) -> list[Rate]:
    """Return what became of what was shown since a moment, rule by rule and offer by offer."""
    rows = await db.exec_driver_sql(RATES, {"since": since})
    return [Rate(**dict(row._mapping)) for row in rows]  # noqa: SLF001 -- a row's public way to its columns


async def reasons(db: AsyncConnection, since: datetime, *, of_offers: bool) -> list[tuple[str, int | None, str, int]]:
    """Return why things were put aside or refused since a moment: rule, offer, reason, how often."""
    columns: tuple[Any, ...] = (advice.c.rule, advice.c.offer_id, advice.c.reason)
    kind = advice.c.rule == OFFER if of_offers else advice.c.rule != OFFER
    query = (
        select(*columns, func.count().label("times"))
        .where(advice.c.at >= since, advice.c.reason != "", kind)
        .group_by(*columns)
        .order_by(func.count().desc())
        .limit(200)
    )
    return [(row.rule, row.offer_id, row.reason, row.times) for row in await db.execute(query)]
