"""Where the facts of work, money and readings are (pure)."""

from __future__ import annotations

from crm_core.store.report_source import Source, counted, day, spent, team

APPLICATIONS = Source(
    rows="applications i where true",
    at="coalesce(filed_at, " + day("filed_on") + ")",
    sums={
        "filed": "count(*)",
        "open": counted("stage not in ('done', 'refused')"),
        "closed": counted("stage in ('done', 'refused') and closed_at is not null"),
        "late": counted("due_at < coalesce(closed_at, %(now)s)"),
        "closing": spent("closed_at - coalesce(filed_at, " + day("filed_on") + ")", "stage in ('done', 'refused')"),
    },
    dimensions={
        "kind": "kind", "stage": "stage", "channel": "channel", "operator": "owner_id::text", "team": "team",
    },
    operator="owner_id",
)  # fmt: skip
TASKS = Source(
    rows="tasks i where true",
    at="created_at",
    sums={
        "tasks": "count(*)",
        "tasks_closed": counted("state in ('done', 'cancelled')"),
        "tasks_late": counted("due_at < coalesce(closed_at, %(now)s)"),
    },
    dimensions={
        "kind": "kind",
        "state": "state",
        "source": "source",
        "operator": "owner_id::text",
        "team": "coalesce(team, " + team("i.owner_id") + ")",
    },
    operator="owner_id",
)
PAYMENTS = Source(
    rows="payments i where true",
    at=day("paid_on"),
    on="paid_on",
    sums={"payments": counted("channel <> 'reversal'"), "paid": "coalesce(sum(amount), 0)"},
    dimensions={"channel": "channel"},
)
INVOICES = Source(
    rows="invoices i where true",
    at=day("issued_on"),
    on="issued_on",
    sums={"invoices": "count(*)", "invoiced": "coalesce(sum(amount), 0)"},
    dimensions={},
)
PROMISES = Source(
    rows="promises i where true",
    at=day("due_on"),
    on="due_on",
    sums={
        "promises": "count(*)",
        "promise_amount": "coalesce(sum(amount), 0)",
        "promise_kept": counted("status = 'kept'"),
        "promise_part": counted("status = 'part_kept'"),
        "promise_broken": counted("status = 'broken'"),
    },
    dimensions={
        "state": "status",
        "source": "case when call_id is not null then 'call' when made_by is not null then 'office' else 'file' end",
    },
)
READINGS = Source(
    # A correction is a later revision: the reading counts once, as it stands.
    rows="readings i where not exists (select from readings n where n.account_id = i.account_id"
    " and n.register_id = i.register_id and n.taken_on = i.taken_on and n.revision > i.revision)",
    at=day("taken_on"),
    on="taken_on",
    sums={
        "readings": "count(*)",
        "actual": counted("quality = 'actual'"),
        "estimated": counted("quality = 'estimate'"),
        "doubtful": counted("quality = 'held'"),
    },
    dimensions={"source": "source", "quality": "quality", "doubt": "nullif(doubt, '')"},
)
ATTEMPTS = Source(
    rows="attempts i left join dispositions d on d.code = i.disposition where placed_at is not null",
    at="planned_at",
    sums={
        "attempts": "count(*)",
        "live": counted("outcome in ('talked', 'notice_heard', 'notice_cut', 'abandoned')"),
        "connected": counted("outcome = 'talked'"),
        "dropped": counted("outcome = 'abandoned'"),
        "right_party": counted("outcome = 'talked' and strpos(d.flags, 'R') > 0"),
        "promised": counted("outcome = 'talked' and strpos(d.flags, 'R') > 0 and strpos(d.flags, 'C') > 0"),
    },
    dimensions={
        "campaign": "campaign_id::text",
        "operator": "operator_id::text",
        "team": team("i.operator_id"),
        "channel": "channel",
        "mode": "mode",
        "outcome": "nullif(outcome, '')",
        "disposition": "nullif(disposition, '')",
        "trunk": "nullif(trunk, '')",
    },
    operator="operator_id",
    behind="call_id, account_id",
)
