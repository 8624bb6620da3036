"""What a rule of `crm_core.work.signals` asks the base, for a range of accounts (SQL text and its values, no I/O).

Every statement looks at one range of account keys: bulk tables lie in that order, so a range is read in a row, and no
statement grows with the base. All that comes from people is a bound value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.dialects.postgresql import psycopg

from crm_core.segments.conditions import Joined
from crm_core.store.segment_sql import Compiler
from crm_core.tables import account_facts
from crm_core.work.signals import Rule, What, Who, months_back, window

WAS_PAYING_MONTHS = 12
"""Whoever last paid longer ago than that has not stopped just now."""

_FOUND: Mapping[What, str] = {
    What.CYCLE: """
select l.id as account_id, jsonb_build_object('status', l.status) as facts from looked l
""",
    What.NO_READING: """
select l.id as account_id, jsonb_build_object('last_on', g.last_on, 'since', %(since)s::date) as facts
  from looked l
  join (select distinct account_id from meters
         where account_id > %(low)s and account_id <= %(high)s and removed_on is null
           and installed_on < %(since)s::date) m on m.account_id = l.id
  left join (select account_id, max(taken_on) as last_on from readings
              where account_id > %(low)s and account_id <= %(high)s and quality in ('actual', 'exchange')
              group by account_id) g on g.account_id = l.id
 where g.last_on is null or g.last_on < %(since)s::date
""",
    What.CONSUMPTION_DOWN: """
select l.id as account_id, jsonb_build_object('used', round(u.used), 'before', round(u.before),
           'percent', round(100 * (u.before - u.used) / u.before), 'since', %(since)s::date) as facts
  from looked l
  join (select account_id,
               sum(consumption) filter (where taken_on >= %(since)s::date) as used,
               sum(consumption) filter (where taken_on < %(before_until)s::date) as before,
               count(distinct date_trunc('month', taken_on::timestamp))
                   filter (where taken_on >= %(since)s::date) as months,
               count(distinct date_trunc('month', taken_on::timestamp))
                   filter (where taken_on < %(before_until)s::date) as months_before
          from (select distinct on (account_id, register_id, taken_on) account_id, taken_on, consumption from readings
                 where account_id > %(low)s and account_id <= %(high)s
                   and (taken_on >= %(since)s::date and taken_on < %(until)s::date
                        or taken_on >= %(before_since)s::date and taken_on < %(before_until)s::date)
                   and quality in ('actual', 'estimate', 'exchange')
                 order by account_id, register_id, taken_on, revision desc) r
         group by account_id) u on u.account_id = l.id
 where u.before > 0 and u.months >= u.months_before and u.used <= u.before * (100 - %(percent)s::int) / 100.0
""",
    What.PAYMENTS_STOPPED: """
select l.id as account_id, jsonb_build_object('last_on', p.last_on, 'balance', l.balance::text) as facts
  from looked l
  join (select account_id, max(paid_on) as last_on from payments
         where account_id > %(low)s and account_id <= %(high)s group by account_id) p on p.account_id = l.id
 where l.balance > 0 and p.last_on < %(since)s::date and p.last_on >= %(was_paying)s::date
""",
}

_ACT = """,
new_tasks as (
    insert into tasks (kind, title, account_id, owner_id, team, due_at, source, facts, once, created_at)
    select 'call', %(title)s::text, f.account_id,
           coalesce(%(owner_id)s::int,
                    (%(people)s::int[])[1 + f.account_id %% nullif(cardinality(%(people)s::int[]), 0)]),
           %(team)s::text, %(due_at)s::timestamptz, 'signal',
           f.facts || jsonb_build_object('rule', %(rule_title)s::text, 'what', %(what)s::text),
           'signal:' || %(rule_id)s::int || ':' || f.account_id || ':' || %(period)s::date, %(now)s::timestamptz
      from new_hits h join found f on f.account_id = h.account_id where %(task)s::boolean
    on conflict (once) do nothing returning id
),
marked as materialized (
    select a.id, a.customer_id, a.flags as before,
           case when %(set_flag)s::text = '' or a.flags ? %(set_flag)s::text then a.flags - %(drop_flag)s::text
                else (a.flags - %(drop_flag)s::text) || to_jsonb(%(set_flag)s::text) end as after
      from accounts a
     where a.id in (select account_id from new_hits) and (%(set_flag)s::text <> '' or %(drop_flag)s::text <> '')
     order by a.id for update
),
flagged as (
    update accounts set flags = m.after from marked m where accounts.id = m.id and m.after <> m.before
    returning m.customer_id, 'account ' || m.id as object, 'flags' as what, m.before, m.after
),
known as materialized (
    select c.id, c.status from customers c
     where c.id in (select a.customer_id from new_hits h join accounts a on a.id = h.account_id)
       and %(turn)s::text <> '' and c.status = any(%(turns)s::text[]) order by c.id for update
),
turned as (
    update customers set status = %(turn)s::text, version = version + 1 from known k
     where customers.id = k.id and k.status <> %(turn)s::text
    returning k.id as customer_id, 'customer' as object, 'status' as what, k.status as before, %(turn)s::text as after
),
remembered as (
    insert into customer_changes (customer_id, at, object, what, before, after, reason)
    select customer_id, %(now)s::timestamptz, object, what,
           (select coalesce(string_agg(one, ', '), '') from jsonb_array_elements_text(before) one),
           (select coalesce(string_agg(one, ', '), '') from jsonb_array_elements_text(after) one),
           %(rule_title)s::text
      from flagged
     union all
    select customer_id, %(now)s::timestamptz, object, what, before, after, %(rule_title)s::text from turned
    returning 1
)
select (select count(*) from new_hits) as hits, (select count(*) from new_tasks) as tasks
"""

_HITS = """,
new_hits as (
    insert into signal_hits (rule_id, account_id, period, at, facts)
    select %(rule_id)s::int, account_id, %(period)s::date, %(now)s::timestamptz, facts
      from found order by account_id limit %(left)s::int
    on conflict (rule_id, period, account_id) do nothing returning account_id
)"""

LINK = """
update signal_hits h set task_id = t.id from tasks t
 where h.rule_id = %(rule_id)s and h.period = %(period)s::date and h.account_id > %(low)s and h.account_id <= %(high)s
   and h.task_id is null and t.once = 'signal:' || %(rule_id)s::int || ':' || h.account_id || ':' || %(period)s::date
