"""Promises to call back, and every attempt to keep them (no I/O)."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, SmallInteger, String, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

ZERO = text("0")

callbacks = Table(
    "callbacks",
    metadata,
    key(),
    Column("call_id", String(80), nullable=False, unique=True),  # of the call in which it was asked for
    Column("number", String(40), nullable=False),  # to be called, E.164, judged by crm_core.outward
    Column("caller", String(40), nullable=False, server_default=EMPTY),  # the number that asked, "" when withheld
    Column("account_id", Integer, ForeignKey("accounts.id"), index=True),
    # How he stood in the queue, so that he stands there again as the same
    Column("queue", String(40), nullable=False, server_default=EMPTY),
    Column("language", String(8), nullable=False, server_default=EMPTY),
    Column("topic", String(40), nullable=False, server_default=EMPTY),
    Column("dialled", String(40), nullable=False, server_default=EMPTY),
    Column("flags", JSONB, nullable=False, server_default=EMPTY_LIST),
    Column("path", JSONB, nullable=False, server_default=EMPTY_LIST),
    Column("waiting_since", MOMENT, nullable=False),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("asked_at", MOMENT, nullable=False, server_default=NOW),
    Column("asked_by", Integer, ForeignKey("users.id")),  # a person of ours; none: the caller himself
    Column("wanted_at", MOMENT),  # the time he chose; none: as soon as his turn comes
    Column("due_at", MOMENT, nullable=False),  # when it stands in the queue next
    Column("promised_until", MOMENT, nullable=False),
    Column("state", String(10), nullable=False, server_default=text("'open'")),  # crm_core.callbacks.CallbackState
    Column("attempt", SmallInteger, nullable=False, server_default=ZERO),  # number of the newest one
    Column("tries", SmallInteger, nullable=False, server_default=ZERO),  # how often it was dialled
    Column("outcome", String(12), nullable=False, server_default=EMPTY),  # of the last, crm_core.callbacks.Ending
    Column("ended_at", MOMENT),
    Column("ended_by", Integer, ForeignKey("users.id")),
    Column("reason", Text, nullable=False, server_default=EMPTY),  # why it was cancelled or moved
    Column("task_id", Integer, ForeignKey("tasks.id")),  # for a person, when it failed
    Index("ix_callbacks_due", "due_at", postgresql_where=text("state = 'open'")),
    Index("ix_callbacks_live", "state", "id", postgresql_where=text("state in ('standing', 'dialling')")),
    Index(None, "number", "asked_at"),
    Index(None, "caller", "asked_at"),
    Index(None, "asked_at"),
    Index(None, "promised_until"),
)

callback_attempts = Table(
    "callback_attempts",
    metadata,
    key(),
    Column("callback_id", Integer, ForeignKey("callbacks.id"), nullable=False),
    Column("attempt", SmallInteger, nullable=False),
    Column("began_at", MOMENT, nullable=False),
    Column("dialled_at", MOMENT),  # committed before the number is called
    Column("ended_at", MOMENT),
    Column("outcome", String(12), nullable=False, server_default=EMPTY),  # crm_core.callbacks.Ending
    Column("operator_id", Integer, ForeignKey("users.id")),
    Column("call_id", String(80), nullable=False, server_default=EMPTY),  # of the contact, as interactions have it
    UniqueConstraint("callback_id", "attempt"),
    Index(None, "call_id"),
)
