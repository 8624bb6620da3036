"""Why a program looks at a subscriber: one header, asked for wherever an address names one of his things (shell).

A program has no desk and no call, so nothing stands behind its look but what it says. What it says is judged like a
person's reason, and every look is in the access log with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from fastapi import Request

from crm_core import clock
from crm_core.access import Action
from crm_core.db import reading
from crm_core.errors import BadValue
from crm_core.reasons import LONGEST_WORDS, said
from crm_core.store import openings
from crm_core.store.whose import Kind, Whose
from crm_core.store.whose import whose as find
from crm_core.text import storable
from workstation import whose
from workstation.deps import number, parts_of
from workstation.errors import Refused, TooMany
from workstation.openings import LISTED, NOBODY, where
from workstation.sentences import N_, Translate

if TYPE_CHECKING:
    from workstation.rest.caller import Caller

HEADER = "Busbar-Reason"
FIELD = "header.busbar-reason"
LONGEST = 4 * LONGEST_WORDS
MISSING = N_("Say in the header Busbar-Reason why you look: a code and, where it needs them, words. Codes: %(codes)s.")
UNKNOWN = N_("Begin with one of these codes: %(codes)s.")
WORDS = N_("This code needs a sentence after it, at most 300 characters.")
DOCUMENTED: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Why you look at this subscriber: a code of the utility's reasons and words, like"
    " `complaint letter of May 3`; what is not ASCII is percent-encoded UTF-8. Without it the answer is 428. It stands"
    " in the access log.",
    "schema": {"type": "string", "maxLength": LONGEST},
}
NEEDED = "Say why: the header `Busbar-Reason` is missing"


class ReasonMissing(Refused):
    """Nothing was said; the field names the header and the codes."""

    status = 428

    def __init__(self, sentence: str) -> None:
        super().__init__({FIELD: sentence})
        self.code = "reason-needed"


async def judge(request: Request, caller: Caller) -> None:
    """Let a request through that shows a subscriber only with a reason, and log the view with it.

    Raises:
        ReasonMissing: the header is not there.
        Refused: it holds no reason of this house.
        TooMany: an alert about the token's person stands, and nobody has looked at it yet.

    """
    if getattr(request.state, "judged", False):
        return
    request.state.judged = True
    parts, wanted = parts_of(request), _named(request)
    if wanted is None:
        if request.method == "GET" and request.scope["route"].path in whose.LISTED:
            parts.access.note(caller.user_id, LISTED, where(request), reason=caller.name, ip=caller.ip)
        return
    async with reading(parts.engine) as db:
        found = await find(db, *wanted)
        if found is None:
            parts.access.note(caller.user_id, "refused", f"{request.method} {request.url.path}", reason=NOBODY)
        if found is None or found.nobodys:
            return
        say = parts.templates.translation(caller.language)
        why = await _why(db, request.headers.get(HEADER, ""), say)
        if await _blocked(db, caller.user_id, found):
            raise TooMany("too-many-cards")
    path = f"{request.method} {request.url.path}"
    said_ = f"reason {why}, {caller.name}: {path}"
    parts.access.note(caller.user_id, Action.SEE_CARD, found.object, reason=said_, ip=caller.ip)


def _named(request: Request) -> tuple[Kind, int] | None:
    """Return the subscriber's thing that the request names, in its path or as a filter."""
    route: str = request.scope["route"].path
    given = {**request.query_params, **request.path_params}
    name = whose.named(request.method, route, given)
    key = number(str(given[name])) if name else None
    if key is None or not whose.shows(request.method, route, name):
        return None
    return whose.SUBSCRIBERS[name], key


async def _why(db: Any, text: str, say: Translate) -> str:
    code, words = said(storable(unquote(text[:LONGEST]), LONGEST_WORDS + 40))
    codes = {"codes": ", ".join(one.code for one in await openings.reasons(db))}
    if not code:
        raise ReasonMissing(say(MISSING) % codes)
    try:
        await openings.reason_of(db, code, words)
    except BadValue as error:
        known = code in codes["codes"].split(", ")
        raise Refused({FIELD: say(WORDS) if known else say(UNKNOWN) % codes}) from error
    return f"{code} {words}".strip()


async def _blocked(db: Any, user_id: int, found: Whose) -> bool:
    now = clock.now()
    if found.account_id is not None:
        behind = await openings.standing(db, user_id, found.account_id, now)
    else:
        behind = await openings.standing_of_customer(db, user_id, found.customer_id or 0, now)
    return behind is not None and behind.blocked


def document(schema: dict[str, Any]) -> dict[str, Any]:
    """Say of every operation that shows a subscriber which header it needs."""
    for path, operations in schema.get("paths", {}).items():
        for method, one in operations.items():
            given = [*whose.names(path), *(each["name"] for each in one.get("parameters", ()))]
            name = whose.named(method.upper(), path, given)
            if name and whose.shows(method.upper(), path, name):
                one.setdefault("parameters", []).append(DOCUMENTED)
                one["responses"]["428"] = {**one["responses"]["404"], "description": NEEDED}
    return schema
