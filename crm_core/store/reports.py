"""Questions asked of the base: sums of every group in one statement, figures and totals worked out from them (shell).

A measure for which a subject's source has no sums is a dash, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import clock
from crm_core.errors import NoSuchReport
from crm_core.reports.formulas import Number
from crm_core.reports.query import SUBJECTS, compared
from crm_core.reports.terms import Answer, Behind, Cell, CellKey, Column, Filter, Measure, Period, Query, Row, Sight
from crm_core.store import report_names
from crm_core.store.report_names import Names
from crm_core.store.report_source import TIMES, Source
from crm_core.store.report_sources import SOURCES

Sums = dict[str, Number]
Key = tuple[str | None, ...]


async def answer(  # noqa: PLR0913, PLR0917 -- what, for whom, judged by what
    db: AsyncConnection,
    query: Query,
    sight: Sight,
    threshold: int = 20,
    now: datetime | None = None,
    language: str = "en",
) -> Answer:
    """Answer a question within what somebody sees.

    Args:
        db: a connection.
        query: one that `check` has no finding about.
        sight: of whoever asks.
        threshold: seconds within which an answer is in time, where a queue says nothing of its own.
        now: the present moment.
        language: of the names that codes have.

    Raises:
        NoSuchReport: nothing is on record for this subject.

    """
    asked_at = now or clock.now()
    asking = _Asking(query=query, sight=sight, threshold=threshold, now=asked_at)
    groups = await _groups(db, asking, query.period)
    before = compared(query.period, query.compare)
    earlier = await _groups(db, asking, before) if before else {}
    told = (*query.by, *([query.across] if query.across else []))
    codes = {name: {key[place] for key in groups} for place, name in enumerate(told)}
    made = _Made(
        query=query,
        groups=groups,
        earlier=_moved(earlier, query, before),
        names=await report_names.of(db, query.subject, codes, language),
    )
    rows = made.rows()
    return Answer(
        columns=made.columns(),
        rows=tuple(rows[: query.limit]),
        totals=made.row((), groups, made.earlier),
        period=query.period,
        compared=before,
        truncated=len(rows) > query.limit,
        asked_at=asked_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """A question with who asks, and when."""

    query: Query
    sight: Sight
    now: datetime
    threshold: int = 20
    """Seconds within which an answer is in time, where a queue says nothing of its own."""


async def rows_behind(  # noqa: PLR0913, PLR0917 -- which figure, seen by whom, from where
    db: AsyncConnection, query: Query, key: CellKey, sight: Sight, after: int | None, limit: int
) -> list[Behind]:
    """Return the facts behind a figure by their keys.

    Raises:
        NoSuchReport: facts of this subject cannot be opened.

    """
    source = _source(query)
    if not source.behind:
        raise NoSuchReport(f"facts of {query.subject} cannot be opened")
    where, values = _where(source, _Asking(query=query, sight=sight, now=clock.now()), query.period)
    for place, (name, value) in enumerate(key.values.items()):
        where += f" and {_dimension(source, name)[1]} is not distinct from %(key{place})s::text"
        values[f"key{place}"] = value
    operator, queue = source.operator or "null", source.queue or "''"
    text = (
        f"select {source.fact} as fact_id, {source.behind}, {source.at} as at, {operator} as operator_id,"  # noqa: S608
        f" {queue} as queue, {source.outcome} as outcome from {source.rows}{where}"
        f" and {source.fact} > %(after)s order by 1 limit %(limit)s"
    )
    found = await db.exec_driver_sql(text, values | {"after": after or 0, "limit": limit})
    return [
        Behind(
            fact_id=row.fact_id, at=row.at, call_id=row.call_id or "", account_id=row.account_id,
            operator_id=row.operator_id, queue=row.queue or "", outcome=row.outcome or "",
        )
        for row in found
    ]  # fmt: skip


def _source(query: Query) -> Source:
    found = SOURCES.get(query.subject)
    if found is None:
        raise NoSuchReport(f"nothing is on record yet for {query.subject}")
    return found


def _dimension(source: Source, name: str) -> tuple[str, str]:
    """Return what facts are put together by, and how it is written."""
    if name in TIMES:
        step, written = TIMES[name]
        step = step.format(local=f"(({source.at}) at time zone %(zone)s)")
        return step, written.format(step=step)
    found = source.dimensions.get(name)
    if found is None:
        raise NoSuchReport(f"nothing is on record yet by {name}")
    return found, found


def _where(source: Source, asking: _Asking, period: Period) -> tuple[str, dict[str, Any]]:
    """Return the conditions of a question as text of ours, and their values."""
    zone, query, sight = ZoneInfo(period.zone), asking.query, asking.sight
    values: dict[str, Any] = {
        "zone": period.zone,
        "first": datetime.combine(period.first, time(), zone),
        "last": datetime.combine(period.last + timedelta(1), time(), zone),
        "first_day": period.first,
        "last_day": period.last,
        "now": asking.now,
        "threshold": asking.threshold,
        "others": list(sight.others),
        "queues": None if sight.queues is None else list(sight.queues),
        "only": sight.only,
    }
    if source.on:
        where = f" and {source.on} between %(first_day)s and %(last_day)s"
    else:
        where = f" and {source.at} >= %(first)s and {source.at} < %(last)s"
    for place, one in enumerate(query.filters):
        where += f" and {_condition(source, one, place)}"
        values[f"value{place}"] = list(one.values) if one.op in {"is", "is_not", "in"} else one.values[0]
    if source.operator:
        where += f" and ({source.operator} is null or not {source.operator} = any(%(others)s::int[]))"
        where += f" and (%(only)s::int is null or {source.operator} = %(only)s::int)"
    if source.queue:
        where += (
            f" and (%(queues)s::text[] is null or {source.operator or 'null'} is not null"
            f" or {source.queue} = any(%(queues)s::text[]))"
        )
    return where, values


def _condition(source: Source, one: Filter, place: int) -> str:
    """Return a filter; what is not known is not this and not that."""
    told = f"coalesce({_dimension(source, one.dimension)[1]}, '')"
    if one.op in {"at_least", "at_most"}:
        return f"{told} {'>=' if one.op == 'at_least' else '<='} %(value{place})s::text"
    return f"{'not ' if one.op == 'is_not' else ''}{told} = any(%(value{place})s::text[])"


async def _groups(db: AsyncConnection, asking: _Asking, period: Period) -> dict[Key, Sums]:
    """Return the sums of each group; its key are the values of `by`, then of `across`."""
    query = asking.query
    source = _source(query)
    names = (*query.by, *([query.across] if query.across else []))
    where, values = _where(source, asking, period)
    told = [_dimension(source, name) for name in names]
    wanted = _sums(query)
    sums = [f"{source.sums[name]} as {name}" for name in wanted]
    group = f" group by {', '.join(step for step, _ in told)}" if names else ""
    text = f"select {', '.join([*(written for _, written in told), *sums])} from {source.rows}{where}{group}"  # noqa: S608 -- our own text
    rows = await db.exec_driver_sql(text, values)
    many = len(names)
    return {tuple(row[:many]): dict(zip(wanted, map(_number, row[many:]), strict=True)) for row in rows}


def _sums(query: Query) -> tuple[str, ...]:
    """Return the sums that a question's measures are worked out from, of those on record; none twice."""
    measures, known = SUBJECTS[query.subject].measures, _source(query).sums
    return tuple(dict.fromkeys(one for name in query.measures for one in measures[name].sums if one in known))


