"""Pages of exports: asked for with a reason, approved by a second person, fetched once (shell)."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.responses import Response, StreamingResponse

from crm_core import clock
from crm_core.access import Action
from crm_core.access import may as role_may
from crm_core.db import reading, transaction
from crm_core.errors import ExportTooLarge, NoSuchExport, NoSuchSegment, SegmentBroken
from crm_core.exporting.life import ExportState
from crm_core.exporting.selection import MOST_NUMBERS
from crm_core.exporting.subjects import FORMS, SUBJECTS
from crm_core.store import exports, jobs, segments
from crm_core.store.exports import Export
from workstation import taking_out
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.errors import Missing
from workstation.forms import Form
from workstation.handing import Asker, hand_over
from workstation.office.base import cut, done_sentences, form_of, go, once, show, words
from workstation.sentences import N_
from workstation.taking_out import LEAST_REASON, Question

router = APIRouter(prefix="/office")
PAGE = 50
SCOPES = ("all", "accounts", "segment", "list")
LONGEST_NUMBERS = MOST_NUMBERS * 14
_NUMBER = re.compile(r"[0-9A-Za-zА-Яа-яЁё/-]{1,12}")  # noqa: RUF001 -- accounts are spelled in both scripts
done_sentences({"refused": N_("Refused.")})


@router.get("/exports")
async def listing(request: Request, parts: PartsDep, who: Who, segment: str = "", members: str = "") -> Response:
    """List one's own exports and those that wait for approval, with the form to ask for another.

    The page of a segment comes here with its number, or with that of a list of its members.
    """
    values = {"scope": "all", "form": "csv"}
    if number(segment) is not None:
        values |= {"subject": "subscribers", "scope": "segment", "segment_id": segment}
    elif number(members) is not None:
        values |= {"subject": "subscribers", "scope": "list", "list_id": members}
    return await _listing(request, parts, who, form=form_of(request, who, values))


@router.post("/exports")
async def ask(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Ask for an export."""
    form = form_of(request, who, sent)
    question = _question(form)
    if question is None:
        return await _listing(request, parts, who, form=form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
    try:
        found = await taking_out.ask(parts, question, _asker(request, who))
    except (NoSuchSegment, SegmentBroken):
        form.refuse("list_id" if question.selection["scope"] == "list" else "segment_id", N_("Choose one of the list."))
        return await _listing(request, parts, who, form=form)
    except ExportTooLarge:
        form.refuse("form", N_("This is more than may leave in one file. Choose fewer accounts or a shorter time."))
        return await _listing(request, parts, who, form=form)
    return go(f"/office/exports/{found.export_id}")


@router.get("/exports/{export_id}")
async def one(request: Request, parts: PartsDep, who: Who, export_id: str) -> Response:
    """Show an export to who asked for it and to who may approve it."""
    found = await _found(parts.engine, who, export_id)
    return await _page(request, parts, who, found)


@router.post("/exports/{export_id}/approve")
async def approve(request: Request, parts: PartsDep, who: Who, sent: Sent, export_id: str) -> Response:
    """Approve another person's export."""
    found = await _found(parts.engine, who, export_id)
    why = form_of(request, who, sent).text("answer", 300)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        job = await taking_out.approve(db, found.export_id, why, _asker(request, who))
    await hand_over(parts.settings, job)
    return go(f"/office/exports/{found.export_id}")


@router.post("/exports/{export_id}/refuse")
async def refuse(request: Request, parts: PartsDep, who: Who, sent: Sent, export_id: str) -> Response:
    """Refuse another person's export; who asked is told why."""
    found = await _found(parts.engine, who, export_id)
    form = form_of(request, who, sent)
    why = form.text("answer", 300, required=True)
    if not form.fine:
        return await _page(request, parts, who, found, form=form)
    async with transaction(parts.engine) as db:
        await taking_out.refuse(db, found.export_id, why, _asker(request, who))
    return go(f"/office/exports/{found.export_id}", "refused")


@router.post("/exports/{export_id}/link")
async def link(parts: PartsDep, who: Who, export_id: str) -> Response:
    """Make the link to one's own file and follow it."""
    key = _key(export_id)
    async with transaction(parts.engine) as db:
        token = await exports.link(db, key, who.user_id, clock.now())
    return go(f"/office/exports/{key}/file/{token}")


@router.get("/exports/{export_id}/file/{token}")
async def file(request: Request, parts: PartsDep, who: Who, export_id: str, token: str) -> Response:
    """Send the file: once."""
    found, pieces = await taking_out.fetch(parts, _key(export_id), who.user_id, token, address(request))
    return StreamingResponse(pieces, media_type=taking_out.media_type(found), headers=taking_out.headers(found))


def _question(form: Form) -> Question | None:
    """Read what is asked for; None when something is not right yet."""
    subject = form.choice("subject", SUBJECTS, required=True)
    kind = form.choice("form", FORMS, required=True)
    if subject and kind and kind not in SUBJECTS[subject].forms:
        form.refuse("subject", N_("This cannot be had in that form."))
    scope = form.choice("scope", SCOPES, required=True)
    reason = form.text("reason", 300, required=True)
    if reason and len(reason) < LEAST_REASON:
        form.refuse("reason", N_("At least {least} characters: what is it for?"), least=LEAST_REASON)
    since, until = form.day("since"), form.day("until")
    if since and until and until < since:
        form.refuse("until", N_("Not before {least}."), least=since.isoformat())
    selection = _selection(form, scope)
    if not form.fine:
        return None
    return Question(subject=subject, form=kind, selection=selection, since=since, until=until, reason=reason)


def _selection(form: Form, scope: str) -> dict[str, Any]:
    if scope == "segment":
        segment_id = form.whole("segment_id", least=1, required=True)
        return {"scope": "segment", "segment_id": segment_id or 0}
    if scope == "list":
        list_id = form.whole("list_id", least=1, required=True)
        return {"scope": "list", "list_id": list_id or 0}
    if scope != "accounts":
        return {"scope": "all"}
    numbers = form.prose("numbers", LONGEST_NUMBERS, required=True).replace(",", " ").split()
    if len(numbers) > MOST_NUMBERS:
        form.refuse("numbers", N_("At most {most} accounts."), most=MOST_NUMBERS)
    wrong = next((one for one in numbers if not _NUMBER.fullmatch(one)), None)
    if wrong is not None:
        form.refuse("numbers", N_("{number} is no account number."), number=wrong[:20])
    return {"scope": "accounts", "numbers": numbers}


async def _listing(request: Request, parts: Parts, who: Person, *, form: Form) -> Response:
    before = number(request.query_params.get("before"))
    sees = role_may(who.role, Action.SEE_SEGMENT)
    async with reading(parts.engine) as db:
        found = await exports.listing(db, asked_by=who.user_id, before_id=before, limit=PAGE + 1)
        known = await segments.everyone(db) if sees else []
        lists = await exports.lists(db) if sees else []
    shown, more = cut(found, PAGE, lambda one: one.export_id)
    return show(
        request,
        who,
        "exchange_exports.html",
        status=200 if form.fine else 422,
        form=form,
        exports=shown,
        more=more,
        subjects=SUBJECTS,
        segments=known,
        lists=lists,
        forms=FORMS,
        approval_rows=parts.settings.export_approval_rows,
        hours=parts.settings.export_hours,
    )


async def _page(request: Request, parts: Parts, who: Person, found: Export, *, form: Form | None = None) -> Response:
    async with reading(parts.engine) as db:
        job = None if found.job_id is None else await jobs.by_id(db, found.job_id)
        key = found.selection.get("segment_id")
        segment = "" if key is None else (await segments.one(db, key)).name
    mine = found.asked_by == who.user_id
    return show(
        request,
        who,
        "exchange_export.html",
        status=422 if form and not form.fine else 200,
        form=form or form_of(request, who, {}),
        found=found,
        job=job,
        segment=segment,
        refusal=taking_out.refusal_of(found, words(request, who)),
        mine=mine,
        may_answer=not mine and role_may(who.role, Action.APPROVE_EXPORT) and found.state is ExportState.WAITING,
        may_fetch=mine and found.state is ExportState.READY,
    )


def _asker(request: Request, who: Person) -> Asker:
    return Asker(user_id=who.user_id, role=who.role, ip=address(request), words=words(request, who))


def _key(export_id: str) -> int:
    key = number(export_id)
    if key is None:
        raise Missing("no-such-export")
    return key


async def _found(engine: AsyncEngine, who: Person, export_id: str) -> Export:
    """Return an export that this person may know of: his own, or one that he may approve or did."""
    async with reading(engine) as db:
        found = await exports.by_id(db, _key(export_id))
    if taking_out.may_know(found, who.user_id, approves=role_may(who.role, Action.APPROVE_EXPORT)):
        return found
    raise NoSuchExport(f"there is no export {export_id} for this person")
