"""Money and reading rules: adjustments, disputes, notices, approvals, policies; balances kept by triggers.

`accounts.balance` = invoices + adjustments - payments holds by construction (docs/ledger.md): statement triggers add up
what was inserted, changed and deleted, and nobody else may write the balance. A base of the reference size is filled
with `set local busbar.bulk = 'on'`, whose writer writes the balances himself.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SIGNS = {"invoices": 1, "adjustments": 1, "payments": -1}
TRANSITIONS = {
    "insert": "new table as added",
    "update": "old table as removed new table as added",
    "delete": "old table as removed",
}

LEDGER_MOVED = """
create function busbar_ledger_moved() returns trigger language plpgsql as $$
declare
    sign constant numeric := tg_argv[0];
    due bigint;
    moved bigint;
begin
    if current_setting('busbar.bulk', true) = 'on' then
        return null;
    end if;
    if tg_op = 'INSERT' then
        with sums as (
            select account_id, sign * sum(amount) as amount from added group by 1 having sum(amount) <> 0
        ), kept as (
            update accounts a set balance = a.balance + s.amount from sums s where a.id = s.account_id returning 1
        )
        select (select count(*) from sums), (select count(*) from kept) into due, moved;
    elsif tg_op = 'DELETE' then
        with sums as (
            select account_id, -sign * sum(amount) as amount from removed group by 1 having sum(amount) <> 0
        ), kept as (
            update accounts a set balance = a.balance + s.amount from sums s where a.id = s.account_id returning 1
        )
        select (select count(*) from sums), (select count(*) from kept) into due, moved;
    else
        with sums as (
            select account_id, sign * sum(amount) as amount
            from (select account_id, amount from added union all select account_id, -amount from removed) both_sides
            group by 1 having sum(amount) <> 0
        ), kept as (
            update accounts a set balance = a.balance + s.amount from sums s where a.id = s.account_id returning 1
        )
        select (select count(*) from sums), (select count(*) from kept) into due, moved;
    end if;
    if due <> moved then
        raise exception '% of an account that does not exist', tg_table_name using errcode = 'foreign_key_violation';
    end if;
    return null;
end $$
"""

# An account that comes with a balance brings it from an older system: it is posted, so that the sum stays true.
ACCOUNT_OPENED = """
create function busbar_account_opened() returns trigger language plpgsql as $$
begin
    if current_setting('busbar.bulk', true) = 'on' or not exists (select from added where balance <> 0) then
        return null;
    end if;
    update accounts a set balance = 0 from added n where n.id = a.id and n.balance <> 0;
    insert into adjustments (account_id, kind, amount, open_amount, posted_on, due_on, reason)
    select id, 'opening', balance, greatest(balance, 0), current_date, current_date, 'opening balance'
    from added where balance <> 0 order by id;
    return null;
end $$
"""

BALANCE_IS_KEPT = """
create function busbar_balance_is_kept() returns trigger language plpgsql as $$
begin
    if current_setting('busbar.bulk', true) = 'on' then
        return new;
    end if;
    raise exception 'accounts.balance follows from invoices, adjustments and payments: post one of them'
        using errcode = 'insufficient_privilege';
end $$
"""

POSTED_STAYS = """
create function busbar_posted_stays() returns trigger language plpgsql as $$
begin
    raise exception '% can only grow: %', tg_table_name, tg_argv[0]
        using errcode = 'insufficient_privilege';
