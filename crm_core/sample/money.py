"""How a decided chunk gets adjustments, disputes, notices and promises (SQL text, no I/O).

Adjustments are drawn up before accounts are written, whose balance they are part of. Only accounts that owe nothing get
one that takes something off, so that what is open stays what the rule of allocation makes it. Ids: adjustments, notices
and promises 2n-1 and 2n, disputes n, steps of promises 2n-1.
"""

from __future__ import annotations

TABLES = """
create temporary table sample_adjustment (
    id int, n int, kind text, amount bigint, still_open bigint, posted_on date, due_on date, period date, reverses int,
    english text, russian text, cyrillic boolean
) on commit delete rows;
create temporary table sample_promise (
    id int, n int, amount numeric, made_on date, due_on date, status text, paid numeric, settled_on date, instead_of int
) on commit delete rows;
"""

DRAWN_UP = """
insert into sample_adjustment
with drawn as materialized (
    select a.n, a.rich, a.cyrillic, a.last_month, m.overdue, pg_temp.h(n, 130) %% 1000 as x, pg_temp.h(n, 131) as y,
        m.balance = 0 and m.still_open = 0 and last_month - first_month > 4 as settled, c.period,
        %(today)s::date - 3 - pg_temp.h(n, 132) %% 20 as day
    from sample_account a join sample_money m using (n) join sample_calendar c on c.month = a.last_month - 2
    where n > %(reserved)s and status = 'active'
        and (rich or pg_temp.h(n, 130) %% 1000 < 60 or pg_temp.h(n, 130) %% 50 < 5)
)
select n * 2 - 1 + k, n, kind, amount, still_open, day - days, day - days + 14, period_of, reverses, english, russian,
    cyrillic
from drawn d, lateral (values
    (overdue > 20000 and x < case when rich then 250 else 60 end, 0, 'penalty', overdue / 100 + 1, overdue / 100 + 1, 0,
        null::date, null::int, 'Paid late', 'Оплата после срока'),
    (overdue > 20000 and x between 900 and case when rich then 960 else 904 end, 0, 'fee', 35000, 35000, 0,
        null, null, 'Visit of a fitter, at the customer''s wish', 'Вызов мастера по просьбе абонента'),
    (settled and x < case when rich then 70 else 8 end, 0, 'penalty', 1500 + y %% 9000, 0, 70, null, null,
        'Paid late', 'Оплата после срока'),
    (settled and x < case when rich then 70 else 8 end, 1, 'waiver', -1500 - y %% 9000, 0, 55, null, n * 2 - 1,
        'The bank was late, not the customer', 'Задержка по вине банка'),
    (settled and x between 100 and case when rich then 150 else 103 end, 0, 'goodwill', -5000 - y %% 20000, 0, 0, null,
        null, 'Two days without supply', 'Двое суток без электричества'),
    (settled and x between 200 and case when rich then 260 else 203 end, 0, 'dispute', -2000 - y %% 7000, 0, 0, period,
        null, 'Billed by estimate although a reading was given', 'Начислено по среднему, хотя показание было'),
    (settled and x between 300 and case when rich then 340 else 302 end, 0, 'correction', 7000 + y %% 9000,
        7000 + y %% 9000, 0, period, null, 'Tariff of another zone was applied', 'Применён тариф другой зоны'),
    (settled and x between 350 and case when rich then 370 else 351 end, 0, 'goodwill', -9000, 0, 30, null, null,
        'Billed twice', 'Начислено дважды'),
    (settled and x between 350 and case when rich then 370 else 351 end, 1, 'refund', 9000, 0, 12, null, null,
        'Paid back to the card', 'Возвращено на карту')
) as a(holds, k, kind, amount, still_open, days, period_of, reverses, english, russian)
where holds
"""

ADJUSTMENTS = """
insert into adjustments (id, account_id, kind, amount, open_amount, posted_on, due_on, period, reason, reverses,
    created_at)
select id, n, kind, amount::numeric / 100, still_open::numeric / 100, posted_on, due_on, period,
    case when cyrillic then russian else english end, reverses, posted_on + interval '10 hours'
from sample_adjustment order by id
"""

DISPUTES = """
with said as (
    select n, period, amount::numeric / 100 as amount, 'open' as status, issued_on + 5 as raised_on,
        null::date as settled_on, null::int as adjustment_id
    from sample_month where disputed
    union all
    select a.n, a.period, -a.amount::numeric / 100, 'upheld', posted_on - 9, posted_on, id
    from sample_adjustment a where kind = 'dispute'
    union all
    select n, m.period, m.amount::numeric / 100, (array['rejected', 'withdrawn'])[1 + pg_temp.h(n, 131) %% 2],
        m.issued_on + 5, m.issued_on + 17, null
    from sample_month m join sample_account a using (n)
    where m.month = a.last_month - 3 and m.paid = m.amount and n > %(reserved)s and a.dispute_month is null
        and pg_temp.h(n, 130) %% 1000 between 400 and case when a.rich then 450 else 403 end
        and m.issued_on + 17 <= %(today)s::date
)
insert into disputes (id, account_id, period, amount, reason, status, raised_at, settled_at, settlement, adjustment_id)
select n, n, period, said.amount,
    case when cyrillic then 'Сумма выше, чем должна быть по счётчику' else 'More than the meter says' end,
    said.status, raised_on + interval '12 hours', settled_on + interval '15 hours',
    case when said.status = 'open' then ''
        when said.status = 'upheld'
            then case when cyrillic then 'Показание было в срок' else 'The reading was in time' end
        when said.status = 'rejected'
            then case when cyrillic then 'Счётчик проверен, расход верен' else 'The meter was checked and is right' end
        else case when cyrillic then 'Абонент отозвал' else 'Taken back by the customer' end end,
    adjustment_id
from said join sample_account using (n)
order by n
"""

