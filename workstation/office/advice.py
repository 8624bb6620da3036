"""Page of what is advised: what came of it, the rules in force, the next version (shell)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.advice import MOST_SHOWN, OFFER, AdviceRules, Rule
from crm_core.db import reading, transaction
from crm_core.store import access_log, advice
from workstation.access import Person
from workstation.advice_words import REASONS, RULES, WHEN
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.forms import Form
from workstation.office.base import cut, form_of, go, once, show, words
from workstation.sentences import Translate

router = APIRouter(prefix="/office")
PAGE = 20
TOLD_DAYS = 30
"""How far back it is counted."""
BOUNDS: dict[str, tuple[int, int]] = {
    "promise_days": (0, 30), "broken_days": (1, 366), "estimates": (1, 12), "verification_days": (0, 366),
    "again_days": (0, 366), "most": (1, MOST_SHOWN),
}  # fmt: skip


@router.get("/advice")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show what came of what was advised, the rules in force, and the form for the next ones."""
    return await _page(request, parts, who)


@router.post("/advice")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Save rules as a new version."""
    form = form_of(request, who, sent)
    rules = _rules(form)
    valid_from = form.day("valid_from", parts.cards.today(), required=True)
    note = form.text("note", advice.NOTE, required=True)
    if not form.fine or rules is None or valid_from is None:
        return await _page(request, parts, who, form=form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        key = await advice.add_rules(db, rules, valid_from, note, who.user_id)
        told = f"from {valid_from}: {note}"
        await access_log.record(db, who.user_id, Action.MANAGE_ADVICE, f"advice rules {key}", told, address(request))
    await parts.cards.advisor.look()
    return go("/office/advice", "saved")


def _rules(form: Form) -> AdviceRules | None:
    """Read the rules, with a sentence at each field that is not right."""
    found: dict[str, Any] = {name: form.whole(name, *bounds, required=True) for name, bounds in BOUNDS.items()}
    found["least_debt"] = form.amount("least_debt", Decimal(0), Decimal(10) ** 9, required=True)
    found["off"] = tuple(rule for rule in Rule if not form.flag(f"on_{rule.value}"))
    return AdviceRules.model_validate(found) if form.fine else None


async def _page(request: Request, parts: Parts, who: Person, *, form: Form | None = None) -> Response:
    today = parts.cards.today()
    before = number(request.query_params.get("before"))
    since = clock.now() - timedelta(TOLD_DAYS)
    async with reading(parts.engine) as db:
        current = await advice.rules_on(db, today)
        found = await advice.versions(db, before=before, limit=PAGE + 1)
        rates = [one for one in await advice.rates(db, since) if one.rule != OFFER]
        why = await advice.reasons(db, since, of_offers=False)
    shown, more = cut(found, PAGE, lambda one: one.version_id)
    said = words(request, who)
    return show(
        request, who, "advice.html", status=422 if form and not form.fine else 200,
        form=form or form_of(request, who, _filled(current, today.isoformat())),
        rates=rates, titles={code: said(title) for code, title in RULES.items()},
        when={code: said(text) for code, text in WHEN.items()}, days=TOLD_DAYS, week=advice.MEASURED_DAYS,
        why=[(rule, said(REASONS[reason]), times) for rule, _, reason, times in why if reason in REASONS],
        current=in_words(current, said), versions=[(one, in_words(one.rules, said)) for one in shown],
        more=more, first=before is None, today=today,
    )  # fmt: skip


def _filled(rules: AdviceRules, today: str) -> dict[str, str]:
    values = {name: str(getattr(rules, name)) for name in (*BOUNDS, "least_debt")}
    flags = {f"on_{rule.value}": "" if rule in rules.off else "1" for rule in Rule}
    return {**values, **flags, "valid_from": today}


def in_words(rules: AdviceRules, said: Translate) -> list[str]:
    """Tell rules in sentences."""
    told = [
        said("Paying in parts is offered from %(amount)s overdue.") % {"amount": rules.least_debt},
        said("A promise is reminded of %(days)s days before its day.") % {"days": rules.promise_days},
        said("A broken promise is spoken of for %(days)s days.") % {"days": rules.broken_days},
        said("A true reading is asked for after %(count)s estimates.") % {"count": rules.estimates},
        said("A verification is spoken of %(days)s days before it runs out.") % {"days": rules.verification_days},
        said("What was put aside rests for %(days)s days.") % {"days": rules.again_days},
        said("At most %(count)s things are advised at a time.") % {"count": rules.most},
    ]
    off = ", ".join(said(RULES[rule]) for rule in rules.off)
    return [*told, said("Not followed: %(rules)s.") % {"rules": off}] if off else told
