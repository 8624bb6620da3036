"""How long what is kept: kinds, the least the law asks for, and what may go today (pure).

Periods are rows of `retention_rules`; what cannot be chosen stands here. A legal hold on a customer stops both
retention and erasure of what is his (GDPR art. 17(3)(e); 152-FZ art. 21(5)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of thing that is kept for a time."""

    code: str
    title: str
    least_days: int
    """It may not be thrown away sooner, whatever the rule says."""
    of_customers: bool = False
    """A legal hold of its customer keeps it."""


KINDS: Mapping[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(code="interactions", title="Contacts: calls, letters, visits", least_days=90, of_customers=True),
        Kind(code="access_log", title="Access log", least_days=366),
        Kind(code="sessions", title="Sessions that have ended", least_days=1),
        Kind(code="operator_states", title="States of operators", least_days=30),
        Kind(code="card_openings", title="Reasons given for opening cards", least_days=1),
        Kind(code="alerts", title="Alerts that are over", least_days=366),
        Kind(code="imports", title="Journal of imported files", least_days=90),
        Kind(code="subject_exports", title="Answers to subscribers, as files", least_days=1),
        Kind(code="messages", title="Messages that callers left", least_days=1, of_customers=True),
        Kind(code="alert_deliveries", title="What was told of alerts outside", least_days=7),
        Kind(code="flow_walks", title="Ways of callers through the menus", least_days=30),
        Kind(code="evaluations", title="Evaluations of calls", least_days=90),
        Kind(code="desk_messages", title="Messages between people who work here", least_days=30),
        Kind(code="password_links", title="Links to set a password", least_days=1),
    )
}
"""Kinds that the house throws away by itself. Payments, invoices and readings stay as long as the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How long a kind is kept."""

    kind: str
    days: int
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What one kind comes to: before which moment it goes, how many rows, how many a hold keeps."""

    kind: str
    before: datetime
    rows: int
    held: int = 0


def too_short(kind: Kind, days: int) -> bool:
    """Whether a period is below what may be chosen."""
    return days < kind.least_days


def before(rule: Rule, now: datetime) -> datetime | None:
    """Return the moment before which this kind goes; None when nothing of it does."""
    if not rule.enabled:
        return None
    return now - timedelta(days=max(rule.days, KINDS[rule.kind].least_days))