"""
"""Joins hits and tasks of one range; a statement does not see what its own parts insert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Who belongs to a segment, as the text of a query over a range of accounts, and its values."""

    text: str = ""
    """"" for everybody."""
    values: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    """What the segment is called."""


EVERYBODY = Members()


def members(tree: Joined, name: str, day: date) -> Members:
    """Return a segment as this module asks it.

    Args:
        tree: its typed conditions.
        name: what it is called; stands among the facts of whoever is found.
        day: the date at the utility.

    """
    key = account_facts.c.account_id
    query = select(key).where(
        key > bindparam("low", type_=Integer), key <= bindparam("high", type_=Integer), Compiler(day).clause(tree)
    )
    compiled = query.compile(dialect=psycopg.dialect())  # type: ignore[no-untyped-call]
    bound = {one: value for one, value in compiled.params.items() if one not in {"low", "high"}}
    return Members(text=str(compiled), values=bound, name=name)


def _looked(who: Who, inside: Members) -> str:
    conditions = ["a.id > %(low)s", "a.id <= %(high)s"]
    if who.status:
        conditions.append("a.status = any(%(status)s::text[])")
    if who.customer:
        conditions.append("c.status = any(%(customer)s::text[])")
    if who.kind:
        conditions.append("c.kind = %(kind)s")
    if who.flags_any:
        conditions.append("(a.flags ?| %(flags_any)s::text[] or c.flags ?| %(flags_any)s::text[])")
    if who.flags_none:
        conditions.append("not (a.flags ?| %(flags_none)s::text[] or c.flags ?| %(flags_none)s::text[])")
    if who.balance_least is not None:
        conditions.append("a.balance >= %(balance_least)s::numeric")
    if who.balance_most is not None:
        conditions.append("a.balance <= %(balance_most)s::numeric")
    if who.tariff:
        conditions.append("a.tariff_id in (select id from tariffs where code = %(tariff)s)")
    if inside.text:
        conditions.append(f"a.id in ({inside.text})")
    return (
        "with looked as materialized (select a.id, a.balance, a.status from accounts a "  # noqa: S608 - fixed parts
        f"join customers c on c.id = a.customer_id where {' and '.join(conditions)}), found as ("
        "select account_id, facts || %(also)s::jsonb as facts from ("
    )


def find(rule: Rule, inside: Members = EVERYBODY) -> str:
    """Return the statement that counts what a rule finds in a range and shows a few of them."""
    return (
        _looked(rule.who, inside)  # noqa: S608 - fixed parts
        + _FOUND[rule.what]
        + ") one) select (select count(*) from looked) as looked, (select count(*) from found) as found, "
        "(select coalesce(jsonb_agg(s), '[]') from (select f.account_id, f.facts, a.number, c.name from found f "
        "join accounts a on a.id = f.account_id join customers c on c.id = a.customer_id "
        "order by f.account_id limit %(sample)s::int) s) as sample"
    )


def act(rule: Rule, inside: Members = EVERYBODY) -> str:
    """Return the statement that notes what a rule finds in a range, and does what follows."""
    return _looked(rule.who, inside) + _FOUND[rule.what] + ") one)" + _HITS + _ACT


def values(rule: Rule, day: date, inside: Members = EVERYBODY) -> dict[str, Any]:
    """Return the values both statements need besides the range."""
    months = window(rule, day)
    who = rule.who
    return {
        **inside.values,
        "also": json.dumps({"segment": inside.name} if inside.name else {}),
        "since": months.since,
        "until": months.until,
        "before_since": months.before_since,
        "before_until": months.before_until,
        "was_paying": months_back(months.since, WAS_PAYING_MONTHS),
        "percent": rule.percent,
        "status": list(who.status),
        "customer": list(who.customer),
        "kind": who.kind,
        "flags_any": list(who.flags_any),
        "flags_none": list(who.flags_none),
        "balance_least": who.balance_least,
        "balance_most": who.balance_most,
        "tariff": who.tariff,
    }
