"""Pages: three weeks of the plan, a day of it, and what is done with both (shell)."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchShift
from crm_core.store import jobs, workforce, workforce_days, workforce_leave, workforce_shifts
from crm_core.text import one_line
from crm_core.work.jobs import site_of
from crm_core.workforce.plan import DAYS, DayPlan
from crm_core.workforce.rest import broken
from crm_core.workforce.shifts import Shift
from crm_core.workforce_jobs import AROUND, FORECAST, ROSTER
from routing.views import OperatorId
from routing.wishes import Say
from workstation import workforce_words as said
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.floorline import FloorAway
from workstation.forms import Form
from workstation.handing import hand_over
from workstation.office.base import done_sentences, form_of, go, once, show, words
from workstation.sentences import N_

router = APIRouter(prefix="/office/workforce")
PAGE = "/office/workforce"
FAR = 400
"""Days before and after today that can be looked at."""
NOT_ALLOWED = N_("This shift cannot be: {why}.")
NEW_SHIFTS = N_("Your shifts for the next weeks are published: see My shifts.")
done_sentences({
    "forecasting": N_("The forecast is being made anew."),
    "proposing": N_("Shifts are being proposed."),
    "published": N_("Published: each operator sees it at the desk."),
    "discarded": N_("The proposal was thrown away."),
})  # fmt: skip


@router.get("")
async def weeks(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show three weeks, a line a day."""
    site = site_of(parts.settings)
    today = site.today(clock.now())
    first = _day(request.query_params.get("from", ""), today) or today
    queue = one_line(request.query_params.get("queue", ""), 40)
    last = first + timedelta(days=DAYS - 1)
    async with reading(parts.engine) as db:
        plan = await workforce_days.days(db, first, last, site, clock.now(), queue)
        given = await workforce_shifts.listing(db, first, last)
        queues = await workforce.queues(db, first)
        made = await workforce.forecasts(db, first, last, queue)
        latest = [job for kind in (FORECAST, ROSTER) for job in await jobs.listing(db, kind=kind, limit=1)]
        has_patterns = bool(await workforce_shifts.patterns(db))
    top = max((max(*one.needed, *one.planned, *(one.there or (0.0,))) for one in plan), default=0.0)
    return show(
        request, who, "workforce.html", plan=plan, first=first, last=last, today=today, queue=queue, queues=queues,
        before=first - timedelta(days=DAYS), after=first + timedelta(days=DAYS), top=max(top, 1.0), words=said,
        proposed=sum(not one.published for one in given), unseen=sum(one.published and not one.seen for one in given),
        made_at=max((one.made_at for one in made.values()), default=None), jobs=latest, has_patterns=has_patterns,
        one_day=timedelta(days=1), date_of=date.fromisoformat,
    )  # fmt: skip


def _day(text: str, today: date) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if abs((day - today).days) <= FAR else None


def _wanted(parts: Parts, text: str) -> date:
    day = _day(text, site_of(parts.settings).today(clock.now()))
    if day is None:
        raise NoSuchShift(f"there is no day {text[:20]} of the plan")
    return day


@router.get("/days/{day}")
async def one_day(request: Request, parts: PartsDep, who: Who, day: str) -> Response:
    """Show a day by half hours, and who works on it."""
    return await _day_page(request, parts, who, _wanted(parts, day), form_of(request, who, {}))


async def _day_page(request: Request, parts: Parts, who: Person, day: date, form: Form) -> Response:
    site = site_of(parts.settings)
    queue = one_line(request.query_params.get("queue", ""), 40)
    async with reading(parts.engine) as db:
        (plan,) = await workforce_days.days(db, day, day, site, clock.now(), queue)
        given = await workforce_shifts.listing(db, day, day)
        people = await workforce_shifts.people(db)
        patterns = await workforce_shifts.patterns(db)
        away = await workforce_leave.away(db, day, day)
    by_person = {one.shift.operator_id: one for one in given}
    return show(
        request, who, "workforce_day.html", status=200 if form.fine else 422, form=form, plan=plan, day=day,
        queue=queue, halves=_halves(plan), people=people, given=by_person, away=away, words=said,
        patterns=[one for one in patterns if one.on(day)], before=day - timedelta(days=1),
        after=day + timedelta(days=1),
    )  # fmt: skip


