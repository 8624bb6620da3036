"""How one chunk of accounts is decided inside the server, before anything is stored (SQL text, no I/O).

Temporary tables hold a chunk: `sample_account` (who, where, how they pay), `sample_month` (what each month consumed
and cost), `sample_money` (what that came to). Everything is a function of the account's number and the seed, so a chunk
made again is the same. Money is whole kopecks (cents) here; energy is whole kWh.
"""

from __future__ import annotations

TABLES = """
create temporary table sample_account (
    n int, customer_id int, organisation boolean, cyrillic boolean, female boolean, town int,
    day_night boolean, family int, tariff_id int, base int, multiplier int, digits int, start_day int, start_night int,
    first_month int, last_month int, opened_on date, status text, closed_on date,
    unpaid int, part boolean, lag int, terms int, channel text, credit boolean, dispute_month int,
    exchange_month int, estimate_from int, estimate_length int, reading_day int, source text,
    phone text, flags jsonb, promise text, application text, rich boolean, twin int, quiet int, pairs boolean
) on commit delete rows;
create temporary table sample_month (
    n int, month int, first_month int, period date, next_period date, taken_on date, exchanged smallint,
        exchange_on date,
    day_night boolean, multiplier int, wheel int, family int,
    day_before int, day_after int, night_before int, night_after int, day_middle int, night_middle int,
    source text, quality text, kwh_day int, kwh_night int, amount bigint, issued_on date, due_on date,
    disputed boolean, paid bigint, paid_on date, channel text, rich boolean, unread boolean, pairs boolean
) on commit delete rows;
create temporary table sample_money (
    n int, balance bigint, still_open bigint, overdue bigint, oldest_due date
) on commit delete rows;
create temporary table sample_number (n int primary key, number text) on commit delete rows;
create temporary table sample_calendar (
    month int primary key, period date, next_period date, price_day int[], price_night int[]
);
create temporary table sample_placement (
    n int primary key, customer_id int, organisation boolean, day_night boolean, cyrillic boolean, unpaid int,
    shift int, terms int, exchange int, estimates int, dispute int, start int, age int, credit boolean, phone text,
    flags jsonb, promise text, application text, twin int
);
"""

FUNCTIONS = """
-- A number below 2^30 that depends on nothing but its arguments and the seed. hashint8extended is what hash
-- partitioning stands on, so it gives the same number in every version of the server.
create function pg_temp.h(n bigint, salt int) returns int language sql immutable parallel safe
    as $$ select (hashint8extended($1, $2 + {seed}) & 1073741823)::int $$;
-- One of the people who work here, null when there are none yet.
create function pg_temp.somebody(n int) returns int language sql immutable parallel safe
    as $$ select ({operators}::int[])[$1 % greatest(cardinality({operators}::int[]), 1) + 1] $$;
-- State of a register's counter at the end of a month, never turning back: the season's share of the usual
-- consumption, plus an amount below the smallest month.
create function pg_temp.counted(n int, month int, start int, base int, salt int) returns int
    language sql immutable parallel safe
    as $$ select $3 + ($4::bigint * ({season}::int[])[$2 - {first} + 1] / 1000)::int
                    + pg_temp.h($1::bigint * 8192 + $2, $5) % ($4 / 4 + 1) $$;
-- What the company believes it is: during a run of estimates nine tenths of the way to the next real reading.
create function pg_temp.believed(n int, month int, start int, base int, salt int, since int, length int) returns int
    language sql immutable parallel safe
    as $$ select case when $6 is null or $2 < $6 or $2 >= $6 + $7 then pg_temp.counted($1, $2, $3, $4, $5)
         else pg_temp.counted($1, $6 - 1, $3, $4, $5)
            + (pg_temp.counted($1, $6 + $7, $3, $4, $5) - pg_temp.counted($1, $6 - 1, $3, $4, $5))
              * ($2 - $6 + 1) * 9 / (($7 + 1) * 10) end $$;
"""

