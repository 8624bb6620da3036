"""Panels about a debt: a promise to pay, instalments (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.ledger.posting import Outcome, State
from crm_core.store import ledger_plans, ledger_promises, ledger_statement, policies
from workstation.deps import PartsDep, Sent, Who
from workstation.forms import Form
from workstation.office import ledger_wants
from workstation.office.ledger_forms import FIELDS
from workstation.panels.base import Asked, Done, Unfit, ask, carry_out, receive, show
from workstation.sentences import N_, SENTENCES

router = APIRouter(prefix="/api/panels")
PROMISED = N_("The promise is recorded.")
PLANNED = N_("The plan is recorded.")
KNOWN = N_("This was here already, so nothing was done.")
FIRST_IN_DAYS = 10


@router.get("/{account_id}/promise")
async def promise_form(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show the form of a promise: what is overdue, unless something else was typed."""
    asked = await ask(request, parts, who, account_id)
    owed = await _owed(asked)
    known = {"pro_amount": asked.known("amount") or _amount(owed)}
    return show(asked, "promise.html", **owed, known={**known, "pro_due": asked.known("due")})


@router.post("/{account_id}/promise")
async def promise(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Take a promise to pay."""
    asked = await receive(request, parts, who, account_id, sent)
    form = asked.form()
    wanted = ledger_wants.promise(form, who.user_id, asked.call_id)

    async def work(db: Writing) -> Done:
        assert wanted is not None  # noqa: S101 -- an unfit form never comes here
        outcome = await ledger_promises.promise(db, asked.account_id, wanted)
        return _told(asked, form, outcome, PROMISED, f"{wanted.amount} until {wanted.due_on}")

    return await carry_out(asked, form, Action.RECORD_PROMISE, work)


@router.get("/{account_id}/plan")
async def plan_form(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show the form of instalments."""
    asked = await ask(request, parts, who, account_id)
    owed = await _owed(asked)
    first = parts.cards.today() + timedelta(FIRST_IN_DAYS)
    known = {
        "plan_amount": asked.known("amount") or _amount(owed),
        "plan_parts": asked.known("parts") or "3",
        "plan_first": asked.known("due") or first.isoformat(),
    }
    return show(asked, "plan.html", **owed, known=known)


@router.post("/{account_id}/plan")
async def plan(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Agree on instalments."""
    asked = await receive(request, parts, who, account_id, sent)
    form = asked.form()
    terms = ledger_wants.plan(form)

    async def work(db: Writing) -> Done:
        assert terms is not None  # noqa: S101 -- an unfit form never comes here
        outcome = await ledger_plans.agree(db, asked.account_id, terms, who.user_id)
        note = f"plan {terms.amount} in {terms.parts} from {terms.first_on}"
        return _told(asked, form, outcome, PLANNED, note)

    return await carry_out(asked, form, Action.RECORD_PROMISE, work)


def _told(asked: Asked, form: Form, outcome: Outcome, said: str, note: str) -> Done:
    """Say what became of it.

    Raises:
        Unfit: a rule of the ledger refused it; its sentence stands beside its field.

    """
    if outcome.state is State.REFUSED:
        form.refuse(FIELDS.get(outcome.rule, "form"), SENTENCES.get(outcome.rule, outcome.rule))
        raise Unfit
    return Done(said=asked.say(KNOWN if outcome.state is State.KNOWN else said), note=note)


async def _owed(asked: Asked) -> dict[str, object]:
    """Return what a form about a debt says: what is owed, what may be promised, until when, what stands already."""
    today = asked.parts.cards.today()
    async with reading(asked.parts.engine) as db:
        rules = await policies.money_on(db, today)
        overview = await ledger_statement.overview(db, asked.account_id, rules, today)
        waiting = await ledger_promises.open_one(db, asked.account_id)
    return {
        "overdue": overview.debt.overdue,
        "most": overview.undisputed,
        "currency": overview.currency,
        "waiting": waiting,
        "last_day": today + timedelta(rules.promise.most_days),
        "most_parts": rules.plan.most_parts,
        "first_days": rules.plan.first_days,
        "today": today,
    }


def _amount(owed: Mapping[str, object]) -> str:
    """Return what is probably promised: what is overdue, else all that is owed."""
    amount = owed["overdue"] or owed["most"]
    return f"{amount:f}" if amount else ""
