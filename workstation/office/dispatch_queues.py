"""Pages: queues: hours, service level, and where callers go who cannot wait (shell)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.resorts import LONGEST, fault
from crm_core.store import dispatch as store
from crm_core.store import working_time
from crm_core.store.dispatch import Queue
from crm_core.work.forms import Site
from crm_core.work.sla import WorkCalendar
from routing import rulebook
from routing.terms import QUEUE_NAME, TO_QUEUE, Cause, Terms, TermsError, loop, read_span
from workstation import dispatch_words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who
from workstation.forms import Form
from workstation.office.base import done_sentences, form_of, go, once, show, words
from workstation.sentences import N_, Translate

router = APIRouter(prefix="/office")
SPAN = re.compile(r"(\d\d:\d\d)\s*[-\u2013\u2014]\s*(\d\d:\d\d)")
OPENINGS = {
    "always": N_("Day and night"),
    "utility": N_("In the utility's working time"),
    "own": N_("In hours of its own"),
}
NEW = N_("New queue")
BAD_NAME = N_("Small Latin letters, digits, _ and -, a letter or digit first, at most 40.")
TAKEN = N_("There is a queue of this name already.")
ROUND = N_("Callers would go round in a circle from here.")
NO_LIMIT = N_("Say after how many seconds.")
NO_MOST = N_("Say how many may wait.")
RESORTS = {
    "unknown": N_("There is no such queue; choose one of the list."),
    "round": N_("These queues of last resort lead round in a circle."),
    "long": N_("At most {most} queues of last resort may follow one another."),
}
MAIN = "main"
"""The queue of callers whom no rule sends elsewhere; it is there before anybody sets anything of it."""
FIELD_OF = {Cause.CLOSED: "when_closed", Cause.FULL: "when_full", Cause.NOBODY: "when_nobody", Cause.LATE: "when_late"}
done_sentences({"queue-saved": N_("Saved: it holds from now on."), "queue-dropped": N_("Taken away.")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A queue as the list shows it."""

    queue: Queue
    open: bool
    exits: Sequence[tuple[str, str]]
    """Cause and where it leads, in words."""


def site(parts: Parts) -> Site:
    """Return where the utility is."""
    return Site(country=parts.settings.country, time_zone=parts.settings.time_zone)


@router.get("/queues")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List queues, with which of them are open at this moment."""
    say = words(request, who)
    async with reading(parts.engine) as db:
        queues = await store.every_queue(db)
        utility = await working_time.calendar(db, site(parts))
    rows = [_row(one, utility, say) for one in queues]
    return show(
        request, who, "queues_list.html", rows=rows, openings={code: say(text) for code, text in OPENINGS.items()},
        house_level=parts.settings.service_level_seconds,
    )  # fmt: skip


def _row(queue: Queue, utility: WorkCalendar, say: Translate) -> Row:
    try:
        terms = rulebook.terms(queue, utility)
    except TermsError:
        terms = Terms(name=queue.code)
    exits = [
        (say(dispatch_words.CAUSES[cause]), dispatch_words.way(terms.exits[cause], say))
        for cause in Cause
        if cause in terms.exits
    ]
    return Row(queue=queue, open=terms.is_open(clock.now()), exits=exits)


@router.get("/queues/new")
async def new(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show an empty queue."""
    async with reading(parts.engine) as db:
        return await _page(db, request, who, form_of(request, who, {"opening": "always"}), "")


