"""The desk's own: who is called often, who was called last, messages between the people who work here (no I/O)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from crm_core.tables.base import EMPTY, MOMENT, NOW, key, metadata

speed_dials = Table(
    "speed_dials",
    metadata,
    key(),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("colleague_id", Integer, ForeignKey("users.id")),
    Column("number_id", Integer, ForeignKey("transfer_numbers.id", ondelete="CASCADE")),  # of the office's list
    CheckConstraint("num_nonnulls(colleague_id, number_id) = 1", name="whom"),
    UniqueConstraint("user_id", "colleague_id"),
    UniqueConstraint("user_id", "number_id"),
)

placed_calls = Table(
    "placed_calls",
    metadata,
    key(),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("colleague_id", Integer, ForeignKey("users.id")),
    Column("number_id", Integer, ForeignKey("transfer_numbers.id", ondelete="CASCADE")),
    CheckConstraint("num_nonnulls(colleague_id, number_id) = 1", name="whom"),
    Index(None, "user_id", "id"),
)

desk_messages = Table(
    "desk_messages",
    metadata,
    key(BigInteger),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    Column("from_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("to_id", Integer, ForeignKey("users.id")),
    Column("team", String(30), ForeignKey("teams.code")),
    Column("text", Text, nullable=False, server_default=EMPTY),
    CheckConstraint("num_nonnulls(to_id, team) = 1", name="whom"),
    Index(None, "at"),
    Index("ix_desk_messages_to", "to_id", "from_id", "id", postgresql_where=text("to_id is not null")),
    Index("ix_desk_messages_from", "from_id", "to_id", "id", postgresql_where=text("to_id is not null")),
    Index("ix_desk_messages_team", "team", "id", postgresql_where=text("team is not null")),
)

desk_message_reads = Table(
    "desk_message_reads",
    metadata,
    Column("user_id", Integer, ForeignKey("users.id"), primary_key=True),
    Column("thread", String(40), primary_key=True),  # person:5, team:gas
    Column("read_to", BigInteger, nullable=False),  # the newest message seen there
)
