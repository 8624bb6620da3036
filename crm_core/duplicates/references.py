"""Everything in the base that points at a customer or at what is his, and what a merge does with it (pure).

A test walks the columns of the real database and fails when one is not listed here: whoever makes a table that points
at customers, accounts or contacts says what becomes of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Treatment(StrEnum):
    """What a merge does with rows that point at the customer who goes, or at something of his."""

    MOVES = "moves"
    """They point at the survivor from now on; un-merging moves them back. A row that the survivor has already (a unique
    key, or the same in `alike`) stays where it is."""
    STAYS = "stays"
    """They go on pointing at the one who went: what was so, was so."""
    FOLLOWS = "follows"
    """They point at an account or a contact, which moves with all that is on it: nothing is to be done."""
    DERIVED = "derived"
    """Worked out from other tables, whose triggers note that it is to be done anew when accounts move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One column that points at a customer, an account or a contact."""

    table: str
    column: str
    treatment: Treatment
    target: str = "customers"
    """Table it points at."""
    alike: tuple[str, ...] = ()
    """Columns in which a row of the survivor makes the other one needless, unless something points at that one."""
    of_entity: str = ""
    """Of rows that hold a custom field's value: only where the field belongs to this entity (`crm_core.fields`)."""

    @property
    def place(self) -> str:
        """Return `table.column`."""
        return f"{self.table}.{self.column}"


def _follow(target: str, *tables: str, column: str = "account_id") -> tuple[Reference, ...]:
    return tuple(Reference(table=table, column=column, target=target, treatment=Treatment.FOLLOWS) for table in tables)


REFERENCES: tuple[Reference, ...] = (
    Reference(table="accounts", column="customer_id", treatment=Treatment.MOVES),
    Reference(
        table="contacts",
        column="customer_id",
        treatment=Treatment.MOVES,
        alike=("name", "role", "phone", "email", "language", "channel", "opt_out", "verified", "ended_at"),
    ),
    # The newest word about a kind holds, whichever of the two records it was given to.
    Reference(table="consents", column="customer_id", treatment=Treatment.MOVES),
    # A field that the survivor has a value for keeps it whole: values of several choices are never mixed.
    Reference(
        table="custom_values",
        column="entity_id",
        treatment=Treatment.MOVES,
        alike=("field_id",),
        of_entity="customer",
    ),
    # What was promised to one of the two binds whoever they turn out to be; a hold of the survivor's own is enough.
    Reference(table="legal_holds", column="customer_id", treatment=Treatment.MOVES),
    # Who changed what of which record is history and is not rewritten; the survivor's page shows it with his own.
    Reference(table="customer_changes", column="customer_id", treatment=Treatment.STAYS),
    # What was asked, decided and handed out was about that record (a running erasure stops the merge).
    Reference(table="erasures", column="customer_id", treatment=Treatment.STAYS),
    Reference(table="subject_exports", column="customer_id", treatment=Treatment.STAYS),
    # Decisions and merges are about the record that was, not about whom it became.
    Reference(table="duplicate_pairs", column="left_id", treatment=Treatment.STAYS),
    Reference(table="duplicate_pairs", column="right_id", treatment=Treatment.STAYS),
    Reference(table="merges", column="survivor_id", treatment=Treatment.STAYS),
    Reference(table="merges", column="loser_id", treatment=Treatment.STAYS),
    # How often he was called counts for whoever he turns out to be; an open call of the survivor's stands alone.
    Reference(table="attempts", column="customer_id", treatment=Treatment.MOVES),
    Reference(table="account_facts", column="customer_id", treatment=Treatment.DERIVED),
    Reference(table="account_facts", column="account_id", target="accounts", treatment=Treatment.DERIVED),
    Reference(table="facts_due", column="accounts", target="accounts", treatment=Treatment.DERIVED),
    Reference(table="contact_names", column="contact_id", target="contacts", treatment=Treatment.DERIVED),
    Reference(table="contact_names_due", column="contacts", target="contacts", treatment=Treatment.DERIVED),
    *_follow("contacts", "contact_numbers", "consents", column="contact_id"),
    *_follow("accounts", "readings", "meters", "held_readings", "no_reads", "agreements", "service_points"),
    *_follow("accounts", "invoices", "invoice_lines", "payments", "adjustments", "allocations", "approvals"),
    *_follow("accounts", "plans", "restriction_orders", "account_pins", "outbox", "voice_messages", "callbacks"),
    *_follow("accounts", "recordings", "script_walks", "attempts", "campaign_rows", "advice"),
    *_follow("accounts", "disputes", "promises", "notices", "applications", "interactions", "documents", "tasks"),
    # Who opened the card and why, whom a rule found, who was in a snapshot: all of accounts.
    *_follow("accounts", "card_openings", "signal_hits", "snapshot_members"),
)
MOVING = tuple(one for one in REFERENCES if one.treatment is Treatment.MOVES)


def pointing_at(table: str) -> tuple[Reference, ...]:
    """Return what points at rows of a table and goes where they go."""
    return tuple(one for one in REFERENCES if one.target == table and one.treatment is Treatment.FOLLOWS)
