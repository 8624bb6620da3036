"""Reports that people keep: versions, shares, schedules, files on their way; schemes of figures of teams."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
EMPTY = sa.text("''")
EMPTY_LIST = sa.text("'[]'::jsonb")
ONE = sa.text("1")
TABLES = (
    "kpi_schemes",
    "report_files",
    "report_schedules",
    "saved_report_shares",
    "saved_report_versions",
    "saved_reports",
)


def upgrade() -> None:
    """Make the tables."""
    _reports()
    _schedules()
    op.create_table(
        "kpi_schemes",
        sa.Column("team", sa.String(30), sa.ForeignKey("teams.code", name="fk_kpi_schemes_team"), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("scheme", JSONB(), nullable=False),
        sa.Column("made_by", sa.Integer(), sa.ForeignKey("users.id", name="fk_kpi_schemes_made_by")),
        sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    )


def _reports() -> None:
    op.create_table(
        "saved_reports",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column(
            "owner_id", sa.Integer(), sa.ForeignKey("users.id", name="fk_saved_reports_owner_id"), nullable=False
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default=ONE),
        sa.Column("retired", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    )
    op.create_index("ix_saved_reports_owner_id", "saved_reports", ["owner_id"])
    key = sa.ForeignKey("saved_reports.id", name="fk_saved_report_versions_report_id")
    op.create_table(
        "saved_report_versions",
        sa.Column("report_id", sa.Integer(), key, primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("query", JSONB(), nullable=False),
        sa.Column("chart", sa.String(10), nullable=False),
        sa.Column("period", sa.String(16), nullable=False, server_default=EMPTY),
        sa.Column("made_by", sa.Integer(), sa.ForeignKey("users.id", name="fk_saved_report_versions_made_by")),
        sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    )
    key = sa.ForeignKey("saved_reports.id", name="fk_saved_report_shares_report_id")
    op.create_table(
        "saved_report_shares",
        sa.Column("report_id", sa.Integer(), key, primary_key=True),
        sa.Column("kind", sa.String(4), primary_key=True),
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("shared_by", sa.Integer(), sa.ForeignKey("users.id", name="fk_saved_report_shares_shared_by")),
        sa.Column("shared_at", MOMENT, nullable=False, server_default=NOW),
        sa.CheckConstraint("kind in ('team', 'role')", name=op.f("ck_saved_report_shares_kind")),
    )


def _schedules() -> None:
    owner = sa.ForeignKey("users.id", name="fk_report_schedules_owner_id")
    op.create_table(
        "report_schedules",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("owner_id", sa.Integer(), owner, nullable=False),
        sa.Column("report", sa.String(60), nullable=False),
        sa.Column("form", sa.String(4), nullable=False),
        sa.Column("every", sa.String(8), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False, server_default=ONE),
        sa.Column("day", sa.SmallInteger(), nullable=False, server_default=ONE),
        sa.Column("at_minute", sa.SmallInteger(), nullable=False),
        sa.Column("people", JSONB(), nullable=False, server_default=EMPTY_LIST),
        sa.Column("addresses", JSONB(), nullable=False, server_default=EMPTY_LIST),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT),
        sa.Column("trouble", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("ended_at", MOMENT),
        sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
        sa.CheckConstraint("every in ('day', 'week', 'month')", name=op.f("ck_report_schedules_every")),
    )
    op.create_index("ix_report_schedules_owner_id", "report_schedules", ["owner_id"])
    waiting = sa.text("ended_at is null")
    op.create_index("ix_report_schedules_due", "report_schedules", ["next_at"], postgresql_where=waiting)
    schedule = sa.ForeignKey("report_schedules.id", name="fk_report_files_schedule_id")
    op.create_table(
        "report_files",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("schedule_id", sa.Integer(), schedule, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id", name="fk_report_files_user_id")),
        sa.Column("address", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("form", sa.String(4), nullable=False),
        sa.Column("stored", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("fetched_at", MOMENT),
        sa.UniqueConstraint("token_hash", name="uq_report_files_token_hash"),
    )
    op.create_index("ix_report_files_user_id", "report_files", ["user_id"])
    op.create_index(
        "ix_report_files_once",
        "report_files",
        ["schedule_id", "due_at", "user_id", "address"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    there = sa.text("stored <> ''")
    op.create_index("ix_report_files_expires", "report_files", ["expires_at"], postgresql_where=there)


def downgrade() -> None:
    """Take them away."""
    for table in TABLES:
        op.drop_table(table)
