"""The telephone exchange: its nodes, trunks, telephones, last queue, and how the line does (no I/O).

What is here of `nodes`, `trunks`, `telephones` and `last_resort` is what each Asterisk is configured from; a change of
them, or of who has which telephone, is told on the channel `busbar_lines` (triggers of migration 0014).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
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

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

nodes = Table(
    "nodes",
    metadata,
    Column("name", String(40), primary_key=True),  # Asterisk's systemname
    Column("applied_at", MOMENT),  # when what is on record came into effect there
    Column("applied", String(64), nullable=False, server_default=EMPTY),  # digest of what it was
    Column("trouble", Text, nullable=False, server_default=EMPTY),  # one sentence, when it could not
    Column("seen_at", MOMENT),  # its keeper said so last
)

trunks = Table(
    "trunks",
    metadata,
    key(),
    Column("name", String(20), nullable=False, unique=True),
    Column("host", String(253), nullable=False),
    Column("port", Integer, nullable=False, server_default=text("5060")),
    Column("login", String(80), nullable=False, server_default=EMPTY),
    Column("secret", String(128), nullable=False, server_default=EMPTY),  # never shown
    Column("registers", Boolean, nullable=False, server_default=text("false")),
    Column("number", String(16), nullable=False, server_default=EMPTY),
    Column("numbers", JSONB, nullable=False, server_default=EMPTY_LIST),
    Column("prefixes", JSONB, nullable=False, server_default=EMPTY_LIST),
    Column("rank", SmallInteger, nullable=False, server_default=text("1")),
    Column("lines", SmallInteger, nullable=False, server_default=text("30")),
    Column("reserved", SmallInteger, nullable=False, server_default=text("0")),
    Column("direction", String(4), nullable=False, server_default=text("'both'")),
    Column("codecs", JSONB, nullable=False, server_default=text('\'["alaw", "ulaw"]\'::jsonb')),
    Column("check_number", String(16), nullable=False, server_default=EMPTY),
    Column("node", String(40), nullable=False, server_default=EMPTY),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("direction in ('both', 'in', 'out')", name="direction"),
    CheckConstraint("reserved between 0 and lines", name="reserved"),
)

telephones = Table(
    "telephones",
    metadata,
    Column("extension", String(20), primary_key=True),  # of users
    Column("browser", Boolean, nullable=False, server_default=text("true")),
    Column("desk", Boolean, nullable=False, server_default=text("true")),
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)

last_resort = Table(
    "last_resort",
    metadata,
    Column("name", String(20), primary_key=True),  # busbar
    Column("strategy", String(12), nullable=False, server_default=text("'leastrecent'")),
    Column("ring_seconds", SmallInteger, nullable=False, server_default=text("15")),
    Column("wrap_up_seconds", SmallInteger, nullable=False, server_default=text("5")),
    Column("most_waiting", SmallInteger, nullable=False, server_default=text("0")),
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)

line_states = Table(
    "line_states",
    metadata,
    Column("node", String(40), primary_key=True),
    Column("kind", String(12), primary_key=True),  # telephony.health.Kind
    Column("name", String(120), primary_key=True),
    Column("state", String(12), nullable=False),  # telephony.health.State
    Column("detail", String(120), nullable=False, server_default=EMPTY),
    Column("rtt_us", Integer),  # round trip of the last question, microseconds
    Column("since", MOMENT, nullable=False),
    Column("told_at", MOMENT, nullable=False),
)

line_alerts = Table(
    "line_alerts",
    metadata,
    key(),
    Column("kind", String(12), nullable=False),  # crm_core.store.lines.AlertKind
    Column("node", String(40), nullable=False, server_default=EMPTY),
    Column("name", String(120), nullable=False),
    Column("detail", String(200), nullable=False, server_default=EMPTY),
    Column("raised_at", MOMENT, nullable=False),
    Column("cleared_at", MOMENT),
    Index("uq_line_alerts_standing", "kind", "node", "name", unique=True, postgresql_where=text("cleared_at is null")),
    Index(None, "raised_at"),
)

line_checks = Table(
    "line_checks",
    metadata,
    key(BigInteger),
    Column("node", String(40), nullable=False),
    Column("trunk", String(20), nullable=False, server_default=EMPTY),  # empty: the menu, without a trunk
    Column("began_at", MOMENT, nullable=False),
    Column("legs", JSONB, nullable=False, server_default=EMPTY_LIST),  # [name, milliseconds] of what was done
    Column("failed", String(12), nullable=False, server_default=EMPTY),  # the leg that was not
    Column("detail", String(200), nullable=False, server_default=EMPTY),
    Index(None, "began_at"),
)
