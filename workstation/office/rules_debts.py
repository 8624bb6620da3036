"""Page of the rules of plans and restrictions: in force, versions, the next one (shell)."""

from __future__ import annotations

from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.debt_rules import DebtRules
from crm_core.plans import MOST_PARTS, PlanRule
from crm_core.restrictions import RestrictionRule
from crm_core.store import access_log, debt_rules
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.forms import Form
from workstation.office.base import cut, form_of, go, once, show, words
from workstation.sentences import N_, Translate

router = APIRouter(prefix="/office")
PAGE = 20
PATH = "/office/rules/debts"
OVERDUE = N_("A supply is restricted when more than {months} monthly charges are overdue, {days} days after a warning.")


@router.get("/rules/debts")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the rules in force, the versions, and the form for the next one."""
    return await _page(request, parts, who)


@router.post("/rules/debts")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Save rules as a new version."""
    form = form_of(request, who, sent)
    rules = _rules(form)
    valid_from = form.day("valid_from", parts.cards.today(), required=True)
    note = form.text("note", debt_rules.NOTE, required=True)
    if rules is None or not form.fine or valid_from is None:
        return await _page(request, parts, who, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        key = await debt_rules.add(db, rules, valid_from, note, who.user_id)
        said = f"from {valid_from}: {note}"
        await access_log.record(db, who.user_id, Action.MANAGE_MONEY_RULES, f"debt rules {key}", said, address(request))
    return go(PATH, "saved")


def sentences(rules: DebtRules, say: Translate) -> list[str]:
    """Say rules in words."""
    plan, cut_off = rules.plan, rules.restriction
    return [
        say(N_("A plan has at most {parts} parts; the first is due within {days} days.")).format(
            parts=plan.most_parts, days=plan.first_days
        ),
        say(N_("{days} days after a part's day money still counts.")).format(days=plan.grace_days),
        say(OVERDUE).format(months=f"{cut_off.months:f}", days=cut_off.notice_days),
        *([cut_off.source] if cut_off.source else []),
    ]


def _rules(form: Form) -> DebtRules | None:
    parts = form.whole("most_parts", 1, MOST_PARTS, required=True)
    first = form.whole("first_days", 0, 180, required=True)
    grace = form.whole("grace_days", 0, 60, required=True)
    months = form.amount("months", Decimal(0), Decimal(60), required=True)
    notice = form.whole("notice_days", 0, 365, required=True)
    source = form.text("source", 400)
    if not form.fine or parts is None or first is None or grace is None or months is None or notice is None:
        return None
    return DebtRules(
        plan=PlanRule(most_parts=parts, first_days=first, grace_days=grace),
        restriction=RestrictionRule(months=months, notice_days=notice, source=source),
    )


def _filled(rules: DebtRules) -> dict[str, str]:
    return {
        "most_parts": str(rules.plan.most_parts),
        "first_days": str(rules.plan.first_days),
        "grace_days": str(rules.plan.grace_days),
        "months": f"{rules.restriction.months:f}",
        "notice_days": str(rules.restriction.notice_days),
        "source": rules.restriction.source,
    }


async def _page(request: Request, parts: Parts, who: Person, form: Form | None = None) -> Response:
    today = parts.cards.today()
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        current = await debt_rules.in_force(db, today)
        found = await debt_rules.versions(db, before=before, limit=PAGE + 1)
    shown, more = cut(found, PAGE, lambda one: one.version_id)
    say = words(request, who)
    return show(
        request,
        who,
        "rules_debts.html",
        status=422 if form and not form.fine else 200,
        form=form or form_of(request, who, _filled(current) | {"valid_from": today.isoformat()}),
        current=sentences(current, say),
        versions=[(one, sentences(one.rules, say)) for one in shown],
        more=more,
        first=before is None,
        today=today,
    )
