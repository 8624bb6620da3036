"""How a decided chunk becomes rows: who, where, meters, readings, bills, payments (SQL text, no I/O).

Ids follow from the account's number n: premises n, meters 2n-1 and 2n (after an exchange), registers 4n-3 to 4n,
a customer bears the number of his first account, contacts 4c-3 to 4c-1. Rows go in account by account, so that one
subscriber's history lies on one or two pages.
"""

# ruff: noqa: RUF001 -- both scripts are what this module is about.
from __future__ import annotations

from crm_core.sample import supply

CUSTOMERS = """
with named as (
    select a.n, a.organisation, a.cyrillic, a.flags, a.opened_on, pg_temp.h(n, 30) as x, pg_temp.h(n, 31) as y,
        pg_temp.h(n, 32) as z, pg_temp.pick_person(n, cyrillic, female) as person
    from sample_account a where customer_id = n
)
insert into customers (id, kind, name, name_key, language, tax_number, flags, created_at)
select n, case when organisation then 'organisation' else 'person' end,
    case when not organisation then person[1]
        when cyrillic then pg_temp.word('form_ru', 0) || ' «' || pg_temp.word('firm_ru', x)
            || ' ' || pg_temp.word('trade_ru', y) || '»'
        else pg_temp.word('firm', x) || ' ' || pg_temp.word('trade', y) || ' ' || pg_temp.word('form', 0) end,
    case when not organisation then person[2]
        when cyrillic then pg_temp.key('form_ru', 0) || ' ' || pg_temp.key('firm_ru', x) || ' '
            || pg_temp.key('trade_ru', y)
        else pg_temp.key('firm', x) || ' ' || pg_temp.key('trade', y) || ' ' || pg_temp.key('form', 0) end,
    case when cyrillic then 'ru' else 'en' end,
    case when organisation then '99' || lpad((z %% 100000000)::text, 8, '0') else '' end,
    flags, opened_on
from named order by n
"""

CONTACTS = """
insert into contacts (id, customer_id, name, role, phone, email, verified, created_at)
select a.n * 4 - 3 + place, n,
    case when place = 0 and not organisation then (pg_temp.pick_person(n, cyrillic, female))[1]
        else (pg_temp.pick_person(n + place * 10000000, cyrillic, pg_temp.h(n, 40 + place) %% 2 = 0))[1] end,
    case when organisation then (array['director', 'accountant', 'energy manager'])[place + 1]
        when place = 0 then 'owner' else 'family' end,
    case when place = 0 and phone is not null then phone
        else '+7' || 9000000000 + ((place::bigint * %(phone_places)s + n) * %(phone_factor)s + %(phone_shift)s)
            %% %(phones)s end,
    case when rich and pg_temp.h(n, 50 + place) %% 3 = 0 then 'c' || n * 4 - 3 + place || '@example.org' else '' end,
    pg_temp.h(n, 60 + place) %% 4 > 0, opened_on
from sample_account a, generate_series(0, 2) place
where customer_id = n and (place = 0 or organisation or place = 1 and n > %(reserved)s and pg_temp.h(n, 41) %% 100 < 22)
order by n, place
"""

PREMISES = """
with placed as (
    select n, cyrillic, organisation, town, pg_temp.h(n, 33) as street, 1 + pg_temp.h(n, 34) %% 180 as house,
        case when not organisation and pg_temp.h(n, 35) %% 10 < 8 then 1 + pg_temp.h(n, 36) %% 240 end as flat
    from sample_account
)
insert into premises (id, address, address_key, time_zone, residents, area)
select n,
    case when cyrillic then 'г. ' || pg_temp.word('town_ru', town - 1) || ', ул. ' || pg_temp.word('street_ru', street)
            || ', д. ' || house || coalesce(', кв. ' || flat, '')
        else house || ' ' || pg_temp.word('street', street) || pg_temp.word('street_form', 0) || ', '
            || coalesce('flat ' || flat || ', ', '')
            || pg_temp.word('town', town - 1) end,
    -- As crm_core.names.address_key folds it: words that some write and some leave out are not in the key.
    case when cyrillic then pg_temp.key('town_ru', town - 1) || ' ' || pg_temp.key('street_ru', street) || ' ' || house
            || coalesce(' ' || flat, '')
        else house || ' ' || pg_temp.key('street', street) || pg_temp.key('street_form', 0) || ' '
            || coalesce(flat || ' ', '')
            || pg_temp.key('town', town - 1) end,
    pg_temp.word('zone', town - 1),
    case when not organisation then 1 + pg_temp.h(n, 37) %% 5 end,
    case when organisation then 60 + pg_temp.h(n, 38) %% 900 else 28 + pg_temp.h(n, 38) %% 70 end
from placed order by n
"""

