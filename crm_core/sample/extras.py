"""How a decided chunk gets what only some accounts have: disputes, notices, plans, tasks, held readings (SQL, no I/O).

Every disputed bill has its dispute; the rest is for the accounts that are told richly, so that a newcomer sees each
part of the card somewhere.
"""

from __future__ import annotations

DISPUTES = """
insert into disputes (account_id, period, amount, reason, raised_at)
select n, m.period, m.amount::numeric / 100,
    case when cyrillic then 'Счёт вдвое выше обычного, показание никто не снимал.'
        else 'Twice the usual amount, and nobody read the meter.' end,
    least(m.due_on, %(today)s::date - 3)
from sample_month m join sample_account using (n)
where m.disputed and m.amount > 0
order by n
"""

NOTICES = """
with owing as (
    select n, sum(m.amount - m.paid)::numeric / 100 as overdue from sample_month m
     where m.rich and m.due_on < %(today)s::date and not m.disputed group by n having sum(m.amount - m.paid) > 0
)
insert into notices (account_id, kind, channel, amount, status, sent_at, told_at)
select n, v.kind, v.channel, o.overdue, 'delivered', %(today)s::date - v.days, %(today)s::date - v.days + 1
from sample_account a join owing o using (n), (values
    ('reminder', 'sms', 40, 2), ('debt', 'letter', 31, 4), ('restriction_warning', 'letter', 25, 6)
) as v(kind, channel, days, months)
where a.unpaid >= v.months and a.status = 'active'
order by n, v.days desc
"""

PLANS = """
with owing as (
    select n, sum(m.amount - m.paid) as owed from sample_month m
     where m.rich group by n having sum(m.amount - m.paid) > 120000
), agreed as (
    insert into plans (account_id, amount, made_on)
    select n, 400 * (1 + pg_temp.h(n, 130) %% 3), %(today)s::date - 20
    from sample_account a join owing using (n)
    where a.unpaid between 3 and 12 and a.status = 'active' and a.dispute_month is null and a.promise is null
        and pg_temp.h(n, 131) %% 3 = 0
    order by n returning id, amount, made_on
)
insert into plan_parts (plan_id, number, due_on, amount)
select id, part, (made_on + 10 + make_interval(months => part - 1))::date, amount / 4
from agreed, generate_series(1, 4) part
"""

TASKS = """
insert into tasks (kind, title, account_id, team, due_at, source, note)
select 'call',
    case when cyrillic then 'Перезвонить: приём контролёра' else 'Call back: when may the inspector come' end, n, null,
    %(today)s::date + 1 + n %% 5 + time '10:00', 'person', ''
from sample_account
where rich and pg_temp.h(n, 132) %% 40 = 0 and status = 'active'
order by n
"""

HELD = """
with taken as (
    insert into readings (account_id, register_id, taken_on, value, consumption, source, quality, doubt)
    select n, n * 4 - 3, %(today)s::date - 1, (m.day_after + 9 * greatest(m.day_after - m.day_before, 100)) %% m.wheel,
        9 * greatest(m.day_after - m.day_before, 100), 'ivr', 'held', 'too-high'
    from sample_account a join sample_month m using (n)
    where a.rich and m.month = a.last_month and a.status = 'active' and a.exchange_month is null
        and not a.day_night and a.multiplier = 1 and m.taken_on < %(today)s::date - 1 and pg_temp.h(n, 133) %% 60 = 0
    order by n
    returning account_id, register_id, taken_on, value, consumption
)
insert into held_readings (account_id, register_id, taken_on, value, rule, least, most, source)
select account_id, register_id, taken_on, value, 'too-high', greatest(value - consumption, 0),
    greatest(value - consumption * 2 / 3, 0), 'ivr'
from taken
"""

STEPS = (
    ("disputes", DISPUTES),
    ("notices", NOTICES),
    ("plans", PLANS),
    ("tasks", TASKS),
    ("held_readings", HELD),
)
"""Tables of one chunk in the order in which they are filled."""
