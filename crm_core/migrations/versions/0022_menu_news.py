"""The base tells the menus when something that callers hear is published."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TOLD = (
    "flow_versions", "prompt_versions", "recording_rules", "mass_events", "work_hours", "work_days", "routing_versions",
)  # fmt: skip
TELLING = """
create function tell_menus() returns trigger language plpgsql as $$
begin
    perform pg_notify('busbar_menus', tg_table_name);
    return null;
end $$
"""


def upgrade() -> None:
    """Make the function and a trigger for each table."""
    op.execute(TELLING)
    for table in TOLD:
        op.execute(
            f"create trigger tell_menus after insert or update or delete on {table} "
            "for each statement execute function tell_menus()"
        )


def downgrade() -> None:
    """Take them away."""
    for table in TOLD:
        op.execute(f"drop trigger tell_menus on {table}")
    op.execute("drop function tell_menus()")
