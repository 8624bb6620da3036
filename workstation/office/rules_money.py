"""Page of the rules of money: versions, in words, tried on an example before they are saved (shell)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.ledger.allocation import Order
from crm_core.ledger.path import Step
from crm_core.ledger.rules import MoneyRules
from crm_core.store import access_log, policies
from workstation import rules_words, typed
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address
from workstation.formats import Formats
from workstation.forms import Form
from workstation.office.base import cut, form_of, go, once, show, words
from workstation.reading_words import shown as dial
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 20
MOST = Decimal(10) ** 9
CENT = Decimal("0.01")
BUCKET_LINES = N_("Write one bucket in a line: the most days past due, then its name. Like 30 1-30.")
STEP_LINES = N_("Write one step in a line: the day it begins, then the divisor. Like 31 300.")
RATE_LINES = N_("Write one rate in a line: the day it begins, then percent. Like 2022-02-14 9.5.")
PATH_LINES = N_(
    "Write one step in a line: reminder, call, notice, warning, field_order or court, the days past due it begins, "
    "then the least amount. Like warning 61 500."
)
LISTS = {
    "path": N_("Each step is there once and begins on a day of its own."),
    "ageing": N_("Each bucket must reach further than the one before it, and have a name of its own."),
    "penalty": N_("Each step begins on a day of its own, and steps need a rate."),
    "allocation": N_("Name kinds once each, with commas: invoice, penalty, fee, correction, refund, opening."),
}
"""What must hold of the parts that are lists."""


@router.get("/rules/money")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the rules in force, the versions, and the form for the next one."""
    return await _page(request, parts, who)


