"""Passing a caller on from the desk: whom to, and the wish to the floor (shell).

What the page sends names an operator, a queue or an entry of the office's list by its key. A number is never taken from
a page: it is looked up here and judged anew, so that no text can become something to dial (SECURITY.md, AC05).
"""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import JSONResponse, Response

from crm_core import clock
from crm_core.db import reading
from crm_core.errors import NoSuchTransferNumber
from crm_core.outward import MayCall, NoCall, judge
from crm_core.settings import Settings
from crm_core.store import lines, transfers
from crm_core.store.lines import Outward
from crm_core.text import storable
from routing.skills import profile
from routing.views import FloorView, OperatorId, OperatorState, OperatorView
from routing.wishes import Consult, PassOn
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.errors import Missing, TooMany, WebError
from workstation.floorline import FloorAway
from workstation.sentences import N_
from workstation.throttle import WRITE

router = APIRouter(prefix="/api")
LONGEST_NOTE = 500
LONGEST_WISH = 40
SKILL = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
NOT_A_SKILL = N_("A skill is written in small Latin letters, digits, - and _, as in the list of people.")
REFUSALS = {
    NoCall.NOT_A_NUMBER: N_("This is no telephone number. Write it whole, like +7 495 123-45-67."),
    NoCall.OURS: N_("This is our own number: the caller would be back in our menu."),
    NoCall.COUNTRY: N_("Numbers of this country are not called from here."),
    NoCall.KIND: N_("Only fixed and mobile numbers: numbers of this kind cost more than a call."),
}


class NotPassed(WebError):
    """What the page asks for is no way to pass a caller on."""

    status = 422

    def __init__(self) -> None:
        super().__init__("not-understood")


@router.get("/transfer/targets")
async def targets(parts: PartsDep, who: Who) -> Response:
    """Tell to whom a caller can be passed on at this moment: colleagues with their state, queues, listed numbers."""
    floor = await _floor(parts)
    async with reading(parts.engine) as db:
        out = await way_out(db, parts.settings)
        numbers = await transfers.usable(db, skills_of(who)) if out.nodes else []
    colleagues = [one for one in floor.operators if one.operator_id != who.user_id] if floor is not None else []
    return JSONResponse(
        {
            "operators": [_shown(one) for one in colleagues if one.state is not OperatorState.OFFLINE],
            "queues": [{"queue": one.queue, "waiting": one.waiting} for one in floor.queues] if floor else [],
            "numbers": [{"id": one.number_id, "title": one.title, "number": one.number} for one in numbers],
        }
    )


async def _floor(parts: Parts) -> FloorView | None:
    try:
        snapshot = await parts.line.floor()
    except FloorAway:
        return None
    return snapshot.floor if snapshot is not None else None


def _shown(one: OperatorView) -> dict[str, Any]:
    free = one.state is OperatorState.READY and one.phone_ok and one.next_reason is None
    return {
        "id": one.operator_id, "name": one.name, "extension": one.extension, "state": one.state.value,
        "reason": one.reason, "free": free,
    }  # fmt: skip


@router.post("/calls/{call_id}/pass")
async def pass_on(parts: PartsDep, who: Who, sent: Sent, call_id: str) -> Response:
    """Wish the caller passed on, or somebody asked first (`how=ask`).

    The floor's answer comes over the page's websocket, under the page's `wish_id`.
    """
    if not await parts.throttle.allows(WRITE, "pass", str(who.user_id)):
        raise TooMany
    wish_id, (kind, _, key) = sent.get("wish_id", ""), sent.get("to", "").partition(":")
    if not 0 < len(wish_id) <= LONGEST_WISH or len(call_id) > 80 or not key:
        raise NotPassed
    target = await _target(parts, who, kind, key)
    note = storable(sent.get("note", "").strip(), LONGEST_NOTE)
    how: type[PassOn | Consult] = PassOn
    if sent.get("how") == "ask":
        if kind == "queue":
            raise NotPassed
        how = Consult
    wish = how(
        wish_id=wish_id, operator_id=OperatorId(who.user_id), at=clock.now(), call_id=call_id, note=note, **target
    )
    try:
        await parts.line.send(wish)
    except FloorAway as error:
        raise Missing("floor-away") from error
    return JSONResponse({"sent": True}, status_code=202)


async def _target(parts: Parts, who: Person, kind: str, key: str) -> dict[str, Any]:
    match kind:
        case "operator" if (operator := number(key)) is not None:
            return {"to": "operator", "operator": OperatorId(operator)}
        case "queue" if len(key) <= 40:
            return {"to": "queue", "queue": key}
        case "number" if (row := number(key)) is not None:
            async with reading(parts.engine) as db:
                listed = await transfers.one(db, row)
                judged = judge_number(parts.settings, await way_out(db, parts.settings), listed.number)
            if listed.skill not in {"", *skills_of(who)} or isinstance(judged, NoCall):
                raise NoSuchTransferNumber(f"number {row} is not for this operator")
            return {"to": "number", "number": listed.number, "title": listed.title}
        case _:
            raise NotPassed


async def way_out(db: AsyncConnection, settings: Settings) -> Outward:
    """Return the way to numbers outside, by the trunks on record or the one of the settings."""
    nodes = [one.node for one in settings.nodes]
    return await lines.outward(db, nodes, simple=bool(settings.outward_uri), number=settings.outward_number)


def judge_number(settings: Settings, out: Outward, text: str) -> MayCall | NoCall:
    """Say whether this house may call a number."""
    return judge(text, settings.country, settings.outward_countries, out.numbers)


def skills_of(who: Person) -> list[str]:
    """Return the skills a person has."""
    return sorted(skill for skill, _ in profile(who.skills, who.languages).skills)
