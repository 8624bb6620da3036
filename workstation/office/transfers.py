"""Pages: numbers that callers may be passed on to (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.db import reading, transaction
from crm_core.errors import NoSuchTransferNumber, TransferNumberTaken
from crm_core.outward import MayCall, NoCall
from crm_core.store import transfers as store
from crm_core.store.transfers import TransferNumber
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.forms import Form
from workstation.office.base import cut, form_of, go, once, show
from workstation.passing import NOT_A_SKILL, REFUSALS, SKILL, judge_number, way_out
from workstation.sentences import N_

router = APIRouter(prefix="/office/transfer-numbers")
PAGE = 50
TAKEN = N_("This number is on the list already.")


@router.get("")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List the numbers, with a form for a new one or for the one that is changed."""
    key, values = number(request.query_params.get("change")), {}
    if key is not None:
        async with reading(parts.engine) as db:
            known = await store.one(db, key)
        values = {"title": known.title, "number": known.number, "skill": known.skill}
    return await _page(request, parts, who, form_of(request, who, values), key)


async def _page(request: Request, parts: Parts, who: Person, form: Form, changed: int | None) -> Response:
    async with reading(parts.engine) as db:
        out = await way_out(db, parts.settings)
        rows = await store.listing(db, after=number(request.query_params.get("after")) or 0, limit=PAGE + 1)
    shown, more = cut(rows, PAGE, _key)
    return show(request, who, "transfer_numbers.html", status=200 if form.fine else 422, form=form, numbers=shown,
                more=more, changed=changed, trunk=bool(out.nodes))  # fmt: skip


def _key(one: TransferNumber) -> int:
    return one.number_id


@router.post("")
async def add(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Put a number on the list."""
    return await _save(request, parts, who, sent, None)


@router.post("/{row_id}")
async def change(request: Request, parts: PartsDep, who: Who, sent: Sent, row_id: str) -> Response:
    """Change a number of the list."""
    return await _save(request, parts, who, sent, _row(row_id))


@router.post("/{row_id}/removal")
async def remove(parts: PartsDep, who: Who, sent: Sent, row_id: str) -> Response:
    """Take a number off the list."""
    key = _row(row_id)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await store.remove(db, key, who.user_id)
    return go("/office/transfer-numbers", "ended")


def _row(text: str) -> int:
    key = number(text)
    if key is None:
        raise NoSuchTransferNumber(f"there is no number {text[:20]} to pass on to")
    return key


async def _save(request: Request, parts: Parts, who: Person, sent: dict[str, str], key: int | None) -> Response:
    form = form_of(request, who, sent)
    title, skill = form.text("title", 80, required=True), form.text("skill", 40)
    if skill and not SKILL.fullmatch(skill):
        form.refuse("skill", NOT_A_SKILL)
    typed = form.text("number", 40, required=True)
    async with reading(parts.engine) as db:
        verdict = judge_number(parts.settings, await way_out(db, parts.settings), typed)
    if typed and isinstance(verdict, NoCall):
        form.refuse("number", REFUSALS[verdict])
    if not form.fine or not isinstance(verdict, MayCall):
        return await _page(request, parts, who, form, key)
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            await store.save(db, key, title, verdict.number, skill, who.user_id)
    except TransferNumberTaken:
        form.refuse("number", TAKEN)
        return await _page(request, parts, who, form, key)
    return go("/office/transfer-numbers", "saved")
