"""What is open for an account at this moment: the part of a question that `callers` asks, and segments (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

from sqlalchemy import literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.errors import NoSuchSegment, SegmentBroken
from crm_core.standing import OFTEN, WEEK_DAYS
from crm_core.store import segment_counts, segments
from crm_core.store.segment_sql import Compiler
from crm_core.work.forms import Site

OPEN: Final[LiteralString] = """
    select jsonb_array_elements_text(c.flags || a.flags)
    union select 'legal_entity' where c.kind = 'organisation'
    union select 'vulnerable' where c.special_need <> '' or c.flags ? 'life_support'
    union select 'priority_' || c.priority where c.priority <> 'normal'
    union select 'application_late' where exists (
        select from applications where account_id = a.id and stage not in ('done', 'refused') and due_at < %(now)s)
    union select 'promise_due' where exists (
        select from promises where account_id = a.id and status = 'open' and due_on <= %(today)s)
    union select 'dispute_open' where exists (
        select from disputes where account_id = a.id and status = 'open')
    union select 'mass_event' where exists (
        select from mass_events where begins_at <= %(now)s and (ends_at is null or ends_at > %(now)s)
           and (area_key = '' or string_to_array(p.address_key, ' ') @> string_to_array(area_key, ' ')))
    union select 'called_often' where (
        select count(*) from (
            select from interactions where account_id = a.id and channel = 'phone' and direction = 'in'
               and began_at >= %(now)s - make_interval(days => %(days)s) and began_at <= %(now)s
               and call_id is distinct from %(call)s limit %(often)s) calls) >= %(often)s
"""
"""Flags of an account `a`, its customer `c` and its premises `p`, with those worked out, a row each."""


def asked(now: datetime, site: Site, call_id: str) -> dict[str, object]:
    """Return what `OPEN` is given."""
    return {"now": now, "today": site.today(now), "days": WEEK_DAYS, "often": OFTEN, "call": call_id}


async def holding(
    db: AsyncConnection, wanted: Sequence[int], account_id: int, site: Site, now: datetime
) -> frozenset[str]:
    """Return the flags of the segments, of some, that hold an account, looked for at once."""
    compiler = Compiler(site.today(now))
    looks = []
    for key in wanted[:50]:
        try:
            page = segment_counts.page_of(compiler.clause(await segments.resolved(db, key)), account_id - 1, 1)
        except (NoSuchSegment, SegmentBroken):
            continue
        inner = page.subquery()
        looks.append(select(literal(f"segment_{key}")).where(inner.c[0] == account_id).select_from(inner))
    if not looks:
        return frozenset()
    return frozenset((await db.execute(union_all(*looks))).scalars())
