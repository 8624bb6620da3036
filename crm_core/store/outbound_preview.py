"""A campaign's list before it is launched, put together by what is alike: a few groups of however many debtors (shell).

The law is asked once for each group. Facts are those of `account_facts`, which is some seconds behind; whoever is
dialled is looked at anew (`outbound_due`). Numbers of which a call said that somebody else lives there count as usable.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, LiteralString

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.segments.bits import CONSENTS, REACH
from crm_core.store.outbound_lists import slow

CONSENT = {"call": "calls", "sms": "sms", "email": "email"}
"""The consent whose withdrawal closes a channel."""
WORK_MEM = "96MB"
EMAIL = 1 << REACH.index("email")
GROUPS: LiteralString = """
with listed as materialized (
    select r.id, r.account_id, f.customer_id,
           case when f.time_zone <> '' then f.time_zone end as zone,
           array_remove(array[
               case when f.disputed or f.disputed_amount > 0 or f.flags && '{dispute}' or f.disposition = 'DISPUTE'
                    then 'dispute' end,
               case when f.flags && '{represented,legal}' or f.disposition = 'REPRESENTED' then 'represented' end,
               case when f.customer_status = 'deceased' or f.disposition = 'DECEASED' then 'deceased' end,
               case when f.customer_status = 'bankrupt' or f.flags && '{moratorium}' or f.disposition = 'BANKRUPT'
                    then 'bankrupt' end,
               case when f.flags && '{life_support}' then 'life_support' end,
               case when f.flags && '{minor}' then 'minor' end,
               case when f.flags && '{do_not_call}' or f.disposition = 'CEASE_CONTACT' then 'do_not_call' end,
               case when f.withdrawn & %(consent)s <> 0 then 'no_consent' end,
               case when l.id is not null then 'hold' end,
               case when u.customer_id is not null then 'unsettled' end], null) as bars,
           f.consents, f.reach & %(email)s <> 0 as mailed,
           case when %(counts)s = 'open' then f.balance - f.disputed_amount else f.overdue end as debt
      from campaign_rows r join account_facts f on f.account_id = r.account_id
      left join legal_holds l on l.customer_id = f.customer_id and l.lifted_at is null
      left join (select distinct customer_id from attempts where outcome = 'unknown') u on u.customer_id = f.customer_id
     where r.campaign_id = %(campaign)s and r.klass in ('waiting', 'blocked_by_law')
), people as (
    select distinct customer_id from listed
), lines as (
    select k.customer_id, bool_or(not k.out and x.number is null) as usable, count(*) > 0 as any
      from (select c.customer_id, c.phone as number, c.opt_out ? 'phone' as out
              from people join contacts c using (customer_id) where c.ended_at is null and c.phone <> ''
            union all
            select c.customer_id, m.number, c.opt_out ? 'phone'
              from people join contacts c using (customer_id) join contact_numbers m on m.contact_id = c.id
             where c.ended_at is null and m.ended_at is null) k
      left join do_not_call x on x.number = k.number and x.lifted_at is null
     group by 1
), theirs as (
    select a.id, a.customer_id from people join accounts a using (customer_id)
), heard as (
    select a.customer_id, a.account_id, a.planned_at as at, a.channel, a.talking_at is not null as conversation,
           a.outcome, true as by_us
      from people join attempts a using (customer_id) where a.planned_at >= %(since)s
       and not (a.placed_at is null and a.outcome = 'cancelled')
    union all
    select t.customer_id, i.account_id, i.began_at, case i.channel when 'phone' then 'call' else i.channel end,
           i.channel = 'phone' and i.answered_at is not null,
           case when i.channel <> 'phone' then 'sent' when i.answered_at is not null then 'talked' else 'no_answer' end,
           i.direction = 'out'
      from theirs t join interactions i on i.account_id = t.id
     where i.began_at >= %(since)s and i.channel in ('phone', 'sms', 'email')
       and not exists (select from attempts y where y.call_id = i.call_id)
    union all
    select t.customer_id, o.account_id, o.asked_at, o.channel, false, 'sent', true
      from theirs t join outbox o on o.account_id = t.id
     where o.asked_at >= %(since)s and o.state not in ('failed', 'cancelled')
       and not exists (select from attempts y where y.call_id = o.call_id)
    union all
    select t.customer_id, n.account_id, n.sent_at, case n.channel when 'phone' then 'call' else n.channel end,
           n.channel = 'phone', case n.channel when 'phone' then 'talked' else 'sent' end, true
      from theirs t join notices n on n.account_id = t.id
     where n.sent_at >= %(since)s and n.channel in ('sms', 'email', 'phone') and n.status <> 'failed'
), marks as (
    select l.id, string_agg(concat_ws(',',
               extract(epoch from date_trunc(%(grain)s, h.at, coalesce(l.zone, 'UTC')))::int8, h.channel,
               h.conversation::int, h.by_us::int, (h.account_id = l.account_id)::int, h.outcome), ' '
               order by h.at, h.channel, h.outcome) as heard
      from heard h join listed l on l.customer_id = h.customer_id
     where h.by_us or h.conversation
     group by l.id
)
select l.zone, l.bars, l.consents,
       case when %(channel)s = 'email' then l.mailed else coalesce(n.usable, false) end as usable,
       case when %(channel)s = 'email' then l.mailed else coalesce(n.any, false) end as any_number,
       l.debt < %(least)s as paid, coalesce(m.heard, '') as heard, count(*) as debtors, sum(l.debt) as debt
  from listed l left join lines n on n.customer_id = l.customer_id left join marks m on m.id = l.id
 group by 1, 2, 3, 4, 5, 6, 7
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An earlier contact, rounded down to the day, or to the minute where the law counts hours."""

    at: datetime
    channel: str
    conversation: bool
    by_us: bool
    same_account: bool
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Debtors of whom the law is told the same."""

    zone: str
    """"" when nobody knows."""
    bars: frozenset[str]
    consents: frozenset[str]
    usable: bool
    """He has a number that may be dialled."""
    any_number: bool
    paid: bool
    heard: tuple[Mark, ...]
    debtors: int
    debt: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How calls of the last weeks went: what a forecast rests on. None where there were too few."""

    attempts: int
    answer_rate: float | None
    """Talks and abandoned ones of all attempts, 0 … 1."""
    talk_seconds: float | None


async def alike(  # noqa: PLR0913 -- whose list, and what the law looks at
    db: Writing,
    campaign_id: int,
    counts: str,
    least_debt: Decimal,
    since: datetime,
    *,
    by_minute: bool,
    channel: str = "call",
) -> list[Alike]:
    """Return who of a list waits or is blocked, put together by what is alike; the order is none.

    Args:
        db: a transaction; a large list takes seconds.
        campaign_id: whose.
        counts: what it counts as owed.
        least_debt: below it somebody has paid.
        since: contacts from then on count.
        channel: by which they are reached.
        by_minute: contacts are rounded to minutes, not to days: the law counts hours.

    """
    await slow(db)
    # Half a million rows are joined and grouped once: in memory, not by way of the disk.
    await db.execute(select(func.set_config("work_mem", WORK_MEM, True)))
    asked = {
        "campaign": campaign_id, "counts": counts, "least": least_debt, "since": since, "channel": channel,
        "email": EMAIL, "consent": 1 << CONSENTS.index(CONSENT[channel]),
        "grain": "minute" if by_minute else "day",
    }  # fmt: skip
    return [_alike(row) for row in await db.exec_driver_sql(GROUPS, asked)]


def _alike(row: Row[Any]) -> Alike:
    return Alike(
        zone=row.zone or "",
        bars=frozenset(row.bars),
        consents=frozenset(kind for place, kind in enumerate(CONSENTS) if row.consents & (1 << place)),
        usable=row.usable,
        any_number=row.any_number,
        paid=row.paid,
        heard=tuple(_mark(text) for text in row.heard.split()),
        debtors=row.debtors,
        debt=row.debt,
    )


def _mark(text: str) -> Mark:
    at, channel, conversation, by_us, same, outcome = text.split(",")
    return Mark(
        at=datetime.fromtimestamp(int(at), UTC),
        channel=channel,
        conversation=conversation == "1",
        by_us=by_us == "1",
        same_account=same == "1",
        outcome=outcome,
    )


async def measured(db: AsyncConnection, since: datetime, least: int = 200) -> Measured:
    """Return how calls went since a moment; figures of fewer than `least` calls are none."""
    row = (await db.exec_driver_sql(MEASURED, {"since": since})).one()
    enough = row.attempts >= least
    return Measured(
        attempts=row.attempts,
        answer_rate=row.answered / row.attempts if enough else None,
        talk_seconds=float(row.talk) if enough and row.talk is not None else None,
    )


MEASURED: LiteralString = """
select count(*) as attempts, count(answered_at) filter (where outcome <> 'machine') as answered,
       avg(extract(epoch from ended_at - talking_at)) as talk
  from attempts where channel = 'call' and planned_at >= %(since)s and ended_at is not null
"""
