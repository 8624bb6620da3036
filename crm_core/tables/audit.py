"""Who looked at what (no I/O)."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from crm_core.tables.base import EMPTY, MOMENT, NOW, key, metadata

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
)
