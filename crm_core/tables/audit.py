"""Who looked at what, what was worth a look of its own, how long what is kept (no I/O)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

access_log = Table(
    "access_log",
    metadata,
    key(),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    Column("user_id", Integer, ForeignKey("users.id")),
    Column("action", String(40), nullable=False),  # card.viewed, search, sign_in, sign_in.refused, reading.submitted …
    Column("object", String(80), nullable=False, server_default=EMPTY),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Column("ip", String(45), nullable=False, server_default=EMPTY),
    Column("role", String(16), nullable=False, server_default=EMPTY),  # of the user at that moment
    Column("session", String(16), nullable=False, server_default=EMPTY),  # crm_core.asking
    Column("fields", String(200), nullable=False, server_default=EMPTY),  # phone,email: what was shown or changed
    Column("contact_id", String(80), nullable=False, server_default=EMPTY),  # the call it was done for
    Column("result", String(12), nullable=False, server_default=text("'done'")),  # done, refused
    Index(None, "at", "id"),
    Index(None, "user_id", "at", "id"),
    Index(None, "object", "at", "id"),
    Index(None, "action", "at", "id"),
)

# The chain stands beside the log, so that a row of the log is never written twice (docs/adr/0012).
access_seals = Table(
    "access_seals",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("access_id", Integer, nullable=False, unique=True),  # a row that is gone is what `audit verify` finds
    Column("sealed_at", MOMENT, nullable=False, server_default=NOW),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

access_cuts = Table(
    "access_cuts",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # the last link that retention took away
    Column("hash", LargeBinary, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("cut_at", MOMENT, nullable=False, server_default=NOW),
)

access_reasons = Table(
    "access_reasons",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("title", Text, nullable=False),
    Column("needs_words", Boolean, nullable=False, server_default=text("false")),
    Column("position", SmallInteger, nullable=False),
    Column("retired", Boolean, nullable=False, server_default=text("false")),
)

card_openings = Table(
    "card_openings",
    metadata,
    Column("user_id", Integer, ForeignKey("users.id"), primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), primary_key=True),
    Column("reason", String(20), ForeignKey("access_reasons.code"), nullable=False),
    Column("words", Text, nullable=False, server_default=EMPTY),
    Column("opened_at", MOMENT, nullable=False, index=True),
)

alert_rules = Table(
    "alert_rules",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("kind", String(24), nullable=False),  # crm_core.watch.Kind
    Column("title", Text, nullable=False),
    Column("role", String(16), nullable=False, server_default=EMPTY),
    Column("window_minutes", Integer, nullable=False),
    Column("raise_at", Integer, nullable=False),
    Column("clear_at", Integer, nullable=False),
    Column("own_factor", Float, nullable=False, server_default=text("0")),
    Column("own_least", Integer, nullable=False, server_default=text("0")),
    Column("from_hour", SmallInteger, nullable=False, server_default=text("0")),
    Column("to_hour", SmallInteger, nullable=False, server_default=text("24")),
    Column("blocks", Boolean, nullable=False, server_default=text("false")),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
)

alerts = Table(
    "alerts",
    metadata,
    key(),
    Column("rule", String(40), ForeignKey("alert_rules.code"), nullable=False),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("detail", Text, nullable=False, server_default=EMPTY),
    Column("value", Integer, nullable=False),  # the highest so far
    Column("raise_at", Integer, nullable=False),
    Column("raised_at", MOMENT, nullable=False),
    Column("cleared_at", MOMENT),
    Column("acknowledged_at", MOMENT),
    Column("acknowledged_by", Integer, ForeignKey("users.id")),
    Column("finding", Text, nullable=False, server_default=EMPTY),  # what it was, in words
    Index("uq_alerts_standing", "rule", "user_id", unique=True, postgresql_where=text("cleared_at is null")),
    Index("ix_alerts_open", "id", postgresql_where=text("acknowledged_at is null")),
    Index(None, "user_id", "id"),
)

retention_rules = Table(
    "retention_rules",
    metadata,
    Column("kind", String(24), primary_key=True),  # crm_core.retention.KINDS
    Column("days", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT),
    Column("swept_at", MOMENT),
    Column("swept_rows", Integer, nullable=False, server_default=text("0")),
)

legal_holds = Table(
    "legal_holds",
    metadata,
    key(),
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_by", Integer, ForeignKey("users.id"), nullable=False),
    Column("placed_at", MOMENT, nullable=False),
    Column("lifted_by", Integer, ForeignKey("users.id")),
    Column("lifted_at", MOMENT),
    Column("lift_reason", Text, nullable=False, server_default=EMPTY),
    Index("uq_legal_holds_standing", "customer_id", unique=True, postgresql_where=text("lifted_at is null")),
)

erasures = Table(
    "erasures",
    metadata,
    key(),
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False),
    Column("state", String(12), nullable=False),  # crm_core.erasure.State
    Column("reason", Text, nullable=False),
    Column("asked_by", Integer, ForeignKey("users.id"), nullable=False),
    Column("asked_at", MOMENT, nullable=False),
    Column("decided_by", Integer, ForeignKey("users.id")),
    Column("decided_at", MOMENT),
    Column("finished_at", MOMENT),
    Column("found", JSONB, nullable=False, server_default=EMPTY_LIST),  # where old values still were
    Index(
        "uq_erasures_running",
        "customer_id",
        unique=True,
        postgresql_where=text("state in ('asked', 'approved', 'held', 'incomplete')"),
    ),
)

subject_exports = Table(
    "subject_exports",
    metadata,
    key(),
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("asked_by", Integer, ForeignKey("users.id"), nullable=False),
    Column("asked_at", MOMENT, nullable=False),
    Column("ready_at", MOMENT),
    Column("file", LargeBinary),  # a ZIP with the answer as JSON and as HTML
    Column("sha256", String(64), nullable=False, server_default=EMPTY),
    Column("expires_at", MOMENT),
    Column("taken_at", MOMENT),
)

password_links = Table(
    "password_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256 of the link's token
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False, index=True),
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("used_at", MOMENT),
)
