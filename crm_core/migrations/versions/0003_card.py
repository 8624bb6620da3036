"""Tables of the whole card: numbers, consents, agreements, service points, every change; columns beside them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NOW, ONE, EMPTY, NO = sa.text("now()"), sa.text("1"), sa.text("''"), sa.text("false")
MOMENT = sa.DateTime(timezone=True)
ADDED = ("contact_numbers", "consents", "customer_changes", "agreements", "service_points")


def upgrade() -> None:
    """Make them."""
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    op.create_foreign_key("fk_contacts_verified_by", "contacts", "users", ["verified_by"], ["id"])
    op.alter_column("registers", "code", type_=sa.String(10), existing_type=sa.String(8), existing_nullable=False)
    _make_parties()
    _make_supply()
    op.create_foreign_key("fk_meters_point_id", "meters", "service_points", ["point_id"], ["id"])
    op.create_index("ix_meters_point_id", "meters", ["point_id"])
    op.create_index("ix_tariffs_code_valid_from", "tariffs", ["code", "valid_from"])


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    op.drop_index("ix_tariffs_code_valid_from", "tariffs")
    op.drop_index("ix_meters_point_id", "meters")
    op.drop_constraint("fk_meters_point_id", "meters")
    for table in reversed(ADDED):
        op.drop_table(table)
    op.execute("update registers set code = left(code, 8) where length(code) > 8")
    op.alter_column("registers", "code", type_=sa.String(8), existing_type=sa.String(10), existing_nullable=False)
    for table, columns in _columns().items():
        for column in reversed(columns):
            op.drop_column(table, column.name)


def _columns() -> dict[str, tuple[sa.Column[Any], ...]]:
    # Constant defaults: none of these rewrites a table, however many subscribers there are.
    return {
        "customers": (
            sa.Column("status", sa.String(12), nullable=False, server_default=sa.text("'active'")),
            sa.Column("priority", sa.String(8), nullable=False, server_default=sa.text("'normal'")),
            sa.Column("special_need", sa.Text, nullable=False, server_default=EMPTY),
            sa.Column("version", sa.Integer, nullable=False, server_default=ONE),
        ),
        "contacts": (
            sa.Column("verified_at", MOMENT),
            sa.Column("verified_by", sa.Integer),
            sa.Column("language", sa.String(8), nullable=False, server_default=EMPTY),
            sa.Column("channel", sa.String(10), nullable=False, server_default=EMPTY),
            sa.Column("opt_out", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
            sa.Column("ended_at", MOMENT),
            sa.Column("version", sa.Integer, nullable=False, server_default=ONE),
        ),
        "meters": (
            sa.Column("verified_on", sa.Date),
            sa.Column("seal", sa.String(24), nullable=False, server_default=EMPTY),
            sa.Column("amr", sa.Boolean, nullable=False, server_default=NO),
            sa.Column("point_id", sa.Integer),
            sa.Column("virtual", sa.Boolean, nullable=False, server_default=NO),
            sa.Column("version", sa.Integer, nullable=False, server_default=ONE),
        ),
        "accounts": (
            sa.Column("billing_day", sa.SmallInteger),
            sa.Column("bill_by", sa.String(10), nullable=False, server_default=EMPTY),
            sa.Column("version", sa.Integer, nullable=False, server_default=ONE),
        ),
        "premises": (
            sa.Column("residents", sa.SmallInteger),
            sa.Column("area", sa.Numeric(8, 1)),
            sa.Column("latitude", sa.Numeric(8, 6)),
            sa.Column("longitude", sa.Numeric(9, 6)),
            sa.Column("version", sa.Integer, nullable=False, server_default=ONE),
        ),
        "tariffs": (
            sa.Column("tiers", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
            sa.Column("vat", sa.Numeric(5, 2)),
        ),
    }


def _make_parties() -> None:
    op.create_table(
        "contact_numbers",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        _belongs("contact_numbers", "contact_id", "contacts"),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("label", sa.String(10), nullable=False, server_default=EMPTY),
        sa.Column("verified_at", MOMENT),
        _belongs("contact_numbers", "verified_by", "users", nullable=True),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("ended_at", MOMENT),
    )
    op.create_index("ix_contact_numbers_contact_id", "contact_numbers", ["contact_id"])
    op.create_index("ix_contact_numbers_number", "contact_numbers", ["number"])
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        _belongs("consents", "customer_id", "customers"),
        _belongs("consents", "contact_id", "contacts", nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("how", sa.String(10), nullable=False),
        _belongs("consents", "by_user", "users", nullable=True),
        sa.Column("note", sa.Text, nullable=False, server_default=EMPTY),
    )
    op.create_index("ix_consents_customer_id_kind_id", "consents", ["customer_id", "kind", "id"])
    op.create_table(
        "customer_changes",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        _belongs("customer_changes", "customer_id", "customers"),
        sa.Column("at", MOMENT, nullable=False, server_default=NOW),
        _belongs("customer_changes", "by_user", "users", nullable=True),
        sa.Column("object", sa.String(40), nullable=False),
        sa.Column("what", sa.String(30), nullable=False),
        sa.Column("before", sa.Text, nullable=False, server_default=EMPTY),
        sa.Column("after", sa.Text, nullable=False, server_default=EMPTY),
        sa.Column("reason", sa.Text, nullable=False, server_default=EMPTY),
    )
    op.create_index("ix_customer_changes_customer_id_id", "customer_changes", ["customer_id", "id"])


def _make_supply() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        _belongs("agreements", "account_id", "accounts"),
        sa.Column("number", sa.String(24), nullable=False, server_default=EMPTY),
        sa.Column("supply", sa.String(12), nullable=False, server_default=sa.text("'connected'")),
        sa.Column("started_on", sa.Date, nullable=False),
        sa.Column("ended_on", sa.Date),
        sa.Column("prepay", sa.Boolean, nullable=False, server_default=NO),
        sa.Column("budget_bill", sa.Boolean, nullable=False, server_default=NO),
        _belongs("agreements", "tariff_id", "tariffs", nullable=True),
        sa.Column("shut_off_on", sa.Date),
        sa.Column("version", sa.Integer, nullable=False, server_default=ONE),
    )
    op.create_index("ix_agreements_account_id", "agreements", ["account_id"])
    op.create_table(
        "service_points",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        _belongs("service_points", "account_id", "accounts"),
        sa.Column("service", sa.String(8), nullable=False, server_default=sa.text("'power'")),
        sa.Column("phases", sa.SmallInteger, nullable=False, server_default=ONE),
        sa.Column("max_kw", sa.Numeric(8, 2)),
        sa.Column("node", sa.String(40), nullable=False, server_default=EMPTY),
        sa.Column("version", sa.Integer, nullable=False, server_default=ONE),
    )
    op.create_index("ix_service_points_account_id", "service_points", ["account_id"])


def _belongs(table: str, column: str, other: str, *, nullable: bool = False) -> sa.Column[int]:
    foreign = sa.ForeignKey(f"{other}.id", name=f"fk_{table}_{column}")
    return sa.Column(column, sa.Integer, foreign, nullable=nullable)
