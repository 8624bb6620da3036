"""The ledger as people read it: what stands, line by line with the balance after each, bills and receipts (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString

from pydantic_core import from_json
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import debt, money
from crm_core.errors import NoSuchAccount
from crm_core.ledger.allocation import Paid, Source, Target
from crm_core.ledger.rules import MoneyRules
from crm_core.store import ledger
from crm_core.tables import accounts, customers

STATES = ("deceased", "bankrupt")
"""How a customer may stand, shown like a flag."""
Place = tuple[date, int, int]
"""Where a line stands: its day, bills before adjustments before payments, its number among those."""

ENTRIES: LiteralString = """
select * from (
    select e.*, sum(amount) over (order by on_day, rank, key rows unbounded preceding) as balance from (
        select issued_on as on_day, 0 as rank, (period - date '2000-01-01') as key, 'invoice' as what, amount,
            period, null::text as kind, null::text as reference, due_on, open_amount, disputed, ''::text as reason,
            null::date as reverses_on, null::int as reverses_seq, false as taken_back
        from invoices where account_id = %(account_id)s
        union all
        select posted_on, 1, id, 'adjustment', amount, period, kind, reference, due_on, open_amount, false, reason,
            null, null, false
        from adjustments where account_id = %(account_id)s
        union all
        select paid_on, 2, seq, case when reverses_on is null then 'payment' else 'reversal' end, -amount, null,
            channel, reference, null, 0, false, coalesce(note, ''), reverses_on, reverses_seq,
            exists (select from payments r where r.account_id = p.account_id and r.reverses_on = p.paid_on
                and r.reverses_seq = p.seq)
        from payments p where account_id = %(account_id)s
    ) e
) s
where %(on_day)s::date is null or (on_day, rank, key) < (%(on_day)s::date, %(rank)s::int, %(key)s::int)
order by on_day desc, rank desc, key desc limit %(limit)s
"""

BILLS: LiteralString = """
select i.*, coalesce((select json_agg(x order by x.line) from (
    select line, what, quantity::text as quantity, price::text as price, amount::text as amount
    from invoice_lines l where l.account_id = i.account_id and l.period = i.period) x), '[]')::text as lines
from invoices i where account_id = %(account_id)s and (%(before)s::date is null or period < %(before)s::date)
order by period desc limit %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How an account stands."""

    account_id: int
    account_number: str
    customer_id: int
    customer: str
    currency: str
    status: str
    flags: tuple[str, ...]
    balance: Decimal
    """Above zero: the customer owes."""
    credit: Decimal
    """Money that found nothing to pay."""
    debt: debt.Debt
    undisputed: Decimal
    """Open and not in dispute: what may be promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the statement."""

    on: date
    what: str
    """`invoice`, `adjustment`, `payment`, `reversal`."""
    key: int
    """Number of an adjustment, place of a payment on its day."""
    kind: str
    """Kind of an adjustment, channel of a payment."""
    amount: Decimal
    """Above zero: the customer owes more."""
    balance: Decimal
    """After this line."""
    period: date | None
    due_on: date | None
    open_amount: Decimal
    disputed: bool
    reference: str
    reason: str
    taken_back: bool
    """A payment that a reversal took back."""
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a bill is made of."""

    what: str
    quantity: Decimal
    price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """An invoice with its lines and what paid it."""

    period: date
    issued_on: date
    due_on: date
    amount: Decimal
    open_amount: Decimal
    status: str
    lines: tuple[Line, ...]
    paid_by: tuple[Paid, ...]


