"""Page of the rules of readings: versions, in words, tried on an example before they are saved (shell)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.reading_policy import MOST_REPEATS, Factors, ReadingRules
from crm_core.store import access_log, policies
from workstation import rules_words, typed
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address
from workstation.forms import Form
from workstation.office.base import cut, form_of, go, once, show, words
from workstation.reading_words import shown as dial
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 20
HIGH, WIDE = Decimal(1000), Decimal(10) ** 9
READING = Decimal(10) ** 11
FACTOR_LINES = N_(
    "Write one in a line, six parts with commas, * for any: power, water, gas or heat; the register; who gave it; "
    "times the usual that is too little; times that is too much; what is never too much. Like water, *, ivr, 0.1, 3, "
    "10."
)


@router.get("/rules/readings")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the rules in force, the versions, and the form for the next one."""
    return await _page(request, parts, who)


@router.post("/rules/readings")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Try rules on an example, or save them as a new version."""
    form = form_of(request, who, sent)
    today = parts.cards.today()
    rules = _rules(form)
    if sent.get("action") == "try":
        example = _example(form, parts)
        tried = None
        if rules is not None and example is not None:
            tried = rules_words.try_readings(rules, example, words(request, who))
        return await _page(request, parts, who, form=form, tried=tried, rules=rules)
    valid_from = form.day("valid_from", today, required=True)
    note = form.text("note", policies.NOTE, required=True)
    if not form.fine or rules is None or valid_from is None:
        return await _page(request, parts, who, form=form, rules=rules)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        key = await policies.add_readings(db, rules, valid_from, note, who.user_id)
        said = f"from {valid_from}: {note}"
        await access_log.record(
            db, who.user_id, Action.MANAGE_MONEY_RULES, f"reading rules {key}", said, address(request)
        )
    return go("/office/rules/readings", "saved")


def _rules(form: Form) -> ReadingRules | None:
    """Read the rules, with a sentence at each field that is not right."""
    found: dict[str, Any] = {
        "window_first": form.whole("window_first", 1, 31, required=True),
        "window_last": form.whole("window_last", 1, 31, required=True),
        "outside": form.choice("outside", set(rules_words.OUTSIDE), required=True),
        "low": form.amount("low", Decimal(0), HIGH, places=3, required=True),
        "high": form.amount("high", Decimal(1), HIGH, places=3, required=True),
        "high_least": form.amount("high_least", Decimal(0), WIDE, places=3, required=True),
        "factors": _factors(form),
        "low_days": form.whole("low_days", 0, 366, required=True),
        "rollover_from": form.amount("rollover_from", Decimal("0.5"), Decimal("0.999"), places=3, required=True),
        "repeats": form.whole("repeats", 2, MOST_REPEATS, required=True),
        "verified_days": form.whole("verified_days", 1, 366, required=True),
        "expired": form.choice("expired", set(rules_words.EXPIRED), required=True),
    }
    if found["window_first"] and found["window_last"] and found["window_last"] < found["window_first"]:
        form.refuse("window_last", N_("The window must not end before it begins."))
    if found["low"] is not None and found["high"] is not None and found["low"] >= found["high"]:
        form.refuse("low", N_("This must be less than what is too much."))
    if not form.fine:
        return None
    try:
        return ReadingRules.model_validate(found)
    except ValidationError:
        form.refuse("form", N_("These rules cannot be: see the field."))
        return None


def _factors(form: Form) -> list[dict[str, Any]]:
    """Read factors, a line each; one that is not so is told at the field."""
    found = []
    for line in form.prose("factors", 4000).splitlines():
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.replace(";", ",").split(",")]
        if len(cells) != 6:
            form.refuse("factors", FACTOR_LINES)
            break
        service, code, source = ("" if cell == "*" else cell for cell in cells[:3])
        low, high, high_least = (typed.decimal(cell) for cell in cells[3:])
        given = {"service": service, "code": code, "source": source, "low": low, "high": high, "high_least": high_least}
        try:
            Factors.model_validate(given)
        except ValidationError:
            form.refuse("factors", FACTOR_LINES)
            break
        found.append(given)
    return found


def _line(one: Factors) -> str:
    """Write factors as a line of the form."""
    return ", ".join(
        [one.service or "*", one.code or "*", one.source or "*", dial(one.low), dial(one.high), dial(one.high_least)]
    )


def _example(form: Form, parts: Parts) -> rules_words.ReadingExample | None:
    last = form.amount("try_last", Decimal(0), READING, places=0, required=True)
    usual = form.amount("try_usual", Decimal(0), WIDE, places=3, required=True)
    days = form.whole("try_days", 1, 3650, required=True)
    value = form.amount("try_value", Decimal(0), READING, places=3, required=True)
    on = form.day("try_on") or parts.cards.today()
    service = form.choice("try_service", set(rules_words.SERVICES))
    if last is None or usual is None or days is None or value is None:
        return None
    return rules_words.ReadingExample(last=last, usual=usual, days=days, value=value, on=on, service=service)


async def _page(  # noqa: PLR0913 -- what is shown
    request: Request,
    parts: Parts,
    who: Person,
    *,
    form: Form | None = None,
    tried: list[str] | None = None,
    rules: ReadingRules | None = None,
) -> Response:
    today = parts.cards.today()
    before = request.query_params.get("before", "")
    async with reading(parts.engine) as db:
        current = await policies.readings_on(db, today)
        found = await policies.readings_versions(
            db, before=int(before) if before.isdecimal() and len(before) < 10 else None, limit=PAGE + 1
        )
    shown, more = cut(found, PAGE, lambda one: one.version_id)
    translate = words(request, who)
    filled = {name: dial(value) if isinstance(value, Decimal) else str(value) for name, value in current}
    filled["factors"] = "\n".join(_line(one) for one in current.factors)
    filled |= {"valid_from": today.isoformat(), "try_last": "1000", "try_usual": "200", "try_days": "30",
               "try_value": "1200", "try_on": today.isoformat()}  # fmt: skip
    return show(
        request,
        who,
        "rules_readings.html",
        status=422 if form and not form.fine else 200,
        form=form or form_of(request, who, filled),
        current=rules_words.readings(current, translate),
        versions=[(one, rules_words.readings(one.rules, translate)) for one in shown],
        wanted=rules_words.readings(rules, translate) if rules else [],
        tried=tried,
        more=more,
        first=not before,
        outside=[(code, translate(text)) for code, text in rules_words.OUTSIDE_CHOICES.items()],
        expired=[(code, translate(text)) for code, text in rules_words.EXPIRED_CHOICES.items()],
        services=[(code, translate(text)) for code, text in rules_words.SERVICES.items()],
        today=today,
    )
