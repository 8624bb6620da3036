"""Tables of search and duplicates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What the dictionary takes from a row: words of three letters and more that are not numbers.
FILL = """
    insert into search_words (kind, word, uses)
    select '{kind}', word, count(*) from {table}, unnest(string_to_array({column}, ' ')) as word
     where length(word) >= 3 and word !~ '^[0-9]+$'
     group by word order by word collate "C"
"""
TRIGGER = """
    create function busbar_{kind}_words() returns trigger language plpgsql as $$
    begin
        insert into search_words (kind, word)
        select '{kind}', word
          from (select distinct unnest(string_to_array({column}, ' ')) collate "C" as word from arrived) w
         where length(word) >= 3 and word !~ '^[0-9]+$'
           and not exists (select from search_words s where s.kind = '{kind}' and s.word = w.word);
        return null;
    end $$
"""
SOURCES = (("name", "customers", "name_key"), ("address", "premises", "address_key"))


def upgrade() -> None:
    """Make them; fill the dictionary from what the base holds and keep it so by triggers."""
    op.create_table(
        "search_words",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.Column("uses", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("kind in ('name', 'address')", name=op.f("ck_search_words_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_words")),
    )
    op.create_table(
        "duplicate_pairs",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("left_id", sa.Integer(), nullable=False),
        sa.Column("right_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column(
            "evidence", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("state", sa.String(length=12), server_default=sa.text("'open'"), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("left_id < right_id", name=op.f("ck_duplicate_pairs_order")),
        sa.CheckConstraint(
            "state in ('open', 'later', 'different', 'merged')", name=op.f("ck_duplicate_pairs_state")
        ),
        sa.ForeignKeyConstraint(["left_id"], ["customers.id"], name=op.f("fk_duplicate_pairs_left_id")),
        sa.ForeignKeyConstraint(["right_id"], ["customers.id"], name=op.f("fk_duplicate_pairs_right_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_duplicate_pairs_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_pairs")),
    )
    op.create_index(op.f("ix_duplicate_pairs_right_id"), "duplicate_pairs", ["right_id"])
    op.create_index("uq_duplicate_pairs_left_id_right_id", "duplicate_pairs", ["left_id", "right_id"], unique=True)
    op.create_index(op.f("ix_duplicate_pairs_state_score_id"), "duplicate_pairs", ["state", "score", "id"])
    op.create_table(
        "merges",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("survivor_id", sa.Integer(), nullable=False),
        sa.Column("loser_id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=True),
        sa.Column("merged_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("merged_by", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("changed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("moved", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.Column("undone_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("survivor_id <> loser_id", name=op.f("ck_merges_two")),
        sa.ForeignKeyConstraint(["survivor_id"], ["customers.id"], name=op.f("fk_merges_survivor_id")),
        sa.ForeignKeyConstraint(["loser_id"], ["customers.id"], name=op.f("fk_merges_loser_id")),
        sa.ForeignKeyConstraint(["pair_id"], ["duplicate_pairs.id"], name=op.f("fk_merges_pair_id")),
        sa.ForeignKeyConstraint(["merged_by"], ["users.id"], name=op.f("fk_merges_merged_by")),
        sa.ForeignKeyConstraint(["undone_by"], ["users.id"], name=op.f("fk_merges_undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    op.create_index(op.f("ix_merges_survivor_id"), "merges", ["survivor_id"])
    op.create_index(
        "uq_merges_standing", "merges", ["loser_id"], unique=True, postgresql_where=sa.text("undone_at is null")
    )
    op.create_index(
        "ix_contacts_email_lower",
        "contacts",
        [sa.text("lower(email) text_pattern_ops")],
        postgresql_where=sa.text("email <> ''"),
    )
    op.create_index(
        "ix_customers_tax_number", "customers", ["tax_number"], postgresql_where=sa.text("tax_number <> ''")
    )
    for kind, table, column in SOURCES:
        op.execute(FILL.format(kind=kind, table=table, column=column))
        op.execute(TRIGGER.format(kind=kind, column=column))
        for event in ("insert", "update"):
            op.execute(
                f"create trigger search_words_{event} after {event} on {table} referencing new table as arrived "
                f"for each statement execute function busbar_{kind}_words()"
            )
    op.create_index(op.f("ix_search_words_kind_word"), "search_words", ["kind", "word"])


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for kind, table, _ in SOURCES:
        for event in ("insert", "update"):
            op.execute(f"drop trigger search_words_{event} on {table}")
        op.execute(f"drop function busbar_{kind}_words()")
    op.drop_index("ix_customers_tax_number", table_name="customers")
    op.drop_index("ix_contacts_email_lower", table_name="contacts")
    for table in ("merges", "duplicate_pairs", "search_words"):
        op.drop_table(table)
