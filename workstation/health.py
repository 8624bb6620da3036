"""Whether this process can serve: database, Valkey and the floor's beat (shell)."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from crm_core.db import reading
from crm_core.errors import CrmError
from workstation.deps import Parts, PartsDep

router = APIRouter()
PATIENCE_SECONDS = 2.0


@router.get("/health")
async def health(parts: PartsDep) -> Response:
    """Answer 200 when everything is there, else 503 and what is missing."""
    database, valkey = await asyncio.gather(_database(parts), parts.line.ping())
    there = {"database": database, "valkey": valkey, "floor": parts.hub.alive}
    missing = [name for name, found in there.items() if not found]
    status = 503 if missing else 200
    return JSONResponse({"status": "ok" if not missing else "degraded", "missing": missing}, status_code=status)


async def _database(parts: Parts) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), reading(parts.engine) as db:
            await db.exec_driver_sql("select 1")
    except (CrmError, TimeoutError):
        return False
    return True
