"""Work lists: tasks, teams, working time, rules that make tasks, and the history of all work (no I/O).

`work_history` and `interaction_entries` (tables/interactions.py) only grow, and hold no foreign keys to what they tell
of.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.applications import EMPTY_OBJECT
from crm_core.tables.base import EMPTY, MOMENT, NOW, key, metadata

TASK_IS_OPEN = text("tasks.state in ('open', 'in_work')")
"""In the words of the indexes on what is open."""

teams = Table(
    "teams",
    metadata,
    Column("code", String(30), primary_key=True),
    Column("titles", JSONB, nullable=False),  # by language
    Column("lead_id", Integer, ForeignKey("users.id")),  # who hears of what is late
    Column("retired", Boolean, nullable=False, server_default=text("false")),
)

team_members = Table(
    "team_members",
    metadata,
    Column("team", String(30), ForeignKey("teams.code"), primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id"), primary_key=True, index=True),
)

work_hours = Table(
    "work_hours",
    metadata,
    Column("weekday", SmallInteger, primary_key=True),  # Monday is 0
    Column("opens", Time, primary_key=True),
    Column("closes", Time, nullable=False),  # 00:00 is the day's end
)

work_days = Table(
    "work_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("works", Boolean, nullable=False),
    Column("title", Text, nullable=False, server_default=EMPTY),
)

tasks = Table(
    "tasks",
    metadata,
    key(),
    Column("kind", String(24), nullable=False),  # call, check, reminder, escalation, callback, other
    Column("title", Text, nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id"), index=True),
    Column("application_id", Integer, ForeignKey("applications.id")),
    Column("owner_id", Integer, ForeignKey("users.id")),
    Column("team", String(30)),
    Column("due_at", MOMENT),
    Column("state", String(12), nullable=False, server_default=text("'open'")),  # crm_core.work.lives.TaskState
    Column("source", String(12), nullable=False),  # person, signal, application, process, contact
    Column("facts", JSONB, nullable=False, server_default=EMPTY_OBJECT),  # what it is about, for the sentence shown
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("result", Text, nullable=False, server_default=EMPTY),
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Column("closed_at", MOMENT),
    Column("once", String(80), unique=True),  # what makes it may ask again and gets one
    Index("ix_tasks_owner", "owner_id", "due_at", "id", postgresql_where=text("state in ('open', 'in_work')")),
    Index("ix_tasks_team", "team", "due_at", "id", postgresql_where=text("state in ('open', 'in_work')")),
    Index("ix_tasks_due", "due_at", "id", postgresql_where=text("state in ('open', 'in_work')")),
    Index("ix_tasks_application_id", "application_id", postgresql_where=text("application_id is not null")),
)

work_history = Table(
    "work_history",
    metadata,
    key(BigInteger),
    Column("subject", String(12), nullable=False),  # application, task
    Column("subject_id", Integer, nullable=False),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    Column("user_id", Integer, ForeignKey("users.id")),  # none: the house itself
    Column("what", String(12), nullable=False),  # crm_core.store.work_log
    Column("before", Text, nullable=False, server_default=EMPTY),
    Column("after", Text, nullable=False, server_default=EMPTY),
    Column("said", Text, nullable=False, server_default=EMPTY),  # reason, result, comment
    Index(None, "subject", "subject_id", "id"),
)

signal_rules = Table(
    "signal_rules",
    metadata,
    key(),
    Column("title", Text, nullable=False),
    Column("spec", JSONB, nullable=False),  # crm_core.work.signals
    Column("active", Boolean, nullable=False, server_default=text("false")),
    Column("previewed_at", MOMENT),  # of this very spec; none: it was never tried
    Column("by_user", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)

signal_runs = Table(
    "signal_runs",
    metadata,
    key(),
    Column("rule_id", Integer, ForeignKey("signal_rules.id"), nullable=False),
    Column("period", Date, nullable=False),
    Column("started_at", MOMENT, nullable=False, server_default=NOW),
    Column("finished_at", MOMENT),
    Column("beat_at", MOMENT, nullable=False, server_default=NOW),  # when a worker last did a batch of it
    Column("done_to", Integer, nullable=False, server_default=text("0")),  # accounts up to here were looked at
    Column("last_id", Integer, nullable=False, server_default=text("0")),  # where it ends
    Column("found", Integer, nullable=False, server_default=text("0")),
    Column("capped", Boolean, nullable=False, server_default=text("false")),  # the rule's limit was reached
    Column("trouble", String(40), nullable=False, server_default=EMPTY),  # code of what keeps it from going on
    UniqueConstraint("rule_id", "period"),
)

signal_hits = Table(
    "signal_hits",
    metadata,
    key(),
    Column("rule_id", Integer, ForeignKey("signal_rules.id"), nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("period", Date, nullable=False),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    Column("facts", JSONB, nullable=False),
    Column("task_id", Integer, ForeignKey("tasks.id")),
    UniqueConstraint("rule_id", "period", "account_id"),
)
