"""The page on which the steps of a process are changed (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.access import Role
from crm_core.db import reading, transaction
from crm_core.processes import process as shape
from crm_core.processes.process import MOST_STEPS, Process
from crm_core.store import processes
from crm_core.store.processes import LONGEST_NOTE
from crm_core.work.fields import Defect, named
from crm_core.work.sla import Unit
from workstation import process_words as said
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number, translate
from workstation.forms import Form
from workstation.office import processes_form
from workstation.office.base import done_sentences, form_of, go, once, show
from workstation.office.processes_base import ROOT, judged, kind_of, names_of, require_runner
from workstation.office.work_base import people_and_teams
from workstation.sentences import N_, sentence

router = APIRouter(prefix=ROOT)
EMPTY = {"steps": "1", "s0_remind": "80"}
done_sentences({"process_kept": N_("Kept as a draft: look at it here, then publish it.")})
FIELDS = {
    "form-bad-code": "code", "form-no-title": "en", "process-code-twice": "code", "process-owner": "owner",
    "form-term": "amount", "form-bad-limit": "remind", "process-condition": "ways", "process-too-many-ways": "ways",
    "process-message": "message_en",
}  # fmt: skip
"""Beside which field of a step a defect stands."""


@router.get("/kinds/{code}/edit")
async def editor(request: Request, parts: PartsDep, who: Who, code: str) -> Response:
    """Show the editor, with the published version in it or the one that is named."""
    origin = number(request.query_params.get("origin"))
    async with reading(parts.engine) as db:
        kind = await kind_of(db, code)
        await require_runner(db, who, kind.code)
        begin = await processes.one(db, origin) if origin else await processes.published(db, kind.code)
    typed = processes_form.typed_of(begin.process) if begin else EMPTY
    return await _page(request, parts, who, code, form_of(request, who, typed), None)


@router.post("/kinds/{code}/edit")
async def edit(request: Request, parts: PartsDep, who: Who, sent: Sent, code: str) -> Response:
    """Move steps about (`do` is `add`, `up:2`, `remove:2`), check what was typed (`check`), or keep it as a draft."""
    do = sent.get("do", "")
    moved = processes_form.pressed(sent, do)
    if moved is not None:
        return await _page(request, parts, who, code, form_of(request, who, moved), None)
    form = form_of(request, who, sent)
    note = form.text("note", LONGEST_NOTE)
    process, defects = shape.read(processes_form.spec_of(form))
    _note(form, defects, request, who)
    if process is None or not form.fine or do == "check":
        return await _page(request, parts, who, code, form, process)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        kind = await kind_of(db, code)
        await require_runner(db, who, kind.code)
        version_id = await processes.keep(db, kind.code, process, note, who.user_id)
    return go(f"{ROOT}/kinds/{kind.code}/versions/{version_id}", "process_kept")


def _note(form: Form, defects: tuple[Defect, ...], request: Request, who: Person) -> None:
    """Put what is wrong beside the field of its step; a step without a code is named by its place."""
    codes = {form.values.get(f"s{place}_code", ""): place for place in reversed(range(processes_form.count(form)))}
    for one in defects:
        place = codes.get(one.place, int(one.place) - 1 if one.place.isdecimal() else -1)
        name = f"s{place}_{FIELDS[one.code]}" if place >= 0 and one.code in FIELDS else "form"
        form.errors.setdefault(name, sentence(one.code, translate(request, who)))


async def _page(  # noqa: PLR0913, PLR0917 -- a page, for whom, of what
    request: Request, parts: Parts, who: Person, code: str, form: Form, process: Process | None
) -> Response:
    say = translate(request, who)
    async with reading(parts.engine) as db:
        kind = await kind_of(db, code)
        await require_runner(db, who, kind.code)
        names = await names_of(db, request, who, kind)
        look = await judged(db, kind, process, names) if process else None
        lists = await people_and_teams(db, who)
    whose = [
        ("same", say(said.SAME)), ("filer", say(said.FILER)),
        *((f"team:{team}", title) for team, title in lists["teams"]),
        *((f"role:{role.value}", say(said.ROLES[role])) for role in Role if role in said.ROLES),
        *((f"person:{user_id}", name) for user_id, name in lists["people"]),
    ]  # fmt: skip
    return show(
        request, who, "processes/edit.html", status=200 if form.fine else 422, form=form, code=kind.code,
        title=named(kind.titles, who.language), count=processes_form.count(form), most=MOST_STEPS, look=look,
        whose=whose, units=[(unit.value, say(said.UNITS[unit])) for unit in Unit],
        tellings=[(f"{moment}_{whom}", say(words)) for (moment, whom), words in said.TELLINGS.items()],
        fields=[(one.code, named(one.titles, who.language), one.kind.value) for one in kind.fields],
        papers=[(one.code, named(one.titles, who.language)) for one in kind.documents],
    )  # fmt: skip
