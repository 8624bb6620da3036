"""What a supervisor does from the floor's page: each by right, each in the access log before it is wished (shell).

What the page sends names an operator, a call or a queue by its key; whether it is one of his own is judged anew each
time, on the floor as it is (AC09). The floor's answer comes over the page's websocket, under the page's `wish_id`.
"""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.store import access_log, dispatch, messages
from crm_core.text import one_line, storable
from routing.views import CallView, FloorView, How, OperatorId, OperatorState, OperatorView
from routing.wishes import EndHelp, Force, Help, LowerHand, MoveCall, Say, TakeOver, Wish
from workstation import api
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.errors import Forbidden, Missing, TooMany, WebError
from workstation.floorline import FloorAway
from workstation.forms import Form
from workstation.office import dispatch_skills as skills_form
from workstation.reach import Reach, reach
from workstation.throttle import WRITE

router = APIRouter(prefix="/api/floor")
WISH_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
STATES = (OperatorState.READY, OperatorState.NOT_READY, OperatorState.OFFLINE)
LONGEST_WORDS = 300
NOT_YOURS = "not-your-team"
NO_EXTENSION = "no-extension"


class NotUnderstood(WebError):
    """What the page asks for is nothing that can be wished."""

    status = 422

    def __init__(self) -> None:
        super().__init__("not-understood")


@router.get("/phone")
async def phone(parts: PartsDep, who: Who) -> Response:
    """Tell the supervisor's softphone how to register."""
    return await api.phone(parts, who)


