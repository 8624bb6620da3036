"""Routing as data: rules, queues, opening hours; the base tells the floor when any of it changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Whoever changes one of these, by page, program or hand: the floor hears of it when the change is committed.
WATCHED = (
    ("routing_versions", "insert or update or delete"),
    ("queues", "insert or update or delete"),
    ("work_hours", "insert or update or delete"),
    ("work_days", "insert or update or delete"),
    ("users", "update of skills, languages"),
)


def upgrade() -> None:
    """Make them."""
    op.create_table('routing_versions',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=10), server_default=sa.text("'draft'"), nullable=False),
    sa.Column('origin', sa.String(length=8), server_default=sa.text("'office'"), nullable=False),
    sa.Column('note', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('published_by', sa.Integer(), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_routing_versions_made_by')),
    sa.ForeignKeyConstraint(['published_by'], ['users.id'], name=op.f('fk_routing_versions_published_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_routing_versions')),
    sa.UniqueConstraint('version', name=op.f('uq_routing_versions_version'))
    )
    op.create_index('uq_routing_versions_published', 'routing_versions', ['state'], unique=True, postgresql_where=sa.text("state = 'published'"))
    op.create_table('queues',
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('title', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('opening', sa.String(length=8), server_default=sa.text("'always'"), nullable=False),
    sa.Column('hours', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('threshold', sa.Integer(), nullable=True),
    sa.Column('most_waiting', sa.Integer(), nullable=True),
    sa.Column('overflow_after', sa.Integer(), nullable=True),
    sa.Column('when_closed', sa.String(length=60), server_default=sa.text("''"), nullable=False),
    sa.Column('when_full', sa.String(length=60), server_default=sa.text("''"), nullable=False),
    sa.Column('when_nobody', sa.String(length=60), server_default=sa.text("''"), nullable=False),
    sa.Column('when_late', sa.String(length=60), server_default=sa.text("''"), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("opening in ('always', 'utility', 'own')", name=op.f('ck_queues_opening')),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_queues_changed_by')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_queues'))
    )
    op.execute("insert into queues (code, title) values ('main', 'Main queue')")
    op.execute("""
        create function tell_floor() returns trigger language plpgsql as $$
        begin
            perform pg_notify('busbar_dispatch', '');
            return null;
        end $$
    """)
    for table, when in WATCHED:
        op.execute(
            f"create trigger tell_floor after {when} on {table} for each statement execute function tell_floor()"
        )


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for table, _ in WATCHED:
        op.execute(f"drop trigger tell_floor on {table}")
    op.execute("drop function tell_floor()")
    op.drop_table('queues')
    op.drop_table('routing_versions')
