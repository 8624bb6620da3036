"""How a decided chunk gets earlier contacts and what was written about them (SQL text, no I/O).

The first accounts of a base are rich in them (`sample_account.rich`), the bulk has as many as tables of a large
retailer do. Ids: interactions and their corrections 8n-7 to 8n-1 (8 is the unknown number's).
"""

# ruff: noqa: RUF001 -- both scripts are what this module is about.
from __future__ import annotations

TABLES = """
create temporary table sample_contact (
    id int primary key, channel text, direction text, disposition text, topic text, english text, russian text,
    minutes int, data text
);
"""

INTERACTIONS = """
with asked as (
    select a.*, k, pg_temp.h(n * 8::bigint + k, 110) as x, pg_temp.h(n * 8::bigint + k, 111) as y
    from sample_account a, generate_series(0, 6) k
    where k < case when rich then pg_temp.h(n, 112) %% 8 when pg_temp.h(n, 112) %% 100 < 12 then 1 else 0 end
), met as (
    select a.*, c.channel as way, c.direction, c.disposition, c.topic, c.english, c.russian, c.minutes, c.data,
        m.amount, m.day_after, m.wheel, m.period,
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
        case when minutes > 0 then make_interval(secs => minutes * 40 + y %% (minutes * 40)) end as spoken,
        pg_temp.somebody(x) as operator_id
    from met
), written as (
    -- What was written at first, and a correction of it.
    insert into interaction_entries (id, interaction_id, at, user_id, what, disposition, note, reason)
    select (n * 8 - 7 + k) * 2 - 1 + again, n * 8 - 7 + k,
        began_at + make_interval(mins => 20 + again * 90), operator_id, (array['written', 'corrected'])[1 + again],
        disposition, case again when 0 then left(note, length(note) / 2) else note end,
        case when again = 0 then '' when cyrillic then 'Не дописал' else 'Was not finished' end
    from told, generate_series(0, 1) again
    where began_at >= opened_on and rich and n > %(reserved)s and y %% 40 = 0 and length(note) > 20
)
insert into interactions (id, account_id, channel, direction, number, language, topic, path, queue, outcome, began_at,
    waiting_since, answered_at, ended_at, operator_id, disposition, note, closed_at, data)
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
    operator_id, disposition, note, began_at + make_interval(secs => 50 + y %% 90) + coalesce(spoken, interval '0'),
    replace(nullif(data, ''), '{value}', coalesce((day_after %% wheel)::text, '0'))::jsonb
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
    ("interactions", INTERACTIONS),
    ("interactions", UNKNOWN),
)
"""Tables of one chunk in the order in which they are filled."""
