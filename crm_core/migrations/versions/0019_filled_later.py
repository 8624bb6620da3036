"""Tables of steps that were empty when a base took them.

Steps 0010 to 0015 were places kept free in an earlier state of the house: a base that was brought up to date then has
taken them without their tables. What such a base lacks is made now; where the tables are there, nothing is done.
"""

from __future__ import annotations

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEPT_FREE = (
    ("0010_voices", "prompt_versions"),
    ("0011_dispatch", "routing_versions"),
    ("0012_callbacks", "callbacks"),
    ("0013_recordings", "recordings"),
    ("0014_nodes", "nodes"),
    ("0015_transfers", "transfer_numbers"),
)
"""Each step, and a table that it makes."""


def upgrade() -> None:
    """Take the steps whose tables are not there."""
    there = set(sa.inspect(op.get_bind()).get_table_names())
    for step, table in KEPT_FREE:
        if table not in there:
            import_module(f"crm_core.migrations.versions.{step}").upgrade()


def downgrade() -> None:
    """Leave them: the steps themselves take their tables away."""
