"""What of an export somebody sees in full: the one call to the house's masking (pure)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from crm_core.access import Field, hidden
from crm_core.exporting.subjects import Column
from crm_core.masking import masked

Mask = Callable[[str], str]


def masks(role: str, columns: Sequence[Column]) -> dict[int, Mask]:
    """Return how columns are masked for a role, by their place; columns that are not there are shown in full.

    An export has its reason on record, as a card that is opened because of a call has.
    """
    unseen = hidden(role, reason=True)
    return {
        place: partial(masked, Field(column.field))
        for place, column in enumerate(columns)
        if column.field and column.field in unseen
    }
