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
    select a.*, pg_temp.h(n, 30) as x, pg_temp.h(n, 31) as y, pg_temp.h(n, 32) as z, pg_temp.h(n, 137) %% 3 as spelling
    from sample_account a where customer_id = n
)
insert into customers (id, kind, name, name_key, language, tax_number, flags, created_at, priority, special_need)
select n, case when organisation then 'organisation' else 'person' end,
    case when twin is not null then pg_temp.respelt(twin, cyrillic, female, spelling)
        when not organisation then pg_temp.person(n, cyrillic, female)
        when cyrillic then pg_temp.form_ru(0) || ' «' || pg_temp.firm_ru(x) || ' ' || pg_temp.trade_ru(y) || '»'
        else pg_temp.firm(x) || ' ' || pg_temp.trade(y) || ' ' || pg_temp.form(0) end,
    case when twin is not null then pg_temp.respelt_key(twin, cyrillic, female, spelling)
        when not organisation then pg_temp.person_key(n, cyrillic, female)
        when cyrillic then pg_temp.form_ru_key(0) || ' ' || pg_temp.firm_ru_key(x) || ' ' || pg_temp.trade_ru_key(y)
        else pg_temp.firm_key(x) || ' ' || pg_temp.trade_key(y) || ' ' || pg_temp.form_key(0) end,
    case when cyrillic then 'ru' else 'en' end,
    case when organisation then '99' || lpad((z %% 100000000)::text, 8, '0') else '' end,
    flags, opened_on,
    case when flags ? 'life_support' then 'critical' when flags ? 'vip' then 'high' else 'normal' end,
    case when not flags ? 'life_support' then '' when cyrillic then 'Аппарат искусственной вентиляции лёгких'
        else 'Depends on a ventilator' end
from named order by n
"""

CONTACTS = """
insert into contacts (id, customer_id, name, role, phone, email, verified, created_at, verified_at, language, channel,
    opt_out)
select n * 4 - 3 + place, n,
    case when place = 0 and twin is not null then pg_temp.respelt(twin, cyrillic, female, pg_temp.h(n, 137) %% 3)
        when place = 0 and not organisation then pg_temp.person(n, cyrillic, female)
        else pg_temp.person(n + place * 10000000, cyrillic, pg_temp.h(n, 40 + place) %% 2 = 0) end,
    case when organisation then (array['director', 'accountant', 'energy manager'])[place + 1]
        when place = 0 then 'owner' else 'family' end,
    case when place = 0 and phone is not null then phone
        else '+7' || 9000000000 + ((place::bigint * %(phone_places)s + n) * %(phone_factor)s + %(phone_shift)s)
            %% %(phones)s end,
    case when rich and pg_temp.h(n, 50 + place) %% 3 = 0 then 'c' || n * 4 - 3 + place || '@example.org' else '' end,
    verified, opened_on, case when rich and verified then opened_on + interval '11 hours' end,
    case when rich then case when cyrillic then 'ru' else 'en' end else '' end,
    case when rich then (array['', 'phone', 'sms', ''])[1 + pg_temp.h(n, 124) %% 4] else '' end,
    case when flags ? 'do_not_call' then '["phone", "sms"]' else '[]' end::jsonb
from sample_account a, generate_series(0, 2) place, lateral (select pg_temp.h(n, 60 + place) %% 4 > 0 as verified) v
where customer_id = n and (place = 0 or organisation or place = 1 and n > %(reserved)s and pg_temp.h(n, 41) %% 100 < 15)
order by n, place
"""

NAMES = """
insert into contact_names (contact_id, name_key)
select n * 4 - 3 + place, pg_temp.person_key(n + place * 10000000, cyrillic, pg_temp.h(n, 40 + place) %% 2 = 0)
from sample_account, generate_series(0, 2) place
where customer_id = n and (organisation or place = 1 and n > %(reserved)s and pg_temp.h(n, 41) %% 100 < 15)
order by 1
"""

PREMISES = """
with placed as (
    select n, cyrillic, organisation, town - 1 as town, pg_temp.h(n, 33) as street,
        1 + pg_temp.h(n, 34) %% 180 as house,
        case when not organisation and pg_temp.h(n, 35) %% 10 < 8 then 1 + pg_temp.h(n, 36) %% 240 end as flat
    from sample_account
)
insert into premises (id, address, address_key, time_zone, residents, area)
select n,
    case when cyrillic then 'г. ' || pg_temp.town_ru(town) || ', ул. ' || pg_temp.street_ru(street)
            || ', д. ' || house || coalesce(', кв. ' || flat, '')
        else house || ' ' || pg_temp.street(street) || pg_temp.street_form(0) || ', '
            || coalesce('flat ' || flat || ', ', '') || pg_temp.town(town) end,
    -- As crm_core.names.address_key folds it: words that some write and some leave out are not in the key.
    case when cyrillic then pg_temp.town_ru_key(town) || ' ' || pg_temp.street_ru_key(street) || ' ' || house
            || coalesce(' ' || flat, '')
        else house || ' ' || pg_temp.street_key(street) || pg_temp.street_form_key(0) || ' '
            || coalesce(flat || ' ', '') || pg_temp.town_key(town) end,
    pg_temp.zone(town),
    case when not organisation then 1 + pg_temp.h(n, 37) %% 5 end,
    case when organisation then 60 + pg_temp.h(n, 38) %% 900 else 28 + pg_temp.h(n, 38) %% 70 end
