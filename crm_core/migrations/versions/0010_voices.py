"""Sentences and recordings of the IVR by language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table('prompt_versions',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('prompt', sa.String(length=40), nullable=False),
    sa.Column('part', sa.String(length=4), server_default=sa.text("''"), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('sentence', sa.Text(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('sound', sa.LargeBinary(), nullable=True),
    sa.Column('file_name', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('seconds', sa.Float(), nullable=True),
    sa.Column('loudness', sa.Float(), nullable=True),
    sa.Column('peak', sa.Float(), nullable=True),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("kind in ('sentence', 'recording')", name=op.f('ck_prompt_versions_kind')),
    sa.CheckConstraint('(sha256 is null) = (sound is null)', name=op.f('ck_prompt_versions_sound')),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_prompt_versions_made_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_prompt_versions'))
    )
    op.create_index('ix_prompt_versions_newest', 'prompt_versions', ['language', 'prompt', 'part', 'kind', 'id'], unique=False)
    op.create_index('ix_prompt_versions_sha256', 'prompt_versions', ['sha256'], unique=False)


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    op.drop_table('prompt_versions')
