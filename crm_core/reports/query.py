"""A question as a whole: judged before it is asked, written down and read again (pure).

Whoever builds on reports takes their words from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from crm_core.reports.catalogue_work import SUBJECTS
from crm_core.reports.terms import (
    EVERYTHING,
    MOST_ROWS,
    NAMED,
    Answer,
    Behind,
    Cell,
    CellKey,
    Chart,
    Column,
    Dimension,
    Filter,
    Finding,
    Measure,
    Period,
    Query,
    Report,
    Row,
    Sight,
    Subject,
    compared,
    named,
)
from crm_core.strict import Strict

__all__ = [
    "EVERYTHING", "MOST_ROWS", "NAMED", "SUBJECTS", "Answer", "Behind", "Cell", "CellKey", "Chart", "Column",
    "Dimension", "Filter", "Finding", "Measure", "Period", "Query", "Report", "Row", "Sight", "Subject", "check",
    "compared", "named", "read_json", "write_json",
]  # fmt: skip
VERSION = 1
MOST_MEASURES, MOST_BY, MOST_FILTERS, MOST_VALUES, MOST_DAYS, LONGEST = 12, 4, 8, 100, 1100, 80
COMPARED = ("", "previous", "week_ago", "year_ago")


class _Filter(Strict):
    dimension: str
    op: Literal["is", "is_not", "in", "at_least", "at_most"]
    values: tuple[str, ...]


class _Period(Strict):
    first: date
    last: date
    zone: str


class _Query(Strict):
    version: Literal[1]
    subject: str
    measures: tuple[str, ...]
    period: _Period
    by: tuple[str, ...] = ()
    filters: tuple[_Filter, ...] = ()
    across: str = ""
    compare: str = ""
    order: str = ""
    limit: int = MOST_ROWS
    named: str = ""


def write_json(query: Query) -> str:
    """Write a question down."""
    return _Query.model_validate({"version": VERSION, **asdict(query)}).model_dump_json()


def read_json(body: str) -> Query:
    """Read a question as `write_json` wrote it; whether it makes sense says `check`.

    Raises:
        ValueError: it is no question, or of a version we do not know.

    """
    try:
        read = _Query.model_validate_json(body)
    except ValidationError as error:
        raise ValueError("not a question of ours") from error
    more = read.model_dump(exclude={"version", "period", "filters"})
    period = Period(read.period.first, read.period.last, read.period.zone)
    filters = tuple(Filter(one.dimension, one.op, one.values) for one in read.filters)
    return Query(period=period, filters=filters, **more)


def check(query: Query) -> list[Finding]:
    """Say everything that is wrong with a question; a question without findings can be asked."""
    subject = SUBJECTS.get(query.subject)
    if subject is None:
        return [Finding("subject", "Choose one of the subjects.")]
    return [*_figures(query, subject), *_told_apart(query, subject), *_conditions(query, subject), *_days(query)]


def _figures(query: Query, subject: Subject) -> Iterator[Finding]:
    known = subject.measures
    if not query.measures or len(set(query.measures)) != len(query.measures) or len(query.measures) > MOST_MEASURES:
        yield Finding("measures", f"Choose between one and {MOST_MEASURES} measures, each once.")
    if any(one not in known for one in query.measures):
        yield Finding("measures", "Choose measures of this subject.")
    if query.order and query.order.removeprefix("-") not in {*query.measures, *query.by}:
        yield Finding("order", "Order by a measure or a dimension of this report.")
    if not 1 <= query.limit <= MOST_ROWS:
        yield Finding("limit", f"Ask for between one and {MOST_ROWS} rows.")


def _told_apart(query: Query, subject: Subject) -> Iterator[Finding]:
    if len(set(query.by)) != len(query.by) or len(query.by) > MOST_BY:
        yield Finding("by", f"Tell apart by at most {MOST_BY} dimensions, each once.")
    if any(one not in subject.dimensions for one in query.by):
        yield Finding("by", "Choose dimensions of this subject.")
    if query.across and (query.across not in subject.dimensions or query.across in query.by):
        yield Finding("across", "Choose another dimension of this subject for the columns.")
    if query.compare not in COMPARED:
        yield Finding("compare", "Compare with the period before, a week ago or a year ago.")
    if query.compare and query.across:
        yield Finding("compare", "A pivot is not compared; take the columns away or the comparison.")


def _conditions(query: Query, subject: Subject) -> Iterator[Finding]:
    if len(query.filters) > MOST_FILTERS:
        yield Finding("filters", f"Set at most {MOST_FILTERS} filters.")
    for one in query.filters:
        dimension = subject.dimensions.get(one.dimension)
        if dimension is None:
            yield Finding("filters", "Filter by dimensions of this subject.")
        elif not 1 <= len(one.values) <= (MOST_VALUES if one.op == "in" else 1):
            yield Finding("filters", "Give a filter one value, or several for “in”.")
        elif any(len(value) > LONGEST or "\x00" in value for value in one.values):
            yield Finding("filters", f"Keep each value of a filter within {LONGEST} characters.")
        elif dimension.kind == "who" and not all(value.isascii() and value.isdigit() for value in one.values):
            yield Finding("filters", "Name operators by their numbers.")


def _days(query: Query) -> Iterator[Finding]:
    try:
        ZoneInfo(query.period.zone)
    except (KeyError, ValueError, OSError):
        yield Finding("period", "Name a time zone as Europe/Moscow.")
    if query.named and query.named not in NAMED:
        yield Finding("period", "Choose one of the named periods, or days.")
    days = (query.period.last - query.period.first).days + 1
    if not 1 <= days <= MOST_DAYS or query.period.first.year < 2000 or query.period.last.year > 2199:
        yield Finding("period", f"Let the last day follow the first within {MOST_DAYS} days.")
