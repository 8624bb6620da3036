"""Custom fields, segments with the facts they ask for, documents with their templates (no I/O).

`account_facts` holds one narrow row per account of what segments ask for: counting over 6.2 million accounts reads this
table or one of its indexes, never the histories of tens of millions of rows it was worked out from (docs/adr/0018).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, MONEY, NOW, key, metadata

custom_fields = Table(
    "custom_fields",
    metadata,
    key(),
    Column("entity", String(10), nullable=False),  # customer, account, premises, meter
    Column("code", String(30), nullable=False),
    Column("title", Text, nullable=False),
    Column("help", Text, nullable=False, server_default=EMPTY),
    Column("type", String(8), nullable=False),  # text, whole, number, amount, date, flag, choice, several
    Column("required", Boolean, nullable=False, server_default=text("false")),
    Column("least", Text),  # as typed: a number, a date, or how many characters, by type
    Column("most", Text),
    Column("options", JSONB, nullable=False, server_default=EMPTY_LIST),  # [{"code", "title", "retired"}]
    Column("position", SmallInteger, nullable=False, server_default=text("0")),
    Column("retired", Boolean, nullable=False, server_default=text("false")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    UniqueConstraint("entity", "code"),
    CheckConstraint("entity in ('customer', 'account', 'premises', 'meter')", name="entity"),
    CheckConstraint("type in ('text', 'whole', 'number', 'amount', 'date', 'flag', 'choice', 'several')", name="type"),
)

custom_values = Table(
    "custom_values",
    metadata,
    # Whose value it is comes first: a card finds all of them in one short range.
    Column("entity_id", Integer, primary_key=True),
    Column("field_id", Integer, ForeignKey("custom_fields.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True, server_default=text("0")),  # of several choices
    Column("text", Text),
    Column("number", Numeric(20, 6)),
    Column("day", Date),
    CheckConstraint("num_nonnulls(text, number, day) = 1", name="one"),
    Index("ix_custom_values_text", "field_id", "text", "entity_id", postgresql_where=text("text is not null")),
    Index("ix_custom_values_number", "field_id", "number", "entity_id", postgresql_where=text("number is not null")),
    Index("ix_custom_values_day", "field_id", "day", "entity_id", postgresql_where=text("day is not null")),
)

account_facts = Table(
    "account_facts",
    metadata,
    # No foreign key: kept by `crm_core.store.account_facts`, which forgets what is no account any more.
    # What is always there and of one width comes first: a scan finds it without going through what stands before.
    Column("account_id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Integer, nullable=False, index=True),
    Column("opened_on", Date, nullable=False),
    Column("reach", SmallInteger, nullable=False),  # bits, crm_core.segments.bits
    Column("wanted", SmallInteger, nullable=False),
    Column("opt_outs", SmallInteger, nullable=False),
    Column("consents", SmallInteger, nullable=False),
    Column("withdrawn", SmallInteger, nullable=False),
    Column("supply", SmallInteger, nullable=False),
    Column("services", SmallInteger, nullable=False),
    Column("meters", SmallInteger, nullable=False),
    Column("open_invoices", SmallInteger, nullable=False),
    Column("open_applications", SmallInteger, nullable=False),
    Column("open_tasks", SmallInteger, nullable=False),
    Column("kept_promises", SmallInteger, nullable=False),
    Column("broken_promises", SmallInteger, nullable=False),
    Column("special_need", Boolean, nullable=False),
    Column("prepay", Boolean, nullable=False),
    Column("budget_bill", Boolean, nullable=False),
    Column("three_phase", Boolean, nullable=False),
    Column("multi_tariff", Boolean, nullable=False),
    Column("amr", Boolean, nullable=False),
    Column("disputed", Boolean, nullable=False),
    Column("closed_on", Date),
    Column("oldest_due_on", Date),  # of what is open and not disputed
    Column("next_due_on", Date),  # the first that was not yet overdue when this was worked out
    Column("invoiced_on", Date),
    Column("paid_on", Date),
    Column("read_on", Date),  # the last of any quality that was taken in
    Column("actual_on", Date),  # the last that somebody read off the meter
    Column("installed_on", Date),
    Column("verification_due", Date),
    Column("agreed_on", Date),
    Column("agreement_ends_on", Date),
    Column("application_due_on", Date),  # the first of those that are open
    Column("task_due_on", Date),
    Column("promise_due_on", Date),
    Column("noticed_on", Date),
    Column("warned_on", Date),  # when a warning of restriction arrived
    Column("contacted_on", Date),
    Column("balance", MONEY, nullable=False),
    Column("overdue", MONEY, nullable=False),
    Column("disputed_amount", MONEY, nullable=False),
    Column("invoiced_amount", MONEY),
    Column("paid_amount", MONEY),
    Column("promise_amount", MONEY),
    Column("max_kw", Numeric(8, 2)),
    Column("kind", String(12), nullable=False),
    Column("language", String(8), nullable=False),
    Column("customer_status", String(12), nullable=False),
    Column("priority", String(8), nullable=False),
    Column("status", String(12), nullable=False),
    Column("tariff", String(20), nullable=False),
    Column("time_zone", String(40), nullable=False),
    Column("paid_channel", String(12)),
    Column("promise_status", String(12)),
    Column("notice_kind", String(20)),
    Column("notice_status", String(10)),
    Column("read_source", String(10)),
    Column("read_quality", String(10)),
    Column("disposition", String(24)),
    Column("contact_channel", String(10)),
    Column("contact_direction", String(8)),
    Column("flags", ARRAY(Text), nullable=False),
    Index(None, "balance"),
    Index(None, "overdue"),
    Index(None, "oldest_due_on"),
    Index(None, "next_due_on", postgresql_where=text("next_due_on is not null")),
    Index(None, "paid_on"),
    Index(None, "read_on"),
    Index(None, "actual_on"),
    Index(None, "time_zone"),
    Index(None, "verification_due"),
    Index(None, "contacted_on"),
    Index(None, "flags", postgresql_using="gin", postgresql_where=text("flags <> '{}'")),
)

facts_due = Table(
    "facts_due",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("accounts", ARRAY(Integer), nullable=False),  # whose facts changed; at most 5,000 a row
    Column("at", MOMENT, nullable=False, server_default=NOW),
)

segments = Table(
    "segments",
    metadata,
    key(),
    Column("name", String(80), nullable=False, unique=True),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("tree", JSONB, nullable=False),  # crm_core.segments.conditions
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("retired", Boolean, nullable=False, server_default=text("false")),
    Column("members", Integer),  # as counted last
    Column("counted_at", MOMENT),
    Column("created_by", Integer, ForeignKey("users.id")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)

segment_snapshots = Table(
    "segment_snapshots",
    metadata,
    key(),
    Column("segment_id", Integer, ForeignKey("segments.id"), nullable=False, index=True),
    Column("tree", JSONB, nullable=False),
    Column("purpose", Text, nullable=False, server_default=EMPTY),
    Column("status", String(8), nullable=False, server_default=text("'making'")),  # making, made, failed
    Column("members", Integer, nullable=False, server_default=text("0")),
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("asked_at", MOMENT, nullable=False, server_default=NOW),
    Column("made_at", MOMENT),
)

snapshot_members = Table(
    "snapshot_members",
    metadata,
    Column("snapshot_id", Integer, ForeignKey("segment_snapshots.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", Integer, primary_key=True),
)

templates = Table(
    "templates",
    metadata,
    key(),
    Column("code", String(30), nullable=False),
    Column("language", String(8), nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", String(12), nullable=False),  # statement, notice, arrangement, certificate
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("retired", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("code", "language"),
)

template_versions = Table(
    "template_versions",
    metadata,
    Column("template_id", Integer, ForeignKey("templates.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", Text, nullable=False),
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
)

documents = Table(
    "documents",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("template_id", Integer, ForeignKey("templates.id"), nullable=False),
    Column("version", Integer, nullable=False),  # of the template
    Column("title", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("format", String(4), nullable=False),  # pdf, html
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("pages", SmallInteger, nullable=False),
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
)
