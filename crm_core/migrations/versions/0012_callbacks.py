"""Call-backs: kept places, promised times, voicemail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("callback_attempts", "callbacks")


def upgrade() -> None:
    """Make them."""
    op.create_table('callbacks',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('call_id', sa.String(length=80), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('caller', sa.String(length=40), server_default=sa.text("''"), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('queue', sa.String(length=40), server_default=sa.text("''"), nullable=False),
    sa.Column('language', sa.String(length=8), server_default=sa.text("''"), nullable=False),
    sa.Column('topic', sa.String(length=40), server_default=sa.text("''"), nullable=False),
    sa.Column('dialled', sa.String(length=40), server_default=sa.text("''"), nullable=False),
    sa.Column('flags', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('path', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('waiting_since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('note', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('asked_by', sa.Integer(), nullable=True),
    sa.Column('wanted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('promised_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=10), server_default=sa.text("'open'"), nullable=False),
    sa.Column('attempt', sa.SmallInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('tries', sa.SmallInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('outcome', sa.String(length=12), server_default=sa.text("''"), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_callbacks_account_id')),
    sa.ForeignKeyConstraint(['asked_by'], ['users.id'], name=op.f('fk_callbacks_asked_by')),
    sa.ForeignKeyConstraint(['ended_by'], ['users.id'], name=op.f('fk_callbacks_ended_by')),
    sa.ForeignKeyConstraint(['task_id'], ['tasks.id'], name=op.f('fk_callbacks_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_callbacks')),
    sa.UniqueConstraint('call_id', name=op.f('uq_callbacks_call_id'))
    )
    op.create_index('ix_callbacks_due', 'callbacks', ['due_at'], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index('ix_callbacks_live', 'callbacks', ['state', 'id'], unique=False, postgresql_where=sa.text("state in ('standing', 'dialling')"))
    op.create_index(op.f('ix_callbacks_account_id'), 'callbacks', ['account_id'], unique=False)
    op.create_index(op.f('ix_callbacks_number_asked_at'), 'callbacks', ['number', 'asked_at'], unique=False)
    op.create_index(op.f('ix_callbacks_caller_asked_at'), 'callbacks', ['caller', 'asked_at'], unique=False)
    op.create_index(op.f('ix_callbacks_asked_at'), 'callbacks', ['asked_at'], unique=False)
    op.create_index(op.f('ix_callbacks_promised_until'), 'callbacks', ['promised_until'], unique=False)
    op.create_table('callback_attempts',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('callback_id', sa.Integer(), nullable=False),
    sa.Column('attempt', sa.SmallInteger(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('dialled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=12), server_default=sa.text("''"), nullable=False),
    sa.Column('operator_id', sa.Integer(), nullable=True),
    sa.Column('call_id', sa.String(length=80), server_default=sa.text("''"), nullable=False),
    sa.ForeignKeyConstraint(['callback_id'], ['callbacks.id'], name=op.f('fk_callback_attempts_callback_id')),
    sa.ForeignKeyConstraint(['operator_id'], ['users.id'], name=op.f('fk_callback_attempts_operator_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_callback_attempts')),
    sa.UniqueConstraint('callback_id', 'attempt', name=op.f('uq_callback_attempts_callback_id_attempt'))
    )
    op.create_index(op.f('ix_callback_attempts_call_id'), 'callback_attempts', ['call_id'], unique=False)


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for table in TABLES:
        op.drop_table(table)
