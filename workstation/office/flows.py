"""Pages: flows of the IVR: versions, publishing, how callers went (shell)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchFlow
from crm_core.store import flows as store
from crm_core.store.flows import LONGEST, LONGEST_NOTE, Draft, Text, Version
from ivr import drawing, inspection, library, shelf
from ivr import flow as flows
from ivr.drawing import Drawing, Traffic
from ivr.flow import Flow
from ivr.library import LibraryError
from ivr.shelf import MAIN
from workstation import flow_words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number, translate
from workstation.office import flow_events
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office")
# Before `/flows/{version_id}`, which would take "events" for a version; the gate knows routes by their whole paths.
router.routes.extend(flow_events.router.routes)
PAGE = 20
done_sentences(
    {
        "published": N_("Published: callers hear it from the next call on."),
        "discarded": N_("Discarded."),
        "kept": N_("Kept as a draft."),
    }
)
NO_PROMPTS = N_("The prompts cannot be read on this computer, so the menus could not be checked: {reason}")
TOO_LONG = N_("Menus can have at most {most} characters.")
EMPTY = N_("There is nothing here yet.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A flow's text that was looked at: what it is, and every sentence against it."""

    flow: Flow | None
    findings: tuple[str, ...]

    @property
    def fine(self) -> bool:
        """Callers may be served it."""
        return not self.findings


async def judged(parts: Parts, language: str, body: str) -> Judged:
    """Look at a flow as `busbar ivr` will, with every prompt in every language."""
    say = parts.templates.translation(language)
    if len(body) > LONGEST:
        return Judged(flow=None, findings=(say(TOO_LONG).format(most=LONGEST),))
    if not body.strip():
        return Judged(flow=None, findings=(say(EMPTY),))
    settings = parts.settings
    try:
        flow = await asyncio.to_thread(flows.parse, body)
        books = await asyncio.to_thread(library.load, settings.languages, settings.run_dir / "ivr")
    except flows.FlowError as error:
        return Judged(flow=None, findings=(say(flow_words.UNREADABLE).format(detail=error),))
    except LibraryError as error:
        return Judged(flow=None, findings=(say(NO_PROMPTS).format(reason=error),))
    problems = inspection.check(flow, books.wordings)
    return Judged(flow=flow, findings=tuple(flow_words.sentence(one, say) for one in problems))


async def _ready(parts: Parts) -> None:
    """Put the flow we ship on record before anybody looks; the IVR may not have started yet."""
    await shelf.ship(parts.engine)


def _day(parts: Parts, asked: str | None) -> date:
    """The utility's day that was asked for, today when none or a wrong one was."""
    today = clock.now().astimezone(ZoneInfo(parts.settings.time_zone)).date()
    try:
        return min(date.fromisoformat(asked or ""), today)
    except ValueError:
        return today


async def traffic(db: AsyncConnection, parts: Parts, day: date) -> Traffic:
    """Return how callers went on one of the utility's days."""
    zone = ZoneInfo(parts.settings.time_zone)
    try:
        since, until = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    except OverflowError:
        return Traffic()
    return drawing.counted(await store.passages(db, since, until))


@router.get("/flows")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List versions, with the published one drawn and how callers went through it."""
    await _ready(parts)
    day = _day(parts, request.query_params.get("day"))
    async with reading(parts.engine) as db:
        rows = await store.versions(db, MAIN, before=number(request.query_params.get("before")), limit=PAGE + 1)
        served = await store.published(db, MAIN)
        went = await traffic(db, parts, day)
    shown, more = cut(rows, PAGE, _number)
    return show(
        request,
        who,
        "flows_list.html",
        versions=shown,
        more=more,
        served=served if isinstance(served, Text) else None,
        drawn=await _drawn(served, went),
        went=went,
        day=day,
        today=_day(parts, None),
        own_file=shelf.own_file(parts.settings.run_dir) is not None,
        verbs=_verbs(request, who),
    )


def _number(one: Version) -> int:
    return one.version


async def _drawn(found: Text | int | None, went: Traffic) -> Drawing | None:
    if not isinstance(found, Text):
        return None
    try:
        return drawing.draw(await asyncio.to_thread(flows.parse, found.body), went)
    except flows.FlowError:
        return None


def _verbs(request: Request, who: Person) -> dict[str, str]:
    say = translate(request, who)
    return {verb: say(title) for verb, title in flow_words.VERBS.items()}


@router.get("/flows/new")
async def editor(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the editor, with the published version in it or the one that is named."""
    await _ready(parts)
    origin = number(request.query_params.get("origin"))
    async with reading(parts.engine) as db:
        begin = await store.one(db, origin) if origin else await store.published(db, MAIN)
        served = await store.published(db, MAIN)
    values = {
        "body": begin.body if isinstance(begin, Text) else shelf.shipped(),
        "served": str(served.version_id if isinstance(served, Text) else 0),
    }
    return show(request, who, "flows_edit.html", form=form_of(request, who, values), judged=None, drawn=None)


