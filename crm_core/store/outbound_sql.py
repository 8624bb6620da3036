"""What must be known of a debtor before he is called, as one statement for any number of accounts (SQL text, no I/O).

Everything is looked up by account or customer, where it lies on one or two pages. Codes of bars are those of
`outbound.terms.Reason`, codes of consents those of `outbound.terms.Debtor`.
"""

# ruff: noqa: S608 -- made of our own text
from __future__ import annotations

from typing import Final, LiteralString

SUPPRESSING: Final[LiteralString] = "('DISPUTE', 'REPRESENTED', 'CEASE_CONTACT', 'BANKRUPT', 'DECEASED')"
"""Results of contacts that stand against any other (DOMAIN.md D4, flag S) until a later one with the right party."""

_MONEY: Final[LiteralString] = """
  cross join lateral (
       select coalesce(sum(open_amount) filter (where not disputed and due_on < t.today), 0) as overdue,
              coalesce(sum(open_amount) filter (where not disputed), 0) as owed,
              coalesce(bool_or(disputed), false) as disputed
         from (select due_on, open_amount, disputed from invoices where account_id = a.id and open_amount <> 0
               union all
               select due_on, open_amount, false from adjustments where account_id = a.id and open_amount <> 0) o) d
"""
_NUMBERS: Final[LiteralString] = """
  cross join lateral (
       select coalesce(jsonb_agg(jsonb_build_array(n.number, n.label, n.verified, n.talked, n.tried, n.bad, n.barred)
                  order by n.barred <> '', n.bad, n.talked > 0 desc, n.verified desc, n.tried, n.place, n.number
              ), '[]') as numbers
         from (select k.number, min(k.label) as label, bool_or(k.verified) as verified, min(k.place) as place,
                      max(h.talked) as talked, max(h.tried) as tried, bool_or(h.bad) as bad,
                      case when bool_or(x.number is not null) then 'do_not_call'
                           when bool_or(k.opted_out) then 'do_not_call'
                           when bool_or(w.id is not null) then 'wrong_number' else '' end as barred
                 from (select c.phone as number, '' as label, c.verified, c.opt_out ? 'phone' as opted_out,
                              c.id as place, c.verified_at
                         from contacts c where c.customer_id = a.customer_id and c.ended_at is null and c.phone <> ''
                       union all
                       select m.number, m.label, m.verified_at is not null, c.opt_out ? 'phone', 1000000000 + m.id,
                              m.verified_at
                         from contacts c join contact_numbers m on m.contact_id = c.id
                        where c.customer_id = a.customer_id and c.ended_at is null and m.ended_at is null) k
                cross join lateral (
                      select count(*) filter (where s.talking_at is not null) as talked, count(*) as tried,
                             coalesce((array_agg(s.outcome order by s.planned_at desc))[1] = 'bad_number', false) as bad
                        from attempts s where s.number = k.number and s.planned_at > t.now - interval '180 days') h
                 left join do_not_call x on x.number = k.number and x.lifted_at is null
                 left join lateral (
                      select i.id from interactions i
                       where i.account_id = a.id and i.disposition = 'WRONG_NUMBER' and i.number = k.number
                         and i.began_at > coalesce(k.verified_at, '-infinity') limit 1) w on true
                group by k.number) n) num
"""
_BARS: Final[LiteralString] = (
    """
  left join lateral (
       select case when i.disposition in """
    + SUPPRESSING
    + """ then i.disposition end as code
         from interactions i join dispositions z on z.code = i.disposition
        where i.account_id = a.id and (z.flags like '%%R%%' or i.disposition in """
    + SUPPRESSING
    + """)
        order by i.began_at desc, i.id desc limit 1) last on true
  cross join lateral (
       select coalesce(array_agg(kind) filter (where given), '{}') as given,
              coalesce(array_agg(kind) filter (where not given), '{}') as withdrawn
         from (select distinct on (kind) kind, given
                 from consents where customer_id = a.customer_id order by kind, id desc) said) s
  cross join lateral (
       select array_remove(array[
              case when d.disputed or a.flags ? 'dispute'
                        or exists (select from disputes q where q.account_id = a.id and q.status = 'open')
                   then 'dispute' end,
              case when b.flags ? 'represented' or b.flags ? 'legal' or last.code = 'REPRESENTED'
                   then 'represented' end,
              case when b.status = 'deceased' or last.code = 'DECEASED' then 'deceased' end,
              case when b.status = 'bankrupt' or b.flags ? 'moratorium' or last.code = 'BANKRUPT'
                   then 'bankrupt' end,
              case when b.flags ? 'life_support' then 'life_support' end,
              case when b.flags ? 'minor' then 'minor' end,
              case when b.flags ? 'do_not_call' or last.code = 'CEASE_CONTACT' then 'do_not_call' end,
              case when 'calls' = any(s.withdrawn) then 'no_consent' end,
              case when exists (select from legal_holds l where l.customer_id = b.id and l.lifted_at is null)
                   then 'hold' end,
              case when exists (select from attempts u where u.customer_id = b.id and u.outcome = 'unknown')
                   then 'unsettled' end
              ], null) as bars) bar
"""
)
_ZONES: Final[LiteralString] = """
  cross join lateral (
       select case when p.time_zone <> '' then array[p.time_zone::text]
                   else array(select distinct q.time_zone::text from accounts o join premises q on q.id = o.premises_id
                               where o.customer_id = a.customer_id and q.time_zone <> '' order by 1) end as zones) zone
"""
_COLUMNS: Final[LiteralString] = """
a.id as account_id, a.customer_id, b.name, b.language, zone.zones, num.numbers, bar.bars, s.given, d.overdue, d.owed
"""
_JOINED: Final[LiteralString] = (
    """
  join customers b on b.id = a.customer_id
  join premises p on p.id = a.premises_id
  cross join lateral (select %(now)s::timestamptz as now,
       (%(now)s::timestamptz at time zone coalesce(nullif(p.time_zone, ''), 'UTC'))::date as today) t
"""
    + _MONEY
    + _NUMBERS
    + _BARS
    + _ZONES
)

