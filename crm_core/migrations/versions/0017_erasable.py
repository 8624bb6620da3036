"""Histories of contacts and work still only grow, but an erasure that a second person approved may blank a value.

Whoever blanks says which erasure it is (`busbar.erasing`, for the transaction), and the table looks whether that one is
approved and not carried out yet.
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

HISTORIES = ("interaction_entries", "work_history")
UNLESS_ERASED = """
create function busbar_append_only_unless_erased() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and exists (
        select 1 from erasures
         where id = nullif(current_setting('busbar.erasing', true), '')::int and state = 'approved'
    ) then
        return null;
    end if;
    raise exception '% can only grow: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end $$
"""


def upgrade() -> None:
    """Let them."""
    op.execute(UNLESS_ERASED)
    _triggers("busbar_append_only_unless_erased")


def downgrade() -> None:
    """Keep them from it again."""
    _triggers("busbar_append_only")
    op.execute("drop function busbar_append_only_unless_erased()")


def _triggers(function: str) -> None:
    for table in HISTORIES:
        op.execute(f"drop trigger append_only on {table}")
        op.execute(
            f"create trigger append_only before update or delete or truncate on {table} "
            f"for each statement execute function {function}()"
        )
