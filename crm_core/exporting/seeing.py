"""What of an export somebody sees in full: the one call to the house's masking (pure)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crm_core.access import Action, may
from crm_core.exporting.subjects import Column

STARS = "***"
MASKED = frozenset({"phone", "email", "tax_number"})
"""Fields that need the right to unmask."""
Mask = Callable[[str], str]


def masks(role: str, columns: Sequence[Column]) -> dict[int, Mask]:
    """Return how columns are masked for a role, by their place; columns that are not there are shown in full."""
    if may(role, Action.UNMASK):
        return {}
    return {place: _starred for place, column in enumerate(columns) if column.field in MASKED}


def _starred(text: str) -> str:
    return STARS + text[-2:] if len(text) > 6 else STARS if text else ""
