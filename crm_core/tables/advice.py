"""What is worth doing: rules by version, offers, and what became of each that was shown (no I/O)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, SmallInteger, String, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, MOMENT, NOW, key, metadata

advice_policies = Table(
    "advice_policies",
    metadata,
    key(),
    Column("valid_from", Date, nullable=False),
    Column("rules", JSONB, nullable=False),  # crm_core.advice.AdviceRules
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("created_by", Integer, ForeignKey("users.id")),
    Column("created_at", MOMENT, nullable=False, server_default=NOW),
    Index(None, "valid_from", "id"),
)

offers = Table(
    "offers",
    metadata,
    key(),
    Column("kind", String(8), nullable=False),  # crm_core.advice.OfferKind
    Column("title", Text, nullable=False),
    Column("texts", JSONB, nullable=False),  # what is said, by language
    Column("priority", SmallInteger, nullable=False, server_default=text("0")),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("quiet_days", SmallInteger, nullable=False),  # after a refusal
    Column("customer_kind", String(12), nullable=False, server_default=EMPTY),
    Column("tariff", Text, nullable=False, server_default=EMPTY),  # beginning of its name
    Column("without_debt", Boolean, nullable=False, server_default=text("true")),
    Column("without_email_bills", Boolean, nullable=False, server_default=text("false")),
    Column("opens", String(40), nullable=False, server_default=EMPTY),  # the form that carries it out
    Column("retired", Boolean, nullable=False, server_default=text("false")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)

# One row for each thing that was shown in one contact.
advice = Table(
    "advice",
    metadata,
    key(),
    Column("at", MOMENT, nullable=False),  # shown
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("call_id", String(80), nullable=False),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("rule", String(20), nullable=False),  # crm_core.advice.Rule, or offer
    Column("offer_id", Integer, ForeignKey("offers.id")),
    Column("answer", String(10), nullable=False, server_default=EMPTY),  # crm_core.advice.Answer, "" for none
    Column("reason", String(20), nullable=False, server_default=EMPTY),  # why it was put aside or refused
    Column("answered_at", MOMENT),
    Column("happened_at", MOMENT),  # what was advised was done, by whomever
    Index("uq_advice_call_id", "call_id", "account_id", "rule", unique=True),
    Index("ix_advice_account_id", "account_id", "id"),
    Index("ix_advice_at", "at"),
)