@router.post("/help")
async def help_(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Listen, whisper, barge in, take the caller over, or leave the talk (`how=leave`)."""
    base, how = await _base(parts, who, sent), sent.get("how", "")
    if how == "leave":
        await _log(parts, who, Action.LISTEN, "talk", "left")
        return await _send(parts, EndHelp(**base))
    floor, mine = await _floor(parts), await _reach(parts, who)
    call = _call(floor, sent.get("call_id", ""))
    operator = _operator(floor, call.operator_id)
    if how == "take_over":
        wish: Wish = TakeOver(**base, call_id=call.call_id)
    elif how in set(How):
        wish = Help(
            **base, by_name=one_line(who.name, 80), extension=who.extension, target=operator.operator_id,
            call_id=call.call_id, how=How(how),
        )  # fmt: skip
    else:
        raise NotUnderstood
    await _may(parts, who, mine.leads(operator.operator_id) and mine.serves(call.queue), Action.LISTEN, call.call_id)
    if not who.extension:
        raise Missing(NO_EXTENSION)
    said = f"{how} with operator {operator.operator_id}"
    await _log(parts, who, Action.LISTEN, f"user {operator.operator_id}", said, call.call_id)
    return await _send(parts, wish)


@router.post("/state")
async def state(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Set an operator's state, with a reason."""
    base = await _base(parts, who, sent)
    wanted, reason = sent.get("state", ""), one_line(sent.get("reason", ""), 40)
    if wanted not in STATES:
        raise NotUnderstood
    target = await _own_operator(parts, who, sent)
    await _log(parts, who, Action.LEAD, f"user {target}", f"set {wanted}{f': {reason}' if reason else ''}")
    return await _send(parts, Force(**base, target=OperatorId(target), state=OperatorState(wanted), reason=reason))  # type: ignore[arg-type]


@router.post("/say")
async def say(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Say something to one of his operators, or to all who are at work (`target=all`); it stays among the messages."""
    base = await _base(parts, who, sent)
    words = storable(sent.get("text", "").strip(), LONGEST_WORDS)
    if not words:
        raise NotUnderstood
    if sent.get("target") == "all":
        floor, mine = await _floor(parts), await _reach(parts, who)
        there = [one for one in floor.operators if one.state is not OperatorState.OFFLINE]
        targets = tuple(one.operator_id for one in there if mine.leads(one.operator_id))[:1000]
        said = f"{len(targets)} operators"
    else:
        targets = (OperatorId(await _own_operator(parts, who, sent)),)
        said = f"user {targets[0]}"
    await _log(parts, who, Action.LEAD, said, f"said: {words}")
    answer = await _send(parts, Say(**base, by_name=one_line(who.name, 80), targets=targets, text=words))
    async with transaction(parts.engine) as db:
        await messages.to_person(db, who.user_id, targets, words, clock.now())
    return answer


@router.post("/hand")
async def hand(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Lower an operator's hand: it was seen."""
    base = await _base(parts, who, sent)
    target = await _own_operator(parts, who, sent)
    await _log(parts, who, Action.LEAD, f"user {target}", "hand seen")
    return await _send(parts, LowerHand(**base, target=OperatorId(target)))


@router.post("/move")
async def move(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Let a caller who waits stand in another queue; both queues are his."""
    base, queue = await _base(parts, who, sent), sent.get("queue", "")
    floor, mine = await _floor(parts), await _reach(parts, who)
    call = _call(floor, sent.get("call_id", ""))
    if queue not in {one.queue for one in floor.queues}:
        raise Missing("no-such-queue")
    await _may(parts, who, mine.serves(call.queue) and mine.serves(queue), Action.LEAD, call.call_id)
    await _log(parts, who, Action.LEAD, f"call to {queue}", f"from {call.queue}", call.call_id)
    return await _send(parts, MoveCall(**base, call_id=call.call_id, queue=queue))


@router.get("/skills")
async def skills(parts: PartsDep, who: Who, target: str = "") -> Response:
    """Tell what an operator can do, as it is typed."""
    key = await _own(parts, who, target)
    return JSONResponse(dict(skills_form.typed(await _able(parts, key))))


@router.post("/skills")
async def set_skills(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Change what an operator can do, from this moment on; the store writes the access log."""
    key = await _own(parts, who, sent.get("target", ""))
    await _able(parts, key)
    form = Form(dict(sent), parts.templates.translation(who.language))
    wanted = skills_form.read(form, key)
    if not form.fine:
        return JSONResponse({"fields": dict(form.errors)}, status_code=422)
    async with transaction(parts.engine) as db:
        await dispatch.set_able(db, {key: wanted}, who.user_id)
    return JSONResponse({"done": True})


# --- what each asks --------------------------------------------------------------------------------------------------


async def _base(parts: Parts, who: Person, sent: dict[str, str]) -> dict[str, Any]:
    if not await parts.throttle.allows(WRITE, "lead", str(who.user_id)):
        raise TooMany
    wish_id = sent.get("wish_id", "")
    if not WISH_ID.fullmatch(wish_id):
        raise NotUnderstood
    return {"wish_id": wish_id, "operator_id": OperatorId(who.user_id), "at": clock.now()}


async def _floor(parts: Parts) -> FloorView:
    try:
        snapshot = await parts.line.floor()
    except FloorAway as error:
        raise Missing("floor-away") from error
    if snapshot is None:
        raise Missing("floor-away")
    return snapshot.floor


async def _reach(parts: Parts, who: Person) -> Reach:
    async with reading(parts.engine) as db:
        return await reach(db, who)


def _call(floor: FloorView, call_id: str) -> CallView:
    call = next((one for one in floor.calls if one.call_id == call_id), None)
    if call is None:
        raise Missing("no-such-call")
    return call


def _operator(floor: FloorView, key: int | None) -> OperatorView:
    operator = next((one for one in floor.operators if one.operator_id == key), None)
    if operator is None:
        raise Missing("no-such-call")
    return operator


async def _own_operator(parts: Parts, who: Person, sent: dict[str, str]) -> int:
    return await _own(parts, who, sent.get("target", ""))


async def _own(parts: Parts, who: Person, text: str) -> int:
    key = number(text)
    if key is None:
        raise NotUnderstood
    await _may(parts, who, (await _reach(parts, who)).leads(key), Action.LEAD, f"user {key}")
    return key


async def _may(parts: Parts, who: Person, allowed: bool, action: Action, what: str) -> None:
    if not allowed:
        parts.access.note(who.user_id, "refused", what, reason=f"{action.value}: {NOT_YOURS}")
        raise Forbidden(NOT_YOURS)


async def _able(parts: Parts, key: int) -> dispatch.Able:
    async with reading(parts.engine) as db:
        able = next((one for one in await dispatch.operators(db) if one.operator_id == key), None)
    if able is None:
        raise Missing("no-such-operator")
    return able


async def _log(  # noqa: PLR0913, PLR0917 - one row of the log
    parts: Parts, who: Person, action: Action, what: str, why: str, call_id: str = ""
) -> None:
    """Write it down first: what is on no record is not done."""
    async with transaction(parts.engine) as db:
        await access_log.record(db, who.user_id, action, what, one_line(why, 400), contact_id=call_id)


async def _send(parts: Parts, wish: Wish) -> Response:
    try:
        await parts.line.send(wish)
    except FloorAway as error:
        raise Missing("floor-away") from error
    return JSONResponse({"sent": True}, status_code=202)