def _number(value: Any) -> Number:
    return value if isinstance(value, int) else Decimal(value)


def _moved(groups: dict[Key, Sums], query: Query, before: Period | None) -> dict[Key, Sums]:
    """Return groups of the period before under the days they are compared with."""
    if before is None or "day" not in query.by:
        return groups
    place, shift = query.by.index("day"), query.period.first - before.first
    return {
        (*key[:place], (date.fromisoformat(key[place] or "") + shift).isoformat(), *key[place + 1 :]): sums
        for key, sums in groups.items()
    }


@dataclass(frozen=True, kw_only=True)
class _Made:
    """An answer on its way."""

    query: Query
    groups: dict[Key, Sums]
    earlier: dict[Key, Sums]
    names: Names
    across: tuple[str | None, ...] = field(init=False)

    def __post_init__(self) -> None:
        values = {key[-1] for key in self.groups} if self.query.across else set()
        object.__setattr__(self, "across", tuple(sorted(values, key=lambda one: (one is None, one or ""))))

    @property
    def measures(self) -> list[Measure]:
        subject = SUBJECTS[self.query.subject]
        return [subject.measures[name] for name in self.query.measures]

    def columns(self) -> tuple[Column, ...]:
        subject = SUBJECTS[self.query.subject]
        told = [Column(name=one, title=subject.dimensions[one].title, kind="dimension") for one in self.query.by]
        told += [
            Column(
                name=one.name,
                title=one.title,
                kind="measure",
                unit=one.unit,
                across=part,
                label=self.names.get(self.query.across, {}).get(part, part or ""),
            )
            for part in (*self.across, None)
            for one in self.measures
        ]
        return tuple(told)  # fmt: skip

    def rows(self) -> list[Row]:
        many = len(self.query.by)
        keys = {key[:many] for key in self.groups}
        made = [
            self.row(key, _of(self.groups, key), _of(self.earlier, key))
            for key in sorted(keys, key=lambda one: [(part is None, part or "") for part in one])
        ]
        name = self.query.order.removeprefix("-")
        if name in self.query.measures:
            place = len(self.across) * len(self.query.measures) + self.query.measures.index(name)
            made.sort(key=lambda row: _rank(row.cells[place]), reverse=self.query.order.startswith("-"))
        elif self.query.order.startswith("-"):
            made.reverse()
        return made

    def row(self, key: Key, groups: dict[Key, Sums], earlier: dict[Key, Sums]) -> Row:
        pairs = zip(self.query.by, key, strict=False)
        labels = tuple(self.names.get(name, {}).get(part, part or "") for name, part in pairs)
        before = self._cells(earlier) if self.query.compare else ()
        return Row(key=key, labels=labels, cells=self._cells(groups), before=before)

    def _cells(self, groups: dict[Key, Sums]) -> tuple[Cell, ...]:
        parts = [{key: sums for key, sums in groups.items() if key[-1] == part} for part in self.across]
        nothing = dict.fromkeys(_sums(self.query), 0)
        return tuple(_cell(one, _added(part, nothing)) for part in (*parts, groups) for one in self.measures)


def _of(groups: dict[Key, Sums], key: Key) -> dict[Key, Sums]:
    return {one: sums for one, sums in groups.items() if one[: len(key)] == key}


def _added(groups: dict[Key, Sums], nothing: Mapping[str, Number]) -> Sums:
    total: Sums = dict(nothing)
    for sums in groups.values():
        for name, value in sums.items():
            total[name] += value
    return total


def _cell(measure: Measure, sums: Sums) -> Cell:
    if not all(name in sums for name in measure.sums):
        return Cell(None)
    figure = measure.of(sums)
    return Cell(figure.value, figure.n)


def _rank(cell: Cell) -> Decimal:
    return Decimal(-1) if cell.value is None or isinstance(cell.value, str) else Decimal(cell.value)
