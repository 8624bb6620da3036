"""Pages: kinds of shifts, and what the house decided about planning (shell)."""

from __future__ import annotations

from decimal import Decimal

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from crm_core.db import reading, transaction
from crm_core.store import workforce, workforce_shifts
from crm_core.workforce.plan import PlanRules
from crm_core.workforce.rest import RestRules
from crm_core.workforce.shifts import Pattern, Pause
from workstation import workforce_words as said
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who
from workstation.forms import Form
from workstation.office.base import form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PATTERNS, RULES = "/office/shift-patterns", "/office/workforce/rules"
MOST_BREAKS = 3
NOT_A_TIME = N_("A time of day is needed here, like 08:30.")
NOT_A_CODE = N_("Small Latin letters, digits, - and _, at most 20, a letter first.")
NO_WEEKDAY = N_("Choose at least one day of the week.")
BREAKS_WRONG = N_("Breaks begin after the shift does, one after the other, and end before it ends.")
SHARES = ("share", "busiest", "extra", "away")
"""Fields of the rules that people write in percent."""
BOUNDS = {"share": (30, 99), "busiest": (40, 100), "extra": (0, 100), "away": (0, 60)}
WHOLES = {"threshold": (1, 600), "handle": (10, 7200), "bill_day": (1, 31)}
REST = {"between_hours": (0, 24), "week_hours": (1, 84), "weekly_rest_hours": (0, 96), "days_in_row": (1, 14)}


@router.get("/shift-patterns")
async def patterns(request: Request, parts: PartsDep, who: Who) -> Response:
    """List the kinds of shifts, with a form for a new one or for the one that is changed."""
    wanted, values = request.query_params.get("change", ""), {"weekdays": "1"}
    async with reading(parts.engine) as db:
        one = next((one for one in await workforce_shifts.patterns(db) if one.code == wanted), None)
    values = _typed(one) if one is not None else {f"weekday{number}": "1" for number in range(7)}
    return await _patterns(request, parts, who, form_of(request, who, values))


async def _patterns(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    async with reading(parts.engine) as db:
        known = await workforce_shifts.patterns(db)
    return show(
        request, who, "workforce_patterns.html", status=200 if form.fine else 422, form=form, patterns=known,
        words=said, breaks=range(1, MOST_BREAKS + 1), changed=request.query_params.get("change", ""),
    )  # fmt: skip


def _typed(one: Pattern) -> dict[str, str]:
    values = {
        "code": one.code, "title": one.title, "starts": said.clock(one.starts),
        "ends": said.clock(one.starts + one.minutes),
    }  # fmt: skip
    for number, pause in enumerate(one.pauses, 1):
        values |= {f"break{number}": said.clock(one.starts + pause.after), f"length{number}": str(pause.minutes)}
        values |= {f"unpaid{number}": "" if pause.paid else "1"}
    return values | {f"weekday{number}": "1" for number in one.weekdays}


@router.post("/shift-patterns")
async def save_pattern(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Make a kind of shift or change one."""
    form = form_of(request, who, sent)
    new = _pattern(form)
    if new is None:
        return await _patterns(request, parts, who, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await workforce_shifts.save_pattern(db, new, who.user_id)
    return go(PATTERNS, "saved")


def _pattern(form: Form) -> Pattern | None:
    code, title = form.text("code", 20, required=True), form.text("title", 80, required=True)
    starts, ends = _time(form, "starts", required=True), _time(form, "ends", required=True)
    weekdays = tuple(number for number in range(7) if form.flag(f"weekday{number}"))
    if not weekdays:
        form.refuse("weekdays", NO_WEEKDAY)
    pauses = []
    for number in range(1, MOST_BREAKS + 1):
        begins, length = _time(form, f"break{number}"), form.whole(f"length{number}", 5, 120)
        if begins is not None and length is not None and starts is not None:
            pauses.append(((begins - starts) % 1440, length, not form.flag(f"unpaid{number}")))
    if not form.fine or starts is None or ends is None:
        return None
    minutes = (ends - starts) % 1440 or 1440
    try:
        every = tuple(Pause(after=after, minutes=length, paid=paid) for after, length, paid in sorted(pauses))
    except ValidationError:
        form.refuse("break1", BREAKS_WRONG)
        return None
    try:
        return Pattern(code=code, title=title, starts=starts, minutes=minutes, pauses=every, weekdays=weekdays)
    except ValidationError as error:
        places = {str(one["loc"][0]) if one["loc"] else "" for one in error.errors()}
        if "code" in places:
            form.refuse("code", NOT_A_CODE)
        elif "minutes" in places:
            form.refuse("ends", N_("A shift lasts from one hour to sixteen."))
        else:
            form.refuse("break1", BREAKS_WRONG)
        return None


def _time(form: Form, name: str, *, required: bool = False) -> int | None:
    text = form.text(name, 5, required=required)
    found = said.minutes_of(text)
    if text and found is None:
        form.refuse(name, NOT_A_TIME)
    return found


@router.post("/shift-patterns/{code}/retirement")
async def retire_pattern(parts: PartsDep, who: Who, sent: Sent, code: str) -> Response:
    """Take a kind of shift out of use."""
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await workforce_shifts.retire_pattern(db, code, who.user_id)
    return go(PATTERNS, "ended")


@router.get("/workforce/rules")
async def rules(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the rules of planning as a form."""
    async with reading(parts.engine) as db:
        kept = await workforce.rules(db)
    values = {name: f"{100 * getattr(kept, name):g}" for name in SHARES}
    values |= {name: str(getattr(kept, name)) for name in WHOLES}
    values |= {name: str(getattr(kept.rest, name)) for name in REST}
    values["patience"] = "" if kept.patience is None else str(kept.patience)
    return show(request, who, "workforce_rules.html", form=form_of(request, who, values))


@router.post("/workforce/rules")
async def save_rules(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Put rules of planning in force; the next forecast goes by them."""
    form = form_of(request, who, sent)
    shares = {
        name: form.amount(name, Decimal(low), Decimal(high), places=1, required=True)
        for name, (low, high) in BOUNDS.items()
    }
    wholes = {name: form.whole(name, low, high, required=True) for name, (low, high) in WHOLES.items()}
    rest = {name: form.whole(name, low, high, required=True) for name, (low, high) in REST.items()}
    patience = form.whole("patience", 5, 3600)
    if not form.fine:
        return show(request, who, "workforce_rules.html", status=422, form=form)
    new = PlanRules.model_validate({
        **{name: float(value or 0) / 100 for name, value in shares.items()},
        **wholes,
        "patience": patience,
        "rest": RestRules.model_validate(rest),
    })  # fmt: skip
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await workforce.save_rules(db, new, who.user_id)
    return go(RULES, "saved")
