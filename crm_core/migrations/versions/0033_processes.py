"""Steps of kinds of applications: versions, who runs them, where each application stands, suggestions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW, EMPTY = sa.text("now()"), sa.text("''")
RUNNING = sa.text("ended_at is null")
Data = dict[str, Any]
TABLES = ("process_answers", "process_suggestions", "process_runs", "process_owners", "process_versions")


def _to(to: str, en: str = "", ru: str = "", **more: object) -> Data:
    return {"to": to, "titles": {"en": en, "ru": ru} if en else {}, "when": "always", **more}


def _if(to: str, field: str, *values: str) -> Data:
    op = "=" if len(values) == 1 else "in"
    return {"to": to, "titles": {}, "when": "if", "condition": {"field": field, "op": op, "values": list(values)}}


def _step(code: str, en: str, ru: str, team: str, hours: int, *ways: Data, **more: object) -> Data:  # noqa: PLR0917
    """One step; its limit is in working hours, nine of which are a day."""
    limit = {"amount": hours, "unit": "working_hours"}
    return {
        "code": code, "titles": {"en": en, "ru": ru}, "owner": {"kind": "team", "name": team}, "limit": limit,
        "remind": 80, "needs": [], "papers": [], "ways": list(ways), "last": False, "tell": [["soon", "owner"]], **more,
    }  # fmt: skip


COMPLAINT = [
    _step(
        "look", "Look into it", "Разобраться", "quality", 18, _if("bill", "about", "bill"),
        _if("supply", "about", "quality"), _to("answer", when="else"),
    ),
    _step("bill", "Check the bill", "Проверить счёт", "billing", 45, _to("answer", "Checked", "Проверено")),
    _step("supply", "Check the supply", "Проверить снабжение", "dispatch", 45, _to("answer", "Checked", "Проверено")),
    _step(
        "answer", "Write the answer", "Написать ответ", "quality", 27, _if("approve", "about", "person"),
        _to("send", when="else"),
    ),
    _step(
        "approve", "Approve the answer", "Согласовать ответ", "quality", 18, _to("send", "Approved", "Согласовано"),
        _to("answer", "Back to who wrote it", "Вернуть автору"), owner={"kind": "role", "name": "supervisor"},
        tell=[["entry", "lead"]],
    ),
    _step("send", "Send the answer", "Отправить ответ", "quality", 9, last=True),
]  # fmt: skip
RECONNECT = [
    _step(
        "payment", "Check the payment", "Проверить оплату", "billing", 4, _to("crew", "Paid", "Оплачено"),
        needs=["paid_on"],
    ),
    _step(
        "crew", "Send the crew", "Отправить бригаду", "dispatch", 9, _to("tell", "Connected", "Подключено"),
        _to("agree", "Could not get in", "Не попали в помещение"),
    ),
    _step(
        "agree", "Agree on a time", "Договориться о времени", "contact_centre", 4,
        _to("crew", "Agreed", "Договорились"),
    ),
    _step(
        "tell", "Tell the customer", "Сообщить клиенту", "contact_centre", 4, last=True, owner={"kind": "filer"},
        message={"channel": "sms", "texts": {
            "en": "Your supply is on again. Application {number}.",
            "ru": "Подача восстановлена. Заявка {number}.",
        }},
    ),
]  # fmt: skip
SHIPPED = {"complaint": COMPLAINT, "reconnect": RECONNECT}
"""Examples, kept as drafts: nothing runs through them until somebody publishes them."""


def _user(name: str, *, needed: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey("users.id"), nullable=not needed)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "process_versions",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False, server_default=sa.text("'draft'")),
        sa.Column("origin", sa.String(8), nullable=False, server_default=sa.text("'office'")),
        sa.Column("note", sa.Text(), nullable=False, server_default=EMPTY),
        _user("made_by"),
        sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
        _user("published_by"),
        sa.Column("published_at", MOMENT),
        sa.UniqueConstraint("kind", "version", name="uq_process_versions_kind_version"),
    )
    op.create_index(
        "uq_process_versions_published", "process_versions", ["kind"], unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )  # fmt: skip
    op.create_table(
        "process_owners",
        sa.Column("kind", sa.String(30), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), primary_key=True, autoincrement=False),
    )
    op.create_index("ix_process_owners_user_id", "process_owners", ["user_id"])
    op.create_table(
        "process_runs",
        sa.Column(
            "application_id", sa.Integer(), sa.ForeignKey("applications.id"), primary_key=True, autoincrement=False
        ),
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("process_versions.id"), nullable=False),
        sa.Column("step", sa.String(30), nullable=False),
        sa.Column("role", sa.String(16), nullable=False, server_default=EMPTY),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("paused_at", MOMENT),
        sa.Column("alarm_at", MOMENT),
        sa.Column("alarm", sa.String(8)),
        sa.Column("ended_at", MOMENT),
    )
    op.create_index("ix_process_runs_version_id", "process_runs", ["version_id", "step"], postgresql_where=RUNNING)
    op.create_index("ix_process_runs_due", "process_runs", ["due_at", "application_id"], postgresql_where=RUNNING)
    op.create_index(
        "ix_process_runs_alarm_at", "process_runs", ["alarm_at"], postgresql_where=sa.text("alarm_at is not null")
    )
    _suggestions()
    versions = sa.table(
        "process_versions",
        *(sa.column(name) for name in ("kind", "version", "origin", "note")),
        sa.column("body", JSONB),
    )
    rows = [
        {"kind": kind, "version": 1, "origin": "shipped", "note": "As it is shipped.", "body": {"steps": steps}}
        for kind, steps in SHIPPED.items()
    ]
    op.bulk_insert(versions, rows)


def _suggestions() -> None:
    op.create_table(
        "process_suggestions",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("step", sa.String(30), nullable=False, server_default=EMPTY),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False, server_default=sa.text("'open'")),
        _user("by_user", needed=True),
        sa.Column("at", MOMENT, nullable=False, server_default=NOW),
        _user("decided_by"),
        sa.Column("decided_at", MOMENT),
        sa.Column("reason", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("process_versions.id")),
        sa.CheckConstraint(
            "state in ('open', 'accepted', 'declined', 'withdrawn', 'taken_up')", name="ck_process_suggestions_state"
        ),
    )
    op.create_index("ix_process_suggestions_kind_id", "process_suggestions", ["kind", "id"])
    op.create_table(
        "process_answers",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column(
            "suggestion_id", sa.Integer(), sa.ForeignKey("process_suggestions.id"), nullable=False
        ),
        sa.Column("body", sa.Text(), nullable=False),
        _user("by_user", needed=True),
        sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    )
    op.create_index("ix_process_answers_suggestion_id", "process_answers", ["suggestion_id"])


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for table in TABLES:
        op.drop_table(table)
