"""What of an export somebody sees, and how: the one call to the house's masking; names of choices (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


def titled(titles: Mapping[str, str], codes: str) -> str:
    """Return what people call the codes of a custom field; one that would be cut in two on its way in stays a code."""
    return "; ".join(
        code if (";" in titles.get(code, "") and ";" in codes) else titles.get(code, code)
        for code in filter(None, codes.split(";"))
    )
