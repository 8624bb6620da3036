"""REST of ledger and reading rules, joined from its parts (shell)."""

from __future__ import annotations

from fastapi import APIRouter

from workstation.rest import ledger_cases, ledger_money, ledger_orders, ledger_readings, ledger_rules

router = APIRouter()
for part in (ledger_money, ledger_cases, ledger_orders, ledger_readings, ledger_rules):
    # Their routes themselves: the API asks each of them for its right when it starts.
    router.routes.extend(part.router.routes)
