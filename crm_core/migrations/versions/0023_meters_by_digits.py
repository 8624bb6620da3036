"""Meters whose numbers have letters are found by their digits, as callers key them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index; most houses have few such numbers, or none."""
    op.create_index(
        "ix_meters_serial_digits",
        "meters",
        [sa.text("regexp_replace(serial, '[^0-9]', '', 'g')")],
        postgresql_where=sa.text("removed_on is null and serial ~ '[^0-9]'"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_meters_serial_digits", "meters")
