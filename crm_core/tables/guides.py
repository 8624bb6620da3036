"""What operators say and know: articles, scripts and texts for notes by version, marks, walks; their keys (no I/O)."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

guides = Table(
    "guides",
    metadata,
    key(),
    Column("kind", String(8), nullable=False),  # crm_core.work.guides.GuideKind
    Column("code", String(40), nullable=False),
    Column("language", String(8), nullable=False),
    Column("title", Text, nullable=False),
    Column("topics", JSONB, nullable=False, server_default=EMPTY_LIST),  # codes of topics it is suggested for
    Column("version", Integer, nullable=False, server_default=text("1")),  # the newest, which is shown
    Column("retired", Boolean, nullable=False, server_default=text("false")),
    Column("words", TSVECTOR, nullable=False),  # of title and body, by the store
    UniqueConstraint("kind", "code", "language"),
    CheckConstraint("kind in ('article', 'script', 'note', 'message')", name="kind"),
    Index("ix_guides_words", "words", postgresql_using="gin"),
)

guide_versions = Table(
    "guide_versions",
    metadata,
    Column("guide_id", Integer, ForeignKey("guides.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),  # never changed, a correction is the next version
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
)

guide_marks = Table(
    "guide_marks",
    metadata,
    Column("guide_id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("user_id", Integer, ForeignKey("users.id"), primary_key=True, autoincrement=False),
    Column("useful", Boolean, nullable=False),
    Column("said", Text, nullable=False, server_default=EMPTY),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    ForeignKeyConstraint(["guide_id", "version"], ["guide_versions.guide_id", "guide_versions.version"]),
)

script_walks = Table(
    "script_walks",
    metadata,
    key(),
    Column("guide_id", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id"), index=True),
    Column("call_id", String(80), nullable=False, server_default=EMPTY),
    Column("answers", JSONB, nullable=False, server_default=EMPTY_LIST),  # [[step, answer], …] in their order
    Column("ending", String(40), nullable=False, server_default=EMPTY),  # the step where it ended, "" in the middle
    Column("began_at", MOMENT, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("once", String(80), nullable=False, unique=True),
    ForeignKeyConstraint(["guide_id", "version"], ["guide_versions.guide_id", "guide_versions.version"]),
    Index(None, "guide_id", "began_at"),
)

user_keys = Table(
    "user_keys",
    metadata,
    Column("user_id", Integer, ForeignKey("users.id"), primary_key=True, autoincrement=False),
    Column("keys", JSONB, nullable=False),  # action -> key, of those that differ from ours
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)
