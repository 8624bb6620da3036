"""Plans a merge: which record survives, what it will say, what moves to it (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.duplicates.scoring import Veto, forbidden
from crm_core.duplicates.traits import Subscriber
from crm_core.parties import LONGEST_NOTE, Priority

Value = str | tuple[str, ...]


class Take(StrEnum):
    """Whose value a field of the survivor gets."""

    SURVIVOR = "survivor"
    LOSER = "loser"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One of two customers as a merge sees it."""

    subscriber: Subscriber
    name: str
    language: str
    status: str
    """Where the customer stands with us (`crm_core.parties.Status`)."""
    priority: str
    special_need: str
    flags: tuple[str, ...]
    created_at: datetime
    counts: Mapping[str, int]
    """Rows that point at it, by place (`accounts.customer_id`); places without rows are left out."""

    @property
    def customer_id(self) -> int:
        """Key of the customer."""
        return self.subscriber.customer_id

    def value(self, field: str) -> Value:
        """Return what a field of `FIELDS` says."""
        values: Mapping[str, Value] = {
            "name": self.name,
            "language": self.language,
            "tax_number": self.subscriber.tax_number,
            "status": self.status,
            "priority": self.priority,
            "special_need": self.special_need,
            "flags": self.flags,
        }
        return values[field]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeOrder:
    """What a person wants done."""

    survivor_id: int
    loser_id: int
    choices: Mapping[str, Take]
    """Whose value a field gets, see `plan`."""
    by: int
    """Key of the user."""
    at: datetime
    """The present moment."""
    reason: str


FIELDS = ("name", "language", "tax_number", "status", "priority", "special_need", "flags")
"""What a customer says of itself; everything else points at it."""
CHOSEN = ("name", "language", "tax_number", "status")
"""Fields of which a person may choose. Of the others nothing is dropped, since each is a warning: flags and needs of
both are kept, and the higher priority."""
URGENCY = tuple(Priority)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPlan:
    """What becomes of one field of the survivor."""

    field: str
    before: Value
    other: Value
    """What the one who goes says."""
    after: Value

    @property
    def in_conflict(self) -> bool:
        """Whether both say something, and not the same: a person should look."""
        return bool(self.before) and bool(self.other) and self.before != self.other

    @property
    def changes(self) -> bool:
        """Whether the survivor will say something else than before."""
        return self.after != self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A merge before it is done; what a preview shows."""

    survivor: Record
    loser: Record
    fields: tuple[FieldPlan, ...]

    @property
    def moves(self) -> Mapping[str, int]:
        """Rows that will move, by place; equal ones may stay."""
        return self.loser.counts

    @property
    def values(self) -> dict[str, Value]:
        """What will be written to the survivor, by field; only what changes."""
        return {one.field: one.after for one in self.fields if one.changes}


def plan(survivor: Record, loser: Record, choices: Mapping[str, Take]) -> Plan | Veto:
    """Return what a merge would do, or why these two are never merged.

    Args:
        survivor: whose record stays.
        loser: whose record goes; what points at it moves.
        choices: for fields of `CHOSEN` whose value is taken; without one the survivor's, or the other's where the
            survivor says nothing. Other keys change nothing.

    """
    veto = forbidden(survivor.subscriber, loser.subscriber)
    if veto is not None:
        return veto
    fields = tuple(
        FieldPlan(
            field=field,
            before=survivor.value(field),
            other=loser.value(field),
            after=_after(field, survivor, loser, choices.get(field)),
        )
        for field in FIELDS
    )
    return Plan(survivor=survivor, loser=loser, fields=fields)


def _after(field: str, survivor: Record, loser: Record, take: Take | None) -> Value:
    ours, theirs = survivor.value(field), loser.value(field)
    if field == "flags":
        return (*ours, *(flag for flag in theirs if flag not in ours))
    if field == "priority":
        return max(ours, theirs, key=lambda one: URGENCY.index(Priority(str(one))))
    if field == "special_need" and ours and theirs and theirs not in ours:
        return f"{ours}; {theirs}"[:LONGEST_NOTE]
    if take is Take.LOSER and theirs:
        return theirs
    return ours or theirs


def likelier_survivor(left: Record, right: Record) -> Record:
    """Return the record that had better stay: more points at it, its name says more, it is older."""
    return max(left, right, key=_standing)


def _standing(record: Record) -> tuple[int, int, float, int]:
    words = len(record.subscriber.name_key.split())
    return sum(record.counts.values()), words, -record.created_at.timestamp(), -record.customer_id
