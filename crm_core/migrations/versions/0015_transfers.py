"""Transfers and conferences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "transfer_numbers",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("skill", sa.String(length=40), server_default=sa.text("''"), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_transfer_numbers_changed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_numbers")),
        sa.UniqueConstraint("number", name=op.f("uq_transfer_numbers_number")),
    )
    op.create_table(
        "contact_parts",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("disposition", sa.String(length=24), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["users.id"], name=op.f("fk_contact_parts_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_parts")),
        sa.UniqueConstraint("call_id", "operator_id", name=op.f("uq_contact_parts_call_id_operator_id")),
    )


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    op.drop_table("contact_parts")
    op.drop_table("transfer_numbers")
