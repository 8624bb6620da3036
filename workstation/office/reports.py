"""Pages of reports: the library, one with its chart and table, the rows behind a figure, the file (shell)."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchReport, ReportTooLarge
from crm_core.reports.terms import Answer, CellKey
from crm_core.store import access_log, report_names, report_rows, report_sendings, reports, saved_reports
from crm_core.store.report_sources import ANSWERED
from workstation import report_asks, report_files, reporting
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.errors import Forbidden
from workstation.forms import Form
from workstation.office.base import cut, form_of, show, words
from workstation.office.reports_base import drawn, handed, rights, words_of
from workstation.reporting import Shown
from workstation.sentences import N_
from workstation.taking_out import LEAST_REASON

router = APIRouter(prefix="/office")
PAGE = 50


@router.get("/reports")
async def listing(request: Request, parts: PartsDep, who: Who, q: str = "", after: str = "") -> Response:
    """List the library by groups, one's own reports and those shared, and files that wait."""
    said, looked = words(request, who), q.strip()[:80]
    async with reading(parts.engine) as db:
        reader = await reporting.reader_of(db, who)
        found = await saved_reports.listing(db, reader, words=looked, after=number(after), limit=PAGE + 1)
        files = await report_sendings.files(db, who.user_id, clock.now())
    own, more = cut(found, PAGE, lambda one: one.report_id)
    groups: dict[str, list[Any]] = {}
    for one in reporting.OFFERED:
        if looked.casefold() in f"{said(one.title)} {said(one.doc)} {one.title}".casefold():
            groups.setdefault(one.group, []).append(one)
    return show(
        request, who, "reports.html", groups=groups, own=own, files=files, q=looked, **rights(who),
        more=report_asks.address("/office/reports", {"q": looked}, after=more) if more else "",
    )  # fmt: skip


@router.get("/reports/{code}")
async def one(request: Request, parts: PartsDep, who: Who, code: str) -> Response:
    """Show a report: chart, table, totals, what each figure means."""
    async with reading(parts.engine) as db:
        shown = await reporting.found(db, parts.settings, who, code, request.query_params)
        answer = await reporting.answered(db, shown, who)
    return await page(request, parts, who, shown, answer, form_of(request, who, {"form": "xlsx"}))


async def page(  # noqa: PLR0913, PLR0917 -- one page, of what and for whom
    request: Request, parts: Parts, who: Person, shown: Shown, answer: Answer | None, form: Form
) -> Response:
    """Show a report with the form of its file."""
    told = {**shown.fields, **dict(form.values)}
    filters = form_of(request, who, told)
    for finding in shown.findings:
        filters.refuse("form", finding.sentence)
    status = 200 if form.fine and answer is not None else 422
    values = drawn(request, parts, who, shown, answer)
    return show(request, who, "reports_one.html", status=status, form=form, filters=filters, **values)


@router.get("/reports/{code}/rows")
async def rows(request: Request, parts: PartsDep, who: Who, code: str) -> Response:
    """Show the contacts behind a figure; each is opened by whoever may, and for his reason."""
    asked = request.query_params
    if not rights(who)["opens"]:
        raise Forbidden("forbidden")
    async with reading(parts.engine) as db:
        shown = await reporting.found(db, parts.settings, who, code, asked)
        key = report_asks.key_of(asked, shown.query)
        if key is None or shown.findings or not ANSWERED[shown.query.subject].drill:
            raise NoSuchReport("there are no rows behind this figure")
        sight = await reporting.sight_of(db, who)
        after = number(asked.get("after"))
        found = await reports.rows_behind(db, shown.query, CellKey(values=key), sight, after, PAGE + 1)
        contacts = await report_rows.contacts_of(db, [one.call_id for one in found])
        codes = {name: [value] for name, value in key.items()} | {"queue": [one.queue for one in found]}
        named = await report_names.of(db, shown.query.subject, codes, who.language)
    listed, more = cut(found, PAGE, lambda one: one.fact_id)
    said, subject = words_of(request, parts, who), ANSWERED[shown.query.subject]
    told = {**shown.fields, **{name: value for name, value in asked.items() if name.startswith(report_asks.KEY)}}
    here = f"/office/reports/{code}"
    return show(
        request, who, "reports_rows.html", rows=listed, contacts=contacts, shown=shown, said=said, subject=subject,
        **rights(who),
        queues=named.get("queue", {}),
        key=[
            (subject.dimensions[name].title, said.label(subject, name, value, named.get(name, {}).get(value, "")))
            for name, value in key.items()
        ],
        back=report_asks.address(here, shown.fields),
        more=report_asks.address(f"{here}/rows", told, after=more) if more else "",
    )  # fmt: skip


@router.post("/reports/{code}/file")
async def file(request: Request, parts: PartsDep, who: Who, sent: Sent, code: str) -> Response:
    """Give a report as a file, with a reason and marked; each is on record."""
    form = form_of(request, who, sent)
    kind = form.choice("form", report_files.forms(parts.settings), required=True)
    reason = form.text("reason", 300, required=True)
    if reason and len(reason) < LEAST_REASON:
        form.refuse("reason", N_("At least {least} characters: what is it for?"), least=LEAST_REASON)
    async with reading(parts.engine) as db:
        shown = await reporting.found(db, parts.settings, who, code, sent)
        answer = await reporting.answered(db, shown, who)
    if answer is None or not form.fine:
        return await page(request, parts, who, shown, answer, form)
    said = words_of(request, parts, who)
    mark = report_files.ReportMark(
        export_id=0, user=who.name, at=clock.now(), reason=reason, utility=parts.settings.utility, report=code
    )
    try:
        path = await asyncio.to_thread(report_files.write, parts.settings, shown, answer, kind, mark, said)
    except ReportTooLarge:
        parts.access.note(who.user_id, "report.refused", f"report {code}", reason="too many rows", ip=address(request))
        raise
    async with transaction(parts.engine) as db:
        told = f"{kind}, {len(answer.rows)} rows: {reason}"
        await access_log.record(db, who.user_id, Action.EXPORT_REPORTS, f"report {code}", told, address(request))
    return handed(path, f"report-{code}.{kind}")
