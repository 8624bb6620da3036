"""The words of a report: subjects with their measures and dimensions, questions, answers (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from crm_core.reports.formulas import Figure, Number

Unit = Literal["count", "seconds", "percent", "money", "number"]
Kind = Literal["time", "code", "text", "number", "who"]
Operation = Literal["is", "is_not", "in", "at_least", "at_most"]
Chart = Literal["table", "line", "bars", "stacked"]
MOST_ROWS = 2000
"""Rows of an answer at most; what is left out is in its totals all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure that can be asked for, worked out from sums alone."""

    name: str
    title: str
    unit: Unit
    doc: str
    """Definition and where it comes from, for whoever asks why this number."""
    sums: tuple[str, ...]
    formula: Callable[..., Figure]
    """Takes the sums in their order."""

    def of(self, sums: Mapping[str, Number]) -> Figure:
        """Work it out from the sums of a row, or of all rows together."""
        return self.formula(*(sums[name] for name in self.sums))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """What figures can be told apart by."""

    name: str
    title: str
    kind: Kind
    buckets: tuple[str, ...] = ()
    """Names of its steps in their order, when it has a fixed few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is counted: one row of facts for each."""

    name: str
    title: str
    measures: Mapping[str, Measure]
    dimensions: Mapping[str, Dimension]
    drill: bool = False
    """The rows behind a figure are contacts that can be opened."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a dimension; several of a query hold together."""

    dimension: str
    op: Operation
    values: tuple[str, ...]


NAMED = ("today", "yesterday", "last_7_days", "last_week", "this_month", "last_month", "last_90_days", "last_12_months")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included, as the calendar of a zone has them."""

    first: date
    last: date
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question; `named`, when given, says which period is meant on the day it is asked."""

    subject: str
    measures: tuple[str, ...]
    period: Period
    by: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    across: str = ""
    """A dimension whose values become columns (a pivot)."""
    compare: str = ""
    """`previous`, `week_ago` or `year_ago`."""
    order: str = ""
    """A measure or a dimension of it, with `-` before it from the greatest; "" by the dimensions."""
    limit: int = MOST_ROWS
    named: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a question, and what would be right."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a row; a ratio carries what it was worked out over."""

    value: Number | str | None
    n: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: a dimension, or a measure, in a pivot of one value across."""

    name: str
    title: str
    kind: Literal["dimension", "measure"]
    unit: str = ""
    across: str | None = None
    """The value of `Query.across` it stands for; None: all of them together."""
    label: str = ""
    """That value for people, as a row's labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row; `key` are the values of `Query.by`, `cells` stand under the measure columns in their order."""

    key: tuple[str | None, ...]
    labels: tuple[str, ...]
    """The key for people: the operator's name for his number, the team's title."""
    cells: tuple[Cell, ...]
    before: tuple[Cell, ...] = ()
    """The same of the period compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a question; totals are worked out from all rows' sums, never from their ratios."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: Row
    period: Period
    compared: Period | None = None
    truncated: bool = False
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What of the facts one person sees: as the floor, not the operators of others' teams, only queues he serves."""

    others: frozenset[int] = frozenset()
    """Operators that are in teams of others only."""
    queues: frozenset[str] | None = None
    """None: all."""
    only: int | None = None
    """An operator who sees his own alone."""


EVERYTHING = Sight()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A question of the library, with its name."""

    code: str
    title: str
    doc: str
    query: Query
    chart: Chart
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A fact behind a figure."""

    fact_id: int
    at: datetime
    call_id: str
    account_id: int | None = None
    operator_id: int | None = None
    queue: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellKey:
    """Which figure somebody wants to see the rows of: values of dimensions, as a row's key and a column's `across`."""

    values: Mapping[str, str | None] = field(default_factory=dict)


def named(name: str, today: date, zone: str) -> Period:
    """Return a period by its name, as seen from a day; weeks begin on Monday.

    Raises:
        KeyError: no period has this name.

    """
    day = timedelta(days=1)
    month = today.replace(day=1)
    monday = today - today.weekday() * day
    first, last = {
        "today": (today, today),
        "yesterday": (today - day, today - day),
        "last_7_days": (today - 7 * day, today - day),
        "last_week": (monday - 7 * day, monday - day),
        "this_month": (month, today),
        "last_month": ((month - day).replace(day=1), month - day),
        "last_90_days": (today - 90 * day, today - day),
        "last_12_months": ((month - 350 * day).replace(day=1), today),
    }[name]
    return Period(first, last, zone)


def compared(period: Period, how: str) -> Period | None:
    """Return the period another is compared with; a week back keeps weekdays, a year back is 52 weeks for the same."""
    days = (period.last - period.first).days + 1
    shift = {"previous": days, "week_ago": 7, "year_ago": 364}.get(how)
    if shift is None:
        return None
    back = timedelta(days=shift)
    return Period(period.first - back, period.last - back, period.zone)
