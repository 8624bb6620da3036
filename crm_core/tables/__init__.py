"""Every table of the house (SQLAlchemy Core; no I/O). Migrations follow it, a test holds them together.

One module for each part of the base; whoever needs a table takes it from here.
"""

from __future__ import annotations

from crm_core.tables.applications import (
    IS_OPEN,
    application_files,
    application_kinds,
    application_numbers,
    applications,
)
from crm_core.tables.audit import (
    access_cuts,
    access_log,
    access_reasons,
    access_seals,
    alert_rules,
    alerts,
    card_openings,
    erasures,
    legal_holds,
    password_links,
    retention_rules,
    subject_exports,
)
from crm_core.tables.base import metadata
from crm_core.tables.customers import contacts, customers
from crm_core.tables.exchange import imports, progress
from crm_core.tables.finding import duplicate_pairs, merges, search_words
from crm_core.tables.interactions import call_events, dispositions, interaction_entries, interactions
from crm_core.tables.ledger import (
    adjustments,
    allocations,
    approvals,
    disputes,
    invoice_lines,
    invoices,
    money_policies,
    notices,
    payments,
    promise_steps,
    promises,
)
from crm_core.tables.office import answers, api_tokens, jobs
from crm_core.tables.people import operator_states, sessions, users
from crm_core.tables.supply import (
    accounts,
    held_readings,
    meters,
    no_reads,
    premises,
    reading_policies,
    readings,
    registers,
    tariffs,
)
from crm_core.tables.tasks import (
    TASK_IS_OPEN,
    signal_hits,
    signal_rules,
    signal_runs,
    tasks,
    team_members,
    teams,
    work_days,
    work_history,
    work_hours,
)

__all__ = [
    "IS_OPEN",
    "TASK_IS_OPEN",
    "access_cuts",
    "access_log",
    "access_reasons",
    "access_seals",
    "accounts",
    "adjustments",
    "alert_rules",
    "alerts",
    "allocations",
    "answers",
    "api_tokens",
    "application_files",
    "application_kinds",
    "application_numbers",
    "applications",
    "approvals",
    "call_events",
    "card_openings",
    "contacts",
    "customers",
    "dispositions",
    "disputes",
    "duplicate_pairs",
    "erasures",
    "held_readings",
    "imports",
    "interaction_entries",
    "interactions",
    "invoice_lines",
    "invoices",
    "jobs",
    "legal_holds",
    "merges",
    "metadata",
    "meters",
    "money_policies",
    "no_reads",
    "notices",
    "operator_states",
    "password_links",
    "payments",
    "premises",
    "progress",
    "promise_steps",
    "promises",
    "reading_policies",
    "readings",
    "registers",
    "retention_rules",
    "search_words",
    "sessions",
    "signal_hits",
    "signal_rules",
    "signal_runs",
    "subject_exports",
    "tariffs",
    "tasks",
    "team_members",
    "teams",
    "users",
    "work_days",
    "work_history",
    "work_hours",
]
