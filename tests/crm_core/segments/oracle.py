"""Whom a tree holds, worked out a second time without SQL: one account at a time, from plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crm_core.segments.bits import BITS
from crm_core.segments.conditions import Asked, How, Inside, Joined, Resolved
from crm_core.segments.kinds import Kind, Op
from tests.crm_core.segments.trees import TODAY
from tests.crm_core.segments.world import Row, World


@dataclass(frozen=True)
class Subject:
    """One account of the world, and its customer."""

    world: World
    number: int

    @property
    def facts(self) -> Row:
        return self.world.facts[self.number]

    @property
    def customer(self) -> int:
        return int(self.facts["customer_id"])

    def of(self, table: str) -> list[Row]:
        return self.world.rows[self.number][table]

    def of_customer(self, table: str) -> list[Row]:
        return self.world.rows[self.customer][table]

    def field(self, name: str) -> Sequence[Any]:
        _, entity, code = name.split(".")
        return self.world.own[self.customer if entity == "customer" else self.number][code]


def subjects(world: World) -> list[Subject]:
    """Every account."""
    return [Subject(world, number) for number in world.facts]


def holds(tree: Resolved, subject: Subject) -> bool:
    """Tell whether an account belongs to a segment."""
    match tree:
        case Joined():
            told = [holds(part, subject) for part in tree.parts]
            return {How.ALL: all(told), How.ANY: any(told), How.NONE: not any(told)}[tree.how]
        case Inside():
            inside = any(holds(inner, subject) for _, _, inner in tree.segments)
            return inside if tree.op is Op.ONE_OF else not inside
        case Asked():
            return compare(tree, values(tree, subject))


def values(asked: Asked, subject: Subject) -> list[Any]:  # noqa: PLR0911 -- one for each kind of fact
    """Return what is known of a fact: no value, one, or several."""
    name = asked.fact.name
    if asked.fact.field_id:
        return list(subject.field(name))
    if name == "consumption_change":
        return _change(subject, asked.days)
    if worked := WORKED.get(name):
        return worked(subject)
    if dated := DATED.get(name):
        return [code for code, day in dated(subject) if _recent(day, asked.days)]
    if added := ADDED.get(name):
        return [sum((amount for amount, day in added(subject) if _recent(day, asked.days)), Decimal(0))]
    known = subject.facts[name]
    if name in BITS:
        return [code for place, code in enumerate(BITS[name]) if known >> place & 1]
    return [] if known is None else [known]


def _recent(day: date, days: int) -> bool:
    return TODAY - timedelta(days) < day <= TODAY


def _used(subject: Subject, since: date, until: date) -> Decimal | None:
    """What was used: of each day the highest revision that counts, which here is the later one."""
    latest: dict[date, Decimal | None] = {}
    for row in subject.of("readings"):
        if row["quality"] != "refused" and since < row["taken_on"] <= until:
            latest[row["taken_on"]] = row["consumption"]
    counted = [one for one in latest.values() if one is not None]
    return sum(counted, Decimal(0)) if counted else None


def _change(subject: Subject, days: int) -> list[Any]:
    middle = TODAY - timedelta(days)
    now, before = _used(subject, middle, TODAY), _used(subject, middle - timedelta(days), middle)
    return [100 * (now / before - 1)] if now is not None and before else []


def _days_late(subject: Subject) -> list[Any]:
    due = subject.facts["oldest_due_on"]
    return [(TODAY - due).days] if due and due < TODAY else []


def _months(since: date) -> int:
    """Whole months gone, counted on by hand."""
    months = 0
    while True:
        number = TODAY.year * 12 + TODAY.month - 1 - (months + 1)
        year, month = divmod(number, 12)
        last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(1)).day
        if since > date(year, month + 1, min(TODAY.day, last)):
            return months
        months += 1


def _late(subject: Subject) -> bool:
    due = subject.facts["application_due_on"]
    return due is not None and due < TODAY


def _in_pair(subject: Subject) -> bool:
    undecided = [pair for pair in subject.world.pairs if pair[2] in {"open", "later"}]
    return any(subject.customer in pair[:2] for pair in undecided)


def _installed(subject: Subject) -> list[Row]:
    """Meters that are not removed; the one that everybody has says nothing."""
    return [row for row in subject.of("meters") if not row["removed"]] + [{"model": "", "seal": ""}]


OPEN = {"filed"}
WORKED: Mapping[str, Callable[[Subject], list[Any]]] = {
    "flags": lambda one: list(one.facts["flags"]),
    "debt_age": _days_late,
    "silent_months": lambda one: [_months(one.facts["actual_on"] or one.facts["opened_on"])],
    "application_late": lambda one: [_late(one)],
    "accounts": lambda one: [sum(facts["customer_id"] == one.customer for facts in one.world.facts.values())],
    "duplicate": lambda one: [_in_pair(one)],
    "tax_known": lambda one: [bool(one.of_customer("customers")[0]["tax_number"])],
    "contact_role": lambda one: [row["role"] for row in one.of_customer("contacts") if not row["ended"]],
    "merged": lambda one: [any(not row["undone"] for row in one.of_customer("merges"))],
    "legal_hold": lambda one: [any(not row["lifted"] for row in one.of_customer("legal_holds"))],
    "node": lambda one: [row["node"] for row in one.of("service_points")],
    "model": lambda one: [row["model"] for row in _installed(one)],
    "sealed": lambda one: [any(row["seal"] for row in _installed(one))],
    "approval": lambda one: [any(row["status"] == "waiting" for row in one.of("approvals"))],
    "held": lambda one: [any(row["status"] == "waiting" for row in one.of("held_readings"))],
    "application_kind": lambda one: [row["kind"] for row in one.of("applications") if row["stage"] in OPEN],
    "application_stage": lambda one: [row["stage"] for row in one.of("applications") if row["stage"] in OPEN],
    "task_kind": lambda one: [row["kind"] for row in one.of("tasks") if row["state"] != "done"],
    "task_team": lambda one: [row["team"] for row in one.of("tasks") if row["state"] != "done"],
    "list": lambda one: [str(row["snapshot_id"]) for row in one.of("snapshot_members")],
    "import": lambda one: [
        str(row["import_id"]) for row in one.of("import_changes") if row["tbl"] in {"accounts", "payments"}
    ],
}
"""Facts that are looked up or worked out."""


def _dated(table: str, code: str, day: str) -> Callable[[Subject], list[tuple[Any, date]]]:
    return lambda one: [(row[code], row[day]) for row in one.of(table)]


DATED: Mapping[str, Callable[[Subject], list[tuple[Any, date]]]] = {
    "adjustment": _dated("adjustments", "kind", "posted_on"),
    "notice": _dated("notices", "kind", "sent_at"),
    "plan": _dated("plans", "status", "made_on"),
    "no_read": _dated("no_reads", "why", "taken_on"),
    "result": _dated("interactions", "disposition", "began_at"),
    "contacted_by": _dated("interactions", "channel", "began_at"),
    "contact_from": _dated("interactions", "direction", "began_at"),
    "topic": _dated("interactions", "topic", "began_at"),
    "application_filed": _dated("applications", "kind", "filed_on"),
    "signal": lambda one: [(str(row["rule_id"]), row["at"]) for row in one.of("signal_hits")],
    "document": lambda one: [(str(row["template_id"]), row["made_at"]) for row in one.of("documents")],
}
"""Codes with their days."""


def _each(table: str, day: str, *, only: Callable[[Row], bool] = lambda _: True) -> Callable[[Subject], Any]:
    return lambda one: [(Decimal(1), row[day]) for row in one.of(table) if only(row)]


def _sum(table: str, day: str) -> Callable[[Subject], Any]:
    return lambda one: [(row["amount"], row[day]) for row in one.of(table)]


def _consumed(subject: Subject) -> list[tuple[Decimal, date]]:
    latest = {row["taken_on"]: row["consumption"] for row in subject.of("readings") if row["quality"] != "refused"}
    return [(used, day) for day, used in latest.items() if used is not None]


ADDED: Mapping[str, Callable[[Subject], list[tuple[Decimal, date]]]] = {
    "payments": _each("payments", "paid_on", only=lambda row: row["amount"] > 0),
    "paid_sum": _sum("payments", "paid_on"),
    "taken_back": _each("payments", "paid_on", only=lambda row: row["back"]),
    "charged": _sum("invoices", "issued_on"),
    "adjusted": _sum("adjustments", "posted_on"),
    "disputes": _each("disputes", "raised_at"),
    "promises": _each("promises", "created_at"),
    "plans": _each("plans", "made_on"),
    "contacts": _each("interactions", "began_at"),
    "applications": _each("applications", "filed_on"),
    "estimates": _each("readings", "taken_on", only=lambda row: row["quality"] == "estimate"),
    "consumption": _consumed,
}
"""What is counted or added up, with its days."""


def compare(asked: Asked, known: list[Any]) -> bool:
    """Tell whether what is known fits."""
    match asked.op:
        case Op.KNOWN:
            return bool(known)
        case Op.UNKNOWN:
            return not known
        case Op.NONE_OF:
            return not any(value in asked.values for value in known)
        case Op.NOT_LAST_DAYS:
            # A day still to come lies not behind us.
            return not any(value >= TODAY - timedelta(int(str(asked.values[0]))) for value in known)
        case _:
            return any(_fits(asked, value) for value in known)


def _fits(asked: Asked, value: Any) -> bool:
    low, high = (asked.values[0], asked.values[-1]) if asked.values else (None, None)
    match asked.op:
        case Op.YES | Op.NO:
            return bool(value) is (asked.op is Op.YES)
        case Op.ONE_OF:
            return value in asked.values
        case Op.HAS_WORDS:
            return str(low).lower() in value.lower()
        case Op.LAST_DAYS:
            return bool(TODAY - timedelta(int(str(low))) <= value <= TODAY)
        case Op.NEXT_DAYS:
            return bool(TODAY <= value <= TODAY + timedelta(int(str(low))))
        case _:
            return _measured(asked, value, low, high)


def _measured(asked: Asked, value: Any, low: Any, high: Any) -> bool:
    if asked.fact.kind is not Kind.DAY:
        value, low, high = Decimal(value), Decimal(str(low)), Decimal(str(high))
    from_low = asked.op in {Op.AT_MOST, Op.UNTIL} or value >= low
    to_high = asked.op in {Op.AT_LEAST, Op.SINCE} or value <= high
    return bool(from_low and to_high)