ACCOUNTS = """
insert into sample_account
with drawn as (
    select n, p.n is not null as placed, p.customer_id as given_customer, p.organisation as given_kind,
        p.cyrillic as given_script, p.day_night as given_registers, p.unpaid as given_unpaid, p.shift as given_shift,
        p.terms as given_terms, p.exchange, p.estimates, p.dispute, p.start, p.age, p.credit as given_credit, p.phone,
        p.flags, p.promise, p.application, p.twin as given_twin,
        (n - 1) / 4 as block, pg_temp.h((n - 1) / 4, 1) %% 100 < 5 as firm_block, pg_temp.h((n - 1) / 4, 2) %% 3
            as sharing,
        pg_temp.h(n, 3) %% 1000 as debt, pg_temp.h(n, 4) %% 1000 as fate, pg_temp.h(n, 5) as luck,
        pg_temp.h(n, 6) %% 1000 as meter, pg_temp.h(n, 7) as size
    from generate_series(%(low)s::int, %(high)s::int) as n left join sample_placement p using (n)
), who as (
    select *,
        case when placed then given_kind else firm_block end as organisation,
        coalesce(given_customer, case
            when placed then n
            when firm_block and sharing = 2 then block * 4 + 1
            when firm_block and sharing = 1 and n %% 4 in (1, 2) then block * 4 + 1
            when not firm_block and n %% 2 = 0 and pg_temp.h(n, 8) %% 12 = 0 then n - 1
            else n end) as customer_id,
        case when placed then given_unpaid
            when debt < 640 then 0 when debt < 760 then 1 when debt < 815 then 2 when debt < 850 then 3
            when debt < 880 then 4 + luck %% 3 when debt < 902 then 7 + luck %% 6
            when debt < 910 then 13 + luck %% 12 else 0 end as owed,
        case when placed then given_shift
            when fate < 6 then 12 + luck %% 8 when fate < 9 then 36 + luck %% 6 else 0 end as shift,
        case when placed then age when fate >= 970 then luck %% 10 end as young,
        -- The same person, recorded a second time under another spelling of the name.
        case when placed then given_twin
            when firm_block or n %% 4 <> 3 or n < %(reserved)s::int + 5 then null
            when pg_temp.h(n, 136) %% case when n <= %(rich)s::int then 40 else 200 end > 0 then null
            when pg_temp.h(n - 1, 8) %% 12 = 0 then n - 2 else n - 1 end as twin
    from drawn
), when_and_how as (
    select *,
        %(last)s::int - shift as last_month,
        %(last)s::int - shift + 1 - case when shift > 0 then 12 when young is not null then young
            else %(months)s::int end
            as first_month,
        case when placed then coalesce(given_registers, false) else meter < 100 end as day_night,
        case when organisation then 60 + size %% 600 else 90 + size %% 300 end as base
    from who
), metered as (
    select *,
        -- A given start is what the register shows two months before the newest reading.
        case when placed then start - (base::bigint * (%(season)s::int[])[last_month - 1 - %(first)s::int] / 1000)::int
            else luck %% 60000 end as start_day,
        nullif(greatest(case when placed then last_month - exchange when fate between 110 and 139
            then last_month - luck %% 10 end, first_month), first_month) as exchange_month,
        case when placed then last_month - estimates when fate between 140 and 219 and young is null and shift = 0
            then last_month - 6 - luck %% 3 end as estimate_from,
        case when placed then estimates when fate between 140 and 219 and young is null and shift = 0
            then 1 + luck %% 5 end as estimate_length
    from when_and_how
)
select n, customer_id, organisation,
    coalesce(given_script, pg_temp.h(coalesce(twin, customer_id), 10) %% 100 < 38),
    pg_temp.h(coalesce(twin, customer_id), 11) %% 2 = 0,
    pg_temp.h(coalesce(twin, customer_id), 12) %% %(towns)s::int + 1,
    day_night,
    case when organisation then 3 else 1 end + day_night::int,
    (%(tariffs)s::int[])[case when organisation then 3 else 1 end + day_night::int],
    base,
    case when organisation then 20 else 1 end,
    case when organisation or meter %% 4 = 0 and not placed then 6 else 5 end,
    coalesce(start_day, luck %% 60000),
    luck %% 20000,
    first_month, last_month,
    case when young is not null then make_date(first_month / 12, first_month %% 12 + 1, 1 + luck %% 20)
        else make_date(first_month / 12 - 1 - luck %% 14, luck %% 12 + 1, 1 + luck %% 28) end,
    case when shift >= 36 then 'closed' when shift > 0 then 'cut_off' else 'active' end,
    case when shift >= 36 then make_date(last_month / 12, last_month %% 12 + 1, 28) end,
    least(case when shift > 0 then 3 else owed end, last_month - first_month + 1),
    luck %% 3 = 0 and not placed,
    case luck %% 5 when 0 then 0 when 1 then 3 + luck %% 20 else -(luck %% 9) end,
    coalesce(given_terms, 11 + luck %% 14),
    case when organisation then 'bank' else (array['card', 'bank', 'card', 'post', 'card',
        'bank', 'autopay', 'card', 'bank', 'office'])[1 + luck %% 10] end,
    case when placed then given_credit else luck %% 40 = 0 and owed = 0 and shift = 0
        and fate not between 100 and 103 end,
    case when placed then last_month - dispute when fate between 100 and 103 then last_month - 2 end,
    exchange_month, estimate_from, estimate_length,
    18 + luck %% 8,
    (array['ivr', 'web', 'web', 'ivr', 'amr', 'web', 'operator', 'ivr', 'web', 'inspector'])[1 + luck %% 10],
    coalesce(phone, '+7' || 9000000000 + (twin::bigint * %(phone_factor)s + %(phone_shift)s) %% %(phones)s),
    coalesce(flags, case when fate between 300 and 302 then '["vip"]' when fate = 303 then '["life_support"]'
        when fate between 304 and 306 then '["do_not_call"]' else '[]' end::jsonb),
    promise, application, n <= %(rich)s::int, twin,
    -- Nobody has read these meters for some months: their bills are estimated and no reading stands behind them.
    case when not placed and fate between 700 and 779 and young is null and shift = 0 and luck %% 10 <> 4
        then 2 + luck %% 4 else 0 end,
    -- Two bills with one payment.
    not placed and not organisation and owed = 0 and shift = 0 and fate not between 100 and 103
        and luck %% 40 > 0 and pg_temp.h(n, 138) %% 100 < 40
from metered
order by n
"""

