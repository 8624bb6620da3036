"""How a decided chunk gets applications, their history, tasks, held readings and the like (SQL text, no I/O).

The first accounts of a base are rich in them (`sample_account.rich`), the bulk has as many as tables of a large
retailer do. Ids: applications 2n-1, their history from 16n-15 on, tasks 2n-1 (an application's) and 2n, everything
else n.
"""

# ruff: noqa: RUF001 -- both scripts are what this module is about.
from __future__ import annotations

TABLES = """
create temporary table sample_application (id int primary key, kind text, title text, days int, form jsonb,
    result text, team text);
create temporary table sample_field (entity text primary key, id int, choices text[]);
create temporary table sample_filed (
    n int, number text, kind text, title text, days int, form jsonb, result text, team text, stage text, filed_at
    timestamptz, due_on date, moved_at timestamptz, cyrillic boolean, rich boolean, luck int
) on commit delete rows;
"""

FILED = """
insert into sample_filed
with chosen as (
    select a.*, k.*, pg_temp.h(n, 101) %% case when rich and pg_temp.h(n, 104) %% 2 = 0 then 20 else 400 end as ago,
        pg_temp.h(n, 102) as fate
    from sample_account a join sample_application k on k.id = pg_temp.h(n, 100) %% %(application_kinds)s
    where application is not null or n > %(reserved)s and pg_temp.h(n, 103) %% 100 < case when rich then 30 else 3 end
), staged as (
    select *, case when application is not null then application
            when ago < 2 then 'filed' when ago < 4 then 'accepted'
            when ago < days then (array['in_work', 'waiting', 'accepted', 'in_work', 'done'])[1 + fate %% 10 / 2]
            when fate %% 10 = 0 and ago < 50 then 'in_work' when fate %% 10 = 1 and ago < 60 then 'reopened'
            when fate %% 10 = 2 then 'refused' else 'done' end as stage,
        %(today)s::date - 1 - case when application is not null then days + 4 else ago end as filed_on
    from chosen
)
select n, 'A' || to_char(filed_on, 'YY') || '-' || lpad((n * 2 - 1)::text, 8, '0'), kind, title, days, form, result,
    team, stage, filed_on + make_interval(hours => 6 + fate %% 9, mins => fate %% 60), filed_on + days,
    least(filed_on + 1 + case when stage in ('done', 'refused') then fate %% days else least(fate %% days, 3) end,
        %(today)s::date - 1) + make_interval(hours => 15, mins => fate %% 60), cyrillic, rich, fate
from staged
"""

APPLICATIONS = """
insert into applications (id, number, account_id, kind, title, stage, filed_on, due_on, kind_id, form, channel,
    filed_at, owner_id, team, due_at, waiting_since, closed_at, result, late_at)
select n * 2 - 1, number, n, f.kind, title, stage, filed_at::date, due_on, k.id, form,
    (array['phone', 'phone', 'web', 'office', 'email', 'phone'])[1 + luck %% 6], filed_at,
    case when stage not in ('filed', 'accepted') then pg_temp.somebody(luck / 7) end, team,
    due_on + interval '18 hours', case when stage = 'waiting' then moved_at end,
    case when stage in ('done', 'refused') then moved_at end,
    case when stage in ('done', 'refused') then f.result end,
    case when stage not in ('done', 'refused') and due_on < %(today)s::date then due_on + 1 + interval '9 hours' end
from sample_filed f left join application_kinds k on k.code = f.kind and k.current
order by n
"""

