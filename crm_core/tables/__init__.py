"""Every table of the house (SQLAlchemy Core; no I/O). Migrations follow it, a test holds them together.

One module for each part of the base; whoever needs a table takes it from here.
"""

from __future__ import annotations

from crm_core.tables.applications import applications
from crm_core.tables.audit import access_log
from crm_core.tables.base import metadata
from crm_core.tables.customers import contacts, customers
from crm_core.tables.exchange import imports, progress
from crm_core.tables.finding import duplicate_pairs, merges, search_words
from crm_core.tables.interactions import call_events, dispositions, interactions
from crm_core.tables.ledger import invoice_lines, invoices, payments, promises
from crm_core.tables.office import answers, api_tokens, jobs
from crm_core.tables.parties import agreements, consents, contact_numbers, customer_changes, service_points
from crm_core.tables.people import operator_states, sessions, users
from crm_core.tables.supply import accounts, meters, premises, readings, registers, tariffs

__all__ = [
    "access_log",
    "accounts",
    "agreements",
    "answers",
    "api_tokens",
    "applications",
    "call_events",
    "consents",
    "contact_numbers",
    "contacts",
    "customer_changes",
    "customers",
    "dispositions",
    "duplicate_pairs",
    "imports",
    "interactions",
    "invoice_lines",
    "invoices",
    "jobs",
    "merges",
    "metadata",
    "meters",
    "operator_states",
    "payments",
    "premises",
    "progress",
    "promises",
    "readings",
    "registers",
    "search_words",
    "service_points",
    "sessions",
    "tariffs",
    "users",
]
