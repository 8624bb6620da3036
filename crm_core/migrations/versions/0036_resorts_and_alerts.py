"""A queue of last resort for each queue; where alerts of the floor are told, and what became of each word."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.add_column("queues", sa.Column("last_resort", sa.String(length=40), server_default=sa.text("''"), nullable=False))
    op.execute(
        "create trigger queues_tell_lines after insert or delete or update of last_resort on queues "
        "for each statement execute function tell_lines()"
    )
    _alerts()


def _alerts() -> None:
    op.create_table(
        "alert_ways",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("secret", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("kinds", postgresql.JSONB(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("channel in ('email', 'webhook')", name=op.f("ck_alert_ways_channel")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_alert_ways_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_ways")),
    )
    op.create_table(
        "alert_deliveries",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("way_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(length=200), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(
            ["way_id"], ["alert_ways.id"], name=op.f("fk_alert_deliveries_way_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_deliveries")),
    )
    op.execute("insert into retention_rules (kind, days) values ('alert_deliveries', 90)")
    op.create_index("ix_alert_deliveries_at", "alert_deliveries", ["at"])
    op.create_index(
        "ix_alert_deliveries_waiting", "alert_deliveries", ["next_at"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index(
        "uq_alert_deliveries_word", "alert_deliveries", ["way_id", "kind", "subject", "over", "at"], unique=True
    )


def downgrade() -> None:
    """Take them away."""
    op.execute("delete from retention_rules where kind = 'alert_deliveries'")
    op.drop_table("alert_deliveries")
    op.drop_table("alert_ways")
    op.execute("drop trigger queues_tell_lines on queues")
    op.drop_column("queues", "last_resort")
