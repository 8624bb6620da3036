"""Page of an account's debt: how far its collection is, plans to pay in parts, orders of restriction (shell)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock, money
from crm_core.access import Action
from crm_core.card import Card
from crm_core.db import Writing, reading, transaction
from crm_core.errors import NoSuchPosting
from crm_core.ledger.posting import Outcome, State
from crm_core.plans import MOST_PARTS, Part
from crm_core.restrictions import Kind, OrderEvent, refusal
from crm_core.store import access_log, debt_rules, plans, restrictions
from workstation.access import Person, may
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.errors import Missing
from workstation.forms import Form
from workstation.office.base import done_sentences, form_of, go, once, show, words
from workstation.sentences import N_, SENTENCES

router = APIRouter(prefix="/office")
LEAST = Decimal("0.01")
FIELDS: Mapping[str, str] = {
    "plan-above-debt": "plan_amount", "plan-of-nothing": "plan_amount", "plan-too-many-parts": "plan_parts",
    "plan-in-past": "plan_first", "plan-too-late": "plan_first",
}  # fmt: skip
"""Which field a rule is about; the others are about the whole form."""
STAGES: Mapping[str, str] = {
    "": N_("Nothing is overdue"),
    "new": N_("Overdue, nothing was said of it yet"),
    "reminded": N_("Reminded"),
    "noticed": N_("Notice of debt sent"),
    "promised": N_("Promised to pay"),
    "planned": N_("Being paid in parts"),
    "warned": N_("Warned of a restriction"),
    "ordered": N_("Restriction ordered"),
    "restricted": N_("Supply is restricted"),
    "court": N_("In court"),
}
"""Words of `crm_core.debt_path.Stage`."""
KINDS: Mapping[str, str] = {Kind.RESTRICT: N_("Restrict"), Kind.CUT_OFF: N_("Cut off")}
STEPS: Mapping[str, Sequence[tuple[OrderEvent, str]]] = {
    "ordered": ((OrderEvent.CARRIED_OUT, N_("Restricted today")), (OrderEvent.CALLED_OFF, N_("Call it off"))),
    "done": ((OrderEvent.RESTORED, N_("Flows again today")),),
}
"""What can happen to an order, by its state, as its buttons say."""
done_sentences({
    "agreed": N_("The plan is agreed."),
    "plan-off": N_("The plan is called off."),
    "ordered": N_("The restriction is ordered."),
    "stepped": N_("It is noted."),
})  # fmt: skip
Work = Callable[[Writing], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One form about an account, on its way to be carried out."""

    request: Request
    parts: Parts
    who: Person
    account_id: int
    form: Form
    preview: Sequence[Part] = field(default=())


