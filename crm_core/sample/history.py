"""How a decided chunk gets promises, applications and earlier contacts (SQL text, no I/O).

The first accounts of a base are rich in them (`sample_account.rich`), the bulk has as many as tables of a large
retailer do. Ids: promises and applications 2n-1 and 2n, interactions 8n-7 to 8n-1 (8 is the unknown number's).
"""

from __future__ import annotations

TABLES = """
create temporary table sample_contact (
    id int primary key, channel text, direction text, disposition text, topic text, english text, russian text,
    minutes int
);
create temporary table sample_application (id int primary key, kind text, title text, days int);
"""

PROMISES = """
insert into promises (id, account_id, amount, due_on, status, created_at)
select n * 2 - 1, n, greatest(b.open / 200, 1), due_on, fate, due_on - 12
from sample_account a join (select n, sum(amount - paid) as open from sample_month group by n) b using (n),
lateral (select coalesce(promise, (array['open', 'broken', 'part_kept', 'open'])[1 + pg_temp.h(n, 90) %% 4]) as fate) s,
lateral (select %(today)s::date + case fate when 'open' then 1 + pg_temp.h(n, 91) %% 9
    else -5 - pg_temp.h(n, 91) %% 40 end as due_on) d
where b.open > 0 and (promise is not null
    or n > %(reserved)s and unpaid between 2 and 12 and pg_temp.h(n, 92) %% 100 < 30)
order by n
"""

APPLICATIONS = """
with chosen as (
    select a.*, k.*, pg_temp.h(n, 101) %% 400 as ago, pg_temp.h(n, 102) %% 10 as fate
    from sample_account a join sample_application k on k.id = pg_temp.h(n, 100) %% %(application_kinds)s
    where application is not null or n > %(reserved)s and pg_temp.h(n, 103) %% 100 < case when rich then 30 else 3 end
), staged as (
    select *, case when application is not null then application
            when ago < 2 then 'filed' when ago < 4 then 'accepted'
            when ago < days then (array['in_work', 'waiting', 'accepted', 'in_work', 'done'])[1 + fate / 2]
            when fate = 0 then 'in_work' when fate = 1 and ago < 60 then 'reopened' when fate = 2 then 'refused'
            else 'done' end as stage,
        %(today)s::date - case when application is not null then days + 4 else ago end as filed_on
    from chosen
)
insert into applications (id, number, account_id, kind, title, stage, filed_on, due_on)
select n * 2 - 1, 'A' || to_char(filed_on, 'YY') || '-' || lpad((n * 2 - 1)::text, 8, '0'), n, kind, title, stage,
    filed_on,
    filed_on + days
from staged order by n
"""

INTERACTIONS = """
with asked as (
    select a.*, k, pg_temp.h(n * 8::bigint + k, 110) as x, pg_temp.h(n * 8::bigint + k, 111) as y
    from sample_account a, generate_series(0, 6) k
    where k < case when rich then pg_temp.h(n, 112) %% 8 when pg_temp.h(n, 112) %% 100 < 12 then 1 else 0 end
), met as (
    select a.*, c.channel as way, c.direction, c.disposition, c.topic, c.english, c.russian, c.minutes, m.amount,
        m.day_after, m.wheel, m.period,
        (%(today)s::date - (1 + (k * 83 + x %% 83)))::timestamp at time zone 'UTC'
            + make_interval(hours => 6 + y %% 11, mins => x %% 60, secs => y %% 60) as began_at
    from asked a
    join sample_contact c on c.id = (a.x / 97) %% %(contact_kinds)s
    left join sample_month m on m.n = a.n and m.month = a.last_month - least(k,
        greatest(a.last_month - a.first_month, 0))
), told as (
    select *, replace(replace(replace(case when cyrillic then russian else english end,
            '{amount}', coalesce(round(amount / 100.0, 2)::text, '')), '{value}',
                coalesce((day_after %% wheel)::text, '')),
            '{month}', coalesce(case when cyrillic then (%(months_ru)s::text[])[extract(month from period)::int]
                else to_char(period, 'FMMonth') end, '')) as note,
        case when minutes > 0 then make_interval(secs => minutes * 40 + y %% (minutes * 40)) end as spoken
    from met
)
insert into interactions (id, account_id, channel, direction, number, language, topic, path, queue, outcome, began_at,
    waiting_since, answered_at, ended_at, operator_id, disposition, note, closed_at)
select n * 8 - 7 + k, n, way, direction,
    case when way in ('phone', 'sms') then '+7' || 9000000000
        + (customer_id::bigint * %(phone_factor)s + %(phone_shift)s) %% %(phones)s else '' end,
    case when cyrillic then 'ru' else 'en' end, topic,
    case when way = 'phone' and direction = 'in'
        then jsonb_build_array('language ' || case when cyrillic then 'ru' else 'en' end, 'recognised by number',
            'operator')
        else '[]' end,
    case when way = 'phone' and direction = 'in' then 'main' else '' end,
    case when way = 'phone' and minutes > 0 then 'answered' else '' end, began_at,
    case when way = 'phone' and direction = 'in' then began_at + interval '25 seconds' end,
    case when way = 'phone' and minutes > 0 then began_at + make_interval(secs => 30 + y %% 90) end,
    began_at + make_interval(secs => 30 + y %% 90) + coalesce(spoken, interval '0'),
    (%(operators)s::int[])[1 + x %% greatest(cardinality(%(operators)s::int[]), 1)],
    disposition, note, began_at + make_interval(secs => 50 + y %% 90) + coalesce(spoken, interval '0')
from told where began_at >= opened_on order by n, k
"""

UNKNOWN = """
insert into interactions (id, channel, direction, number, language, topic, path, queue, outcome, began_at,
    waiting_since,
    answered_at, ended_at, disposition, note, closed_at)
select 8, 'phone', 'in', %(unknown_number)s, 'en', 'other', '["operator"]', 'main', 'answered', at,
    at + interval '20 seconds', at + interval '40 seconds', at + interval '2 minutes', 'INFO',
    'Wanted the water company. Number is not in the base.', at + interval '130 seconds'
from (select (%(today)s::date - 9)::timestamp at time zone 'UTC' + interval '11 hours' as at) t
where %(low)s = 1
"""

STEPS = (
    ("promises", PROMISES),
    ("applications", APPLICATIONS),
    ("interactions", INTERACTIONS),
    ("interactions", UNKNOWN),
)
"""Tables of one chunk in the order in which they are filled."""