def _halves(plan: DayPlan) -> list[int]:
    """Return the half hours with anything in them, and those between."""
    rows = (plan.needed, plan.planned, plan.came or (), plan.there or ())
    busy = [number for row in rows for number, one in enumerate(row) if one > 0]
    return list(range(min(busy), max(busy) + 1)) if busy else []


@router.post("/days/{day}/shifts")
async def give(request: Request, parts: PartsDep, who: Who, sent: Sent, day: str) -> Response:
    """Give an operator a shift of a kind, or take his away; rest is looked after."""
    on, form = _wanted(parts, day), form_of(request, who, sent)
    operator_id = number(sent.get("operator", ""))
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        people = {one.operator_id for one in await workforce_shifts.people(db)}
        patterns = {one.code: one for one in await workforce_shifts.patterns(db) if one.on(on)}
        if operator_id not in people or operator_id is None:
            raise NoSuchShift(f"there is no operator {sent.get('operator', '')[:10]}")
        code = form.choice("pattern", patterns)
        if not form.fine:
            pass
        elif not code:
            await workforce_shifts.take(db, operator_id, [on], who.user_id)
        else:
            new = patterns[code].shift(operator_id, on)
            why = await _against(db, new)
            if why:
                say = words(request, who)
                form.refuse("pattern", NOT_ALLOWED, why=", ".join(say(one) for one in why))
            else:
                await workforce_shifts.give(db, new, who.user_id, clock.now())
    if not form.fine:
        return await _day_page(request, parts, who, on, form)
    return go(f"{PAGE}/days/{on}", "saved")


async def _against(db: Any, new: Shift) -> list[str]:
    rules = await workforce.rules(db)
    near = await workforce_shifts.listing(db, new.day - AROUND, new.day + AROUND, operator_id=new.operator_id)
    others = [one.shift for one in near if one.shift.day != new.day]
    leave = (await workforce_leave.away(db, new.day, new.day)).get(new.operator_id, frozenset())
    old = set(broken(others, rules.rest))
    fresh = [one for one in broken([*others, new], rules.rest, leave) if one not in old]
    return [said.BREACHES[one] for one in dict.fromkeys(one.breach for one in fresh)]


@router.post("/forecast")
async def forecast(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Have the forecast made anew."""
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        job = await jobs.create(db, FORECAST, "Forecast of calls", who.user_id, {})
    await hand_over(parts.settings, job)
    return go(PAGE, "forecasting")


@router.post("/roster")
async def roster(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Have shifts proposed for three weeks."""
    first, last = _span(parts, sent)
    detail = {"first": first.isoformat(), "last": last.isoformat()}
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        job = await jobs.create(db, ROSTER, f"Shifts {first} to {last}", who.user_id, detail)
    await hand_over(parts.settings, job)
    return go(PAGE, "proposing", **{"from": first.isoformat()})


@router.post("/publish")
async def publish(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Publish what is proposed, and say so at the desks of those whose shifts are new."""
    first, last = _span(parts, sent)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        whose = await workforce_shifts.publish(db, first, last, who.user_id, clock.now())
    await _tell(request, parts, who, whose)
    return go(PAGE, "published", **{"from": first.isoformat()})


async def _tell(request: Request, parts: Parts, who: Person, whose: list[int]) -> None:
    if not whose:
        return
    wish = Say(
        wish_id=secrets.token_urlsafe(12), operator_id=OperatorId(who.user_id), at=clock.now(),
        by_name=one_line(who.name, 80), targets=tuple(map(OperatorId, whose)), text=words(request, who)(NEW_SHIFTS),
    )  # fmt: skip
    try:
        await parts.line.send(wish)
    except FloorAway:
        # The shifts are published; their owners see the mark when they look at their day.
        return


@router.post("/discard")
async def discard(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Throw away what the house proposed and nobody published."""
    first, last = _span(parts, sent)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await workforce_shifts.discard(db, first, last)
    return go(PAGE, "discarded", **{"from": first.isoformat()})


def _span(parts: Parts, sent: dict[str, str]) -> tuple[date, date]:
    first = _wanted(parts, sent.get("first", ""))
    # What is over is not planned any more.
    today = site_of(parts.settings).today(clock.now())
    last = first + timedelta(days=DAYS - 1)
    return min(max(first, today), last), last
