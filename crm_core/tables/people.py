"""People who work here, their sessions and states (no I/O)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

users = Table(
    "users",
    metadata,
    key(),
    Column("login", String(60), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password", Text, nullable=False),  # argon2id
    Column("role", String(16), nullable=False),  # crm_core.access.Role
    Column("extension", String(8), unique=True),
    Column("language", String(8), nullable=False, server_default=text("'en'")),
    Column("languages", JSONB, nullable=False, server_default=EMPTY_LIST),  # spoken with callers
    Column("skills", JSONB, nullable=False, server_default=EMPTY_LIST),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256 of the cookie's token
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Column("seen_at", MOMENT, nullable=False, server_default=NOW),
    Column("expires_at", MOMENT, nullable=False),
    Column("ip", String(45), nullable=False, server_default=EMPTY),
)

operator_states = Table(
    "operator_states",
    metadata,
    key(),
    Column("operator_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(40), nullable=False, server_default=EMPTY),
    Column("call_id", String(80)),
    Column("at", MOMENT, nullable=False),
    Index(None, "operator_id", "at"),
    Index(None, "at"),
    Index("ix_operator_states_call_id", "call_id", postgresql_where=text("call_id is not null")),
)
