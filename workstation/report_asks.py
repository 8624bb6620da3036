"""A question as fields of an address or a form, and back (pure). What makes no sense is told by `query.check`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from crm_core.reports import terms
from crm_core.reports.terms import NAMED, Filter, Finding, Operation, Period, Query, Subject
from crm_core.store.report_sources import ANSWERED
from workstation.sentences import N_

MOST_BY, MOST_FILTERS = 3, 4
OPERATIONS: tuple[Operation, ...] = ("is", "is_not", "in", "at_least", "at_most")
COMPARISONS = ("previous", "week_ago", "year_ago")
CHARTS = ("table", "line", "bars", "stacked")
DAYS = "days"
"""The period is named by its first and last day."""
KEY = "k_"
"""Before the name of a dimension in the address of the rows behind a figure."""
NO_DATE = N_("A date is needed here, like 2026-11-22.")
WRONG_WAY = N_("The last day cannot be before the first one.")
LONGEST_DAYS = 800
TOO_LONG = N_("At most 800 days: choose a shorter period.")
NO_MEASURE = N_("Choose at least one measure.")
FIELDS = frozenset({"subject", "across", "period", "first", "last", "compare", "order", "limit", "chart", "asked"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as somebody put it, and what its fields cannot mean."""

    query: Query
    chart: str
    findings: tuple[Finding, ...] = ()


def subject_of(values: Mapping[str, str]) -> Subject:
    """Return the subject that fields name, the first one when they name none."""
    return ANSWERED.get(values.get("subject", "")) or next(iter(ANSWERED.values()))


def whole(values: Mapping[str, str], today: date, zone: str) -> Asked:
    """Read a question from fields alone."""
    subject = subject_of(values)
    measures = tuple(name for name in subject.measures if values.get(f"m_{name}"))
    period, name, findings = _period(values, today, zone, "last_7_days")
    if not measures:
        findings = (*findings, Finding("measures", NO_MEASURE))
    query = Query(
        subject=subject.name,
        measures=measures,
        period=period,
        by=tuple(dict.fromkeys(one for n in range(1, MOST_BY + 1) if (one := values.get(f"by_{n}", "")))),
        filters=_filters(values),
        across=values.get("across", ""),
        compare=values.get("compare", ""),
        order=values.get("order", ""),
        limit=_limit(values.get("limit", "")),
        named=name,
    )
    chart = values.get("chart", "")
    return Asked(query=query, chart=chart if chart in CHARTS else CHARTS[0], findings=findings)


def _limit(told: str) -> int:
    if not told.isascii() or not told.isdecimal() or len(told) > len(str(terms.MOST_ROWS)):
        return terms.MOST_ROWS
    return min(int(told), terms.MOST_ROWS) or terms.MOST_ROWS


def adjusted(base: Query, values: Mapping[str, str], today: date, zone: str) -> Asked:
    """Read what of a kept question an address changes: period, comparison, filters; never its subject."""
    fallback = base.named or DAYS
    days = {"first": base.period.first.isoformat(), "last": base.period.last.isoformat()}
    period, name, findings = _period({**days, **values}, today, zone, fallback)
    if not values.get("asked"):
        return Asked(query=replace(base, period=period, named=name), chart="", findings=findings)
    compare = values.get("compare", "")
    changed = replace(base, period=period, named=name, filters=_filters(values), compare=compare)
    return Asked(query=changed, chart="", findings=findings)


def _period(
    values: Mapping[str, str], today: date, zone: str, fallback: str
) -> tuple[Period, str, tuple[Finding, ...]]:
    name = values.get("period") or fallback
    if name in NAMED:
        return terms.named(name, today, zone), name, ()
    try:
        first, last = date.fromisoformat(values.get("first", "")), date.fromisoformat(values.get("last", ""))
    except ValueError:
        return terms.named("last_7_days", today, zone), "", (Finding("period", NO_DATE),)
    if last < first:
        return Period(first, first, zone), "", (Finding("period", WRONG_WAY),)
    if last - first > timedelta(LONGEST_DAYS):
        return Period(last - timedelta(6), last, zone), "", (Finding("period", TOO_LONG),)
    return Period(first, last, zone), "", ()


def _filters(values: Mapping[str, str]) -> tuple[Filter, ...]:
    found = []
    for n in range(1, MOST_FILTERS + 1):
        dimension, op = values.get(f"f_{n}", ""), values.get(f"op_{n}", "is")
        told = tuple(filter(None, (part.strip()[:80] for part in values.get(f"v_{n}", "").split(",")[:50])))
        if dimension and told:
            # Several values of "is" are one of them: nobody has to know the difference.
            several = "in" if op == "is" and len(told) > 1 else op
            found.append(Filter(dimension, cast("Operation", several), told))
    return tuple(found)


def fields_of(query: Query, chart: str = "") -> dict[str, str]:
    """Return the fields that say a question."""
    told = {"subject": query.subject, **{f"m_{name}": "1" for name in query.measures}}
    told |= {f"by_{n}": name for n, name in enumerate(query.by, 1)}
    told |= {"across": query.across, "order": query.order, "chart": chart} | frame_of(query)
    if query.limit != terms.MOST_ROWS:
        told["limit"] = str(query.limit)
    return {name: value for name, value in told.items() if value}


def frame_of(query: Query) -> dict[str, str]:
    """Return the fields that an address of a kept question may change."""
    told = {"asked": "1", "period": query.named or DAYS, "compare": query.compare}
    if not query.named:
        told |= {"first": query.period.first.isoformat(), "last": query.period.last.isoformat()}
    for n, one in enumerate(query.filters[:MOST_FILTERS], 1):
        told |= {
            f"f_{n}": one.dimension,
            f"op_{n}": "is" if one.op == "in" else one.op,
            f"v_{n}": ", ".join(one.values),
        }
    return {name: value for name, value in told.items() if value}


def address(path: str, told: Mapping[str, str], **more: Any) -> str:
    """Return an address with fields."""
    return f"{path}?{urlencode({**told, **more})}"


def key_of(values: Mapping[str, str], query: Query) -> Mapping[str, str | None] | None:
    """Return which figure's rows are asked for; None when it names a dimension that the question is not told by."""
    named = {name.removeprefix(KEY): value for name, value in values.items() if name.startswith(KEY)}
    known = {*query.by, *([query.across] if query.across else [])}
    if not named.keys() <= known:
        return None
    return {name: value[1:] if value.startswith("=") else None for name, value in named.items()}


def key_fields(names: tuple[str, ...], values: tuple[str | None, ...]) -> dict[str, str]:
    """Return the fields that name a figure's row; a value that is not known differs from one that is empty."""
    return {f"{KEY}{name}": "" if value is None else f"={value}" for name, value in zip(names, values, strict=False)}


def shared_names(query: Query) -> frozenset[str]:
    """Return the dimensions that a question tells or narrows by."""
    return frozenset({*query.by, query.across, *(one.dimension for one in query.filters)}) - {""}


def names_people(query: Query) -> bool:
    """Whether an answer tells single people who work here apart: such a report stays in the house."""
    dimensions = ANSWERED[query.subject].dimensions
    return any(name in dimensions and dimensions[name].kind == "who" for name in shared_names(query))
