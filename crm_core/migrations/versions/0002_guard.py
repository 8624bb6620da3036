"""Access and audit: the chain over the access log, reasons, alerts, retention, holds, erasure, links for passwords.

The log and its chain can only grow, for everybody. What retention may take away is older than a year: the triggers
say so themselves, and only in a transaction that declares itself (`set local busbar.retention = 'on'`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001a"
branch_labels = None
depends_on = None

REASONS = (
    ("call_back", "Calling back", False),
    ("application", "Working on an application", False),
    ("complaint", "Looking into a complaint", False),
    ("correction", "Correcting data", False),
    ("supervision", "Supervisor's check", False),
    ("other", "Something else", True),
)
# code, kind, title, role, minutes, raise at, clear at, own factor, own least, from hour, to hour, blocks
ALERT_RULES = (
    ("mass_viewing", "mass_viewing", "Many different cards in an hour", "", 60, 60, 40, 4.0, 25, 0, 24, True),
    (
        "mass_viewing_supervisor",
        "mass_viewing",
        "Many different cards in an hour, supervisor",
        "supervisor",
        60,
        30,
        15,
        4.0,
        15,
        0,
        24,
        True,
    ),
    ("sequential", "sequential", "Cards opened one account number after the other", "", 60, 5, 3, 0.0, 0, 0, 24, True),
    ("honey", "honey", "A card was opened that belongs to nobody", "", 60, 1, 0, 0.0, 0, 0, 24, False),
    ("unmasking", "unmasking", "Many masked values revealed in an hour", "", 60, 15, 8, 0.0, 0, 0, 24, False),
    (
        "changes_then_export",
        "changes_then_export",
        "Contacts changed, then something taken away",
        "",
        1440,
        5,
        2,
        0.0,
        0,
        0,
        24,
        False,
    ),
    (
        "off_hours",
        "off_hours",
        "Cards opened outside working hours without a call",
        "",
        120,
        3,
        0,
        0.0,
        0,
        7,
        22,
        False,
    ),
)
# Defaults of docs/SECURITY.md: audit at least a year, contacts three years; each utility sets its own.
RETENTION = (
    ("interactions", 1096),
    ("access_log", 1096),
    ("sessions", 30),
    ("operator_states", 731),
    ("card_openings", 7),
    ("alerts", 1096),
    ("imports", 366),
    ("subject_exports", 7),
    ("password_links", 30),
)


def upgrade() -> None:
    op.create_table(
        "access_cuts",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("cut_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_access_cuts")),
    )
    op.create_table(
        "access_reasons",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("needs_words", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_access_reasons")),
    )
    op.create_table(
        "alert_rules",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), server_default=sa.text("''"), nullable=False),
        sa.Column("window_minutes", sa.Integer(), nullable=False),
        sa.Column("raise_at", sa.Integer(), nullable=False),
        sa.Column("clear_at", sa.Integer(), nullable=False),
        sa.Column("own_factor", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("own_least", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("from_hour", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("to_hour", sa.SmallInteger(), server_default=sa.text("24"), nullable=False),
        sa.Column("blocks", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_alert_rules")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("raise_at", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Integer(), nullable=True),
        sa.Column("finding", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["users.id"], name=op.f("fk_alerts_acknowledged_by")),
        sa.ForeignKeyConstraint(["rule"], ["alert_rules.code"], name=op.f("fk_alerts_rule")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_alerts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(
        "ix_alerts_open", "alerts", ["id"], unique=False, postgresql_where=sa.text("acknowledged_at is null")
    )
    op.create_index(op.f("ix_alerts_user_id_id"), "alerts", ["user_id", "id"], unique=False)
    op.create_index(
        "uq_alerts_standing", "alerts", ["rule", "user_id"], unique=True, postgresql_where=sa.text("cleared_at is null")
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "found", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_erasures_asked_by")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_erasures_customer_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_erasures_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(
        "uq_erasures_running",
        "erasures",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("state in ('asked', 'approved', 'held', 'incomplete')"),
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Integer(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lift_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_legal_holds_customer_id")),
        sa.ForeignKeyConstraint(["lifted_by"], ["users.id"], name=op.f("fk_legal_holds_lifted_by")),
        sa.ForeignKeyConstraint(["placed_by"], ["users.id"], name=op.f("fk_legal_holds_placed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    op.create_index(
        "uq_legal_holds_standing",
        "legal_holds",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at is null"),
    )
    op.create_table(
        "password_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_password_links_made_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_password_links_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_password_links")),
    )
    op.create_index(op.f("ix_password_links_user_id"), "password_links", ["user_id"], unique=False)
    op.create_table(
        "retention_rules",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept_rows", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_retention_rules_changed_by")),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_retention_rules")),
    )
    op.create_table(
        "subject_exports",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_subject_exports_asked_by")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_subject_exports_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_exports")),
    )
    op.create_index(op.f("ix_subject_exports_customer_id"), "subject_exports", ["customer_id"], unique=False)
    op.create_table(
        "access_seals",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("access_id", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_access_seals")),
        sa.UniqueConstraint("access_id", name=op.f("uq_access_seals_access_id")),
    )
    op.create_table(
        "card_openings",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_card_openings_account_id")),
        sa.ForeignKeyConstraint(["reason"], ["access_reasons.code"], name=op.f("fk_card_openings_reason")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_card_openings_user_id")),
        sa.PrimaryKeyConstraint("user_id", "account_id", name=op.f("pk_card_openings")),
    )
    op.create_index(op.f("ix_card_openings_opened_at"), "card_openings", ["opened_at"], unique=False)
    op.add_column("access_log", sa.Column("role", sa.String(length=16), server_default=sa.text("''"), nullable=False))
    op.add_column(
        "access_log", sa.Column("session", sa.String(length=16), server_default=sa.text("''"), nullable=False)
    )
    op.add_column(
        "access_log", sa.Column("fields", sa.String(length=200), server_default=sa.text("''"), nullable=False)
    )
    op.add_column(
        "access_log", sa.Column("contact_id", sa.String(length=80), server_default=sa.text("''"), nullable=False)
    )
    op.add_column(
        "access_log", sa.Column("result", sa.String(length=12), server_default=sa.text("'done'"), nullable=False)
    )
    op.create_index(op.f("ix_access_log_action_at_id"), "access_log", ["action", "at", "id"], unique=False)
    op.create_index(op.f("ix_access_log_at_id"), "access_log", ["at", "id"], unique=False)
    op.create_index(op.f("ix_access_log_object_at_id"), "access_log", ["object", "at", "id"], unique=False)
    op.create_index(op.f("ix_access_log_user_id_at_id"), "access_log", ["user_id", "at", "id"], unique=False)
    op.create_index(
        "ix_accounts_honey", "accounts", ["id"], unique=False, postgresql_where=sa.text("flags @> '[\"honey\"]'::jsonb")
    )
    op.create_index(
        "ix_customers_honey",
        "customers",
        ["id"],
        unique=False,
        postgresql_where=sa.text("flags @> '[\"honey\"]'::jsonb"),
    )
    _guard()
    _seed()


def _guard() -> None:
    op.execute(
        """
        create function busbar_audit_only() returns trigger language plpgsql as $$
        begin
            if tg_op = 'DELETE' and current_setting('busbar.retention', true) = 'on' then
                return null;
            end if;
            raise exception '% can only grow: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
        end $$
        """
    )
    op.execute(
        """
        create function busbar_too_young() returns trigger language plpgsql as $$
        begin
            raise exception '% keeps its rows for a year: DELETE refused', tg_table_name
                using errcode = 'insufficient_privilege';
        end $$
        """
    )
    op.execute("drop trigger append_only on access_log")
    for table, moment in (("access_log", "at"), ("access_seals", "sealed_at")):
        op.execute(
            f"create trigger append_only before update or delete or truncate on {table} "
            "for each statement execute function busbar_audit_only()"
        )
        op.execute(
            f"create trigger too_young before delete on {table} for each row "
            f"when (old.{moment} > now() - interval '366 days') execute function busbar_too_young()"
        )
    op.execute(
        "create trigger append_only before update or delete or truncate on access_cuts "
        "for each statement execute function busbar_append_only()"
    )


def _seed() -> None:
    reasons = sa.table(
        "access_reasons", sa.column("code"), sa.column("title"), sa.column("needs_words"), sa.column("position")
    )
    op.bulk_insert(
        reasons,
        [
            {"code": code, "title": title, "needs_words": words, "position": position}
            for position, (code, title, words) in enumerate(REASONS, start=1)
        ],
    )
    names = (
        "code",
        "kind",
        "title",
        "role",
        "window_minutes",
        "raise_at",
        "clear_at",
        "own_factor",
        "own_least",
        "from_hour",
        "to_hour",
        "blocks",
    )
    op.bulk_insert(
        sa.table("alert_rules", *map(sa.column, names)), [dict(zip(names, rule, strict=True)) for rule in ALERT_RULES]
    )
    op.bulk_insert(
        sa.table("retention_rules", sa.column("kind"), sa.column("days")),
        [{"kind": kind, "days": days} for kind, days in RETENTION],
    )


def downgrade() -> None:
    op.execute("drop trigger append_only on access_log")
    op.execute("drop trigger too_young on access_log")
    op.execute(
        "create trigger append_only before update or delete or truncate on access_log "
        "for each statement execute function busbar_append_only()"
    )
    op.drop_index(
        "ix_customers_honey", table_name="customers", postgresql_where=sa.text("flags @> '[\"honey\"]'::jsonb")
    )
    op.drop_index("ix_accounts_honey", table_name="accounts", postgresql_where=sa.text("flags @> '[\"honey\"]'::jsonb"))
    op.drop_index(op.f("ix_access_log_user_id_at_id"), table_name="access_log")
    op.drop_index(op.f("ix_access_log_object_at_id"), table_name="access_log")
    op.drop_index(op.f("ix_access_log_at_id"), table_name="access_log")
    op.drop_index(op.f("ix_access_log_action_at_id"), table_name="access_log")
    op.drop_column("access_log", "result")
    op.drop_column("access_log", "contact_id")
    op.drop_column("access_log", "fields")
    op.drop_column("access_log", "session")
    op.drop_column("access_log", "role")
    op.drop_index(op.f("ix_card_openings_opened_at"), table_name="card_openings")
    op.drop_table("card_openings")
    op.drop_table("access_seals")
    op.drop_index(op.f("ix_subject_exports_customer_id"), table_name="subject_exports")
    op.drop_table("subject_exports")
    op.drop_table("retention_rules")
    op.drop_index(op.f("ix_password_links_user_id"), table_name="password_links")
    op.drop_table("password_links")
    op.drop_index("uq_legal_holds_standing", table_name="legal_holds", postgresql_where=sa.text("lifted_at is null"))
    op.drop_table("legal_holds")
    op.drop_index(
        "uq_erasures_running",
        table_name="erasures",
        postgresql_where=sa.text("state in ('asked', 'approved', 'held', 'incomplete')"),
    )
    op.drop_table("erasures")
    op.drop_index("uq_alerts_standing", table_name="alerts", postgresql_where=sa.text("cleared_at is null"))
    op.drop_index(op.f("ix_alerts_user_id_id"), table_name="alerts")
    op.drop_index("ix_alerts_open", table_name="alerts", postgresql_where=sa.text("acknowledged_at is null"))
    op.drop_table("alerts")
    op.drop_table("alert_rules")
    op.drop_table("access_reasons")
    op.drop_table("access_cuts")
    op.execute("drop function busbar_audit_only()")
    op.execute("drop function busbar_too_young()")
