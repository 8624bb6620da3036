"""Who has paid leaves every list of debtors, in the transaction of the payment (SQL text, no I/O).

One statement for one account or for all that an import touched. Paid is who owes less than the campaign calls for
(`campaigns.least_debt`); disputed bills do not count. While a call is open the row is only marked: its class changes
when the call ends (`store.outbound_attempts.settle`). A payment that is taken back brings the row back.
"""

# ruff: noqa: S608 -- made of our own text
from __future__ import annotations

from typing import LiteralString

DEBT: LiteralString = """
(select coalesce(sum(o.open_amount), 0) from (
    select open_amount, due_on from invoices where account_id = a.id and open_amount <> 0 and not disputed
    union all select open_amount, due_on from adjustments where account_id = a.id and open_amount <> 0
 ) o where c.counts = 'open' or o.due_on < (now() at time zone coalesce(nullif(p.time_zone, ''), 'UTC'))::date)
"""
"""What an account `a` at premises `p` owes as campaign `c` counts it."""
_FROM: LiteralString = """
from campaigns c, accounts a, premises p
where c.id = r.campaign_id and a.id = r.account_id and p.id = a.premises_id
    and c.state not in ('finished', 'archived')
"""
_PAID: LiteralString = (
    "update campaign_rows r set paid_at = now(), reasons = '{}',"
    " klass = case when r.klass = 'in_work' then r.klass else 'paid' end,"
    " classed_at = case when r.klass = 'in_work' then r.classed_at else now() end"
    + _FROM
    + " and r.klass in ('waiting', 'in_work', 'blocked_by_law') and r.paid_at is null and c.least_debt > "
    + DEBT
)
_BACK: LiteralString = (
    "update campaign_rows r set paid_at = null, next_at = now(),"
    " klass = case when r.klass = 'in_work' then r.klass else 'waiting' end,"
    " classed_at = case when r.klass = 'in_work' then r.classed_at else now() end"
    + _FROM
    + " and r.klass in ('paid', 'in_work') and r.paid_at is not null and c.least_debt <= "
    + DEBT
)
_GIVEN: LiteralString = " and r.account_id = any(%(accounts)s::int[]) returning r.id"
_TOUCHED: LiteralString = " and r.account_id in (select account_id from ledger_touched)"

PAID, BACK = _PAID + _GIVEN, _BACK + _GIVEN
"""Rows of these accounts that are paid, or owed again: parameter `accounts`; the keys of what changed."""
PAID_TOUCHED, BACK_TOUCHED = _PAID + _TOUCHED, _BACK + _TOUCHED
"""The same of all accounts in the temporary table `ledger_touched`."""
TELL: LiteralString = "select pg_notify('busbar_outbound', 'paid')"
PAID_LISTED: LiteralString = _PAID + " and r.list_id = %(list)s"
"""The same of rows that were just added: parameter `list`."""
