"""The one look at a clock."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment in UTC, the house's only time base."""
    return datetime.now(UTC)
