"""Facts that are not kept ready but worked out from histories, account by account (shell).

Each is a subquery over the history's own key; on a large base they are estimated on a sample first. A day in so many
days back counts with today: of 30 days, today and the 29 before it. Moments count by the days of UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Integer,
    ScalarSelect,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY, distinct_on

from crm_core import names
from crm_core.tables import (
    accounts,
    adjustments,
    applications,
    approvals,
    contacts,
    customers,
    disputes,
    documents,
    duplicate_pairs,
    held_readings,
    import_changes,
    interactions,
    invoices,
    legal_holds,
    merges,
    meters,
    no_reads,
    notices,
    payments,
    plans,
    premises,
    promises,
    readings,
    service_points,
    signal_hits,
    snapshot_members,
    tasks,
)

Account = ColumnElement[Any]
Clause = ColumnElement[bool]
COUNTED = ("actual", "estimate", "exchange")
"""Qualities of readings whose consumption counts."""
MOST_WORDS = 8
SIMPLE: ColumnElement[Any] = literal_column("'simple'::regconfig")


def codes(values: Sequence[object]) -> ColumnElement[Any]:
    """Return a list of codes as one bound array, so that the statement's text does not depend on how many there are."""
    return bindparam(None, [str(value) for value in values], ARRAY(Text))


def keys(values: Sequence[object]) -> ColumnElement[Any]:
    """Return a list of keys as one bound array; what is no key is none."""
    texts = [str(value) for value in values]
    found = [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) <= 9]
    return bindparam(None, found, ARRAY(Integer))


