"""What is supplied and where: tariffs, premises, accounts, meters, readings and their rules (no I/O).

Readings are keyed by account first and filled account by account, so that one subscriber's history lies on one or two
pages: cold reads decide the pop, not throughput.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
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
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import AMOUNT, EMPTY, EMPTY_LIST, MOMENT, MONEY, NOW, ONE, key, metadata

tariffs = Table(
    "tariffs",
    metadata,
    key(),
    Column("code", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("prices", JSONB, nullable=False),  # {"single": "5.43"} or {"day": "6.24", "night": "3.10"}, per kWh
    Column("tiers", JSONB, nullable=False, server_default=EMPTY_LIST),  # crm_core.tariffs.Tier, the cheapest first
    Column("vat", Numeric(5, 2)),  # per cent that the prices include; null: not said
    Index(None, "code", "valid_from"),  # accounts name any version; which one holds is found by the day
)

premises = Table(
    "premises",
    metadata,
    key(),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False),  # crm_core.names.address_key
    Column("time_zone", String(40), nullable=False),
    Column("residents", SmallInteger),  # who live there, as norms count them
    Column("area", Numeric(8, 1)),  # square metres that are heated
    Column("latitude", Numeric(8, 6)),  # WGS 84
    Column("longitude", Numeric(9, 6)),
    Column("version", Integer, nullable=False, server_default=ONE),
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
    Column("balance", MONEY, nullable=False, server_default=text("0")),  # positive: the customer owes; kept by triggers
    Column("opened_on", Date, nullable=False),
    Column("closed_on", Date),
    Column("status", String(12), nullable=False, server_default=text("'active'")),  # active, closed, cut_off
    Column("flags", JSONB, nullable=False, server_default=EMPTY_LIST),  # dispute, honey …
    Column("billing_day", SmallInteger),  # of the month, on which the bill is made; null: as everybody's
    Column("bill_by", String(10), nullable=False, server_default=EMPTY),  # crm_core.parties.Channel, how bills come
    Column("version", Integer, nullable=False, server_default=ONE),
    # Cards that belong to nobody: whoever opens one is asked why (crm_core.watch).
    Index("ix_accounts_honey", "id", postgresql_where=text("flags @> '[\"honey\"]'::jsonb")),
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
    Column("sealed_on", Date),
    Column("point_id", Integer, ForeignKey("service_points.id"), index=True),  # what it measures
    Column("virtual", Boolean, nullable=False, server_default=text("false")),  # worked out from others
    Column("version", Integer, nullable=False, server_default=ONE),
    # Numbers with letters in them are keyed on a telephone without.
    Index(
        "ix_meters_serial_digits",
        text("regexp_replace(serial, '[^0-9]', '', 'g')"),
        postgresql_where=text("removed_on is null and serial ~ '[^0-9]'"),
    ),
)

registers = Table(
    "registers",
    metadata,
    key(),
    Column("meter_id", Integer, ForeignKey("meters.id"), nullable=False, index=True),
    Column("code", String(10), nullable=False),  # crm_core.tariffs.Zone
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
    Column("source", String(10), nullable=False),  # crm_core.reading_types
    Column("quality", String(10), nullable=False),  # actual, estimate, held, exchange, refused
    Column("doubt", String(40)),  # name of the rule that held it
    Column("by_user", Integer),
    Column("call_id", String(80)),
    Column("created_at", MOMENT),
    Column("reason", Text),  # why it was corrected, confirmed or refused
)

# What rules held, until somebody looked at it.
held_readings = Table(
    "held_readings",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("register_id", Integer, ForeignKey("registers.id"), nullable=False),
    Column("taken_on", Date, nullable=False),
    Column("value", AMOUNT, nullable=False),
    Column("rule", String(40), nullable=False),
    Column("least", AMOUNT),  # between these it would have been accepted
    Column("most", AMOUNT),
    Column("source", String(10), nullable=False),
    Column("status", String(12), nullable=False, server_default=text("'waiting'")),  # crm_core.held
    Column("held_at", MOMENT, nullable=False, server_default=NOW),
    Column("decided_by", Integer, ForeignKey("users.id")),
    Column("decided_at", MOMENT),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Index("ix_held_readings_waiting", "id", postgresql_where=text("status = 'waiting'")),
    Index(
        "uq_held_readings_waiting",
        "account_id",
        "register_id",
        "taken_on",
        unique=True,
        postgresql_where=text("status = 'waiting'"),
    ),
)

# Somebody came and could not read.
no_reads = Table(
    "no_reads",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("meter_id", Integer, ForeignKey("meters.id"), nullable=False),
    Column("taken_on", Date, nullable=False),
    Column("why", String(16), nullable=False),  # crm_core.reading_types.NO_READ
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("by_user", Integer, ForeignKey("users.id")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
)

_FACTOR = Numeric(8, 3)
reading_policies = Table(
    "reading_policies",
    metadata,
    key(),
    Column("valid_from", Date, nullable=False),
    Column("window_first", SmallInteger, nullable=False),  # crm_core.reading_policy says what each one is
    Column("window_last", SmallInteger, nullable=False),
    Column("outside", String(8), nullable=False),
    Column("low", _FACTOR, nullable=False),
    Column("high", _FACTOR, nullable=False),
    Column("high_least", AMOUNT, nullable=False),
    Column("factors", JSONB, nullable=False, server_default=EMPTY_LIST),
    Column("low_days", SmallInteger, nullable=False),
    Column("rollover_from", _FACTOR, nullable=False),
    Column("repeats", SmallInteger, nullable=False),
    Column("verified_days", SmallInteger, nullable=False),
    Column("expired", String(8), nullable=False),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("created_by", Integer, ForeignKey("users.id")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("window_first between 1 and window_last and window_last <= 31", name="window"),
    Index(None, "valid_from", "id"),
)
