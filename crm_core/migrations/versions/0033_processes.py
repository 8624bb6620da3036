"""Steps of kinds of applications: versions, who runs them, where each application stands, suggestions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW, EMPTY = sa.text("now()"), sa.text("''")
RUNNING = sa.text("ended_at is null")
TABLES = ("process_answers", "process_suggestions", "process_runs", "process_owners", "process_versions")


def _user(name: str, *, needed: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey("users.id"), nullable=not needed)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "process_versions",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False, server_default=sa.text("'draft'")),
        sa.Column("origin", sa.String(8), nullable=False, server_default=sa.text("'office'")),
        sa.Column("note", sa.Text(), nullable=False, server_default=EMPTY),
        _user("made_by"),
        sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
        _user("published_by"),
        sa.Column("published_at", MOMENT),
        sa.UniqueConstraint("kind", "version", name="uq_process_versions_kind_version"),
    )
    op.create_index(
        "uq_process_versions_published", "process_versions", ["kind"], unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )  # fmt: skip
    op.create_table(
        "process_owners",
        sa.Column("kind", sa.String(30), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), primary_key=True, autoincrement=False),
    )
    op.create_index("ix_process_owners_user_id", "process_owners", ["user_id"])
    op.create_table(
        "process_runs",
        sa.Column(
            "application_id", sa.Integer(), sa.ForeignKey("applications.id"), primary_key=True, autoincrement=False
        ),
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("process_versions.id"), nullable=False),
        sa.Column("step", sa.String(30), nullable=False),
        sa.Column("role", sa.String(16), nullable=False, server_default=EMPTY),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("paused_at", MOMENT),
        sa.Column("alarm_at", MOMENT),
        sa.Column("alarm", sa.String(8)),
        sa.Column("ended_at", MOMENT),
    )
    op.create_index("ix_process_runs_version_id", "process_runs", ["version_id", "step"], postgresql_where=RUNNING)
    op.create_index("ix_process_runs_due", "process_runs", ["due_at", "application_id"], postgresql_where=RUNNING)
    op.create_index(
        "ix_process_runs_alarm_at", "process_runs", ["alarm_at"], postgresql_where=sa.text("alarm_at is not null")
    )
    _suggestions()


def _suggestions() -> None:
    op.create_table(
        "process_suggestions",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("step", sa.String(30), nullable=False, server_default=EMPTY),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False, server_default=sa.text("'open'")),
        _user("by_user", needed=True),
        sa.Column("at", MOMENT, nullable=False, server_default=NOW),
        _user("decided_by"),
        sa.Column("decided_at", MOMENT),
        sa.Column("reason", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("process_versions.id")),
        sa.CheckConstraint(
            "state in ('open', 'accepted', 'declined', 'withdrawn', 'taken_up')", name="ck_process_suggestions_state"
        ),
    )
    op.create_index("ix_process_suggestions_kind_id", "process_suggestions", ["kind", "id"])
    op.create_table(
        "process_answers",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column(
            "suggestion_id", sa.Integer(), sa.ForeignKey("process_suggestions.id"), nullable=False
        ),
        sa.Column("body", sa.Text(), nullable=False),
        _user("by_user", needed=True),
        sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    )
    op.create_index("ix_process_answers_suggestion_id", "process_answers", ["suggestion_id"])


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for table in TABLES:
        op.drop_table(table)
