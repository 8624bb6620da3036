"""What of calls is recorded: rules, what callers were told, recordings with their sealed keys (no I/O)."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

recording_rules = Table(
    "recording_rules",
    metadata,
    key(),
    Column("queue", String(40), nullable=False, server_default=EMPTY),  # "" every one
    Column("campaign", String(40), nullable=False, server_default=EMPTY),
    Column("direction", String(3), nullable=False, server_default=EMPTY),  # in, out
    Column("mode", String(8), nullable=False),  # crm_core.recordings.Mode
    Column("share", SmallInteger, nullable=False, server_default=text("100")),  # percent
    Column("announced", Boolean, nullable=False, server_default=text("true")),
    Column("keep_days", Integer, nullable=False, server_default=text("180")),
    Column("pause_seconds", Integer, nullable=False, server_default=text("300")),
    Column("after_pause", String(8), nullable=False, server_default=text("'resume'")),  # crm_core.recordings.AfterPause
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    Column("ended_at", MOMENT),  # recordings made under it still name it
    CheckConstraint("share between 1 and 100", name="share"),
    CheckConstraint("keep_days between 1 and 3650", name="keep_days"),
    Index(
        "uq_recording_rules_standing", "queue", "campaign", "direction", unique=True,
        postgresql_where=text("ended_at is null"),
    ),
)  # fmt: skip

recording_notices = Table(
    "recording_notices",
    metadata,
    Column("call_id", String(80), primary_key=True),  # as of interactions
    Column("rule_id", Integer, ForeignKey("recording_rules.id")),
    Column("answer", String(8), nullable=False),  # crm_core.recordings.Answer
    Column("language", String(8), nullable=False, server_default=EMPTY),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    Index(None, "at"),
)

recordings = Table(
    "recordings",
    metadata,
    key(),
    Column("call_id", String(80), nullable=False),
    Column("leg", String(80), nullable=False),  # the operator's; "" where there is no file
    Column("account_id", Integer, ForeignKey("accounts.id")),
    Column("operator_id", Integer, ForeignKey("users.id")),
    Column("queue", String(40), nullable=False, server_default=EMPTY),
    Column("direction", String(3), nullable=False, server_default=text("'in'")),
    Column("state", String(8), nullable=False),  # crm_core.recordings.State
    Column("fault", String(12), nullable=False, server_default=EMPTY),  # crm_core.recordings.Fault
    Column("rule_id", Integer, ForeignKey("recording_rules.id")),
    Column("began_at", MOMENT, nullable=False),
    Column("seconds", Float, nullable=False, server_default=text("0")),
    Column("pauses", JSONB, nullable=False, server_default=EMPTY_LIST),  # [[from, to] …] in seconds of the file
    Column("peaks", LargeBinary),  # one byte a stretch and leg, in turns
    Column("sha256", String(64), nullable=False, server_default=EMPTY),  # of the sound before it was sealed
    Column("bytes", Integer, nullable=False, server_default=text("0")),  # of the sound
    Column("file", String(64), nullable=False, server_default=EMPTY),  # below <run folder>/recordings, drawn by us
    Column("key_id", String(16), nullable=False, server_default=EMPTY),  # of the house's key that seals `sealed_key`
    Column("sealed_key", LargeBinary),  # its own key; without it the file is noise
    Column("keep_until", MOMENT, nullable=False),
    Column("stored_at", MOMENT, nullable=False, server_default=NOW),
    Column("shredded_at", MOMENT),
    Column("looked_at", Boolean, nullable=False, server_default=text("false")),  # somebody said what the fault was
    Column("finding", Text, nullable=False, server_default=EMPTY),
    UniqueConstraint("call_id", "leg"),
    Index(None, "account_id", "began_at"),
    Index(None, "began_at", "id"),
    Index("ix_recordings_due", "keep_until", postgresql_where=text("state <> 'shredded'")),
    Index("ix_recordings_faults", "id", postgresql_where=text("fault <> '' and not looked_at")),
)
