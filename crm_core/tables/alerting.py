"""Where alerts of the floor are told outside of it, and what became of each word (no I/O)."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, SmallInteger, String, Table, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, MOMENT, NOW, key, metadata

alert_ways = Table(
    "alert_ways",
    metadata,
    key(),
    Column("channel", String(8), nullable=False),  # crm_core.alerting.Channel
    Column("address", String(300), nullable=False),
    Column("secret", String(80), nullable=False, server_default=EMPTY),  # a webhook's bodies are signed with it
    Column("kinds", JSONB, nullable=False),  # of crm_core.alerting.KINDS
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("channel in ('email', 'webhook')", name="channel"),
)

alert_deliveries = Table(
    "alert_deliveries",
    metadata,
    key(),
    Column("way_id", Integer, ForeignKey("alert_ways.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("over", Boolean, nullable=False),
    Column("at", MOMENT, nullable=False),  # it was raised, or over
    Column("state", String(8), nullable=False, server_default=text("'waiting'")),  # crm_core.alerting.Delivery
    Column("tries", SmallInteger, nullable=False, server_default=text("0")),
    Column("next_at", MOMENT, nullable=False, server_default=NOW),
    Column("changed_at", MOMENT),
    Column("trouble", String(200), nullable=False, server_default=EMPTY),
    Index("uq_alert_deliveries_word", "way_id", "kind", "subject", "over", "at", unique=True),
    Index("ix_alert_deliveries_waiting", "next_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_alert_deliveries_at", "at"),
)