HISTORY = """
with path as (
    select f.*, case stage when 'filed' then array['filed'] when 'accepted' then array['filed', 'accepted']
            when 'in_work' then array['filed', 'accepted', 'in_work']
            when 'waiting' then array['filed', 'in_work', 'waiting']
            when 'done' then array['filed', 'accepted', 'in_work', 'done']
            when 'refused' then array['filed', 'accepted', 'refused']
            else array['filed', 'accepted', 'in_work', 'done', 'reopened'] end as stages
    from sample_filed f
)
insert into work_history (id, subject, subject_id, at, user_id, what, before, after, said)
select n * 16::bigint - 15 + i, 'application', n * 2 - 1,
    filed_at + (moved_at - filed_at) * (i - 1) / greatest(cardinality(stages) - 1, 1),
    case when i > 1 then pg_temp.somebody(luck / 7) end, case when i = 1 then 'filed' else 'stage' end,
    case when i > 1 then stages[i - 1] else '' end, case when i = 1 then number else stages[i] end,
    case when i = 1 or stages[i] in ('accepted', 'in_work') then ''
        when stages[i] = 'waiting'
            then case when cyrillic then 'Ждём копию паспорта' else 'Waiting for a copy of the passport' end
        when stages[i] = 'refused'
            then case when cyrillic then 'Не наш участок сети' else 'Not a part of our network' end
        when stages[i] = 'reopened' then case when cyrillic then 'Осталось как было' else 'Still as it was' end
        else result end
from path, lateral generate_subscripts(stages, 1) i
order by 1
"""

TASKS = """
with wanted as (
    select n * 2 - 1 as id, 'escalation' as kind, case when cyrillic then 'Заявка просрочена' else 'Application is late'
            end as title, n as account_id, n * 2 - 1 as application_id, team, due_on + 1 as day,
        'application' as source, luck as x, jsonb_build_object('number', number) as facts
    from sample_filed where stage not in ('done', 'refused') and due_on < %(today)s::date
    union all
    select n * 2, kind, case when cyrillic then russian else english end, n, null, team,
        %(today)s::date - 12 + pg_temp.h(n, 145) %% 16, 'person', pg_temp.h(n, 146), '{}'
    from sample_account, lateral (select pg_temp.h(n, 147) %% 4 as k) d, lateral (values
        (0, 'callback', 'metering', 'Call back about the meter', 'Перезвонить о счётчике'),
        (1, 'check', 'billing', 'Look for yesterday''s payment', 'Найти вчерашнюю оплату'),
        (2, 'call', 'contracts', 'Contract runs out this month', 'Договор кончается в этом месяце'),
        (3, 'other', 'quality', 'Send the answer in writing', 'Ответить письмом')
    ) as t(id, kind, team, english, russian)
    where t.id = k and n > %(reserved)s and status = 'active'
        and pg_temp.h(n, 145) %% 1000 < case when rich then 40 else 4 end
), fated as (
    select *, case when day >= %(today)s::date - 2
            then case when x %% 3 = 0 and pg_temp.somebody(0) is not null then 'in_work' else 'open' end
            when source = 'application' or x %% 12 = 0 then 'open' when x %% 12 = 1 then 'cancelled' else 'done' end
            as state
    from wanted
)
insert into tasks (id, kind, title, account_id, application_id, owner_id, team, due_at, state, source, facts, result,
    created_at, closed_at)
select id, kind, title, account_id, application_id, case when state in ('in_work', 'done') then pg_temp.somebody(x / 5)
    end, team, day + interval '15 hours', state, source, facts, case when state = 'done' then 'Done' else '' end,
    day - 3 + interval '9 hours', case when state in ('done', 'cancelled') then day - 1 + interval '12 hours' end
from fated order by id
"""

NUMBERS = """
insert into contact_numbers (id, contact_id, number, label, verified_at, created_at)
select n, n * 4 - 3, '+7' || 9000000000 + ((2::bigint * %(phone_places)s + n) * %(phone_factor)s + %(phone_shift)s)
        %% %(phones)s,
    (array['home', 'work', 'mobile', 'other'])[1 + pg_temp.h(n, 143) %% 4],
    case when pg_temp.h(n, 143) %% 3 = 0 then opened_on + interval '40 days' end, opened_on + interval '12 hours'
from sample_account
where customer_id = n and not organisation and twin is null and n > %(reserved)s
    and pg_temp.h(n, 142) %% 100 < case when rich then 10 else 5 end
order by n
"""

