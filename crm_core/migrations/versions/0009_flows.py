"""Flows of the IVR: versions, publishing, how callers went."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    "voice_messages",
    "account_pins",
    "survey_marks",
    "outbox",
    "mass_events",
    "flow_walks",
    "flow_versions",
)


def upgrade() -> None:
    """Make them."""
    op.create_table('flow_versions',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=10), server_default=sa.text("'draft'"), nullable=False),
    sa.Column('origin', sa.String(length=8), server_default=sa.text("'office'"), nullable=False),
    sa.Column('note', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('published_by', sa.Integer(), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_flow_versions_made_by')),
    sa.ForeignKeyConstraint(['published_by'], ['users.id'], name=op.f('fk_flow_versions_published_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flow_versions')),
    sa.UniqueConstraint('name', 'version', name=op.f('uq_flow_versions_name_version'))
    )
    op.create_index('uq_flow_versions_published', 'flow_versions', ['name'], unique=True, postgresql_where=sa.text("state = 'published'"))
    op.create_table('flow_walks',
    sa.Column('call_id', sa.String(length=80), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=True),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ending', sa.String(length=8), nullable=False),
    sa.Column('path', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['flow_versions.id'], name=op.f('fk_flow_walks_version_id')),
    sa.PrimaryKeyConstraint('call_id', name=op.f('pk_flow_walks'))
    )
    op.create_index(op.f('ix_flow_walks_began_at'), 'flow_walks', ['began_at'], unique=False)
    op.create_table('mass_events',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('area', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('area_key', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('texts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('begins_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('restored_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('ended_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['ended_by'], ['users.id'], name=op.f('fk_mass_events_ended_by')),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_mass_events_made_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mass_events'))
    )
    op.create_table('outbox',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('channel', sa.String(length=8), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=8), server_default=sa.text("''"), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('call_id', sa.String(length=80), nullable=True),
    sa.Column('state', sa.String(length=10), server_default=sa.text("'waiting'"), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trouble', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('once', sa.String(length=80), nullable=True),
    sa.CheckConstraint("channel in ('sms', 'email')", name=op.f('ck_outbox_channel')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_outbox_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('once', name=op.f('uq_outbox_once'))
    )
    op.create_index(op.f('ix_outbox_account_id'), 'outbox', ['account_id'], unique=False)
    op.create_index('ix_outbox_waiting', 'outbox', ['id'], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_table('survey_marks',
    sa.Column('call_id', sa.String(length=80), nullable=False),
    sa.Column('question', sa.String(length=40), nullable=False),
    sa.Column('mark', sa.SmallInteger(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('mark between 1 and 5', name=op.f('ck_survey_marks_mark')),
    sa.PrimaryKeyConstraint('call_id', 'question', name=op.f('pk_survey_marks'))
    )
    op.create_index(op.f('ix_survey_marks_at'), 'survey_marks', ['at'], unique=False)
    op.create_table('account_pins',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('pin', sa.Text(), nullable=False),
    sa.Column('wrong', sa.SmallInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('set_by', sa.Integer(), nullable=True),
    sa.Column('set_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_account_pins_account_id')),
    sa.ForeignKeyConstraint(['set_by'], ['users.id'], name=op.f('fk_account_pins_set_by')),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_account_pins'))
    )
    op.create_table('voice_messages',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('call_id', sa.String(length=80), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('number', sa.String(length=40), server_default=sa.text("''"), nullable=False),
    sa.Column('language', sa.String(length=8), server_default=sa.text("''"), nullable=False),
    sa.Column('file', sa.String(length=80), nullable=False),
    sa.Column('seconds', sa.SmallInteger(), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('erased', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_voice_messages_account_id')),
    sa.ForeignKeyConstraint(['task_id'], ['tasks.id'], name=op.f('fk_voice_messages_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_voice_messages')),
    sa.UniqueConstraint('call_id', name=op.f('uq_voice_messages_call_id'))
    )
    op.create_index(op.f('ix_voice_messages_account_id'), 'voice_messages', ['account_id'], unique=False)


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for table in TABLES:
        op.drop_table(table)
