"""Orders to restrict supply for debt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "restriction_orders",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("agreement_id", sa.Integer(), sa.ForeignKey("agreements.id"), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("status", sa.String(12), nullable=False, server_default=sa.text("'given'")),
        sa.Column("amount", sa.Numeric(14, 2), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("given_by", sa.Integer(), sa.ForeignKey("users.id")),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.Column("carried_out_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Integer(), sa.ForeignKey("users.id")),
        sa.Column("note", sa.Text(), nullable=False, server_default=sa.text("''")),
    )
    op.create_index("ix_restriction_orders_account_id", "restriction_orders", ["account_id"])
    standing = sa.text("status in ('given', 'carried_out')")
    op.create_index(
        "uq_restriction_orders_standing", "restriction_orders", ["account_id"], unique=True, postgresql_where=standing
    )
    op.create_index("ix_restriction_orders_standing", "restriction_orders", ["id"], postgresql_where=standing)


def downgrade() -> None:
    """Take it away; what is in it is gone."""
    op.drop_table("restriction_orders")
