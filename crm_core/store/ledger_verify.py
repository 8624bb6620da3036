"""`busbar verify`: whether every account's money adds up, set by set, in bounded memory (shell).

Accounts are gone through in ranges of their numbers; each range is one statement along the primary keys, so neither
side ever holds more than one range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

STEP = 50_000
"""Accounts in one range."""
FIRST = 20
"""Offenders that are named."""

Connection = psycopg.Connection[tuple[Any, ...]]

CHECK: LiteralString = """
with bills as (
    select account_id, sum(amount) as amount, sum(open_amount) as open,
        sum(open_amount) filter (where not disputed) as waiting,
        bool_or(open_amount < 0 or open_amount > greatest(amount, 0)) as beyond
    from invoices where account_id >= %(low)s and account_id < %(high)s group by 1
), paid as (
    select account_id, sum(amount) as amount
    from payments where account_id >= %(low)s and account_id < %(high)s group by 1
), moved as (
    select account_id, sum(amount) as amount, sum(open_amount) as open,
        bool_or(open_amount < 0 or open_amount > greatest(amount, 0)) as beyond
    from adjustments where account_id >= %(low)s and account_id < %(high)s group by 1
), directed as (
    select account_id, bool_or(amount < 0 or amount > paid) as beyond from (
        select l.account_id, sum(l.amount) as amount,
            coalesce(min(p.amount), -min(a.amount)) as paid
        from allocations l left join payments p on p.account_id = l.account_id and p.paid_on = l.paid_on
            and p.seq = l.seq left join adjustments a on a.id = l.credit_id
        where l.account_id >= %(low)s and l.account_id < %(high)s
        group by l.account_id, l.paid_on, l.seq, l.credit_id
    ) d group by 1
), told as (
    select coalesce(a.id, b.account_id, p.account_id, m.account_id) as account_id, a.id is null as orphan, a.balance,
        coalesce(b.amount, 0) as billed, coalesce(m.amount, 0) as adjusted, coalesce(p.amount, 0) as paid,
        coalesce(b.open, 0) + coalesce(m.open, 0) as open,
        coalesce(b.waiting, 0) + coalesce(m.open, 0) as waiting,
        coalesce(b.beyond, false) or coalesce(m.beyond, false) as beyond, coalesce(d.beyond, false) as directed
    from (select id, balance from accounts where id >= %(low)s and id < %(high)s) a
        full join bills b on b.account_id = a.id
        full join paid p on p.account_id = coalesce(a.id, b.account_id)
        full join moved m on m.account_id = coalesce(a.id, b.account_id, p.account_id)
        left join directed d on d.account_id = coalesce(a.id, b.account_id, p.account_id, m.account_id)
), judged as (
    select *, case
        when orphan then 'no-account'
        when balance <> billed + adjusted - paid then 'balance'
        when beyond then 'open-beyond-amount'
        when directed then 'directed-beyond-payment'
        when open < balance then 'open-below-balance'
        when open > balance and waiting > 0 then 'money-idle' end as fault
    from told
)
select count(*) filter (where not orphan), count(fault),
    coalesce(json_agg(json_build_object('account_id', account_id, 'fault', fault, 'balance', balance::text,
        'billed', billed::text, 'adjusted', adjusted::text, 'paid', paid::text, 'open', open::text))
        filter (where fault is not null and nth <= %(first)s), '[]')
from (select *, row_number() over (partition by fault is null order by account_id) as nth from judged) n
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What one range of accounts came to."""

    upto: int
    """Account ids below this one are done."""
    accounts: int
    faults: int
    first: tuple[dict[str, Any], ...]
    """The first of those at fault, with what their money adds up to."""


def connect(url: str) -> Connection:
    """Open a connection that only reads, from the settings' SQLAlchemy address."""
    db = psycopg.connect(url.replace("postgresql+psycopg", "postgresql", 1), autocommit=True)
    db.read_only = True
    for setting in ("set jit = off", "set work_mem = '64MB'", "set max_parallel_workers_per_gather = 0"):
        db.execute(setting)
    return db


def highest(db: Connection) -> int:
    """Return the highest account id that any table of money knows."""
    row = db.execute(
        "select greatest((select max(id) from accounts), (select max(account_id) from invoices),"
        " (select max(account_id) from payments), (select max(account_id) from adjustments))"
    ).fetchone()
    return int(row[0] or 0) if row else 0


def check(db: Connection, step: int = STEP) -> Iterator[Checked]:
    """Check range after range; balances that move meanwhile do so in one commit with what moved them."""
    end = highest(db) + 1
    for low in range(0, end, step):
        row = db.execute(CHECK, {"low": low, "high": low + step, "first": FIRST}).fetchone()
        if row is not None:
            yield Checked(upto=min(low + step, end), accounts=row[0], faults=row[1], first=tuple(row[2]))