ACCOUNTS = """
insert into accounts (id, number, customer_id, premises_id, tariff_id, currency, balance, opened_on, closed_on, status,
    flags, billing_day, bill_by)
select a.n, number, customer_id, a.n, tariff_id, %(currency)s,
    coalesce(b.balance, 0)::numeric / 100, opened_on, closed_on, status,
    case when dispute_month is not null then '["dispute"]' else '[]' end::jsonb,
    case when organisation then 1 end, case when organisation then 'email' when a.n %% 3 = 0 then 'post' else '' end
from sample_account a join sample_number using (n)
    left join (select n, sum(amount - paid) as balance from sample_month group by n) b using (n)
order by a.n
"""

METERS = """
insert into meters (id, account_id, serial, model, digits, multiplier, installed_on, removed_on, verification_due,
    seal, point_id)
select n * 2 - 1 + later, n, lpad((10000000 + pg_temp.h(n, 70 + later) %% 89999999)::text, 8, '0'),
    case when digits = 5 then 'EM-105' else 'EM-260' end || case when day_night then ' DN' else '' end,
    digits, multiplier,
    case when later = 1 then make_date(exchange_month / 12, exchange_month %% 12 + 1, 10) else opened_on end,
    case when later = 0 then make_date(exchange_month / 12, exchange_month %% 12 + 1, 10) end,
    make_date(%(year)s::int + 1 + pg_temp.h(n, 72 + later) %% 11 - 2 * (1 - later), 1 + n %% 12, 1),
    'S' || lpad((pg_temp.h(n, 74 + later) %% 1000000)::text, 6, '0'), n
from sample_account, generate_series(0, 1) later
where later = 0 or exchange_month is not null
order by n, later
"""

REGISTERS = """
insert into registers (id, meter_id, code, estimate)
select n * 4 - 3 + later * 2 + night, n * 2 - 1 + later,
    case when night = 1 then 'night' when day_night then 'day' else 'single' end,
    base * multiplier / (1 + night)
from sample_account, generate_series(0, 1) later, generate_series(0, 1) night
where (later = 0 or exchange_month is not null) and (night = 0 or day_night)
order by n, later, night
"""

READINGS = """
insert into readings (account_id, register_id, taken_on, value, consumption, source, quality)
select n, n * 4 - 3 + r.register, r.day, r.value %% wheel, r.used * multiplier, r.source, r.quality
from sample_month m, lateral (values
    (exchanged = 0, 0, taken_on, day_after, day_after - day_before, m.source, m.quality),
    (exchanged = 0 and day_night, 1, taken_on, night_after, night_after - night_before, m.source, m.quality),
    (exchanged = 1, 0, exchange_on, day_middle, day_middle - day_before, 'exchange', 'exchange'),
    (exchanged = 1 and day_night, 1, exchange_on, night_middle, night_middle - night_before, 'exchange', 'exchange'),
    (exchanged = 1, 2, exchange_on, 0, 0, 'exchange', 'exchange'),
    (exchanged = 1 and day_night, 3, exchange_on, 0, 0, 'exchange', 'exchange'),
    (exchanged = 1, 2, taken_on, day_after - day_middle, day_after - day_middle, m.source, m.quality),
    (exchanged = 1 and day_night, 3, taken_on, night_after - night_middle, night_after - night_middle, m.source,
        m.quality),
    (exchanged = 2, 2, taken_on, day_after - day_middle, day_after - day_before, m.source, m.quality),
    (exchanged = 2 and day_night, 3, taken_on, night_after - night_middle, night_after - night_before, m.source,
        m.quality)
) as r(holds, register, day, value, used, source, quality)
where r.holds
"""

