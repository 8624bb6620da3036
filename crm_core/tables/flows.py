"""What the IVR serves and what became of it: flows by version, callers' ways, messages, marks, events (no I/O)."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

flow_versions = Table(
    "flow_versions",
    metadata,
    key(),
    Column("name", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),  # YAML; never changed, a correction is the next version
    Column("state", String(10), nullable=False, server_default=text("'draft'")),  # crm_core.flowlife.FlowState
    Column("origin", String(8), nullable=False, server_default=text("'office'")),  # office, shipped
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    Column("published_by", Integer, ForeignKey("users.id")),
    Column("published_at", MOMENT),
    UniqueConstraint("name", "version"),
    Index("uq_flow_versions_published", "name", unique=True, postgresql_where=text("state = 'published'")),
)

flow_walks = Table(
    "flow_walks",
    metadata,
    Column("call_id", String(80), primary_key=True),
    Column("version_id", Integer, ForeignKey("flow_versions.id")),  # none: a file, or the one we ship
    Column("began_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT, nullable=False),
    Column("ending", String(8), nullable=False),  # queue, done, gone: hung up in the middle
    Column("path", JSONB, nullable=False, server_default=EMPTY_LIST),  # as BUSBAR_PATH, all of it
    Index(None, "began_at"),
)

mass_events = Table(
    "mass_events",
    metadata,
    key(),
    Column("title", Text, nullable=False),
    Column("area", Text, nullable=False, server_default=EMPTY),  # beginning of an address as typed, "" everywhere
    Column("area_key", Text, nullable=False, server_default=EMPTY),  # crm_core.names.address_key of it
    Column("texts", JSONB, nullable=False),  # what callers hear, by language
    Column("begins_at", MOMENT, nullable=False),
    Column("ends_at", MOMENT),  # announced until then; none: until somebody ends it
    Column("restored_at", MOMENT),  # when supply is expected back, told to callers
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    Column("ended_by", Integer, ForeignKey("users.id")),
)

outbox = Table(
    "outbox",
    metadata,
    key(),
    Column("channel", String(8), nullable=False),  # sms, email
    Column("address", Text, nullable=False),
    Column("subject", Text, nullable=False, server_default=EMPTY),
    Column("body", Text, nullable=False),
    Column("language", String(8), nullable=False, server_default=EMPTY),
    Column("account_id", Integer, ForeignKey("accounts.id"), index=True),
    Column("call_id", String(80)),
    Column("state", String(10), nullable=False, server_default=text("'waiting'")),  # crm_core.outbox.Sending
    Column("asked_at", MOMENT, nullable=False, server_default=NOW),
    Column("changed_at", MOMENT),
    Column("trouble", Text, nullable=False, server_default=EMPTY),
    Column("once", String(80), unique=True),
    CheckConstraint("channel in ('sms', 'email')", name="channel"),
    Index("ix_outbox_waiting", "id", postgresql_where=text("state = 'waiting'")),
)

survey_marks = Table(
    "survey_marks",
    metadata,
    Column("call_id", String(80), primary_key=True),  # as of interactions
    Column("question", String(40), primary_key=True),
    Column("mark", SmallInteger, nullable=False),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("mark between 1 and 5", name="mark"),
    Index(None, "at"),
)

voice_messages = Table(
    "voice_messages",
    metadata,
    key(),
    Column("call_id", String(80), nullable=False, unique=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), index=True),
    Column("number", String(40), nullable=False, server_default=EMPTY),
    Column("language", String(8), nullable=False, server_default=EMPTY),
    Column("file", String(80), nullable=False),  # below <run folder>/messages, a name of ours
    Column("seconds", SmallInteger, nullable=False),
    Column("task_id", Integer, ForeignKey("tasks.id")),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    Column("erased", Boolean, nullable=False, server_default=text("false")),  # the file was removed
)

account_pins = Table(
    "account_pins",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.id"), primary_key=True),
    Column("pin", Text, nullable=False),  # argon2id
    Column("wrong", SmallInteger, nullable=False, server_default=text("0")),  # in a row
    Column("set_by", Integer, ForeignKey("users.id")),
    Column("set_at", MOMENT, nullable=False, server_default=NOW),
)
