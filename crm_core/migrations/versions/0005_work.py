"""Applications with kinds, files and history; tasks, teams, working time; signals; contacts written up line by line.

`work_history` and `interaction_entries` can only grow, and no disposition is ever deleted: triggers see to it. What is
shipped as data (kinds of DOMAIN.md D5, what each disposition of D4 needs and is followed by) is where a utility begins.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
EMPTY = sa.text("''")
JSONB = postgresql.JSONB(astext_type=sa.Text())
OBJECT, LIST = sa.text("'{}'::jsonb"), sa.text("'[]'::jsonb")
IS_OPEN = sa.text("stage <> 'done' and stage <> 'refused'")
TASK_OPEN = sa.text("state in ('open', 'in_work')")
APPEND_ONLY = ("work_history", "interaction_entries")
TABLES = (
    "signal_hits",
    "signal_runs",
    "signal_rules",
    "work_history",
    "tasks",
    "work_days",
    "work_hours",
    "team_members",
    "teams",
    "interaction_entries",
    "application_files",
)
"""Children first."""


def _added() -> dict[str, tuple[sa.Column[Any], ...]]:
    """Return new columns of tables that are there; made anew each time, a column belongs to one statement."""
    return {
        "applications": (
            sa.Column("form", JSONB),
            sa.Column("channel", sa.String(10)),
            sa.Column("filed_at", MOMENT),
            sa.Column("call_id", sa.String(80)),
            sa.Column("team", sa.String(30)),
            sa.Column("due_at", MOMENT),
            sa.Column("waiting_since", MOMENT),
            sa.Column("alarm_at", MOMENT),
            sa.Column("alarm", sa.String(8)),
            sa.Column("late_at", MOMENT),
            sa.Column("closed_at", MOMENT),
            sa.Column("result", sa.Text()),
        ),
        "interactions": (sa.Column("data", JSONB), sa.Column("subject", sa.Text())),
        "dispositions": (
            sa.Column("titles", JSONB, server_default=OBJECT, nullable=False),
            sa.Column("grouping", sa.String(12), server_default=EMPTY, nullable=False),
            sa.Column("needs", JSONB, server_default=LIST, nullable=False),
            sa.Column("next", sa.String(20), server_default=EMPTY, nullable=False),
            sa.Column("retry", JSONB),
            sa.Column("kpi", sa.String(12), server_default=EMPTY, nullable=False),
            sa.Column("role", sa.String(16), server_default=EMPTY, nullable=False),
        ),
    }


def upgrade() -> None:
    """Make them."""
    _applications()
    _work()
    _signals()
    _contacts()
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete or truncate on {table} "
            "for each statement execute function busbar_append_only()"
        )
    op.execute(
        "create trigger kept before delete or truncate on dispositions "
        "for each statement execute function busbar_append_only()"
    )
    _seed()


def _id(kind: type[sa.Integer] = sa.Integer) -> sa.Column[int]:
    return sa.Column("id", kind(), sa.Identity(always=False), nullable=False)


def _applications() -> None:
    op.execute("create sequence application_numbers")
    op.create_table(
        "application_kinds",
        _id(),
        sa.Column("code", sa.String(30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("titles", JSONB, nullable=False),
        sa.Column("spec", JSONB, nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("current", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("by_user", sa.Integer()),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["by_user"], ["users.id"], name=op.f("fk_application_kinds_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_kinds")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_application_kinds_code_version")),
    )
    op.create_index(
        "ix_application_kinds_current", "application_kinds", ["code"], unique=True, postgresql_where=sa.text("current")
    )
    for column in _added()["applications"]:
        op.add_column("applications", column)
    for name, target in (("kind_id", "application_kinds"), ("filed_by", "users"), ("owner_id", "users")):
        op.add_column("applications", sa.Column(name, sa.Integer()))
        op.create_foreign_key(op.f(f"fk_applications_{name}"), "applications", target, [name], ["id"])
    op.add_column("applications", sa.Column("once", sa.String(80)))
    op.create_unique_constraint(op.f("uq_applications_once"), "applications", ["once"])
    op.create_index("ix_applications_open_due", "applications", ["due_on", "id"], postgresql_where=IS_OPEN)
    for name in ("alarm_at", "owner_id", "call_id"):
        op.create_index(
            f"ix_applications_{name}", "applications", [name], postgresql_where=sa.text(f"{name} is not null")
        )
    op.create_table(
        "application_files",
        _id(),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(30), server_default=EMPTY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("by_user", sa.Integer()),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_files_application_id")
        ),
        sa.ForeignKeyConstraint(["by_user"], ["users.id"], name=op.f("fk_application_files_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_files")),
        sa.UniqueConstraint(
            "application_id", "digest", "document", name=op.f("uq_application_files_application_id_digest_document")
        ),
    )
    op.create_index(op.f("ix_application_files_application_id"), "application_files", ["application_id"])


def _work() -> None:
    op.create_table(
        "teams",
        sa.Column("code", sa.String(30), nullable=False),
        sa.Column("titles", JSONB, nullable=False),
        sa.Column("lead_id", sa.Integer()),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["users.id"], name=op.f("fk_teams_lead_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_teams")),
    )
    op.create_table(
        "team_members",
        sa.Column("team", sa.String(30), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["team"], ["teams.code"], name=op.f("fk_team_members_team")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_team_members_user_id")),
        sa.PrimaryKeyConstraint("team", "user_id", name=op.f("pk_team_members")),
    )
    op.create_index(op.f("ix_team_members_user_id"), "team_members", ["user_id"])
    op.create_table(
        "work_hours",
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.PrimaryKeyConstraint("weekday", "opens", name=op.f("pk_work_hours")),
    )
    op.create_table(
        "work_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), server_default=EMPTY, nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_work_days")),
    )
    op.create_table(
        "tasks",
        _id(),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.Column("application_id", sa.Integer()),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("team", sa.String(30)),
        sa.Column("due_at", MOMENT),
        sa.Column("state", sa.String(12), server_default=sa.text("'open'"), nullable=False),
        sa.Column("source", sa.String(12), nullable=False),
        sa.Column("facts", JSONB, server_default=OBJECT, nullable=False),
        sa.Column("note", sa.Text(), server_default=EMPTY, nullable=False),
        sa.Column("result", sa.Text(), server_default=EMPTY, nullable=False),
        sa.Column("made_by", sa.Integer()),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("once", sa.String(80)),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_tasks_account_id")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_tasks_application_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_tasks_made_by")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_tasks_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("once", name=op.f("uq_tasks_once")),
    )
    op.create_index(op.f("ix_tasks_account_id"), "tasks", ["account_id"])
    op.create_index("ix_tasks_owner", "tasks", ["owner_id", "due_at", "id"], postgresql_where=TASK_OPEN)
    op.create_index("ix_tasks_team", "tasks", ["team", "due_at", "id"], postgresql_where=TASK_OPEN)
    op.create_index("ix_tasks_due", "tasks", ["due_at", "id"], postgresql_where=TASK_OPEN)
    op.create_index(
        "ix_tasks_application_id", "tasks", ["application_id"], postgresql_where=sa.text("application_id is not null")
    )
    op.create_table(
        "work_history",
        _id(sa.BigInteger),
        sa.Column("subject", sa.String(12), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("what", sa.String(12), nullable=False),
        sa.Column("before", sa.Text(), server_default=EMPTY, nullable=False),
        sa.Column("after", sa.Text(), server_default=EMPTY, nullable=False),
        sa.Column("said", sa.Text(), server_default=EMPTY, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_work_history_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_history")),
    )
    op.create_index(op.f("ix_work_history_subject_subject_id_id"), "work_history", ["subject", "subject_id", "id"])


def _signals() -> None:
    op.create_table(
        "signal_rules",
        _id(),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("spec", JSONB, nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("previewed_at", MOMENT),
        sa.Column("by_user", sa.Integer()),
        sa.Column("changed_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["by_user"], ["users.id"], name=op.f("fk_signal_rules_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_rules")),
    )
    op.create_table(
        "signal_runs",
        _id(),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("started_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("beat_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("done_to", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_id", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("found", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("capped", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("trouble", sa.String(40), server_default=EMPTY, nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["signal_rules.id"], name=op.f("fk_signal_runs_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_runs")),
        sa.UniqueConstraint("rule_id", "period", name=op.f("uq_signal_runs_rule_id_period")),
    )
    op.create_table(
        "signal_hits",
        _id(),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("task_id", sa.Integer()),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_signal_hits_account_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["signal_rules.id"], name=op.f("fk_signal_hits_rule_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_signal_hits_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_hits")),
        sa.UniqueConstraint("rule_id", "period", "account_id", name=op.f("uq_signal_hits_rule_id_period_account_id")),
    )
    op.create_index(op.f("ix_signal_hits_account_id"), "signal_hits", ["account_id"])


def _contacts() -> None:
    for table in ("interactions", "dispositions"):
        for column in _added()[table]:
            op.add_column(table, column)
    op.create_table(
        "interaction_entries",
        _id(),
        sa.Column("interaction_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("disposition", sa.String(24), server_default=EMPTY, nullable=False),
        sa.Column("note", sa.Text(), server_default=EMPTY, nullable=False),
        sa.Column("data", JSONB, server_default=OBJECT, nullable=False),
        sa.Column("reason", sa.Text(), server_default=EMPTY, nullable=False),
        sa.Column("of_entry", sa.Integer()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_interaction_entries_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction_entries")),
    )
    op.create_index(op.f("ix_interaction_entries_interaction_id"), "interaction_entries", ["interaction_id"])
    op.create_index(
        "ix_interaction_entries_proposed",
        "interaction_entries",
        ["id"],
        postgresql_where=sa.text("what = 'proposed'"),
    )
    op.create_index(
        "ix_interaction_entries_of_entry",
        "interaction_entries",
        ["of_entry"],
        unique=True,
        postgresql_where=sa.text("of_entry is not null"),
    )


def _field(code: str, kind: str, en: str, ru: str, *, required: bool = True, **more: object) -> dict[str, object]:
    return {"code": code, "kind": kind, "titles": {"en": en, "ru": ru}, "required": required, **more}


def _options(*rows: tuple[str, str, str]) -> list[dict[str, object]]:
    return [{"code": code, "titles": {"en": en, "ru": ru}} for code, en, ru in rows]


CHANNELS = _options(
    ("bank", "Bank", "Банк"),
    ("card", "Card", "Карта"),
    ("post", "Post office", "Почта"),
    ("office", "Our office", "Наш офис"),
    ("autopay", "Automatic payment", "Автоплатёж"),
    ("other", "Other", "Иначе"),
)
LANGUAGES = _options(
    ("ru", "Russian", "Русский"),
    ("en", "English", "Английский"),
    ("am", "Amharic", "Амхарский"),
    ("ar", "Arabic", "Арабский"),
    ("az", "Azerbaijani", "Азербайджанский"),
    ("fa", "Persian", "Персидский"),
    ("hu", "Hungarian", "Венгерский"),
    ("hy", "Armenian", "Армянский"),
    ("kk", "Kazakh", "Казахский"),
    ("ky", "Kyrgyz", "Киргизский"),
    ("tg", "Tajik", "Таджикский"),
    ("th", "Thai", "Тайский"),
    ("tr", "Turkish", "Турецкий"),
    ("uz", "Uzbek", "Узбекский"),
    ("other", "Another one", "Другой"),
)
SUM = _field("amount", "amount", "Amount", "Сумма", least="0.01")
PROMISED = [SUM | {"evidence": "promised_amount"},
            _field("date", "date", "To be paid by", "Оплатит до", least="0", most="60", evidence="promised_date")]
READING = [_field("reading", "text", "Reading", "Показание", longest=60, evidence="reading")]
NEEDS: dict[str, list[dict[str, object]]] = {
    "PTP": PROMISED,
    "PTP_PARTIAL": PROMISED,
    "PLAN": [
        _field("instalments", "number", "Instalments", "Число платежей", least="2", most="36"),
        _field("amount", "amount", "Each payment", "Каждый платёж", least="0.01", evidence="promised_amount"),
        _field("date", "date", "First payment by", "Первый платёж до", least="0", most="60", evidence="promised_date"),
    ],
    "PAID_NOW": [SUM, _field("channel", "choice", "Paid through", "Как оплачено", options=CHANNELS)],
    "ALREADY_PAID": [
        _field("date", "date", "Paid on", "Когда оплачено", least="-365", most="0"),
        _field("channel", "choice", "Paid through", "Как оплачено", options=CHANNELS),
    ],
    "DISPUTE": [
        _field("reason", "choice", "What is disputed", "Что оспаривает", options=_options(
            ("reading", "The reading", "Показание"), ("tariff", "The tariff", "Тариф"),
            ("amount", "The amount", "Сумму"), ("not_mine", "Not his debt", "Долг не его"),
            ("quality", "Quality of supply", "Качество снабжения"), ("other", "Something else", "Другое"))),
    ],
    "HARDSHIP": [
        _field("reason", "choice", "Why", "Почему", options=_options(
            ("income", "Lost income", "Потеря дохода"), ("illness", "Illness", "Болезнь"),
            ("family", "Family", "Семейные обстоятельства"), ("late_pay", "Wages are late", "Задержка зарплаты"),
            ("other", "Something else", "Другое"))),
    ],
    "CALLBACK": [_field("at", "moment", "Call back at", "Перезвонить", least="0", most="30")],
    "LANGUAGE": [_field("language", "choice", "Language", "Язык", options=LANGUAGES)],
    "BANKRUPT": [_field("case", "text", "Court and case", "Суд и номер дела", longest=120)],
    "MOVED": [_field("known", "text", "What is known of where to", "Что известно о новом адресе", longest=300)],
    "DECEASED": [
        _field("told_by", "text", "Who says so", "Кто сообщил", longest=120),
        _field("on", "date", "On", "Дата", required=False, most="0"),
    ],
    "READING_TAKEN": READING,
    "READING_HELD": READING,
    "REQUEST_OPENED": [
        _field("application", "text", "Application", "Заявка", longest=40, evidence="application"),
    ],
    "VISIT_BOOKED": [_field("at", "moment", "Visit at", "Время визита", least="0", most="90")],
    "RECALCULATION": [
        _field("since", "date", "Since", "С какой даты", least="-1100", most="0"),
        _field("reason", "text", "Why", "Почему", longest=300),
    ],
    "RECONNECT": [_field("paid_on", "date", "Paid on", "Когда оплачено", least="-365", most="0")],
    "COMPLAINT": [
        _field("about", "choice", "About", "На что", options=_options(
            ("waiting", "Waiting", "Ожидание"), ("person", "An employee", "Сотрудника"), ("bill", "A bill", "Счёт"),
            ("quality", "Quality of supply", "Качество снабжения"), ("visit", "A visit", "Визит"),
            ("other", "Something else", "Другое"))),
    ],
    "TRANSFERRED": [_field("target", "text", "To whom", "Кому", longest=120)],
    "SUPPRESSED": [
        _field("why", "choice", "Rule", "Правило", required=False, options=_options(
            ("window", "Outside hours", "Вне времени"), ("frequency", "Too often", "Слишком часто"),
            ("dnc", "Asked not to be called", "Просил не звонить"), ("paid", "Paid", "Оплачено"),
            ("dispute", "Dispute", "Спор"), ("hold", "On hold", "Приостановлено"))),
    ],
}  # fmt: skip
"""What each disposition needs (D of DOMAIN.md D4)."""
GROUPS: dict[str, tuple[str, ...]] = {
    "other_party": ("TP_MESSAGE", "TP_NO_MESSAGE", "TP_REFUSES", "WRONG_NUMBER", "MOVED", "DECEASED", "MINOR"),
}
NEXT = {
    "CALLBACK": "call_back", "CUT_OFF": "", "PTP": "check_promise", "PTP_PARTIAL": "check_promise",
    "PLAN": "check_promise", "ALREADY_PAID": "check_payment", "DISPUTE": "open_dispute", "WRONG_NUMBER": "fix_number",
    "INVALID_NUMBER": "fix_number", "MOVED": "check_person", "DECEASED": "check_person", "BANKRUPT": "check_person",
    "REPRESENTED": "check_person", "RECALCULATION": "open_application", "RECONNECT": "open_application",
    "COMPLAINT": "open_application", "METER_FAULT": "open_application", "OUTAGE": "open_application",
    "PERSONAL_DATA": "open_application", "UNDISPOSED": "review",
}  # fmt: skip
RETRY = {
    "NO_ANSWER": (120, 4), "BUSY": (15, 4), "CONGESTION": (15, 4), "REJECTED": (1440, 2), "MACHINE": (240, 3),
    "MACHINE_MSG": (1440, 2), "DROP_NO_AGENT": (60, 2), "PRE_ROUTE_DROP": (120, 2), "TECH_ERROR": (15, 3),
    "UNKNOWN_RESULT": (240, 2), "HUNG_UP": (1440, 2), "TP_MESSAGE": (1440, 3), "TP_NO_MESSAGE": (240, 3),
    "MINOR": (240, 3), "LANGUAGE": (60, 2), "NO_RESOLUTION": (2880, 3), "UNDISPOSED": (1440, 2),
}  # fmt: skip
KPI: dict[str, tuple[str, ...]] = {
    "promise": ("PTP", "PTP_PARTIAL", "PLAN"),
    "paid": ("PAID_NOW", "ALREADY_PAID", "PART_PAID"),
    "refusal": ("REFUSE", "DISPUTE", "CEASE_CONTACT"),
    "contact": ("HARDSHIP", "BENEFIT_PENDING", "CALLBACK", "HUNG_UP", "LANGUAGE", "REPRESENTED", "BANKRUPT",
                "NO_RESOLUTION"),
    "no_contact": ("TP_MESSAGE", "TP_NO_MESSAGE", "TP_REFUSES", "WRONG_NUMBER", "MOVED", "DECEASED", "MINOR",
                   "NO_ANSWER", "BUSY", "CONGESTION", "INVALID_NUMBER", "REJECTED", "MACHINE", "MACHINE_MSG", "FAX"),
    "abandoned": ("ABANDON",),
    "dropped": ("DROP_NO_AGENT",),
    "complaint": ("COMPLAINT",),
    "transfer": ("TRANSFERRED",),
    "resolved": ("BALANCE", "READING_TAKEN", "READING_HELD", "BILL_EXPLAINED", "PAYMENT_INFO", "PAYMENT_LINK", "INFO",
                 "OUTAGE", "METER_FAULT", "REQUEST_OPENED", "REQUEST_STATUS", "VISIT_BOOKED", "TARIFF", "CONTRACT",
                 "RECALCULATION", "RECONNECT", "PERSONAL_DATA", "SERVED"),
}  # fmt: skip
"""What each counts as (DOMAIN.md B5): a queue's time-out is another exit, not a caller who gave up; what is not named
counts as nothing."""

TEAMS = (
    ("contact_centre", "Contact centre", "Контакт-центр"),
    ("dispatch", "Dispatchers", "Диспетчеры"),
    ("metering", "Metering", "Учёт"),
    ("billing", "Billing", "Расчёты"),
    ("contracts", "Contracts", "Договоры"),
    ("quality", "Quality", "Качество"),
)
PHONE = _field("phone", "phone", "Telephone for questions", "Телефон для связи", required=False)
DETAILS = _field("details", "text", "Details", "Подробности", required=False, longest=2000)
METER = _field("meter", "meter", "Meter's serial", "Номер счётчика", required=False)
VISIT = _field("visit", "text", "When somebody is at home", "Когда можно прийти", required=False, longest=200)
PASSPORT = {"code": "identity", "titles": {"en": "Proof of identity", "ru": "Документ личности"}, "required": True}


def _within(amount: int, unit: str) -> dict[str, object]:
    return {"amount": amount, "unit": unit}


def _document(code: str, en: str, ru: str, *, required: bool = True) -> dict[str, object]:
    return {"code": code, "titles": {"en": en, "ru": ru}, "required": required}


KINDS: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    ("outage", "No supply", "Нет электричества", {
        "team": "dispatch", "accept": _within(15, "minutes"), "term": _within(24 * 60, "minutes"),
        "escalate": _within(0, "minutes"),
        "fields": [_field("whole", "choice", "Where", "Где", options=_options(
            ("flat", "This flat only", "Только квартира"), ("house", "The whole house", "Весь дом"),
            ("street", "The street", "Улица"))),
            _field("since", "moment", "Since", "С какого времени", required=False, most="0"), PHONE, DETAILS],
        "notes": {"filed": {"en": "Somebody must accept it within 15 minutes.", "ru": "Принять за 15 минут."}}}),
    ("hazard", "Danger to life", "Угроза жизни", {
        "team": "dispatch", "accept": _within(0, "minutes"), "term": _within(60, "minutes"),
        "escalate": _within(0, "minutes"), "remind": 0,
        "fields": [_field("what", "choice", "What", "Что случилось", options=_options(
            ("wire", "A wire lies or hangs", "Оборван провод"), ("fire", "Fire or smoke", "Огонь или дым"),
            ("shock", "Somebody got a shock", "Удар током"), ("water", "Water on equipment", "Вода на оборудовании"),
            ("open", "A cabinet stands open", "Открыт щит"))),
            _field("place", "address", "Where exactly", "Где именно"), PHONE],
        "notes": {"filed": {"en": "Put the caller through to the dispatcher now.",
                            "ru": "Соедините с диспетчером сейчас же."}}}),
    ("meter_fault", "Meter does not work", "Неисправен счётчик", {
        "team": "metering", "term": _within(5, "working_days"),
        "fields": [METER, _field("fault", "choice", "What is wrong", "Что не так", options=_options(
            ("blank", "Display is blank", "Погас дисплей"), ("still", "It stands still", "Стоит"),
            ("noise", "Noise or smell", "Шум или запах"), ("broken", "It is broken", "Повреждён"),
            ("other", "Something else", "Другое"))), VISIT, PHONE]}),
    ("meter_replace", "Replace the meter", "Замена счётчика", {
        "team": "metering", "term": _within(5, "working_days"), "fields": [METER, VISIT, PHONE, DETAILS]}),
    ("verification", "Verify the meter", "Поверка счётчика", {
        "team": "metering", "term": _within(10, "working_days"), "fields": [METER, VISIT, PHONE]}),
    ("seal", "Seal the meter", "Опломбировать счётчик", {
        "team": "metering", "term": _within(7, "working_days"),
        "fields": [METER, _field("reason", "choice", "Why", "Почему", options=_options(
            ("new", "New meter", "Новый счётчик"), ("broken", "Seal is broken", "Пломба сорвана"),
            ("repair", "After a repair", "После ремонта"))), VISIT, PHONE]}),
    ("reconnect", "Reconnect after payment", "Подключение после оплаты", {
        "team": "dispatch", "term": _within(2, "calendar_days"), "since": "paid_on",
        "fields": [_field("paid_on", "date", "Paid on", "Когда оплачено", least="-365", most="0"),
                   _field("amount", "amount", "Amount", "Сумма", required=False), PHONE],
        "documents": [_document("receipt", "Receipt", "Чек", required=False)]}),
    ("recalculation", "Recalculate a bill", "Перерасчёт", {
        "team": "billing", "term": _within(5, "working_days"),
        "fields": [_field("since", "date", "Since", "С какой даты", least="-1100", most="0"),
                   _field("until", "date", "Until", "По какую дату", required=False, least="-1100", most="0"),
                   _field("reason", "choice", "Why", "Почему", options=_options(
                       ("absence", "Was away", "Отсутствие"), ("reading", "Wrong reading", "Неверное показание"),
                       ("tariff", "Wrong tariff", "Неверный тариф"), ("quality", "Quality", "Качество"),
                       ("other", "Something else", "Другое"))), DETAILS],
        "documents": [_document("proof", "Proof", "Подтверждение", required=False)]}),
    ("certificate", "Certificate of no debt", "Справка об отсутствии долга", {
        "team": "billing", "term": _within(3, "working_days"),
        "fields": [_field("purpose", "text", "For whom", "Для кого", longest=120),
                   _field("email", "email", "Send to", "Куда прислать", required=False)]}),
    ("owner_change", "Change of owner", "Смена владельца", {
        "team": "contracts", "term": _within(10, "working_days"),
        "fields": [_field("new_owner", "text", "New owner", "Новый владелец", longest=200),
                   _field("since", "date", "Since", "С какой даты", least="-3650", most="30"), PHONE,
                   _field("email", "email", "E-mail", "Эл. почта", required=False)],
        "documents": [PASSPORT, _document("title", "Proof of ownership", "Право собственности")]}),
    ("contract", "Contract", "Договор", {
        "team": "contracts", "term": _within(15, "working_days"),
        "fields": [_field("what", "choice", "What", "Что", options=_options(
            ("new", "A new one", "Новый"), ("renew", "Renew", "Продлить"), ("change", "Change", "Изменить"),
            ("end", "End", "Расторгнуть"))), PHONE, DETAILS],
        "documents": [PASSPORT]}),
    ("tariff_change", "Change of tariff", "Смена тарифа", {
        "team": "contracts", "term": _within(10, "working_days"),
        "fields": [_field("tariff", "choice", "To", "На какой", options=_options(
            ("single", "One rate", "Однотарифный"), ("day_night", "Day and night", "День и ночь"),
            ("three", "Three zones", "Три зоны"))),
            _field("since", "date", "Since", "С какой даты", required=False, least="0", most="365"), METER]}),
    ("disconnection_dispute", "Disputes a disconnection", "Спор об отключении", {
        "team": "billing", "term": _within(5, "working_days"),
        "fields": [_field("notice_on", "date", "Date of the notice", "Дата уведомления", required=False, most="0"),
                   _field("reason", "text", "Why it is wrong", "Почему неверно", longest=2000), PHONE],
        "notes": {"filed": {"en": "Nothing is disconnected while this is open.",
                            "ru": "Пока заявка открыта, не отключаем."}}}),
    ("complaint", "Complaint", "Жалоба", {
        "team": "quality", "term": _within(30, "calendar_days"),
        "fields": [_field("about", "choice", "About", "На что", options=_options(
            ("waiting", "Waiting", "Ожидание"), ("person", "An employee", "Сотрудника"), ("bill", "A bill", "Счёт"),
            ("quality", "Quality of supply", "Качество снабжения"), ("visit", "A visit", "Визит"),
            ("other", "Something else", "Другое"))),
            _field("text", "text", "What happened", "Что случилось", longest=2000),
            _field("answer_to", "email", "Answer to", "Куда ответить", required=False), PHONE]}),
    ("personal_data", "Personal data", "Персональные данные", {
        "team": "quality", "term": _within(10, "working_days"),
        "fields": [_field("what", "choice", "What", "Что", options=_options(
            ("correct", "Correct", "Исправить"), ("copy", "A copy of all", "Копия всего"),
            ("erase", "Erase", "Удалить"), ("stop", "No advertising", "Без рекламы"))), DETAILS],
        "documents": [PASSPORT]}),
)  # fmt: skip
"""DOMAIN.md D5; a utility changes what its own law and contracts say."""


def _seed() -> None:
    d = sa.table(
        "dispositions",
        *(sa.column(name) for name in ("code", "category", "next", "kpi", "grouping")),
        sa.column("needs", JSONB),
        sa.column("retry", JSONB),
    )
    for category, group in (("service", "service"), ("collections", "right_party"), ("system", "system")):
        op.execute(sa.update(d).where(d.c.category == category).values(grouping=group))
    for group, codes in GROUPS.items():
        op.execute(sa.update(d).where(d.c.code.in_(codes)).values(grouping=group))
    for code, needs in NEEDS.items():
        op.execute(sa.update(d).where(d.c.code == code).values(needs=needs))
    for code, following in NEXT.items():
        op.execute(sa.update(d).where(d.c.code == code).values(next=following))
    for code, (minutes, tries) in RETRY.items():
        op.execute(sa.update(d).where(d.c.code == code).values(retry={"after_minutes": minutes, "tries": tries}))
    for kpi, codes in KPI.items():
        op.execute(sa.update(d).where(d.c.code.in_(codes)).values(kpi=kpi))
    teams = sa.table("teams", sa.column("code"), sa.column("titles", JSONB))
    op.bulk_insert(teams, [{"code": code, "titles": {"en": en, "ru": ru}} for code, en, ru in TEAMS])
    kinds = sa.table(
        "application_kinds",
        *(sa.column(name) for name in ("code", "version", "position")),
        sa.column("titles", JSONB),
        sa.column("spec", JSONB),
    )
    op.bulk_insert(
        kinds,
        [
            {"code": code, "version": 1, "position": place, "titles": {"en": en, "ru": ru}, "spec": spec}
            for place, (code, en, ru, spec) in enumerate(KINDS, start=1)
        ],
    )
    op.execute(
        "insert into work_hours (weekday, opens, closes) "
        "select day, time '09:00', time '18:00' from generate_series(0, 4) as day"
    )



def downgrade() -> None:
    """Take them away; what is in them is gone."""
    op.execute("drop trigger kept on dispositions")
    for table in TABLES:
        op.drop_table(table)
    for name in ("open_due", "alarm_at", "owner_id", "call_id"):
        op.drop_index(f"ix_applications_{name}", table_name="applications")
    for name in ("kind_id", "filed_by", "owner_id", "once"):
        op.drop_column("applications", name)
    for table, columns in _added().items():
        for column in columns:
            op.drop_column(table, column.name)
    op.drop_table("application_kinds")
    op.execute("drop sequence application_numbers")
