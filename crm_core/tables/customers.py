"""Customers and the people who may call for them (no I/O)."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

customers = Table(
    "customers",
    metadata,
    key(),
    Column("kind", String(12), nullable=False),  # person, organisation
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),  # crm_core.names.key
    Column("language", String(8), nullable=False, server_default=EMPTY),
    Column("tax_number", String(20), nullable=False, server_default=EMPTY),
    Column("flags", JSONB, nullable=False, server_default=EMPTY_LIST),  # vip, colleague, life_support, legal, honey …
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("kind in ('person', 'organisation')", name="kind"),
    Index(None, "name_key", postgresql_ops={"name_key": "text_pattern_ops"}),
    Index("ix_customers_honey", "id", postgresql_where=text("flags @> '[\"honey\"]'::jsonb")),
    # Words in any order, each by its beginning; built in, so that no extension is needed.
    Index("ix_customers_name_words", text("to_tsvector('simple'::regconfig, name_key)"), postgresql_using="gin"),
)

contacts = Table(
    "contacts",
    metadata,
    key(),
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False, server_default=EMPTY),  # owner, accountant, energy manager, director …
    Column("phone", String(20), nullable=False, server_default=EMPTY, index=True),  # E.164
    Column("email", Text, nullable=False, server_default=EMPTY),
    Column("verified", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
)