MONTHS = """
insert into sample_month
with states as (
    select a.*, c.month, c.period, c.next_period, c.price_day[a.family] as price_day,
        c.price_night[a.family] as price_night,
        a.exchange_month is not null and c.month >= a.exchange_month as exchanged,
        c.month >= a.estimate_from and c.month < a.estimate_from + a.estimate_length as estimated,
        case when a.multiplier > 1 then 185000 else 0 end as capacity
    from sample_account a join lateral
        (select * from sample_calendar where month between a.first_month and a.last_month order by month) c on true
), read as (
    select s.*, day.*, night.*
    from states s,
    lateral (select
        pg_temp.believed(n, month - 1, start_day, base, 20, estimate_from, estimate_length)
            as day_before,
        pg_temp.believed(n, month, start_day, base, 20, estimate_from, estimate_length)
            as day_after) day,
    lateral (select
        case when day_night then pg_temp.believed(n, month - 1, start_night, base / 2, 21,
            estimate_from, estimate_length) else 0 end as night_before,
        case when day_night then pg_temp.believed(n, month, start_night, base / 2, 21,
            estimate_from, estimate_length) else 0 end as night_after) night
), billed as (
    select *, (day_after - day_before) * multiplier as kwh_day, (night_after - night_before) * multiplier as kwh_night,
        next_period + 2 as issued_on, next_period + 2 + terms as due_on,
        month > last_month - unpaid or month is not distinct from dispute_month as refused
    from read
), settled as (
    select *, kwh_day::bigint * price_day + kwh_night::bigint * price_night + capacity as amount,
        case when credit then next_period + 3 else greatest(due_on + lag + month %% 3, next_period + 3) end as pays_on
    from billed
)
select n, month, first_month, period, next_period, period + reading_day,
    case when not exchanged then 0 when month = exchange_month then 1 else 2 end,
    make_date(exchange_month / 12, exchange_month %% 12 + 1, 10),
    day_night, multiplier, case digits when 5 then 100000 else 1000000 end, family,
    day_before, day_after, night_before, night_after,
    case when exchanged then pg_temp.believed(n, exchange_month - 1, start_day, base, 20, null, null) + base / 3 end,
    case when exchanged then pg_temp.believed(n, exchange_month - 1, start_night, base / 2, 21, null,
        null) + base / 6 end,
    case when estimated then 'office'
        else source end,
    case when estimated then 'estimate'
        else 'actual' end,
    kwh_day, kwh_night, amount, issued_on, due_on,
    month is not distinct from dispute_month,
    case when pays_on > %(today)s::date then 0
        when not refused then amount + case when credit and month = first_month then 50000 else 0 end
        when part and month = last_month - unpaid + 1 and dispute_month is null then amount * 2 / 5
        else 0 end,
    pays_on, channel, rich, month > last_month - quiet, pairs
from settled
"""

MONEY = """
insert into sample_money
select n, sum(amount - paid), sum(greatest(amount - paid, 0)),
    coalesce(sum(amount - paid) filter (where paid < amount and not disputed and due_on < %(today)s), 0),
    min(due_on) filter (where paid < amount and not disputed and due_on < %(today)s)
from sample_month group by n
"""

# Temporary tables are nobody's to analyse: without this the server takes them for almost empty, and loops.
KNOWN = "analyze sample_account, sample_month (n, month), sample_money (n)"

STEPS = (("sample_account", ACCOUNTS), ("sample_month", MONTHS), ("sample_money", MONEY), ("sample_known", KNOWN))
"""Temporary tables of one chunk in the order in which they are filled."""
