"""How bills and payments of a file become facts, and what stays open (SQL text, no I/O)."""

from __future__ import annotations

from crm_core.ledger import settling

KNOW_ACCOUNTS = """
update import_rows w set account_id = a.id from accounts a where a.number = w.account
"""

REJECT_STRANGERS = """
update import_rows set reason = 'there is no account with this number: import subscribers first'
where account_id is null
"""

# What is open follows from the rule in force; balances are kept by the ledger's triggers.
_SETTLE = (
    (
        "",
        """
create temporary table ledger_touched on commit drop as
select distinct account_id from import_rows where reason is null and not known
""",
    ),
    ("", "analyze ledger_touched"),
    ("", settling.SETTLE_INVOICES),
    ("", settling.SETTLE_CHARGES),
)

INVOICES = (
    ("", KNOW_ACCOUNTS),
    ("reject", REJECT_STRANGERS),
    (
        "reject",
        """
update import_rows w set reason = 'this month was billed in row ' || f.row || ' already'
from (select account, data->>'period' as period, min(row) as row from import_rows group by 1, 2) f
where f.account = w.account and f.period = w.data->>'period' and f.row < w.row and w.reason is null
""",
    ),
    (
        "reject",
        """
update import_rows w set reason = 'this month is billed already with another amount: ' || i.amount
from invoices i where i.account_id = w.account_id and i.period = (w.data->>'period')::date
    and i.amount <> (w.data->>'amount')::numeric and w.reason is null
""",
    ),
    (
        "known",
        """
update import_rows w set known = true from invoices i
where i.account_id = w.account_id and i.period = (w.data->>'period')::date and w.reason is null
""",
    ),
    (
        "invoices",
        """
insert into invoices (account_id, period, issued_on, due_on, amount, open_amount, disputed)
select account_id, d.period, d.issued_on, d.due_on, d.amount, d.amount, d.disputed
from import_rows w, jsonb_to_record(w.data) d (period date, issued_on date, due_on date, amount numeric,
    disputed boolean)
where reason is null and not known order by account_id, d.period
""",
    ),
    *_SETTLE,
)

PAYMENTS = (
    ("", KNOW_ACCOUNTS),
    ("reject", REJECT_STRANGERS),
    ("", "alter table import_rows add paid_on date, add amount numeric(14, 2), add reference text, add nth int"),
    (
        "",
        """
update import_rows set paid_on = (data->>'paid_on')::date, amount = (data->>'amount')::numeric,
    reference = nullif(data->>'reference', '')
""",
    ),
    # Two equal payments of a day are two, also when the file comes again: the second is known when two are there.
    (
        "",
        """
update import_rows w set nth = f.nth from (
    select row, row_number() over (partition by account_id, paid_on, amount, reference order by row) as nth
    from import_rows where reason is null
) f where f.row = w.row
""",
    ),
    (
        "known",
        """
update import_rows w set known = true from (
    select account_id, paid_on, amount, reference, count(*) as many from payments
    where account_id in (select account_id from import_rows) group by 1, 2, 3, 4
) p
where (p.account_id, p.paid_on, p.amount) = (w.account_id, w.paid_on, w.amount)
    and p.reference is not distinct from w.reference and w.nth <= p.many and w.reason is null
""",
    ),
    (
        "payments",
        """
insert into payments (account_id, paid_on, seq, amount, channel, reference)
select w.account_id, w.paid_on, coalesce(p.last + 1, 0)
        + row_number() over (partition by w.account_id, w.paid_on order by w.row) - 1,
    w.amount, w.data->>'channel', w.reference
from import_rows w left join (select account_id, paid_on, max(seq) as last from payments group by 1, 2) p
    on p.account_id = w.account_id and p.paid_on = w.paid_on
where w.reason is null and not w.known order by w.account_id, w.paid_on, w.row
""",
    ),
    *_SETTLE,
)