async def overview(
    db: AsyncConnection, account_id: int, rules: MoneyRules, today: date, *, book: ledger.Ledger | None = None
) -> Overview:
    """Return how an account stands on a day; `book` is its ledger when it was read already.

    Raises:
        NoSuchAccount: there is no such account.
    """
    query = (
        select(accounts, customers.c.name, customers.c.flags.label("theirs"), customers.c.status.label("their_status"))
        .join(customers, customers.c.id == accounts.c.customer_id)
        .where(accounts.c.id == account_id)
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchAccount(f"there is no account {account_id}")
    book = book or await ledger.load(db, account_id)
    result = book.by(rules.allocation)
    still = [
        debt.OpenInvoice(due_on=one.due_on, amount=result.open[one.key], disputed=one.disputed) for one in book.owed
    ]
    return Overview(
        account_id=account_id,
        account_number=row.number,
        customer_id=row.customer_id,
        customer=row.name,
        currency=row.currency,
        status=row.status,
        flags=tuple(
            dict.fromkeys([*row.flags, *row.theirs, *([row.their_status] if row.their_status in STATES else [])])
        ),
        balance=row.balance,
        credit=result.credit,
        debt=debt.count(still, today, rules.buckets),
        undisputed=ledger.undisputed(book, result),
    )


async def must_exist(db: AsyncConnection, account_id: int) -> None:
    """Tell a list with nothing in it from one of nobody.

    Raises:
        NoSuchAccount: there is no such account.
    """
    query = select(accounts.c.id).where(accounts.c.id == account_id)
    if (await db.execute(query)).scalar_one_or_none() is None:
        raise NoSuchAccount(f"there is no account {account_id}")


async def entries(db: AsyncConnection, account_id: int, *, before: Place | None = None, limit: int = 50) -> list[Entry]:
    """Return lines of the statement, newest first, from behind `before` on, each with the balance after it."""
    on_day, rank, key = before or (None, None, None)
    values = {"account_id": account_id, "on_day": on_day, "rank": rank, "key": key, "limit": limit}
    return [_entry(row) for row in await db.exec_driver_sql(ENTRIES, values)]


async def bills(  # noqa: PLR0913 -- whose, by which rules, which page
    db: AsyncConnection,
    account_id: int,
    rules: MoneyRules,
    today: date,
    *,
    before: date | None = None,
    limit: int = 13,
    book: ledger.Ledger | None = None,
) -> list[Bill]:
    """Return invoices with their lines and what paid them, newest first, from behind the month `before` on."""
    paid_by = parts_by_target(book or await ledger.load(db, account_id), rules)
    rows = await db.exec_driver_sql(BILLS, {"account_id": account_id, "before": before, "limit": limit})
    return [_bill(row, paid_by, today) for row in rows]


def parts_by_target(book: ledger.Ledger, rules: MoneyRules) -> Mapping[Target, Sequence[Paid]]:
    """Return what paid each thing owed."""
    found: dict[Target, list[Paid]] = {}
    for part in book.by(rules.allocation).parts:
        found.setdefault(part.target, []).append(part)
    return found


def parts_by_source(book: ledger.Ledger, rules: MoneyRules) -> Mapping[Source, Sequence[Paid]]:
    """Return what each payment and credit paid."""
    found: dict[Source, list[Paid]] = {}
    for part in book.by(rules.allocation).parts:
        found.setdefault(part.source, []).append(part)
    return found


def _entry(row: Any) -> Entry:
    return Entry(
        on=row.on_day,
        what=row.what,
        key=row.key,
        kind=row.kind or "",
        amount=row.amount,
        balance=row.balance,
        period=row.period,
        due_on=row.due_on,
        open_amount=row.open_amount,
        disputed=row.disputed,
        reference=row.reference or "",
        reason=row.reason,
        taken_back=row.taken_back,
        place=(row.on_day, row.rank, row.key),
    )


def _bill(row: Any, paid_by: Mapping[Target, Sequence[Paid]], today: date) -> Bill:
    still = debt.OpenInvoice(due_on=row.due_on, amount=row.open_amount, disputed=row.disputed)
    lines = tuple(
        Line(
            what=line["what"],
            quantity=Decimal(line["quantity"]),
            price=Decimal(line["price"]),
            amount=Decimal(line["amount"]),
        )
        for line in from_json(row.lines)
    )
    return Bill(
        period=row.period,
        issued_on=row.issued_on,
        due_on=row.due_on,
        amount=money.rounded(row.amount),
        open_amount=row.open_amount,
        status=debt.invoice_status(still, today),
        lines=lines,
        paid_by=tuple(paid_by.get(row.period, ())),
    )