FACTS: LiteralString = (
    "select " + _COLUMNS + " from accounts a " + _JOINED + " where a.id = any(%(accounts)s::int[]) order by a.id"
)
"""Parameters `accounts` and `now`."""

DUE: LiteralString = (
    """
with picked as materialized (
    select r.* from generate_series(1, 9) as step(priority)
    cross join lateral (
        select id, campaign_id, account_id, priority, next_at, next_number, tries from campaign_rows
         where campaign_id = %(campaign)s and klass = 'waiting' and priority = step.priority and next_at <= %(now)s
         order by next_at, id limit %(most)s) r
    order by r.priority, r.next_at, r.id limit %(most)s
)
select k.id as row_id, k.campaign_id, k.next_number, k.tries, k.priority, k.next_at, v.counts, """
    + _COLUMNS
    + """
from picked k join campaigns v on v.id = k.campaign_id join accounts a on a.id = k.account_id
"""
    + _JOINED
    + """
where not exists (
    select from attempts y where y.customer_id = a.customer_id and y.ended_at is null and y.channel = 'call')
order by k.priority, k.next_at, k.id
"""
)
"""Parameters `campaign`, `now`, `most`. Each priority is a range of the index by itself."""

CONTACTS: LiteralString = """
with theirs as (select id, customer_id from accounts where customer_id = any(%(customers)s::int[]))
select planned_at as at, channel, talking_at is not null as conversation, customer_id, account_id, outcome,
       true as by_us
  from attempts where customer_id = any(%(customers)s::int[]) and planned_at >= %(since)s
   and not (placed_at is null and outcome = 'cancelled')
union all
select i.began_at, case i.channel when 'phone' then 'call' else i.channel end,
       i.channel = 'phone' and i.answered_at is not null, t.customer_id, i.account_id,
       case when i.channel <> 'phone' then 'sent' when i.answered_at is not null then 'talked' else 'no_answer' end,
       i.direction = 'out'
  from theirs t join interactions i on i.account_id = t.id and i.began_at >= %(since)s
 where i.channel in ('phone', 'sms', 'email')
   and not exists (select from attempts y where y.call_id = i.call_id)
union all
select o.asked_at, o.channel, false, t.customer_id, o.account_id, 'sent', true
  from theirs t join outbox o on o.account_id = t.id and o.asked_at >= %(since)s
 where o.state not in ('failed', 'cancelled')
   and not exists (select from attempts y where y.call_id = o.call_id)
union all
select n.sent_at, case n.channel when 'phone' then 'call' else n.channel end, n.channel = 'phone', t.customer_id,
       n.account_id, case n.channel when 'phone' then 'talked' else 'sent' end, true
  from theirs t join notices n on n.account_id = t.id and n.sent_at >= %(since)s
 where n.channel in ('sms', 'email', 'phone') and n.status <> 'failed'
 order by at
"""
"""Every contact of these customers since a moment: attempts, talks, messages. Parameters `customers`, `since`."""
