"""The designer of reports: a question put together, answered while it is, kept, shared, taken back (shell)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from crm_core.access import Action, Role
from crm_core.access import may as role_may
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchReport
from crm_core.reports.query import write_json
from crm_core.reports.terms import Answer
from crm_core.store import saved_reports, teams
from crm_core.store.report_sources import ANSWERED
from crm_core.store.saved_reports import LONGEST_TITLE, Draft, Saved, Share
from workstation import report_asks, report_words, reporting
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.forms import Form
from workstation.office.base import form_of, go, once, show, words
from workstation.office.reports_base import drawn, rights
from workstation.reporting import ASKED, OWN, Shown

router = APIRouter(prefix="/office")
READERS = tuple(role for role in Role if role_may(role, Action.SEE_REPORTS))
FIRST = {"subject": "visits", "m_offered": "1", "m_answered": "1", "m_service_level": "1", "by_1": "day"}
"""What a designer begins with: something that can be seen at once."""
LEARNED = 20
"""Values of a dimension that are offered to be chosen."""


@router.get("/reports/design")
async def design(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the designer: of the fields in the address, of a report that is to be changed, or of a first question."""
    asked = dict(request.query_params)
    code = asked.get("report", "")
    async with reading(parts.engine) as db:
        if not code:
            shown = await reporting.found(db, parts.settings, who, ASKED, asked if "subject" in asked else FIRST)
        else:
            known = await reporting.found(db, parts.settings, who, code)
            shown = replace(known, code=ASKED)
        answer = await reporting.answered(db, shown, who)
    values = {**report_asks.fields_of(shown.query, shown.chart), **_kept(shown.saved, who)}
    return await _page(request, parts, who, shown, answer, form_of(request, who, values))


