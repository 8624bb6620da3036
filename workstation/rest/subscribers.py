"""REST of the whole card (shell)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
