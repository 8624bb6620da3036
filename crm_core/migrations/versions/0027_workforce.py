"""Workforce: rules of planning, forecasts, kinds of shifts, shifts, leave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLES = ("leave_requests", "shifts", "shift_patterns", "forecast_days", "workforce_rules")
EMPTY, NOW = sa.text("''"), sa.text("now()")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make them."""
    op.create_table('workforce_rules',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', MOMENT, server_default=NOW, nullable=False),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_workforce_rules_made_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_workforce_rules'))
    )
    op.create_table('forecast_days',
    sa.Column('queue', sa.String(length=40), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('calls', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('low', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('high', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('handle', sa.Float(), nullable=False),
    sa.Column('needed', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('made_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('queue', 'day', name=op.f('pk_forecast_days'))
    )
    op.create_table('shift_patterns',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('retired', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', MOMENT, server_default=NOW, nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_shift_patterns_changed_by')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_shift_patterns'))
    )
    op.create_table('shifts',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('operator_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('pattern', sa.String(length=20), server_default=EMPTY, nullable=False),
    sa.Column('begins', sa.SmallInteger(), nullable=False),
    sa.Column('ends', sa.SmallInteger(), nullable=False),
    sa.Column('breaks', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('state', sa.String(length=10), server_default=sa.text("'proposed'"), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', MOMENT, server_default=NOW, nullable=False),
    sa.Column('published_at', MOMENT, nullable=True),
    sa.Column('seen_at', MOMENT, nullable=True),
    sa.CheckConstraint('ends > begins', name=op.f('ck_shifts_span')),
    sa.CheckConstraint("state in ('proposed', 'published')", name=op.f('ck_shifts_state')),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_shifts_made_by')),
    sa.ForeignKeyConstraint(['operator_id'], ['users.id'], name=op.f('fk_shifts_operator_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shifts')),
    sa.UniqueConstraint('operator_id', 'day', name=op.f('uq_shifts_operator_id_day'))
    )
    op.create_index(op.f('ix_shifts_day'), 'shifts', ['day'], unique=False)
    op.create_table('leave_requests',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('operator_id', sa.Integer(), nullable=False),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('note', sa.Text(), server_default=EMPTY, nullable=False),
    sa.Column('state', sa.String(length=10), server_default=sa.text("'asked'"), nullable=False),
    sa.Column('asked_at', MOMENT, server_default=NOW, nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', MOMENT, nullable=True),
    sa.Column('reason', sa.Text(), server_default=EMPTY, nullable=False),
    sa.CheckConstraint('last >= first', name=op.f('ck_leave_requests_span')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_leave_requests_decided_by')),
    sa.ForeignKeyConstraint(['operator_id'], ['users.id'], name=op.f('fk_leave_requests_operator_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leave_requests'))
    )
    op.create_index('ix_leave_requests_asked', 'leave_requests', ['id'], unique=False, postgresql_where=sa.text("state = 'asked'"))
    op.create_index(op.f('ix_leave_requests_last'), 'leave_requests', ['last'], unique=False)
    op.create_index(op.f('ix_leave_requests_operator_id_first'), 'leave_requests', ['operator_id', 'first'], unique=False)


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for table in TABLES:
        op.drop_table(table)
