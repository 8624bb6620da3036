"""Where the facts of the menu are, and of what comes of calls: call-backs, marks, recordings (pure)."""

from __future__ import annotations

from typing import LiteralString

from crm_core.store.report_source import Source, counted, spent, team

_VERSION: LiteralString = "(select v.name || ' ' || v.version from flow_versions v where v.id = i.version_id)"
WALKS = Source(
    rows="flow_walks i where true",
    at="began_at",
    sums={
        "walks": "count(*)",
        "to_queue": counted("ending = 'queue'"),
        "contained": counted("ending = 'done'"),
        "gone": counted("ending = 'gone'"),
        "walked": spent("ended_at - began_at"),
    },
    dimensions={"ending": "ending", "version": _VERSION},
)
STEPS = Source(
    rows="flow_walks i cross join lateral jsonb_array_elements_text(path) with ordinality as steps (said, place)"
    " where true",
    at="began_at",
    sums={"reached": "count(*)", "last": counted("place = jsonb_array_length(path)")},
    # Of "meter=12345" the step alone: what the caller keyed is his own.
    dimensions={"step": "split_part(said, '=', 1)", "ending": "ending"},
)
_OVER: LiteralString = "state in ('kept', 'failed', 'cancelled', 'came')"
CALLBACKS = Source(
    rows="callbacks i where true",
    at="asked_at",
    sums={
        "asked": "count(*)",
        "backs_done": counted("state = 'kept'"),
        "backs_ended": counted(_OVER),
        "backs_in_time": counted("state = 'kept' and ended_at <= promised_until"),
        "tries": "coalesce(sum(tries), 0)",
    },
    dimensions={
        "queue": "nullif(queue, '')",
        "topic": "nullif(topic, '')",
        "language": "nullif(language, '')",
        "state": "state",
        "outcome": "nullif(outcome, '')",
    },
    queue="queue",
)
MARKS = Source(
    rows="survey_marks k join interactions i on i.call_id = k.call_id where true",
    at="k.at",
    sums={
        "marks": "count(*)",
        "satisfied": counted("mark >= 4"),
        "points": "coalesce(sum(mark), 0)",
    },
    dimensions={
        "queue": "nullif(i.queue, '')",
        "operator": "operator_id::text",
        "team": team("i.operator_id"),
        "topic": "nullif(topic, '')",
        "question": "question",
        "mark": "mark::text",
    },
    operator="operator_id",
    queue="i.queue",
    behind="i.call_id, account_id",
    # A call has a mark for each question: its number, then which of them.
    fact="i.id::bigint * 100 + (select count(*) from survey_marks b"
    " where b.call_id = k.call_id and b.question < k.question)",
)
RECORDINGS = Source(
    rows="recordings i where true",
    at="began_at",
    sums={
        "recordings": "count(*)",
        "recorded": "coalesce(sum(seconds)::numeric, 0)",
        "faulty": counted("fault <> ''"),
    },
    dimensions={
        "queue": "nullif(queue, '')",
        "operator": "operator_id::text",
        "team": team("i.operator_id"),
        "direction": "direction",
        "state": "state",
        "fault": "nullif(fault, '')",
    },
    operator="operator_id",
    queue="i.queue",
    behind="call_id, account_id",
    outcome="i.state",
)
