"""How a decided chunk gets agreements, service points and consents (SQL text, no I/O).

One agreement and one point an account; one customer in ten said something about what he may be sent.
"""

from __future__ import annotations

AGREEMENTS = """
insert into agreements (id, account_id, number, supply, started_on, ended_on, prepay, budget_bill)
select n, n, 'D-' || n, case status when 'closed' then 'ended' when 'cut_off' then 'cut_off' else 'connected' end,
    opened_on, closed_on, not organisation and pg_temp.h(n, 120) %% 50 = 0,
    not organisation and pg_temp.h(n, 120) %% 50 = 1
from sample_account
order by n
"""

POINTS = """
insert into service_points (id, account_id, service, phases, max_kw, node)
select n, n, 'power', case when organisation or pg_temp.h(n, 121) %% 4 = 0 then 3 else 1 end,
    case when organisation then 30 + pg_temp.h(n, 122) %% 12 * 10 when pg_temp.h(n, 121) %% 4 = 0 then 15 else 5.5 end,
    'TP-' || (n - 1) / 400 + 1
from sample_account
order by n
"""

CONSENTS = """
insert into consents (id, customer_id, contact_id, kind, given, at, how)
select n, n, case when organisation then n * 4 - 3 end, (array['marketing', 'sms', 'email', 'calls'])[1 + x %% 4],
    x %% 5 > 0 and not flags ? 'do_not_call', opened_on + interval '35 hours',
    (array['office', 'web', 'letter'])[1 + x %% 3]
from sample_account, lateral (select pg_temp.h(n, 123) / 10 as x, pg_temp.h(n, 123) %% 10 = 0 as said) drawn
where n = customer_id and said
order by n
"""

STEPS = (("agreements", AGREEMENTS), ("consents", CONSENTS))
"""Tables of one chunk in the order in which they are filled; points come before the meters that measure them."""
