"""The directory of the desk: colleagues as they are now, the office's numbers, whom one keeps at hand, redial (shell).

What a page sends names somebody by a key; the number is looked up here and judged anew (`workstation.passing`), and a
subscriber is called again through the same question of the contact law as the first time (`DialDebtor`).
"""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import JSONResponse, Response

from crm_core import clock
from crm_core.access import Field, hidden
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchTransferNumber
from crm_core.masking import masked
from crm_core.outward import NoCall
from crm_core.store import speed_dials, transfers
from crm_core.store.speed_dials import Last, Whom
from routing.views import FloorView, OperatorId
from routing.wishes import DialDebtor, PlaceCall, Wish
from workstation import visibility
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.errors import Missing, TooMany, WebError
from workstation.floorline import FloorAway
from workstation.passing import judge_number, skills_of, way_out
from workstation.throttle import WRITE

router = APIRouter(prefix="/api/directory")
WISH_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")


class NobodyNamed(WebError):
    """What the page asks for names nobody."""

    status = 422

    def __init__(self) -> None:
        super().__init__("not-understood")


@router.get("")
async def directory(parts: PartsDep, who: Who) -> Response:
    """Tell who can be called from this desk; what changes of colleagues comes by websocket (`presence`)."""
    floor = await _floor(parts)
    async with reading(parts.engine) as db:
        out = await way_out(db, parts.settings)
        numbers = await transfers.usable(db, skills_of(who)) if out.nodes else []
        mine = await speed_dials.kept(db, who.user_id)
        called = await speed_dials.last(db, who.user_id)
    there = [one for one in floor.operators if one.operator_id != who.user_id] if floor is not None else []
    hides = hidden(who.role)
    return JSONResponse(
        {
            "colleagues": [visibility.colleague(one).model_dump(mode="json") for one in there],
            "numbers": [
                {"key": f"number:{one.number_id}", "title": one.title, "number": one.number} for one in numbers
            ],
            "kept": [_key(one) for one in mine],
            "last": [_last(one, masks=Field.PHONE in hides) for one in called],
            "floor": floor is not None,
        }
    )


async def _floor(parts: Parts) -> FloorView | None:
    try:
        snapshot = await parts.line.floor()
    except FloorAway:
        return None
    return snapshot.floor if snapshot is not None else None


def _key(whom: Whom) -> str:
    return f"number:{whom.number_id}" if whom.colleague_id is None else f"operator:{whom.colleague_id}"


def _last(one: Last, *, masks: bool) -> dict[str, Any]:
    subscriber = one.whom is None
    return {
        "key": f"call:{one.attempt_id}" if one.whom is None else _key(one.whom),
        "title": one.name,
        "said": masked(Field.PHONE, one.number) if subscriber and masks else one.number,
        "at": one.at.isoformat(),
        "subscriber": subscriber,
    }


@router.post("/kept")
async def keep(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Keep somebody at hand, or no longer (`kept=0`)."""
    await _allowed(parts, who)
    whom = _whom(sent.get("to", ""))
    async with transaction(parts.engine) as db:
        if sent.get("kept") == "0":
            await speed_dials.drop(db, who.user_id, whom)
        else:
            await speed_dials.keep(db, who.user_id, whom)
        mine = await speed_dials.kept(db, who.user_id)
    return JSONResponse({"kept": [_key(one) for one in mine]})


def _whom(text: str) -> Whom:
    kind, _, rest = text.partition(":")
    key = number(rest)
    if key is None or kind not in {"operator", "number"}:
        raise NobodyNamed
    return Whom(colleague_id=key) if kind == "operator" else Whom(number_id=key)


@router.post("/call")
async def call(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Wish somebody called: the floor's answer comes over the page's websocket, under the page's `wish_id`."""
    await _allowed(parts, who)
    wish_id, to = sent.get("wish_id", ""), sent.get("to", "")
    if not WISH_ID.fullmatch(wish_id):
        raise NobodyNamed
    base = {"wish_id": wish_id, "operator_id": OperatorId(who.user_id), "at": clock.now()}
    if to.startswith("call:"):
        await _send(parts, await _again(parts, who, to.removeprefix("call:"), base))
        return JSONResponse({"sent": True}, status_code=202)
    whom = _whom(to)
    async with reading(parts.engine) as db:
        wish = await _placed(db, parts, who, whom, base)
    await _send(parts, wish)
    async with transaction(parts.engine) as db:
        await speed_dials.note_placed(db, who.user_id, whom, clock.now())
    return JSONResponse({"sent": True}, status_code=202)


async def _again(parts: Parts, who: Person, text: str, base: dict[str, Any]) -> Wish:
    key = number(text)
    if key is None:
        raise NobodyNamed
    async with reading(parts.engine) as db:
        account, dialled = await speed_dials.attempt(db, who.user_id, key)
    return DialDebtor(**base, account_id=account, number=dialled)


async def _placed(db: AsyncConnection, parts: Parts, who: Person, whom: Whom, base: dict[str, Any]) -> Wish:
    if whom.number_id is None:
        return PlaceCall(**base, to="operator", operator=OperatorId(whom.colleague_id or 0))
    listed = await transfers.one(db, whom.number_id)
    judged = judge_number(parts.settings, await way_out(db, parts.settings), listed.number)
    if listed.skill not in {"", *skills_of(who)} or isinstance(judged, NoCall):
        raise NoSuchTransferNumber(f"number {whom.number_id} is not for this operator")
    return PlaceCall(**base, to="number", number=listed.number)


async def _allowed(parts: Parts, who: Person) -> None:
    if not await parts.throttle.allows(WRITE, "directory", str(who.user_id)):
        raise TooMany


async def _send(parts: Parts, wish: Wish) -> None:
    try:
        await parts.line.send(wish)
    except FloorAway as error:
        raise Missing("floor-away") from error
