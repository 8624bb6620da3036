"""Pages of processes: the list, one with its versions and who runs it, a version compared and published (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action, may
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchProcess
from crm_core.processes.suggestions import SuggestionState, SuggestionStep
from crm_core.store import kinds, processes, processes_board, processes_suggestions, teams
from crm_core.store.processes import Kept
from crm_core.store.processes_suggestions import Suggestion
from crm_core.work.fields import named
from workstation import flow_words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.forms import Form
from workstation.office import processes_board as board
from workstation.office import processes_edit, processes_talk
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.office.processes_base import ROOT, judged, key, kind_of, names_of, require_runner, runs_it
from workstation.office.work_base import mover
from workstation.sentences import N_

router = APIRouter(prefix=ROOT)
# The gate knows routes by their whole paths, which a router within a router would hide.
for page in (board, processes_edit, processes_talk):
    router.routes.extend(page.router.routes)
PAGE = 20
MOST_ACCEPTED = 50
NOBODY = N_("Choose a colleague of the list.")
done_sentences(
    {
        "process_published": N_("Published: applications that are filed from now on run through it."),
        "process_ended": N_("Ended: what is filed from now on has no steps of its own."),
        "process_owners": N_("Who runs it is written down."),
    }
)


@router.get("")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List the kinds of applications with their processes."""
    async with reading(parts.engine) as db:
        offered, found = await kinds.offered(db), await processes_board.summaries(db, clock.now())
    rows = [(one.code, named(one.titles, who.language), found.get(one.code)) for one in offered]
    rows.sort(key=lambda row: (row[2] is None or row[2].version is None, row[2] is None or not row[2].drafts, row[1]))
    return show(request, who, "processes/list.html", rows=rows)


@router.get("/kinds/{code}")
async def one(request: Request, parts: PartsDep, who: Who, code: str) -> Response:
    """Show a kind's process: drawn, who runs it, its versions, what stands where."""
    return await _page(request, parts, who, code, form_of(request, who, {}))


async def _page(request: Request, parts: Parts, who: Person, code: str, form: Form) -> Response:
    async with reading(parts.engine) as db:
        kind = await kind_of(db, code)
        served = await processes.published(db, kind.code)
        names = await names_of(db, request, who, kind)
        look = await judged(db, kind, served.process, names) if served else None
        rows = await processes.versions(
            db, kind.code, before=number(request.query_params.get("before")), limit=PAGE + 1
        )
        loads = await processes_board.loads(db, processes_board.Filter(kind=kind.code), clock.now())
        owners, mine = await processes.owners(db, kind.code), await runs_it(db, who, kind.code)
        people = await teams.workers(db)
    shown, more = cut(rows, PAGE, lambda row: row.version)
    titles = {step.code: named(step.titles, who.language) for step in served.process.steps} if served else {}
    return show(
        request, who, "processes/one.html", status=200 if form.fine else 422, form=form, code=kind.code,
        title=named(kind.titles, who.language), served=served, look=look, versions=shown, more=more, loads=loads,
        titles=titles, owners=owners, runs_it=mine, names_owners=may(who.role, Action.MANAGE_PROCESSES),
        people=[(person.user_id, person.name) for person in people],
    )  # fmt: skip


@router.post("/kinds/{code}/owners")
async def name_owners(request: Request, parts: PartsDep, who: Who, sent: Sent, code: str) -> Response:
    """Let somebody run a process (`do` is `add`), or no longer (`remove`)."""
    form = form_of(request, who, sent)
    person = number(sent.get("person"))
    async with reading(parts.engine) as db:
        kind = await kind_of(db, code)
        there = [user_id for user_id, _ in await processes.owners(db, kind.code)]
        known = {one.user_id for one in await teams.workers(db)}
    if person is None or (person not in known and person not in there):
        form.refuse("person", NOBODY)
        return await _page(request, parts, who, code, form)
    wanted = {*there, person} if sent.get("do") != "remove" else set(there) - {person}
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await processes.name_owners(db, kind.code, sorted(wanted & known), who.user_id)
    return go(f"{ROOT}/kinds/{kind.code}", "process_owners")


