"""A subscriber's wish to be forgotten: its life, its second person, and what becomes of each value (pure).

Rule 1: every move of an erasure is in `TRANSITIONS`; what is not there is refused and changes nothing.
Rule 2: who asked never approves (AC22, AC45).
Rule 3: facts of the ledger stay: the law keeps them (402-FZ art. 29: five years); the person behind them goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where an erasure stands."""

    ASKED = "asked"
    APPROVED = "approved"
    """A second person agreed; the worker has it."""
    REFUSED = "refused"
    HELD = "held"
    """A legal hold stood in the way when the worker came to it."""
    DONE = "done"
    INCOMPLETE = "incomplete"
    """Values were found afterwards where they should not be; the row says where."""


class Move(StrEnum):
    """What can happen to it."""

    APPROVE = "approve"
    REFUSE = "refuse"
    HOLD = "hold"
    FINISH = "finish"
    FALL_SHORT = "fall_short"


TRANSITIONS: Mapping[tuple[State, Move], State] = {
    (State.ASKED, Move.APPROVE): State.APPROVED,
    (State.ASKED, Move.REFUSE): State.REFUSED,
    (State.APPROVED, Move.FINISH): State.DONE,
    (State.APPROVED, Move.FALL_SHORT): State.INCOMPLETE,
    (State.APPROVED, Move.HOLD): State.HELD,
    (State.HELD, Move.APPROVE): State.APPROVED,
    (State.HELD, Move.REFUSE): State.REFUSED,
    (State.INCOMPLETE, Move.APPROVE): State.APPROVED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the base knew of a subscriber before: what must not be found afterwards."""

    customer_id: int
    customer_ids: tuple[int, ...]
    """His row, and those of customers that were merged into it."""
    account_ids: tuple[int, ...]
    names: tuple[str, ...]
    """Shared by many: looked for in what is his."""
    telling: tuple[str, ...]
    """Telephones, e-mail addresses, tax numbers: looked for everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An old value that is still somewhere."""

    table: str
    column: str
    rows: int


def moved(state: State, move: Move) -> State | None:
    """Return where a move leads, None when it cannot be made."""
    return TRANSITIONS.get((state, move))


def is_second_person(asked_by: int, decides: int) -> bool:
    """Whether this person may decide on it."""
    return asked_by != decides


def pseudonym(customer_id: int) -> str:
    """Return the name under which the facts of the ledger stay."""
    return f"Erased {customer_id}"


def telling(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values that are worth a search everywhere, a telephone also as its bare digits."""
    found: dict[str, None] = {}
    for value in values:
        if len(value) >= 6:
            found[value] = None
            digits = re.sub(r"\D", "", value)
            if len(digits) >= 10:
                # `+7 912 …`, `8 912 …` and `912 …` all end alike.
                found[digits[-10:]] = None
    return tuple(found)
