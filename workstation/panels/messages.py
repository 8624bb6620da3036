"""Messages between operators and supervisors: threads, what was said, sending, what was read (shell).

New ones come by the page's websocket (`inbox`); nothing here is asked in turns.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import JSONResponse, Response

from crm_core import clock
from crm_core.cardnumbers import holds_card
from crm_core.db import reading, transaction
from crm_core.store import messages, teams
from crm_core.store.messages import LONGEST, PERSON, TEAM
from crm_core.text import storable
from crm_core.work.fields import named
from workstation.access import Person
from workstation.deps import PartsDep, Sent, Who, number, translate
from workstation.errors import Refused, TooMany
from workstation.forms import CARD_NUMBER
from workstation.inbox import note
from workstation.office.base import once
from workstation.sentences import N_
from workstation.throttle import MESSAGE, WRITE

router = APIRouter(prefix="/api/messages")
PAGE = 50
NOBODY = N_("Choose a colleague or one of your teams.")
NOTHING = N_("Write something first.")
TOO_LONG = N_("A message has at most 1,000 characters.")


@router.get("")
async def threads(parts: PartsDep, who: Who) -> Response:
    """Tell one's threads with what is not read, and whom one can write to."""
    async with reading(parts.engine) as db:
        mine = await teams.of_user(db, who.user_id)
        titles = {one.code: named(one.titles, who.language) for one in await teams.everyone(db)}
        found = await messages.threads(db, who.user_id, mine)
        known = await messages.people(db)
    return JSONResponse(
        {
            "threads": [
                {"thread": one.thread, "title": one.name or titles.get(one.last.team, one.last.team),
                 "unread": one.unread, "last": note(one.last, who.user_id).model_dump(mode="json")}
                for one in found
            ],
            "people": [_choice(f"{PERSON}{one.user_id}", one.name) for one in known if one.user_id != who.user_id],
            "teams": [_choice(f"{TEAM}{code}", titles[code]) for code in mine if code in titles],
        }
    )  # fmt: skip


def _choice(thread: str, title: str) -> dict[str, str]:
    return {"thread": thread, "title": title}


@router.get("/thread")
async def thread(request: Request, parts: PartsDep, who: Who) -> Response:
    """Tell what was said with one person or in one team, the newest first."""
    asked = request.query_params
    async with reading(parts.engine) as db:
        wanted = await _thread(db, request, who, asked.get("with", ""))
        found = await messages.of_thread(db, who.user_id, wanted, before=number(asked.get("before")), limit=PAGE + 1)
    shown = [note(one, who.user_id).model_dump(mode="json") for one in found[:PAGE]]
    return JSONResponse({"messages": shown, "more": len(found) > PAGE})


async def _thread(db: AsyncConnection, request: Request, who: Person, text: str, *, writes: bool = False) -> str:
    """Return a thread that this person may read, or write in: nobody is written to who works here no longer.

    Raises:
        Refused: it is none.

    """
    if text.startswith(TEAM) and text.removeprefix(TEAM) in await teams.of_user(db, who.user_id):
        return text
    peer = number(text.removeprefix(PERSON)) if text.startswith(PERSON) else None
    if peer is None or peer == who.user_id or (writes and not await messages.can_be_written_to(db, peer)):
        raise Refused({"to": translate(request, who)(NOBODY)})
    return f"{PERSON}{peer}"


@router.post("")
async def send(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Send a message; the same press again sends nothing."""
    if not await parts.throttle.allows(MESSAGE, "message", str(who.user_id)):
        raise TooMany
    text, say = sent.get("text", "").strip(), translate(request, who)
    if not storable(text, LONGEST).strip() or len(text) > LONGEST or holds_card(text):
        raise Refused({"text": say(CARD_NUMBER if holds_card(text) else TOO_LONG if len(text) > LONGEST else NOTHING)})
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        wanted = await _thread(db, request, who, sent.get("to", ""), writes=True)
        if wanted.startswith(TEAM):
            await messages.to_team(db, who.user_id, wanted.removeprefix(TEAM), text, clock.now())
        else:
            await messages.to_person(db, who.user_id, [int(wanted.removeprefix(PERSON))], text, clock.now())
    return _done({"sent": True}, 201)


@router.post("/read")
async def read(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Note how far a thread was read."""
    if not await parts.throttle.allows(WRITE, "messages", str(who.user_id)):
        raise TooMany
    key = sent.get("message_id", "")
    async with transaction(parts.engine) as db:
        wanted = await _thread(db, request, who, sent.get("thread", ""))
        if key.isascii() and key.isdecimal() and len(key) <= 18:
            await messages.note_read(db, who.user_id, wanted, int(key))
    return _done({"done": True}, 200)


def _done(body: dict[str, Any], status: int) -> Response:
    return JSONResponse(body, status_code=status)
