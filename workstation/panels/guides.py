"""What operators say and know, on the desk: found, read, marked; scripts walked step by step (shell)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchGuide
from crm_core.store import guides
from crm_core.store.guides import Guide, Walk
from crm_core.text import one_line
from crm_core.work.guides import MOST_WALKED, GuideKind, script, walked
from workstation import openings
from workstation.deps import Parts, PartsDep, Sent, Who, number, translate
from workstation.errors import Refused, TooMany
from workstation.sentences import N_
from workstation.throttle import SEARCH, WRITE

router = APIRouter(prefix="/api/guides")
SHOWN = frozenset({GuideKind.ARTICLE, GuideKind.SCRIPT})
THANKS = N_("Thank you. The authors see it.")
OTHER_SCRIPT = N_("This script was changed meanwhile. Begin it again.")
LONGEST_QUERY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A guide as lists show it."""

    guide_id: int
    kind: str
    title: str
    suggested: bool
    """It belongs to what the caller chose."""


@router.get("")
async def find(request: Request, parts: PartsDep, who: Who) -> Response:
    """Return articles and scripts by words, or those of a topic."""
    if not await parts.throttle.allows(SEARCH, "guides", str(who.user_id)):
        raise TooMany
    asked = request.query_params
    words, topic = asked.get("q", "")[:LONGEST_QUERY], one_line(asked.get("topic", ""), 40)
    async with reading(parts.engine) as db:
        hits = [
            one
            for kind in (GuideKind.SCRIPT, GuideKind.ARTICLE)
            for one in await guides.found(db, kind, who.language, words, topic=topic, limit=8)
        ]
    # Without words only what belongs to the topic is worth a line.
    shown = [_hit(one, topic) for one in hits if words or not topic or topic in one.topics]
    return JSONResponse([{name: getattr(one, name) for name in Hit.__slots__} for one in shown])


def _hit(one: Guide, topic: str) -> Hit:
    suggested = bool(topic) and topic in one.topics
    return Hit(guide_id=one.guide_id, kind=one.kind.value, title=one.title, suggested=suggested)


@router.get("/{guide_id}")
async def read(parts: PartsDep, who: Who, guide_id: str) -> Response:
    """Show an article, or a script at its beginning."""
    one = await _guide(parts, guide_id)
    steps = script(one.body)[0].steps if one.kind is GuideKind.SCRIPT else ()
    html = parts.templates.render("panels/guide.html", who.language, guide=one, steps=steps)
    return HTMLResponse(html)


async def _guide(parts: Parts, guide_id: str) -> Guide:
    key = number(guide_id)
    async with reading(parts.engine) as db:
        found = await guides.one(db, key or 0)
    if found.kind not in SHOWN or found.retired:
        raise NoSuchGuide(f"there is no guide {guide_id[:12]}")
    return found


@router.post("/{guide_id}/mark")
async def mark(request: Request, parts: PartsDep, who: Who, sent: Sent, guide_id: str) -> Response:
    """Keep whether a guide helped."""
    if not await parts.throttle.allows(WRITE, "guide", str(who.user_id)):
        raise TooMany
    one = await _guide(parts, guide_id)
    async with transaction(parts.engine) as db:
        await guides.mark(db, one, who.user_id, sent.get("said", ""), useful=sent.get("useful") == "yes")
    return JSONResponse({"done": True, "said": translate(request, who)(THANKS)})


@router.post("/{guide_id}/walk")
async def walk(request: Request, parts: PartsDep, who: Who, sent: Sent, guide_id: str) -> Response:
    """Keep the answers given so far in a script; the whole way is sent each time, so none is lost or told twice."""
    if not await parts.throttle.allows(WRITE, "walk", str(who.user_id)):
        raise TooMany
    one = await _guide(parts, guide_id)
    found = script(one.body)[0] if one.kind is GuideKind.SCRIPT else None
    same = sent.get("version") == str(one.version)
    way = walked(found, _answers(sent.get("answers", ""))) if found and same else None
    if found is None or way is None or not sent.get("once"):
        raise Refused({"form": translate(request, who)(OTHER_SCRIPT)})
    answers, at = way
    call = await openings.call_of(parts, who)
    ended = not found.by_code()[at].answers
    async with transaction(parts.engine) as db:
        kept = Walk(
            guide_id=one.guide_id, version=one.version, user_id=who.user_id,
            account_id=call.account_id if call else None, call_id=call.call_id if call else "",
            answers=answers, ending=at if ended else "", once=sent["once"],
        )  # fmt: skip
        await guides.keep_walk(db, kept, clock.now())
    return JSONResponse({"done": True})


def _answers(text: str) -> list[tuple[str, int]]:
    """Read the way as the page sends it, `[["begin", 0], …]`; what is not such a list is no way."""
    try:
        found = json.loads(text[:20_000])
    except (ValueError, RecursionError):
        return [("", -1)]
    pairs = found if isinstance(found, list) and len(found) <= MOST_WALKED else [None]
    return [
        (str(one[0]), one[1]) if isinstance(one, list) and len(one) == 2 and isinstance(one[1], int) else ("", -1)
        for one in pairs
    ]
