"""Where the facts of a report's subjects are: rows, sums and dimensions in SQL of our own (pure).

A subject that has no source here is offered to nobody, nor a measure or a dimension that its source does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import LiteralString

from crm_core.reports.query import SUBJECTS, Query
from crm_core.reports.terms import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a subject's facts are, in SQL of our own; values are bound."""

    rows: LiteralString
    at: LiteralString
    """Moment of a fact; a day's is its midnight."""
    sums: Mapping[str, LiteralString]
    dimensions: Mapping[str, LiteralString]
    operator: LiteralString = ""
    queue: LiteralString = ""
    behind: LiteralString = ""
    """Columns `fact_id, call_id, account_id` of a fact, where it can be opened."""


TIMES: Mapping[str, LiteralString] = {
    "quarter": "to_char(date_bin('15 minutes', {local}, '2000-01-01'), 'YYYY-MM-DD\"T\"HH24:MI')",
    "half": "to_char(date_bin('30 minutes', {local}, '2000-01-01'), 'YYYY-MM-DD\"T\"HH24:MI')",
    "hour": "to_char(date_trunc('hour', {local}), 'YYYY-MM-DD\"T\"HH24:MI')",
    "day": "to_char({local}, 'YYYY-MM-DD')",
    "week": "to_char(date_trunc('week', {local}), 'YYYY-MM-DD')",
    "month": "to_char(date_trunc('month', {local}), 'YYYY-MM-DD')",
    "weekday": "to_char({local}, 'ID')",
    "hour_of_day": "to_char({local}, 'HH24')",
}
_ANSWERED: LiteralString = "answered_at is not null"
_LEFT: LiteralString = "answered_at is null and i.outcome = 'abandoned'"
_IN_TIME: LiteralString = " <= coalesce(q.threshold, %(threshold)s)"
_KEPT: LiteralString = "answered_at is null and i.outcome = 'served'"
_WAITED: LiteralString = "extract(epoch from coalesce(answered_at, ended_at) - waiting_since)"
WAIT_STEPS: tuple[tuple[LiteralString, LiteralString], ...] = (
    ("5", "0-5"), ("10", "5-10"), ("20", "10-20"), ("30", "20-30"), ("60", "30-60"), ("120", "60-120"),
    ("300", "120-300"),
)  # fmt: skip
_CALL: Mapping[str, LiteralString] = {
    "queue": "nullif(i.queue, '')",
    "operator": "operator_id::text",
    "team": "(select min(m.team) from team_members m where m.user_id = i.operator_id)",
    "topic": "nullif(topic, '')",
    "language": "nullif(language, '')",
}
SOURCES: Mapping[str, Source] = {
    "visits": Source(
        rows="interactions i left join queues q on q.code = i.queue"
        " where waiting_since is not null and ended_at is not null and direction = 'in'",
        at="waiting_since",
        sums={
            "offered": "count(*) filter (where not (" + _KEPT + "))",
            "answered": "count(*) filter (where " + _ANSWERED + ")",
            "answered_in_time": "count(*) filter (where " + _ANSWERED + " and " + _WAITED + _IN_TIME + ")",
            "abandoned": "count(*) filter (where " + _LEFT + ")",
            "abandoned_short": "count(*) filter (where " + _LEFT + " and " + _WAITED + " <= 5)",
            "abandoned_in_time": "count(*) filter (where " + _LEFT + " and " + _WAITED + _IN_TIME + ")",
            "kept": "count(*) filter (where " + _KEPT + ")",
            "exits": "count(*) filter (where answered_at is null and i.outcome not in ('abandoned', 'served'))",
            "waited": "coalesce(sum(" + _WAITED + "), 0)",
            "waited_answered": "coalesce(sum(" + _WAITED + ") filter (where " + _ANSWERED + "), 0)",
            "waited_abandoned": "coalesce(sum(" + _WAITED + ") filter (where " + _LEFT + "), 0)",
        },
        dimensions={
            **_CALL,
            "wait": "case "
            + " ".join(f"when {_WAITED} < {most} then '{name}'" for most, name in WAIT_STEPS)
            + " else '300+' end",
            "outcome": "case when answered_at is not null then 'answered' when i.outcome = 'abandoned'"
            " then 'abandoned' when i.outcome = 'served' then 'kept' else 'exit' end",
        },
        operator="operator_id",
        queue="i.queue",
        behind="i.id as fact_id, call_id, account_id",
    ),
    "contacts": Source(
        rows="interactions i where ended_at is not null",
        at="began_at",
        sums={
            "contacts": "count(*)",
            "handled": "count(*) filter (where operator_id is not null)",
            "undisposed": "count(*) filter (where operator_id is not null and disposition = 'NO_DISPOSITION')",
        },
        dimensions={
            **_CALL,
            "channel": "channel",
            "direction": "direction",
            "outcome": "nullif(i.outcome, '')",
            "disposition": "disposition",
        },
        operator="operator_id",
        queue="i.queue",
        behind="i.id as fact_id, call_id, account_id",
    ),
    "applications": Source(
        rows="applications i where true",
        at="coalesce(filed_at, filed_on::timestamp at time zone %(zone)s)",
        sums={
            "filed": "count(*)",
            "open": "count(*) filter (where stage not in ('done', 'refused'))",
            "closed": "count(*) filter (where stage in ('done', 'refused'))",
            "late": "count(*) filter (where due_at < coalesce(closed_at, now()))",
        },
        dimensions={
            "kind": "kind", "stage": "stage", "channel": "channel", "operator": "owner_id::text", "team": "team",
        },
        operator="owner_id",
    ),
    "payments": Source(
        rows="payments i where true",
        at="paid_on::timestamp at time zone %(zone)s",
        sums={"payments": "count(*) filter (where channel <> 'reversal')", "paid": "coalesce(sum(amount), 0)"},
        dimensions={"channel": "channel"},
    ),
}  # fmt: skip


def _narrowed(subject: Subject, source: Source) -> Subject:
    dimensions = {name: one for name, one in subject.dimensions.items() if name in TIMES or name in source.dimensions}
    measures = {name: one for name, one in subject.measures.items() if set(one.sums) <= source.sums.keys()}
    return replace(subject, measures=measures, dimensions=dimensions, drill=subject.drill and bool(source.behind))


ANSWERED: Mapping[str, Subject] = {
    name: _narrowed(subject, SOURCES[name]) for name, subject in SUBJECTS.items() if name in SOURCES
}
"""What can be asked: subjects with the measures and dimensions that are on record."""


def can_answer(query: Query) -> bool:
    """Whether every word of a question is on record."""
    subject = ANSWERED.get(query.subject)
    if subject is None:
        return False
    told_apart = {*query.by, *(one.dimension for one in query.filters), *([query.across] if query.across else [])}
    return told_apart <= subject.dimensions.keys() and set(query.measures) <= subject.measures.keys()
