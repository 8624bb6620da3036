"""A year of a contact centre, drawn inside the server: calls with their history, states, menus, work, money (shell).

Drawn by the server's own generator from one seed, in tables of a schema of its own: nothing of the base that is there
is read or changed. Numbers are made up; only their sizes and shapes matter.
"""

from __future__ import annotations

from typing import Final

OPERATORS, TEAMS, QUEUES, ACCOUNTS = 60, 4, 6, 50_000
PEOPLE: Final = (
    (
        "insert into users (login, name, password, role)"
        " select 'bench' || n, 'Operator ' || n, '!', 'operator' from generate_series(1, %(operators)s) n"
    ),
    (
        "insert into teams (code, titles) select 'team' || n, jsonb_build_object('en', 'Team ' || n)"
        " from generate_series(1, %(teams)s) n"
    ),
    "insert into team_members (team, user_id) select 'team' || 1 + id %% %(teams)s, id from users",
    "insert into queues (code, title) select 'queue' || n, 'Queue ' || n from generate_series(1, %(queues)s) n",
    (
        "insert into customers (kind, name, name_key) select 'person', 'Name ' || n, 'name' || n"
        " from generate_series(1, %(accounts)s) n"
    ),
    (
        "insert into premises (address, address_key, time_zone) select 'Street ' || n, 'street' || n, 'UTC'"
        " from generate_series(1, %(accounts)s) n"
    ),
    "insert into tariffs (code, name, valid_from, prices) values ('S', 'Household', '2020-01-01', '{}')",
    (
        "insert into accounts (number, customer_id, premises_id, tariff_id, currency, balance, opened_on)"
        " select lpad(c.id::text, 10, '0'), c.id, p.id, t.id, 'EUR', 0, '2020-01-01'"
        " from customers c join premises p on p.id = c.id, tariffs t"
    ),
)
DRAWN: Final = """
create temporary table drawn as
select 'bench-' || n as call_id, began, began + interval '40 seconds' as waiting,
       began + interval '40 seconds' + waited as answered,
       began + interval '40 seconds' + waited + case when gone then interval '0' else talk end as ended,
       began + interval '40 seconds' + waited + talk + wrote as closed, gone, 1 + n %% %(operators)s as operator_id,
       'queue' || 1 + floor(random() * %(queues)s)::int as queue, 1 + floor(random() * %(accounts)s)::int as account_id,
       'topic' || 1 + floor(random() * 12)::int as topic, random() as luck, n
  from (select n, (%(first)s::date + (n / %(calls)s)) + interval '8 hours'
               + (n %% %(calls)s) * interval '12 hours' / %(calls)s as began,
               - 25 * ln(1 - random()) * interval '1 second' as waited,
               (60 - 180 * ln(1 - random())) * interval '1 second' as talk,
               (5 + 40 * random()) * interval '1 second' as wrote, random() < 0.08 as gone
          from generate_series(0, %(calls)s::int * %(days)s::int - 1) n) told
"""
"""Every call once; all else is written from it. Waits and talks have the long tails that real ones have."""
YEAR: Final = (
    (
        "insert into interactions (call_id, account_id, channel, direction, language, topic, queue, phase, outcome,"
        " began_at, waiting_since, answered_at, ended_at, operator_id, disposition, closed_at, talk_seconds,"
        " hold_seconds,"
        " wrap_up_seconds, passes) select call_id, account_id, 'phone', 'in', case when luck < 0.9 then 'ru'"
        " else 'en' end,"
        " topic, queue, 'ended', case when gone then 'abandoned' else 'answered' end, began, waiting,"
        " case when not gone then answered end, ended, case when not gone then operator_id end,"
        " case when not gone then 'INFO' end, closed, case when not gone then extract(epoch from ended -"
        " answered) end, 0,"
        " case when not gone then extract(epoch from closed - ended) end, (luck < 0.05)::int from drawn order by n"
    ),
    (
        "insert into call_events (call_id, at, what, operator_id, detail) select call_id, at, what, operator_id, detail"
        " from drawn cross join lateral (values (began, 'arrived', ''), (waiting, 'waiting', ''),"
        " (answered - interval '4 seconds', 'offered', 'longest-idle'), (answered - interval '3 seconds',"
        " 'ringing', ''),"
        " (answered, case when gone then 'missed' else 'answered' end, case when gone then 'no-answer' else '' end),"
        " (ended, 'ended', ''), (closed, 'closed', '')) told (at, what, detail) order by n, at"
    ),
    (
        "insert into operator_states (operator_id, state, reason, call_id, at) select operator_id, state, '',"
        " case when state <> 'ready' then call_id end, at from drawn cross join lateral (values"
        " (answered - interval '4 seconds', 'reserved'), (answered, 'talking'), (ended, 'wrap_up'), (closed, 'ready'))"
        " told (at, state) where not gone order by n, at"
    ),
    (
        "insert into operator_states (operator_id, state, reason, at)"
        " select u.id, state, reason, %(first)s::date + day + hour from users u, generate_series(0, %(days)s - 1) day,"
        " (values (interval '7 hours 50 minutes', 'ready', ''), (interval '13 hours', 'not_ready', 'lunch'),"
        " (interval '13 hours 30 minutes', 'ready', ''), (interval '20 hours 20 minutes', 'offline', ''))"
        " told (hour, state, reason)"
    ),
    (
        "insert into flow_walks (call_id, began_at, ended_at, ending, path) select call_id, began, waiting, 'queue',"
        " jsonb_build_array('hello', 'menu=' || 1 + floor(luck * 8)::int, topic, 'queue') from drawn"
    ),
    (
        "insert into survey_marks (call_id, question, mark, at) select call_id, 'mark', 1 + floor(luck *"
        " 25)::int, ended"
        " from drawn where luck < 0.2 and not gone"
    ),
    (
        "insert into recordings (call_id, leg, account_id, operator_id, queue, state, began_at, seconds, keep_until)"
        " select call_id, 'leg', account_id, operator_id, queue, 'kept', answered, extract(epoch from ended -"
        " answered),"
        " ended + interval '180 days' from drawn where not gone"
    ),
    (
        "insert into callbacks (call_id, number, queue, topic, waiting_since, asked_at, due_at, promised_until, state,"
        " tries, ended_at) select call_id, '+100000000', queue, topic, waiting, waiting, ended, ended, 'kept', 1, ended"
        " from drawn where luck > 0.97"
    ),
    (
        "insert into campaigns (name, mode, profile, state) select 'Campaign ' || n, 'progressive', 'none', 'ended'"
        " from generate_series(1, 12) n"
    ),
    (
        "insert into attempts (campaign_id, account_id, customer_id, mode, number, call_id, operator_id, planned_at,"
        " placed_at, ended_at, outcome, disposition) select 1 + n %% 12, account_id, account_id, 'progressive',"
        " '+100000000', 'out-' || call_id, case when luck < 0.1 then operator_id end, began, began, ended,"
        " case when luck < 0.1 then 'talked' else 'no_answer' end, case when luck < 0.05 then 'PTP' else '' end"
        " from drawn where luck < 0.3"
    ),
    (
        "insert into promises (account_id, amount, due_on, status, call_id) select account_id, 100, ended::date + 5,"
        " case when luck < 0.02 then 'kept' else 'broken' end, call_id from drawn where luck < 0.04"
    ),
    (
        "insert into tasks (kind, title, owner_id, due_at, state, source, created_at, closed_at) select 'call', 'Call',"
        " operator_id, ended + interval '1 day', 'done', 'contact', ended, ended + luck * interval '20 days' from drawn"
        " where luck < 0.1"
    ),
    (
        "insert into applications (number, account_id, kind, title, stage, filed_on, filed_at, owner_id,"
        " due_at, closed_at,"
        " channel) select 'B' || n, account_id, 'kind' || n %% 8, 'Title', 'done', ended::date, ended, operator_id,"
        " ended + interval '5 days', ended + luck * interval '60 days', 'phone' from drawn where luck < 0.1"
    ),
    (
        "insert into invoices (account_id, period, issued_on, due_on, amount, open_amount) select id, month, month + 4,"
        " month + 20, 100, 0 from accounts, lateral (select (%(first)s::date + n * 30) as month from"
        " generate_series(0, %(days)s / 30) n) months"
    ),
    (
        "insert into payments (account_id, paid_on, amount, channel) select account_id, issued_on + account_id"
        " %% 20, 100,"
        " case account_id %% 3 when 0 then 'bank' when 1 then 'card' else 'post' end from invoices"
    ),
    (
        "insert into readings (account_id, register_id, taken_on, value, source, quality) select account_id,"
        " account_id,"
        " issued_on + 14 + account_id %% 10, 100, case account_id %% 3 when 0 then 'ivr' when 1 then 'web' else"
        " 'operator'"
        " end, 'actual' from invoices"
    ),
)
