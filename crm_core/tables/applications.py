"""What subscribers ask for: applications, their kinds, their files (no I/O)."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Sequence,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, MOMENT, NOW, key, metadata

EMPTY_OBJECT = text("'{}'::jsonb")
IS_OPEN = text("applications.stage <> 'done' and applications.stage <> 'refused'")
"""In the words of the index on what is open: bound values would hide from the planner that it fits."""

application_numbers = Sequence("application_numbers", metadata=metadata)

application_kinds = Table(
    "application_kinds",
    metadata,
    key(),
    Column("code", String(30), nullable=False),
    Column("version", Integer, nullable=False),
    Column("titles", JSONB, nullable=False),  # by language
    Column("spec", JSONB, nullable=False),  # crm_core.work.kinds
    Column("position", SmallInteger, nullable=False, server_default=text("0")),
    Column("current", Boolean, nullable=False, server_default=text("true")),  # what new applications are filed on
    Column("retired", Boolean, nullable=False, server_default=text("false")),
    Column("by_user", Integer, ForeignKey("users.id")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    UniqueConstraint("code", "version"),
    Index("ix_application_kinds_current", "code", unique=True, postgresql_where=text("current")),
)

applications = Table(
    "applications",
    metadata,
    key(),
    Column("number", String(20), nullable=False, unique=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("kind", String(30), nullable=False),
    Column("title", Text, nullable=False),
    Column("stage", String(20), nullable=False),  # filed, accepted, in_work, waiting, done, refused, reopened
    Column("filed_on", Date, nullable=False),
    Column("due_on", Date),
    Column("kind_id", Integer, ForeignKey("application_kinds.id")),  # its version; none for what came from elsewhere
    Column("form", JSONB(none_as_null=True)),
    Column("channel", String(10)),  # as of interactions
    Column("filed_at", MOMENT),
    Column("filed_by", Integer, ForeignKey("users.id")),
    Column("call_id", String(80)),
    Column("owner_id", Integer, ForeignKey("users.id")),
    Column("team", String(30)),
    Column("due_at", MOMENT),
    Column("waiting_since", MOMENT),  # the clock of the deadline stands
    Column("alarm_at", MOMENT),
    Column("alarm", String(8)),  # accept, soon, due, late: why the house speaks up then
    Column("late_at", MOMENT),  # the supervisor was told
    Column("closed_at", MOMENT),
    Column("result", Text),
    Column("once", String(80), unique=True),  # the same wish sent twice is one application
    Index("ix_applications_open_due", "due_on", "id", postgresql_where=text("stage <> 'done' and stage <> 'refused'")),
    Index("ix_applications_alarm_at", "alarm_at", postgresql_where=text("alarm_at is not null")),
    Index("ix_applications_owner_id", "owner_id", postgresql_where=text("owner_id is not null")),
    Index("ix_applications_call_id", "call_id", postgresql_where=text("call_id is not null")),
)

application_files = Table(
    "application_files",
    metadata,
    key(),
    Column("application_id", Integer, ForeignKey("applications.id"), nullable=False, index=True),
    Column("document", String(30), nullable=False, server_default=EMPTY),  # which of the kind's, "" for any other
    Column("name", Text, nullable=False),  # to show, never a path
    Column("media_type", String(80), nullable=False),
    Column("size", Integer, nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256, where crm_core.work.shelf keeps it
    Column("by_user", Integer, ForeignKey("users.id")),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    UniqueConstraint("application_id", "digest", "document"),
)