@router.get("/kinds/{code}/versions/{version_id}")
async def version(request: Request, parts: PartsDep, who: Who, code: str, version_id: str) -> Response:
    """Show a version: drawn, checked, compared with the published one or with another."""
    return await _version(request, parts, who, code, key(version_id))


async def _version(  # noqa: PLR0913, PLR0917 -- a page, for whom, of what
    request: Request, parts: Parts, who: Person, code: str, version_id: int, status: int = 200
) -> Response:
    async with reading(parts.engine) as db:
        kind = await kind_of(db, code)
        shown = await _of(db, kind.code, version_id)
        served = await processes.published(db, kind.code)
        against = number(request.query_params.get("against"))
        other = await processes.one(db, against) if against else served
        other = other if other and other.version_id != shown.version_id and other.kind == kind.code else None
        names = await names_of(db, request, who, kind)
        look = await judged(db, kind, shown.process, names)
        before = (await judged(db, kind, other.process, names)).lines if other else ""
        others = await processes.versions(db, kind.code, limit=PAGE)
        accepted = await _accepted(db, kind.code)
        mine = await runs_it(db, who, kind.code)
    return show(
        request, who, "processes/version.html", status=status, code=kind.code,
        title=named(kind.titles, who.language), shown=shown, served=served, other=other, look=look, runs_it=mine,
        changes=flow_words.compared(before, look.lines) if other else (), accepted=accepted,
        others=[one for one in others if one.version_id != shown.version_id],
    )  # fmt: skip


async def _of(db: AsyncConnection, code: str, version_id: int) -> Kept:
    """Return a version of a kind's process; one of another kind is none."""
    found = await processes.one(db, version_id)
    if found.kind != code:
        raise NoSuchProcess(f"version {version_id} is of another kind")
    return found


async def _accepted(db: AsyncConnection, code: str) -> list[Suggestion]:
    """Return the suggestions that a version can take up."""
    return await processes_suggestions.listing(db, code, state=SuggestionState.ACCEPTED, limit=MOST_ACCEPTED)


@router.post("/kinds/{code}/versions/{version_id}/publish")
async def publish(  # noqa: PLR0913, PLR0917 -- FastAPI passes them by name
    request: Request, parts: PartsDep, who: Who, sent: Sent, code: str, version_id: str
) -> Response:
    """File applications on a version from now on, if nothing speaks against it; suggestions it holds are taken up."""
    wanted, now = key(version_id), clock.now()
    async with reading(parts.engine) as db:
        kind = await kind_of(db, code)
        shown = await _of(db, kind.code, wanted)
        wrong = await processes.findings(db, kind.code, shown.process)
    if wrong:
        return await _version(request, parts, who, code, wanted, status=422)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await require_runner(db, who, shown.kind)
        served = number(sent.get("served")) or None
        await processes.publish(db, wanted, who.user_id, now, instead_of=served)
        for held in await _accepted(db, kind.code):
            if f"takes_{held.suggestion_id}" in sent:
                of, step = held.suggestion_id, SuggestionStep.TAKE_UP
                await processes_suggestions.settle(db, of, step, mover(who), "", now, version_id=wanted)
    return go(f"{ROOT}/kinds/{kind.code}", "process_published")


@router.post("/kinds/{code}/versions/{version_id}/end")
async def end(parts: PartsDep, who: Who, sent: Sent, code: str, version_id: str) -> Response:
    """Discard a draft, or end the process: what is filed from now on has no steps of its own."""
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        kind = await kind_of(db, code)
        shown = await _of(db, kind.code, key(version_id))
        await require_runner(db, who, kind.code)
        await processes.end(db, shown.version_id, who.user_id)
    return go(f"{ROOT}/kinds/{kind.code}", "process_ended")
