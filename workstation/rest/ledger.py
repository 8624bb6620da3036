"""REST of ledger and reading rules (shell)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
