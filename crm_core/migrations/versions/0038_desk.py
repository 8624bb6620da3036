"""The desk's own: speed dials, calls placed, messages between people, and word that somebody's work changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0036"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KIND, DAYS = "desk_messages", 366
WORK = ("tasks", "applications", "callbacks", "held_readings")
TOLD = """
create function tell_roster() returns trigger language plpgsql as $$
begin
    perform pg_notify('busbar_roster', '');
    return null;
end $$
"""


def _whom(first: str, second: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"num_nonnulls({first}, {second}) = 1", name="whom")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "speed_dials",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("colleague_id", sa.Integer(), sa.ForeignKey("users.id")),
        sa.Column("number_id", sa.Integer(), sa.ForeignKey("transfer_numbers.id", ondelete="CASCADE")),
        _whom("colleague_id", "number_id"),
        sa.UniqueConstraint("user_id", "colleague_id"),
        sa.UniqueConstraint("user_id", "number_id"),
    )
    op.create_table(
        "placed_calls",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("colleague_id", sa.Integer(), sa.ForeignKey("users.id")),
        sa.Column("number_id", sa.Integer(), sa.ForeignKey("transfer_numbers.id", ondelete="CASCADE")),
        _whom("colleague_id", "number_id"),
    )
    op.create_index("ix_placed_calls_user_id_id", "placed_calls", ["user_id", "id"])
    op.create_table(
        "desk_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("at", MOMENT, nullable=False, server_default=sa.text("now()")),
        sa.Column("from_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("to_id", sa.Integer(), sa.ForeignKey("users.id")),
        sa.Column("team", sa.String(30), sa.ForeignKey("teams.code")),
        sa.Column("text", sa.Text(), nullable=False, server_default=sa.text("''")),
        _whom("to_id", "team"),
    )
    person, team = sa.text("to_id is not null"), sa.text("team is not null")
    op.create_index("ix_desk_messages_at", "desk_messages", ["at"])
    op.create_index("ix_desk_messages_to", "desk_messages", ["to_id", "from_id", "id"], postgresql_where=person)
    op.create_index("ix_desk_messages_from", "desk_messages", ["from_id", "to_id", "id"], postgresql_where=person)
    op.create_index("ix_desk_messages_team", "desk_messages", ["team", "id"], postgresql_where=team)
    op.create_table(
        "desk_message_reads",
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("thread", sa.String(40), primary_key=True),
        sa.Column("read_to", sa.BigInteger(), nullable=False),
    )
    # Calls that somebody placed by hand, for his list of whom he called last.
    op.create_index(
        "ix_attempts_by_hand", "attempts", ["operator_id", "id"], postgresql_where=sa.text("mode = 'manual'")
    )
    rules = sa.table("retention_rules", sa.column("kind"), sa.column("days"))
    op.bulk_insert(rules, [{"kind": KIND, "days": DAYS}])
    op.execute(TOLD)
    for table in WORK:
        op.execute(
            f"create trigger told_roster after insert or update or delete on {table} "
            "for each statement execute function tell_roster()"
        )


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for table in WORK:
        op.execute(f"drop trigger told_roster on {table}")
    op.execute("drop function tell_roster()")
    op.execute(sa.text("delete from retention_rules where kind = :kind").bindparams(kind=KIND))
    op.drop_index("ix_attempts_by_hand", "attempts")
    for table in ("desk_message_reads", "desk_messages", "placed_calls", "speed_dials"):
        op.drop_table(table)
