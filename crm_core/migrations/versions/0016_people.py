"""Names of contacts that the search finds their customers by: an accountant, a director, one of the family.

Who is called as his customer is needs no row. Triggers note whose names are to be folded, one row for up to 5,000
contacts; whoever fills the base in bulk sets `busbar.bulk` and writes the names himself.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

DUE = """
    create function busbar_contact_names_due() returns trigger language plpgsql as $$
    begin
        if coalesce(current_setting('busbar.bulk', true), '') = 'on' then
            return null;
        end if;
        if tg_op = 'UPDATE' then
            delete from contact_names where contact_id in (
                select n.id from arrived n join gone o on o.id = n.id
                 where n.name is distinct from o.name or n.ended_at is distinct from o.ended_at);
            insert into contact_names_due (contacts)
            select array_agg(id) from (
                select n.id, (row_number() over (order by n.id) - 1) / 5000 as part from arrived n join gone o on o.id = n.id
                 where n.name is distinct from o.name or n.ended_at is distinct from o.ended_at
                    or n.customer_id <> o.customer_id) parts
             group by part;
        else
            insert into contact_names_due (contacts)
            select array_agg(id) from (
                select id, (row_number() over (order by id) - 1) / 5000 as part from arrived) parts
             group by part;
        end if;
        return null;
    end $$
"""
OLD = """
    insert into contact_names_due (contacts)
    select array_agg(id) from (
        select c.id, (row_number() over (order by c.id) - 1) / 5000 as part
          from contacts c join customers u on u.id = c.customer_id
         where c.ended_at is null and c.name <> u.name) parts
     group by part order by part
"""
EVENTS = {"insert": "new table as arrived", "update": "old table as gone new table as arrived"}


def upgrade() -> None:
    """Make them; what is there already is folded by the worker."""
    op.create_table(
        "contact_names",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_names_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contact_names")),
    )
    op.create_index(
        op.f("ix_contact_names_name_key"),
        "contact_names",
        ["name_key"],
        postgresql_ops={"name_key": "text_pattern_ops"},
    )
    op.create_index(
        "ix_contact_names_words",
        "contact_names",
        [sa.text("to_tsvector('simple'::regconfig, name_key)")],
        postgresql_using="gin",
    )
    op.create_table(
        "contact_names_due",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contacts", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_names_due")),
    )
    op.execute(DUE)
    for event, rows in EVENTS.items():
        op.execute(
            f"create trigger contact_names_due_{event} after {event} on contacts referencing {rows} "
            "for each statement execute function busbar_contact_names_due()"
        )
    op.execute(OLD)


def downgrade() -> None:
    """Take them away; names are folded anew when they come back."""
    for event in EVENTS:
        op.execute(f"drop trigger contact_names_due_{event} on contacts")
    op.execute("drop function busbar_contact_names_due()")
    op.drop_table("contact_names_due")
    op.drop_table("contact_names")
