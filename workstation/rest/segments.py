"""REST of segments, custom fields and documents (shell)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
