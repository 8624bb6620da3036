"""First tables: customers and what belongs to them, contacts, users, logs; the dispositions to begin with.

`access_log` and `call_events` can only grow: a trigger refuses UPDATE, DELETE and TRUNCATE.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("access_log", "call_events")
TABLES = (
    "registers",
    "promises",
    "meters",
    "interactions",
    "applications",
    "sessions",
    "operator_states",
    "contacts",
    "accounts",
    "access_log",
    "users",
    "tariffs",
    "readings",
    "progress",
    "premises",
    "payments",
    "invoices",
    "invoice_lines",
    "imports",
    "dispositions",
    "customers",
    "call_events",
)
"""Children first."""

# DOMAIN.md D4. Flags: H human answered, R right party, C commitment, F final, S suppress, D needs data.
SERVICE = (
    ("BALANCE", "Balance told", "H"),
    ("READING_TAKEN", "Meter reading taken", "HD"),
    ("READING_HELD", "Meter reading taken, needs checking", "HD"),
    ("BILL_EXPLAINED", "Bill explained", "H"),
    ("PAYMENT_INFO", "Told how to pay", "H"),
    ("PAYMENT_LINK", "Payment link sent", "H"),
    ("INFO", "Other information", "H"),
    ("OUTAGE", "No supply reported", "H"),
    ("METER_FAULT", "Meter fault reported", "H"),
    ("REQUEST_OPENED", "Request opened", "HD"),
    ("REQUEST_STATUS", "Told how a request stands", "H"),
    ("VISIT_BOOKED", "Visit booked", "HD"),
    ("TARIFF", "Tariff question", "H"),
    ("CONTRACT", "Contract question", "H"),
    ("RECALCULATION", "Recalculation asked for", "HD"),
    ("RECONNECT", "Reconnection asked for", "HD"),
    ("COMPLAINT", "Complaint", "HD"),
    ("PERSONAL_DATA", "Personal data request", "H"),
    ("TRANSFERRED", "Passed on to a colleague", "HD"),
    ("NUISANCE", "Nuisance call", "H"),
    ("SILENT", "Nobody spoke", ""),
    ("CUT_OFF", "Call was cut off", "H"),
)
COLLECTIONS = (
    ("PTP", "Promised to pay", "HRCD"),
    ("PTP_PARTIAL", "Promised to pay a part", "HRCD"),
    ("PLAN", "Payment plan agreed", "HRCD"),
    ("PAID_NOW", "Paid during the call", "HRFD"),
    ("ALREADY_PAID", "Says it is paid", "HRD"),
    ("PART_PAID", "Paid a part", "HR"),
    ("DISPUTE", "Disputes the debt", "HRSD"),
    ("HARDSHIP", "Cannot pay now", "HRD"),
    ("BENEFIT_PENDING", "Waits for a benefit", "HR"),
    ("REFUSE", "Refuses to pay", "HR"),
    ("CALLBACK", "Asked to be called back", "HRD"),
    ("HUNG_UP", "Hung up", "HR"),
    ("LANGUAGE", "Needs another language", "HRD"),
    ("REPRESENTED", "Has a representative", "HRS"),
    ("CEASE_CONTACT", "Asked not to be called", "HRSF"),
    ("BANKRUPT", "Bankrupt", "HRSD"),
    ("NO_RESOLUTION", "Nothing agreed", "HR"),
    ("TP_MESSAGE", "Message left with somebody else", "H"),
    ("TP_NO_MESSAGE", "Somebody else answered", "H"),
    ("TP_REFUSES", "Somebody else refused to help", "H"),
    ("WRONG_NUMBER", "Wrong number", "HFS"),
    ("MOVED", "Moved away", "HD"),
    ("DECEASED", "Deceased", "HSD"),
    ("MINOR", "A child answered", "H"),
)
SYSTEM = (
    ("UNDISPOSED", "Not written up", ""),
    ("ABANDON", "Caller gave up waiting", ""),
    ("SERVED", "Served by the menu", ""),
    ("QUEUE_TIMEOUT", "Waited too long", ""),
    ("NO_AGENTS", "Nobody on duty", ""),
    ("AFTER_HOURS", "Outside working hours", ""),
    ("VOICEMAIL", "Left a message", ""),
    ("NO_ANSWER", "No answer", ""),
    ("BUSY", "Busy", ""),
    ("CONGESTION", "Network congested", ""),
    ("INVALID_NUMBER", "Number does not exist", "F"),
    ("REJECTED", "Call rejected", ""),
    ("MACHINE", "Answering machine", ""),
    ("MACHINE_MSG", "Message left on a machine", ""),
    ("FAX", "Fax machine", "F"),
    ("DROP_NO_AGENT", "Answered, but no operator was free", "H"),
    ("PRE_ROUTE_DROP", "Hung up before routing", ""),
    ("SUPPRESSED", "Not dialled by rule", ""),
    ("TECH_ERROR", "Technical failure", ""),
    ("UNKNOWN_RESULT", "Result unknown", ""),
)


def upgrade() -> None:
    op.create_table(
        "call_events",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=30), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_events")),
    )
    op.create_index(op.f("ix_call_events_call_id"), "call_events", ["call_id"], unique=False)
    op.create_table(
        "customers",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), server_default=sa.text("''"), nullable=False),
        sa.Column("tax_number", sa.String(length=20), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "flags", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind in ('person', 'organisation')", name=op.f("ck_customers_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    op.create_index(
        op.f("ix_customers_name_key"),
        "customers",
        ["name_key"],
        unique=False,
        postgresql_ops={"name_key": "text_pattern_ops"},
    )
    op.create_index(
        "ix_customers_name_words",
        "customers",
        [sa.literal_column("to_tsvector('simple'::regconfig, name_key)")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "dispositions",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=12), nullable=False),
        sa.Column("flags", sa.String(length=8), server_default=sa.text("''"), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_dispositions")),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("rows", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rejected", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sa.UniqueConstraint("file_hash", name=op.f("uq_imports_file_hash")),
    )
    op.create_table(
        "invoice_lines",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("line", sa.SmallInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("price", sa.Numeric(precision=12, scale=4), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "period", "line", name=op.f("pk_invoice_lines")),
    )
    op.create_table(
        "invoices",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("open_amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("disputed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "period", name=op.f("pk_invoices")),
    )
    op.create_table(
        "payments",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "paid_on", "seq", name=op.f("pk_payments")),
    )
    op.create_table(
        "premises",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_premises")),
    )
    op.create_index(
        op.f("ix_premises_address_key"),
        "premises",
        ["address_key"],
        unique=False,
        postgresql_ops={"address_key": "text_pattern_ops"},
    )
    op.create_index(
        "ix_premises_address_words",
        "premises",
        [sa.literal_column("to_tsvector('simple'::regconfig, address_key)")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "progress",
        sa.Column("task", sa.String(length=60), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("task", name=op.f("pk_progress")),
    )
    op.create_table(
        "readings",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("value", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("consumption", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("quality", sa.String(length=10), nullable=False),
        sa.Column("doubt", sa.String(length=40), nullable=True),
        sa.Column("by_user", sa.Integer(), nullable=True),
        sa.Column("call_id", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "register_id", "taken_on", "revision", name=op.f("pk_readings")),
    )
    op.create_table(
        "tariffs",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("prices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariffs")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("extension", sa.String(length=8), nullable=True),
        sa.Column("language", sa.String(length=8), server_default=sa.text("'en'"), nullable=False),
        sa.Column(
            "languages", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column(
            "skills", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("extension", name=op.f("uq_users_extension")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
    )
    op.create_table(
        "access_log",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("ip", sa.String(length=45), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_access_log_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("premises_id", sa.Integer(), nullable=False),
        sa.Column("tariff_id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("balance", sa.Numeric(precision=14, scale=2), server_default=sa.text("0"), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=12), server_default=sa.text("'active'"), nullable=False),
        sa.Column(
            "flags", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_accounts_customer_id")),
        sa.ForeignKeyConstraint(["premises_id"], ["premises.id"], name=op.f("fk_accounts_premises_id")),
        sa.ForeignKeyConstraint(["tariff_id"], ["tariffs.id"], name=op.f("fk_accounts_tariff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("number", name=op.f("uq_accounts_number")),
    )
    op.create_index(op.f("ix_accounts_customer_id"), "accounts", ["customer_id"], unique=False)
    op.create_index(op.f("ix_accounts_premises_id"), "accounts", ["premises_id"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("phone", sa.String(length=20), server_default=sa.text("''"), nullable=False),
        sa.Column("email", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_contacts_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_customer_id"), "contacts", ["customer_id"], unique=False)
    op.create_index(op.f("ix_contacts_phone"), "contacts", ["phone"], unique=False)
    op.create_table(
        "operator_states",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), server_default=sa.text("''"), nullable=False),
        sa.Column("call_id", sa.String(length=80), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["users.id"], name=op.f("fk_operator_states_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_states")),
    )
    op.create_index(op.f("ix_operator_states_operator_id_at"), "operator_states", ["operator_id", "at"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ip", sa.String(length=45), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "applications",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_applications_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("number", name=op.f("uq_applications_number")),
    )
    op.create_index(op.f("ix_applications_account_id"), "applications", ["account_id"], unique=False)
    op.create_table(
        "interactions",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.String(length=80), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("number", sa.String(length=40), server_default=sa.text("''"), nullable=False),
        sa.Column("dialled", sa.String(length=40), server_default=sa.text("''"), nullable=False),
        sa.Column("language", sa.String(length=8), server_default=sa.text("''"), nullable=False),
        sa.Column("topic", sa.String(length=40), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "path", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("queue", sa.String(length=40), server_default=sa.text("''"), nullable=False),
        sa.Column("phase", sa.String(length=12), server_default=sa.text("'ended'"), nullable=False),
        sa.Column("outcome", sa.String(length=20), server_default=sa.text("''"), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("disposition", sa.String(length=24), nullable=True),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_interactions_account_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["users.id"], name=op.f("fk_interactions_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions")),
        sa.UniqueConstraint("call_id", name=op.f("uq_interactions_call_id")),
    )
    op.create_index(
        op.f("ix_interactions_account_id_began_at"), "interactions", ["account_id", "began_at"], unique=False
    )
    op.create_index(op.f("ix_interactions_began_at"), "interactions", ["began_at"], unique=False)
    op.create_index(
        "ix_interactions_open", "interactions", ["id"], unique=False, postgresql_where=sa.text("ended_at is null")
    )
    op.create_table(
        "meters",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.String(length=24), nullable=False),
        sa.Column("model", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("digits", sa.SmallInteger(), nullable=False),
        sa.Column("decimals", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("multiplier", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("installed_on", sa.Date(), nullable=False),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("verification_due", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_meters_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meters")),
    )
    op.create_index(op.f("ix_meters_account_id"), "meters", ["account_id"], unique=False)
    op.create_index(op.f("ix_meters_serial"), "meters", ["serial"], unique=False)
    op.create_table(
        "promises",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=12), server_default=sa.text("'open'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_promises_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
    )
    op.create_index(op.f("ix_promises_account_id"), "promises", ["account_id"], unique=False)
    op.create_table(
        "registers",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("meter_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("estimate", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_registers_meter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registers")),
    )
    op.create_index(op.f("ix_registers_meter_id"), "registers", ["meter_id"], unique=False)
    op.execute(
        """
        create function busbar_append_only() returns trigger language plpgsql as $$
        begin
            raise exception '% can only grow: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
        end $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete or truncate on {table} "
            "for each statement execute function busbar_append_only()"
        )
    _seed()


def _seed() -> None:
    dispositions = sa.table(
        "dispositions",
        sa.column("code"),
        sa.column("title"),
        sa.column("category"),
        sa.column("flags"),
        sa.column("position"),
    )
    for category, rows in (("service", SERVICE), ("collections", COLLECTIONS), ("system", SYSTEM)):
        op.bulk_insert(
            dispositions,
            [
                {"code": code, "title": title, "category": category, "flags": flags, "position": position}
                for position, (code, title, flags) in enumerate(rows, start=1)
            ],
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("drop function busbar_append_only()")