@router.get("/accounts/{account_id}/debt")
async def read(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show how an account's debt stands."""
    key = _account(account_id)
    parts.access.note(who.user_id, Action.SEE_LEDGER.value, f"account {key}", ip=address(request))
    return await _page(_Asked(request=request, parts=parts, who=who, account_id=key, form=form_of(request, who, {})))


@router.post("/accounts/{account_id}/plans")
async def agree(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Agree a plan, or show how it would be."""
    key = _account(account_id)
    form = form_of(request, who, sent)
    amount = form.amount("plan_amount", LEAST, money.LARGEST, required=True)
    count = form.whole("plan_parts", 1, MOST_PARTS, required=True)
    first = form.day("plan_first", required=True)
    noted = form.text("plan_note", plans.NOTE)
    asked = _Asked(request=request, parts=parts, who=who, account_id=key, form=form)
    if not form.fine or amount is None or count is None or first is None:
        return await _page(asked)
    wanted = plans.NewPlan(amount=amount, parts=count, first_on=first, by=who.user_id, note=noted)
    if sent.get("action") == "preview":
        preview = plans.parts_of(wanted)
        return await _page(_Asked(request=request, parts=parts, who=who, account_id=key, form=form, preview=preview))
    said = f"plan of {amount} in {count} from {first}"
    return await _carry_out(asked, Action.RECORD_PROMISE, said, lambda db: plans.agree(db, key, wanted), "agreed")


@router.post("/accounts/{account_id}/plans/{plan_id}/call-off")
async def call_off(  # noqa: PLR0913, PLR0917 -- parts of a request
    request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str, plan_id: str
) -> Response:
    """Call a plan off."""
    key, one = _account(account_id), number(plan_id)
    form = form_of(request, who, sent)
    reason = form.text("off_reason", plans.NOTE, required=True)
    asked = _Asked(request=request, parts=parts, who=who, account_id=key, form=form)
    if not form.fine:
        return await _page(asked)

    async def work(db: Writing) -> Outcome:
        if one is None or (await plans.find(db, one, clock.now().date())).account_id != key:
            raise NoSuchPosting(f"account {key} has no plan {plan_id[:20]}")
        return await plans.call_off(db, one, who.user_id, reason)

    return await _carry_out(asked, Action.RECORD_PROMISE, f"plan {one} off: {reason}", work, "plan-off")


@router.post("/accounts/{account_id}/restrictions")
async def order(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Order a restriction."""
    key = _account(account_id)
    form = form_of(request, who, sent)
    kind = form.choice("order_kind", set(Kind), required=True)
    reason = form.text("order_reason", restrictions.REASON)
    asked = _Asked(request=request, parts=parts, who=who, account_id=key, form=form)
    if not form.fine:
        return await _page(asked)
    return await _carry_out(
        asked, Action.ORDER_RESTRICTION, f"{kind}: {reason}",
        lambda db: restrictions.order(db, key, Kind(kind), who.user_id, reason), "ordered",
    )  # fmt: skip


@router.post("/accounts/{account_id}/restrictions/{order_id}/steps")
async def step(  # noqa: PLR0913, PLR0917 -- parts of a request
    request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str, order_id: str
) -> Response:
    """Note what happened to an order."""
    key, one = _account(account_id), number(order_id)
    form = form_of(request, who, sent)
    event = form.choice("step_event", set(OrderEvent), required=True)
    reason = form.text("step_reason", restrictions.REASON)
    asked = _Asked(request=request, parts=parts, who=who, account_id=key, form=form)
    if not form.fine:
        return await _page(asked)

    async def work(db: Writing) -> Outcome:
        if one is None or (await restrictions.find(db, one)).account_id != key:
            raise NoSuchPosting(f"account {key} has no order {order_id[:20]}")
        return await restrictions.step(db, one, OrderEvent(event), who.user_id, reason)

    return await _carry_out(asked, Action.ORDER_RESTRICTION, f"order {one}: {event}", work, "stepped")


class _AgainstRule(Exception):
    """Ends the transaction: the press is not used up, nothing is half written."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def _stands(outcome: Outcome) -> Outcome:
    """Return an outcome that no rule refused.

    Raises:
        _AgainstRule: one did.

    """
    if outcome.state is State.REFUSED:
        raise _AgainstRule(outcome.rule)
    return outcome


async def _carry_out(asked: _Asked, action: Action, said: str, work: Work, done: str) -> Response:
    """Do it in one transaction with its line in the access log; what a rule refuses is shown at its field."""
    who, key, parts = asked.who, asked.account_id, asked.parts
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, asked.form.values)
            outcome = _stands(await work(db))
            told = f"{said} {outcome.state.value} {outcome.key}"
            await access_log.record(db, who.user_id, action, f"account {key}", told, address(asked.request))
    except _AgainstRule as no:
        parts.access.note(
            who.user_id, "refused", f"account {key}", reason=f"{no.rule}: {said}", ip=address(asked.request)
        )
        asked.form.refuse(FIELDS.get(no.rule, "form"), SENTENCES.get(no.rule, no.rule))
        return await _page(asked)
    parts.hub.ahead.changed(key)
    return go(f"/office/accounts/{key}/debt", "known" if outcome.state is State.KNOWN else done)


async def _page(asked: _Asked) -> Response:
    card = await asked.parts.cards.read(asked.account_id)
    if card is None:
        raise Missing("no-such-account")
    today = asked.parts.cards.today()
    async with reading(asked.parts.engine) as db:
        rules = await debt_rules.in_force(db, today)
        standing = await restrictions.standing(db, asked.account_id, today)
        known = await plans.of_account(db, asked.account_id, today, limit=10)
        orders = await restrictions.of_account(db, asked.account_id, limit=10)
    said, role = words(asked.request, asked.who), asked.who.role
    forbidden = refusal(standing, rules.restriction)
    form = asked.form
    if not form.values:
        form.values.update(_suggested(card))
    return show(
        asked.request,
        asked.who,
        "subscribers_debt.html",
        status=200 if form.fine else 422,
        form=form,
        card=card,
        rules=rules,
        standing=standing,
        plans=known,
        orders=orders,
        preview=asked.preview,
        stage=said(STAGES.get(card.debt_stage, card.debt_stage)),
        kinds=[(code, said(text)) for code, text in KINDS.items()],
        steps={state: [(event.value, said(text)) for event, text in found] for state, found in STEPS.items()},
        forbidden=said(SENTENCES[forbidden]) if forbidden else "",
        may_order=may(role, "POST", "/office/accounts/{account_id}/restrictions"),
        may_agree=may(role, "POST", "/office/accounts/{account_id}/plans"),
        today=today,
    )


def _suggested(card: Card) -> dict[str, str]:
    """Return what an empty form offers: all that is overdue, in six parts."""
    return {"plan_amount": str(card.overdue), "plan_parts": "6"} if card.overdue > 0 else {}


def _account(text: str) -> int:
    key = number(text)
    if key is None:
        raise Missing("no-such-account")
    return key
