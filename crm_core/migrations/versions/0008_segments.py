"""Segments with the facts they ask for, custom fields, documents; the templates to begin with.

`account_facts` is worked out from other tables. Statement triggers there note in `facts_due` whose facts changed, one
row for up to 5,000 accounts, so that a file of a million rows costs a few hundred rows. Whoever fills the base in bulk
sets `busbar.facts` to `off` in the session and works all facts out afterwards. A document can be deleted (erasure), but
never changed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_core.documents.shipped import shipped

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OF_ACCOUNTS = (
    "readings",
    "invoices",
    "adjustments",
    "payments",
    "disputes",
    "promises",
    "notices",
    "applications",
    "tasks",
    "interactions",
    "meters",
    "agreements",
    "service_points",
)
OF_CUSTOMERS = ("contacts", "consents")
THEIRS = "select a.id from accounts a join changed c on c.customer_id = a.customer_id"
"""Tables whose rows name their account."""
WATCHED = {
    **dict.fromkeys(OF_ACCOUNTS, "select account_id from changed"),
    **dict.fromkeys(OF_CUSTOMERS, THEIRS),
    "contact_numbers": "select a.id from accounts a join contacts k on k.customer_id = a.customer_id"
    " join changed c on c.contact_id = k.id",
    "accounts": "select id from changed",
    "customers": "select a.id from accounts a join changed c on c.id = a.customer_id",
    "premises": "select a.id from accounts a join changed c on c.id = a.premises_id",
    "registers": "select m.account_id from meters m join changed c on c.meter_id = m.id",
}
"""Whose facts a changed row of each table changes."""
EVENTS = {"insert": "new", "update": "new", "delete": "old"}
TABLES = (
    "documents",
    "template_versions",
    "templates",
    "snapshot_members",
    "segment_snapshots",
    "segments",
    "facts_due",
    "account_facts",
    "custom_values",
    "custom_fields",
)
"""Children first."""


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "account_facts",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("reach", sa.SmallInteger(), nullable=False),
        sa.Column("wanted", sa.SmallInteger(), nullable=False),
        sa.Column("opt_outs", sa.SmallInteger(), nullable=False),
        sa.Column("consents", sa.SmallInteger(), nullable=False),
        sa.Column("withdrawn", sa.SmallInteger(), nullable=False),
        sa.Column("supply", sa.SmallInteger(), nullable=False),
        sa.Column("services", sa.SmallInteger(), nullable=False),
        sa.Column("meters", sa.SmallInteger(), nullable=False),
        sa.Column("open_invoices", sa.SmallInteger(), nullable=False),
        sa.Column("open_applications", sa.SmallInteger(), nullable=False),
        sa.Column("open_tasks", sa.SmallInteger(), nullable=False),
        sa.Column("kept_promises", sa.SmallInteger(), nullable=False),
        sa.Column("broken_promises", sa.SmallInteger(), nullable=False),
        sa.Column("special_need", sa.Boolean(), nullable=False),
        sa.Column("prepay", sa.Boolean(), nullable=False),
        sa.Column("budget_bill", sa.Boolean(), nullable=False),
        sa.Column("three_phase", sa.Boolean(), nullable=False),
        sa.Column("multi_tariff", sa.Boolean(), nullable=False),
        sa.Column("amr", sa.Boolean(), nullable=False),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("oldest_due_on", sa.Date(), nullable=True),
        sa.Column("next_due_on", sa.Date(), nullable=True),
        sa.Column("invoiced_on", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("read_on", sa.Date(), nullable=True),
        sa.Column("actual_on", sa.Date(), nullable=True),
        sa.Column("installed_on", sa.Date(), nullable=True),
        sa.Column("verification_due", sa.Date(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("agreement_ends_on", sa.Date(), nullable=True),
        sa.Column("application_due_on", sa.Date(), nullable=True),
        sa.Column("task_due_on", sa.Date(), nullable=True),
        sa.Column("promise_due_on", sa.Date(), nullable=True),
        sa.Column("noticed_on", sa.Date(), nullable=True),
        sa.Column("warned_on", sa.Date(), nullable=True),
        sa.Column("contacted_on", sa.Date(), nullable=True),
        sa.Column("balance", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("overdue", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("disputed_amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("invoiced_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("paid_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("promise_amount", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("max_kw", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("customer_status", sa.String(length=12), nullable=False),
        sa.Column("priority", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("tariff", sa.String(length=20), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("paid_channel", sa.String(length=12), nullable=True),
        sa.Column("promise_status", sa.String(length=12), nullable=True),
        sa.Column("notice_kind", sa.String(length=20), nullable=True),
        sa.Column("notice_status", sa.String(length=10), nullable=True),
        sa.Column("read_source", sa.String(length=10), nullable=True),
        sa.Column("read_quality", sa.String(length=10), nullable=True),
        sa.Column("disposition", sa.String(length=24), nullable=True),
        sa.Column("contact_channel", sa.String(length=10), nullable=True),
        sa.Column("contact_direction", sa.String(length=8), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_facts")),
    )
    op.create_index(op.f("ix_account_facts_balance"), "account_facts", ["balance"], unique=False)
    op.create_index(op.f("ix_account_facts_contacted_on"), "account_facts", ["contacted_on"], unique=False)
    op.create_index(op.f("ix_account_facts_customer_id"), "account_facts", ["customer_id"], unique=False)
    op.create_index(
        op.f("ix_account_facts_flags"),
        "account_facts",
        ["flags"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("flags <> '{}'"),
    )
    op.create_index(
        op.f("ix_account_facts_next_due_on"),
        "account_facts",
        ["next_due_on"],
        unique=False,
        postgresql_where=sa.text("next_due_on is not null"),
    )
    op.create_index(op.f("ix_account_facts_oldest_due_on"), "account_facts", ["oldest_due_on"], unique=False)
    op.create_index(op.f("ix_account_facts_overdue"), "account_facts", ["overdue"], unique=False)
    op.create_index(op.f("ix_account_facts_paid_on"), "account_facts", ["paid_on"], unique=False)
    op.create_index(op.f("ix_account_facts_actual_on"), "account_facts", ["actual_on"], unique=False)
    op.create_index(op.f("ix_account_facts_read_on"), "account_facts", ["read_on"], unique=False)
    op.create_index(op.f("ix_account_facts_time_zone"), "account_facts", ["time_zone"], unique=False)
    op.create_index(op.f("ix_account_facts_verification_due"), "account_facts", ["verification_due"], unique=False)
    op.create_table(
        "custom_fields",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("entity", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("help", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("type", sa.String(length=8), nullable=False),
        sa.Column("required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("least", sa.Text(), nullable=True),
        sa.Column("most", sa.Text(), nullable=True),
        sa.Column(
            "options", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("position", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "entity in ('customer', 'account', 'premises', 'meter')", name=op.f("ck_custom_fields_entity")
        ),
        sa.CheckConstraint(
            "type in ('text', 'whole', 'number', 'amount', 'date', 'flag', 'choice', 'several')",
            name=op.f("ck_custom_fields_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_fields")),
        sa.UniqueConstraint("entity", "code", name=op.f("uq_custom_fields_entity_code")),
    )
    op.create_table(
        "facts_due",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("accounts", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts_due")),
    )
    op.create_table(
        "templates",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
        sa.UniqueConstraint("code", "language", name=op.f("uq_templates_code_language")),
    )
    op.create_table(
        "custom_values",
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("number", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.CheckConstraint("num_nonnulls(text, number, day) = 1", name=op.f("ck_custom_values_one")),
        sa.ForeignKeyConstraint(["field_id"], ["custom_fields.id"], name=op.f("fk_custom_values_field_id")),
        sa.PrimaryKeyConstraint("entity_id", "field_id", "position", name=op.f("pk_custom_values")),
    )
    op.create_index(
        "ix_custom_values_day",
        "custom_values",
        ["field_id", "day", "entity_id"],
        unique=False,
        postgresql_where=sa.text("day is not null"),
    )
    op.create_index(
        "ix_custom_values_number",
        "custom_values",
        ["field_id", "number", "entity_id"],
        unique=False,
        postgresql_where=sa.text("number is not null"),
    )
    op.create_index(
        "ix_custom_values_text",
        "custom_values",
        ["field_id", "text", "entity_id"],
        unique=False,
        postgresql_where=sa.text("text is not null"),
    )
    op.create_table(
        "segments",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("tree", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_segments_changed_by")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_segments_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("name", name=op.f("uq_segments_name")),
    )
    op.create_table(
        "template_versions",
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_template_versions_made_by")),
        sa.ForeignKeyConstraint(["template_id"], ["templates.id"], name=op.f("fk_template_versions_template_id")),
        sa.PrimaryKeyConstraint("template_id", "version", name=op.f("pk_template_versions")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("format", sa.String(length=4), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pages", sa.SmallInteger(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_documents_account_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_documents_made_by")),
        sa.ForeignKeyConstraint(["template_id"], ["templates.id"], name=op.f("fk_documents_template_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_account_id"), "documents", ["account_id"], unique=False)
    op.create_table(
        "segment_snapshots",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.Column("tree", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("purpose", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("status", sa.String(length=8), server_default=sa.text("'making'"), nullable=False),
        sa.Column("members", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_segment_snapshots_made_by")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_segment_snapshots_segment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_snapshots")),
    )
    op.create_index(op.f("ix_segment_snapshots_segment_id"), "segment_snapshots", ["segment_id"], unique=False)
    op.create_table(
        "snapshot_members",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["segment_snapshots.id"], name=op.f("fk_snapshot_members_snapshot_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "account_id", name=op.f("pk_snapshot_members")),
    )
    for table, accounts in WATCHED.items():
        _watch(table, accounts)
    op.execute(
        """
        create function busbar_facts_forgotten() returns trigger language plpgsql as $$
        begin
            truncate account_facts, facts_due;
            return null;
        end $$
        """
    )
    op.execute(
        "create trigger facts_forgotten after truncate on accounts "
        "for each statement execute function busbar_facts_forgotten()"
    )
    op.execute(
        """
        create function busbar_never_changed() returns trigger language plpgsql as $$
        begin
            raise exception '% never change: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
        end $$
        """
    )
    for table in ("documents", "template_versions"):
        op.execute(
            f"create trigger never_changed before update on {table} "
            "for each statement execute function busbar_never_changed()"
        )
    _seed()


def _watch(table: str, accounts: str) -> None:
    """Note whose facts a statement changed."""
    op.execute(
        f"""
        create function busbar_facts_of_{table}() returns trigger language plpgsql as $$
        begin
            if coalesce(current_setting('busbar.facts', true), '') = 'off' then
                return null;
            end if;
            insert into facts_due (accounts)
            select array_agg(id) from (
                select id, (row_number() over (order by id) - 1) / 5000 as part
                  from (select distinct id from ({accounts}) changed_accounts (id) where id is not null) every) parts
             group by part;
            return null;
        end $$
        """
    )
    for event, rows in EVENTS.items():
        op.execute(
            f"create trigger facts_due_{event} after {event} on {table} referencing {rows} table as changed "
            f"for each statement execute function busbar_facts_of_{table}()"
        )


def _seed() -> None:
    templates = sa.table("templates", *map(sa.column, ("code", "language", "title", "kind")))
    versions = sa.table("template_versions", *map(sa.column, ("template_id", "version", "body")))
    for one in shipped():
        made: sa.CursorResult[int] = op.get_bind().execute(
            sa.insert(templates)
            .values(code=one.code, language=one.language, title=one.title, kind=one.kind)
            .returning(sa.column("id"))
        )
        op.get_bind().execute(sa.insert(versions).values(template_id=made.scalar_one(), version=1, body=one.body))
    # What is there already has its facts worked out by the worker, oldest accounts first.
    op.execute(
        """
        insert into facts_due (accounts)
        select array_agg(id) from (select id, (row_number() over (order by id) - 1) / 5000 as part from accounts) parts
         group by part order by part
        """
    )


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for table in WATCHED:
        for event in EVENTS:
            op.execute(f"drop trigger facts_due_{event} on {table}")
        op.execute(f"drop function busbar_facts_of_{table}()")
    op.execute("drop trigger facts_forgotten on accounts")
    op.execute("drop function busbar_facts_forgotten()")
    for table in TABLES:
        op.drop_table(table)
    op.execute("drop function busbar_never_changed()")
