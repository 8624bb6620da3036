"""REST of applications, tasks and signals (shell)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
