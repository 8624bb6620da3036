"""Pages: call-backs: kept places, promised times, voicemail (shell)."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from crm_core import clock, outward
from crm_core.access import Action, hidden
from crm_core.callback_desk import CallbackWish, HouseDesk, judge, reaches
from crm_core.callbacks import CallbackState, CallbackStep, Ending, Limits, Refusal, kept_rate
from crm_core.db import reading, transaction
from crm_core.errors import CallbackOutOfTurn, NoSuchCallback
from crm_core.masking import told
from crm_core.store import access_log, callback_lists, working_time
from crm_core.store.callback_lists import VIEWS, Listed
from crm_core.work.jobs import site_of
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.facts import number_shown
from workstation.forms import Form
from workstation.office.base import cut, form_of, go, once, show
from workstation.office.work_base import local, moment
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 50
MEASURED = timedelta(days=30)
"""The kept-promise rate is of so many days."""
STATES = {
    CallbackState.OPEN: N_("Waits for its time"),
    CallbackState.STANDING: N_("Stands in the queue"),
    CallbackState.DIALLING: N_("Is being called"),
    CallbackState.KEPT: N_("Kept"),
    CallbackState.FAILED: N_("Not reached"),
    CallbackState.CANCELLED: N_("Cancelled"),
    CallbackState.CAME: N_("Called by himself"),
}
ENDINGS = {
    Ending.REACHED: N_("reached"),
    Ending.BUSY: N_("busy"),
    Ending.NO_ANSWER: N_("no answer"),
    Ending.REFUSED: N_("the network does not connect this number"),
    Ending.FAULT: N_("the network failed"),
    Ending.PUT_OFF: N_("the operator hung up before it was dialled"),
    Ending.BROKEN_OFF: N_("the operator hung up while it rang"),
    Ending.CALLING: N_("he was on the line himself"),
    Ending.WITHDRAWN: N_("taken out of the queue, not dialled"),
    Ending.CLOSED: N_("outside working time"),
    Ending.UNKNOWN: N_("nobody knows: look whether he was reached"),
}
SHOWN = (
    ("live", N_("To be kept")),
    ("due", N_("Due now")),
    ("progress", N_("In progress")),
    ("late", N_("Late")),
    ("kept", N_("Kept")),
    ("failed", N_("Not reached")),
    ("", N_("All")),
)
REFUSALS: dict[str, str] = {
    Refusal.NO_LINE: N_("This house calls nobody: no trunk that places calls is on record."),
    Refusal.TOO_MANY: N_("This number is to be called back often enough today."),
    Refusal.FULL: N_("More call-backs are open than can be kept."),
    Refusal.NOT_OPEN: N_("Choose a time within working time and within the next seven days."),
    outward.NoCall.NOT_A_NUMBER: N_("This is no telephone number."),
    outward.NoCall.COUNTRY: N_("Numbers of this country are not called."),
    outward.NoCall.KIND: N_("Numbers of this kind are not called: only fixed and mobile ones."),
    outward.NoCall.OURS: N_("This is our own number."),
}
NOT_A_MOMENT = N_("A day and a time are needed here, like 2026-11-22 18:00.")


@router.get("/callbacks")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List call-backs, with how promises were kept, and a form for a new one."""
    return await _list(request, parts, who, form_of(request, who, {}))