INVOICES = """
insert into invoices (account_id, period, issued_on, due_on, amount, open_amount, disputed)
select n, period, issued_on, due_on, amount::numeric / 100, greatest(amount - paid, 0)::numeric / 100, disputed
from sample_month
"""

LINES = """
insert into invoice_lines (account_id, period, line, what, quantity, price, amount)
select n, m.period, l.line, l.what, l.quantity, l.price / 100.0, l.quantity * l.price / 100.0
from sample_month m join sample_calendar c using (month), lateral (values
    (true, 1, case when day_night then 'Energy, day' else 'Energy' end, kwh_day, c.price_day[family]),
    (day_night, 2, 'Energy, night', kwh_night, c.price_night[family]),
    (multiplier > 1, 3, 'Capacity', 1, 185000)
) as l(holds, line, what, quantity, price)
where rich and l.holds
order by n, month, l.line
"""

PAYMENTS = """
insert into payments (account_id, paid_on, amount, channel, reference)
select n, paid_on, paid::numeric / 100, channel,
    case when rich then 'P' || n || '-' || to_char(period, 'YYMM') end
from sample_month where paid > 0
"""

FUNCTIONS = """
create function pg_temp.word(kind text, number int) returns text language sql stable parallel restricted
    as $$ select shown[$2 % cardinality(shown) + 1] from sample_words w where w.kind = $1 $$;
create function pg_temp.key(kind text, number int) returns text language sql stable parallel restricted
    as $$ select folded[$2 % cardinality(folded) + 1] from sample_words w where w.kind = $1 $$;
-- Name and search key of a person.
create function pg_temp.pick_person(n int, cyrillic boolean, female boolean) returns text[]
    language sql stable parallel restricted as $$
    select case
        when not $2 then array[
            pg_temp.word('given', pg_temp.h($1, 80)) || ' ' || pg_temp.word('surname', pg_temp.h($1, 81)),
            pg_temp.key('given', pg_temp.h($1, 80)) || ' ' || pg_temp.key('surname', pg_temp.h($1, 81))]
        when $3 then array[
            pg_temp.word('family', pg_temp.h($1, 82)) || 'а ' || pg_temp.word('female', pg_temp.h($1, 83)) || ' '
                || pg_temp.word('father', pg_temp.h($1, 84)) || 'на',
            pg_temp.key('family', pg_temp.h($1, 82)) || 'a ' || pg_temp.key('female', pg_temp.h($1, 83)) || ' '
                || pg_temp.key('father', pg_temp.h($1, 84)) || 'na']
        else array[
            pg_temp.word('family', pg_temp.h($1, 82)) || ' ' || pg_temp.word('male', pg_temp.h($1, 83)) || ' '
                || pg_temp.word('father', pg_temp.h($1, 84)) || 'ич',
            pg_temp.key('family', pg_temp.h($1, 82)) || ' ' || pg_temp.key('male', pg_temp.h($1, 83)) || ' '
                || pg_temp.key('father', pg_temp.h($1, 84)) || 'ich']
    end $$;
"""

STEPS = (
    ("customers", CUSTOMERS),
    ("contacts", CONTACTS),
    ("premises", PREMISES),
    ("accounts", ACCOUNTS),
    ("service_points", supply.POINTS),
    ("meters", METERS),
    ("registers", REGISTERS),
    ("readings", READINGS),
    ("invoices", INVOICES),
    ("invoice_lines", LINES),
    ("payments", PAYMENTS),
)
"""Tables of one chunk in the order in which they are filled."""
