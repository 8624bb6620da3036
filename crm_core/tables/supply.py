"""What is supplied and where: tariffs, premises, accounts, meters, readings (no I/O).

Readings are keyed by account first and filled account by account, so that one subscriber's history lies on one or two
pages: cold reads decide the pop, not throughput.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, SmallInteger, String, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import AMOUNT, EMPTY, EMPTY_LIST, MOMENT, MONEY, key, metadata

tariffs = Table(
    "tariffs",
    metadata,
    key(),
    Column("code", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("prices", JSONB, nullable=False),  # {"single": "5.43"} or {"day": "6.24", "night": "3.10"}, per kWh
)

premises = Table(
    "premises",
    metadata,
    key(),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False),  # crm_core.names.address_key
    Column("time_zone", String(40), nullable=False),
    Index(None, "address_key", postgresql_ops={"address_key": "text_pattern_ops"}),
    Index("ix_premises_address_words", text("to_tsvector('simple'::regconfig, address_key)"), postgresql_using="gin"),
)

accounts = Table(
    "accounts",
    metadata,
    key(),
    Column("number", String(12), nullable=False, unique=True),  # with check digit, crm_core/accounts.py
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False, index=True),
    Column("premises_id", Integer, ForeignKey("premises.id"), nullable=False, index=True),
    Column("tariff_id", Integer, ForeignKey("tariffs.id"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("balance", MONEY, nullable=False, server_default=text("0")),  # positive: the customer owes
    Column("opened_on", Date, nullable=False),
    Column("closed_on", Date),
    Column("status", String(12), nullable=False, server_default=text("'active'")),  # active, closed, cut_off
    Column("flags", JSONB, nullable=False, server_default=EMPTY_LIST),  # dispute …
)

meters = Table(
    "meters",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("serial", String(24), nullable=False, index=True),
    Column("model", Text, nullable=False, server_default=EMPTY),
    Column("digits", SmallInteger, nullable=False),
    Column("decimals", SmallInteger, nullable=False, server_default=text("0")),
    Column("multiplier", Integer, nullable=False, server_default=text("1")),
    Column("installed_on", Date, nullable=False),
    Column("removed_on", Date),
    Column("verification_due", Date),
    Column("verified_on", Date),
    Column("seal", String(24), nullable=False, server_default=EMPTY),
    Column("amr", Boolean, nullable=False, server_default=text("false")),  # reads itself
)

registers = Table(
    "registers",
    metadata,
    key(),
    Column("meter_id", Integer, ForeignKey("meters.id"), nullable=False, index=True),
    Column("code", String(8), nullable=False),  # single, day, night
    Column("estimate", AMOUNT),  # usual consumption a month, for plausibility
)

readings = Table(
    "readings",
    metadata,
    Column("account_id", Integer, primary_key=True),
    Column("register_id", Integer, primary_key=True),
    Column("taken_on", Date, primary_key=True),
    Column("revision", SmallInteger, primary_key=True, server_default=text("0")),  # a correction is a new row
    Column("value", AMOUNT, nullable=False),
    Column("consumption", AMOUNT),
    Column("source", String(10), nullable=False),  # ivr, operator, web, inspector, amr, office, exchange
    Column("quality", String(10), nullable=False),  # actual, estimate, held, exchange, refused
    Column("doubt", String(40)),  # name of the rule that held it
    Column("by_user", Integer),
    Column("call_id", String(80)),
    Column("created_at", MOMENT),
)
