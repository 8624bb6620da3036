"""Files that came in and went out, and long tasks that can be taken up again (no I/O)."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

EMPTY_OBJECT = text("'{}'::jsonb")
ZERO = text("0")

imports = Table(
    "imports",
    metadata,
    key(),
    Column("file_hash", String(64), nullable=False, index=True),
    Column("file_name", Text, nullable=False),
    Column("kind", String(20), nullable=False),  # crm_core.importing.columns.KINDS; auto until it is told
    Column("rows", Integer, nullable=False, server_default=ZERO),
    Column("rejected", Integer, nullable=False, server_default=ZERO),
    Column("finished_at", MOMENT),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Column("state", String(12), nullable=False, server_default=text("'committed'")),  # crm_core.importing.life
    Column("asked_by", Integer, ForeignKey("users.id")),
    Column("form", String(12), nullable=False, server_default=EMPTY),  # crm_core.importing.sheet.FORMS
    Column("size", BigInteger, nullable=False, server_default=ZERO),
    Column("stored", Text, nullable=False, server_default=EMPTY),  # name in the run folder, empty when it is not kept
    Column("header", JSONB, nullable=False, server_default=EMPTY_LIST),
    Column("mapping", JSONB, nullable=False, server_default=EMPTY_OBJECT),  # field: place of its column
    Column("findings", JSONB, nullable=False, server_default=EMPTY_OBJECT),  # rule: rows
    Column("examples", JSONB, nullable=False, server_default=EMPTY_LIST),  # first rows that a rule held or rejected
    Column("changed", JSONB, nullable=False, server_default=EMPTY_OBJECT),  # what was made or changed: rows
    Column("notes", JSONB, nullable=False, server_default=EMPTY_OBJECT),  # what was repaired: rows
    Column("refusal", Text, nullable=False, server_default=EMPTY),
    Column("job_id", Integer, ForeignKey("jobs.id")),  # what a worker does or did with it last
    Column("undo_until", MOMENT),
    Column("undone_at", MOMENT),
    Column("undone_by", Integer, ForeignKey("users.id")),
    Column("undone", JSONB, nullable=False, server_default=EMPTY_OBJECT),  # taken back and kept, by table and rule
    Column("remembered", Boolean, nullable=False, server_default=text("true")),  # row by row, and with its file
    Index(
        "uq_imports_whole",
        "file_hash",
        unique=True,
        postgresql_where=text("state = 'committed' and rejected = 0"),
    ),
)

import_mappings = Table(
    "import_mappings",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("fingerprint", String(64), primary_key=True),  # crm_core.importing.columns.fingerprint
    Column("mapping", JSONB, nullable=False),
    Column("by_user", Integer, ForeignKey("users.id")),
    Column("updated_at", MOMENT, nullable=False, server_default=NOW),
)

import_changes = Table(
    "import_changes",
    metadata,
    Column("import_id", Integer, ForeignKey("imports.id", ondelete="cascade"), primary_key=True),
    Column("seq", BigInteger, Identity(), primary_key=True),
    Column("row", Integer, nullable=False),  # of the file
    Column("tbl", String(20), nullable=False),
    Column("key", ARRAY(Integer), nullable=False),  # crm_core.importing.journal
    Column("before", JSONB),
    Column("mark", Uuid),
)

exports = Table(
    "exports",
    metadata,
    key(),
    Column("subject", String(20), nullable=False),  # crm_core.exporting.subjects.SUBJECTS
    Column("form", String(8), nullable=False),  # csv, xlsx, 1c, cim
    Column("selection", JSONB, nullable=False, server_default=EMPTY_OBJECT),
    Column("reason", Text, nullable=False),
    Column("state", String(20), nullable=False),  # crm_core.exporting.life
    Column("role", String(16), nullable=False),  # of who asked: what he may see is what the file shows
    Column("rows", Integer, nullable=False, server_default=ZERO),
    Column("job_id", Integer, ForeignKey("jobs.id")),
    Column("asked_by", Integer, ForeignKey("users.id"), nullable=False, index=True),
    Column("asked_at", MOMENT, nullable=False, server_default=NOW),
    Column("answered_by", Integer, ForeignKey("users.id")),
    Column("answered_at", MOMENT),
    Column("answer", Text, nullable=False, server_default=EMPTY),
    Column("made_at", MOMENT),
    Column("expires_at", MOMENT, index=True),
    Column("token_hash", String(64), nullable=False, server_default=EMPTY),  # SHA-256 of the link's token
    Column("fetched_at", MOMENT),
    Column("stored", Text, nullable=False, server_default=EMPTY),  # name in the run folder, empty when it is gone
    Column("file_hash", String(64), nullable=False, server_default=EMPTY),
    Column("since", Date),
    Column("until", Date),
    Column("baits", Integer, nullable=False, server_default=ZERO),  # honey-token cards among the rows
    Column("refusal", Text, nullable=False, server_default=EMPTY),
    CheckConstraint("answered_by is null or answered_by <> asked_by", name="two_people"),
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
