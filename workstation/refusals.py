"""How a refusal is answered: a page to people, a code and a sentence to programs, a row to the access log (shell)."""

from __future__ import annotations

import structlog
from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from crm_core.errors import CrmError, LinkUsed, NotYours, OwnExport
from workstation.deps import address, parts_of
from workstation.errors import Forbidden, NotSignedIn, Refused, TooMany, WebError
from workstation.office import reasons
from workstation.openings import ReasonNeeded
from workstation.sentences import N_, sentence
from workstation.words import accepted, choose

log = structlog.get_logger(__name__)

TITLES = {
    400: N_("Not understood"),
    401: N_("You are signed out"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("Not possible"),
    409: N_("Too late"),
    410: N_("Gone"),
    413: N_("Too large"),
    422: N_("Not right yet"),
    428: N_("Say why first"),
    429: N_("Too many tries"),
    500: N_("Something broke"),
    503: N_("Not available now"),
}
CODES = {404: "no-such-page", 405: "wrong-method"}
RECORDED = (Forbidden, TooMany, ReasonNeeded, NotYours, OwnExport, LinkUsed)


async def refuse(request: Request, error: Exception) -> Response:
    """Answer an error in the reader's language."""
    status, code = _reading(error)
    person = getattr(request.state, "person", None)
    parts = parts_of(request)
    if isinstance(error, RECORDED):
        parts.access.note(
            person.user_id if person else None,
            "refused",
            f"{request.method} {request.url.path}",
            reason=code,
            ip=address(request),
        )
    if isinstance(error, NotSignedIn) and _is_page(request):
        return RedirectResponse("/sign-in", status_code=303)
    if isinstance(error, ReasonNeeded) and person is not None and _is_page(request):
        try:
            return await reasons.needed(request, person, error.whose)
        except CrmError as away:
            status, code = _reading(away)
    wanted = [person.language] if person else accepted(request.headers.get("accept-language", ""))
    language = choose(wanted, parts.templates.languages)
    said = sentence(code, language.words.gettext)
    headers = {"retry-after": "60"} if status == 429 else {}
    if isinstance(error, Refused):
        return JSONResponse(error.fields, status_code=422)
    if not _is_page(request):
        return JSONResponse({"code": code, "sentence": said}, status_code=status, headers=headers)
    title = language.words.gettext(TITLES.get(status, TITLES[400]))
    html = parts.templates.render(
        "error.html", language.code, status=status, title=title, sentence=said, csrf="", user=person
    )
    return HTMLResponse(html, status_code=status, headers=headers)


async def left(_request: Request, _error: Exception) -> Response:
    """Answer whoever went away while he was still speaking: nobody reads it, and nothing is broken."""
    return Response(status_code=400)


async def broken(request: Request, error: Exception) -> Response:
    """Answer what nobody foresaw: written down here, one sentence there."""
    await log.aexception("request.broken", path=request.url.path, exc_info=error)
    return await refuse(request, error)


def _reading(error: Exception) -> tuple[int, str]:
    if isinstance(error, WebError | CrmError):
        return error.status, error.code
    if isinstance(error, HTTPException):
        return error.status_code, CODES.get(error.status_code, "bad-request")
    return 500, "internal"


def _is_page(request: Request) -> bool:
    return not request.url.path.startswith(("/api/", "/static/", "/health"))