NOTICES = """
with late as (
    select n, a.rich, flags, overdue, oldest_due, %(today)s::date - oldest_due as days
    from sample_account a join sample_money using (n)
    where oldest_due < %(today)s::date - case when a.rich then 15 else 75 end and not pg_temp.h(n, 133) %% 10 = 0
), told as (
    select l.n, l.overdue, oldest_due + least(days - 1, day + pg_temp.h(n, 134) %% 9) as sent_on, kind, channel,
        pg_temp.h(n * 8::bigint + step, 133) %% 10 as fate, step,
        row_number() over (partition by n order by step desc) as back
    from late l, (values (1, 15, 'reminder', 'sms'), (2, 45, 'debt', 'letter'),
        (3, 75, 'restriction_warning', 'letter'), (4, 100, 'restriction', 'hand'),
        (5, 200, 'court', 'letter')) as s(step, day, kind, channel)
    where day < days and not (kind like 'restriction%%' and flags ? 'life_support')
)
insert into notices (id, account_id, kind, channel, amount, status, sent_at, told_at)
select n * 2 - (back - 1), n, kind, channel, overdue::numeric / 100,
    case fate when 0 then 'failed' when 1 then 'sent' else 'delivered' end, sent_on + interval '9 hours',
    case when fate <> 1 then least(sent_on + 2, %(today)s::date - 1) + interval '18 hours' end
from told where back <= 2 order by 1
"""

PROMISED = """
insert into sample_promise
with asked as (
    select a.*, m.still_open, pg_temp.h(n, 90) as x, pg_temp.h(n, 91) as y, pg_temp.h(n, 92) %% 100 as z
    from sample_account a join sample_money m using (n)
    where m.balance > 0 and m.overdue > 0 and dispute_month is null and (promise is not null or n > %(reserved)s)
), fated as (
    select *, coalesce(promise, (array['open', 'broken', 'rescheduled', 'open', 'cancelled', 'broken'])[1 + x %% 6])
            as fate
    from asked
    where promise is not null or unpaid between 2 and 12 and z < case when rich then 40 else 30 end
), owing as (
    select n, n * 2 - 1 + k as id, greatest(still_open / 200, 1) as amount, made_on, due_on, state as status,
        settled_on, case when k = 1 then n * 2 - 1 end as instead_of
    from fated, lateral (select %(today)s::date - 5 - y %% 40 as past, %(today)s::date - 3 - y %% 5 as lately) d,
    lateral (values
        (fate = 'open', 0, 'open', lately, %(today)s::date + 1 + y %% 9, null::date),
        (fate = 'broken', 0, 'broken', past - 12, past, past + 4),
        (fate = 'cancelled', 0, 'cancelled', past - 12, past, past - 5),
        (fate = 'rescheduled', 0, 'rescheduled', lately - 10, lately + 1, lately),
        (fate = 'rescheduled', 1, 'open', lately, %(today)s::date + 5 + y %% 5, null)
    ) as p(holds, k, state, made_on, due_on, settled_on)
    where holds
), paid as (
    select distinct on (n) n, m.amount, m.paid, m.paid_on
    from sample_month m join sample_account a using (n)
    where n > %(reserved)s and not m.pairs and m.paid > 0 and m.paid_on + 6 <= %(today)s::date
        and m.paid_on > a.opened_on + 10 and m.month = a.last_month - a.unpaid + (m.paid < m.amount)::int
        and pg_temp.h(n, 92) %% 100 between 40 and case when a.rich then 55 else 42 end
    order by n, m.month desc
)
select id, n, amount, made_on, due_on, status, case when status <> 'open' then 0 end, settled_on, instead_of
from owing
union all
select n * 2 - 1, n, amount::numeric / 100, paid_on - 7, paid_on + 1,
    case when paid < amount then 'part_kept' else 'kept' end, paid::numeric / 100,
    case when paid < amount then paid_on + 5 else paid_on end, null
from paid
"""

PROMISES = """
insert into promises (id, account_id, amount, due_on, status, created_at, made_on, paid, settled_at, instead_of)
select id, n, amount, due_on, status, made_on + interval '13 hours', made_on, paid, settled_on + interval '3 hours',
    instead_of
from sample_promise order by id
"""

PROMISE_STEPS = """
insert into promise_steps (id, promise_id, before, after, reason, at)
select id, id, 'open', status, case when status = 'cancelled' then 'Paid in cash on the spot' else '' end,
    settled_on + interval '3 hours'
from sample_promise where status <> 'open' order by id
"""

BEFORE = (("sample_adjustment", DRAWN_UP),)
"""What must be known before accounts are written."""
STEPS = (
    ("adjustments", ADJUSTMENTS),
    ("disputes", DISPUTES),
    ("notices", NOTICES),
    ("sample_promise", PROMISED),
    ("promises", PROMISES),
    ("promise_steps", PROMISE_STEPS),
)
"""Tables of one chunk in the order in which they are filled."""
