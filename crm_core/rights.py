"""Rights of the application's role in the database, when it is not the owner of the tables (pure).

The embedded server has one role, and triggers keep the log from it. In production the owner migrates and the
application works: then the log is kept from it by rights, and it cannot take the triggers away (docs/guard.md).
"""

from __future__ import annotations

import re

GROWING = (
    "access_log", "access_seals", "access_cuts", "call_events", "campaign_steps", "campaign_row_events",
)  # fmt: skip
"""Tables the application may read and add to, and nothing else."""
HISTORIES = ("interaction_entries", "work_history")
"""Tables that only grow, but for an erasure that a second person approved (migration 0017)."""
HISTORIES_OPEN = tuple(f"alter table {table} disable trigger append_only" for table in HISTORIES)
HISTORIES_SHUT = tuple(f"alter table {table} enable trigger append_only" for table in HISTORIES)
"""What the owner of the tables says around erasing again after a restore, when no approved erasure is on record."""
NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def statements(role: str) -> list[str]:
    """Return what the owner runs after each migration, in order.

    Raises:
        ValueError: this is no plain role name.

    """
    if not NAME.fullmatch(role):
        raise ValueError(f"not a plain role name: {role[:63]!r}")
    return [
        f"grant usage on schema public to {role}",
        f"grant select, insert, update, delete on all tables in schema public to {role}",
        f"grant usage, select on all sequences in schema public to {role}",
        *(f"revoke update, delete, truncate on {table} from {role}" for table in GROWING),
    ]
