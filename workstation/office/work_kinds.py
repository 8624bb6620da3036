"""Pages of kinds of applications: the list, and one form as data with a preview (shell)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.store import kinds
from crm_core.work import kinds as rules
from crm_core.work.fields import Defect, named
from crm_core.work.kinds import Kind
from crm_core.work.lives import Stage
from crm_core.work.sla import Term, Unit
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, translate
from workstation.faults import shown_fields
from workstation.forms import Form
from workstation.office import notation
from workstation.office.base import form_of, go, show
from workstation.office.work_base import Ask, note_defects, people_and_teams

router = APIRouter(prefix="/office/application-kinds")
TERMS = ("term", "accept", "escalate")


@router.get("")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List the kinds, the retired ones at the end."""
    async with reading(parts.engine) as db:
        offered, retired = await kinds.offered(db), await kinds.retired(db)
        lists = await people_and_teams(db, who)
    rows = [(kind, named(kind.titles, who.language), gone) for gone, some in ((False, offered), (True, retired))
            for kind in some]  # fmt: skip
    return show(request, who, "work_kinds.html", rows=rows, **lists)


@router.get("/form")
async def edit(request: Request, parts: PartsDep, who: Who, code: str = "") -> Response:
    """Show a kind as data, or an empty one."""
    async with reading(parts.engine) as db:
        kind = await kinds.latest(db, code[:30].replace("\x00", "")) if code else None
    typed = _typed(kind) if kind else {"code": code[:30], "remind": "80"}
    return await _page(request, parts, who, form_of(request, who, typed), kind)


@router.post("/form")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Show what was typed as it would look, or save it as a new version."""
    form = form_of(request, who, sent)
    code, titles, spec = _spec(form)
    kind, defects = rules.read(code, 1, titles, spec)
    note_defects(form, defects, translate(request, who), lambda one: _place(one, code), "fields")
    if kind is None or not form.fine or sent.get("what") != "save":
        return await _page(request, parts, who, form, kind)

    async def work(db: Writing) -> None:
        await kinds.save(db, code, titles, spec, who.user_id)

    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    done = await ask.do(work, Action.MANAGE_FORMS, f"kind {code}", "saved")
    if not done.fine:
        return await _page(request, parts, who, done, kind)
    return go("/office/application-kinds", "saved")


@router.post("/retirement")
async def retire(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Take a kind from what can be filed, or put it back."""
    code, gone = sent.get("code", "")[:30].replace("\x00", ""), sent.get("retired") == "1"

    async def work(db: Writing) -> None:
        await kinds.retire(db, code, retired_=gone)

    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    await ask.do(work, Action.MANAGE_FORMS, f"kind {code}", "retired" if gone else "back")
    return go("/office/application-kinds", "saved")


def _place(defect: Defect, code: str) -> str:
    if defect.place == code and defect.code in {"form-bad-code", "form-no-title"}:
        return "code" if defect.code == "form-bad-code" else "title_en"
    if defect.code == "form-document" or defect.place == "documents":
        return "documents"
    return {"team": "team", "remind": "remind", "since": "since", **{name: f"{name}_amount" for name in TERMS}}.get(
        defect.place, ""
    )


def _spec(form: Form) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Read what was typed; what makes no sense is left to the rules to tell."""
    code = form.text("code", 30, required=True)
    titles = {name: form.text(f"title_{name}", 120, required=name == "en") for name in ("en", "ru")}
    spec: dict[str, Any] = {
        "fields": notation.fields_of(form.prose("fields", notation.LONGEST)),
        "documents": notation.documents_of(form.prose("documents", 4000)),
        "team": form.text("team", 30),
        "since": form.text("since", 30),
        "remind": form.whole("remind", least=0, most=100) or 0,
        "notes": {
            stage.value: {name: text for name in ("en", "ru") if (text := form.text(f"note_{stage}_{name}", 120))}
            for stage in Stage
        },
    }
    for name in TERMS:
        amount = form.whole(f"{name}_amount", least=0, most=5_256_000)
        spec[name] = None if amount is None else {"amount": amount, "unit": form.values.get(f"{name}_unit", "")}
    return code, {name: title for name, title in titles.items() if title}, spec


def _typed(kind: Kind) -> dict[str, str]:
    typed = {
        "code": kind.code, "title_en": kind.titles.get("en", ""), "title_ru": kind.titles.get("ru", ""),
        "team": kind.team, "since": kind.since, "remind": str(kind.remind), "fields": notation.lines_of(kind.fields),
        "documents": notation.document_lines(kind.documents),
    }  # fmt: skip
    terms: dict[str, Term | None] = {"term": kind.term, "accept": kind.accept, "escalate": kind.escalate}
    for name, term in terms.items():
        if term is not None:
            typed |= {f"{name}_amount": str(term.amount), f"{name}_unit": term.unit.value}
    for stage, titles in kind.notes.items():
        typed |= {f"note_{stage}_{language}": text for language, text in titles.items()}
    return typed


async def _page(request: Request, parts: Parts, who: Person, form: Form, kind: Kind | None) -> Response:
    async with reading(parts.engine) as db:
        lists = await people_and_teams(db, who)
    return show(
        request, who, "work_kind.html", status=200 if form.fine else 422, form=form, kind=kind,
        fields=shown_fields(kind.fields, who.language) if kind else [],
        documents=[(named(one.titles, who.language), one.required) for one in kind.documents] if kind else [],
        kind_title=named(kind.titles, who.language) if kind else "", units=[unit.value for unit in Unit],
        field_kinds=notation.KINDS, stages_all=[stage.value for stage in Stage], **lists,
    )  # fmt: skip
