"""Steps of kinds of applications: versions, who runs them, where each application stands, suggestions (no I/O)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, MOMENT, NOW, key, metadata

process_versions = Table(
    "process_versions",
    metadata,
    key(),
    Column("kind", String(30), nullable=False),  # code of the kind of applications that run through it
    Column("version", Integer, nullable=False),
    Column("body", JSONB, nullable=False),  # crm_core.processes.process; never changed, a correction is the next one
    Column("state", String(10), nullable=False, server_default=text("'draft'")),  # crm_core.flowlife.FlowState
    Column("origin", String(8), nullable=False, server_default=text("'office'")),  # office, shipped
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    Column("published_by", Integer, ForeignKey("users.id")),
    Column("published_at", MOMENT),
    UniqueConstraint("kind", "version"),
    Index("uq_process_versions_published", "kind", unique=True, postgresql_where=text("state = 'published'")),
)

process_owners = Table(
    "process_owners",
    metadata,
    Column("kind", String(30), primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id"), primary_key=True, autoincrement=False, index=True),
)

process_runs = Table(
    "process_runs",
    metadata,
    Column("application_id", Integer, ForeignKey("applications.id"), primary_key=True, autoincrement=False),
    Column("version_id", Integer, ForeignKey("process_versions.id"), nullable=False),  # it ends on the one it began on
    Column("step", String(30), nullable=False),
    Column("role", String(16), nullable=False, server_default=EMPTY),  # whose it is to take, of a role's step
    Column("entered_at", MOMENT, nullable=False),
    Column("due_at", MOMENT),
    Column("paused_at", MOMENT),  # it waits for the customer, and so does its limit
    Column("alarm_at", MOMENT),
    Column("alarm", String(8)),  # soon, late: why the house speaks up then
    Column("ended_at", MOMENT),
    Index("ix_process_runs_version_id", "version_id", "step", postgresql_where=text("ended_at is null")),
    Index("ix_process_runs_due", "due_at", "application_id", postgresql_where=text("ended_at is null")),
    Index("ix_process_runs_alarm_at", "alarm_at", postgresql_where=text("alarm_at is not null")),
)

process_suggestions = Table(
    "process_suggestions",
    metadata,
    key(),
    Column("kind", String(30), nullable=False),
    Column("step", String(30), nullable=False, server_default=EMPTY),  # which it is about, "" the whole
    Column("body", Text, nullable=False),
    Column("state", String(10), nullable=False, server_default=text("'open'")),  # crm_core.processes.suggestions
    Column("by_user", Integer, ForeignKey("users.id"), nullable=False),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    Column("decided_by", Integer, ForeignKey("users.id")),
    Column("decided_at", MOMENT),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Column("version_id", Integer, ForeignKey("process_versions.id")),  # which took it up
    CheckConstraint("state in ('open', 'accepted', 'declined', 'withdrawn', 'taken_up')", name="state"),
    Index(None, "kind", "id"),
)

process_answers = Table(
    "process_answers",
    metadata,
    key(),
    Column("suggestion_id", Integer, ForeignKey("process_suggestions.id"), nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("by_user", Integer, ForeignKey("users.id"), nullable=False),
    Column("at", MOMENT, nullable=False, server_default=NOW),
)
