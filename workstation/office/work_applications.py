"""Pages of applications: the list, filing one, one with all that was done (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action, hidden
from crm_core.db import Writing, reading, transaction
from crm_core.errors import BadValue, CrmError, NoSuchWork, WorkRefused
from crm_core.store import access_log, application_work, applications, kinds, processes_moving, tasks, work_log
from crm_core.store.applications import Filing, Filter, Unfit
from crm_core.store.whose import Whose
from crm_core.text import one_line
from crm_core.work.attachments import LARGEST, Rejected, disposition, look
from crm_core.work.fields import named
from crm_core.work.forms import Fault
from crm_core.work.lives import CLOSED, Stage, Step, steps
from workstation import openings, sight
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number, translate, upload
from workstation.errors import Missing
from workstation.faults import shown_fields
from workstation.forms import Form
from workstation.office import processes_base
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.office.work_base import (
    PAGE,
    TYPED,
    Ask,
    account_named,
    key,
    local,
    moment,
    mover,
    note_faults,
    people_and_teams,
    refused,
    site,
    typed,
    words_missing,
)
from workstation.sentences import N_
from workstation.shelves import shelf

router = APIRouter(prefix="/office/applications")
NEWEST = "newest"
NO_ACCOUNT = N_("There is no such account. Type its number.")
NOT_MOMENT = N_("A day and a time are needed here, like 2026-11-30 09:30.")


@router.get("")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List applications; what is due first comes first unless the newest are asked for."""
    asked = request.query_params
    now = clock.now()
    async with reading(parts.engine) as db:
        lists = await people_and_teams(db, who)
        account = await account_named(db, asked["account"]) if asked.get("account") else None
        wanted = _filter(asked, who, lists["my_teams"], None if account is None else account.account_id)
        strange = bool(asked.get("account")) and account is None
        rows = [] if strange else await applications.listing(
            db, wanted, site(parts), now, number(asked.get("after")), PAGE + 1)  # fmt: skip
        titles = await kinds.titles(db)
    form = form_of(request, who, dict(asked))
    if strange:
        form.refuse("account", NO_ACCOUNT)
    shown, more = cut(rows, PAGE, lambda row: row.application_id)
    kept = {name: value for name, value in asked.items() if value and name not in {"after", "done"}}
    return show(
        request, who, "work_applications.html", rows=shown, form=form,
        more=f"/office/applications?{urlencode({**kept, 'after': more})}" if more else "",
        kinds=[(code, named(words, who.language)) for code, words in titles.items()],
        kind_titles={code: named(words, who.language) for code, words in titles.items()}, **lists,
    )  # fmt: skip


def _filter(asked: Mapping[str, str], who: Person, my_teams: list[str], account_id: int | None) -> Filter:
    stage, whose = asked.get("stage", ""), asked.get("whose", "")
    team = one_line(asked.get("team", ""), 30)
    known = stage in set(Stage)
    return Filter(
        stages=(stage,) if known else (),
        kind=one_line(asked.get("kind", ""), 30),
        teams=tuple(my_teams or ["-"]) if whose == "team" else (team,) if team else (),
        owner_id=who.user_id if whose == "mine" else None,
        nobodys=whose == "nobody",
        late=asked.get("late", "") == "1",
        account_id=account_id,
        number=one_line(asked.get("number", ""), 20),
        by_due=asked.get("order") != NEWEST and not (known and Stage(stage) in CLOSED),
    )


