"""Closing a contact: what the operator wrote is stored, then the floor is asked to free him (shell)."""

from __future__ import annotations

import asyncio
import uuid

import structlog
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from crm_core import clock
from crm_core.cardnumbers import holds_card
from crm_core.db import transaction
from crm_core.errors import NoSuchAccount, NoSuchCall, NoSuchDisposition
from crm_core.store import interactions, transfers, write_ups
from crm_core.store.write_ups import Lacking
from crm_core.work.jobs import site_of
from routing.views import CallPhase, OperatorId
from routing.wishes import CloseWrapUp
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number, translate
from workstation.errors import Forbidden, Refused, TooMany
from workstation.faults import told
from workstation.floorline import FloorAway
from workstation.forms import CARD_NUMBER
from workstation.openings import call_of
from workstation.sentences import N_, Translate, sentence
from workstation.throttle import WRITE

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/api/calls")

NEED = "need_"
"""Fields that a result needs are named `need_<code>`."""
NOTE_LIMIT = write_ups.LONGEST_NOTE
CALL_ID_LIMIT = 80
FREEING_TRIES, FREEING_SECONDS = 30, 0.3
"""How often, and every how many seconds, the floor is asked again to free who has written his contact up."""
NOTE_TOO_LONG = N_("The note is longer than {limit} characters.")
_freeing: set[asyncio.Task[None]] = set()


@router.post("/{call_id}/close")
async def close(request: Request, parts: PartsDep, who: Who, sent: Sent, call_id: str) -> Response:
    """Store disposition and note, then wish the operator free; sending the same again changes nothing."""
    if not await parts.throttle.allows(WRITE, "close", str(who.user_id)):
        raise TooMany
    if not 0 < len(call_id) <= CALL_ID_LIMIT:
        raise NoSuchCall(call_id)
    words = translate(request, who)
    account_id = _checked(sent, words)
    try:
        account_id, lacking = await _store(parts, who, call_id, sent, account_id)
    except NoSuchDisposition as error:
        raise Refused({"disposition": sentence(error.code, words)}) from error
    except NoSuchAccount as error:
        raise Refused({"account_id": sentence(error.code, words)}) from error
    if lacking is not None:
        raise Refused(told(lacking.faults, words, NEED))
    if account_id is not None:
        parts.hub.ahead.changed(account_id)
    parts.access.note(who.user_id, "contact.closed", f"call {call_id}", reason=sent["disposition"], ip=address(request))
    await _free(parts, who, call_id)
    return JSONResponse({"done": True})


def _checked(sent: dict[str, str], words: Translate) -> int | None:
    wrong: dict[str, str] = {}
    if not sent.get("disposition", "").strip():
        wrong["disposition"] = sentence("disposition-first", words)
    if len(sent.get("note", "")) > NOTE_LIMIT:
        wrong["note"] = words(NOTE_TOO_LONG).format(limit=NOTE_LIMIT)
    wrong |= {name: words(CARD_NUMBER) for name, value in sent.items() if holds_card(value)}
    account_id = number(sent.get("account_id"))
    if account_id is None and sent.get("account_id"):
        wrong["account_id"] = sentence("no-such-account", words)
    if wrong:
        raise Refused(wrong)
    return account_id


async def _store(
    parts: Parts, who: Person, call_id: str, sent: dict[str, str], account_id: int | None
) -> tuple[int | None, Lacking | None]:
    """Store it, and return whose timeline has it now, or what the result still needs."""
    needs = {name.removeprefix(NEED): value for name, value in sent.items() if name.startswith(NEED)}
    async with transaction(parts.engine) as db:
        record = await interactions.by_call_id(db, call_id)
        if record is None:
            raise NoSuchCall(call_id)
        if transfers.is_part(record.operator_id, record.phase, who.user_id):
            if not await _passed_on(parts, who, call_id):
                raise Forbidden("not-your-contact")
            note, role, now = sent.get("note", ""), who.role.value, clock.now()
            await transfers.write_part(db, call_id, who.user_id, sent["disposition"], note, now, role)
            return record.account_id, None
        lacking = await interactions.close(
            db,
            call_id,
            who.user_id,
            sent["disposition"],
            sent.get("note", ""),
            account_id,
            values=needs,
            site=site_of(parts.settings),
            role=who.role.value,
        )
    return record.account_id if account_id is None else account_id, lacking


async def _passed_on(parts: Parts, who: Person, call_id: str) -> bool:
    """Whether his desk says that he passed this caller on and writes his part up."""
    call = await call_of(parts, who)
    return call is not None and call.call_id == call_id and call.phase is CallPhase.WRAP_UP


async def _free(parts: Parts, who: Person, call_id: str) -> None:
    """Wish now, and go on wishing while the page goes on working: a floor that dies forgets what it had not read."""
    await _wish(parts, who, call_id)
    task = asyncio.create_task(_free_later(parts, who, call_id))
    _freeing.add(task)
    task.add_done_callback(_freeing.discard)


async def _free_later(parts: Parts, who: Person, call_id: str) -> None:
    for _ in range(FREEING_TRIES):
        await asyncio.sleep(FREEING_SECONDS)
        if not _still_to_close(parts, who, call_id):
            return
        await _wish(parts, who, call_id)
    await log.aerror("contact.not_freed", call_id=call_id, user_id=who.user_id)


def _still_to_close(parts: Parts, who: Person, call_id: str) -> bool:
    """Whether his desk still shows it as being written up; while the floor is not heard, we believe it does."""
    call = parts.hub.call_at(who.user_id, call_id)
    return not parts.hub.alive or (call is not None and call.phase is CallPhase.WRAP_UP)


async def _wish(parts: Parts, who: Person, call_id: str) -> bool:
    wish = CloseWrapUp(
        wish_id=f"close-{uuid.uuid4().hex[:12]}",
        operator_id=OperatorId(who.user_id),
        at=clock.now(),
        call_id=call_id,
    )
    try:
        await parts.line.send(wish)
    except FloorAway:
        return False
    return True
