"""Where the facts of contacts and of stays in queues are (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import LiteralString

from crm_core.store.report_source import Source, counted, team

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
    "team": team("i.operator_id"),
    "topic": "nullif(topic, '')",
    "language": "nullif(language, '')",
}
VISITS = Source(
    rows="interactions i left join queues q on q.code = i.queue"
    " where waiting_since is not null and ended_at is not null and direction = 'in'",
    at="waiting_since",
    sums={
        "offered": counted("not (" + _KEPT + ")"),
        "answered": counted(_ANSWERED),
        "answered_in_time": counted(_ANSWERED + " and " + _WAITED + _IN_TIME),
        "abandoned": counted(_LEFT),
        "abandoned_short": counted(_LEFT + " and " + _WAITED + " <= 5"),
        "abandoned_in_time": counted(_LEFT + " and " + _WAITED + _IN_TIME),
        "kept": counted(_KEPT),
        "exits": counted("answered_at is null and i.outcome not in ('abandoned', 'served')"),
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
    behind="call_id, account_id",
)
CONTACTS = Source(
    rows="interactions i where ended_at is not null",
    at="began_at",
    sums={
        "contacts": "count(*)",
        "handled": counted("operator_id is not null"),
        "undisposed": counted("operator_id is not null and disposition = 'NO_DISPOSITION'"),
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
    behind="call_id, account_id",
)
