"""The page where a person chooses the language he reads (shell)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse, RedirectResponse, Response

from crm_core.db import transaction
from crm_core.store import users
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who
from workstation.errors import TooMany
from workstation.sentences import N_
from workstation.throttle import WRITE

router = APIRouter()
NOT_THERE = N_("Choose one of the languages below.")


@router.get("/language")
async def form(parts: PartsDep, who: Who) -> Response:
    """Show every language in itself, with the one that is read now."""
    return _form(parts, who)


@router.post("/language")
async def choose(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Keep the language; the next page is in it, on every computer where the person is signed in."""
    if not await parts.throttle.allows(WRITE, "language", str(who.user_id)):
        raise TooMany
    code = sent.get("language", "")
    if code not in parts.templates.languages:
        return _form(parts, who, NOT_THERE)
    async with transaction(parts.engine) as db:
        await users.set_language(db, who.user_id, code)
    return RedirectResponse(who.home, status_code=303)


def _form(parts: Parts, who: Person, fault: str = "") -> Response:
    language = parts.templates.language(who.language)
    html = parts.templates.render(
        "language.html",
        language.code,
        user=who,
        csrf=who.csrf,
        error=language.words.gettext(fault) if fault else "",
    )
    return HTMLResponse(html, status_code=422 if fault else 200)
