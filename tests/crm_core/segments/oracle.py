"""Whom a tree holds, worked out a second time without SQL."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crm_core.segments.conditions import Asked, How, Inside, Joined, Resolved
from crm_core.segments.facts import Kind, Op

PLAIN = frozenset({
    "kind", "language", "status", "time_zone", "tariff", "opened_on", "closed_on", "verification_due", "multi_tariff",
    "balance", "overdue", "disputed", "paid_on", "paid_amount", "paid_channel", "read_on", "read_source",
    "read_quality", "open_applications", "contacted_on", "disposition", "promise_due_on", "broken_promises", "flags",
    "debt_age", "silent_months", "amr", "application_late",
})  # fmt: skip
"""Facts of the house the oracle knows; those of histories are not among them."""


def holds(tree: Resolved, facts: dict[str, Any], own: dict[str, tuple[Any, ...]], today: date) -> bool:
    """Tell whether an account belongs to it."""
    match tree:
        case Joined():
            told = [holds(part, facts, own, today) for part in tree.parts]
            return {How.ALL: all(told), How.ANY: any(told), How.NONE: not any(told)}[tree.how]
        case Inside():
            inside = any(holds(inner, facts, own, today) for _, _, inner in tree.segments)
            return inside if tree.op is Op.ONE_OF else not inside
        case Asked():
            return _compare(tree, _values(tree, facts, own, today), today)


def _values(asked: Asked, facts: dict[str, Any], own: dict[str, tuple[Any, ...]], today: date) -> list[Any]:
    name = asked.fact.name
    if asked.fact.field_id:
        return list(own[name.rpartition(".")[2]])
    due, late = facts["oldest_due_on"], facts["application_due_on"]
    worked_out: dict[str, list[Any]] = {
        "flags": list(facts["flags"]),
        "debt_age": [(today - due).days] if due and due < today else [],
        "silent_months": [_months(facts["actual_on"] or facts["opened_on"], today)],
        "amr": [facts["read_source"] == "amr"],
        "application_late": [late is not None and late < today],
    }
    return worked_out.get(name) or ([] if facts.get(name) is None else [facts[name]])


def _months(since: date, today: date) -> int:
    """Whole months gone, counted on by hand."""
    months = 0
    while True:
        number = today.year * 12 + today.month - 1 - (months + 1)
        year, month = divmod(number, 12)
        last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(1)).day
        if since > date(year, month + 1, min(today.day, last)):
            return months
        months += 1


def _compare(asked: Asked, values: list[Any], today: date) -> bool:
    match asked.op:
        case Op.KNOWN:
            return bool(values)
        case Op.UNKNOWN:
            return not values
        case Op.NONE_OF | Op.NOT_LAST_DAYS:
            same = {Op.NONE_OF: Op.ONE_OF, Op.NOT_LAST_DAYS: Op.LAST_DAYS}[asked.op]
            opposite = Asked(fact=asked.fact, op=same, values=asked.values)
            if asked.op is Op.NOT_LAST_DAYS and not asked.fact.field_id:
                # A day still to come lies not behind us.
                return not values or values[0] < today - timedelta(int(str(asked.values[0])))
            return not any(_fits(opposite, value, today) for value in values)
        case _:
            return any(_fits(asked, value, today) for value in values)


def _fits(asked: Asked, value: Any, today: date) -> bool:
    low, high = (asked.values[0], asked.values[-1]) if asked.values else (None, None)
    match asked.op:
        case Op.YES | Op.NO:
            return bool(value) is (asked.op is Op.YES)
        case Op.ONE_OF:
            return value in asked.values
        case Op.HAS_WORDS:
            return str(low).lower() in value.lower()
        case Op.LAST_DAYS:
            return bool(today - timedelta(int(str(low))) <= value <= today)
        case Op.NEXT_DAYS:
            return bool(today <= value <= today + timedelta(int(str(low))))
        case _:
            return _measured(asked, value, low, high)


def _measured(asked: Asked, value: Any, low: Any, high: Any) -> bool:
    if asked.fact.kind is not Kind.DAY:
        value, low, high = Decimal(value), Decimal(str(low)), Decimal(str(high))
    from_low = asked.op in {Op.AT_MOST, Op.UNTIL} or value >= low
    to_high = asked.op in {Op.AT_LEAST, Op.SINCE} or value <= high
    return bool(from_low and to_high)