@router.post("/reports/design/build")
async def build(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Show what is put together so far with its answer; nothing is kept."""
    async with reading(parts.engine) as db:
        shown = await reporting.found(db, parts.settings, who, ASKED, _of_subject(sent))
        answer = await reporting.answered(db, shown, who)
    told = {**report_asks.fields_of(shown.query, shown.chart), **_said(sent)}
    form = form_of(request, who, told)
    return await _page(request, parts, who, shown, answer, form, answering=200)


@router.post("/reports/design")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Keep a report, or its next version; what is wrong is told and nothing typed is lost."""
    form = form_of(request, who, sent)
    title = form.text("name", LONGEST_TITLE, required=True)
    async with reading(parts.engine) as db:
        shown = await reporting.found(db, parts.settings, who, ASKED, sent)
        answer = await reporting.answered(db, shown, who)
    if not form.fine or shown.findings:
        return await _page(request, parts, who, shown, answer, form)
    draft = Draft(
        report_id=number(sent.get("report_id")) or 0,
        title=title,
        query=json.loads(write_json(shown.query)),
        chart=shown.chart,
        period=shown.query.named,
        version=number(sent.get("version")) or 0,
    )
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        key = await saved_reports.save(db, draft, who.user_id)
    return go(f"/office/reports/{OWN}{key}", "saved")


@router.get("/reports/{code}/shares")
async def shares(request: Request, parts: PartsDep, who: Who, code: str) -> Response:
    """Show who sees one's own report, and its versions."""
    return await _sharing(request, parts, who, await _mine(parts, who, code))


@router.post("/reports/{code}/shares")
async def share(parts: PartsDep, who: Who, sent: Sent, code: str) -> Response:
    """Set who sees one's own report: teams one is in or leads, roles that read reports."""
    mine = await _mine(parts, who, code)
    async with transaction(parts.engine) as db:
        offered = await _teams(db, who)
        wanted = [Share(kind="team", code=team) for team, _ in offered if sent.get(f"team_{team}")]
        wanted += [Share(kind="role", code=role.value) for role in READERS if sent.get(f"role_{role.value}")]
        await saved_reports.share(db, mine.report_id, wanted, who.user_id)
    return go(f"/office/reports/{code}/shares", "saved")


@router.post("/reports/{code}/retire")
async def retire(parts: PartsDep, who: Who, sent: Sent, code: str) -> Response:
    """Take one's own report from the lists, or bring it back."""
    mine = await _mine(parts, who, code)
    async with transaction(parts.engine) as db:
        await saved_reports.retire(db, mine.report_id, who.user_id, retired=sent.get("retired") == "1")
    return go("/office/reports", "saved")


def _said(sent: dict[str, str]) -> dict[str, str]:
    return {name: sent[name] for name in ("name", "report_id", "version") if sent.get(name)}


def _of_subject(sent: dict[str, str]) -> dict[str, str]:
    """Return the fields that the chosen subject knows; a subject changed in the middle begins with its first figure."""
    subject = report_asks.subject_of(sent)
    known = {name: value for name, value in sent.items() if _fits(name, value, subject.measures, subject.dimensions)}
    if not any(name.startswith("m_") for name in known):
        known[f"m_{next(iter(subject.measures))}"] = "1" if sent.get("was", "") != subject.name else ""
    return known


def _fits(name: str, value: str, measures: Any, dimensions: Any) -> bool:
    if name.startswith("m_"):
        return name.removeprefix("m_") in measures
    if name.startswith(("by_", "f_")) or name == "across":
        return value in dimensions
    if name == "order":
        return value.removeprefix("-") in measures or value.removeprefix("-") in dimensions
    return True


def _kept(saved: Saved | None, who: Person) -> dict[str, str]:
    """Return the fields by which a kept report is changed: only its owner's own; others keep a copy."""
    if saved is None:
        return {}
    mine = {"report_id": str(saved.report_id), "version": str(saved.newest)}
    return {"name": saved.title, **(mine if saved.owner_id == who.user_id else {})}


async def _mine(parts: Parts, who: Person, code: str) -> Saved:
    key = number(code.removeprefix(OWN)) if code.startswith(OWN) else None
    async with reading(parts.engine) as db:
        found = await saved_reports.one(db, key or 0, await reporting.reader_of(db, who))
    if found.owner_id != who.user_id:
        raise NoSuchReport(f"report {code[:40]} is another person's")
    return found


async def _teams(db: Any, who: Person) -> list[tuple[str, str]]:
    """Return the teams that somebody may share with: those he is in or leads; who leads none of them, all."""
    own = set(await teams.of_user(db, who.user_id))
    everyone = await teams.everyone(db)
    seen = [one for one in everyone if one.code in own or not role_may(who.role, Action.LEAD)]
    return [(one.code, one.titles.get(who.language) or one.titles.get("en", one.code)) for one in seen]


async def _sharing(request: Request, parts: Parts, who: Person, mine: Saved) -> Response:
    async with reading(parts.engine) as db:
        known = {f"{one.kind}_{one.code}": "1" for one in await saved_reports.shares(db, mine.report_id)}
        offered = await _teams(db, who)
        versions = await saved_reports.versions(db, mine.report_id)
    return show(
        request, who, "reports_shares.html", report=mine, teams=offered, roles=[role.value for role in READERS],
        versions=versions, form=form_of(request, who, known), **rights(who),
    )  # fmt: skip


async def _page(  # noqa: PLR0913, PLR0917 -- one page, of what and for whom
    request: Request, parts: Parts, who: Person, shown: Shown, answer: Answer | None, form: Form, answering: int = 422
) -> Response:
    said = words(request, who)
    for finding in shown.findings:
        form.errors.setdefault(finding.field, said(finding.sentence))
    values = {
        **drawn(request, parts, who, shown, answer),
        "subjects": [(one.name, said(one.title)) for one in ANSWERED.values()],
        "charts": [(code, said(text)) for code, text in report_words.CHARTS.items()],
        "form": form,
        "link": report_asks.address("/office/reports/design", report_asks.fields_of(shown.query, shown.chart)),
    }
    status = 200 if form.fine else answering
    if request.headers.get("x-fragment") == "builder":
        render = parts.templates.render
        html = render("office/reports_designer.html", who.language, csrf=who.csrf, user=who, **values)
        return HTMLResponse(html, status_code=status)
    return show(request, who, "reports_design.html", status=status, **values)
