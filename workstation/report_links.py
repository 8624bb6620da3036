"""The page behind a link to a report that was mailed: for people who are not signed in, once (shell).

Programs that look at mail follow its links, so looking shows a button and only pressing it uses the link.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import LinkUsed
from crm_core.store import report_sendings
from workstation import report_files
from workstation.deps import Parts, PartsDep, address
from workstation.errors import TooMany
from workstation.office.reports_base import handed
from workstation.throttle import SIGN_IN_BY_ADDRESS
from workstation.words import accepted, choose

router = APIRouter(prefix="/report-files")
TOKEN_LIMIT = 100


@router.get("/{token}")
async def look(request: Request, parts: PartsDep, token: str) -> Response:
    """Show the button, while the link is good."""
    await _within_limits(request, parts)
    async with reading(parts.engine) as db:
        found = await report_sendings.linked(db, token[:TOKEN_LIMIT], clock.now())
    language = choose(accepted(request.headers.get("accept-language", "")), parts.templates.languages)
    html = parts.templates.render("report_file.html", language.code, token=token, found=found)
    return HTMLResponse(html, headers={"referrer-policy": "no-referrer"})


@router.post("/{token}")
async def take(request: Request, parts: PartsDep, token: str) -> Response:
    """Give the file; the link ends."""
    await _within_limits(request, parts)
    async with transaction(parts.engine) as db:
        found = await report_sendings.fetch(db, token[:TOKEN_LIMIT], clock.now(), address(request))
    path = report_files.folder(parts.settings) / found.stored
    if not path.is_file():
        raise LinkUsed(f"report file {found.file_id} is gone")
    return handed(path, f"report-{found.file_id}.{found.form}")


async def _within_limits(request: Request, parts: Parts) -> None:
    """Links are guessed by nobody, and tried by nobody without end."""
    if not await parts.throttle.allows(SIGN_IN_BY_ADDRESS, "report", address(request)):
        raise TooMany("too-many-tries")
