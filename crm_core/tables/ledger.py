"""Money: invoices, payments, promises (no I/O).

Bulk tables are keyed by account first and filled account by account, as readings are.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, Numeric, SmallInteger, String, Table, Text, text

from crm_core.tables.base import AMOUNT, MOMENT, MONEY, NOW, key, metadata

invoices = Table(
    "invoices",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("period", Date, primary_key=True),
    Column("issued_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("amount", MONEY, nullable=False),
    Column("open_amount", MONEY, nullable=False),
    Column("disputed", Boolean, nullable=False, server_default=text("false")),
)

invoice_lines = Table(
    "invoice_lines",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("period", Date, primary_key=True),
    Column("line", SmallInteger, primary_key=True),
    Column("what", Text, nullable=False),
    Column("quantity", AMOUNT, nullable=False),
    Column("price", Numeric(12, 4), nullable=False),
    Column("amount", MONEY, nullable=False),
)

payments = Table(
    "payments",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("paid_on", Date, primary_key=True),
    Column("seq", SmallInteger, primary_key=True, server_default=text("0")),
    Column("amount", MONEY, nullable=False),
    Column("channel", String(12), nullable=False),  # bank, post, card, office, autopay
    Column("reference", String(40)),
)

promises = Table(
    "promises",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("amount", MONEY, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("status", String(12), nullable=False, server_default=text("'open'")),  # open, kept, part_kept, broken
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
)