from placed order by n
"""

ACCOUNTS = """
insert into accounts (id, number, customer_id, premises_id, tariff_id, currency, balance, opened_on, closed_on, status,
    flags, billing_day, bill_by)
select a.n, number, customer_id, a.n, tariff_id, %(currency)s,
    (coalesce(m.balance, 0) + coalesce(d.amount, 0))::numeric / 100, opened_on, closed_on, status,
    case when dispute_month is not null then '["dispute"]' else '[]' end::jsonb,
    case when organisation then 1 end, case when organisation then 'email' when a.n %% 3 = 0 then 'post' else '' end
from sample_account a join sample_number using (n) left join sample_money m using (n)
    left join (select n, sum(amount) as amount from sample_adjustment group by n) d using (n)
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
select n, n * 4 - 3, taken_on, day_after %% wheel, (day_after - day_before) * multiplier, source, quality
from sample_month where not day_night and exchange_on is null and not unread
"""
# One register and never exchanged: five accounts of six. The others' rows take the longer way.
READINGS_OF_TWO = """
insert into readings (account_id, register_id, taken_on, value, consumption, source, quality)
select n, n * 4 - 3 + r.register, r.day, r.value %% wheel, r.used * multiplier, r.source, r.quality
from (select * from sample_month where (day_night or exchange_on is not null) and not unread) m, lateral (values
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
from sample_month where paid > 0 and not pairs
"""
PAYMENTS_OF_TWO = """
insert into payments (account_id, paid_on, amount, channel, reference)
select n, max(paid_on), sum(paid)::numeric / 100, channel, case when rich then 'P' || n || '-' || max(month) end
from sample_month where paid > 0 and pairs group by n, (month + n) / 2, channel, rich order by n, 2
"""

FUNCTIONS = """
create function pg_temp.person(n int, cyrillic boolean, female boolean) returns text
    language sql immutable parallel safe as $$
    select case
        when not $2 then pg_temp.given(pg_temp.h($1, 80)) || ' ' || pg_temp.surname(pg_temp.h($1, 81))
        when $3 then pg_temp.family(pg_temp.h($1, 82)) || 'а ' || pg_temp.female(pg_temp.h($1, 83)) || ' '
            || pg_temp.father(pg_temp.h($1, 84)) || 'на'
        else pg_temp.family(pg_temp.h($1, 82)) || ' ' || pg_temp.male(pg_temp.h($1, 83)) || ' '
            || pg_temp.father(pg_temp.h($1, 84)) || 'ич'
    end $$;
create function pg_temp.person_key(n int, cyrillic boolean, female boolean) returns text
    language sql immutable parallel safe as $$
    select case
        when not $2 then pg_temp.given_key(pg_temp.h($1, 80)) || ' ' || pg_temp.surname_key(pg_temp.h($1, 81))
        when $3 then pg_temp.family_key(pg_temp.h($1, 82)) || 'a ' || pg_temp.female_key(pg_temp.h($1, 83)) || ' '
            || pg_temp.father_key(pg_temp.h($1, 84)) || 'na'
        else pg_temp.family_key(pg_temp.h($1, 82)) || ' ' || pg_temp.male_key(pg_temp.h($1, 83)) || ' '
            || pg_temp.father_key(pg_temp.h($1, 84)) || 'ich'
    end $$;
-- The same person as somebody else wrote it: without the father's name, in the other script, in another order.
create function pg_temp.respelt(n int, cyrillic boolean, female boolean, spelling int) returns text
    language sql immutable parallel safe as $$
    select case
        when not $2 and $4 = 1
            then pg_temp.given_other(pg_temp.h($1, 80)) || ' ' || pg_temp.surname_other(pg_temp.h($1, 81))
        when not $2 then pg_temp.surname(pg_temp.h($1, 81)) || ' ' || pg_temp.given(pg_temp.h($1, 80))
        when $4 = 0 and $3 then pg_temp.family(pg_temp.h($1, 82)) || 'а ' || pg_temp.female(pg_temp.h($1, 83))
        when $4 = 0 then pg_temp.family(pg_temp.h($1, 82)) || ' ' || pg_temp.male(pg_temp.h($1, 83))
        when $4 = 1 and $3
            then pg_temp.family_other(pg_temp.h($1, 82)) || 'a ' || pg_temp.female_other(pg_temp.h($1, 83)) || ' '
                || pg_temp.father_other(pg_temp.h($1, 84)) || 'na'
        when $4 = 1 then pg_temp.family_other(pg_temp.h($1, 82)) || ' ' || pg_temp.male_other(pg_temp.h($1, 83)) || ' '
            || pg_temp.father_other(pg_temp.h($1, 84)) || 'ich'
        when $3 then pg_temp.female(pg_temp.h($1, 83)) || ' ' || pg_temp.father(pg_temp.h($1, 84)) || 'на '
            || pg_temp.family(pg_temp.h($1, 82)) || 'а'
        else pg_temp.male(pg_temp.h($1, 83)) || ' ' || pg_temp.father(pg_temp.h($1, 84)) || 'ич '
            || pg_temp.family(pg_temp.h($1, 82))
    end $$;
create function pg_temp.respelt_key(n int, cyrillic boolean, female boolean, spelling int) returns text
    language sql immutable parallel safe as $$
    select case
        when not $2 and $4 = 1
            then pg_temp.given_other_key(pg_temp.h($1, 80)) || ' ' || pg_temp.surname_other_key(pg_temp.h($1, 81))
        when not $2 then pg_temp.surname_key(pg_temp.h($1, 81)) || ' ' || pg_temp.given_key(pg_temp.h($1, 80))
        when $4 = 0 and $3 then pg_temp.family_key(pg_temp.h($1, 82)) || 'a ' || pg_temp.female_key(pg_temp.h($1, 83))
        when $4 = 0 then pg_temp.family_key(pg_temp.h($1, 82)) || ' ' || pg_temp.male_key(pg_temp.h($1, 83))
        when $4 = 1 and $3 then pg_temp.family_other_key(pg_temp.h($1, 82)) || 'a '
            || pg_temp.female_other_key(pg_temp.h($1, 83)) || ' ' || pg_temp.father_other_key(pg_temp.h($1, 84)) || 'na'
        when $4 = 1 then pg_temp.family_other_key(pg_temp.h($1, 82)) || ' '
            || pg_temp.male_other_key(pg_temp.h($1, 83)) || ' ' || pg_temp.father_other_key(pg_temp.h($1, 84)) || 'ich'
        when $3 then pg_temp.female_key(pg_temp.h($1, 83)) || ' ' || pg_temp.father_key(pg_temp.h($1, 84)) || 'na '
            || pg_temp.family_key(pg_temp.h($1, 82)) || 'a'
        else pg_temp.male_key(pg_temp.h($1, 83)) || ' ' || pg_temp.father_key(pg_temp.h($1, 84)) || 'ich '
            || pg_temp.family_key(pg_temp.h($1, 82))
    end $$;
"""

WORD = "create function pg_temp.{}(number int) returns text language sql immutable parallel safe as {}"
"""Draws a word from a list; its body is `PICK` with that list as a literal, which the server inlines."""
PICK = "select ({}::text[])[$1 % {} + 1]"

STEPS = (
    ("customers", CUSTOMERS),
    ("contacts", CONTACTS),
    ("contact_names", NAMES),
    ("premises", PREMISES),
    ("accounts", ACCOUNTS),
    ("service_points", supply.POINTS),
    ("meters", METERS),
    ("registers", REGISTERS),
    ("readings", READINGS),
    ("readings", READINGS_OF_TWO),
    ("invoices", INVOICES),
    ("invoice_lines", LINES),
    ("payments", PAYMENTS),
    ("payments", PAYMENTS_OF_TWO),
)
"""Tables of one chunk in the order in which they are filled."""
