"""The page behind a link to set a password: for people who are not signed in (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import BadValue
from crm_core.store import access_log, links
from workstation.deps import Parts, PartsDep, Sent, address
from workstation.errors import TooMany
from workstation.sentences import N_
from workstation.throttle import SIGN_IN_BY_ADDRESS
from workstation.words import accepted, choose

router = APIRouter(prefix="/password")
TOO_SHORT = N_("A password has 8 to 256 characters.")
DIFFERENT = N_("The two are not the same.")
TOKEN_LIMIT = 100


@router.get("/{token}")
async def form(request: Request, parts: PartsDep, token: str) -> Response:
    """Show the form, while the link is good."""
    await _within_limits(request, parts)
    return await _form(request, parts, token)


@router.post("/{token}")
async def set_password(request: Request, parts: PartsDep, sent: Sent, token: str) -> Response:
    """Set the password; the link ends."""
    await _within_limits(request, parts)
    password = sent.get("password", "")
    if password != sent.get("again", ""):
        return await _form(request, parts, token, DIFFERENT)
    try:
        async with transaction(parts.engine) as db:
            person = await links.use(db, token[:TOKEN_LIMIT], password, clock.now())
            await access_log.record(
                db, person.user_id, "password.set", f"user {person.user_id}", "by a link", address(request)
            )
    except BadValue:
        return await _form(request, parts, token, TOO_SHORT)
    return RedirectResponse("/sign-in", status_code=303)


async def _within_limits(request: Request, parts: Parts) -> None:
    """Links are guessed by nobody, and tried by nobody without end."""
    if not await parts.throttle.allows(SIGN_IN_BY_ADDRESS, "password", address(request)):
        raise TooMany("too-many-tries")


async def _form(request: Request, parts: Parts, token: str, fault: str = "") -> Response:
    async with reading(parts.engine) as db:
        person = await links.owner(db, token[:TOKEN_LIMIT], clock.now())
    language = choose(
        [person.language, *accepted(request.headers.get("accept-language", ""))], parts.templates.languages
    )
    html = parts.templates.render(
        "password.html",
        language.code,
        token=token,
        person=person,
        error=language.words.gettext(fault) if fault else "",
    )
    return HTMLResponse(html, status_code=422 if fault else 200, headers={"referrer-policy": "no-referrer"})
