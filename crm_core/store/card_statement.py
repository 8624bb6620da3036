"""The one statement of the card (SQL text): every part along an index, numbers as text, so that money stays exact.

One more part is a subselect here, a struct in `crm_core.card`, a field of `Facts` in `crm_core.store.cards`; each is
bounded.
"""

from __future__ import annotations

from typing import Final, LiteralString

# Of what registers there are is asked once: joined row by row, a year of readings cost two look-ups each.
CARD: Final[LiteralString] = """
with dials as materialized (
  select r.id, r.code, r.meter_id, m.serial
    from meters m join registers r on r.meter_id = m.id where m.account_id = %(account_id)s
)
select json_build_object(
  'account_id', a.id, 'account_number', a.number, 'customer_id', c.id, 'customer', c.name, 'kind', c.kind,
  'language', c.language, 'status', c.status, 'priority', c.priority, 'special_need', c.special_need,
  'customer_flags', c.flags, 'account_flags', a.flags, 'account_status', a.status,
  'opened_on', a.opened_on, 'closed_on', a.closed_on, 'address', p.address, 'time_zone', p.time_zone,
  'tariff', t.name, 'tariff_from', t.valid_from, 'tariff_to', t.valid_to, 'prices', t.prices,
  'currency', a.currency, 'balance', a.balance::text,
  'contacts', coalesce((select json_agg(x) from (
      select k.id as contact_id, name, role, phone, email, verified, verified_at, language, channel, opt_out,
             coalesce((select json_agg(y) from (
                 select number, label, verified_at is not null as verified from contact_numbers
                  where contact_id = k.id and ended_at is null order by id limit 10) y), '[]') as numbers
        from contacts k where customer_id = c.id and ended_at is null order by id limit 30) x), '[]'),
  'consents', coalesce((select json_agg(x) from (
      select distinct on (kind) kind, given, at, how
        from consents where customer_id = c.id order by kind, id desc) x), '[]'),
  'agreements', coalesce((select json_agg(x) from (
      select id as agreement_id, number, supply, started_on, ended_on, prepay, budget_bill
        from agreements where account_id = a.id order by started_on desc, id desc limit 6) x), '[]'),
  'points', coalesce((select json_agg(x) from (
      select id as point_id, service, phases, max_kw::text as max_kw, node
        from service_points where account_id = a.id order by id limit 12) x), '[]'),
  'other_accounts', coalesce((select json_agg(x) from (
      select o.id as account_id, o.number as account_number, c.name as customer, c.kind as kind, op.address as address,
             o.balance::text as balance, 'customer' as why
        from accounts o join premises op on op.id = o.premises_id
       where o.customer_id = c.id and o.id <> a.id order by o.closed_on is not null, o.id limit 30) x), '[]'),
  'meters', coalesce((select json_agg(x) from (
      select m.id as meter_id, m.serial, m.model, m.digits, m.decimals, m.multiplier, m.installed_on, m.removed_on,
             m.verified_on, m.verification_due, m.seal, m.amr,
             coalesce((select json_agg(y) from (
                 select r.id as register_id, r.code, l.value::text as last_value, l.taken_on as last_on
                   from dials r left join lateral (
                        select value, taken_on from readings
                         where account_id = a.id and register_id = r.id
                           and quality in ('actual', 'estimate', 'exchange')
                         order by taken_on desc, revision desc limit 1) l on true
                  where r.meter_id = m.id order by r.id) y), '[]') as registers
        from meters m where m.account_id = a.id order by m.removed_on is not null, m.installed_on desc, m.id) x), '[]'),
  'readings', coalesce((select json_agg(x) from (
      select g.taken_on, r.code as register_code, r.serial as meter_serial, g.value::text as value,
             g.consumption::text as consumption, g.source, g.quality, coalesce(g.doubt, '') as doubt
        from (select distinct on (taken_on, register_id) * from readings
               where account_id = a.id and taken_on > %(today)s::date - interval '24 months' and quality <> 'refused'
               order by taken_on desc, register_id, revision desc) g
        join dials r on r.id = g.register_id
       order by g.taken_on desc, g.register_id) x), '[]'),
  'invoices', coalesce((select json_agg(x) from (
      select period, issued_on, due_on, amount::text as amount, open_amount::text as open_amount, disputed
        from invoices
       where account_id = a.id and (period > %(today)s::date - interval '25 months' or open_amount <> 0)
       order by period desc) x), '[]'),
  'lines', coalesce((select json_agg(x) from (
      select period, what, quantity::text as quantity, price::text as price, amount::text as amount
        from invoice_lines where account_id = a.id and period > %(today)s::date - interval '13 months'
       order by period desc, line limit 60) x), '[]'),
  'payments', coalesce((select json_agg(x) from (
      select paid_on, amount::text as amount, channel, coalesce(reference, '') as reference
        from payments where account_id = a.id order by paid_on desc, seq desc limit 36) x), '[]'),
  'promises', coalesce((select json_agg(x) from (
      select amount::text as amount, due_on, status
        from promises where account_id = a.id order by id desc limit 12) x), '[]'),
  'adjustments', coalesce((select json_agg(x) from (
      select kind, amount::text as amount, posted_on, reason
        from adjustments where account_id = a.id order by id desc limit 24) x), '[]'),
  'disputes', coalesce((select json_agg(x) from (
      select period, amount::text as amount, reason, status, raised_at
        from disputes where account_id = a.id order by id desc limit 12) x), '[]'),
  'notices', coalesce((select json_agg(x) from (
      select kind, channel, amount::text as amount, status, sent_at
        from notices where account_id = a.id order by id desc limit 12) x), '[]'),
  'documents', coalesce((select json_agg(x) from (
      select id as document_id, title, format, made_at
        from documents where account_id = a.id order by id desc limit 12) x), '[]'),
  'fields', coalesce((select json_agg(x) from (
      select f.title, string_agg(coalesce(
                 (select o ->> 'title' from jsonb_array_elements(f.options) o where o ->> 'code' = v.text),
                 v.text, trim_scale(v.number)::text, v.day::text), ', ' order by v.position) as value
        from custom_values v join custom_fields f on f.id = v.field_id
       where v.entity_id in (a.id, c.id, p.id) and not f.retired
         and v.entity_id = case f.entity
             when 'customer' then c.id when 'account' then a.id when 'premises' then p.id end
       group by f.id order by f.position, f.id limit 60) x), '[]'),
  'tasks', coalesce((select json_agg(x) from (
      select t.title, t.kind, coalesce(u.name, '') as owner, t.state, t.due_at
        from tasks t left join users u on u.id = t.owner_id
       where t.account_id = a.id and t.state in ('open', 'in_work') order by t.due_at, t.id limit 12) x), '[]'),
  'applications', coalesce((select json_agg(x) from (
      select number, kind, title, stage, filed_on, due_on,
             coalesce(due_on < %(today)s::date and stage not in ('done', 'refused'), false) as late
        from applications where account_id = a.id order by filed_on desc, id desc limit 20) x), '[]'),
  'interactions', coalesce((select json_agg(x) from (
      select i.id as interaction_id, coalesce(i.call_id, '') as call_id, i.began_at as at, i.channel, i.direction,
             i.number,
             coalesce(u.name, '') as operator, coalesce(i.disposition, case i.outcome
                 when 'abandoned' then 'ABANDON' when 'served' then 'SERVED' when 'failed' then 'TECH_ERROR' else '' end
             ) as disposition, i.note,
             greatest(coalesce(extract(epoch from i.ended_at - i.answered_at), 0), 0)::int as seconds, i.path
        from interactions i left join users u on u.id = i.operator_id
       where i.account_id = a.id and (i.phase = 'ended' or i.ended_at is not null or i.closed_at is not null)
       order by i.began_at desc, i.id desc limit %(timeline)s) x), '[]')
)::text
from accounts a
join customers c on c.id = a.customer_id
join premises p on p.id = a.premises_id
join tariffs t on t.id = a.tariff_id
where a.id = %(account_id)s
"""