@router.post("/queues/new")
async def make(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Make a queue."""
    return await _save(request, parts, who, sent, "")


@router.get("/queues/{code}")
async def one(request: Request, parts: PartsDep, who: Who, code: str) -> Response:
    """Show a queue to be changed."""
    async with reading(parts.engine) as db:
        typed = _typed(await store.queue(db, code))
        return await _page(db, request, who, form_of(request, who, typed), code)


@router.post("/queues/{code}")
async def change(request: Request, parts: PartsDep, who: Who, sent: Sent, code: str) -> Response:
    """Change a queue, or take what is set of it away (`do` is `drop`)."""
    if sent.get("do") == "drop":
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            await store.drop_queue(db, code, who.user_id)
        return go("/office/queues", "queue-dropped")
    return await _save(request, parts, who, sent, code)


async def _save(request: Request, parts: Parts, who: Person, sent: Sent, code: str) -> Response:
    form = form_of(request, who, sent)
    say = words(request, who)
    async with reading(parts.engine) as db:
        others = {one.code: one for one in await store.every_queue(db)}
        utility = await working_time.calendar(db, site(parts))
        if code:
            await store.queue(db, code)
        wanted = read(form, code, say)
        if not code and wanted.code in others:
            form.refuse("code", TAKEN)
        judge(form, wanted, list(others.values()), utility, say)
        if not form.fine:
            return await _page(db, request, who, form, code)
    async with transaction(parts.engine) as writing:
        await once(writing, who, sent)
        await store.save_queue(writing, wanted, who.user_id)
    return go("/office/queues", "queue-saved")


def read(form: Form, code: str, say: Translate) -> Queue:
    """Read a queue from what was typed."""
    name = code or form.text("code", 40, required=True)
    if not QUEUE_NAME.fullmatch(name):
        form.refuse("code", BAD_NAME)
    opening = form.values.get("opening", "")
    queue = Queue(
        code=name,
        title=form.text("title", 120),
        opening=opening if opening in OPENINGS else "always",
        hours=_hours(form, say) if opening == "own" else (),
        threshold=form.whole("threshold", least=1, most=3600),
        most_waiting=form.whole("most_waiting", least=0, most=10_000),
        overflow_after=form.whole("overflow_after", least=1, most=7200),
        **{field: form.text(field, 60) for field in FIELD_OF.values()},
        last_resort=form.text("last_resort", 40),
    )
    limits(form, queue)
    return queue


def limits(form: Form, queue: Queue) -> None:
    """Say which number is missing for an exit that depends on it."""
    if queue.when_late and queue.overflow_after is None:
        form.refuse("overflow_after", NO_LIMIT)
    if queue.when_full and queue.most_waiting is None:
        form.refuse("most_waiting", NO_MOST)


def judge(form: Form, wanted: Queue, others: Sequence[Queue], utility: WorkCalendar, say: Translate) -> None:
    """Say what is wrong with a queue beside the others."""
    exits = {}
    for one in [*(other for other in others if other.code != wanted.code), wanted]:
        try:
            exits[one.code] = dict(rulebook.terms(one, utility).exits)
        except TermsError as error:
            if one is wanted:
                form.errors.setdefault(error.field, dispatch_words.fault(error, say))
    if wanted.last_resort:
        resorts = {one.code: one.last_resort for one in others} | {wanted.code: wanted.last_resort}
        known = {one.code for one in others} | {wanted.code, MAIN}
        wrong = "unknown" if wanted.last_resort not in known else fault(wanted.code, resorts)
        if wrong:
            form.refuse("last_resort", RESORTS[wrong], most=LONGEST)
    found = loop({wanted.code: exits.get(wanted.code, {}), **exits})
    if found is not None and found[0] == wanted.code:
        form.refuse(FIELD_OF[found[1]], ROUND)


def _hours(form: Form, say: Translate) -> tuple[tuple[int, str, str], ...]:
    found: list[tuple[int, str, str]] = []
    for day in range(7):
        typed = form.text(f"hours_{day}", 60)
        for part in filter(None, (one.strip() for one in typed.split(","))):
            span = SPAN.fullmatch(part)
            if span is None:
                form.errors.setdefault(f"hours_{day}", say(dispatch_words.TERMS["hours"]))
                continue
            try:
                read_span(day, span[1], span[2])
            except TermsError:
                form.errors.setdefault(f"hours_{day}", say(dispatch_words.TERMS["hours"]))
            found.append((day, span[1], span[2]))
    return tuple(found)


def _typed(queue: Queue) -> dict[str, str]:
    hours: dict[int, list[str]] = {}
    for day, opens, closes in queue.hours:
        hours.setdefault(day, []).append(f"{opens}-{closes}")
    return {
        "code": queue.code, "title": queue.title, "opening": queue.opening,
        **{name: "" if (value := getattr(queue, name)) is None else str(value)
           for name in ("threshold", "most_waiting", "overflow_after", "last_resort", *FIELD_OF.values())},
        **{f"hours_{day}": ", ".join(spans) for day, spans in hours.items()},
    }  # fmt: skip


async def _page(db: AsyncConnection, request: Request, who: Person, form: Form, code: str) -> Response:
    say = words(request, who)
    others = [one for one in await store.every_queue(db) if one.code != code]
    ways = [
        *((way.value, say(text)) for way, text in dispatch_words.WAYS.items()),
        *(
            (f"{TO_QUEUE}{one.code}", say(dispatch_words.TO_QUEUE).format(queue=one.title or one.code))
            for one in others
        ),
    ]
    return show(
        request, who, "queues_one.html", status=200 if form.fine else 422, form=form, code=code, ways=ways,
        title=form.values.get("title") or code or say(NEW), waits=say(dispatch_words.WAITS),
        openings=[(name, say(text)) for name, text in OPENINGS.items()],
        resorts=[(one.code, one.title or one.code) for one in others],
        causes=[(FIELD_OF[cause], say(text)) for cause, text in dispatch_words.CAUSES.items()],
    )  # fmt: skip
