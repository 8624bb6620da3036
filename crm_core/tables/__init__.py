"""Every table of the house (SQLAlchemy Core; no I/O). Migrations follow it, a test holds them together.

One module for each part of the base; whoever needs a table takes it from here.
"""

from __future__ import annotations

from crm_core.tables.applications import applications
from crm_core.tables.audit import access_log
from crm_core.tables.base import metadata
from crm_core.tables.customers import contacts, customers
from crm_core.tables.exchange import exports, import_changes, import_mappings, imports, progress
from crm_core.tables.finding import duplicate_pairs, merges, search_words
from crm_core.tables.interactions import call_events, dispositions, interactions
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

__all__ = [
    "access_log",
    "accounts",
    "adjustments",
    "allocations",
    "answers",
    "api_tokens",
    "applications",
    "approvals",
    "call_events",
    "contacts",
    "customers",
    "dispositions",
    "disputes",
    "duplicate_pairs",
    "exports",
    "held_readings",
    "import_changes",
    "import_mappings",
    "imports",
    "interactions",
    "invoice_lines",
    "invoices",
    "jobs",
    "merges",
    "metadata",
    "meters",
    "money_policies",
    "no_reads",
    "notices",
    "operator_states",
    "payments",
    "premises",
    "progress",
    "promise_steps",
    "promises",
    "reading_policies",
    "readings",
    "registers",
    "search_words",
    "sessions",
    "tariffs",
    "users",
]
