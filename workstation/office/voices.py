"""Pages: sentences and recordings of the IVR by language (shell)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/office")
