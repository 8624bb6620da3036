"""Callers passed on: numbers that they may be passed on to, and what each operator on the way wrote (no I/O)."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from crm_core.tables.base import EMPTY, MOMENT, NOW, key, metadata

transfer_numbers = Table(
    "transfer_numbers",
    metadata,
    key(),
    Column("title", String(80), nullable=False),
    Column("number", String(16), nullable=False, unique=True),  # E.164
    Column("skill", String(40), nullable=False, server_default=EMPTY),  # whose operators may use it, "" everybody's
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)

contact_parts = Table(
    "contact_parts",
    metadata,
    key(),
    Column("call_id", String(80), nullable=False),  # as of interactions
    Column("operator_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("disposition", String(24), nullable=False),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    UniqueConstraint("call_id", "operator_id"),
)
