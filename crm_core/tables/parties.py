"""What belongs to a customer and his supply beside accounts: numbers, consents, agreements, every change (no I/O)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from crm_core.tables.base import EMPTY, MOMENT, NOW, ONE, key, metadata

contact_numbers = Table(
    "contact_numbers",
    metadata,
    key(),
    Column("contact_id", Integer, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("number", String(20), nullable=False, index=True),  # E.164; beside the one that the contact itself has
    Column("label", String(10), nullable=False, server_default=EMPTY),  # crm_core.parties.Label
    Column("verified_at", MOMENT),
    Column("verified_by", Integer, ForeignKey("users.id")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Column("ended_at", MOMENT),
)

consents = Table(
    "consents",
    metadata,
    key(),  # only ever added to: the newest of a kind is what holds
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False),
    Column("contact_id", Integer, ForeignKey("contacts.id")),  # who of an organisation said so
    Column("kind", String(16), nullable=False),  # crm_core.parties.ConsentKind
    Column("given", Boolean, nullable=False),  # false: withdrawn
    Column("at", MOMENT, nullable=False),
    Column("how", String(10), nullable=False),  # crm_core.parties.How
    Column("by_user", Integer, ForeignKey("users.id")),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Index(None, "customer_id", "kind", "id"),
)

customer_changes = Table(
    "customer_changes",
    metadata,
    key(BigInteger),  # only ever added to
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    Column("by_user", Integer, ForeignKey("users.id")),
    Column("object", String(40), nullable=False),  # customer, contact 17, agreement 4 …
    Column("what", String(30), nullable=False),  # name of the field
    Column("before", Text, nullable=False, server_default=EMPTY),
    Column("after", Text, nullable=False, server_default=EMPTY),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Index(None, "customer_id", "id"),
)

agreements = Table(
    "agreements",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("number", String(24), nullable=False, server_default=EMPTY),
    Column("supply", String(12), nullable=False, server_default=text("'connected'")),  # crm_core.parties.Supply
    Column("started_on", Date, nullable=False),
    Column("ended_on", Date),
    Column("prepay", Boolean, nullable=False, server_default=text("false")),
    Column("budget_bill", Boolean, nullable=False, server_default=text("false")),  # the same amount every month
    Column("tariff_id", Integer, ForeignKey("tariffs.id")),  # when it is another one than the account's
    Column("shut_off_on", Date),  # when the supply will be, or was, shut off
    Column("version", Integer, nullable=False, server_default=ONE),
)

service_points = Table(
    "service_points",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("service", String(8), nullable=False, server_default=text("'power'")),  # crm_core.parties.Service
    Column("phases", SmallInteger, nullable=False, server_default=ONE),
    Column("max_kw", Numeric(8, 2)),
    Column("node", String(40), nullable=False, server_default=EMPTY),  # of the network that feeds it
    Column("version", Integer, nullable=False, server_default=ONE),
)
