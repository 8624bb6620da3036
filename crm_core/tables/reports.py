"""Reports that people keep, with versions, shares, schedules and files on their way; schemes of figures (no I/O)."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
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

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

saved_reports = Table(
    "saved_reports",
    metadata,
    key(),
    Column("owner_id", Integer, ForeignKey("users.id"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("1")),  # the newest, which is shown
    Column("retired", Boolean, nullable=False, server_default=text("false")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)

saved_report_versions = Table(
    "saved_report_versions",
    metadata,
    Column("report_id", Integer, ForeignKey("saved_reports.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("query", JSONB, nullable=False),  # crm_core.reports.query.write_json; never changed
    Column("chart", String(10), nullable=False),
    Column("period", String(16), nullable=False, server_default=EMPTY),  # a named one, "" keeps the days
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
)

saved_report_shares = Table(
    "saved_report_shares",
    metadata,
    Column("report_id", Integer, ForeignKey("saved_reports.id"), primary_key=True),
    Column("kind", String(4), primary_key=True),  # team, role
    Column("code", String(40), primary_key=True),
    Column("shared_by", Integer, ForeignKey("users.id")),
    Column("shared_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("kind in ('team', 'role')", name="kind"),
)

report_schedules = Table(
    "report_schedules",
    metadata,
    key(),
    Column("owner_id", Integer, ForeignKey("users.id"), nullable=False, index=True),
    Column("report", String(60), nullable=False),  # a code of the library, or own-<saved report>
    Column("form", String(4), nullable=False),
    Column("every", String(8), nullable=False),  # crm_core.reports.sending.Every
    Column("weekday", SmallInteger, nullable=False, server_default=text("1")),  # ISO, of a weekly one
    Column("day", SmallInteger, nullable=False, server_default=text("1")),  # of a monthly one
    Column("at_minute", SmallInteger, nullable=False),  # of the day, at the utility
    Column("people", JSONB, nullable=False, server_default=EMPTY_LIST),  # keys of users
    Column("addresses", JSONB, nullable=False, server_default=EMPTY_LIST),
    Column("next_at", MOMENT, nullable=False),
    Column("last_at", MOMENT),
    Column("trouble", Text, nullable=False, server_default=EMPTY),
    Column("ended_at", MOMENT),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("every in ('day', 'week', 'month')", name="every"),
    Index("ix_report_schedules_due", "next_at", postgresql_where=text("ended_at is null")),
)

report_files = Table(
    "report_files",
    metadata,
    key(),
    Column("schedule_id", Integer, ForeignKey("report_schedules.id"), nullable=False),
    Column("due_at", MOMENT, nullable=False),  # which run of the schedule made it
    Column("user_id", Integer, ForeignKey("users.id"), index=True),  # for whom; or for an address
    Column("address", Text, nullable=False, server_default=EMPTY),
    Column("title", Text, nullable=False),
    Column("form", String(4), nullable=False),
    Column("stored", Text, nullable=False),  # name in the folder of files, "" once it is gone
    Column("token_hash", String(64), nullable=False, unique=True),  # SHA-256
    Column("rows", Integer, nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("fetched_at", MOMENT),
    Index(
        "ix_report_files_once",
        "schedule_id",
        "due_at",
        "user_id",
        "address",
        unique=True,
        postgresql_nulls_not_distinct=True,
    ),
    Index("ix_report_files_expires", "expires_at", postgresql_where=text("stored <> ''")),
)

kpi_schemes = Table(
    "kpi_schemes",
    metadata,
    Column("team", String(30), ForeignKey("teams.code"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("since", Date, nullable=False),  # counts from this day on
    Column("scheme", JSONB, nullable=False),  # crm_core.reports.kpi.Scheme; never changed
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
)
