"""The question why, where a page of a subscriber was wanted: answered, it leads back to that page (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from crm_core import clock
from crm_core.db import transaction
from crm_core.errors import BadValue
from crm_core.store import openings as store
from crm_core.store.whose import Whose
from workstation import openings
from workstation.access import Person
from workstation.deps import PartsDep, Sent, Who, fields, number, parts_of, translate
from workstation.errors import Missing, TooMany
from workstation.headers import SAFE_METHODS
from workstation.office.base import show
from workstation.throttle import CARD

router = APIRouter(prefix="/office")
OWN = ("csrf", "opening_of", "opening_then", "opening_again", "opening_reason", "opening_words")
"""Fields of the question itself; the others are the form that waits behind it."""


@router.post("/reasons")
async def give(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Keep why a subscriber is opened, and go on to what was wanted: a page, or the form that was sent."""
    kind, _, key = sent.get("opening_of", "").partition(" ")
    one = number(key)
    if one is None or kind not in {"account", "customer"}:
        raise Missing("no-such-account")
    if not await parts.throttle.allows(CARD, "card", str(who.user_id)):
        raise TooMany
    say, code, words = translate(request, who), sent.get("opening_reason", ""), sent.get("opening_words", "")
    if not code:
        return await ask(request, who, sent, fault=say(openings.NO_REASON))
    try:
        async with transaction(parts.engine) as db:
            if kind == "account":
                await store.give(db, who.user_id, one, code, words, clock.now())
            else:
                await store.give_of_customer(db, who.user_id, one, code, words)
    except BadValue:
        return await ask(request, who, sent, fault=say(openings.NO_WORDS))
    then = _within(sent.get("opening_then", ""))
    # 307 lets the browser send the very form again that had to wait: nothing typed is lost.
    return RedirectResponse(then, status_code=307 if sent.get("opening_again") == "1" else 303)


async def needed(request: Request, who: Person, whose: Whose) -> Response:
    """Answer a request for a subscriber's page behind which nothing stands yet."""
    again = request.method not in SAFE_METHODS
    then = request.url.path if again or not request.url.query else f"{request.url.path}?{request.url.query}"
    kept = await fields(request) if again else {}
    asked = {**kept, "opening_of": whose.object, "opening_then": then, "opening_again": "1" if again else ""}
    return await ask(request, who, asked, status=428)


async def ask(
    request: Request, who: Person, asked: Mapping[str, str], *, fault: str = "", status: int = 422
) -> Response:
    """Draw the question."""
    parts = parts_of(request)
    return show(
        request,
        who,
        "reason.html",
        status=status,
        reasons=await openings.reasons(parts),
        asked={**dict.fromkeys(OWN, ""), **asked},
        kept=[(name, value) for name, value in asked.items() if name not in OWN],
        fault=fault,
    )


def _within(then: str) -> str:
    """Return an address of the office, the office itself for anything else: nobody is sent away from here."""
    parsed = urlsplit(then)
    inside = not parsed.scheme and not parsed.netloc and parsed.path.startswith("/office/")
    plain = then.isascii() and then.isprintable() and "\\" not in then
    return then if inside and plain else "/office"
