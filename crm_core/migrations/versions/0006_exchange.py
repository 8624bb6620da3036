"""Tables of imports and exports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
MOMENT = sa.DateTime(timezone=True)
NOW, EMPTY, ZERO = sa.text("now()"), sa.text("''"), sa.text("0")
OBJECT, LIST = sa.text("'{}'::jsonb"), sa.text("'[]'::jsonb")
WHOLE = sa.text("state = 'committed' and rejected = 0")
ADDED = (
    ("state", sa.String(12), sa.text("'committed'")),
    ("asked_by", sa.Integer(), None),
    ("form", sa.String(12), EMPTY),
    ("size", sa.BigInteger(), ZERO),
    ("stored", sa.Text(), EMPTY),
    ("header", JSONB, LIST),
    ("mapping", JSONB, OBJECT),
    ("findings", JSONB, OBJECT),
    ("examples", JSONB, LIST),
    ("changed", JSONB, OBJECT),
    ("notes", JSONB, OBJECT),
    ("refusal", sa.Text(), EMPTY),
    ("job_id", sa.Integer(), None),
    ("undo_until", MOMENT, None),
    ("undone_at", MOMENT, None),
    ("undone_by", sa.Integer(), None),
    ("undone", JSONB, OBJECT),
    ("remembered", sa.Boolean(), sa.text("true")),
)


def upgrade() -> None:
    """Make them."""
    for name, kind, default in ADDED:
        op.add_column("imports", sa.Column(name, kind, nullable=default is None, server_default=default))
    op.create_foreign_key("fk_imports_asked_by", "imports", "users", ["asked_by"], ["id"])
    op.create_foreign_key("fk_imports_job_id", "imports", "jobs", ["job_id"], ["id"])
    op.create_foreign_key("fk_imports_undone_by", "imports", "users", ["undone_by"], ["id"])
    op.drop_constraint("uq_imports_file_hash", "imports", type_="unique")
    op.create_index("ix_imports_file_hash", "imports", ["file_hash"])
    op.create_index("uq_imports_whole", "imports", ["file_hash"], unique=True, postgresql_where=WHOLE)
    op.create_table(
        "import_mappings",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("mapping", JSONB, nullable=False),
        sa.Column("by_user", sa.Integer(), nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False, server_default=NOW),
        sa.ForeignKeyConstraint(["by_user"], ["users.id"], name="fk_import_mappings_by_user"),
        sa.PrimaryKeyConstraint("kind", "fingerprint", name="pk_import_mappings"),
    )
    op.create_table(
        "import_changes",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("tbl", sa.String(20), nullable=False),
        sa.Column("key", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("before", JSONB, nullable=True),
        sa.Column("mark", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name="fk_import_changes_import_id", ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("import_id", "seq", name="pk_import_changes"),
    )
    _exports()


def _exports() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("form", sa.String(8), nullable=False),
        sa.Column("selection", JSONB, nullable=False, server_default=OBJECT),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False, server_default=ZERO),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answer", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("made_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("token_hash", sa.String(64), nullable=False, server_default=EMPTY),
        sa.Column("fetched_at", MOMENT, nullable=True),
        sa.Column("stored", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("file_hash", sa.String(64), nullable=False, server_default=EMPTY),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("baits", sa.Integer(), nullable=False, server_default=ZERO),
        sa.Column("refusal", sa.Text(), nullable=False, server_default=EMPTY),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name="fk_exports_asked_by"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_exports_job_id"),
        sa.ForeignKeyConstraint(["answered_by"], ["users.id"], name="fk_exports_answered_by"),
        sa.CheckConstraint("answered_by is null or answered_by <> asked_by", name=op.f("ck_exports_two_people")),
        sa.PrimaryKeyConstraint("id", name="pk_exports"),
    )
    op.create_index("ix_exports_asked_by", "exports", ["asked_by"])
    op.create_index("ix_exports_expires_at", "exports", ["expires_at"])


def downgrade() -> None:
    """Take them away; what is in them is gone, and of imports of one file only the newest stays."""
    op.drop_table("exports")
    op.drop_table("import_changes")
    op.drop_table("import_mappings")
    op.drop_index("uq_imports_whole", "imports")
    op.drop_index("ix_imports_file_hash", "imports")
    op.execute("delete from imports where state <> 'committed'")
    op.execute("delete from imports a using imports b where a.file_hash = b.file_hash and a.id < b.id")
    op.create_unique_constraint("uq_imports_file_hash", "imports", ["file_hash"])
    for name, _, _ in reversed(ADDED):
        op.drop_column("imports", name)
