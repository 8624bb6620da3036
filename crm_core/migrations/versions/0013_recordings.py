"""Recordings of calls: rules, what callers were told, sealed recordings; how long messages and ways are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = (("messages", 180), ("flow_walks", 366))


def upgrade() -> None:
    """Make them. Nothing is recorded until somebody decides that it is."""
    op.create_table(
        "recording_rules",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("queue", sa.String(length=40), server_default=sa.text("''"), nullable=False),
        sa.Column("campaign", sa.String(length=40), server_default=sa.text("''"), nullable=False),
        sa.Column("direction", sa.String(length=3), server_default=sa.text("''"), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("share", sa.SmallInteger(), server_default=sa.text("100"), nullable=False),
        sa.Column("announced", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("keep_days", sa.Integer(), server_default=sa.text("180"), nullable=False),
        sa.Column("pause_seconds", sa.Integer(), server_default=sa.text("300"), nullable=False),
        sa.Column("after_pause", sa.String(length=8), server_default=sa.text("'resume'"), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("share between 1 and 100", name=op.f("ck_recording_rules_share")),
        sa.CheckConstraint("keep_days between 1 and 3650", name=op.f("ck_recording_rules_keep_days")),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_recording_rules_changed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_rules")),
    )
    op.create_index(
        "uq_recording_rules_standing",
        "recording_rules",
        ["queue", "campaign", "direction"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "recording_notices",
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=8), server_default=sa.text("''"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["recording_rules.id"], name=op.f("fk_recording_notices_rule_id")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_recording_notices")),
    )
    op.create_index(op.f("ix_recording_notices_at"), "recording_notices", ["at"], unique=False)
    op.create_table(
        "recordings",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("leg", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("queue", sa.String(length=40), server_default=sa.text("''"), nullable=False),
        sa.Column("direction", sa.String(length=3), server_default=sa.text("'in'"), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("fault", sa.String(length=12), server_default=sa.text("''"), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("pauses", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("bytes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("file", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("key_id", sa.String(length=16), server_default=sa.text("''"), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("shredded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("finding", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_recordings_account_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["users.id"], name=op.f("fk_recordings_operator_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["recording_rules.id"], name=op.f("fk_recordings_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("call_id", "leg", name=op.f("uq_recordings_call_id_leg")),
    )
    op.create_index(op.f("ix_recordings_account_id_began_at"), "recordings", ["account_id", "began_at"], unique=False)
    op.create_index(op.f("ix_recordings_began_at_id"), "recordings", ["began_at", "id"], unique=False)
    op.create_index(
        "ix_recordings_due", "recordings", ["keep_until"], unique=False,
        postgresql_where=sa.text("state <> 'shredded'"),
    )
    op.create_index(
        "ix_recordings_faults", "recordings", ["id"], unique=False,
        postgresql_where=sa.text("fault <> '' and not looked_at"),
    )
    rules = sa.table("retention_rules", sa.column("kind"), sa.column("days"))
    op.bulk_insert(rules, [{"kind": kind, "days": days} for kind, days in KINDS])


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for kind, _ in KINDS:
        op.execute(sa.text("delete from retention_rules where kind = :kind").bindparams(kind=kind))
    for table in ("recordings", "recording_notices", "recording_rules"):
        op.drop_table(table)
