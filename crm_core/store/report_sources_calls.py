"""Where the facts of calls are: stays in queues, contacts, rings (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import LiteralString

from crm_core.store.report_source import Source, counted, spent, team

_ANSWERED: LiteralString = "answered_at is not null"
_LEFT: LiteralString = "answered_at is null and i.outcome = 'abandoned'"
_IN_TIME: LiteralString = " <= make_interval(secs => coalesce(q.threshold, %(threshold)s))"
_KEPT: LiteralString = "answered_at is null and i.outcome = 'served'"
_WAITED: LiteralString = "coalesce(answered_at, ended_at) - waiting_since"
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
        "abandoned_short": counted(_LEFT + " and " + _WAITED + " <= interval '5 seconds'"),
        "abandoned_in_time": counted(_LEFT + " and " + _WAITED + _IN_TIME),
        "kept": counted(_KEPT),
        "exits": counted("answered_at is null and i.outcome not in ('abandoned', 'served')"),
        "waited": spent(_WAITED),
        "waited_answered": spent(_WAITED, _ANSWERED),
        "waited_abandoned": spent(_WAITED, _LEFT),
    },
    dimensions={
        **_CALL,
        "wait": "case "
        + " ".join(f"when {_WAITED} < interval '{most} seconds' then '{name}'" for most, name in WAIT_STEPS)
        + " else '300+' end",
        "outcome": "case when answered_at is not null then 'answered' when i.outcome = 'abandoned'"
        " then 'abandoned' when i.outcome = 'served' then 'kept' else 'exit' end",
        # Why the floor sent him on, the last time it did.
        "cause": "(select split_part(e.detail, ' ', 1) from call_events e where e.call_id = i.call_id"
        " and e.what = 'overflow' order by e.id desc limit 1)",
    },
    operator="operator_id",
    queue="i.queue",
    behind="call_id, account_id",
)
_BEFORE: LiteralString = "account_id is not null and came_before >= began_at - interval '7 days'"
_AFTER: LiteralString = "account_id is not null and came_after <= began_at + interval '7 days'"
CONTACTS = Source(
    # Who came when before and after about the same is looked for a week beyond the period.
    rows="(select *, lag(began_at) over alike as came_before, lead(began_at) over alike as came_after"
    " from interactions where began_at >= %(first)s - interval '7 days' and began_at < %(last)s + interval '7 days'"
    " window alike as (partition by account_id, topic order by began_at, id)) i where ended_at is not null",
    at="began_at",
    sums={
        "contacts": "count(*)",
        "handled": counted("operator_id is not null"),
        # Settled when the contact was closed (`store.call_facts`).
        "talk": "coalesce(sum(talk_seconds)::numeric, 0)",
        "hold": "coalesce(sum(hold_seconds)::numeric, 0)",
        "wrap_up": "coalesce(sum(wrap_up_seconds)::numeric, 0)",
        "transferred": counted("passes > 0"),
        "consulted": counted("consults > 0"),
        "known": counted("account_id is not null"),
        "known_handled": counted("account_id is not null and operator_id is not null"),
        "repeated": counted(_BEFORE),
        "followed": counted(_AFTER),
        "followed_handled": counted(_AFTER + " and operator_id is not null"),
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
# What ends a ring: the first of these that is told of the call after the offer.
_RING_ENDS: LiteralString = (
    "('answered', 'card', 'joined again', 'missed', 'waiting', 'came-back', 'offered', 'overflow', 'left-queue',"
    " 'fallback', 'outside', 'taken-over', 'node-lost', 'ended')"
)
OFFERS = Source(
    rows="(select e.id, e.call_id, e.at, e.operator_id, n.at - e.at as rang, c.queue, c.account_id,"  # noqa: S608 -- our own text
    " case when n.what in ('answered', 'card', 'joined again') and n.operator_id = e.operator_id then 'taken'"
    " when n.what = 'missed' then 'missed' else 'withdrawn' end as outcome,"
    " case when n.what = 'ended' then 'caller-gone' else nullif(n.detail, '') end as cause"
    " from call_events e cross join lateral (select what, at, operator_id, detail from call_events n"
    " where n.call_id = e.call_id and n.id > e.id and n.what in " + _RING_ENDS + " order by n.id limit 1) n"
    " left join interactions c on c.call_id = e.call_id where e.what = 'offered') i where true",
    at="i.at",
    sums={
        "offers": "count(*)",
        "taken": counted("i.outcome = 'taken'"),
        "missed": counted("i.outcome = 'missed'"),
        "withdrawn": counted("i.outcome = 'withdrawn'"),
        "rang": spent("rang"),
    },
    dimensions={
        "queue": "nullif(i.queue, '')",
        "operator": "operator_id::text",
        "team": team("i.operator_id"),
        "outcome": "i.outcome",
        "cause": "case when i.outcome <> 'taken' then i.cause end",
    },
    operator="operator_id",
    queue="i.queue",
    behind="call_id, account_id",
)
