"""What contacts took stands on them; looks at times of rings, states and waits are quick."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None

ZERO = sa.text("0")
COLUMNS = ("talk_seconds", "hold_seconds", "wrap_up_seconds", "passes", "consults")
INDEXES = (
    ("ix_interactions_waited", "interactions", "waiting_since", "waiting_since is not null"),
    ("ix_call_events_offered", "call_events", "at", "what = 'offered'"),
    ("ix_operator_states_at", "operator_states", "at", None),
    ("ix_operator_states_call_id", "operator_states", "call_id", "call_id is not null"),
)
# Of calls that ended before: from each operator's state to his next one, from each hold to what ended it.
SETTLE = """
with spans as (
    select call_id, sum(seconds) filter (where state = 'talking') as talked,
           sum(seconds) filter (where state = 'wrap_up') as wrote
      from (select call_id, state,
                   extract(epoch from lead(at) over (partition by operator_id order by at, id) - at) as seconds
              from operator_states) told
     where call_id is not null group by call_id),
events as (
    select call_id, sum(seconds) filter (where what = 'held') as held,
           count(*) filter (where what = 'passed-on') as passes, count(*) filter (where what = 'consults') as consults
      from (select call_id, what, extract(epoch from lead(at) over (partition by call_id order by id) - at) as seconds
              from call_events
             where what in ('held', 'resumed', 'joined again', 'answered', 'parted', 'passed-on', 'taken-over',
                            'waiting', 'ended', 'consults')) told
     group by call_id)
update interactions i
   set talk_seconds = greatest(coalesce(s.talked, 0) - coalesce(e.held, 0), 0),
       hold_seconds = least(coalesce(e.held, 0), coalesce(s.talked, 0)), wrap_up_seconds = coalesce(s.wrote, 0),
       passes = least(coalesce(e.passes, 0), 99), consults = least(coalesce(e.consults, 0), 99)
  from spans s full join events e on e.call_id = s.call_id
 where i.call_id = coalesce(s.call_id, e.call_id) and i.ended_at is not null
"""


def upgrade() -> None:
    """Add the columns, settle what is over, make the indexes."""
    for name in COLUMNS[:3]:
        op.add_column("interactions", sa.Column(name, sa.Float()))
    for name in COLUMNS[3:]:
        op.add_column("interactions", sa.Column(name, sa.SmallInteger(), nullable=False, server_default=ZERO))
    for name, table, column, where in INDEXES:
        op.create_index(name, table, [column], postgresql_where=sa.text(where) if where else None)
    op.execute(SETTLE)


def downgrade() -> None:
    """Take them away; the facts they were added up from stay."""
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table)
    for name in COLUMNS:
        op.drop_column("interactions", name)