@router.post("/rules/money")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Try rules on an example, or save them as a new version."""
    form = form_of(request, who, sent)
    today = parts.cards.today()
    rules = _rules(form)
    if sent.get("action") == "try":
        example = _example(form, today)
        tried = None
        if rules is not None and example is not None:
            tried = rules_words.try_money(rules, example, _cash(parts, who), words(request, who))
        return await _page(request, parts, who, form=form, tried=tried, rules=rules)
    valid_from = form.day("valid_from", today, required=True)
    note = form.text("note", policies.NOTE, required=True)
    if not form.fine or rules is None or valid_from is None:
        return await _page(request, parts, who, form=form, rules=rules)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        key = await policies.add_money(db, rules, valid_from, note, who.user_id)
        said = f"from {valid_from}: {note}"
        await access_log.record(
            db, who.user_id, Action.MANAGE_MONEY_RULES, f"money rules {key}", said, address(request)
        )
    return go("/office/rules/money", "saved")


def _rules(form: Form) -> MoneyRules | None:
    """Read the rules, with a sentence at each field that is not right."""
    found: dict[str, Any] = {
        "ageing": [{"most": most, "label": label} for most, label in _lines(form, "ageing", int, str, BUCKET_LINES)],
        "allocation": {
            "order": form.choice("order", set(Order), required=True) or Order.OLDEST,
            "priority": [kind.strip() for kind in form.text("priority", 200).split(",") if kind.strip()],
        },
        "penalty": {
            "steps": [
                {"from_day": day, "divisor": divisor} for day, divisor in _lines(form, "steps", int, int, STEP_LINES)
            ],
            "rates": [
                {"valid_from": day, "percent": percent}
                for day, percent in _lines(form, "rates", date.fromisoformat, _percent, RATE_LINES)
            ],
            "cap_percent": form.amount("cap_percent", Decimal(0), Decimal(1000)),
            "source": form.text("source", 400),
        },
        "promise": {
            "most_days": form.whole("most_days", 1, 365, required=True),
            "grace_days": form.whole("grace_days", 0, 60, required=True),
            "kept_percent": form.amount("kept_percent", Decimal(1), Decimal(100), required=True),
        },
        "plan": {
            "most_parts": form.whole("plan_parts", 2, 36, required=True),
            "first_days": form.whole("plan_first", 0, 365, required=True),
            "grace_days": form.whole("plan_grace", 0, 60, required=True),
        },
        "restriction": {
            "months": form.amount("res_months", Decimal(0), Decimal(36), required=True),
            "monthly_charge": form.amount("res_charge", CENT, MOST),
            "notice_days": form.whole("res_days", 0, 365, required=True),
            "reconnection_cap": form.amount("res_cap", CENT, MOST),
        },
        "path": _path(form),
        "limits": {
            "adjustment": form.amount("adjustment", Decimal(0), MOST, required=True),
            "back_days": form.whole("back_days", 0, 3650, required=True),
        },
    }
    if not form.fine:
        return None
    try:
        return MoneyRules.model_validate(found)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            part = str(fault["loc"][0])
            name = {"penalty": "steps", "allocation": "priority"}.get(part, part)
            form.refuse(name, LISTS.get(part, N_("These rules cannot be: see the field.")))
        return None


def _path(form: Form) -> list[dict[str, Any]]:
    """Read the path of a debt: a step in a line, with its day and the least amount it is for."""
    found = []
    for step, rest in _lines(form, "path", Step, str, PATH_LINES):
        day, _, least = rest.partition(" ")
        amount = typed.decimal(least or "0")
        if not day.isascii() or not day.isdecimal() or not 1 <= int(day[:6]) <= 36_500 or amount is None or amount < 0:
            form.refuse("path", PATH_LINES)
            break
        found.append({"step": step, "from_day": int(day), "least": amount})
    return found


def _percent(text: str) -> Decimal:
    value = typed.decimal(text)
    if value is None:
        raise ValueError(text)
    return value


def _lines(
    form: Form, name: str, first: Callable[[str], Any], second: Callable[[str], Any], fault: str
) -> list[tuple[Any, Any]]:
    """Read lines of two values; one that is not so is told at the field."""
    found = []
    for line in form.prose(name, 4000).splitlines():
        if not line.strip():
            continue
        before, _, after = line.strip().partition(" ")
        try:
            found.append((first(before), second(after.strip())))
        except ValueError:
            form.refuse(name, fault)
            break
    return found


def _example(form: Form, today: date) -> rules_words.MoneyExample | None:
    owed = form.amount("try_owed", Decimal("0.01"), MOST, required=True)
    late = form.whole("try_late", 0, 3650, required=True)
    paid = form.amount("try_paid", Decimal("0.01"), MOST, required=True)
    if owed is None or late is None or paid is None:
        return None
    return rules_words.MoneyExample(owed=owed, late=late, paid=paid, today=today)


def _cash(parts: Parts, who: Person) -> Callable[[Decimal], str]:
    code = parts.templates.language(who.language).code
    return Formats(code, parts.settings.time_zone, parts.settings.currency).money


def _filled(rules: MoneyRules) -> dict[str, str]:
    """Write rules as the form writes them."""
    return {
        "ageing": "\n".join(f"{one.most} {one.label}" for one in rules.ageing),
        "order": rules.allocation.order.value,
        "priority": ", ".join(rules.allocation.priority),
        "steps": "\n".join(f"{one.from_day} {one.divisor}" for one in rules.penalty.steps),
        "rates": "\n".join(f"{one.valid_from} {one.percent}" for one in rules.penalty.rates),
        "cap_percent": "" if rules.penalty.cap_percent is None else str(rules.penalty.cap_percent),
        "source": rules.penalty.source,
        "most_days": str(rules.promise.most_days),
        "grace_days": str(rules.promise.grace_days),
        "kept_percent": str(rules.promise.kept_percent),
        "plan_parts": str(rules.plan.most_parts),
        "plan_first": str(rules.plan.first_days),
        "plan_grace": str(rules.plan.grace_days),
        "res_months": dial(rules.restriction.months),
        "res_charge": "" if rules.restriction.monthly_charge is None else str(rules.restriction.monthly_charge),
        "res_days": str(rules.restriction.notice_days),
        "res_cap": "" if rules.restriction.reconnection_cap is None else str(rules.restriction.reconnection_cap),
        "path": "\n".join(f"{one.step} {one.from_day} {dial(one.least)}" for one in rules.path),
        "adjustment": str(rules.limits.adjustment),
        "back_days": str(rules.limits.back_days),
    }


async def _page(  # noqa: PLR0913 -- what is shown
    request: Request,
    parts: Parts,
    who: Person,
    *,
    form: Form | None = None,
    tried: list[str] | None = None,
    rules: MoneyRules | None = None,
) -> Response:
    today = parts.cards.today()
    before = request.query_params.get("before", "")
    async with reading(parts.engine) as db:
        current = await policies.money_on(db, today)
        found = await policies.money_versions(
            db, before=int(before) if before.isdecimal() and len(before) < 10 else None, limit=PAGE + 1
        )
    shown, more = cut(found, PAGE, lambda one: one.version_id)
    translate, cash = words(request, who), _cash(parts, who)
    filled = _filled(current) | {
        "valid_from": today.isoformat(), "try_owed": "1000", "try_late": "60", "try_paid": "1500"
    }  # fmt: skip
    return show(
        request,
        who,
        "rules_money.html",
        status=422 if form and not form.fine else 200,
        form=form or form_of(request, who, filled),
        current=rules_words.money(current, cash, translate),
        versions=[(one, rules_words.money(one.rules, cash, translate)) for one in shown],
        wanted=rules_words.money(rules, cash, translate) if rules else [],
        tried=tried,
        more=more,
        first=not before,
        orders=[(Order.OLDEST.value, translate(N_("Oldest first"))), (Order.PRIORITY.value, translate(N_("By kind")))],
        today=today,
    )
