"""Contacts with us on every channel, what was written about each, and how they may end (no I/O)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, SmallInteger, String, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

interactions = Table(
    "interactions",
    metadata,
    key(),
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
    Column("data", JSONB(none_as_null=True)),  # what the disposition needed, crm_core.work.fields
    Column("subject", Text),  # of an e-mail or letter
    # What it took, settled from what was told of it when it ended and when it was closed (store.call_facts)
    Column("talk_seconds", Float),  # connected with operators, hold not counted
    Column("hold_seconds", Float),
    Column("wrap_up_seconds", Float),
    Column("passes", SmallInteger, nullable=False, server_default=text("0")),  # how often it was passed on
    Column("consults", SmallInteger, nullable=False, server_default=text("0")),  # how often somebody was asked
    Index(None, "account_id", "began_at"),
    Index(None, "began_at"),
    Index("ix_interactions_waited", "waiting_since", postgresql_where=text("waiting_since is not null")),
    Index("ix_interactions_open", "id", postgresql_where=text("ended_at is null")),
)

interaction_entries = Table(
    "interaction_entries",
    metadata,
    key(),
    Column("interaction_id", Integer, nullable=False, index=True),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    Column("user_id", Integer, ForeignKey("users.id")),
    Column("what", String(10), nullable=False),  # crm_core.work.corrections.Entry
    Column("disposition", String(24), nullable=False, server_default=EMPTY),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("data", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Column("of_entry", Integer),  # the proposal that is approved or declined
    Index("ix_interaction_entries_proposed", "id", postgresql_where=text("what = 'proposed'")),
    # One answer to a proposal, whoever answers first.
    Index("ix_interaction_entries_of_entry", "of_entry", unique=True, postgresql_where=text("of_entry is not null")),
)

call_events = Table(
    "call_events",
    metadata,
    key(),
    Column("call_id", String(80), nullable=False, index=True),
    Column("at", MOMENT, nullable=False),
    Column("what", String(30), nullable=False),  # arrived, waiting, offered, answered, held, resumed, parted, ended …
    Column("operator_id", Integer),
    Column("detail", Text, nullable=False, server_default=EMPTY),
    Index("ix_call_events_offered", "at", postgresql_where=text("what = 'offered'")),
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
    Column("titles", JSONB, nullable=False, server_default=text("'{}'::jsonb")),  # the utility's own, by language
    Column("grouping", String(12), nullable=False, server_default=EMPTY),  # crm_core.work.results.Group
    Column("needs", JSONB, nullable=False, server_default=EMPTY_LIST),  # crm_core.work.fields
    Column("next", String(20), nullable=False, server_default=EMPTY),
    Column("retry", JSONB(none_as_null=True)),  # {"after_minutes": 60, "tries": 3}
    Column("kpi", String(12), nullable=False, server_default=EMPTY),
    Column("role", String(16), nullable=False, server_default=EMPTY),  # who may choose it, "" everybody
)
