"""Debtors called by us: campaigns, their lists, every attempt, texts of contact law, who is not to be called (no I/O).

A row of a list is in one class at every moment; a trigger of migration 0020 writes each change of it down in
`campaign_row_events`. Codes are those of `outbound.terms`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, MONEY, NOW, ONE, key, metadata

ZERO = text("0")
EMPTY_OBJECT = text("'{}'::jsonb")
NO_CODES = text("'{}'::text[]")

campaigns = Table(
    "campaigns",
    metadata,
    key(),
    Column("name", String(80), nullable=False, unique=True),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("state", String(10), nullable=False, server_default=text("'draft'")),  # outbound.campaign.State
    Column("mode", String(12), nullable=False),  # outbound.terms.Mode
    Column("channel", String(8), nullable=False, server_default=text("'call'")),  # outbound.terms.Channel
    Column("priority", SmallInteger, nullable=False, server_default=text("5")),  # 1 first … 9 last
    # Who: a segment asked once, a segment that keeps feeding, or nothing but files and hands
    Column("segment_id", Integer, ForeignKey("segments.id"), index=True),
    Column("feeds", Boolean, nullable=False, server_default=text("false")),
    Column("fed_at", MOMENT),
    Column("counts", String(8), nullable=False, server_default=text("'overdue'")),  # overdue, open: what is owed
    Column("least_debt", MONEY, nullable=False, server_default=text("0.01")),  # below it he has paid
    # Under which law, when, by whom
    Column("profile", String(24), nullable=False),  # code of law_versions
    Column("starts_on", Date),
    Column("ends_on", Date),
    Column("hours", JSONB, nullable=False, server_default=EMPTY_LIST),  # [weekday, "HH:MM", "HH:MM"] at the utility
    Column("skills", JSONB, nullable=False, server_default=EMPTY_LIST),  # an operator needs all of them
    Column("lines", SmallInteger, nullable=False, server_default=ZERO),  # at most so many calls at once; 0: no own cap
    Column("caller_id", String(16), nullable=False, server_default=EMPTY),  # of the trunks' numbers; "": the trunk's
    Column("language", String(8), nullable=False, server_default=EMPTY),
    Column("cap", Numeric(5, 2), nullable=False, server_default=text("3.00")),  # per cent abandoned of answered
    Column("grace_ms", Integer, nullable=False, server_default=text("2000")),
    Column("ring_seconds", SmallInteger, nullable=False, server_default=text("25")),
    Column("read_seconds", SmallInteger, nullable=False, server_default=text("30")),  # preview
    Column("detects_machines", Boolean, nullable=False, server_default=text("false")),
    Column("most_tries", SmallInteger, nullable=False, server_default=text("8")),  # of a debtor, all numbers together
    Column("retries", JSONB, nullable=False, server_default=EMPTY_OBJECT),  # outbound.retry, what differs from it
    Column("message", Text, nullable=False, server_default=EMPTY),  # of an SMS or e-mail
    Column("preview", JSONB(none_as_null=True)),  # outbound.preview, as worked out last
    Column("previewed_at", MOMENT),
    Column("version", Integer, nullable=False, server_default=ONE),
    Column("halted_at", MOMENT),  # stopped at once: what was not answered before that is cancelled
    Column("started_at", MOMENT),
    Column("ended_at", MOMENT),
    Column("created_by", Integer, ForeignKey("users.id")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("priority between 1 and 9", name="priority"),
    CheckConstraint("cap between 0 and 100", name="cap"),
    CheckConstraint("counts in ('overdue', 'open')", name="counts"),
    Index("ix_campaigns_running", "priority", "id", postgresql_where=text("state = 'running'")),
)

campaign_steps = Table(
    "campaign_steps",
    metadata,
    key(),  # only ever added to
    Column("campaign_id", Integer, ForeignKey("campaigns.id"), nullable=False, index=True),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    Column("before", String(10), nullable=False),
    Column("after", String(10), nullable=False),
    Column("by_user", Integer, ForeignKey("users.id")),  # none: the house itself
    Column("reason", Text, nullable=False, server_default=EMPTY),
)

# Each time debtors were added to a campaign.
campaign_lists = Table(
    "campaign_lists",
    metadata,
    key(),
    Column("campaign_id", Integer, ForeignKey("campaigns.id"), nullable=False, index=True),
    Column("source", String(8), nullable=False),  # segment, file, hand
    Column("segment_id", Integer, ForeignKey("segments.id")),
    Column("file", Text, nullable=False, server_default=EMPTY),  # as the person called it
    Column("sha256", String(64), nullable=False, server_default=EMPTY),
    Column("read", Integer, nullable=False, server_default=ZERO),  # = added + known + refused
    Column("added", Integer, nullable=False, server_default=ZERO),
    Column("known", Integer, nullable=False, server_default=ZERO),  # on the list already
    Column("refused", Integer, nullable=False, server_default=ZERO),
    Column("faults", JSONB, nullable=False, server_default=EMPTY_LIST),  # the first: [row, code, text]
    Column("state", String(8), nullable=False, server_default=text("'made'")),  # making, made, failed
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("read = added + known + refused", name="sum"),
)

campaign_rows = Table(
    "campaign_rows",
    metadata,
    key(),
    Column("campaign_id", Integer, ForeignKey("campaigns.id"), nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("list_id", Integer, ForeignKey("campaign_lists.id"), nullable=False),
    Column("klass", String(20), nullable=False, server_default=text("'waiting'")),  # outbound.terms.Klass
    Column("classed_at", MOMENT, nullable=False, server_default=NOW),
    Column("priority", SmallInteger, nullable=False, server_default=text("5")),  # 1 first … 9 last
    Column("next_at", MOMENT, nullable=False, server_default=NOW),  # not to be tried before
    Column("next_number", String(20), nullable=False, server_default=EMPTY),  # to be tried next, as the retry rule says
    Column("tries", SmallInteger, nullable=False, server_default=ZERO),
    Column("paid_at", MOMENT),  # nothing overdue any more; set while a call is open, too
    Column("removed_at", MOMENT),  # by hand; set while a call is open, too
    Column("reasons", ARRAY(Text), nullable=False, server_default=NO_CODES),  # outbound.terms.Reason, the last no
    Column("policy", String(40), nullable=False, server_default=EMPTY),  # code@version that said so
    Column("note", Text, nullable=False, server_default=EMPTY),  # why it was removed
    Column("changed_by", Integer, ForeignKey("users.id")),  # who removed it
    UniqueConstraint("campaign_id", "account_id"),
    Index(
        "ix_campaign_rows_due", "campaign_id", "priority", "next_at", "id", postgresql_where=text("klass = 'waiting'")
    ),
    Index(None, "campaign_id", "klass", "id"),
    Index(None, "account_id"),
)

# Written by a trigger whenever a row's class or the reasons for a no change; only ever added to.
campaign_row_events = Table(
    "campaign_row_events",
    metadata,
    key(BigInteger),
    Column("row_id", Integer, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("before", String(20), nullable=False),
    Column("after", String(20), nullable=False),
    Column("reasons", ARRAY(Text), nullable=False, server_default=NO_CODES),
    Column("policy", String(40), nullable=False, server_default=EMPTY),
    Column("next_at", MOMENT),
    Column("by_user", Integer),
    Index(None, "row_id", "id"),
)

attempts = Table(
    "attempts",
    metadata,
    key(),
    Column("campaign_id", Integer, ForeignKey("campaigns.id")),  # none: dialled by hand, of no campaign
    Column("row_id", Integer, ForeignKey("campaign_rows.id"), index=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False),
    Column("channel", String(8), nullable=False, server_default=text("'call'")),  # outbound.terms.Channel
    Column("mode", String(12), nullable=False),  # outbound.terms.Mode
    Column("number", String(20), nullable=False),  # E.164
    Column("zones", ARRAY(Text), nullable=False, server_default=NO_CODES),  # where he may be
    Column("state", String(12), nullable=False, server_default=text("'planned'")),  # outbound.attempt
    Column("call_id", String(80), nullable=False, unique=True),  # channel that we name; of the contact, too
    Column("node", String(40), nullable=False, server_default=EMPTY),
    Column("trunk", String(20), nullable=False, server_default=EMPTY),
    Column("caller_id", String(16), nullable=False, server_default=EMPTY),
    Column("operator_id", Integer, ForeignKey("users.id")),
    Column("planned_at", MOMENT, nullable=False),  # committed before anything is dialled
    Column("placed_at", MOMENT),
    Column("ringing_at", MOMENT),
    Column("answered_at", MOMENT),
    Column("talking_at", MOMENT),
    Column("ended_at", MOMENT),
    Column("outcome", String(16), nullable=False, server_default=EMPTY),  # outbound.terms.Outcome
    Column("cause", SmallInteger),  # Q.850
    Column("sip_code", SmallInteger),
    Column("disposition", String(24), nullable=False, server_default=EMPTY),
    Column("policy", String(40), nullable=False, server_default=EMPTY),  # code@version that allowed it
    Column("allowed_until", MOMENT),
    Column("why", JSONB, nullable=False, server_default=EMPTY_OBJECT),  # why it was dialled: pacing's decision
    # One call to a debtor at a time, whatever campaign, operator or process it comes from.
    Index(
        "uq_attempts_open",
        "customer_id",
        unique=True,
        postgresql_where=text("ended_at is null and channel = 'call'"),
    ),
    Index("ix_attempts_by_hand", "operator_id", "id", postgresql_where=text("mode = 'manual'")),
    Index("ix_attempts_open", "id", postgresql_where=text("ended_at is null")),
    Index(None, "customer_id", "planned_at"),
    Index(None, "account_id", "id"),
    Index("ix_attempts_unknown", "customer_id", postgresql_where=text("outcome = 'unknown'")),
    Index(None, "campaign_id", "planned_at"),
    Index(None, "number", "planned_at"),
)

law_versions = Table(
    "law_versions",
    metadata,
    key(),
    Column("code", String(24), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),  # never changes
    Column("state", String(10), nullable=False, server_default=text("'draft'")),  # crm_core.flowlife.FlowState
    Column("origin", String(8), nullable=False, server_default=text("'office'")),  # office, shipped
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    Column("published_by", Integer, ForeignKey("users.id")),
    Column("published_at", MOMENT),
    UniqueConstraint("code", "version"),
    Index("uq_law_versions_published", "code", unique=True, postgresql_where=text("state = 'published'")),
)

do_not_call = Table(
    "do_not_call",
    metadata,
    key(),
    Column("number", String(20), nullable=False),  # E.164
    Column("source", String(8), nullable=False, server_default=text("'office'")),  # office, file, call
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Column("added_by", Integer, ForeignKey("users.id")),
    Column("added_at", MOMENT, nullable=False, server_default=NOW),
    Column("lifted_by", Integer, ForeignKey("users.id")),
    Column("lifted_at", MOMENT),
    Column("lift_reason", Text, nullable=False, server_default=EMPTY),
    Index("uq_do_not_call_number", "number", unique=True, postgresql_where=text("lifted_at is null")),
)
