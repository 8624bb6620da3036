"""What contacts took: talk, hold and wrap-up added up from what was told of them, when they end (shell).

`operator_states` and `call_events` are the facts, only ever added to; what stands on the contact follows from them and
comes out the same however often it is settled.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import LiteralString

from crm_core.db import Writing

ENDS = frozenset({"ended", "closed", "part-closed"})
"""Lines of a call's history after which it is settled (again)."""

SETTLE: LiteralString = """
with chosen as (select unnest(%(calls)s::text[]) as call_id),
spans as (
    select s.call_id, s.state, extract(epoch from n.at - s.at) as seconds
      from chosen join operator_states s on s.call_id = chosen.call_id
     cross join lateral (select n.at from operator_states n
                          where n.operator_id = s.operator_id and (n.at, n.id) > (s.at, s.id)
                          order by n.at, n.id limit 1) n
     where s.state in ('talking', 'wrap_up')),
holds as (
    select e.call_id, extract(epoch from n.at - e.at) as seconds
      from chosen join call_events e on e.call_id = chosen.call_id
     cross join lateral (select n.at from call_events n
                          where n.call_id = e.call_id and n.id > e.id
                            and n.what in ('resumed', 'joined again', 'answered', 'parted', 'passed-on', 'taken-over',
                                           'waiting', 'ended')
                          order by n.id limit 1) n
     where e.what = 'held'),
found as (
    select chosen.call_id,
           coalesce((select sum(seconds) from spans where call_id = chosen.call_id and state = 'talking'), 0) as talked,
           coalesce((select sum(seconds) from holds where call_id = chosen.call_id), 0) as held,
           coalesce((select sum(seconds) from spans where call_id = chosen.call_id and state = 'wrap_up'), 0) as wrote,
           (select count(*) from call_events e where e.call_id = chosen.call_id and e.what = 'passed-on') as passes,
           (select count(*) from call_events e where e.call_id = chosen.call_id and e.what = 'consults') as consults
      from chosen)
update interactions i
   set talk_seconds = greatest(talked - held, 0), hold_seconds = least(held, talked), wrap_up_seconds = wrote,
       passes = least(found.passes, 99), consults = least(found.consults, 99)
  from found where i.call_id = found.call_id
"""
"""Times of every operator who had the call, each from his state to his next one; a hold lasts until he hears him."""


async def settle(db: Writing, call_ids: Collection[str]) -> None:
    """Write down what some calls took so far, as the facts on record say."""
    if call_ids:
        await db.exec_driver_sql(SETTLE, {"calls": sorted(call_ids)})
