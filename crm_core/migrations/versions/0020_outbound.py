"""Debtors called by us: campaigns, lists, attempts, texts of contact law, who is not to be called.

Whatever changes the class of a row of a list, or the reasons why nobody may call, is written down by a trigger: the
ledger of a campaign cannot be told apart from what happened. That history and the steps of campaigns can only grow.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = (
    "do_not_call", "law_versions", "attempts", "campaign_row_events", "campaign_rows", "campaign_lists",
    "campaign_steps", "campaigns",
)  # fmt: skip
ONLY_GROW = ("campaign_row_events", "campaign_steps")

ROW_MOVED = """
create function busbar_campaign_row_moved() returns trigger language plpgsql as $$
begin
    insert into campaign_row_events (row_id, at, before, after, reasons, policy, next_at, by_user)
    values (new.id, new.classed_at, old.klass, new.klass, new.reasons, new.policy, new.next_at,
        case when new.removed_at is distinct from old.removed_at then new.changed_by end);
    -- Whoever looks at the ledger sees it move; one notice a transaction, however many rows.
    perform pg_notify('busbar_ledger', new.campaign_id::text);
    return null;
end $$
"""


def upgrade() -> None:
    """Make them."""
    op.create_table('campaigns',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('note', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('state', sa.String(length=10), server_default=sa.text("'draft'"), nullable=False),
    sa.Column('mode', sa.String(length=12), nullable=False),
    sa.Column('channel', sa.String(length=8), server_default=sa.text("'call'"), nullable=False),
    sa.Column('priority', sa.SmallInteger(), server_default=sa.text('5'), nullable=False),
    sa.Column('segment_id', sa.Integer(), nullable=True),
    sa.Column('feeds', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('fed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('counts', sa.String(length=8), server_default=sa.text("'overdue'"), nullable=False),
    sa.Column('least_debt', sa.Numeric(precision=14, scale=2), server_default=sa.text('0.01'), nullable=False),
    sa.Column('profile', sa.String(length=24), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('hours', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('skills', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('lines', sa.SmallInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('caller_id', sa.String(length=16), server_default=sa.text("''"), nullable=False),
    sa.Column('language', sa.String(length=8), server_default=sa.text("''"), nullable=False),
    sa.Column('cap', sa.Numeric(precision=5, scale=2), server_default=sa.text('3.00'), nullable=False),
    sa.Column('grace_ms', sa.Integer(), server_default=sa.text('2000'), nullable=False),
    sa.Column('ring_seconds', sa.SmallInteger(), server_default=sa.text('25'), nullable=False),
    sa.Column('read_seconds', sa.SmallInteger(), server_default=sa.text('30'), nullable=False),
    sa.Column('detects_machines', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('most_tries', sa.SmallInteger(), server_default=sa.text('8'), nullable=False),
    sa.Column('retries', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('message', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('preview', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('previewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('halted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("counts in ('overdue', 'open')", name=op.f('ck_campaigns_counts')),
    sa.CheckConstraint('cap between 0 and 100', name=op.f('ck_campaigns_cap')),
    sa.CheckConstraint('priority between 1 and 9', name=op.f('ck_campaigns_priority')),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_campaigns_changed_by')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_campaigns_created_by')),
    sa.ForeignKeyConstraint(['segment_id'], ['segments.id'], name=op.f('fk_campaigns_segment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaigns')),
    sa.UniqueConstraint('name', name=op.f('uq_campaigns_name'))
    )
    op.create_index('ix_campaigns_running', 'campaigns', ['priority', 'id'], unique=False, postgresql_where=sa.text("state = 'running'"))
    op.create_index(op.f('ix_campaigns_segment_id'), 'campaigns', ['segment_id'], unique=False)
    op.create_table('campaign_steps',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('before', sa.String(length=10), nullable=False),
    sa.Column('after', sa.String(length=10), nullable=False),
    sa.Column('by_user', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.ForeignKeyConstraint(['by_user'], ['users.id'], name=op.f('fk_campaign_steps_by_user')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_campaign_steps_campaign_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_steps'))
    )
    op.create_index(op.f('ix_campaign_steps_campaign_id'), 'campaign_steps', ['campaign_id'], unique=False)
    op.create_table('campaign_lists',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=8), nullable=False),
    sa.Column('segment_id', sa.Integer(), nullable=True),
    sa.Column('file', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('sha256', sa.String(length=64), server_default=sa.text("''"), nullable=False),
    sa.Column('read', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('added', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('known', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('refused', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('faults', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('state', sa.String(length=8), server_default=sa.text("'made'"), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('read = added + known + refused', name=op.f('ck_campaign_lists_sum')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_campaign_lists_campaign_id')),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_campaign_lists_made_by')),
    sa.ForeignKeyConstraint(['segment_id'], ['segments.id'], name=op.f('fk_campaign_lists_segment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_lists'))
    )
    op.create_index(op.f('ix_campaign_lists_campaign_id'), 'campaign_lists', ['campaign_id'], unique=False)
    op.create_table('campaign_rows',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('list_id', sa.Integer(), nullable=False),
    sa.Column('klass', sa.String(length=20), server_default=sa.text("'waiting'"), nullable=False),
    sa.Column('classed_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('priority', sa.SmallInteger(), server_default=sa.text('5'), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('next_number', sa.String(length=20), server_default=sa.text("''"), nullable=False),
    sa.Column('tries', sa.SmallInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reasons', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
    sa.Column('policy', sa.String(length=40), server_default=sa.text("''"), nullable=False),
    sa.Column('note', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_campaign_rows_account_id')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_campaign_rows_campaign_id')),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_campaign_rows_changed_by')),
    sa.ForeignKeyConstraint(['list_id'], ['campaign_lists.id'], name=op.f('fk_campaign_rows_list_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_rows')),
    sa.UniqueConstraint('campaign_id', 'account_id', name=op.f('uq_campaign_rows_campaign_id_account_id'))
    )
    op.create_index(op.f('ix_campaign_rows_account_id'), 'campaign_rows', ['account_id'], unique=False)
    op.create_index(op.f('ix_campaign_rows_campaign_id_klass_id'), 'campaign_rows', ['campaign_id', 'klass', 'id'], unique=False)
    op.create_index('ix_campaign_rows_due', 'campaign_rows', ['campaign_id', 'priority', 'next_at', 'id'], unique=False, postgresql_where=sa.text("klass = 'waiting'"))
    op.create_table('campaign_row_events',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('before', sa.String(length=20), nullable=False),
    sa.Column('after', sa.String(length=20), nullable=False),
    sa.Column('reasons', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
    sa.Column('policy', sa.String(length=40), server_default=sa.text("''"), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('by_user', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_row_events'))
    )
    op.create_index(op.f('ix_campaign_row_events_row_id_id'), 'campaign_row_events', ['row_id', 'id'], unique=False)
    op.create_table('attempts',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=True),
    sa.Column('row_id', sa.Integer(), nullable=True),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=8), server_default=sa.text("'call'"), nullable=False),
    sa.Column('mode', sa.String(length=12), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('zones', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
    sa.Column('state', sa.String(length=12), server_default=sa.text("'planned'"), nullable=False),
    sa.Column('call_id', sa.String(length=80), nullable=False),
    sa.Column('node', sa.String(length=40), server_default=sa.text("''"), nullable=False),
    sa.Column('trunk', sa.String(length=20), server_default=sa.text("''"), nullable=False),
    sa.Column('caller_id', sa.String(length=16), server_default=sa.text("''"), nullable=False),
    sa.Column('operator_id', sa.Integer(), nullable=True),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ringing_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('talking_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=16), server_default=sa.text("''"), nullable=False),
    sa.Column('cause', sa.SmallInteger(), nullable=True),
    sa.Column('sip_code', sa.SmallInteger(), nullable=True),
    sa.Column('disposition', sa.String(length=24), server_default=sa.text("''"), nullable=False),
    sa.Column('policy', sa.String(length=40), server_default=sa.text("''"), nullable=False),
    sa.Column('allowed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('why', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_attempts_account_id')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_attempts_campaign_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_attempts_customer_id')),
    sa.ForeignKeyConstraint(['operator_id'], ['users.id'], name=op.f('fk_attempts_operator_id')),
    sa.ForeignKeyConstraint(['row_id'], ['campaign_rows.id'], name=op.f('fk_attempts_row_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts')),
    sa.UniqueConstraint('call_id', name=op.f('uq_attempts_call_id'))
    )
    op.create_index(op.f('ix_attempts_account_id_id'), 'attempts', ['account_id', 'id'], unique=False)
    op.create_index(op.f('ix_attempts_campaign_id_planned_at'), 'attempts', ['campaign_id', 'planned_at'], unique=False)
    op.create_index(op.f('ix_attempts_customer_id_planned_at'), 'attempts', ['customer_id', 'planned_at'], unique=False)
    op.create_index(op.f('ix_attempts_number_planned_at'), 'attempts', ['number', 'planned_at'], unique=False)
    op.create_index('ix_attempts_open', 'attempts', ['id'], unique=False, postgresql_where=sa.text('ended_at is null'))
    op.create_index(op.f('ix_attempts_row_id'), 'attempts', ['row_id'], unique=False)
    op.create_index('ix_attempts_unknown', 'attempts', ['customer_id'], unique=False, postgresql_where=sa.text("outcome = 'unknown'"))
    op.create_index('uq_attempts_open', 'attempts', ['customer_id'], unique=True, postgresql_where=sa.text("ended_at is null and channel = 'call'"))
    op.create_table('law_versions',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=10), server_default=sa.text("'draft'"), nullable=False),
    sa.Column('origin', sa.String(length=8), server_default=sa.text("'office'"), nullable=False),
    sa.Column('note', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('published_by', sa.Integer(), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_law_versions_made_by')),
    sa.ForeignKeyConstraint(['published_by'], ['users.id'], name=op.f('fk_law_versions_published_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_law_versions')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_law_versions_code_version'))
    )
    op.create_index('uq_law_versions_published', 'law_versions', ['code'], unique=True, postgresql_where=sa.text("state = 'published'"))
    op.create_table('do_not_call',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('source', sa.String(length=8), server_default=sa.text("'office'"), nullable=False),
    sa.Column('reason', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('added_by', sa.Integer(), nullable=True),
    sa.Column('added_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('lifted_by', sa.Integer(), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lift_reason', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.ForeignKeyConstraint(['added_by'], ['users.id'], name=op.f('fk_do_not_call_added_by')),
    sa.ForeignKeyConstraint(['lifted_by'], ['users.id'], name=op.f('fk_do_not_call_lifted_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_do_not_call'))
    )
    op.create_index('uq_do_not_call_number', 'do_not_call', ['number'], unique=True, postgresql_where=sa.text('lifted_at is null'))
    # What changes with each attempt finds room on its page.
    op.execute("alter table campaign_rows set (fillfactor = 80)")
    op.execute(ROW_MOVED)
    op.execute(
        "create trigger row_moved after update of klass, reasons, removed_at on campaign_rows for each row "
        "when (old.klass is distinct from new.klass or old.reasons is distinct from new.reasons "
        "or old.removed_at is distinct from new.removed_at) execute function busbar_campaign_row_moved()"
    )
    for table in ONLY_GROW:
        op.execute(
            f"create trigger append_only before update or delete or truncate on {table} "
            "for each statement execute function busbar_append_only()"
        )


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for table in TABLES:
        op.drop_table(table)
    op.execute("drop function busbar_campaign_row_moved()")
