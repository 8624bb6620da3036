"""Routing as data: rules by version, queues with their hours and overflow (no I/O).

The base tells the floor by itself of every change to what it goes by (`busbar_dispatch`, migration 0011).
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

routing_versions = Table(
    "routing_versions",
    metadata,
    key(),
    Column("version", Integer, nullable=False, unique=True),
    Column("body", Text, nullable=False),  # YAML; never changed, a correction is the next version
    Column("state", String(10), nullable=False, server_default=text("'draft'")),  # crm_core.flowlife.FlowState
    Column("origin", String(8), nullable=False, server_default=text("'office'")),  # office, shipped
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    Column("published_by", Integer, ForeignKey("users.id")),
    Column("published_at", MOMENT),
    Index("uq_routing_versions_published", "state", unique=True, postgresql_where=text("state = 'published'")),
)

queues = Table(
    "queues",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("title", Text, nullable=False, server_default=EMPTY),
    Column("opening", String(8), nullable=False, server_default=text("'always'")),  # always, utility, own
    Column("hours", JSONB, nullable=False, server_default=EMPTY_LIST),  # own ones: [weekday, "HH:MM", "HH:MM"]
    Column("threshold", Integer),  # seconds of the service level; none: the house's
    Column("most_waiting", Integer),  # callers; with so many the next one overflows
    Column("overflow_after", Integer),  # seconds of waiting here
    # Where a caller goes: "" he waits, queue/<code>, callback, voicemail, closed.
    Column("when_closed", String(60), nullable=False, server_default=EMPTY),
    Column("when_full", String(60), nullable=False, server_default=EMPTY),
    Column("when_nobody", String(60), nullable=False, server_default=EMPTY),
    Column("when_late", String(60), nullable=False, server_default=EMPTY),
    # Whose operators serve its callers when nobody of its own can: "" nobody before everybody, else a code.
    Column("last_resort", String(40), nullable=False, server_default=EMPTY),
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("opening in ('always', 'utility', 'own')", name="opening"),
)