async def _list(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    asked = request.query_params.get("view", "live")
    view = asked if asked in VIEWS or not asked else "live"
    now = clock.now()
    async with reading(parts.engine) as db:
        before = number(request.query_params.get("before"))
        rows = await callback_lists.listing(db, now, view, before=before, limit=PAGE + 1)
        kept = await callback_lists.kept(db, now - MEASURED, now)
        calls = await reaches(db, parts.settings)
    shown, more = cut(rows, PAGE, _key)
    return show(
        request, who, "callbacks_list.html", status=200 if form.fine else 422, form=form, view=view, now=now,
        rows=[(one, _shown(one, who)) for one in shown], kept=kept, rate=kept_rate(kept.in_time, kept.promised),
        more=f"/office/callbacks?{urlencode({'view': view, 'before': more})}" if more else "",
        first=f"/office/callbacks?{urlencode({'view': view})}" if before else "",
        views=SHOWN, states=STATES, endings=ENDINGS, days=MEASURED.days, calls=calls,
    )  # fmt: skip


def _key(one: Listed) -> int:
    return one.callback_id


def _shown(one: Listed, who: Person) -> str:
    return number_shown(one.number, who.role, own=False)


@router.post("/callbacks")
async def promise(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Promise somebody to be called back, at a time of his choice or as soon as his turn comes."""
    form = form_of(request, who, sent)
    typed = form.text("number", 40, required=True)
    note = form.prose("note", 2000)
    at = _moment(form, parts, "at")
    if form.fine:
        desk = HouseDesk(parts.engine, parts.settings)
        wish = CallbackWish(
            call_id=f"office-{secrets.token_hex(8)}", number=typed, account_id=None, topic="callback",
            language=parts.settings.languages[0], at=at,
        )  # fmt: skip
        async with transaction(parts.engine) as db:
            answer = await desk.ask(db, wish, by=who.user_id, note=note)
            if isinstance(answer, int):
                await once(db, who, sent)
                await access_log.record(
                    db, who.user_id, Action.SEE_CALLBACKS, f"callback {answer}", "promised", address(request)
                )
                return go(f"/office/callbacks/{answer}", "saved")
        form.refuse("at" if answer is Refusal.NOT_OPEN else "number", REFUSALS[answer])
    return await _list(request, parts, who, form)


def _moment(form: Form, parts: Parts, name: str, *, required: bool = False) -> datetime | None:
    typed = form.text(name, 40, required=required)
    found = moment(typed, parts, clock.now()) if typed else None
    if typed and found is None:
        form.refuse(name, NOT_A_MOMENT)
    return found


@router.get("/callbacks/messages")
async def messages(request: Request, parts: PartsDep, who: Who) -> Response:
    """List the messages that callers left."""
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        rows = await callback_lists.messages(db, before=before, limit=PAGE + 1)
    shown, more = cut(rows, PAGE, lambda one: one.message_id)
    return show(
        request, who, "callbacks_messages.html",
        rows=[(one, number_shown(one.number, who.role, own=False)) for one in shown],
        more=f"/office/callbacks/messages?before={more}" if more else "",
        first="/office/callbacks/messages" if before else "",
    )  # fmt: skip


@router.get("/callbacks/messages/{message_id}/sound")
async def sound(request: Request, parts: PartsDep, who: Who, message_id: str) -> Response:
    """Play a message; who heard it is written down."""
    key = _named(message_id)
    async with transaction(parts.engine) as db:
        found = await callback_lists.message(db, key)
        file = await asyncio.to_thread(_file, parts.settings.run_dir, found.file)
        if file is None:
            raise NoSuchCallback("the sound of this message is gone")
        await access_log.record(db, who.user_id, Action.SEE_CALLBACKS, f"message {key}", "heard", address(request))
    return FileResponse(file, media_type="audio/wav", headers={"Cache-Control": "no-store"})


def _file(run_dir: Path, name: str) -> Path | None:
    """Return the file of a message below our own folder, None when it is not there."""
    folder = (run_dir / "messages").resolve()
    file = (folder / name).resolve()
    return file if name and file.parent == folder and file.is_file() else None


def _named(text: str) -> int:
    found = number(text)
    if found is None:
        raise NoSuchCallback("this is no key of a call-back")
    return found


@router.get("/callbacks/{callback_id}")
async def one(request: Request, parts: PartsDep, who: Who, callback_id: str) -> Response:
    """Show a call-back with every attempt."""
    return await _page(request, parts, who, _named(callback_id), form_of(request, who, {}))


async def _page(request: Request, parts: Parts, who: Person, key: int, form: Form) -> Response:
    async with transaction(parts.engine) as db:
        found = await callback_lists.one(db, key)
        tried = await callback_lists.attempts(db, key)
        await access_log.record(db, who.user_id, Action.SEE_CALLBACKS, f"callback {key}", "", address(request))
    form.values = {"at": local(found.due_at, parts), **form.values}
    return show(
        request, who, "callbacks_one.html", status=200 if form.fine else 422, form=form, one=found,
        number=_shown(found, who), note=told(found.note, hidden(who.role)), attempts=tried, states=STATES,
        endings=ENDINGS, now=clock.now(),
        may_cancel=found.may(CallbackStep.CANCEL),
        may_move=found.may(CallbackStep.MOVE) or found.may(CallbackStep.REOPEN),
    )  # fmt: skip


@router.post("/callbacks/{callback_id}/cancel")
async def cancel(request: Request, parts: PartsDep, who: Who, sent: Sent, callback_id: str) -> Response:
    """Take a promise back, with a reason."""
    key, form = _named(callback_id), form_of(request, who, sent)
    reason = form.text("reason", callback_lists.LONGEST_REASON, required=True)
    if not form.fine:
        return await _page(request, parts, who, key, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await callback_lists.cancel(db, key, reason, who.user_id, clock.now())
        await access_log.record(
            db, who.user_id, Action.SEE_CALLBACKS, f"callback {key}", f"cancelled: {reason}", address(request)
        )
    return go(f"/office/callbacks/{key}", "cancelled")


@router.post("/callbacks/{callback_id}/move")
async def move(request: Request, parts: PartsDep, who: Who, sent: Sent, callback_id: str) -> Response:
    """Give a promise another time; one that failed is taken up again."""
    key, form = _named(callback_id), form_of(request, who, sent)
    at = _moment(form, parts, "at", required=True)
    reason = form.text("move_reason", callback_lists.LONGEST_REASON, required=True)
    async with transaction(parts.engine) as db:
        if at is not None and form.fine:
            await once(db, who, sent)
            found = await callback_lists.one(db, key)
            calendar = await working_time.calendar(db, site_of(parts.settings))
            wish = CallbackWish(call_id="", number=found.number, account_id=None, topic="", language="", at=at)
            judged = judge(wish, parts.settings, calendar, clock.now(), Limits())
            if isinstance(judged, Refusal | outward.NoCall):
                form.refuse("at" if judged is Refusal.NOT_OPEN else "form", REFUSALS[judged])
            elif not (found.may(CallbackStep.MOVE) or found.may(CallbackStep.REOPEN)):
                raise CallbackOutOfTurn("this call-back cannot be given another time now")
            else:
                await callback_lists.move(db, key, judged.due_at, judged.until, reason)
                await access_log.record(
                    db, who.user_id, Action.SEE_CALLBACKS, f"callback {key}", f"moved: {reason}", address(request)
                )
    if not form.fine:
        return await _page(request, parts, who, key, form)
    return go(f"/office/callbacks/{key}", "saved")
