"""Quality of calls: evaluation forms, what is to be scored and was, calibrations, collections for training (no I/O)."""

from __future__ import annotations

from sqlalchemy import (
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
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.tables.base import EMPTY, EMPTY_LIST, MOMENT, NOW, key, metadata

EMPTY_OBJECT = text("'{}'::jsonb")
SCORE = Numeric(5, 2)

evaluation_forms = Table(
    "evaluation_forms",
    metadata,
    key(),
    Column("code", String(30), nullable=False),
    Column("version", Integer, nullable=False),
    Column("titles", JSONB, nullable=False),  # by language
    Column("sections", JSONB, nullable=False),  # crm_core.quality.forms
    Column("dispute_days", SmallInteger, nullable=False, server_default=text("10")),
    Column("state", String(10), nullable=False, server_default=text("'draft'")),  # crm_core.quality.forms.FormState
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    Column("published_at", MOMENT),
    UniqueConstraint("code", "version"),
    CheckConstraint("dispute_days between 1 and 60", name="dispute_days"),
    Index("uq_evaluation_forms_draft", "code", unique=True, postgresql_where=text("state = 'draft'")),
    Index("uq_evaluation_forms_published", "code", unique=True, postgresql_where=text("state = 'published'")),
)

evaluation_rules = Table(
    "evaluation_rules",
    metadata,
    key(),
    Column("body", JSONB, nullable=False),  # crm_core.quality.choosing.ChoiceRule
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)

calibrations = Table(
    "calibrations",
    metadata,
    key(),
    Column("recording_id", Integer, ForeignKey("recordings.id"), nullable=False),
    Column("form_id", Integer, ForeignKey("evaluation_forms.id"), nullable=False),
    Column("title", String(80), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("made_by", Integer, ForeignKey("users.id"), nullable=False),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    Column("closed_at", MOMENT),  # from now on everybody sees what the others said
)

evaluations = Table(
    "evaluations",
    metadata,
    key(),
    Column("recording_id", Integer, ForeignKey("recordings.id"), nullable=False),
    Column("operator_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("grader_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("form_id", Integer, ForeignKey("evaluation_forms.id"), nullable=False),  # its version
    Column("source", String(12), nullable=False),  # crm_core.quality.choosing.Source
    Column("rule_id", Integer, ForeignKey("evaluation_rules.id")),
    Column("week", Date),  # Monday of the week a rule drew
    Column("calibration_id", Integer, ForeignKey("calibrations.id")),
    Column("cause", Text, nullable=False, server_default=EMPTY),  # what was drawn, or which complaint
    Column("state", String(12), nullable=False),  # crm_core.quality.life.EvaluationState
    Column("answers", JSONB, nullable=False, server_default=EMPTY_OBJECT),  # points by item, null not applicable
    Column("comments", JSONB, nullable=False, server_default=EMPTY_LIST),  # [second of the recording, text]
    Column("summary", Text, nullable=False, server_default=EMPTY),
    Column("score", SCORE),
    Column("section_scores", JSONB, nullable=False, server_default=EMPTY_OBJECT),  # text of a decimal by section
    Column("fatal", JSONB, nullable=False, server_default=EMPTY_LIST),  # items that made it nothing
    Column("due_on", Date, nullable=False),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    Column("submitted_at", MOMENT),
    CheckConstraint("grader_id <> operator_id", name="not_himself"),
    UniqueConstraint("calibration_id", "grader_id"),
    Index(
        "uq_evaluations_recording", "recording_id", unique=True,
        postgresql_where=text("calibration_id is null and state <> 'cancelled'"),
    ),
    Index("ix_evaluations_open", "due_on", "id", postgresql_where=text("state in ('assigned', 'draft')")),
    Index("ix_evaluations_lapsing", "changed_at", postgresql_where=text("state in ('submitted', 'upheld', 'amended')")),
    Index(None, "operator_id", "submitted_at"),
    Index(None, "submitted_at"),
    Index(None, "rule_id", "week"),
)  # fmt: skip

evaluation_steps = Table(
    "evaluation_steps",
    metadata,
    key(),
    Column("evaluation_id", Integer, ForeignKey("evaluations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", MOMENT, nullable=False),
    Column("user_id", Integer, ForeignKey("users.id")),  # none: the house
    Column("step", String(12), nullable=False),  # crm_core.quality.life.EvaluationStep
    Column("said", Text, nullable=False, server_default=EMPTY),
    Column("score", SCORE),  # after it
    Column("answers", JSONB(none_as_null=True)),  # as they were submitted or amended
)

training_collections = Table(
    "training_collections",
    metadata,
    key(),
    Column("title", String(80), nullable=False),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("teams", JSONB, nullable=False, server_default=EMPTY_LIST),  # codes; who is in one may listen
    Column("operators", JSONB, nullable=False, server_default=EMPTY_LIST),  # ids of users who may listen
    Column("retired", Boolean, nullable=False, server_default=text("false")),
    Column("changed_by", Integer, ForeignKey("users.id")),
    Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)

training_calls = Table(
    "training_calls",
    metadata,
    key(),
    Column("collection_id", Integer, ForeignKey("training_collections.id"), nullable=False),
    Column("recording_id", Integer, ForeignKey("recordings.id"), nullable=False),
    Column("from_second", Integer, nullable=False, server_default=text("0")),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("added_by", Integer, ForeignKey("users.id"), nullable=False),
    Column("added_at", MOMENT, nullable=False, server_default=NOW),
    UniqueConstraint("collection_id", "recording_id"),
)
