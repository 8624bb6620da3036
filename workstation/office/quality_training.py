"""Pages of collections of calls to learn from, for those who gather them (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action, Role, may
from crm_core.db import reading, transaction
from crm_core.store import evaluations, recordings, teams, training
from crm_core.store.training import LONGEST_NOTE, LONGEST_TITLE, Collection
from crm_core.work.fields import named
from workstation import quality_words as said
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.formats import length
from workstation.forms import Form
from workstation.office.base import done_sentences, form_of, go, once, show
from workstation.office.quality_sheet import BEYOND, NOT_A_MOMENT
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE, NEW = "/office/quality/collections", "new"
done_sentences({"collected": N_("It is in the collection now.")})


@router.get("/quality/collections")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List the collections."""
    async with reading(parts.engine) as db:
        found = await training.listing(db)
    manages = may(who.role, Action.MANAGE_QUALITY)
    return show(request, who, "quality_collections.html", rows=found, new=NEW, manages=manages)


@router.get("/quality/collections/{row_id}")
async def one(request: Request, parts: PartsDep, who: Who, row_id: str) -> Response:
    """Show a collection with its calls and who may hear them; `new` shows an empty one."""
    known = await _known(parts, row_id)
    values = {} if known is None else {"title": known.title, "note": known.note}
    if known is not None:
        values |= {f"team_{code}": "1" for code in known.teams} | {f"operator_{key}": "1" for key in known.operators}
    return await _page(request, parts, who, known, form_of(request, who, values))


async def _known(parts: Parts, row_id: str) -> Collection | None:
    if row_id == NEW:
        return None
    async with reading(parts.engine) as db:
        return await training.one(db, number(row_id) or 0)


async def _page(request: Request, parts: Parts, who: Person, known: Collection | None, form: Form) -> Response:
    async with reading(parts.engine) as db:
        calls = await training.calls(db, known.collection_id) if known else []
        groups = await teams.everyone(db)
        people = await evaluations.graders(db, [Role.OPERATOR.value])
    return show(
        request, who, "quality_collection.html", status=200 if form.fine else 422, form=form, known=known, calls=calls,
        new=NEW, teams=[(one.code, named(one.titles, who.language)) for one in groups], people=people, length=length,
        manages=may(who.role, Action.MANAGE_QUALITY),
    )  # fmt: skip


@router.post("/quality/collections/{row_id}")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent, row_id: str) -> Response:
    """Make a collection, or change what it is called and who may hear it."""
    known, form = await _known(parts, row_id), form_of(request, who, sent)
    title, note = form.text("title", LONGEST_TITLE, required=True), form.prose("note", LONGEST_NOTE)
    if not form.fine:
        return await _page(request, parts, who, known, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        groups = [one.code for one in await teams.everyone(db) if form.flag(f"team_{one.code}")]
        people = await evaluations.graders(db, [Role.OPERATOR.value])
        operators = [key for key, _ in people if form.flag(f"operator_{key}")]
        key = known.collection_id if known else None
        made = await training.save(db, key, title, note, groups, operators, who.user_id, clock.now())
    return go(f"{PAGE}/{made}", "saved")


@router.post("/quality/collections/{row_id}/retirement")
async def retire(parts: PartsDep, who: Who, sent: Sent, row_id: str) -> Response:
    """Show a collection to nobody any more."""
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await training.retire(db, number(row_id) or 0, who.user_id, clock.now())
    return go(PAGE, "ended")


@router.post("/quality/collections/{row_id}/calls/{entry_id}/removal")
async def take(parts: PartsDep, who: Who, sent: Sent, row_id: str, entry_id: str) -> Response:
    """Take a call out of a collection."""
    key = number(row_id) or 0
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await training.take(db, key, number(entry_id) or 0, who.user_id)
    return go(f"{PAGE}/{key}", "saved")


@router.get("/recordings/{recording_id}/training")
async def choose(request: Request, parts: PartsDep, who: Who, recording_id: str) -> Response:
    """Ask into which collection a recording goes, and from where it is to be heard."""
    return await _choose(request, parts, who, number(recording_id) or 0, form_of(request, who, {"from": "0:00"}))


async def _choose(request: Request, parts: Parts, who: Person, key: int, form: Form) -> Response:
    async with reading(parts.engine) as db:
        heard = await recordings.one(db, key)
        collections = await training.listing(db)
    return show(
        request, who, "quality_collect.html", status=200 if form.fine else 422, form=form, heard=heard, length=length,
        collections=[(one.collection_id, one.title) for one in collections],
    )  # fmt: skip


@router.post("/recordings/{recording_id}/training")
async def put(request: Request, parts: PartsDep, who: Who, sent: Sent, recording_id: str) -> Response:
    """Put a recording into a collection."""
    form, key = form_of(request, who, sent), number(recording_id) or 0
    async with reading(parts.engine) as db:
        heard = await recordings.one(db, key)
        known = {str(one.collection_id) for one in await training.listing(db)}
    chosen = form.choice("collection", known, required=True)
    second = said.seconds_of(form.text("from", 10, required=True))
    if second is None:
        form.refuse("from", NOT_A_MOMENT)
    elif second > heard.seconds:
        form.refuse("from", BEYOND)
    note = form.prose("note", LONGEST_NOTE)
    if not form.fine or second is None:
        return await _choose(request, parts, who, key, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await training.put(db, int(chosen), key, second, note, who.user_id, clock.now())
    return go(f"{PAGE}/{chosen}", "collected")
