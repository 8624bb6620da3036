"""Pages of reports that come by themselves: schedules, and the files that wait for somebody (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.access import may as role_may
from crm_core.db import reading, transaction
from crm_core.errors import LinkUsed
from crm_core.reports import sending
from crm_core.reports.sending import LAST_DAY, MOST_ADDRESSES, MOST_PEOPLE, Every
from crm_core.store import report_sendings, users
from crm_core.store.report_sendings import NewSchedule
from workstation import report_asks, report_files, reporting
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show, words
from workstation.office.reports_base import handed, rights
from workstation.reporting import ASKED
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 50
EVERY = {Every.DAY: N_("every day"), Every.WEEK: N_("every week"), Every.MONTH: N_("every month")}
done_sentences({"scheduled": N_("It will come by itself from now on.")})


@router.get("/reports/schedules")
async def listing(request: Request, parts: PartsDep, who: Who, report: str = "", after: str = "") -> Response:
    """List one's own schedules, with the form for another one."""
    values = {
        "report": report[:60],
        "form": "xlsx",
        "every": Every.WEEK.value,
        "at": "07:30",
        "weekday": "1",
        "day": "1",
    }
    return await _page(request, parts, who, form_of(request, who, values), number(after))


@router.post("/reports/schedules")
async def add(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Put a schedule on record."""
    form = form_of(request, who, sent)
    new = await _read(parts, who, form)
    if new is None:
        return await _page(request, parts, who, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await report_sendings.add(db, new)
    return go("/office/reports/schedules", "scheduled")


@router.post("/reports/schedules/{schedule_id}/end")
async def end(parts: PartsDep, who: Who, schedule_id: str) -> Response:
    """End one's own schedule."""
    async with transaction(parts.engine) as db:
        await report_sendings.end(db, number(schedule_id) or 0, who.user_id, clock.now())
    return go("/office/reports/schedules", "ended")


@router.post("/reports/files/{file_id}")
async def take(request: Request, parts: PartsDep, who: Who, file_id: str) -> Response:
    """Give somebody the file that waits for him: once."""
    async with transaction(parts.engine) as db:
        found = await report_sendings.take(db, number(file_id) or 0, who.user_id, clock.now(), address(request))
    path = report_files.folder(parts.settings) / found.stored
    if not path.is_file():
        raise LinkUsed(f"report file {found.file_id} is gone")
    return handed(path, f"report-{found.file_id}.{found.form}")


async def _read(parts: Parts, who: Person, form: Form) -> NewSchedule | None:
    """Read a schedule as it was typed; None when something is not right yet."""
    kind = form.choice("form", report_files.forms(parts.settings), required=True)
    every = Every(form.choice("every", set(Every), required=True) or Every.DAY)
    weekday, day = form.whole("weekday", 1, 7) or 1, form.whole("day", 1, LAST_DAY) or 1
    at_minute = _minute(form)
    people, addresses = await _people(parts, form), _addresses(parts, form)
    if form.fine and not people and not addresses:
        form.refuse("people", N_("Choose at least one person, or name an address."))
    async with reading(parts.engine) as db:
        code = form.text("report", 60, required=True)
        known = {one.code: one.query for one in await _reports(db, who)}
    if code and code not in known:
        form.refuse("report", N_("Choose one of the list."))
    elif code and addresses and report_asks.names_people(known[code]):
        form.refuse("addresses", N_("This report names people who work here: it goes to nobody outside."))
    if not form.fine:
        return None
    first = sending.next_at(
        every, weekday=weekday, day=day, at_minute=at_minute, zone=parts.settings.time_zone, after=clock.now()
    )
    return NewSchedule(
        owner_id=who.user_id, report=code, form=kind, every=every, weekday=weekday, day=day, at_minute=at_minute,
        people=people, addresses=addresses, next_at=first,
    )  # fmt: skip


def _minute(form: Form) -> int:
    hour, _, minute = form.text("at", 5, required=True).partition(":")
    if not (hour.isascii() and hour.isdecimal() and minute.isascii() and minute.isdecimal() and len(minute) == 2):
        form.refuse("at", N_("A time of day is needed here, like 07:30."))
        return 0
    if int(hour) > 23 or int(minute) > 59:
        form.refuse("at", N_("A time of day is needed here, like 07:30."))
        return 0
    return int(hour) * 60 + int(minute)


async def _people(parts: Parts, form: Form) -> tuple[int, ...]:
    known = {one.user_id for one in await _readers(parts)}
    chosen = tuple(key for key in sorted(known) if form.flag(f"person_{key}"))
    if len(chosen) > MOST_PEOPLE:
        form.refuse("people", N_("At most {most} people."), most=MOST_PEOPLE)
    return chosen


def _addresses(parts: Parts, form: Form) -> tuple[str, ...]:
    told = tuple(dict.fromkeys(form.prose("addresses", 2000).replace(",", " ").split()))
    domains = parts.settings.report_domains
    if len(told) > MOST_ADDRESSES:
        form.refuse("addresses", N_("At most {most} addresses."), most=MOST_ADDRESSES)
    wrong = next((one for one in told if not sending.goes_to(one, domains)), None)
    if wrong is not None and domains:
        form.refuse("addresses", N_("{address}: reports go to addresses of {domains} only."),
                    address=wrong[:80], domains=", ".join(domains))  # fmt: skip
    elif wrong is not None:
        form.refuse("addresses", N_("Reports go to people who work here only: no domain is named in the settings."))
    return told


async def _readers(parts: Parts) -> list[users.User]:
    async with reading(parts.engine) as db:
        return [one for one in await users.everyone(db) if one.active and role_may(one.role, Action.SEE_REPORTS)]


async def _reports(db: AsyncConnection, who: Person) -> list[reporting.Shown]:
    """Return the reports that somebody may have sent: the library, and what is his or shared with him."""
    return [one for one in await reporting.everything(db, who) if one.code != ASKED]


async def _page(request: Request, parts: Parts, who: Person, form: Form, after: int | None = None) -> Response:
    said = words(request, who)
    async with reading(parts.engine) as db:
        found = await report_sendings.listing(db, who.user_id, after=after, limit=PAGE + 1)
        known = [(one.code, said(one.title) if one.saved is None else one.title) for one in await _reports(db, who)]
    rows, more = cut(found, PAGE, lambda one: one.schedule_id)
    return show(
        request, who, "reports_schedules.html", status=200 if form.fine else 422, form=form, rows=rows,
        reports=known, titles=dict(known), every=[(code.value, said(text)) for code, text in EVERY.items()],
        forms=report_files.forms(parts.settings), readers=await _readers(parts),
        domains=parts.settings.report_domains, last_day=LAST_DAY, **rights(who),
        more=report_asks.address("/office/reports/schedules", {}, after=more) if more else "",
    )  # fmt: skip
