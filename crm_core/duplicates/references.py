"""Everything in the base that points at a customer, and what a merge does with it (pure).

A test reads the foreign keys of the real database and fails when one is not listed here: whoever makes a table that
points at customers says what becomes of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Treatment(StrEnum):
    """What a merge does with rows that point at the customer who goes."""

    MOVES = "moves"
    """They point at the survivor from now on; un-merging moves them back. A row that the survivor has already (a unique
    key, or the same in `alike`) stays where it is."""
    STAYS = "stays"
    """They go on pointing at the one who went: what was so, was so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One foreign key to `customers`."""

    table: str
    column: str
    treatment: Treatment
    alike: tuple[str, ...] = ()
    """Columns in which a row of the survivor makes the other one needless."""

    @property
    def place(self) -> str:
        """Return `table.column`."""
        return f"{self.table}.{self.column}"


REFERENCES: tuple[Reference, ...] = (
    Reference(table="accounts", column="customer_id", treatment=Treatment.MOVES),
    Reference(
        table="contacts", column="customer_id", treatment=Treatment.MOVES, alike=("name", "role", "phone", "email")
    ),
    # What was promised to one of the two binds whoever they turn out to be; a hold of the survivor's own is enough.
    Reference(table="legal_holds", column="customer_id", treatment=Treatment.MOVES),
    Reference(table="consents", column="customer_id", treatment=Treatment.MOVES),
    # Who changed what of which record is history, and history is not rewritten.
    Reference(table="customer_changes", column="customer_id", treatment=Treatment.STAYS),
    # What was asked, decided and handed out was about that record (a running erasure stops the merge).
    Reference(table="erasures", column="customer_id", treatment=Treatment.STAYS),
    Reference(table="subject_exports", column="customer_id", treatment=Treatment.STAYS),
    # Decisions and merges are about the record that was, not about whom it became.
    Reference(table="duplicate_pairs", column="left_id", treatment=Treatment.STAYS),
    Reference(table="duplicate_pairs", column="right_id", treatment=Treatment.STAYS),
    Reference(table="merges", column="survivor_id", treatment=Treatment.STAYS),
    Reference(table="merges", column="loser_id", treatment=Treatment.STAYS),
)
MOVING = tuple(one for one in REFERENCES if one.treatment is Treatment.MOVES)
