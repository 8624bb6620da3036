"""Asterisk nodes, trunks, endpoints, line checks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("line_checks", "line_alerts", "line_states", "last_resort", "telephones", "trunks", "nodes")
TOLD = ("trunks", "telephones", "last_resort", "users")
"""Tables whose change concerns an Asterisk."""
TELLING = """
create function tell_lines() returns trigger language plpgsql as $$
begin
    perform pg_notify('busbar_lines', '');
    return null;
end $$
"""


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "nodes",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("trouble", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_nodes")),
    )
    op.create_table(
        "trunks",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("port", sa.Integer(), server_default=sa.text("5060"), nullable=False),
        sa.Column("login", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("secret", sa.String(length=128), server_default=sa.text("''"), nullable=False),
        sa.Column("registers", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("number", sa.String(length=16), server_default=sa.text("''"), nullable=False),
        sa.Column("numbers", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("prefixes", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("rank", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("lines", sa.SmallInteger(), server_default=sa.text("30"), nullable=False),
        sa.Column("reserved", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("direction", sa.String(length=4), server_default=sa.text("'both'"), nullable=False),
        sa.Column(
            "codecs", postgresql.JSONB(), server_default=sa.text("'[\"alaw\", \"ulaw\"]'::jsonb"), nullable=False
        ),
        sa.Column("check_number", sa.String(length=16), server_default=sa.text("''"), nullable=False),
        sa.Column("node", sa.String(length=40), server_default=sa.text("''"), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("direction in ('both', 'in', 'out')", name=op.f("ck_trunks_direction")),
        sa.CheckConstraint("reserved between 0 and lines", name=op.f("ck_trunks_reserved")),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_trunks_changed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trunks")),
        sa.UniqueConstraint("name", name=op.f("uq_trunks_name")),
    )
    op.create_table(
        "telephones",
        sa.Column("extension", sa.String(length=20), nullable=False),
        sa.Column("browser", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("desk", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_telephones_changed_by")),
        sa.PrimaryKeyConstraint("extension", name=op.f("pk_telephones")),
    )
    op.create_table(
        "last_resort",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("strategy", sa.String(length=12), server_default=sa.text("'leastrecent'"), nullable=False),
        sa.Column("ring_seconds", sa.SmallInteger(), server_default=sa.text("15"), nullable=False),
        sa.Column("wrap_up_seconds", sa.SmallInteger(), server_default=sa.text("5"), nullable=False),
        sa.Column("most_waiting", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_last_resort_changed_by")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_last_resort")),
    )
    op.create_table(
        "line_states",
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.String(length=120), server_default=sa.text("''"), nullable=False),
        sa.Column("rtt_us", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("node", "kind", "name", name=op.f("pk_line_states")),
    )
    op.create_table(
        "line_alerts",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("node", sa.String(length=40), server_default=sa.text("''"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("detail", sa.String(length=200), server_default=sa.text("''"), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_alerts")),
    )
    op.create_index(
        "uq_line_alerts_standing",
        "line_alerts",
        ["kind", "node", "name"],
        unique=True,
        postgresql_where=sa.text("cleared_at is null"),
    )
    op.create_index(op.f("ix_line_alerts_raised_at"), "line_alerts", ["raised_at"], unique=False)
    op.create_table(
        "line_checks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("trunk", sa.String(length=20), server_default=sa.text("''"), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("legs", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("failed", sa.String(length=12), server_default=sa.text("''"), nullable=False),
        sa.Column("detail", sa.String(length=200), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_checks")),
    )
    op.create_index(op.f("ix_line_checks_began_at"), "line_checks", ["began_at"], unique=False)
    op.execute(TELLING)
    for table in TOLD:
        what = "insert or delete or update of extension, active, name" if table == "users" else "insert or update or delete"
        op.execute(
            f"create trigger {table}_tell_lines after {what} on {table} for each statement execute function tell_lines()"
        )


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    op.execute("drop trigger users_tell_lines on users")
    for table in TABLES:
        op.drop_table(table)
    op.execute("drop function tell_lines()")