@router.get("/new")
async def ask(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the form of a kind for an account, or what is still to be chosen."""
    return await _new(request, parts, who, form_of(request, who, dict(request.query_params)))


@router.post("/new")
async def file(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """File an application."""
    form = form_of(request, who, sent)
    async with reading(parts.engine) as db:
        account = await account_named(db, sent.get("account", ""))
    if account is None:
        form.refuse("account", NO_ACCOUNT)
        return await _new(request, parts, who, form)
    await openings.seen(request, Whose(account_id=account.account_id))
    filing = Filing(
        account_id=account.account_id, kind=sent.get("kind", ""), values=typed(sent), filed_by=who.user_id,
        channel=sent.get("channel", "phone"), call_id=sent.get("call") or None,
    )  # fmt: skip
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            found = await applications.file(db, filing, site(parts), clock.now())
            if not isinstance(found, Unfit):
                what = f"application {found.application_id}"
                ip = address(request)
                await access_log.record(db, who.user_id, Action.FILE_APPLICATION, what, found.number, ip)
    except CrmError as error:
        refused(request, who, form, error)
        return await _new(request, parts, who, form)
    if isinstance(found, Unfit):
        note_faults(request, who, form, found.faults)
        return await _new(request, parts, who, form)
    parts.hub.ahead.changed(account.account_id)
    return go(f"/office/applications/{found.application_id}", "filed")


async def _new(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    async with reading(parts.engine) as db:
        account = await account_named(db, form.values.get("account", ""))
        offered = await kinds.offered(db)
    if account is not None:
        await openings.seen(request, Whose(account_id=account.account_id))
    kind = next((one for one in offered if one.code == form.values.get("kind")), None)
    if account is None and form.values.get("account"):
        form.refuse("account", NO_ACCOUNT)
    return show(
        request, who, "work_application_new.html", status=200 if form.fine else 422, form=form, account=account,
        kind=kind, fields=shown_fields(kind.fields, who.language) if kind else [],
        notes=named(kind.notes.get(Stage.FILED, {}), who.language) if kind else "",
        documents=[named(one.titles, who.language) for one in kind.documents if one.required] if kind else [],
        kinds=[(one.code, named(one.titles, who.language)) for one in offered],
        kind_title=named(kind.titles, who.language) if kind else "", prefix=TYPED,
    )  # fmt: skip


@router.get("/{application_id}")
async def one(request: Request, parts: PartsDep, who: Who, application_id: str) -> Response:
    """Show an application; who looked is written down."""
    return await _page(request, parts, who, key(application_id), form_of(request, who, {}))


async def _page(request: Request, parts: Parts, who: Person, application_id: int, form: Form) -> Response:
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        found = await applications.by_id(db, application_id, site(parts), clock.now())
        kind = await application_work.kind_of(db, application_id)
        files = await application_work.files(db, application_id)
        history = await work_log.told(db, work_log.APPLICATION, application_id, before, PAGE + 1)
        about = await tasks.listing(db, tasks.Filter(application_id=application_id), clock.now(), limit=20)
        lists = await people_and_teams(db, who)
        walked = await processes_base.walked(db, request, who, found, kind)
    lines, more = cut(history, PAGE, lambda line: line.line_id)
    parts.access.note(who.user_id, "application.viewed", f"application {application_id}", ip=address(request))
    fields = shown_fields(kind.fields, who.language) if kind else []
    hides = hidden(who.role, reason=True)
    found = replace(found, form=sight.filled(found.form, hides))
    lines = [processes_base.step_named(sight.line(one, hides), walked) for one in lines]
    values = {f"{TYPED}{name}": "yes" if value is True else "no" if value is False else value
              for name, value in found.form.items()}  # fmt: skip
    form.values = {
        **values, "owner_id": str(found.owner_id or ""), "team": found.team,
        "due_at": local(found.due_at, parts) if found.due_at else "", **form.values,
    }  # fmt: skip
    return show(
        request, who, "work_application.html", status=200 if form.fine else 422, form=form, one=found, fields=fields,
        kind_title=named(kind.titles, who.language) if kind else found.title,
        note=named(kind.notes.get(Stage(found.stage), {}), who.language) if kind else "",
        documents=[(one.code, named(one.titles, who.language), one.required) for one in kind.documents] if kind else [],
        files=files, history=lines, more=f"?before={more}" if more else "", open=Stage(found.stage) not in CLOSED,
        steps=[(step.value, needs.value) for step, needs in steps(Stage(found.stage), mover(who), found.owner_id)],
        tasks=about, leads=mover(who).leads, walked=walked,
        prefix=TYPED, names={str(user): name for user, name in lists["people"]}, **lists,
    )  # fmt: skip


@router.post("/{application_id}/steps")
async def step(request: Request, parts: PartsDep, who: Who, sent: Sent, application_id: str) -> Response:
    """Take an application a step on."""
    wanted, said = sent.get("step", ""), sent.get("said", "")
    if wanted not in set(Step):
        raise WorkRefused("step-not-now")
    one = key(application_id)

    async def work(db: Writing) -> None:
        await application_work.step(db, one, Step(wanted), mover(who), said, site(parts), clock.now())

    return await _done(Ask(request=request, parts=parts, who=who, sent=sent), one, work, f"{wanted} {said}")


@router.post("/{application_id}/process")
async def leave(request: Request, parts: PartsDep, who: Who, sent: Sent, application_id: str) -> Response:
    """Take an application from its step of the process to another one."""
    one, to, said = key(application_id), one_line(sent.get("to", ""), 30), sent.get("process_said", "")

    async def work(db: Writing) -> None:
        await processes_moving.leave(db, one, to, mover(who), said, site(parts), clock.now())

    return await _done(Ask(request=request, parts=parts, who=who, sent=sent), one, work, f"to {to}: {said}")


async def _done(ask: Ask, one: int, work: Callable[[Writing], Awaitable[None]], said: str) -> Response:
    """Do some work on an application, and show it as it is then, or say why not."""
    form = await ask.do(work, Action.WORK_APPLICATION, f"application {one}", said)
    if not form.fine:
        words_missing(form)
        return await _page(ask.request, ask.parts, ask.who, one, form)
    return go(f"/office/applications/{one}", "saved")


@router.post("/{application_id}/assignment")
async def assign(request: Request, parts: PartsDep, who: Who, sent: Sent, application_id: str) -> Response:
    """Give an application to somebody or to a team."""
    one, owner, team = key(application_id), number(sent.get("owner_id")), sent.get("team", "") or None

    async def work(db: Writing) -> None:
        await application_work.assign(db, one, mover(who), owner_id=owner, team=team, now=clock.now())

    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    return await _done(ask, one, work, f"given to {owner or team or 'nobody'}")


@router.post("/{application_id}/deadline")
async def deadline(request: Request, parts: PartsDep, who: Who, sent: Sent, application_id: str) -> Response:
    """Set another deadline, with a reason."""
    one, now, said = key(application_id), clock.now(), sent.get("due_why", "")
    due_at = moment(sent.get("due_at", ""), parts, now)

    async def work(db: Writing) -> None:
        if due_at is None:
            raise BadValue(translate(request, who)(NOT_MOMENT))
        await application_work.move_deadline(db, one, mover(who), due_at, said, site(parts), now)

    return await _done(Ask(request=request, parts=parts, who=who, sent=sent), one, work, f"due {due_at}: {said}")


@router.post("/{application_id}/form")
async def refill(request: Request, parts: PartsDep, who: Who, sent: Sent, application_id: str) -> Response:
    """Correct what was filed, with a reason."""
    one, said = key(application_id), sent.get("why", "")
    faults: dict[str, Fault] = {}

    async def work(db: Writing) -> None:
        stored = (await applications.by_id(db, one, site(parts), clock.now())).form
        values = sight.refilled(typed(sent), stored, hidden(who.role, reason=True))
        faults.update(await application_work.refill(db, one, mover(who), values, said, site(parts), clock.now()))
        if faults:
            raise WorkRefused("fields-missing")

    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    form = await ask.do(work, Action.WORK_APPLICATION, f"application {one}", f"form: {said}")
    note_faults(request, who, form, faults)
    return await _page(request, parts, who, one, form) if not form.fine else go(f"/office/applications/{one}", "saved")


@router.post("/{application_id}/comments")
async def comment(request: Request, parts: PartsDep, who: Who, sent: Sent, application_id: str) -> Response:
    """Say something about an application."""
    one = key(application_id)

    async def work(db: Writing) -> None:
        await application_work.comment(db, one, who.user_id, sent.get("comment", ""), clock.now())

    return await _done(Ask(request=request, parts=parts, who=who, sent=sent), one, work, "comment")


@router.post("/{application_id}/files")
async def attach(request: Request, parts: PartsDep, who: Who, sent: Sent, application_id: str) -> Response:
    """Attach a file: what it is is told by its bytes and never by its name."""
    one = key(application_id)
    name, data = await upload(request, "file", LARGEST)
    accepted = look(name, data)
    digest = "" if isinstance(accepted, Rejected) else await asyncio.to_thread(shelf(parts.settings).put, data)

    async def work(db: Writing) -> None:
        if isinstance(accepted, Rejected):
            raise WorkRefused(accepted.code)
        await application_work.attach(
            db, one, accepted, digest, len(data), sent.get("document", ""), who.user_id, clock.now()
        )

    return await _done(Ask(request=request, parts=parts, who=who, sent=sent), one, work, f"file {digest[:12]}")


@router.get("/{application_id}/files/{file_id}")
async def read_file(request: Request, parts: PartsDep, who: Who, application_id: str, file_id: str) -> Response:
    """Give a file to be saved, never to be shown; each time is written down."""
    one, wanted = key(application_id), key(file_id)
    async with reading(parts.engine) as db:
        found = next((row for row in await application_work.files(db, one) if row.file_id == wanted), None)
    if found is None:
        raise NoSuchWork(f"there is no file {wanted} of application {one}")
    data = await asyncio.to_thread(shelf(parts.settings).get, found.digest)
    if data is None:
        raise Missing("file-gone")
    parts.access.note(who.user_id, "file.read", f"application {one}", reason=f"file {wanted}", ip=address(request))
    headers = {"content-disposition": disposition(found.name), "x-content-type-options": "nosniff"}
    return Response(data, media_type=found.media_type, headers=headers)


done_sentences({"filed": N_("Filed. Its number is on this page.")})
