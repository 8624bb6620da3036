"""A queue of last resort for each queue; Asterisks are told when it changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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


def downgrade() -> None:
    """Take it away."""
    op.execute("drop trigger queues_tell_lines on queues")
    op.drop_column("queues", "last_resort")
