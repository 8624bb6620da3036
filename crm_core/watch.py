"""What in the access log is worth somebody's look: rules as data over one person's lines of it (pure).

A rule turns lines into a number and holds it against its limit. An alert is raised once, when the number reaches the
limit, and ends when it has fallen to `clear_at`: in between it only grows, so nobody is told twice of one thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from crm_core.access import Action

CARDS = frozenset({Action.SEE_CARD.value, "timeline.viewed"})
CHANGES = frozenset({Action.CHANGE_CUSTOMER.value, "contact.changed", "contact.added"})
TAKEN_AWAY = frozenset({Action.EXPORT.value, Action.APPROVE_EXPORT.value, "export.downloaded", "password.reset"})
"""What makes changed contacts worth money: the base taken away, or a code sent to a new number (AC23)."""
TOUCHING = CARDS | CHANGES | {Action.UNMASK.value, Action.SUBMIT_READING.value, Action.SEE_LEDGER.value}
WATCHED = TOUCHING | TAKEN_AWAY
"""Actions that rules look at; lines of others need not be read."""
LONGEST_STEP = 100
"""Accounts further apart than this are not walked one after the other."""


class Kind(StrEnum):
    """What a rule counts."""

    MASS_VIEWING = "mass_viewing"
    """Distinct cards."""
    SEQUENTIAL = "sequential"
    """The longest run of cards whose account ids go up or down by the same step."""
    HONEY = "honey"
    """Touches of cards that belong to nobody and are there to be touched by nobody."""
    UNMASKING = "unmasking"
    """Fields revealed."""
    CHANGES_THEN_EXPORT = "changes_then_export"
    """Contacts changed before something was taken away."""
    OFF_HOURS = "off_hours"
    """Cards opened without a call outside working hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule, as its row says."""

    code: str
    kind: Kind
    role: str = ""
    """Whom it is for; "" for everybody."""
    window: timedelta
    raise_at: int
    clear_at: int
    own_factor: float = 0.0
    """Times the person's own usual number at which it is raised before `raise_at` is reached; 0: never."""
    own_least: int = 0
    """A person's own limit is never below this."""
    from_hour: int = 0
    to_hour: int = 24
    """Working hours at the utility, for `off_hours`."""
    blocks: bool = False
    """While its alert stands and nobody has acknowledged it, this person opens no more cards by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One line of the log, as rules look at it."""

    at: datetime
    action: str
    account_id: int | None
    with_call: bool = False
    honey: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How high a rule stands for one person now."""

    rule: str
    user_id: int
    value: int
    raise_at: int
    clear_at: int
    detail: str = ""
    """What to look at first: the first account touched."""


class Step(StrEnum):
    """What happens to an alert."""

    RAISED = "raised"
    GREW = "grew"
    CLEARED = "cleared"


def level(rule: Rule, user_id: int, lines: Sequence[Seen], usual: float, now: datetime, zone: tzinfo) -> Level:  # noqa: PLR0913, PLR0917 -- a rule needs all of it
    """Return how high a rule stands.

    Args:
        rule: which.
        user_id: whose lines.
        lines: of one person, the oldest first; older ones than the window are left out here.
        usual: his own usual number of distinct cards an hour, 0 when there is no history.
        now: the present moment.
        zone: of the utility, for hours of the day.

    """
    since = now - rule.window
    recent = [line for line in lines if since < line.at <= now]
    value, first = _COUNTS[rule.kind](recent, rule, zone)
    return Level(
        rule=rule.code,
        user_id=user_id,
        value=value,
        raise_at=limit(rule, usual),
        clear_at=min(rule.clear_at, limit(rule, usual) - 1),
        detail="" if first is None else f"account {first}",
    )


def limit(rule: Rule, usual: float) -> int:
    """Return the limit for a person: the role's, or his own when that is lower."""
    if not rule.own_factor or not usual:
        return rule.raise_at
    return min(rule.raise_at, max(rule.own_least, round(usual * rule.own_factor)))


def step(standing: bool, now: Level) -> Step | None:
    """Say what becomes of an alert: raised at the limit, over when it fell to `clear_at`, else it may grow."""
    if not standing:
        return Step.RAISED if now.value >= now.raise_at else None
    return Step.CLEARED if now.value <= now.clear_at else Step.GREW


def _mass_viewing(lines: Sequence[Seen], _: Rule, __: tzinfo) -> tuple[int, int | None]:
    cards = _cards(lines)
    return len(set(cards)), cards[0] if cards else None


def _sequential(lines: Sequence[Seen], _: Rule, __: tzinfo) -> tuple[int, int | None]:
    cards = list(dict.fromkeys(_cards(lines)))
    best, best_first = (1, cards[0]) if cards else (0, None)
    run, step_ = 1, 0
    for at in range(1, len(cards)):
        moved = cards[at] - cards[at - 1]
        run = run + 1 if moved == step_ else 2
        step_ = moved
        if run > best and abs(moved) <= LONGEST_STEP:
            best, best_first = run, cards[at - run + 1]
    return best, best_first


def _honey(lines: Sequence[Seen], _: Rule, __: tzinfo) -> tuple[int, int | None]:
    touched = [line.account_id for line in lines if line.honey and line.action in TOUCHING]
    return len(touched), touched[0] if touched else None


def _unmasking(lines: Sequence[Seen], _: Rule, __: tzinfo) -> tuple[int, int | None]:
    shown = [line.account_id for line in lines if line.action == Action.UNMASK]
    return len(shown), shown[0] if shown else None


def _changes_then_export(lines: Sequence[Seen], _: Rule, __: tzinfo) -> tuple[int, int | None]:
    last = max((at for at, line in enumerate(lines) if line.action in TAKEN_AWAY), default=0)
    changed = [line.account_id for line in lines[:last] if line.action in CHANGES]
    return len(changed), changed[0] if changed else None


def _off_hours(lines: Sequence[Seen], rule: Rule, zone: tzinfo) -> tuple[int, int | None]:
    late = [
        line.account_id
        for line in lines
        if line.action in CARDS
        and not line.with_call
        and not rule.from_hour <= line.at.astimezone(zone).hour < rule.to_hour
    ]
    return len(set(late)), late[0] if late else None


def _cards(lines: Iterable[Seen]) -> list[int]:
    """Return accounts whose cards were opened by hand or by a call, in that order."""
    return [line.account_id for line in lines if line.action in CARDS and line.account_id is not None]


Count = Callable[[Sequence[Seen], Rule, tzinfo], tuple[int, int | None]]
_COUNTS: Mapping[Kind, Count] = {
    Kind.MASS_VIEWING: _mass_viewing,
    Kind.SEQUENTIAL: _sequential,
    Kind.HONEY: _honey,
    Kind.UNMASKING: _unmasking,
    Kind.CHANGES_THEN_EXPORT: _changes_then_export,
    Kind.OFF_HOURS: _off_hours,
}
