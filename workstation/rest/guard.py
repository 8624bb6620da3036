"""REST of access, audit and retention (shell)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
