"""Quality of calls: evaluation forms with the shipped one, evaluations, calibrations, collections for training."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_core.quality import shipped

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

EMPTY, NOW = sa.text("''"), sa.text("now()")
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "training_calls", "training_collections", "evaluation_steps", "evaluations", "calibrations", "evaluation_rules",
    "evaluation_forms",
)  # fmt: skip
KEPT_DAYS = 1095


def upgrade() -> None:
    """Make them."""
    op.create_table('evaluation_forms',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('titles', postgresql.JSONB(), nullable=False),
    sa.Column('sections', postgresql.JSONB(), nullable=False),
    sa.Column('dispute_days', sa.SmallInteger(), server_default=sa.text('10'), nullable=False),
    sa.Column('state', sa.String(length=10), server_default=sa.text("'draft'"), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', MOMENT, server_default=NOW, nullable=False),
    sa.Column('published_at', MOMENT, nullable=True),
    sa.CheckConstraint('dispute_days between 1 and 60', name=op.f('ck_evaluation_forms_dispute_days')),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_evaluation_forms_changed_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evaluation_forms')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_evaluation_forms_code_version'))
    )
    op.create_index('uq_evaluation_forms_draft', 'evaluation_forms', ['code'], unique=True, postgresql_where=sa.text("state = 'draft'"))
    op.create_index('uq_evaluation_forms_published', 'evaluation_forms', ['code'], unique=True, postgresql_where=sa.text("state = 'published'"))
    op.create_table('evaluation_rules',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('body', postgresql.JSONB(), nullable=False),
    sa.Column('active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', MOMENT, server_default=NOW, nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_evaluation_rules_changed_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evaluation_rules'))
    )
    op.create_table('calibrations',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('recording_id', sa.Integer(), nullable=False),
    sa.Column('form_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=False),
    sa.Column('made_at', MOMENT, server_default=NOW, nullable=False),
    sa.Column('closed_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['form_id'], ['evaluation_forms.id'], name=op.f('fk_calibrations_form_id')),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_calibrations_made_by')),
    sa.ForeignKeyConstraint(['recording_id'], ['recordings.id'], name=op.f('fk_calibrations_recording_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calibrations'))
    )
    op.create_table('evaluations',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('recording_id', sa.Integer(), nullable=False),
    sa.Column('operator_id', sa.Integer(), nullable=False),
    sa.Column('grader_id', sa.Integer(), nullable=False),
    sa.Column('form_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=12), nullable=False),
    sa.Column('rule_id', sa.Integer(), nullable=True),
    sa.Column('week', sa.Date(), nullable=True),
    sa.Column('calibration_id', sa.Integer(), nullable=True),
    sa.Column('cause', sa.Text(), server_default=EMPTY, nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('answers', postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('comments', postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('summary', sa.Text(), server_default=EMPTY, nullable=False),
    sa.Column('score', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('section_scores', postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('fatal', postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('made_at', MOMENT, server_default=NOW, nullable=False),
    sa.Column('changed_at', MOMENT, server_default=NOW, nullable=False),
    sa.Column('submitted_at', MOMENT, nullable=True),
    sa.CheckConstraint('grader_id <> operator_id', name=op.f('ck_evaluations_not_himself')),
    sa.ForeignKeyConstraint(['calibration_id'], ['calibrations.id'], name=op.f('fk_evaluations_calibration_id')),
    sa.ForeignKeyConstraint(['form_id'], ['evaluation_forms.id'], name=op.f('fk_evaluations_form_id')),
    sa.ForeignKeyConstraint(['grader_id'], ['users.id'], name=op.f('fk_evaluations_grader_id')),
    sa.ForeignKeyConstraint(['operator_id'], ['users.id'], name=op.f('fk_evaluations_operator_id')),
    sa.ForeignKeyConstraint(['recording_id'], ['recordings.id'], name=op.f('fk_evaluations_recording_id')),
    sa.ForeignKeyConstraint(['rule_id'], ['evaluation_rules.id'], name=op.f('fk_evaluations_rule_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evaluations')),
    sa.UniqueConstraint('calibration_id', 'grader_id', name=op.f('uq_evaluations_calibration_id_grader_id'))
    )
    op.create_index('ix_evaluations_lapsing', 'evaluations', ['changed_at'], unique=False, postgresql_where=sa.text("state in ('submitted', 'upheld', 'amended')"))
    op.create_index('ix_evaluations_open', 'evaluations', ['due_on', 'id'], unique=False, postgresql_where=sa.text("state in ('assigned', 'draft')"))
    op.create_index(op.f('ix_evaluations_operator_id_submitted_at'), 'evaluations', ['operator_id', 'submitted_at'], unique=False)
    op.create_index(op.f('ix_evaluations_rule_id_week'), 'evaluations', ['rule_id', 'week'], unique=False)
    op.create_index(op.f('ix_evaluations_submitted_at'), 'evaluations', ['submitted_at'], unique=False)
    op.create_index('uq_evaluations_recording', 'evaluations', ['recording_id'], unique=True, postgresql_where=sa.text("calibration_id is null and state <> 'cancelled'"))
    op.create_table('evaluation_steps',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('evaluation_id', sa.Integer(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('step', sa.String(length=12), nullable=False),
    sa.Column('said', sa.Text(), server_default=EMPTY, nullable=False),
    sa.Column('score', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('answers', postgresql.JSONB(none_as_null=True, ), nullable=True),
    sa.ForeignKeyConstraint(['evaluation_id'], ['evaluations.id'], name=op.f('fk_evaluation_steps_evaluation_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_evaluation_steps_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evaluation_steps'))
    )
    op.create_index(op.f('ix_evaluation_steps_evaluation_id'), 'evaluation_steps', ['evaluation_id'], unique=False)
    op.create_table('training_collections',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('note', sa.Text(), server_default=EMPTY, nullable=False),
    sa.Column('teams', postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('operators', postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('retired', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', MOMENT, server_default=NOW, nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_training_collections_changed_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_training_collections'))
    )
    op.create_table('training_calls',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('recording_id', sa.Integer(), nullable=False),
    sa.Column('from_second', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('note', sa.Text(), server_default=EMPTY, nullable=False),
    sa.Column('added_by', sa.Integer(), nullable=False),
    sa.Column('added_at', MOMENT, server_default=NOW, nullable=False),
    sa.ForeignKeyConstraint(['added_by'], ['users.id'], name=op.f('fk_training_calls_added_by')),
    sa.ForeignKeyConstraint(['collection_id'], ['training_collections.id'], name=op.f('fk_training_calls_collection_id')),
    sa.ForeignKeyConstraint(['recording_id'], ['recordings.id'], name=op.f('fk_training_calls_recording_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_training_calls')),
    sa.UniqueConstraint('collection_id', 'recording_id', name=op.f('uq_training_calls_collection_id_recording_id'))
    )

    forms = sa.table(
        "evaluation_forms", sa.column("code"), sa.column("version"), sa.column("titles", postgresql.JSONB()),
        sa.column("sections", postgresql.JSONB()), sa.column("state"), sa.column("published_at", MOMENT),
    )  # fmt: skip
    op.execute(
        sa.insert(forms).values(
            code=shipped.CODE, version=1, titles=shipped.TITLES, sections=shipped.SECTIONS, state="published",
            published_at=NOW,
        )
    )  # fmt: skip
    rules = sa.table("retention_rules", sa.column("kind"), sa.column("days"))
    op.bulk_insert(rules, [{"kind": "evaluations", "days": KEPT_DAYS}])


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    op.execute("delete from retention_rules where kind = 'evaluations'")
    for table in TABLES:
        op.drop_table(table)
