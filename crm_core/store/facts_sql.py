"""How an account's facts are worked out from its histories: one statement for any number of accounts (SQL, no I/O).

Every history is looked up by its account, where it lies together on one or two pages; `crm_core.store.account_facts`
runs it for accounts that changed, the sample base for all it made.
"""

# ruff: noqa: S608 -- lists of codes and names of columns are our own.
from __future__ import annotations

from typing import Final, LiteralString

from crm_core.segments.bits import CONSENTS, REACH, SERVICES, SUPPLIES, WAYS


def _bit(codes: tuple[LiteralString, ...], code: LiteralString) -> LiteralString:
    """Return the SQL of a code's bit; null for a code that is none."""
    return f"(1 << array_position('{{{','.join(codes)}}}'::text[], {code}::text) - 1)"


_MONEY: Final = """
  cross join lateral (
       select min(due_on) filter (where open_amount > 0 and not disputed) as oldest_due_on,
              min(due_on) filter (where open_amount > 0 and not disputed and due_on >= %(today)s) as next_due_on,
              coalesce(sum(open_amount) filter (where not disputed and due_on < %(today)s), 0) as overdue,
              coalesce(bool_or(disputed), false) as disputed,
              (count(*) filter (where billed and open_amount > 0))::smallint as open_invoices
         from (select due_on, open_amount, disputed, true as billed
                 from invoices where account_id = a.id and open_amount <> 0
               union all
               select due_on, open_amount, false, false
                 from adjustments where account_id = a.id and open_amount <> 0) owed) d
  left join lateral (
       select issued_on, amount from invoices where account_id = a.id order by period desc limit 1) inv on true
  left join lateral (
       select paid_on, amount, channel from payments paid
        where account_id = a.id and amount > 0
          and not exists (select from payments back where back.account_id = a.id
                             and back.reverses_on = paid.paid_on and back.reverses_seq = paid.seq)
        order by paid_on desc, seq desc limit 1) pay on true
  cross join lateral (
       select coalesce(sum(amount), 0) as amount from disputes where account_id = a.id and status = 'open') dis
  cross join lateral (
       select min(due_on) filter (where status = 'open') as promise_due_on,
              sum(amount) filter (where status = 'open') as promise_amount,
              (count(*) filter (where status = 'kept'))::smallint as kept_promises,
              (count(*) filter (where status = 'broken'))::smallint as broken_promises,
              (array_agg(status order by id desc))[1] as promise_status
         from promises where account_id = a.id) pr
  cross join lateral (
       select (max(sent_at) at time zone %(zone)s)::date as noticed_on,
              (array_agg(kind order by sent_at desc, id desc))[1] as notice_kind,
              (array_agg(status order by sent_at desc, id desc))[1] as notice_status,
              (max(coalesce(told_at, sent_at)) filter (where kind = 'restriction_warning' and status = 'delivered')
                  at time zone %(zone)s)::date as warned_on
         from notices where account_id = a.id) n
"""
_SUPPLY: Final = f"""
  cross join lateral (
       select min(verification_due) as verification_due, min(installed_on) as installed_on,
              count(*)::smallint as meters, coalesce(bool_or(amr), false) as amr,
              coalesce(bool_or((select count(*) from registers where meter_id = meters.id) > 1), false) as multi_tariff
         from meters where account_id = a.id and removed_on is null) m
  cross join lateral (
       select coalesce(bit_or({_bit(SUPPLIES, "supply")}), 0)::smallint as supply,
              coalesce(bool_or(prepay and supply <> 'ended'), false) as prepay,
              coalesce(bool_or(budget_bill and supply <> 'ended'), false) as budget_bill,
              (array_agg(started_on order by started_on desc, id desc))[1] as agreed_on,
              (array_agg(ended_on order by started_on desc, id desc))[1] as agreement_ends_on
         from agreements where account_id = a.id) ag
  cross join lateral (
       select coalesce(bit_or({_bit(SERVICES, "service")}), 0)::smallint as services,
              coalesce(bool_or(phases = 3), false) as three_phase, max(max_kw) as max_kw
         from service_points where account_id = a.id) sp
  left join lateral (
       select taken_on, source, quality from readings where account_id = a.id and quality <> 'refused'
        order by taken_on desc, revision desc, register_id limit 1) r on true
  cross join lateral (
       select max(taken_on) as taken_on from readings
        where account_id = a.id and quality in ('actual', 'exchange')) act
"""
_HAS_NUMBER: Final = "exists (select from contact_numbers where contact_id = k.id and ended_at is null"
_PEOPLE: Final = f"""
  cross join lateral (
       select coalesce(bit_or(case when k.phone <> '' or {_HAS_NUMBER}) then {_bit(REACH, "'phone'")} else 0 end
                  | case when k.verified and k.phone <> '' or {_HAS_NUMBER} and verified_at is not null)
                         then {_bit(REACH, "'verified'")} else 0 end
                  | case when k.email <> '' then {_bit(REACH, "'email'")} else 0 end), 0)::smallint as reach,
              coalesce(bit_or({_bit(WAYS, "k.channel")}), 0)::smallint as wanted,
              coalesce(bit_or((select bit_or({_bit(WAYS, "way")}) from jsonb_array_elements_text(k.opt_out) way)), 0
                  )::smallint as opt_outs
         from contacts k where k.customer_id = a.customer_id and k.ended_at is null) k
  cross join lateral (
       select coalesce(bit_or({_bit(CONSENTS, "kind")}) filter (where given), 0)::smallint as consents,
              coalesce(bit_or({_bit(CONSENTS, "kind")}) filter (where not given), 0)::smallint as withdrawn
         from (select distinct on (kind) kind, given
                 from consents where customer_id = a.customer_id order by kind, id desc) said) s
"""
_WORK: Final = """
  cross join lateral (
       select count(*)::smallint as open_applications, min(due_on) as application_due_on
         from applications where account_id = a.id and stage not in ('done', 'refused')) ap
  cross join lateral (
       select count(*)::smallint as open_tasks, (min(due_at) at time zone %(zone)s)::date as task_due_on
         from tasks where account_id = a.id and state in ('open', 'in_work')) tk
  left join lateral (
       select (began_at at time zone %(zone)s)::date as contacted_on, disposition, channel, direction
         from interactions where account_id = a.id
        order by began_at desc, id desc limit 1) i on true
"""
_SELECTED: Final = f"""
select a.id as account_id, a.customer_id, a.opened_on, a.closed_on, d.oldest_due_on, d.next_due_on,
       inv.issued_on as invoiced_on, pay.paid_on, r.taken_on as read_on, act.taken_on as actual_on, m.installed_on,
       m.verification_due, ag.agreed_on, ag.agreement_ends_on, ap.application_due_on, tk.task_due_on,
       pr.promise_due_on, n.noticed_on, n.warned_on, i.contacted_on,
       k.reach, k.wanted, k.opt_outs, s.consents, s.withdrawn, ag.supply, sp.services, m.meters, d.open_invoices,
       ap.open_applications, tk.open_tasks, pr.kept_promises, pr.broken_promises,
       c.special_need <> '' as special_need, ag.prepay, ag.budget_bill, sp.three_phase, m.multi_tariff,
       m.amr or coalesce(r.source = 'amr', false) as amr, d.disputed,
       a.balance, d.overdue, dis.amount as disputed_amount, inv.amount as invoiced_amount, pay.amount as paid_amount,
       pr.promise_amount, sp.max_kw, c.kind, c.language, c.status as customer_status, c.priority, a.status,
       t.code as tariff, p.time_zone, pay.channel as paid_channel, pr.promise_status, n.notice_kind, n.notice_status,
       r.source as read_source, r.quality as read_quality, i.disposition, i.channel as contact_channel,
       i.direction as contact_direction,
       array(select distinct jsonb_array_elements_text(c.flags || a.flags) order by 1) as flags
  from accounts a
  join customers c on c.id = a.customer_id
  join premises p on p.id = a.premises_id
  join tariffs t on t.id = a.tariff_id
  {_MONEY}{_SUPPLY}{_PEOPLE}{_WORK}
"""
_COLUMNS: Final = (
    "account_id, customer_id, opened_on, closed_on, oldest_due_on, next_due_on, invoiced_on, paid_on, read_on,"
    " actual_on, installed_on, verification_due, agreed_on, agreement_ends_on, application_due_on, task_due_on,"
    " promise_due_on, noticed_on, warned_on, contacted_on, reach, wanted, opt_outs, consents, withdrawn, supply,"
    " services, meters, open_invoices, open_applications, open_tasks, kept_promises, broken_promises, special_need,"
    " prepay, budget_bill, three_phase, multi_tariff, amr, disputed, balance, overdue, disputed_amount,"
    " invoiced_amount, paid_amount, promise_amount, max_kw, kind, language, customer_status, priority, status, tariff,"
    " time_zone, paid_channel, promise_status, notice_kind, notice_status, read_source, read_quality, disposition,"
    " contact_channel, contact_direction, flags"
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