def _word(text: str) -> ColumnElement[str]:
    """Return a word of our own as part of the statement: a bound one would hide that a partial index fits."""
    return literal_column(f"'{text}'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of a history that a condition looks for."""

    table: Table
    owner: str = "account_id"
    """Column that says whose a row is."""
    of: str = "account"
    """What that is: `account` or `customer`."""
    code: str = ""
    """Column that is compared; "" where it is enough that a row is there."""
    amount: str = ""
    """Column that is added up; "" where rows are counted."""
    day: str = ""
    """Column of the day or moment, for what is asked over a period."""
    only: Callable[[FromClause], Clause] = lambda _: true()
    """Which rows count."""


def _lately(day: ColumnElement[Any], today: date, days: int) -> Clause:
    first = today - timedelta(days - 1)
    if isinstance(day.type, DateTime):
        return day >= literal(datetime.combine(first, datetime.min.time(), UTC), DateTime(timezone=True))
    return and_(day >= literal(first, Date), day <= literal(today, Date))


def _theirs(rows: Rows, alias: FromClause, owner: Account, today: date, days: int) -> Clause:
    lately = _lately(alias.c[rows.day], today, days) if rows.day else true()
    return and_(alias.c[rows.owner] == owner, lately, rows.only(alias))


def there(rows: Rows, owner: Account, today: date, days: int, matches: Callable[[Account], Clause] | None) -> Clause:
    """Whether a row of this account or customer is there whose code matches."""
    alias = rows.table.alias()
    found = exists().where(_theirs(rows, alias, owner, today, days))
    return found if matches is None else found.where(matches(alias.c[rows.code]))


def _added(rows: Rows, owner: Account, today: date, days: int) -> ScalarSelect[Any]:
    """Return how many rows there are, or what they come to."""
    alias = rows.table.alias()
    what = func.coalesce(func.sum(alias.c[rows.amount]), 0) if rows.amount else func.count()
    return select(what).where(_theirs(rows, alias, owner, today, days)).scalar_subquery()


def _is_open(filed: FromClause) -> Clause:
    return and_(filed.c.stage != _word("done"), filed.c.stage != _word("refused"))


def _to_do(task: FromClause) -> Clause:
    return or_(task.c.state == _word("open"), task.c.state == _word("in_work"))


def _waits(row: FromClause) -> Clause:
    return row.c.status == _word("waiting")


def _installed(meter: FromClause) -> Clause:
    return meter.c.removed_on.is_(None)


ROWS: Mapping[str, Rows] = {
    "tax_known": Rows(table=customers, owner="id", of="customer", only=lambda row: row.c.tax_number != _word("")),
    "contact_role": Rows(
        table=contacts, owner="customer_id", of="customer", code="role", only=lambda row: row.c.ended_at.is_(None)
    ),
    "node": Rows(table=service_points, code="node"),
    "model": Rows(table=meters, code="model", only=_installed),
    "sealed": Rows(table=meters, only=lambda row: and_(_installed(row), row.c.seal != _word(""))),
    "adjustment": Rows(table=adjustments, code="kind", day="posted_on"),
    "approval": Rows(table=approvals, only=_waits),
    "plan": Rows(table=plans, code="status", day="made_on"),
    "notice": Rows(table=notices, code="kind", day="sent_at"),
    "held": Rows(table=held_readings, only=_waits),
    "no_read": Rows(table=no_reads, code="why", day="taken_on"),
    "result": Rows(table=interactions, code="disposition", day="began_at"),
    "contacted_by": Rows(table=interactions, code="channel", day="began_at"),
    "contact_from": Rows(table=interactions, code="direction", day="began_at"),
    "topic": Rows(table=interactions, code="topic", day="began_at"),
    "application_kind": Rows(table=applications, code="kind", only=_is_open),
    "application_stage": Rows(table=applications, code="stage", only=_is_open),
    "application_filed": Rows(table=applications, code="kind", day="filed_on"),
    "task_kind": Rows(table=tasks, code="kind", only=_to_do),
    "task_team": Rows(table=tasks, code="team", only=_to_do),
    "signal": Rows(table=signal_hits, code="rule_id", day="at"),
    "document": Rows(table=documents, code="template_id", day="made_at"),
    "list": Rows(table=snapshot_members, code="snapshot_id"),
    "merged": Rows(table=merges, owner="survivor_id", of="customer", only=lambda row: row.c.undone_at.is_(None)),
    "legal_hold": Rows(
        table=legal_holds, owner="customer_id", of="customer", only=lambda row: row.c.lifted_at.is_(None)
    ),
}
"""Facts that are so when a row is there, by name."""


def _used(account: Account, since: date, until: date) -> ColumnElement[Any]:
    """Return what was used in a time: of each register's day only the latest revision counts."""
    taken = readings.alias()
    latest = (
        select(taken.c.consumption)
        .ext(distinct_on(taken.c.register_id, taken.c.taken_on))
        .where(taken.c.account_id == account, taken.c.quality == func.any(codes(COUNTED)))
        .where(taken.c.taken_on > literal(since, Date), taken.c.taken_on <= literal(until, Date))
        .order_by(taken.c.register_id, taken.c.taken_on, taken.c.revision.desc())
        .correlate_except(taken)
        .subquery()
    )
    return select(func.sum(latest.c.consumption)).scalar_subquery()


def consumption(account: Account, today: date, days: int) -> ColumnElement[Any]:
    """Return what was used in so many days; nothing read counts as nothing used."""
    return func.coalesce(_used(account, today - timedelta(days), today), 0)


def consumption_change(account: Account, today: date, days: int) -> ColumnElement[Any]:
    """Return by how many percent consumption of so many days differs from as many before; null without a basis."""
    middle = today - timedelta(days)
    before = _used(account, middle - timedelta(days), middle)
    return 100 * (_used(account, middle, today) / func.nullif(before, 0) - 1)


Counted = Callable[[Account, date, int], ColumnElement[Any]]
PERIODS: Mapping[str, Counted] = {
    "payments": partial(_added, Rows(table=payments, day="paid_on", only=lambda row: row.c.amount > 0)),
    "paid_sum": partial(_added, Rows(table=payments, day="paid_on", amount="amount")),
    "taken_back": partial(_added, Rows(table=payments, day="paid_on", only=lambda row: row.c.reverses_on.is_not(None))),
    "charged": partial(_added, Rows(table=invoices, day="issued_on", amount="amount")),
    "adjusted": partial(_added, Rows(table=adjustments, day="posted_on", amount="amount")),
    "disputes": partial(_added, Rows(table=disputes, day="raised_at")),
    "promises": partial(_added, Rows(table=promises, day="created_at")),
    "plans": partial(_added, Rows(table=plans, day="made_on")),
    "contacts": partial(_added, Rows(table=interactions, day="began_at")),
    "applications": partial(_added, Rows(table=applications, day="filed_on")),
    "estimates": partial(
        _added, Rows(table=readings, day="taken_on", only=lambda row: row.c.quality == _word("estimate"))
    ),
    "consumption": consumption,
    "consumption_change": consumption_change,
}
"""Numbers over a period, by name; one payment that was taken back later came too, the taking back is none."""


def accounts_of(customer: Account) -> ScalarSelect[Any]:
    """Return how many accounts the customer has."""
    return _added(Rows(table=accounts, owner="customer_id"), customer, date.min, 0)


def in_pair(customer: Account) -> Clause:
    """Whether the customer is one of a pair that may be one and was not decided."""

    def side(column: str) -> Clause:
        pair = duplicate_pairs.alias()
        undecided = or_(pair.c.state == _word("open"), pair.c.state == _word("later"))
        return customer.in_(select(pair.c[column]).where(undecided))

    return or_(side("left_id"), side("right_id"))


ACCOUNT_FIRST = ("accounts", "readings", "invoices", "payments")
"""Tables whose rows are noted by keys that begin with the account (`crm_core.importing.journal`)."""


def of_imports(account: Account, values: Sequence[object]) -> Clause:
    """Whether one of these imports wrote something of the account."""
    change = import_changes.alias()
    wrote = or_(*(change.c.tbl == _word(name) for name in ACCOUNT_FIRST))
    return account.in_(select(change.c.key[1]).where(change.c.import_id == func.any(keys(values)), wrote))


def words_query(key: str) -> str:
    """Return folded words for `to_tsquery`: quoted, so that a word is never an operator; "" when there is none."""
    words = [word for word in key.split() if word.isalnum()][:MOST_WORDS]
    return " & ".join(f"'{word}':*" for word in words)


def _holds(column: ColumnElement[str], query: str) -> Clause:
    asked = cast(func.to_tsquery(SIMPLE, literal(query, Text)), TSQUERY)
    return func.to_tsvector(SIMPLE, column).op("@@", is_comparison=True)(asked)


def of_name(customer: Account, text: str) -> Clause:
    """Whether the customer's name holds all these words; no word holds nothing."""
    query = words_query(names.key(text))
    named = select(customers.c.id).where(_holds(customers.c.name_key, query), literal(query, Text) != "")
    return customer.in_(named)


def of_address(account: Account, text: str) -> Clause:
    """Whether the address of the premises holds all these words."""
    query = words_query(names.address_key(text))
    placed = (
        select(accounts.c.id)
        .join(premises, premises.c.id == accounts.c.premises_id)
        .where(_holds(premises.c.address_key, query), literal(query, Text) != "")
    )
    return account.in_(placed)