@router.post("/flows/new")
async def edit(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Check what was typed (`do` is `check`), keep it as a draft, or publish it (`publish`); nothing typed is lost."""
    form = form_of(request, who, sent)
    note = form.text("note", LONGEST_NOTE)
    body = form.values.get("body", "")
    found = await judged(parts, who.language, body)
    do = sent.get("do", "")
    if found.findings and do != "check":
        form.errors["body"] = found.findings[0]
    if do == "check" or not form.fine:
        drawn = drawing.draw(found.flow) if found.flow else None
        status = 200 if form.fine else 422
        return show(request, who, "flows_edit.html", status=status, form=form, judged=found, drawn=drawn,
                    verbs=_verbs(request, who))  # fmt: skip
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        kept = await store.keep(db, Draft(name=MAIN, body=body, note=note), who.user_id)
        if do == "publish":
            await store.publish(db, kept, who.user_id, clock.now(), instead_of=number(sent.get("served")) or None)
    if do == "publish":
        return go("/office/flows", "published")
    return go(f"/office/flows/{kept}", "kept")


@router.get("/flows/{version_id}")
async def one(request: Request, parts: PartsDep, who: Who, version_id: str) -> Response:
    """Show a version: drawn, checked, compared with what callers hear now or with another one."""
    async with reading(parts.engine) as db:
        return await _page(db, request, parts, who, await store.one(db, _key(version_id)))


async def _page(db: AsyncConnection, request: Request, parts: Parts, who: Person, shown: Text) -> Response:
    served = await store.published(db, MAIN)
    against = number(request.query_params.get("against"))
    other = await store.one(db, against) if against else served
    other = other if isinstance(other, Text) and other.version_id != shown.version_id else None
    found = await judged(parts, who.language, shown.body)
    return show(
        request,
        who,
        "flows_one.html",
        status=422 if request.method == "POST" else 200,
        shown=shown,
        served=served if isinstance(served, Text) else None,
        other=other,
        changes=flow_words.compared(other.body, shown.body) if other else (),
        judged=found,
        drawn=drawing.draw(found.flow) if found.flow else None,
        others=[one for one in await store.versions(db, MAIN, limit=PAGE) if one.version_id != shown.version_id],
        verbs=_verbs(request, who),
    )


@router.post("/flows/{version_id}/publish")
async def publish(request: Request, parts: PartsDep, who: Who, sent: Sent, version_id: str) -> Response:
    """Serve a version from the next call on, if nothing speaks against it today; a retired one is rolled back to."""
    async with reading(parts.engine) as db:
        shown = await store.one(db, _key(version_id))
        if not (await judged(parts, who.language, shown.body)).fine:
            return await _page(db, request, parts, who, shown)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        served = number(sent.get("served")) or None
        await store.publish(db, shown.version_id, who.user_id, clock.now(), instead_of=served)
    return go("/office/flows", "published")


@router.post("/flows/{version_id}/discard")
async def discard(parts: PartsDep, who: Who, sent: Sent, version_id: str) -> Response:
    """Retire a draft; it stays readable."""
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await store.discard(db, _key(version_id), who.user_id)
    return go("/office/flows", "discarded")


def _key(text: str) -> int:
    key = number(text)
    if key is None:
        raise NoSuchFlow(f"there is no version {text[:20]}")
    return key
