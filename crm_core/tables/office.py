"""What programs and long tasks leave behind: tokens, answers given once, background jobs (no I/O)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

api_tokens = Table(
    "api_tokens",
    metadata,
    key(),
    Column("name", Text, nullable=False),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False, index=True),  # for whom it acts
    Column("secret_hash", String(64), nullable=False),  # SHA-256
    Column("actions", JSONB, nullable=False, server_default=EMPTY_LIST),  # crm_core.access.Action
    Column("created_by", Integer, ForeignKey("users.id"), nullable=False),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Column("expires_at", MOMENT, nullable=False),
    Column("revoked_at", MOMENT),
    Column("used_at", MOMENT),
)

answers = Table(
    "answers",
    metadata,
    Column("owner", String(40), primary_key=True),  # token 5, user 7
    Column("key", String(80), primary_key=True),  # Idempotency-Key, or the nonce of a form
    Column("asked", String(64), nullable=False),  # SHA-256 of what was asked
    Column("status", SmallInteger),
    Column("body", JSONB),
    Column("created_at", MOMENT, nullable=False, server_default=NOW, index=True),
)

jobs = Table(
    "jobs",
    metadata,
    key(),
    Column("kind", String(30), nullable=False),  # crm_core.jobs.FUNCTIONS
    Column("title", Text, nullable=False),
    Column("state", String(10), nullable=False, server_default=sql("'waiting'")),  # crm_core.joblife.State
    Column("asked_by", Integer, ForeignKey("users.id")),
    Column("done", BigInteger, nullable=False, server_default=sql("0")),
    Column("total", BigInteger, nullable=False, server_default=sql("0")),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("detail", JSONB, nullable=False, server_default=sql("'{}'::jsonb")),  # what is asked, and what came of it
    Column("trouble", Text, nullable=False, server_default=EMPTY),  # one sentence, when it failed
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Column("started_at", MOMENT),
    Column("beat_at", MOMENT),  # last sign of life
    Column("finished_at", MOMENT),
    CheckConstraint("state in ('waiting', 'running', 'done', 'failed', 'cancelled')", name="state"),
    Index(None, "kind", "id"),
    Index("ix_jobs_unfinished", "id", postgresql_where=sql("state in ('waiting', 'running')")),
)
