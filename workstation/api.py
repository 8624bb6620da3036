"""What the desk's scripts ask for: telephone, search, cards, timeline (shell)."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from msgspec.json import encode
from starlette.responses import HTMLResponse, JSONResponse, Response

from crm_core import access
from crm_core.db import reading
from crm_core.lines import endpoint, sip_password
from crm_core.masking import mask, mask_found
from crm_core.store import interactions
from crm_core.store.search import search as look_for
from workstation import openings
from workstation.deps import Parts, PartsDep, Who, address, number
from workstation.errors import Missing, TooMany
from workstation.throttle import CARD, SEARCH
from workstation.typed import plain_digits

router = APIRouter(prefix="/api")
QUERY_LIMIT = 100
SHOWN = 20
"""Search results on the screen."""
PAGE = 50
"""Interactions of one page of the timeline."""


@router.get("/phone")
async def phone(parts: PartsDep, who: Who) -> Response:
    """Tell the softphone how to register."""
    if not who.extension:
        raise Missing("no-extension")
    settings = parts.settings
    host = urlsplit(settings.sip_ws_url).hostname or settings.sip_host
    return JSONResponse(
        {
            "uri": f"sip:{endpoint(who.extension)}@{host}",
            "password": sip_password(settings.sip_secret, who.extension),
            "ws_urls": settings.softphone_urls,
            "extension": who.extension,
        }
    )


@router.get("/search")
async def search(request: Request, parts: PartsDep, who: Who, q: str = "") -> Response:
    """Find accounts by whatever was typed."""
    if not await parts.throttle.allows(SEARCH, "search", str(who.user_id)):
        raise TooMany
    query = plain_digits(q.strip()[:QUERY_LIMIT])
    async with reading(parts.engine) as db:
        found = await look_for(db, query, SHOWN, region=parts.settings.country)
    if query:
        parts.access.note(who.user_id, "search", query, reason=f"{len(found.hits)} found", ip=address(request))
    shown = mask_found(found, access.hidden(who.role))
    html = parts.templates.render("search_results.html", who.language, query=query, found=shown)
    return HTMLResponse(html)


@router.get("/card/{account_id}")
async def card(request: Request, parts: PartsDep, who: Who, account_id: str, call_id: str = "") -> Response:
    """Show an account's card, or ask why first; who opened it and because of what is written down."""
    account = await _counted(parts, who.user_id, account_id)
    because = await openings.opening(parts, who, account, await openings.call_of(parts, who))
    if because is None:
        return HTMLResponse(openings.card_reason(parts, who, account, await openings.reasons(parts)))
    html = await parts.cards.of_account(account, parts.hub.call_at(who.user_id, call_id), who)
    if html is None:
        raise Missing("no-such-account")
    parts.access.note(
        who.user_id,
        "card.viewed",
        f"account {account}",
        reason=because.reason,
        ip=address(request),
        contact_id=because.contact_id,
    )
    return HTMLResponse(html)


@router.get("/timeline/{account_id}")
async def timeline(request: Request, parts: PartsDep, who: Who, account_id: str, before: str = "") -> Response:
    """Show a page of older contacts."""
    account = await _counted(parts, who.user_id, account_id)
    because = await openings.opened(parts, who, account)
    async with reading(parts.engine) as db:
        rows = await interactions.timeline(db, account, number(before), PAGE)
    parts.access.note(
        who.user_id,
        "timeline.viewed",
        f"account {account}",
        reason=because.reason,
        ip=address(request),
        contact_id=because.contact_id,
    )
    hidden = access.hidden(who.role, reason=True)
    shown = [mask(row, hidden) for row in rows]
    return Response(encode(shown), media_type="application/json")


async def _counted(parts: Parts, user_id: int, account_id: str) -> int:
    account = number(account_id)
    if account is None:
        raise Missing("no-such-account")
    if not await parts.throttle.allows(CARD, "card", str(user_id)):
        raise TooMany
    return account
