"""How promises were kept, by who took them and by the campaign whose call they came of (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRate:
    """How promises were kept that came of calls."""

    key: int | None
    name: str
    promised: int
    """Settled or open."""
    kept: int
    part_kept: int
    broken: int
    open: int
    amount: Decimal
    paid: Decimal


KEPT: LiteralString = """
select {key} as key, coalesce({name}, '') as name, count(*) as promised,
       count(*) filter (where p.status = 'kept') as kept, count(*) filter (where p.status = 'part_kept') as part_kept,
       count(*) filter (where p.status = 'broken') as broken, count(*) filter (where p.status = 'open') as open,
       sum(p.amount) as amount, coalesce(sum(p.paid), 0) as paid
  from promises p left join attempts a on a.call_id = p.call_id
  left join campaigns c on c.id = a.campaign_id left join users u on u.id = p.made_by
 where p.created_at >= %(since)s and p.status not in ('rescheduled', 'cancelled')
   and (%(campaign)s::int is null or a.campaign_id = %(campaign)s)
 group by 1, 2 order by 3 desc, 1 limit 200
"""
BY_OPERATOR = KEPT.replace("{key}", "p.made_by").replace("{name}", "u.name")
BY_CAMPAIGN = KEPT.replace("{key}", "a.campaign_id").replace("{name}", "c.name")


async def kept_rates(
    db: AsyncConnection, since: datetime, *, by_campaign: bool = False, campaign_id: int | None = None
) -> list[KeptRate]:
    """Return how promises made since a moment were kept, by operator or by the campaign whose call they came of.

    Promises put off or called off are of no rate. One taken without an attempt has no campaign.
    """
    query = BY_CAMPAIGN if by_campaign else BY_OPERATOR
    return [
        KeptRate(
            key=row.key,
            name=row.name,
            promised=row.promised,
            kept=row.kept,
            part_kept=row.part_kept,
            broken=row.broken,
            open=row.open,
            amount=row.amount,
            paid=row.paid,
        )
        for row in await db.exec_driver_sql(query, {"since": since, "campaign": campaign_id})
    ]
