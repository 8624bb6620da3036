"""Pages of results of contacts: the list, and one as data (shell)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.access import Action, Role
from crm_core.db import Writing, reading
from crm_core.store import dispositions
from crm_core.text import one_line
from crm_core.work import results
from crm_core.work.fields import Defect
from crm_core.work.results import Group, Kpi, Next, Result
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, translate
from workstation.faults import shown_fields
from workstation.forms import Form
from workstation.office import notation
from workstation.office.base import form_of, go, show
from workstation.office.work_base import Ask, note_defects

router = APIRouter(prefix="/office/dispositions")
PLACES = {"group": "group", "next": "next", "kpi": "kpi", "role": "role", "retry": "retry_after", "retired": "retired"}
"""Fields of the page by the places of a result."""


@router.get("")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List every result, in the groups of DOMAIN D4."""
    words = translate(request, who)
    async with reading(parts.engine) as db:
        found = await dispositions.everything(db)
    rows = [(one, one.titles.get(who.language) or words(one.titles["en"]), shown_fields(one.needs, who.language))
            for one in found]  # fmt: skip
    return show(request, who, "work_dispositions.html", rows=rows, groups=[group.value for group in Group])


@router.get("/form")
async def edit(request: Request, parts: PartsDep, who: Who, code: str = "") -> Response:
    """Show a result as data, or an empty one."""
    async with reading(parts.engine) as db:
        known = await dispositions.one(db, code) if code else None
    typed = _typed(known) if known else {"code": code[:24], "group": Group.SERVICE.value, "position": "500"}
    return await _page(request, parts, who, form_of(request, who, typed), known)


@router.post("/form")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Show what was typed as it would look at the desk, or save it."""
    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    form = ask.form
    code, data = _data(form)
    found, defects = results.read(code, data)
    note_defects(form, defects, translate(request, who), _place, "needs")
    if not found or not form.fine or sent.get("what") != "save":
        return await _page(request, parts, who, form, found)
    refused: list[Any] = []

    async def work(db: Writing) -> None:
        refused.extend((await dispositions.save(db, code, data))[1])

    form = await ask.do(work, Action.MANAGE_FORMS, f"disposition {code}", "saved")
    note_defects(form, refused, translate(request, who), _place, "needs")
    return go("/office/dispositions", "saved") if form.fine else await _page(request, parts, who, form, found)


@router.post("/retirement")
async def retire(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Take a result from what people choose from, or put it back; nothing is ever deleted."""
    code, gone = one_line(sent.get("code", ""), 24), sent.get("retired") == "1"

    async def work(db: Writing) -> None:
        await dispositions.retire(db, code, retired=gone)

    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    await ask.do(work, Action.MANAGE_FORMS, f"disposition {code}", "retired" if gone else "back")
    return go("/office/dispositions", "saved")


def _place(defect: Defect) -> str:
    if defect.code == "result-bad-code":
        return "code"
    if defect.code == "result-flags":
        return "form"
    if defect.code == "form-no-title" and results.CODE.fullmatch(defect.place):
        return "title_en"
    return PLACES.get(defect.place, "")


def _data(form: Form) -> tuple[str, dict[str, Any]]:
    titles = {name: form.text(f"title_{name}", 120, required=name == "en") for name in ("en", "ru")}
    after, tries = form.whole("retry_after", least=1), form.whole("retry_tries", least=2)
    data: dict[str, Any] = {
        "titles": {name: title for name, title in titles.items() if title},
        **{name: form.values.get(name, "") for name in ("group", "next", "kpi", "role")},
        "flags": "".join(flag for flag in results.FLAGS if form.values.get(f"flag_{flag}") == "1"),
        "needs": notation.fields_of(form.prose("needs", notation.LONGEST)),
        "retry": None if after is None and tries is None else {"after_minutes": after, "tries": tries},
        "retired": form.values.get("retired") == "1",
        "position": form.whole("position", least=0, most=9999) or 0,
    }
    return form.text("code", 24, required=True), data


def _typed(one: Result) -> dict[str, str]:
    typed = {
        "code": one.code, "title_en": one.titles.get("en", ""), "title_ru": one.titles.get("ru", ""),
        "group": one.group.value, "next": one.next.value, "kpi": one.kpi.value, "role": one.role,
        "needs": notation.lines_of(one.needs), "position": str(one.position), "retired": "1" if one.retired else "",
        **{f"flag_{flag}": "1" for flag in one.flags},
    }  # fmt: skip
    if one.retry is not None:
        typed |= {"retry_after": str(one.retry.after_minutes), "retry_tries": str(one.retry.tries)}
    return typed


async def _page(request: Request, parts: Parts, who: Person, form: Form, found: Result | None) -> Response:
    del parts
    return show(
        request, who, "work_disposition.html", status=200 if form.fine else 422, form=form,
        fields=shown_fields(found.needs, who.language) if found else [], groups=[one.value for one in Group],
        nexts=[one.value for one in Next if one], kpis=[one.value for one in Kpi if one],
        roles=[role.value for role in Role], flags_all=[flag for flag in results.FLAGS if flag != "D"],
        field_kinds=notation.KINDS,
    )  # fmt: skip
