"""REST: transfers and conferences (shell)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["transfers"])
