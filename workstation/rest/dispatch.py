"""REST: routing as data: rules, queues, opening hours (shell)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["dispatch"])
