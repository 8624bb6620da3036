"""The office's first page: every place a person may enter (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from workstation.deps import Who
from workstation.office.base import show

router = APIRouter()


@router.get("/office")
async def home(request: Request, who: Who) -> Response:
    """Show the places of the office."""
    return show(request, who, "home.html")
