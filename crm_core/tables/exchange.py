"""Files that came in, and long tasks that can be taken up again (no I/O)."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import MOMENT, NOW, key, metadata

imports = Table(
    "imports",
    metadata,
    key(),
    Column("file_hash", String(64), nullable=False, unique=True),
    Column("file_name", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("rows", Integer, nullable=False, server_default=text("0")),
    Column("rejected", Integer, nullable=False, server_default=text("0")),
    Column("finished_at", MOMENT),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
)

progress = Table(
    "progress",
    metadata,
    Column("task", String(60), primary_key=True),  # a long task that can be taken up again
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("updated_at", MOMENT, nullable=False, server_default=NOW),
)
