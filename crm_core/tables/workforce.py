"""Workforce: rules of planning, forecasts by day, kinds of shifts, shifts of people, leave (no I/O).

Half hours of a day lie in one row as lists: a day is always read and written whole.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

workforce_rules = Table(
    "workforce_rules",
    metadata,
    key(),
    Column("body", JSONB, nullable=False),  # crm_core.workforce.plan.PlanRules; the newest row is in force
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
)

forecast_days = Table(
    "forecast_days",
    metadata,
    Column("queue", String(40), primary_key=True),  # "" all of them together
    Column("day", Date, primary_key=True),
    Column("calls", JSONB, nullable=False),  # by half hours
    Column("low", JSONB, nullable=False),
    Column("high", JSONB, nullable=False),
    Column("handle", Float, nullable=False),  # seconds of a call with its writing up
    Column("needed", JSONB, nullable=False),  # operators by half hours
    Column("made_at", MOMENT, nullable=False),
)

shift_patterns = Table(
    "shift_patterns",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("body", JSONB, nullable=False),  # crm_core.workforce.shifts.Pattern
    Column("retired", Boolean, nullable=False, server_default=text("false")),
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)

shifts = Table(
    "shifts",
    metadata,
    key(),
    Column("operator_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("pattern", String(20), nullable=False, server_default=EMPTY),
    Column("begins", SmallInteger, nullable=False),  # minutes from the day's midnight
    Column("ends", SmallInteger, nullable=False),  # above 1,440: on the next day
    Column("breaks", JSONB, nullable=False, server_default=EMPTY_LIST),  # [begins, ends, paid]
    Column("state", String(10), nullable=False, server_default=text("'proposed'")),
    Column("made_by", Integer, ForeignKey("users.id")),  # none: proposed by the house
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    Column("published_at", MOMENT),
    Column("seen_at", MOMENT),  # by whose it is
    UniqueConstraint("operator_id", "day"),
    CheckConstraint("ends > begins", name="span"),
    CheckConstraint("state in ('proposed', 'published')", name="state"),
    Index(None, "day"),
)

leave_requests = Table(
    "leave_requests",
    metadata,
    key(),
    Column("operator_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("kind", String(12), nullable=False),  # crm_core.workforce.leave.LeaveKind
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("state", String(10), nullable=False, server_default=text("'asked'")),  # crm_core.workforce.leave.LeaveState
    Column("asked_at", MOMENT, nullable=False, server_default=NOW),
    Column("decided_by", Integer, ForeignKey("users.id")),
    Column("decided_at", MOMENT),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    CheckConstraint("last >= first", name="span"),
    Index(None, "operator_id", "first"),
    Index(None, "last"),
    Index("ix_leave_requests_asked", "id", postgresql_where=text("state = 'asked'")),
)
