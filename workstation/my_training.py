"""Pages: collections of calls that one may learn from, each listen written down (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.db import reading
from crm_core.errors import NoSuchEvaluation
from crm_core.store import recordings, training
from crm_core.store.training import Call, Collection
from workstation import recorded
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Who, number
from workstation.formats import length
from workstation.office.base import show

router = APIRouter(prefix="/my")


@router.get("/training")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List the collections that are open to whoever asks."""
    async with reading(parts.engine) as db:
        found = await training.listing(db, who.user_id)
    return show(request, who, "my_training.html", rows=found)


@router.get("/training/{row_id}")
async def one(request: Request, parts: PartsDep, who: Who, row_id: str) -> Response:
    """List the calls of a collection."""
    async with reading(parts.engine) as db:
        found = await training.one(db, number(row_id) or 0, who.user_id)
        calls = await training.calls(db, found.collection_id)
    return show(request, who, "my_training_one.html", one=found, calls=calls, length=length)


async def _call(parts: Parts, who: Person, row_id: str, entry_id: str) -> tuple[Collection, Call]:
    async with reading(parts.engine) as db:
        found = await training.one(db, number(row_id) or 0, who.user_id)
        calls = await training.calls(db, found.collection_id)
    call = next((each for each in calls if each.entry_id == number(entry_id) and each.heard), None)
    if call is None:
        raise NoSuchEvaluation(f"there is no call {entry_id[:20]} to hear in the collection {found.collection_id}")
    return found, call


@router.get("/training/{row_id}/calls/{entry_id}")
async def call(request: Request, parts: PartsDep, who: Who, row_id: str, entry_id: str) -> Response:
    """Show a call of a collection with its player, and what is to be noticed."""
    found, entry = await _call(parts, who, row_id, entry_id)
    async with reading(parts.engine) as db:
        heard = await recordings.one(db, entry.recording_id)
    return show(
        request, who, "my_training_call.html", one=found, call=entry, drawn=recorded.drawn(heard),
        pauses=heard.pauses, length=length,
    )  # fmt: skip


@router.get("/training/{row_id}/calls/{entry_id}/audio")
async def audio(request: Request, parts: PartsDep, who: Who, row_id: str, entry_id: str) -> Response:
    """Answer the player; each part is written down as heard."""
    _, entry = await _call(parts, who, row_id, entry_id)
    async with reading(parts.engine) as db:
        heard = await recordings.one(db, entry.recording_id)
    return await recorded.answer(parts, request, who.user_id, heard)
