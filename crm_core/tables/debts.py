"""Plans to pay off a debt in parts, orders that restrict a supply, rules of both by day (no I/O)."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, MOMENT, MONEY, NOW, key, metadata

plans = Table(
    "plans",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("amount", MONEY, nullable=False),
    Column("made_on", Date, nullable=False),  # payments count from this day
    Column("status", String(12), nullable=False, server_default=text("'open'")),  # crm_core.plans.PlanState
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("call_id", String(80)),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Column("paid", MONEY),  # what came in until it was settled
    Column("settled_at", MOMENT),
    Column("settled_by", Integer, ForeignKey("users.id")),  # null: the house itself
    Column("reason", Text, nullable=False, server_default=EMPTY),
    CheckConstraint("amount > 0", name="amount"),
    Index("uq_plans_open", "account_id", unique=True, postgresql_where=text("status = 'open'")),
)

plan_parts = Table(
    "plan_parts",
    metadata,
    Column("plan_id", Integer, ForeignKey("plans.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True),
    Column("due_on", Date, nullable=False),
    Column("amount", MONEY, nullable=False),
)

restrictions = Table(
    "restrictions",
    metadata,
    key(),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("kind", String(10), nullable=False),  # crm_core.restrictions.Kind
    Column("status", String(12), nullable=False, server_default=text("'ordered'")),  # crm_core.restrictions.OrderState
    Column("amount", MONEY, nullable=False),  # what was overdue when it was ordered
    Column("warned_on", Date, nullable=False),  # when a warning of it provably arrived
    Column("not_before", Date, nullable=False),
    Column("ordered_by", Integer, ForeignKey("users.id")),
    Column("ordered_at", MOMENT, nullable=False, server_default=NOW),
    Column("done_on", Date),  # when the supply was restricted
    Column("lifted_on", Date),  # when it flowed again
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Index(
        "uq_restrictions_standing",
        "account_id",
        unique=True,
        postgresql_where=text("status in ('ordered', 'done')"),
    ),
)

debt_policies = Table(
    "debt_policies",
    metadata,
    key(),
    Column("valid_from", Date, nullable=False),
    Column("rules", JSONB, nullable=False),  # crm_core.debt_rules
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("created_by", Integer, ForeignKey("users.id")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Index(None, "valid_from", "id"),
)
