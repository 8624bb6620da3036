"""Pages: mass events that the IVR announces to callers of an area (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchFlow
from crm_core.store import mass_events as store
from crm_core.store.mass_events import LONGEST_TEXT, Event, NewEvent
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.forms import Form
from workstation.office.base import cut, form_of, go, once, show
from workstation.office.work_base import local, moment
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 20
NOT_A_MOMENT = N_("A day and a time are needed here, like 2026-11-22 18:00.")
ENDS_FIRST = N_("The end must come after the beginning.")
PLAIN = N_("Words that are read out cannot hold these characters: {found}")
UNSPEAKABLE = frozenset("{}[]<>|\\^~`")


@router.get("/flows/events")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List events, with a form for a new one."""
    values = {"begins_at": local(clock.now(), parts)}
    return await _page(request, parts, who, form_of(request, who, values))


async def _page(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    async with reading(parts.engine) as db:
        rows = await store.listing(db, before=number(request.query_params.get("before")), limit=PAGE + 1)
    shown, more = cut(rows, PAGE, _number)
    status = 200 if form.fine else 422
    return show(request, who, "flows_events.html", status=status, form=form, events=shown, more=more,
                languages=parts.settings.languages, now=clock.now())  # fmt: skip


def _number(one: Event) -> int:
    return one.event_id


@router.post("/flows/events")
async def add(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Announce an event, in every language callers are spoken to in."""
    form = form_of(request, who, sent)
    title = form.text("title", 120, required=True)
    area = form.text("area", 200)
    texts = {
        language: form.text(f"text_{language}", LONGEST_TEXT, required=True) for language in parts.settings.languages
    }
    for language, said in texts.items():
        if found := "".join(sorted(UNSPEAKABLE & set(said))):
            form.refuse(f"text_{language}", PLAIN, found=found)
    now = clock.now()
    moments = {}
    for name in ("begins_at", "ends_at", "restored_at"):
        typed = sent.get(name, "").strip()
        moments[name] = moment(typed, parts, now) if typed else None
        if typed and moments[name] is None:
            form.refuse(name, NOT_A_MOMENT)
    begins = moments["begins_at"] or now
    if moments["ends_at"] is not None and moments["ends_at"] <= begins:
        form.refuse("ends_at", ENDS_FIRST)
    if not form.fine:
        return await _page(request, parts, who, form)
    new = NewEvent(title=title, area=area, texts=texts, begins_at=begins, ends_at=moments["ends_at"],
                   restored_at=moments["restored_at"])  # fmt: skip
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await store.add(db, new, who.user_id)
    return go("/office/flows/events", "saved")


@router.post("/flows/events/{event_id}/end")
async def end(parts: PartsDep, who: Who, sent: Sent, event_id: str) -> Response:
    """Tell it to nobody any more."""
    key = number(event_id)
    if key is None:
        raise NoSuchFlow(f"there is no event {event_id[:20]}")
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await store.end(db, key, who.user_id, clock.now())
    return go("/office/flows/events", "ended")