end $$
"""

FIRST_RULES = {
    "ageing": [
        {"most": 0, "label": "current"},
        {"most": 30, "label": "1-30"},
        {"most": 60, "label": "31-60"},
        {"most": 90, "label": "61-90"},
        {"most": 180, "label": "91-180"},
        {"most": 365, "label": "181-365"},
        {"most": 1095, "label": "366-1095"},
    ],
    "allocation": {"order": "oldest", "priority": []},
    "penalty": {
        "steps": [{"from_day": 31, "divisor": 300}, {"from_day": 91, "divisor": 130}],
        "rates": [{"valid_from": "2022-02-14", "percent": "9.5"}],
        "cap_percent": None,
        "source": "Housing Code of the Russian Federation, art. 155 p. 14; the key rate of 27 February 2022 by decree "
        "474 of 26 March 2022 as prolonged",
    },
    "promise": {"most_days": 30, "grace_days": 3, "kept_percent": "100"},
    "plan": {"most_parts": 12, "first_days": 31, "grace_days": 5},
    "restriction": {"months": "2", "monthly_charge": None, "notice_days": 20, "reconnection_cap": "5000.00"},
    "path": [
        {"step": "reminder", "from_day": 1, "least": "100"},
        {"step": "call", "from_day": 11, "least": "300"},
        {"step": "notice", "from_day": 31, "least": "300"},
        {"step": "warning", "from_day": 61, "least": "500"},
        {"step": "field_order", "from_day": 91, "least": "500"},
        {"step": "court", "from_day": 181, "least": "3000"},
    ],
    "limits": {"adjustment": "1000.00", "back_days": 5},
}
FIRST_POLICY = {
    "window_first": 15,
    "window_last": 26,
    "outside": "next",
    "low": "0.1",
    "high": "3",
    "high_least": "100",
    "factors": [
        {"service": "water", "low": "0.1", "high": "3", "high_least": "10"},
        {"service": "gas", "low": "0.1", "high": "3", "high_least": "50"},
        {"service": "heat", "low": "0.1", "high": "3", "high_least": "1"},
    ],
    "low_days": 20,
    "rollover_from": "0.9",
    "repeats": 3,
    "verified_days": 31,
    "expired": "accept",
}


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "money_policies",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_money_policies_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_policies")),
    )
    op.create_index(op.f("ix_money_policies_valid_from_id"), "money_policies", ["valid_from", "id"], unique=False)
    op.create_table(
        "reading_policies",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("window_first", sa.SmallInteger(), nullable=False),
        sa.Column("window_last", sa.SmallInteger(), nullable=False),
        sa.Column("outside", sa.String(length=8), nullable=False),
        sa.Column("low", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.Column("high", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.Column("high_least", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column(
            "factors",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("low_days", sa.SmallInteger(), nullable=False),
        sa.Column("rollover_from", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.Column("repeats", sa.SmallInteger(), nullable=False),
        sa.Column("verified_days", sa.SmallInteger(), nullable=False),
        sa.Column("expired", sa.String(length=8), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "window_first between 1 and window_last and window_last <= 31", name=op.f("ck_reading_policies_window")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_reading_policies_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_policies")),
    )
    op.create_index(op.f("ix_reading_policies_valid_from_id"), "reading_policies", ["valid_from", "id"], unique=False)
    op.create_table(
        "adjustments",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("open_amount", sa.Numeric(precision=14, scale=2), server_default=sa.text("0"), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("period", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=True),
        sa.Column("posted_by", sa.Integer(), nullable=True),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("reverses", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_adjustments_amount")),
        sa.CheckConstraint("approved_by is null or approved_by <> posted_by", name=op.f("ck_adjustments_two_people")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_adjustments_account_id")),
        sa.ForeignKeyConstraint(["approved_by"], ["users.id"], name=op.f("fk_adjustments_approved_by")),
        sa.ForeignKeyConstraint(["posted_by"], ["users.id"], name=op.f("fk_adjustments_posted_by")),
        sa.ForeignKeyConstraint(["reverses"], ["adjustments.id"], name=op.f("fk_adjustments_reverses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
        sa.UniqueConstraint("reverses", name=op.f("uq_adjustments_reverses")),
    )
    op.create_index(op.f("ix_adjustments_account_id_id"), "adjustments", ["account_id", "id"], unique=False)
    op.create_index(
        "uq_adjustments_reference",
        "adjustments",
        ["account_id", "reference"],
        unique=True,
        postgresql_where=sa.text("reference is not null"),
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=12), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(
            "status = 'withdrawn' or decided_by is null or decided_by <> asked_by", name=op.f("ck_approvals_two_people")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_approvals_account_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_approvals_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_approvals_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_account_id"), "approvals", ["account_id"], unique=False)
    op.create_index(
        "ix_approvals_waiting", "approvals", ["id"], unique=False, postgresql_where=sa.text("status = 'waiting'")
    )
    op.create_index(
        "uq_approvals_reference",
        "approvals",
        ["account_id", "what", "reference"],
        unique=True,
        postgresql_where=sa.text("reference is not null and status = 'waiting'"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("status", sa.String(length=10), server_default=sa.text("'sent'"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("by_user", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_notices_account_id")),
        sa.ForeignKeyConstraint(["by_user"], ["users.id"], name=op.f("fk_notices_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_account_id"), "notices", ["account_id"], unique=False)
    op.create_table(
        "allocations",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("seq", sa.SmallInteger(), nullable=True),
        sa.Column("credit_id", sa.Integer(), nullable=True),
        sa.Column("period", sa.Date(), nullable=True),
        sa.Column("charge_id", sa.Integer(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("by_user", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(paid_on is null) = (seq is null) and (paid_on is null) <> (credit_id is null)",
            name=op.f("ck_allocations_source"),
        ),
        sa.CheckConstraint("(period is null) <> (charge_id is null)", name=op.f("ck_allocations_target")),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_allocations_amount")),
        sa.ForeignKeyConstraint(["by_user"], ["users.id"], name=op.f("fk_allocations_by_user")),
        sa.ForeignKeyConstraint(["charge_id"], ["adjustments.id"], name=op.f("fk_allocations_charge_id")),
        sa.ForeignKeyConstraint(["credit_id"], ["adjustments.id"], name=op.f("fk_allocations_credit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
    )
    op.create_index(op.f("ix_allocations_account_id"), "allocations", ["account_id"], unique=False)
    op.create_table(
        "disputes",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=12), server_default=sa.text("'open'"), nullable=False),
        sa.Column("raised_by", sa.Integer(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settlement", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("adjustment_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_disputes_account_id")),
        sa.ForeignKeyConstraint(["adjustment_id"], ["adjustments.id"], name=op.f("fk_disputes_adjustment_id")),
        sa.ForeignKeyConstraint(["raised_by"], ["users.id"], name=op.f("fk_disputes_raised_by")),
        sa.ForeignKeyConstraint(["settled_by"], ["users.id"], name=op.f("fk_disputes_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index(op.f("ix_disputes_account_id"), "disputes", ["account_id"], unique=False)
    op.create_index(
        "uq_disputes_open",
        "disputes",
        ["account_id", "period"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "no_reads",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("meter_id", sa.Integer(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("by_user", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_no_reads_account_id")),
        sa.ForeignKeyConstraint(["by_user"], ["users.id"], name=op.f("fk_no_reads_by_user")),
        sa.ForeignKeyConstraint(["meter_id"], ["meters.id"], name=op.f("fk_no_reads_meter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_no_reads")),
    )
    op.create_index(op.f("ix_no_reads_account_id"), "no_reads", ["account_id"], unique=False)
    op.create_table(
        "plans",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=12), server_default=sa.text("'open'"), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("call_id", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("paid", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_plans_account_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_plans_made_by")),
        sa.ForeignKeyConstraint(["settled_by"], ["users.id"], name=op.f("fk_plans_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index(op.f("ix_plans_account_id"), "plans", ["account_id"], unique=False)
    op.create_index("ix_plans_open", "plans", ["id"], unique=False, postgresql_where=sa.text("status = 'open'"))
    op.create_index(
        "uq_plans_open", "plans", ["account_id"], unique=True, postgresql_where=sa.text("status = 'open'")
    )
    op.create_table(
        "promise_steps",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("promise_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(length=12), nullable=False),
        sa.Column("after", sa.String(length=12), nullable=False),
        sa.Column("by_user", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["by_user"], ["users.id"], name=op.f("fk_promise_steps_by_user")),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_promise_steps_promise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_steps")),
    )
    op.create_index(op.f("ix_promise_steps_promise_id"), "promise_steps", ["promise_id"], unique=False)
    op.create_table(
        "held_readings",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("least", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("most", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=12), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_held_readings_account_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_held_readings_decided_by")),
        sa.ForeignKeyConstraint(["register_id"], ["registers.id"], name=op.f("fk_held_readings_register_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_readings")),
    )
    op.create_index(
        "ix_held_readings_waiting",
        "held_readings",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "uq_held_readings_waiting",
        "held_readings",
        ["account_id", "register_id", "taken_on"],
        unique=True,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.add_column("meters", sa.Column("sealed_on", sa.Date(), nullable=True))
    op.add_column("payments", sa.Column("reverses_on", sa.Date(), nullable=True))
    op.add_column("payments", sa.Column("reverses_seq", sa.SmallInteger(), nullable=True))
    op.add_column("payments", sa.Column("posted_by", sa.Integer(), nullable=True))
    op.add_column("payments", sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payments", sa.Column("note", sa.Text(), nullable=True))
    op.create_index(
        "uq_payments_reference",
        "payments",
        ["account_id", "reference"],
        unique=True,
        postgresql_where=sa.text("posted_at is not null and reference is not null"),
    )
    op.create_index(
        "uq_payments_reversed",
        "payments",
        ["account_id", "reverses_on", "reverses_seq"],
        unique=True,
        postgresql_where=sa.text("reverses_on is not null"),
    )
    op.add_column("promises", sa.Column("made_on", sa.Date(), nullable=True))
    op.add_column("promises", sa.Column("made_by", sa.Integer(), nullable=True))
    op.add_column("promises", sa.Column("call_id", sa.String(length=80), nullable=True))
    op.add_column("promises", sa.Column("reference", sa.String(length=40), nullable=True))
    op.add_column("promises", sa.Column("paid", sa.Numeric(precision=14, scale=2), nullable=True))
    op.add_column("promises", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("promises", sa.Column("instead_of", sa.Integer(), nullable=True))
    op.create_index(
        "ix_promises_open_due", "promises", ["due_on", "id"], unique=False, postgresql_where=sa.text("status = 'open'")
    )
    op.create_index(
        "uq_promises_open", "promises", ["account_id"], unique=True, postgresql_where=sa.text("status = 'open'")
    )
    op.add_column("readings", sa.Column("reason", sa.Text(), nullable=True))
    for function in (LEDGER_MOVED, ACCOUNT_OPENED, BALANCE_IS_KEPT, POSTED_STAYS):
        op.execute(function)
    _triggers()
    _first_rules()


def _triggers() -> None:
    for table, sign in SIGNS.items():
        for event, transition in TRANSITIONS.items():
            op.execute(
                f"create trigger ledger_{event} after {event} on {table} referencing {transition} "
                f"for each statement execute function busbar_ledger_moved('{sign}')"
            )
    op.execute(
        "create trigger ledger_opened after insert on accounts referencing new table as added "
        "for each statement execute function busbar_account_opened()"
    )
    op.execute(
        "create trigger ledger_kept before update of balance on accounts for each row "
        "when (old.balance is distinct from new.balance and pg_trigger_depth() = 0) "
        "execute function busbar_balance_is_kept()"
    )
    op.execute(
        "create trigger posted_stays before delete or update of account_id, kind, amount, posted_on, due_on, period, "
        "reason, reference, posted_by, approved_by, reverses on adjustments "
        "for each statement execute function busbar_posted_stays('post the opposite instead')"
    )
    op.execute(
        "create trigger posted_stays before delete or update on allocations "
        "for each statement execute function busbar_posted_stays('post the opposite instead')"
    )
    # Rows of an import that is taken back go away; none is ever changed.
    op.execute(
        "create trigger posted_stays before update on readings "
        "for each statement execute function busbar_posted_stays('a correction is a new revision')"
    )


def _first_rules() -> None:
    money = sa.table("money_policies", sa.column("valid_from"), sa.column("rules", postgresql.JSONB), sa.column("note"))
    columns = (sa.column(name, postgresql.JSONB if name == "factors" else None) for name in FIRST_POLICY)
    readings = sa.table("reading_policies", sa.column("valid_from"), sa.column("note"), *columns)
    op.bulk_insert(money, [{"valid_from": "2000-01-01", "rules": FIRST_RULES, "note": "as delivered"}])
    op.bulk_insert(readings, [{"valid_from": "2000-01-01", "note": "as delivered", **FIRST_POLICY}])


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for table in SIGNS:
        if table != "adjustments":
            for event in TRANSITIONS:
                op.execute(f"drop trigger ledger_{event} on {table}")
    op.execute("drop trigger posted_stays on readings")
    op.execute("drop trigger ledger_opened on accounts")
    op.execute("drop trigger ledger_kept on accounts")
    op.drop_column("readings", "reason")
    op.drop_index("uq_promises_open", table_name="promises", postgresql_where=sa.text("status = 'open'"))
    op.drop_index("ix_promises_open_due", table_name="promises", postgresql_where=sa.text("status = 'open'"))
    op.drop_column("promises", "instead_of")
    op.drop_column("promises", "settled_at")
    op.drop_column("promises", "paid")
    op.drop_column("promises", "reference")
    op.drop_column("promises", "call_id")
    op.drop_column("promises", "made_by")
    op.drop_column("promises", "made_on")
    op.drop_index("uq_payments_reversed", table_name="payments", postgresql_where=sa.text("reverses_on is not null"))
    op.drop_index(
        "uq_payments_reference",
        table_name="payments",
        postgresql_where=sa.text("posted_at is not null and reference is not null"),
    )
    op.drop_column("payments", "note")
    op.drop_column("payments", "posted_at")
    op.drop_column("payments", "posted_by")
    op.drop_column("payments", "reverses_seq")
    op.drop_column("payments", "reverses_on")
    op.drop_column("meters", "sealed_on")
    op.drop_index(
        "uq_held_readings_waiting", table_name="held_readings", postgresql_where=sa.text("status = 'waiting'")
    )
    op.drop_index(
        "ix_held_readings_waiting", table_name="held_readings", postgresql_where=sa.text("status = 'waiting'")
    )
    op.drop_table("held_readings")
    op.drop_index("uq_plans_open", table_name="plans", postgresql_where=sa.text("status = 'open'"))
    op.drop_index("ix_plans_open", table_name="plans", postgresql_where=sa.text("status = 'open'"))
    op.drop_index(op.f("ix_plans_account_id"), table_name="plans")
    op.drop_table("plans")
    op.drop_index(op.f("ix_promise_steps_promise_id"), table_name="promise_steps")
    op.drop_table("promise_steps")
    op.drop_index(op.f("ix_no_reads_account_id"), table_name="no_reads")
    op.drop_table("no_reads")
    op.drop_index("uq_disputes_open", table_name="disputes", postgresql_where=sa.text("status = 'open'"))
    op.drop_index(op.f("ix_disputes_account_id"), table_name="disputes")
    op.drop_table("disputes")
    op.drop_index(op.f("ix_allocations_account_id"), table_name="allocations")
    op.drop_table("allocations")
    op.drop_index(op.f("ix_notices_account_id"), table_name="notices")
    op.drop_table("notices")
    op.drop_index(
        "uq_approvals_reference",
        table_name="approvals",
        postgresql_where=sa.text("reference is not null and status = 'waiting'"),
    )
    op.drop_index("ix_approvals_waiting", table_name="approvals", postgresql_where=sa.text("status = 'waiting'"))
    op.drop_index(op.f("ix_approvals_account_id"), table_name="approvals")
    op.drop_table("approvals")
    op.drop_index(
        "uq_adjustments_reference", table_name="adjustments", postgresql_where=sa.text("reference is not null")
    )
    op.drop_index(op.f("ix_adjustments_account_id_id"), table_name="adjustments")
    op.drop_table("adjustments")
    op.drop_index(op.f("ix_reading_policies_valid_from_id"), table_name="reading_policies")
    op.drop_table("reading_policies")
    op.drop_index(op.f("ix_money_policies_valid_from_id"), table_name="money_policies")
    op.drop_table("money_policies")
    for function in ("ledger_moved", "account_opened", "balance_is_kept", "posted_stays"):
        op.execute(f"drop function busbar_{function}()")
