"""What is worth doing with a subscriber: rules by version, offers, what became of what was shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0031"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
EMPTY = sa.text("''")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "advice_policies",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("rules", JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("created_by", sa.Integer(), sa.ForeignKey("users.id")),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    )
    op.create_index("ix_advice_policies_valid_from_id", "advice_policies", ["valid_from", "id"])
    op.create_table(
        "offers",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("texts", JSONB(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("quiet_days", sa.SmallInteger(), nullable=False),
        sa.Column("customer_kind", sa.String(12), nullable=False, server_default=EMPTY),
        sa.Column("tariff", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("without_debt", sa.Boolean(), nullable=False, server_default=sa.text("true")),
        sa.Column("without_email_bills", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("opens", sa.String(40), nullable=False, server_default=EMPTY),
        sa.Column("retired", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")),
        sa.Column("changed_by", sa.Integer(), sa.ForeignKey("users.id")),
        sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    )
    op.create_table(
        "advice",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("rule", sa.String(20), nullable=False),
        sa.Column("offer_id", sa.Integer(), sa.ForeignKey("offers.id")),
        sa.Column("answer", sa.String(10), nullable=False, server_default=EMPTY),
        sa.Column("reason", sa.String(20), nullable=False, server_default=EMPTY),
        sa.Column("answered_at", MOMENT),
        sa.Column("happened_at", MOMENT),
    )
    op.create_index("uq_advice_call_id", "advice", ["call_id", "account_id", "rule"], unique=True)
    op.create_index("ix_advice_account_id", "advice", ["account_id", "id"])
    op.create_index("ix_advice_at", "advice", ["at"])


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for table in ("advice", "offers", "advice_policies"):
        op.drop_table(table)
