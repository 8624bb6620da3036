"""Pages: Asterisk nodes, trunks, endpoints, line checks (shell)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/office")
