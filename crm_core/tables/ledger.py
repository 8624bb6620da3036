"""Money: invoices, payments, adjustments, what paid what, disputes, promises, notices, approvals, rules (no I/O).

Bulk tables are keyed by account first and filled account by account, as readings are. Triggers keep
`accounts.balance` = invoices + adjustments - payments (docs/ledger.md): nobody else may write it.
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

from crm_core.tables.base import AMOUNT, EMPTY, MOMENT, MONEY, NOW, key, metadata

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
    Column("amount", MONEY, nullable=False),  # below zero only in a reversal
    Column("channel", String(12), nullable=False),  # bank, post, card, office, autopay, reversal
    Column("reference", String(40)),
    Column("reverses_on", Date),  # the payment that a reversal takes back
    Column("reverses_seq", SmallInteger),
    Column("posted_by", Integer),
    Column("posted_at", MOMENT),  # by hand or by a program; null: came with a file
    Column("note", Text),
    Index(
        "uq_payments_reference",
        "account_id",
        "reference",
        unique=True,
        postgresql_where=text("posted_at is not null and reference is not null"),
    ),
    Index(
        "uq_payments_reversed",
        "account_id",
        "reverses_on",
        "reverses_seq",
        unique=True,
        postgresql_where=text("reverses_on is not null"),
    ),
)

adjustments = Table(
    "adjustments",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("kind", String(16), nullable=False),  # crm_core.ledger.kinds
    Column("amount", MONEY, nullable=False),  # above zero: the customer owes more
    Column("open_amount", MONEY, nullable=False, server_default=text("0")),  # of what he owes more
    Column("posted_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("period", Date),  # the invoice it is about
    Column("reason", Text, nullable=False),
    Column("reference", String(40)),
    Column("posted_by", Integer, ForeignKey("users.id")),
    Column("approved_by", Integer, ForeignKey("users.id")),
    Column("reverses", Integer, ForeignKey("adjustments.id"), unique=True),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("amount <> 0", name="amount"),
    CheckConstraint("approved_by is null or approved_by <> posted_by", name="two_people"),
    Index(None, "account_id", "id"),
    Index(
        "uq_adjustments_reference",
        "account_id",
        "reference",
        unique=True,
        postgresql_where=text("reference is not null"),
    ),
)

# What paid what, only where somebody said so: everything else follows from the rule (crm_core.ledger.allocation).
allocations = Table(
    "allocations",
    metadata,
    key(),
    Column("account_id", Integer, nullable=False, index=True),
    Column("paid_on", Date),  # from this payment,
    Column("seq", SmallInteger),
    Column("credit_id", Integer, ForeignKey("adjustments.id")),  # or from this adjustment,
    Column("period", Date),  # to this invoice,
    Column("charge_id", Integer, ForeignKey("adjustments.id")),  # or to this adjustment
    Column("amount", MONEY, nullable=False),  # below zero: taken back
    Column("by_user", Integer, ForeignKey("users.id")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("(paid_on is null) = (seq is null) and (paid_on is null) <> (credit_id is null)", name="source"),
    CheckConstraint("(period is null) <> (charge_id is null)", name="target"),
    CheckConstraint("amount <> 0", name="amount"),
)

disputes = Table(
    "disputes",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("period", Date, nullable=False),  # of the invoice
    Column("amount", MONEY, nullable=False),  # how much of it
    Column("reason", Text, nullable=False),
    Column("status", String(12), nullable=False, server_default=text("'open'")),  # crm_core.ledger.disputes
    Column("raised_by", Integer, ForeignKey("users.id")),
    Column("raised_at", MOMENT, nullable=False, server_default=NOW),
    Column("settled_by", Integer, ForeignKey("users.id")),
    Column("settled_at", MOMENT),
    Column("settlement", Text, nullable=False, server_default=EMPTY),
    Column("adjustment_id", Integer, ForeignKey("adjustments.id")),
    Index(
        "uq_disputes_open",
        "account_id",
        "period",
        unique=True,
        postgresql_where=text("status = 'open'"),
    ),
)

promises = Table(
    "promises",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("amount", MONEY, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("status", String(12), nullable=False, server_default=text("'open'")),  # crm_core.ledger.promises
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Column("made_on", Date),  # payments count from this day; null: from created_at
    Column("made_by", Integer),
    Column("call_id", String(80)),
    Column("reference", String(40)),
    Column("paid", MONEY),  # what came in until it was settled
    Column("settled_at", MOMENT),
    Column("instead_of", Integer),  # the promise that this one puts off
    Index("uq_promises_open", "account_id", unique=True, postgresql_where=text("status = 'open'")),
    Index("ix_promises_open_due", "due_on", "id", postgresql_where=text("status = 'open'")),
)

# A debt paid off by equal instalments, a month apart.
plans = Table(
    "plans",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("amount", MONEY, nullable=False),
    Column("parts", SmallInteger, nullable=False),
    Column("first_on", Date, nullable=False),
    Column("status", String(12), nullable=False, server_default=text("'open'")),  # crm_core.ledger.plans
    Column("made_on", Date, nullable=False),  # payments count from this day
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("call_id", String(80)),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Column("paid", MONEY),  # what came in until it was settled
    Column("settled_at", MOMENT),
    Column("settled_by", Integer, ForeignKey("users.id")),  # who called it off
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Index("uq_plans_open", "account_id", unique=True, postgresql_where=text("status = 'open'")),
    Index("ix_plans_open", "id", postgresql_where=text("status = 'open'")),
)

# Supply restricted for debt.
restriction_orders = Table(
    "restriction_orders",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("agreement_id", Integer, ForeignKey("agreements.id"), nullable=False),
    Column("kind", String(12), nullable=False),  # crm_core.ledger.orders
    Column("status", String(12), nullable=False, server_default=text("'given'")),
    Column("amount", MONEY, nullable=False),  # owed when it was given
    Column("planned_on", Date, nullable=False),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Column("given_by", Integer, ForeignKey("users.id")),
    Column("given_at", MOMENT, nullable=False, server_default=NOW),
    Column("carried_out_at", MOMENT),
    Column("ended_at", MOMENT),  # withdrawn, or the supply is back
    Column("ended_by", Integer, ForeignKey("users.id")),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Index(
        "uq_restriction_orders_standing",
        "account_id",
        unique=True,
        postgresql_where=text("status in ('given', 'carried_out')"),
    ),
    Index("ix_restriction_orders_standing", "id", postgresql_where=text("status in ('given', 'carried_out')")),
)

promise_steps = Table(
    "promise_steps",
    metadata,
    key(),
    Column("promise_id", Integer, ForeignKey("promises.id"), nullable=False, index=True),
    Column("before", String(12), nullable=False),
    Column("after", String(12), nullable=False),
    Column("by_user", Integer, ForeignKey("users.id")),  # null: the house itself
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Column("at", MOMENT, nullable=False, server_default=NOW),
)

notices = Table(
    "notices",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),  # crm_core.ledger.notices
    Column("channel", String(10), nullable=False),  # sms, email, letter, phone, hand
    Column("amount", MONEY, nullable=False),  # overdue on that day
    Column("status", String(10), nullable=False, server_default=text("'sent'")),  # sent, delivered, failed
    Column("sent_at", MOMENT, nullable=False),
    Column("told_at", MOMENT),  # when it was known to have arrived, or not to
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("by_user", Integer, ForeignKey("users.id")),
)

approvals = Table(
    "approvals",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("what", String(16), nullable=False),  # adjustment, payment, reversal
    Column("asked", JSONB, nullable=False),
    Column("amount", MONEY, nullable=False),
    Column("rule", String(40), nullable=False),  # why one person is not enough
    Column("reason", Text, nullable=False),
    Column("reference", String(40)),
    Column("status", String(12), nullable=False, server_default=text("'waiting'")),  # crm_core.ledger.approvals
    Column("asked_by", Integer, ForeignKey("users.id"), nullable=False),
    Column("asked_at", MOMENT, nullable=False, server_default=NOW),
    Column("decided_by", Integer, ForeignKey("users.id")),
    Column("decided_at", MOMENT),
    Column("decision", Text, nullable=False, server_default=EMPTY),
    CheckConstraint("status = 'withdrawn' or decided_by is null or decided_by <> asked_by", name="two_people"),
    Index("ix_approvals_waiting", "id", postgresql_where=text("status = 'waiting'")),
    Index(
        "uq_approvals_reference",
        "account_id",
        "what",
        "reference",
        unique=True,
        postgresql_where=text("reference is not null and status = 'waiting'"),
    ),
)

money_policies = Table(
    "money_policies",
    metadata,
    key(),
    Column("valid_from", Date, nullable=False),
    Column("rules", JSONB, nullable=False),  # crm_core.ledger.rules
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("created_by", Integer, ForeignKey("users.id")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Index(None, "valid_from", "id"),
)