# Far too much, or less than before: what rule 5 and rule 4 of readings hold and refuse (crm_core.readings).
HELD = """
with given as (
    select m.*, x, y, x < case when rich then 20 else 2 end as waits, day_after %% wheel as before,
        (day_after - day_before) as used
    from (select a.n, pg_temp.h(a.n, 140) %% 1000 as x, pg_temp.h(a.n, 144) as y from sample_account a
        where a.n > %(reserved)s and a.status = 'active' and a.last_month = %(last)s and a.quiet = 0
            and a.exchange_month is null and not a.day_night
            and pg_temp.h(a.n, 140) %% 1000 < case when a.rich then 40 else 4 end) d
    join sample_month m on m.n = d.n and m.month = %(last)s
    where day_after %% wheel + (day_after - day_before) * 12 < wheel
), added as (
    insert into readings (account_id, register_id, taken_on, value, consumption, source, quality, doubt, created_at,
        reason)
    select n, n * 4 - 3, case when waits then %(today)s::date - 1 - y %% 3 else taken_on + 2 end, before + used * 9,
        case when waits then used * 9 * multiplier end, case when y %% 2 = 0 then 'ivr' else 'web' end,
        case when waits then 'held' else 'refused' end, 'too-high',
        case when waits then %(today)s::date - 1 - y %% 3 else taken_on + 2 end + interval '10 hours',
        case when not waits then 'Read from a neighbour''s meter' end
    from given
)
insert into held_readings (id, account_id, register_id, taken_on, value, rule, least, most, source, status, held_at,
    decided_at, reason)
select n, n, n * 4 - 3, case when waits then %(today)s::date - 1 - y %% 3 else taken_on + 2 end, before + used * 9,
    'too-high', before, before + used * 3, case when y %% 2 = 0 then 'ivr' else 'web' end,
    case when waits then 'waiting' else 'refused' end,
    case when waits then %(today)s::date - 1 - y %% 3 else taken_on + 2 end + interval '10 hours',
    case when not waits then taken_on + 3 + interval '11 hours' end,
    case when not waits then 'Read from a neighbour''s meter' else '' end
from given order by n
"""

NO_READS = """
insert into no_reads (id, account_id, meter_id, taken_on, why, note, created_at)
select n, n, n * 2 - 1 + (exchange_month is not null)::int, day,
    (array['no_access', 'no_access', 'refused', 'blank', 'damaged', 'not_found'])[1 + pg_temp.h(n, 149) %% 6],
    case when pg_temp.h(n, 149) %% 3 > 0 then '' when cyrillic then 'Собака во дворе' else 'A dog in the yard' end,
    day + interval '14 hours'
from sample_account, lateral (select %(today)s::date - 8 - pg_temp.h(n, 150) %% 60 as day) d
where n > %(reserved)s and opened_on < day and pg_temp.h(n, 148) %% 1000 < case when rich then 30 else 4 end
order by n
"""

FIELDS = """
insert into custom_values (entity_id, field_id, text)
select case entity when 'meter' then n * 2 - 1 else n end, f.id, choices[1 + pg_temp.h(n, 152) %% cardinality(choices)]
from sample_account a, sample_field f
where (entity <> 'customer' or customer_id = n)
    and pg_temp.h(n * 8::bigint + f.id, 151) %% 100 < case when rich then 45 else 2 end
order by 1, 2
"""

STEPS = (
    ("contact_numbers", NUMBERS),
    ("held_readings", HELD),
    ("no_reads", NO_READS),
    ("custom_values", FIELDS),
    ("sample_filed", FILED),
    ("applications", APPLICATIONS),
    ("work_history", HISTORY),
    ("tasks", TASKS),
)
"""Tables of one chunk in the order in which they are filled."""
