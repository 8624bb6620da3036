"""The one statement of the card (SQL text): every part along an index, numbers as text, so that money stays exact.

One more part is a subselect here, a struct in `crm_core.card`, a field of `Facts` in `crm_core.card_facts`; each is
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
select row_to_json(card)::text from (
  select
  a.id as account_id, a.number as account_number, c.id as customer_id, c.name as customer, c.kind,
  c.language, c.status, c.priority, c.special_need,
  c.tax_number, c.flags as customer_flags, a.flags as account_flags, a.status as account_status,
  a.opened_on, a.closed_on, a.billing_day, a.bill_by,
  p.id as premises_id, p.address, p.time_zone, p.residents,
  trim_scale(p.area)::text as area, p.latitude::text as latitude, p.longitude::text as longitude,
  t.name as tariff, t.valid_from as tariff_from, t.valid_to as tariff_to, t.prices, t.tiers,
  trim_scale(t.vat)::text as vat, a.currency, a.balance::text as balance,
  w.rules -> 'ageing' as ageing, w.rules -> 'plan' -> 'grace_days' as plan_grace, w.rules -> 'path' as path,
  coalesce((select json_agg(x) from (
      select k.id as contact_id, name, role, phone, email, verified, verified_at, language, channel, opt_out,
             coalesce((select json_agg(y) from (
                 select number, label, verified_at is not null as verified from contact_numbers
                  where contact_id = k.id and ended_at is null order by id limit 10) y), '[]') as numbers
        from contacts k where customer_id = c.id and ended_at is null order by id limit 30) x), '[]') as contacts,
  coalesce((select json_agg(x) from (
      select distinct on (kind) kind, given, at, how
        from consents where customer_id = c.id order by kind, id desc) x), '[]') as consents,
  coalesce((select json_agg(x) from (
      select g.id as agreement_id, g.number, g.supply, g.started_on, g.ended_on, g.prepay, g.budget_bill,
             coalesce(o.name, '') as tariff, g.shut_off_on
        from agreements g left join tariffs o on o.id = g.tariff_id
       where g.account_id = a.id order by g.started_on desc, g.id desc limit 6) x), '[]') as agreements,
  coalesce((select json_agg(x) from (
      select id as point_id, service, phases, max_kw::text as max_kw, node
        from service_points where account_id = a.id order by id limit 12) x), '[]') as points,
  coalesce((select json_agg(x) from (
      select o.id as account_id, o.number as account_number, c.name as customer, c.kind as kind, op.address as address,
             o.balance::text as balance, 'customer' as why
        from accounts o join premises op on op.id = o.premises_id
       where o.customer_id = c.id and o.id <> a.id
       order by o.closed_on is not null, o.id limit 30) x), '[]') as other_accounts,
  coalesce((select json_agg(x) from (
      select m.id as meter_id, m.serial, m.model, m.digits, m.decimals, m.multiplier, m.installed_on, m.removed_on,
             m.verified_on, m.verification_due, m.seal, m.sealed_on, m.amr, m.virtual, m.point_id,
             coalesce((select json_agg(y) from (
                 select r.id as register_id, r.code, l.value::text as last_value, l.taken_on as last_on
                   from dials r left join lateral (
                        select value, taken_on from readings
                         where account_id = a.id and register_id = r.id
                           and quality in ('actual', 'estimate', 'exchange')
                         order by taken_on desc, revision desc limit 1) l on true
                  where r.meter_id = m.id order by r.id) y), '[]') as registers
        from meters m where m.account_id = a.id
       order by m.removed_on is not null, m.installed_on desc, m.id) x), '[]') as meters,
  coalesce((select json_agg(x) from (
      select g.taken_on, r.code as register_code, r.serial as meter_serial, g.value::text as value,
             g.consumption::text as consumption, g.source, g.quality, coalesce(g.doubt, '') as doubt
        from (select distinct on (taken_on, register_id) * from readings
               where account_id = a.id and taken_on > %(today)s::date - interval '24 months' and quality <> 'refused'
               order by taken_on desc, register_id, revision desc) g
        join dials r on r.id = g.register_id
       order by g.taken_on desc, g.register_id) x), '[]') as readings,
  coalesce((select json_agg(x) from (
      select period, issued_on, due_on, amount::text as amount, open_amount::text as open_amount, disputed
        from invoices
       where account_id = a.id and (period > %(today)s::date - interval '25 months' or open_amount <> 0)
       order by period desc) x), '[]') as invoices,
  coalesce((select json_agg(x) from (
      select period, what, quantity::text as quantity, price::text as price, amount::text as amount
        from invoice_lines where account_id = a.id and period > %(today)s::date - interval '13 months'
       order by period desc, line limit 60) x), '[]') as lines,
  coalesce((select json_agg(x) from (
      select paid_on, seq, amount::text as amount, channel, coalesce(reference, '') as reference
        from payments where account_id = a.id order by paid_on desc, seq desc limit 36) x), '[]') as payments,
  coalesce((select json_agg(x) from (
      select paid_on, seq, period, sum(amount)::text as amount
        from allocations where account_id = a.id and paid_on > %(today)s::date - interval '25 months'
       group by paid_on, seq, period having sum(amount) > 0
       order by paid_on desc, seq, period limit 60) x), '[]') as directed,
  coalesce((select json_agg(x) from (
      select amount::text as amount, due_on, status
        from promises where account_id = a.id order by id desc limit 12) x), '[]') as promises,
  coalesce((select json_agg(x) from (
      select kind, amount::text as amount, open_amount::text as open_amount, posted_on, reason
        from adjustments where account_id = a.id order by id desc limit 24) x), '[]') as adjustments,
  coalesce((select json_agg(x) from (
      select due_on, open_amount::text as amount
        from adjustments where account_id = a.id and open_amount > 0 order by id) x), '[]') as charges,
  coalesce((select json_agg(x) from (
      select l.id as plan_id, l.amount::text as amount, l.parts, l.first_on, l.made_on, l.status,
             -- What came in for it, as crm_core.store.ledger_plans counts.
             coalesce(l.paid, (select sum(y.amount) from payments y
                                where y.account_id = a.id and y.paid_on >= l.made_on
                                  and (y.reverses_on is null or y.reverses_on >= l.made_on)), 0)::text as paid
        from plans l where l.account_id = a.id order by l.id desc limit 3) x), '[]') as plans,
  coalesce((select json_agg(x) from (
      select h.id as held_id, h.taken_on, r.code as register_code, r.serial as meter_serial, h.value::text as value,
             h.rule, h.least::text as least, h.most::text as most, h.source
        from held_readings h join dials r on r.id = h.register_id
       where h.account_id = a.id and h.status = 'waiting' order by h.taken_on desc, h.id limit 12) x), '[]') as held,
  coalesce((select json_agg(x) from (
      select n.taken_on, m.serial as meter_serial, n.why, n.note
        from no_reads n join meters m on m.id = n.meter_id
       where n.account_id = a.id order by n.taken_on desc, n.id desc limit 6) x), '[]') as unread,
  coalesce((select json_agg(x) from (
      select d.id as pair_id, o.id as customer_id, o.name as customer
        from duplicate_pairs d join customers o on o.id = case d.left_id when c.id then d.right_id else d.left_id end
       where (d.left_id = c.id or d.right_id = c.id) and d.state = 'open'
       order by d.score desc, d.id limit 3) x), '[]') as alike,
  coalesce((select json_agg(x) from (
      select g.id as merge_id, g.merged_at, o.name as customer
        from merges g join customers o on o.id = g.loser_id
       where g.survivor_id = c.id and g.undone_at is null order by g.id desc limit 3) x), '[]') as merged,
  coalesce((select json_agg(x) from (
      select period, amount::text as amount, reason, status, raised_at
        from disputes where account_id = a.id order by id desc limit 12) x), '[]') as disputes,
  coalesce((select json_agg(x) from (
      select kind, status, planned_on, amount::text as amount, reason
        from restriction_orders where account_id = a.id order by id desc limit 3) x), '[]') as orders,
  coalesce((select json_agg(x) from (
      select kind, channel, amount::text as amount, status, sent_at
        from notices where account_id = a.id order by id desc limit 12) x), '[]') as notices,
  coalesce((select json_agg(x) from (
      select id as document_id, title, format, made_at
        from documents where account_id = a.id order by id desc limit 12) x), '[]') as documents,
  coalesce((select json_agg(x) from (
      select f.entity as of, f.type, f.title, coalesce(m.serial, '') as meter_serial, string_agg(coalesce(
                 (select o ->> 'title' from jsonb_array_elements(f.options) o where o ->> 'code' = v.text),
                 v.text, trim_scale(v.number)::text, v.day::text), ', ' order by v.position) as value
        from custom_values v
        join custom_fields f on f.id = v.field_id
        left join meters m on m.id = v.entity_id and m.account_id = a.id and f.entity = 'meter'
       where v.entity_id = any (array(select meter_id from dials) || array[a.id, c.id, p.id]) and not f.retired
         and v.entity_id = case f.entity
             when 'customer' then c.id when 'account' then a.id when 'premises' then p.id else m.id end
       group by f.id, m.id order by array_position(array['customer', 'account', 'premises', 'meter'], f.entity::text),
             m.id, f.position, f.id limit 60) x), '[]') as fields,
  coalesce((select json_agg(x) from (
      select t.id as task_id, t.title, t.kind, coalesce(u.name, '') as owner, t.state, t.due_at
        from tasks t left join users u on u.id = t.owner_id
       where t.account_id = a.id and t.state in ('open', 'in_work')
       order by t.due_at, t.id limit 12) x), '[]') as tasks,
  coalesce((select json_agg(x) from (
      select id as application_id, number, kind, title, stage, filed_on, due_on,
             (select count(*) from application_files w where w.application_id = applications.id) as files,
             coalesce(due_on < %(today)s::date and stage not in ('done', 'refused'), false) as late
        from applications where account_id = a.id order by filed_on desc, id desc limit 20) x), '[]') as applications,
  coalesce((select json_agg(x) from (
      select i.id as interaction_id, coalesce(i.call_id, '') as call_id, i.began_at as at, i.channel, i.direction,
             i.number,
             coalesce(u.name, '') as operator, coalesce(i.disposition, case i.outcome
                 when 'abandoned' then 'ABANDON' when 'served' then 'SERVED' when 'failed' then 'TECH_ERROR' else '' end
             ) as disposition, i.note,
             greatest(coalesce(extract(epoch from i.ended_at - i.answered_at), 0), 0)::int as seconds, i.path,
             exists (select from recordings r where r.call_id = i.call_id and r.sealed_key is not null) as recorded
        from interactions i left join users u on u.id = i.operator_id
       where i.account_id = a.id and (i.phase = 'ended' or i.ended_at is not null or i.closed_at is not null)
       order by i.began_at desc, i.id desc limit %(timeline)s) x), '[]') as interactions,
  coalesce((select json_agg(x) from (
      select rule, offer_id, answer, (answered_at at time zone p.time_zone)::date as on
        from advice where account_id = a.id and answer <> '' order by id desc limit 24) x), '[]') as said
  from accounts a
join customers c on c.id = a.customer_id
join premises p on p.id = a.premises_id
join tariffs s on s.id = a.tariff_id
cross join lateral (
  -- The version that holds today of the tariff that the account names by one of its versions.
  select * from tariffs v where v.code = s.code
   order by v.valid_from <= %(today)s::date desc, v.valid_from desc, v.id = s.id desc limit 1) t
left join lateral (
  select rules from money_policies where valid_from <= %(today)s::date
   order by valid_from desc, id desc limit 1) w on true
where a.id = %(account_id)s
) card
"""
