"""How an account's facts are worked out from its histories: one statement for any number of accounts (SQL, no I/O).

Every history is looked up by its account, where it lies together on one or two pages; `crm_core.store.account_facts`
runs it for accounts that changed, the sample base for all it made.
"""

from __future__ import annotations

from typing import Final, LiteralString

_SELECTED: Final = """
select a.id as account_id, a.customer_id, a.opened_on, a.closed_on, d.oldest_due_on, d.next_due_on, pay.paid_on,
       r.taken_on as read_on, act.taken_on as actual_on, m.verification_due, ap.application_due_on, pr.promise_due_on,
       i.contacted_on, ap.open_applications, pr.broken_promises, d.disputed, m.multi_tariff, a.balance, d.overdue,
       pay.amount as paid_amount, c.kind, c.language, a.status, t.code as tariff, p.time_zone,
       pay.channel as paid_channel, r.source as read_source, r.quality as read_quality, i.disposition,
       array(select distinct jsonb_array_elements_text(c.flags || a.flags) order by 1) as flags
  from accounts a
  join customers c on c.id = a.customer_id
  join premises p on p.id = a.premises_id
  join tariffs t on t.id = a.tariff_id
  cross join lateral (
       select min(due_on) filter (where open_amount > 0 and not disputed) as oldest_due_on,
              min(due_on) filter (where open_amount > 0 and not disputed and due_on >= %(today)s) as next_due_on,
              coalesce(sum(open_amount) filter (where not disputed and due_on < %(today)s), 0) as overdue,
              coalesce(bool_or(disputed), false) as disputed
         from invoices where account_id = a.id and open_amount <> 0) d
  left join lateral (
       select paid_on, amount, channel from payments where account_id = a.id
        order by paid_on desc, seq desc limit 1) pay on true
  left join lateral (
       select taken_on, source, quality from readings where account_id = a.id and quality <> 'refused'
        order by taken_on desc, revision desc, register_id limit 1) r on true
  cross join lateral (
       select max(taken_on) as taken_on from readings
        where account_id = a.id and quality in ('actual', 'exchange')) act
  cross join lateral (
       select min(verification_due) as verification_due,
              coalesce(bool_or((select count(*) from registers where meter_id = meters.id) > 1), false) as multi_tariff
         from meters where account_id = a.id and removed_on is null) m
  cross join lateral (
       select count(*)::smallint as open_applications, min(due_on) as application_due_on
         from applications where account_id = a.id and stage not in ('done', 'refused')) ap
  cross join lateral (
       select min(due_on) filter (where status = 'open') as promise_due_on,
              (count(*) filter (where status = 'broken'))::smallint as broken_promises
         from promises where account_id = a.id) pr
  left join lateral (
       select (began_at at time zone %(zone)s)::date as contacted_on, disposition
         from interactions where account_id = a.id
        order by began_at desc, id desc limit 1) i on true
"""
_COLUMNS: Final = (
    "account_id, customer_id, opened_on, closed_on, oldest_due_on, next_due_on, paid_on, read_on, actual_on,"
    " verification_due, application_due_on, promise_due_on, contacted_on, open_applications, broken_promises, disputed,"
    " multi_tariff, balance, overdue, paid_amount, kind, language, status, tariff, time_zone, paid_channel,"
    " read_source, read_quality, disposition, flags"
)
FRESH: LiteralString = (
    f"insert into account_facts ({_COLUMNS}) {_SELECTED} where a.id between %(first)s and %(last)s order by a.id"
)
"""Facts of accounts that have none yet: parameters `first`, `last`, `today`, `zone`."""
_SET: Final = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[1:])
REFRESH = (
    f"insert into account_facts ({_COLUMNS}) {_SELECTED} where a.id = any(%(accounts)s::int[]) order by a.id"
    f" on conflict (account_id) do update set {_SET} where account_facts is distinct from excluded"
)
"""Facts of these accounts anew; what did not change is not written. Parameters `accounts`, `today`, `zone`."""
