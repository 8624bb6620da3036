"""What a source of a report's facts is: rows, sums and dimensions in SQL of our own, moments cut to steps (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a subject's facts are, in SQL of our own; values are bound.

    Every text may use `%(zone)s`, `%(now)s`, `%(first)s` and `%(last)s`: the period's zone, the present moment, the
    period's first moment and the first one after it. A sum or a dimension that is not asked for is not worked out.
    """

    rows: LiteralString
    """Ends with conditions; the facts are called `i`."""
    at: LiteralString
    """Moment of a fact; a day's is its midnight."""
    on: LiteralString = ""
    """The date that facts without a moment are found by."""
    sums: Mapping[str, LiteralString]
    dimensions: Mapping[str, LiteralString]
    operator: LiteralString = ""
    queue: LiteralString = ""
    behind: LiteralString = ""
    """Columns `call_id, account_id` of a fact, where it can be opened."""
    fact: LiteralString = "i.id"
    """Number of a fact, no other's of its subject."""
    outcome: LiteralString = "i.outcome"


_MINUTES: LiteralString = "'YYYY-MM-DD\"T\"HH24:MI'"
TIMES: Mapping[str, tuple[LiteralString, LiteralString]] = {
    "quarter": ("date_bin('15 minutes', {local}, '2000-01-01')", "to_char({step}, " + _MINUTES + ")"),
    "half": ("date_bin('30 minutes', {local}, '2000-01-01')", "to_char({step}, " + _MINUTES + ")"),
    "hour": ("date_trunc('hour', {local})", "to_char({step}, " + _MINUTES + ")"),
    "day": ("date_trunc('day', {local})", "to_char({step}, 'YYYY-MM-DD')"),
    "week": ("date_trunc('week', {local})", "to_char({step}, 'YYYY-MM-DD')"),
    "month": ("date_trunc('month', {local})", "to_char({step}, 'YYYY-MM-DD')"),
    "weekday": ("extract(isodow from {local})", "{step}::text"),
    "hour_of_day": ("extract(hour from {local})", "lpad({step}::text, 2, '0')"),
}
"""Steps of time and how each is written: facts are put together by the step, and only groups are written."""


def day(column: LiteralString) -> LiteralString:
    """Return the midnight of a date at the utility."""
    return column + "::timestamp at time zone %(zone)s"


def team(operator: LiteralString) -> LiteralString:
    """Return the team of an operator; of several the first by its code, so that nobody counts twice."""
    return "(select min(m.team) from team_members m where m.user_id = " + operator + ")"  # noqa: S608 -- our own text


def counted(condition: LiteralString) -> LiteralString:
    """Return how many facts a condition holds for."""
    return "count(*) filter (where " + condition + ")"


def spent(interval: LiteralString, condition: LiteralString = "true") -> LiteralString:
    """Return the seconds of an interval of all facts together that a condition holds for."""
    total: LiteralString = "sum(" + interval + ") filter (where " + condition + ")"
    return "extract(epoch from coalesce(" + total + ", interval '0'))"
