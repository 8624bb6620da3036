"""Panels of work: an application of any kind with what is known filled in, a task that follows (shell)."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.card import Card
from crm_core.db import Writing, reading
from crm_core.errors import NoSuchKind
from crm_core.store import application_work, applications, kinds, tasks
from crm_core.store.applications import Filing, Unfit
from crm_core.store.tasks import KINDS, NewTask
from crm_core.text import one_line
from crm_core.work.fields import Field, FieldKind, named
from crm_core.work.kinds import Kind
from crm_core.work.lives import Stage
from workstation.deps import PartsDep, Sent, Who, number, translate
from workstation.faults import shown_fields
from workstation.office.work_base import TYPED, moment, note_faults, people_and_teams, site, typed
from workstation.office.work_tasks import NOT_MOMENT
from workstation.panels import base
from workstation.panels.base import Asked, Done, ask, carry_out, receive, show
from workstation.sentences import N_

router = APIRouter(prefix="/api/panels")
FILED = N_("Filed as {number}.")
MADE = N_("The task is made.")
MASK = "***"


@router.get("/{account_id}/application")
async def application_form(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show the form of a kind, filled with what is known, or the kinds there are."""
    asked = await ask(request, parts, who, account_id)
    async with reading(parts.engine) as db:
        offered = await kinds.offered(db)
    kind = next((one for one in offered if one.code == asked.known("kind")), None)
    card = await asked.card()
    known = {f"{TYPED}{code}": value for code, value in _known(kind, card, asked).items()} if kind else {}
    return show(
        asked, "application.html", known=known, kind=kind, prefix=TYPED,
        title=named(kind.titles, who.language) if kind else "",
        kinds=[(one.code, named(one.titles, who.language)) for one in offered],
        fields=shown_fields(kind.fields, who.language) if kind else [],
        notes=named(kind.notes.get(Stage.FILED, {}), who.language) if kind else "",
        documents=[named(one.titles, who.language) for one in kind.documents if one.required] if kind else [],
        pending=[one for one in card.applications if kind and one.kind == kind.code and one.stage not in CLOSED],
    )  # fmt: skip


CLOSED = ("done", "refused")


def _known(kind: Kind, card: Card, asked: Asked) -> dict[str, str]:
    """Return what a form begins with: what the card knows for sure, and the words that were typed before."""
    meters = [one.serial for one in card.meters if one.removed_on is None]
    phones = [one.phone for one in card.contacts if one.phone and MASK not in one.phone]
    sure = {
        FieldKind.ADDRESS: card.address if MASK not in card.address else "",
        FieldKind.ACCOUNT: "",
        FieldKind.METER: meters[0] if len(meters) == 1 else "",
        FieldKind.PHONE: asked.known("phone") or (phones[0] if phones else ""),
    }
    found = {one.code: sure.get(one.kind, "") for one in kind.fields}
    told = _place_for_words(kind.fields)
    if told:
        found[told] = asked.known("text")
    return {code: value for code, value in found.items() if value}


def _place_for_words(fields: Iterable[Field]) -> str:
    """Return the field that takes what the caller told: the longest text that is asked for, "" when there is none."""
    texts = [one for one in fields if one.kind is FieldKind.TEXT]
    return max(texts, key=lambda one: (one.required, one.longest)).code if texts else ""


@router.post("/{account_id}/application")
async def application(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """File an application; the same press again is the same application."""
    asked = await receive(request, parts, who, account_id, sent)
    form = asked.form()
    filing = Filing(
        account_id=asked.account_id, kind=sent.get("kind", ""), values=typed(sent), filed_by=who.user_id,
        channel="phone", call_id=asked.call_id or None,
    )  # fmt: skip

    async def work(db: Writing) -> Done:
        try:
            found = await applications.file(db, filing, site(parts), clock.now())
        except NoSuchKind as error:
            form.errors["kind"] = asked.say(NO_KIND)
            raise base.Unfit from error
        if isinstance(found, Unfit):
            note_faults(request, who, form, found.faults)
            raise base.Unfit
        return Done(
            said=asked.say(FILED, number=found.number), object=f"application {found.application_id}",
            note=found.number, more={"number": found.number},
        )  # fmt: skip

    return await carry_out(asked, form, Action.FILE_APPLICATION, work)


NO_KIND = N_("Choose a kind of application from the list.")


@router.get("/{account_id}/task")
async def task_form(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show the form of a task: one's own, unless somebody else is chosen."""
    asked = await ask(request, parts, who, account_id)
    async with reading(parts.engine) as db:
        lists = await people_and_teams(db, who)
    known = {"title": asked.known("text"), "owner_id": str(who.user_id), "kind": "call", "due_at": asked.known("due")}
    return show(asked, "task.html", known=known, kinds=KINDS, **lists)


@router.post("/{account_id}/task")
async def task(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Make a task about the account."""
    asked = await receive(request, parts, who, account_id, sent)
    form = asked.form()
    title = form.text("title", 300, required=True)
    note = form.prose("told", 4000)
    due_at = moment(sent.get("due_at", ""), parts, clock.now())
    if due_at is None and sent.get("due_at", "").strip():
        form.refuse("due_at", NOT_MOMENT)
    owner, team = number(sent.get("owner_id")), one_line(sent.get("team", ""), 30) or None
    new = NewTask(
        kind=form.choice("kind", KINDS, required=True), title=title, due_at=due_at, owner_id=owner, team=team,
        made_by=who.user_id, note=note, account_id=asked.account_id, source="contact" if asked.call_id else "person",
    )  # fmt: skip

    async def work(db: Writing) -> Done:
        await application_work.fit(db, owner, team)
        await tasks.add(db, [new], clock.now())
        return Done(said=translate(request, who)(MADE), note=title)

    return await carry_out(asked, form, Action.WORK_TASK, work)
