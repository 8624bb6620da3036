"""Search and duplicates: words and names to search by, pairs that may be one customer, merges done (no I/O)."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata
from crm_core.tables.customers import contacts, customers

Index("ix_customers_tax_number", customers.c.tax_number, postgresql_where=customers.c.tax_number != "")
Index(
    "ix_contacts_email_lower",
    func.lower(contacts.c.email).label("lower_email"),
    postgresql_ops={"lower_email": "text_pattern_ops"},
    postgresql_where=contacts.c.email != "",
)

# Triggers add what names and addresses bring. Not unique: two transactions that bring one new word never wait for each
# other; readers ask for distinct words.
search_words = Table(
    "search_words",
    metadata,
    key(),
    Column("kind", String(8), nullable=False),  # name, address
    # In byte order, so that a range of beginnings needs no other index.
    Column("word", Text(collation="C"), nullable=False),
    Column("uses", Integer, nullable=False, server_default=text("1")),  # rows that hold it, as of the last rebuild
    CheckConstraint("kind in ('name', 'address')", name="kind"),
    Index(None, "kind", "word"),
)

# Contacts who are called otherwise than their customer. Triggers note in the other table whose names are to be folded,
# and take away at once what is true no more; a worker folds (`crm_core.store.contact_names`).
contact_names = Table(
    "contact_names",
    metadata,
    Column("contact_id", Integer, ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    Column("name_key", Text, nullable=False),  # crm_core.names.key
    Index(None, "name_key", postgresql_ops={"name_key": "text_pattern_ops"}),
    Index("ix_contact_names_words", text("to_tsvector('simple'::regconfig, name_key)"), postgresql_using="gin"),
)

contact_names_due = Table(
    "contact_names_due",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("contacts", ARRAY(Integer), nullable=False),  # at most 5,000 a row
    Column("at", MOMENT, nullable=False, server_default=NOW),
)

duplicate_pairs = Table(
    "duplicate_pairs",
    metadata,
    key(),
    Column("left_id", Integer, ForeignKey("customers.id"), nullable=False),
    Column("right_id", Integer, ForeignKey("customers.id"), nullable=False, index=True),
    Column("score", Numeric(6, 3), nullable=False),  # sum of the evidence's weights, in bits
    Column("evidence", JSONB, nullable=False, server_default=EMPTY_LIST),  # [{feature, level, weight}], heaviest first
    Column("state", String(12), nullable=False, server_default=text("'open'")),  # open, later, different, merged
    Column("found_at", MOMENT, nullable=False, server_default=NOW),
    Column("decided_at", MOMENT),
    Column("decided_by", Integer, ForeignKey("users.id")),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    CheckConstraint("left_id < right_id", name="order"),
    CheckConstraint("state in ('open', 'later', 'different', 'merged')", name="state"),
    Index("uq_duplicate_pairs_left_id_right_id", "left_id", "right_id", unique=True),
    Index(None, "state", "score", "id"),
)

merges = Table(
    "merges",
    metadata,
    key(),
    Column("survivor_id", Integer, ForeignKey("customers.id"), nullable=False, index=True),
    Column("loser_id", Integer, ForeignKey("customers.id"), nullable=False),  # its row stays, without accounts
    Column("pair_id", Integer, ForeignKey("duplicate_pairs.id")),
    Column("merged_at", MOMENT, nullable=False, server_default=NOW),
    Column("merged_by", Integer, ForeignKey("users.id"), nullable=False),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Column("changed", JSONB, nullable=False),  # {field: [before, after]} of the survivor
    Column("moved", JSONB, nullable=False),  # {table.column: [identity of each row]}
    Column("undone_at", MOMENT),
    Column("undone_by", Integer, ForeignKey("users.id")),
    Column("undone_reason", Text, nullable=False, server_default=EMPTY),
    CheckConstraint("survivor_id <> loser_id", name="two"),
    Index("uq_merges_standing", "loser_id", unique=True, postgresql_where=text("undone_at is null")),
)
