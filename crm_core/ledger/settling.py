"""Open amounts of many accounts at once, by the same rule as `allocation` (SQL text, no I/O).

For imports: set by set, without a row leaving the server. Where one account is posted to, the store works it out with
`allocation.allocate`; a test holds the two together. The accounts stand in a temporary table `ledger_touched
(account_id int)`, each once; `order` and `priority` are those of `allocation.AllocationRule`.
"""

from __future__ import annotations

OPENED = """
with due as (
    select i.account_id, i.period, null::int as charge_id, 'invoice' as kind, i.due_on, i.amount, i.disputed
    from invoices i join ledger_touched using (account_id) where i.amount > 0
    union all
    select a.account_id, null, a.id, a.kind, a.due_on, a.amount, false
    from adjustments a join ledger_touched using (account_id) where a.amount > 0
), directed as (
    select account_id, period, charge_id, greatest(sum(amount), 0) as amount
    from allocations join ledger_touched using (account_id) group by 1, 2, 3
), rest as (
    select d.*, d.amount - least(coalesce(t.amount, 0), d.amount) as rest, least(coalesce(t.amount, 0), d.amount) as met
    from due d left join directed t on t.account_id = d.account_id and t.period is not distinct from d.period
        and t.charge_id is not distinct from d.charge_id
), covers as (
    select account_id, sum(amount) as amount from (
        select account_id, amount from payments join ledger_touched using (account_id)
        union all select account_id, -amount from adjustments join ledger_touched using (account_id) where amount < 0
        union all select account_id, -amount from invoices join ledger_touched using (account_id) where amount < 0
    ) c group by 1
), pool as (
    select t.account_id, coalesce(c.amount, 0) - coalesce((select sum(met) from rest r
        where r.account_id = t.account_id), 0) as amount
    from ledger_touched t left join covers c using (account_id)
), up_to as (
    select r.*, p.amount as pool, sum(case when disputed then 0 else rest end) over (
        partition by r.account_id
        order by case when %(order)s = 'oldest' then 0
                 else coalesce(array_position(%(priority)s::text[], kind), 1000) end,
            due_on, kind <> 'invoice', period, charge_id
        rows unbounded preceding) as up_to
    from rest r join pool p using (account_id)
)
select account_id, period, charge_id,
    case when disputed then rest else greatest(0, least(rest, up_to - pool)) end as open
from up_to
"""
"""What is open of everything owed."""

SETTLE_INVOICES = f"""
update invoices i set open_amount = o.open from ({OPENED}) o
where o.account_id = i.account_id and o.period = i.period and i.open_amount <> o.open
"""  # noqa: S608 -- made of our own text
SETTLE_CHARGES = f"""
update adjustments a set open_amount = o.open from ({OPENED}) o
where o.charge_id = a.id and a.open_amount <> o.open
"""  # noqa: S608 -- made of our own text
