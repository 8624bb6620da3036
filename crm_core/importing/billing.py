"""How bills and payments of a file become facts (SQL text, no I/O)."""

from __future__ import annotations

from crm_core.importing.journal import made
from crm_core.ledger import removing, settling

KNOW_ACCOUNTS = """
create temporary table import_placed on commit drop as
select w.*, a.id as account_id, case when a.id is null then 'no-such-account' end as rule, null::text as detail,
    false as known
from import_rows w left join accounts a on a.number = w.account
"""
PLACED = (
    ("", "drop table import_rows"),
    ("", "alter table import_placed rename to import_rows"),
    ("", "analyze import_rows (account_id, row)"),
)

# What is open follows from the rule in force; balances are kept by the ledger's triggers.
SETTLE = (
    ("", "analyze ledger_touched"),
    ("", settling.SETTLE_INVOICES),
    ("", settling.SETTLE_CHARGES),
    # Who has paid by this file is called by nobody any more.
    ("", removing.PAID_TOUCHED),
    ("", removing.BACK_TOUCHED),
    ("", removing.TELL),
)
_TOUCHED = (
    "",
    """
create temporary table ledger_touched on commit drop as
select distinct account_id from import_rows where rule is null and not known
""",
)

INVOICES = (
    ("", KNOW_ACCOUNTS),
    *PLACED,
    (
        "reject",
        """
update import_rows w set rule = 'month-twice', detail = f.row
from (select account, period, min(row) as row from import_rows group by 1, 2 having count(*) > 1) f
where f.account = w.account and f.period = w.period and f.row < w.row and w.rule is null
""",
    ),
    (
        "reject",
        """
update import_rows w set rule = 'other-bill', detail = i.amount
from invoices i where i.account_id = w.account_id and i.period = w.period and i.amount <> w.amount and w.rule is null
""",
    ),
    (
        "known",
        """
update import_rows w set known = true from invoices i
where i.account_id = w.account_id and i.period = w.period and w.rule is null
""",
    ),
    (
        "invoices",
        """
insert into invoices (account_id, period, issued_on, due_on, amount, open_amount, disputed)
select account_id, period, issued_on, due_on, amount, amount, disputed
from import_rows where rule is null and not known order by account_id, period
""",
    ),
    ("", made("invoices", "from import_rows t, lateral (select t.row) w where t.rule is null and not t.known")),
    _TOUCHED,
    *SETTLE,
)

PAYMENTS = (
    (
        "",
        """
create temporary table import_placed on commit drop as
select w.*, a.id as account_id, case when a.id is null then 'no-such-account' end as rule, null::text as detail,
    false as known,
    -- Two equal payments of a day are two, also when the file comes again: the second is known when two are there.
    row_number() over (partition by a.id, w.paid_on, w.amount, w.reference order by w.row) as nth
from import_rows w left join accounts a on a.number = w.account
""",
    ),
    *PLACED,
    (
        "known",
        """
update import_rows w set known = true from (
    select account_id, paid_on, amount, reference, count(*) as many from payments
    where (account_id, paid_on) in (select account_id, paid_on from import_rows) group by 1, 2, 3, 4
) p
where (p.account_id, p.paid_on, p.amount) = (w.account_id, w.paid_on, w.amount)
    and p.reference is not distinct from w.reference and w.nth <= p.many and w.rule is null
""",
    ),
    (
        "",
        """
create temporary table import_posted on commit drop as
select w.row, w.account_id, w.paid_on, w.amount, w.channel, w.reference, coalesce(p.last + 1, 0)
    + row_number() over (partition by w.account_id, w.paid_on order by w.row) - 1 as seq
from import_rows w left join (
    select account_id, paid_on, max(seq) as last from payments
    where (account_id, paid_on) in (select account_id, paid_on from import_rows) group by 1, 2
) p on p.account_id = w.account_id and p.paid_on = w.paid_on
where w.rule is null and not w.known
""",
    ),
    (
        "payments",
        """
insert into payments (account_id, paid_on, seq, amount, channel, reference)
select account_id, paid_on, seq, amount, channel, reference from import_posted order by account_id, paid_on, seq
""",
    ),
    ("", made("payments", "from import_posted t, lateral (select t.row) w")),
    _TOUCHED,
    *SETTLE,
)
