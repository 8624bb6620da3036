"""REST of applications and their kinds (shell)."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Query
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action, hidden
from crm_core.db import Writing, reading
from crm_core.errors import NoSuchKind, NoSuchWork, WorkRefused
from crm_core.store import access_log, application_work, applications, kinds, work_log
from crm_core.store.applications import Filing, Filter, Unfit
from crm_core.work import kinds as forms
from crm_core.work.attachments import LARGEST, Rejected, disposition, look
from crm_core.work.lives import Stage, steps
from workstation import sight
from workstation.rest import work_models as m
from workstation.rest import work_shapes as shapes
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk
from workstation.rest.work_base import CODE, KEY, PartsOf, SiteDep, after, mover, senseless, unfit
from workstation.shelves import shelf

router = APIRouter(tags=["applications"])
WORKING = allowed(Action.WORK_APPLICATION)
Working = Annotated[Caller, WORKING]
FILER = allowed(Action.FILE_APPLICATION)
Filer = Annotated[Caller, FILER]
MAKER = allowed(Action.MANAGE_FORMS)
Maker = Annotated[Caller, MAKER]
Key = Annotated[int, KEY]


@router.get("/applications", operation_id="list_applications", dependencies=[WORKING])
async def listing(  # noqa: PLR0913, PLR0917 -- the filters of a list
    parts: PartsOf,
    site: SiteDep,
    ask: PageAsk,
    stage: Annotated[list[Stage] | None, Query(max_length=7)] = None,
    kind: Annotated[shapes.Code | None, Query()] = None,
    team: Annotated[list[shapes.Code] | None, Query(max_length=20)] = None,
    owner_id: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
    account_id: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
    *,
    nobodys: bool = False,
    late: bool = False,
    by_due: Annotated[bool, Query(description="What is due first comes first, only what is open.")] = False,
) -> Page[m.ListedOut]:
    """List applications, the newest first."""
    wanted = Filter(
        stages=tuple(one.value for one in stage or ()), kind=kind or "", teams=tuple(team or ()), owner_id=owner_id,
        nobodys=nobodys, late=late, account_id=account_id, by_due=by_due,
    )  # fmt: skip
    async with reading(parts.engine) as db:
        rows = await applications.listing(db, wanted, site, clock.now(), after(ask), ask.more)
    return ask.page(rows, m.ListedOut.model_validate, lambda row: (row.application_id,))


@router.post("/applications", operation_id="file_application", status_code=201, response_model=m.FiledOut)
async def file(parts: PartsOf, site: SiteDep, body: m.NewApplication, caller: Filer, once: OnceDep) -> Response:
    """File an application; with an `Idempotency-Key` at most once."""

    async def work(db: Writing) -> m.FiledOut:
        filing = Filing(
            account_id=body.account_id, kind=body.kind, values=body.values, channel=body.channel,
            filed_by=caller.user_id,
        )  # fmt: skip
        found = await applications.file(db, filing, site, clock.now())
        if isinstance(found, Unfit):
            raise unfit(parts, caller, found.faults)
        await access_log.record(
            db, caller.user_id, Action.FILE_APPLICATION, f"application {found.application_id}", found.number, caller.ip
        )
        return m.FiledOut.model_validate(found)

    return await once.run(caller, work, 201)


@router.get("/applications/{application_id}", operation_id="read_application")
async def one(parts: PartsOf, site: SiteDep, application_id: Key, caller: Working) -> m.ApplicationOut:
    """Show an application, and what you may do with it now."""
    async with reading(parts.engine) as db:
        found = await applications.by_id(db, application_id, site, clock.now())
    shown = m.ApplicationOut.model_validate(found)
    shown.form = sight.filled(shown.form, hidden(caller.role, reason=True))
    shown.steps = [step for step, _ in steps(Stage(found.stage), mover(caller), found.owner_id)]
    return shown


@router.post("/applications/{application_id}/steps", operation_id="move_application", response_model=m.StageOut)
async def step(site: SiteDep, application_id: Key, body: m.NewStep, caller: Working, once: OnceDep) -> Response:
    """Take an application a step on."""

    async def work(db: Writing) -> m.StageOut:
        stage = await application_work.step(db, application_id, body.step, mover(caller), body.said, site, clock.now())
        await _noted(db, caller, application_id, body.step)
        return m.StageOut(stage=stage)

    return await once.run(caller, work)


async def _noted(db: Writing, caller: Caller, application_id: int, what: str) -> None:
    await access_log.record(
        db, caller.user_id, Action.WORK_APPLICATION, f"application {application_id}", what, caller.ip
    )


@router.post("/applications/{application_id}/assignment", operation_id="assign_application", response_model=shapes.Done)
async def assign(application_id: Key, body: shapes.Assignment, caller: Working, once: OnceDep) -> Response:
    """Give an application to somebody or to a team."""

    async def work(db: Writing) -> shapes.Done:
        await application_work.assign(
            db, application_id, mover(caller), owner_id=body.owner_id, team=body.team, now=clock.now(), said=body.said
        )
        await _noted(db, caller, application_id, f"given to {body.owner_id or body.team or 'nobody'}")
        return shapes.Done()

    return await once.run(caller, work)


@router.post("/applications/{application_id}/deadline", operation_id="move_deadline", response_model=shapes.Done)
async def deadline(site: SiteDep, application_id: Key, body: m.NewDeadline, caller: Working, once: OnceDep) -> Response:
    """Set another deadline, with a reason."""

    async def work(db: Writing) -> shapes.Done:
        now = clock.now()
        await application_work.move_deadline(db, application_id, mover(caller), body.due_at, body.said, site, now)
        await _noted(db, caller, application_id, f"due {body.due_at.isoformat()}: {body.said}")
        return shapes.Done()

    return await once.run(caller, work)


@router.put("/applications/{application_id}/form", operation_id="refill_application", response_model=shapes.Done)
async def refill(  # noqa: PLR0913, PLR0917 -- FastAPI passes by name
    parts: PartsOf, site: SiteDep, application_id: Key, body: m.NewForm, caller: Working, once: OnceDep
) -> Response:
    """Correct what was filed, with a reason."""

    async def work(db: Writing) -> shapes.Done:
        stored = (await applications.by_id(db, application_id, site, clock.now())).form
        values = sight.refilled(body.values, stored, hidden(caller.role, reason=True))
        faults = await application_work.refill(db, application_id, mover(caller), values, body.said, site, clock.now())
        if faults:
            raise unfit(parts, caller, faults)
        await _noted(db, caller, application_id, f"form: {body.said}")
        return shapes.Done()

    return await once.run(caller, work)


@router.post(
    "/applications/{application_id}/comments", operation_id="comment_application", status_code=201,
    response_model=shapes.Done,
)  # fmt: skip
async def comment(application_id: Key, body: m.NewComment, caller: Working, once: OnceDep) -> Response:
    """Say something about an application."""

    async def work(db: Writing) -> shapes.Done:
        await application_work.comment(db, application_id, caller.user_id, body.text, clock.now())
        return shapes.Done()

    return await once.run(caller, work, 201)


@router.get("/applications/{application_id}/history", operation_id="list_application_history")
async def history(
    parts: PartsOf, site: SiteDep, application_id: Key, caller: Working, ask: PageAsk
) -> Page[shapes.LineOut]:
    """List what was done to an application, the newest first."""
    async with reading(parts.engine) as db:
        await applications.by_id(db, application_id, site, clock.now())
        rows = await work_log.told(db, work_log.APPLICATION, application_id, after(ask), ask.more)
    return ask.page(rows, lambda row: shapes.LineOut.shown(row, caller.role), lambda row: (row.line_id,))


@router.get("/applications/{application_id}/files", operation_id="list_application_files", dependencies=[WORKING])
async def files(parts: PartsOf, site: SiteDep, application_id: Key) -> list[m.FileOut]:
    """List the files of an application."""
    async with reading(parts.engine) as db:
        await applications.by_id(db, application_id, site, clock.now())
        rows = await application_work.files(db, application_id)
    return [m.FileOut.model_validate(row) for row in rows]


@router.post(
    "/applications/{application_id}/files", operation_id="attach_file", status_code=201, response_model=m.FileKept
)
async def attach(  # noqa: PLR0913, PLR0917 -- FastAPI passes by name
    parts: PartsOf,
    application_id: Key,
    body: Annotated[bytes, Body(media_type="application/octet-stream", max_length=LARGEST + 1)],
    caller: Working,
    once: OnceDep,
    name: Annotated[str, Query(min_length=1, max_length=200)],
    document: Annotated[str, Query(max_length=30, description="Which document of the kind it is.")] = "",
) -> Response:
    """Attach a file: its bytes are the body; what it is is told by them and never by its name."""
    accepted = look(name, body)
    if isinstance(accepted, Rejected):
        raise WorkRefused(accepted.code)
    digest = await asyncio.to_thread(shelf(parts.settings).put, body)

    async def work(db: Writing) -> m.FileKept:
        key = await application_work.attach(
            db, application_id, accepted, digest, len(body), document, caller.user_id, clock.now()
        )
        await _noted(db, caller, application_id, f"file {digest[:12]}")
        return m.FileKept(file_id=key, name=accepted.name, media_type=accepted.media_type, size=len(body))

    return await once.run(caller, work, 201)


@router.get(
    "/applications/{application_id}/files/{file_id}",
    operation_id="read_application_file",
    response_class=Response,
    responses={200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def read_file(parts: PartsOf, application_id: Key, file_id: Key, caller: Working) -> Response:
    """Return the bytes of a file."""
    async with reading(parts.engine) as db:
        found = next((row for row in await application_work.files(db, application_id) if row.file_id == file_id), None)
    data = None if found is None else await asyncio.to_thread(shelf(parts.settings).get, found.digest)
    if found is None or data is None:
        raise NoSuchWork(f"there is no file {file_id} of application {application_id}")
    what, said = f"application {application_id}", f"file {file_id} read"
    parts.access.note(caller.user_id, Action.WORK_APPLICATION, what, reason=said, ip=caller.ip)
    headers = {"content-disposition": disposition(found.name), "x-content-type-options": "nosniff"}
    return Response(data, media_type=found.media_type, headers=headers)


@router.get("/application-kinds", operation_id="list_application_kinds", dependencies=[FILER])
async def list_kinds(parts: PartsOf) -> list[m.KindOut]:
    """List the kinds that can be filed."""
    async with reading(parts.engine) as db:
        return [_shown(kind) for kind in await kinds.offered(db)]


@router.get("/application-kinds/{code}", operation_id="read_application_kind", dependencies=[FILER])
async def read_kind(parts: PartsOf, code: Annotated[str, CODE]) -> m.KindOut:
    """Show the newest version of a kind."""
    async with reading(parts.engine) as db:
        kind = await kinds.latest(db, code)
    if kind is None:
        raise NoSuchKind(f"there is no kind of application {code}")
    return _shown(kind)


def _shown(kind: forms.Kind) -> m.KindOut:
    return m.KindOut(code=kind.code, version=kind.version, titles=dict(kind.titles), spec=forms.dump(kind))


@router.put("/application-kinds/{code}", operation_id="save_application_kind", response_model=m.KindOut)
async def save_kind(
    parts: PartsOf, code: Annotated[str, CODE], body: m.KindIn, caller: Maker, once: OnceDep
) -> Response:
    """Make a kind, or a new version of it: what is running stays on its own version."""

    async def work(db: Writing) -> m.KindOut:
        kind, defects = await kinds.save(db, code, body.titles, body.spec, caller.user_id)
        if kind is None:
            raise senseless(parts, caller, defects, "spec")
        reason = f"version {kind.version}"
        await access_log.record(db, caller.user_id, Action.MANAGE_FORMS, f"kind {code}", reason, caller.ip)
        return _shown(kind)

    return await once.run(caller, work)


@router.post("/application-kinds/{code}/retirement", operation_id="retire_application_kind", response_model=shapes.Done)
async def retire_kind(code: Annotated[str, CODE], body: shapes.Retirement, caller: Maker, once: OnceDep) -> Response:
    """Take a kind from what can be filed, or put it back."""

    async def work(db: Writing) -> shapes.Done:
        await kinds.retire(db, code, retired_=body.retired)
        reason = "retired" if body.retired else "back"
        await access_log.record(db, caller.user_id, Action.MANAGE_FORMS, f"kind {code}", reason, caller.ip)
        return shapes.Done()

    return await once.run(caller, work)
