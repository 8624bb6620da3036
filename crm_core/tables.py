"""Every table of the house (SQLAlchemy Core; no I/O). Migrations follow it, a test holds them together.

Bulk tables (readings, invoices, payments) are keyed by account first and filled account by account, so that
one subscriber's history lies on one or two pages: cold reads decide the pop, not throughput.
Text columns that hold a code say their values beside them; money is NUMERIC(14,2), never float.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
MONEY = Numeric(14, 2)
AMOUNT = Numeric(14, 3)
MOMENT = DateTime(timezone=True)
EMPTY = text("''")
NOW = text("now()")
EMPTY_LIST = text("'[]'::jsonb")


def _key(kind: type[Integer] = Integer) -> Column[int]:
    return Column("id", kind, Identity(), primary_key=True)


# --- who -----------------------------------------------------------------------------------------

customers = Table(
    "customers",
    metadata,
    _key(),
    Column("kind", String(12), nullable=False),  # person, organisation
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),  # crm_core.names.key
    Column("language", String(8), nullable=False, server_default=EMPTY),
    Column("tax_number", String(20), nullable=False, server_default=EMPTY),
    Column("flags", JSONB, nullable=False, server_default=EMPTY_LIST),  # vip, life_support, do_not_call, legal …
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("kind in ('person', 'organisation')", name="kind"),
    Index(None, "name_key", postgresql_ops={"name_key": "text_pattern_ops"}),
    # Words in any order, each by its beginning; built in, so that no extension is needed.
    Index("ix_customers_name_words", text("to_tsvector('simple'::regconfig, name_key)"), postgresql_using="gin"),
)

contacts = Table(
    "contacts",
    metadata,
    _key(),
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False, server_default=EMPTY),  # owner, accountant, energy manager, director …
    Column("phone", String(20), nullable=False, server_default=EMPTY, index=True),  # E.164
    Column("email", Text, nullable=False, server_default=EMPTY),
    Column("verified", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
)

# --- what and where ------------------------------------------------------------------------------

tariffs = Table(
    "tariffs",
    metadata,
    _key(),
    Column("code", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("prices", JSONB, nullable=False),  # {"single": "5.43"} or {"day": "6.24", "night": "3.10"}, per kWh
)

premises = Table(
    "premises",
    metadata,
    _key(),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False),  # crm_core.names.address_key
    Column("time_zone", String(40), nullable=False),
    Index(None, "address_key", postgresql_ops={"address_key": "text_pattern_ops"}),
    Index("ix_premises_address_words", text("to_tsvector('simple'::regconfig, address_key)"), postgresql_using="gin"),
)

accounts = Table(
    "accounts",
    metadata,
    _key(),
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
    _key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("serial", String(24), nullable=False, index=True),
    Column("model", Text, nullable=False, server_default=EMPTY),
    Column("digits", SmallInteger, nullable=False),
    Column("decimals", SmallInteger, nullable=False, server_default=text("0")),
    Column("multiplier", Integer, nullable=False, server_default=text("1")),
    Column("installed_on", Date, nullable=False),
    Column("removed_on", Date),
    Column("verification_due", Date),
)

registers = Table(
    "registers",
    metadata,
    _key(),
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

# --- money ---------------------------------------------------------------------------------------

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
    _key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("amount", MONEY, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("status", String(12), nullable=False, server_default=text("'open'")),  # open, kept, part_kept, broken
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
)

applications = Table(
    "applications",
    metadata,
    _key(),
    Column("number", String(20), nullable=False, unique=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("kind", String(30), nullable=False),
    Column("title", Text, nullable=False),
    Column("stage", String(20), nullable=False),  # filed, accepted, in_work, waiting, done, refused, reopened
    Column("filed_on", Date, nullable=False),
    Column("due_on", Date),
)

# --- contacts with us ----------------------------------------------------------------------------

interactions = Table(
    "interactions",
    metadata,
    _key(),
    Column("call_id", String(80), unique=True),
    Column("account_id", Integer, ForeignKey("accounts.id")),
    Column("channel", String(10), nullable=False),  # phone, email, web, office, sms
    Column("direction", String(8), nullable=False),  # in, out
    Column("number", String(40), nullable=False, server_default=EMPTY),
    Column("dialled", String(40), nullable=False, server_default=EMPTY),
    Column("language", String(8), nullable=False, server_default=EMPTY),
    Column("topic", String(40), nullable=False, server_default=EMPTY),
    Column("path", JSONB, nullable=False, server_default=EMPTY_LIST),
    Column("queue", String(40), nullable=False, server_default=EMPTY),
    Column("phase", String(12), nullable=False, server_default=text("'ended'")),  # routing.views.CallPhase
    Column("outcome", String(20), nullable=False, server_default=EMPTY),  # answered, abandoned, served, failed
    Column("began_at", MOMENT, nullable=False),
    Column("waiting_since", MOMENT),
    Column("answered_at", MOMENT),
    Column("ended_at", MOMENT),
    Column("operator_id", Integer, ForeignKey("users.id")),
    Column("disposition", String(24)),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("closed_at", MOMENT),
    Index(None, "account_id", "began_at"),
    Index(None, "began_at"),
    Index("ix_interactions_open", "id", postgresql_where=text("ended_at is null")),
)

call_events = Table(
    "call_events",
    metadata,
    _key(),
    Column("call_id", String(80), nullable=False, index=True),
    Column("at", MOMENT, nullable=False),
    Column("what", String(30), nullable=False),  # arrived, waiting, offered, answered, held, resumed, parted, ended …
    Column("operator_id", Integer),
    Column("detail", Text, nullable=False, server_default=EMPTY),
)

dispositions = Table(
    "dispositions",
    metadata,
    Column("code", String(24), primary_key=True),
    Column("title", Text, nullable=False),
    Column("category", String(12), nullable=False),  # service, collections: chosen by people; system: set by the house
    Column("flags", String(8), nullable=False, server_default=EMPTY),  # H R C F S D as DOMAIN.md D4
    Column("position", SmallInteger, nullable=False),
    Column("retired", Boolean, nullable=False, server_default=text("false")),
)

# --- people who work here ------------------------------------------------------------------------

users = Table(
    "users",
    metadata,
    _key(),
    Column("login", String(60), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password", Text, nullable=False),  # argon2id
    Column("role", String(16), nullable=False),  # operator, supervisor, administrator
    Column("extension", String(8), unique=True),
    Column("language", String(8), nullable=False, server_default=text("'en'")),
    Column("languages", JSONB, nullable=False, server_default=EMPTY_LIST),  # spoken with callers
    Column("skills", JSONB, nullable=False, server_default=EMPTY_LIST),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256 of the cookie's token
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Column("seen_at", MOMENT, nullable=False, server_default=NOW),
    Column("expires_at", MOMENT, nullable=False),
    Column("ip", String(45), nullable=False, server_default=EMPTY),
)

operator_states = Table(
    "operator_states",
    metadata,
    _key(),
    Column("operator_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(40), nullable=False, server_default=EMPTY),
    Column("call_id", String(80)),
    Column("at", MOMENT, nullable=False),
    Index(None, "operator_id", "at"),
)

access_log = Table(
    "access_log",
    metadata,
    _key(),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    Column("user_id", Integer, ForeignKey("users.id")),
    Column("action", String(40), nullable=False),  # card.viewed, search, sign_in, sign_in.refused, reading.submitted …
    Column("object", String(80), nullable=False, server_default=EMPTY),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Column("ip", String(45), nullable=False, server_default=EMPTY),
)

# --- files that came in --------------------------------------------------------------------------

imports = Table(
    "imports",
    metadata,
    _key(),
    Column("file_hash", String(64), nullable=False, unique=True),
    Column("file_name", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("rows", Integer, nullable=False, server_default=text("0")),
    Column("rejected", Integer, nullable=False, server_default=text("0")),
    Column("finished_at", MOMENT),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
)

progress = Table(
    "progress",
    metadata,
    Column("task", String(60), primary_key=True),  # a long task that can be taken up again
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("updated_at", MOMENT, nullable=False, server_default=NOW),
)
