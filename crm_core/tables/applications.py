"""What subscribers ask for (no I/O)."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Integer, String, Table, Text

from crm_core.tables.base import key, metadata

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
)
