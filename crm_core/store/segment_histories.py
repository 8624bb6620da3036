"""Facts that are not kept ready but worked out from histories, account by account (shell).

Each is a subquery over the history's own key; on a large base they are estimated on a sample first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    ScalarSelect,
    Select,
    Text,
    bindparam,
    cast,
    exists,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import TSQUERY, distinct_on

from crm_core import names
from crm_core.tables import accounts, applications, customers, interactions, meters, payments, premises, readings

Account = ColumnElement[Any]
COUNTED = ("actual", "estimate", "exchange")
"""Qualities of readings whose consumption counts."""
OPEN = ("done", "refused")
"""Stages of applications that are over."""
MOST_WORDS = 8
SIMPLE: ColumnElement[Any] = literal_column("'simple'::regconfig")


def codes(values: Sequence[object]) -> ColumnElement[Any]:
    """Return a list of codes as one bound array, so that the statement's text does not depend on how many there are."""
    return bindparam(None, [str(value) for value in values], ARRAY(Text))


def _payments(account: Account, since: date, until: date) -> Select[Any]:
    paid = payments.alias()
    return (
        select(func.count(), func.coalesce(func.sum(paid.c.amount), 0))
        .where(paid.c.account_id == account)
        .where(paid.c.paid_on > literal(since, Date), paid.c.paid_on <= literal(until, Date))
    )


def number_of_payments(account: Account, today: date, days: int) -> ScalarSelect[Any]:
    """Return how many payments came in so many days."""
    wide = _payments(account, today - timedelta(days), today)
    return wide.with_only_columns(func.count()).scalar_subquery()


def paid_sum(account: Account, today: date, days: int) -> ScalarSelect[Any]:
    """Return what was paid altogether in so many days."""
    wide = _payments(account, today - timedelta(days), today)
    return wide.with_only_columns(wide.selected_columns[1]).scalar_subquery()


def number_of_contacts(account: Account, today: date, days: int) -> ScalarSelect[Any]:
    """Return how many contacts began in so many days."""
    since = datetime.combine(today - timedelta(days), datetime.min.time(), UTC)
    held = interactions.alias()
    return (
        select(func.count())
        .where(held.c.account_id == account, held.c.began_at > literal(since, DateTime(timezone=True)))
        .scalar_subquery()
    )


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


PERIODS: Mapping[str, Callable[[Account, date, int], ColumnElement[Any]]] = {
    "payments": number_of_payments,
    "paid_sum": paid_sum,
    "contacts": number_of_contacts,
    "consumption": consumption,
    "consumption_change": consumption_change,
}
"""Facts over a period, by name."""


def of_applications(account: Account, kinds: Sequence[object]) -> ColumnElement[bool]:
    """Whether an application of one of these kinds is open."""
    filed = applications.alias()
    return exists().where(
        filed.c.account_id == account,
        filed.c.kind == func.any(codes(kinds)),
        filed.c.stage != func.all(codes(OPEN)),
    )


def of_model(account: Account, matches: Callable[[ColumnElement[Any]], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Whether the model of an installed meter matches."""
    installed = meters.alias()
    return exists().where(
        installed.c.account_id == account, installed.c.removed_on.is_(None), matches(installed.c.model)
    )


def words_query(key: str) -> str:
    """Return folded words for `to_tsquery`: quoted, so that a word is never an operator; "" when there is none."""
    words = [word for word in key.split() if word.isalnum()][:MOST_WORDS]
    return " & ".join(f"'{word}':*" for word in words)


def _holds(column: ColumnElement[str], query: str) -> ColumnElement[bool]:
    asked = cast(func.to_tsquery(SIMPLE, literal(query, Text)), TSQUERY)
    return func.to_tsvector(SIMPLE, column).op("@@", is_comparison=True)(asked)


def of_name(customer: Account, text: str) -> ColumnElement[bool]:
    """Whether the customer's name holds all these words; no word holds nothing."""
    query = words_query(names.key(text))
    named = select(customers.c.id).where(_holds(customers.c.name_key, query), literal(query, Text) != "")
    return customer.in_(named)


def of_address(account: Account, text: str) -> ColumnElement[bool]:
    """Whether the address of the premises holds all these words."""
    query = words_query(names.address_key(text))
    placed = (
        select(accounts.c.id)
        .join(premises, premises.c.id == accounts.c.premises_id)
        .where(_holds(premises.c.address_key, query), literal(query, Text) != "")
    )
    return account.in_(placed)
