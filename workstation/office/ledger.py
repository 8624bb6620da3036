"""Pages of ledger and reading rules: the ledger of one account and its forms; the others joined in (shell)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import money
from crm_core.access import Action
from crm_core.db import Writing
from crm_core.errors import NoSuchPosting
from crm_core.ledger.disputes import DisputeEvent
from crm_core.ledger.kinds import BY_HAND, WAYS, Kind, Way
from crm_core.ledger.notices import NoticeChannel, NoticeEvent, NoticeKind
from crm_core.ledger.posting import Channel, NewAdjustment, NewPayment, Outcome, Towards
from crm_core.store import (
    ledger_disputes,
    ledger_notices,
    ledger_penalties,
    ledger_plans,
    ledger_posting,
    ledger_promises,
)
from crm_core.store.ledger_posting import Poster
from workstation.deps import PartsDep, Sent, Who, address, number
from workstation.errors import Missing
from workstation.office import (
    approvals,
    held,
    ledger_page,
    ledger_wants,
    readings_page,
    restrictions,
    rules_money,
    rules_readings,
)
from workstation.office.base import done_sentences, form_of
from workstation.office.ledger_forms import account_key, carry_out
from workstation.office.ledger_wants import LEAST
from workstation.sentences import N_

router = APIRouter(prefix="/office")
for joined in (approvals, held, readings_page, restrictions, rules_money, rules_readings):
    # Their routes themselves, so that each is looked up in the table of rights by its whole path.
    router.routes.extend(joined.router.routes)
done_sentences({
    "posted": N_("Posted."),
    "known": N_("This was here already, so nothing was done."),
    "waiting": N_("It waits for a second person."),
    "promised": N_("The promise is recorded."),
    "disputed": N_("The dispute is recorded."),
    "settled": N_("The dispute is settled."),
    "called-off": N_("The promise is called off."),
    "planned": N_("The plan is recorded."),
    "plan-called-off": N_("The plan is called off."),
    "noticed": N_("The notice is recorded."),
    "told": N_("What became of the notice is recorded."),
    "ordered": N_("The order is given."),
    "stepped": N_("What became of the order is recorded."),
})  # fmt: skip


@router.get("/accounts/{account_id}/ledger")
async def ledger(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show the ledger of an account."""
    key = account_key(account_id)
    parts.access.note(who.user_id, Action.SEE_LEDGER.value, f"account {key}", ip=address(request))
    return await ledger_page.page(request, parts, who, key)


@router.post("/accounts/{account_id}/payments")
async def pay(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Post a payment."""
    key = account_key(account_id)
    form = form_of(request, who, sent)
    amount = form.amount("pay_amount", LEAST, money.LARGEST, required=True)
    paid_on = form.day("pay_day", required=True)
    channel = form.choice("pay_channel", set(Channel), required=True)
    reference, note = form.text("pay_reference", 40), form.text("pay_note", 500)
    period = form.choice("pay_period", _Months())
    if not form.fine or amount is None or paid_on is None:
        return await ledger_page.page(request, parts, who, key, form=form)
    towards = (Towards(period=date.fromisoformat(f"{period}-01"), amount=amount),) if period else ()
    wanted = NewPayment(
        amount=amount, paid_on=paid_on, channel=Channel(channel), reference=reference, towards=towards, note=note
    )
    return await carry_out(
        request, parts, who, sent, key, form, Action.POST_PAYMENT, f"payment {amount} {paid_on}",
        lambda db: ledger_posting.pay(db, key, wanted, Poster(by=who.user_id)),
    )  # fmt: skip


@router.post("/accounts/{account_id}/payments/{paid_on}/{seq}/reversal")
async def take_back(  # noqa: PLR0913, PLR0917 -- parts of a request
    request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str, paid_on: str, seq: str
) -> Response:
    """Take a payment back."""
    key, place = account_key(account_id), number(seq)
    try:
        day = date.fromisoformat(paid_on)
    except ValueError as error:
        raise Missing("no-such-posting") from error
    if place is None or place > 32_767:
        raise Missing("no-such-posting")
    form = form_of(request, who, sent)
    reason = form.text("back_reason", 500, required=True)
    if not form.fine:
        return await ledger_page.page(request, parts, who, key, form=form)
    return await carry_out(
        request, parts, who, sent, key, form, Action.POST_PAYMENT, f"reversal of {day}.{place}: {reason}",
        lambda db: ledger_posting.take_back(db, key, day, place, reason, Poster(by=who.user_id)),
    )  # fmt: skip


@router.post("/accounts/{account_id}/adjustments")
async def adjust(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Post an adjustment; what is taken off is typed without a sign where the kind says which way it goes."""
    key = account_key(account_id)
    form = form_of(request, who, sent)
    kind = form.choice("adj_kind", set(BY_HAND), required=True)
    amount = form.amount("adj_amount", -money.LARGEST, money.LARGEST, required=True)
    reason = form.text("adj_reason", 500, required=True)
    period = form.choice("adj_period", _Months())
    due_on = form.day("adj_due")
    if not form.fine or amount is None:
        return await ledger_page.page(request, parts, who, key, form=form)
    wanted = NewAdjustment(
        kind=Kind(kind),
        amount=-abs(amount) if WAYS[Kind(kind)] is Way.LESS else amount,
        reason=reason,
        due_on=due_on,
        period=date.fromisoformat(f"{period}-01") if period else None,
    )
    return await carry_out(
        request, parts, who, sent, key, form, Action.POST_ADJUSTMENT, f"{kind} {wanted.amount}: {reason}",
        lambda db: ledger_posting.adjust(db, key, wanted, Poster(by=who.user_id)),
    )  # fmt: skip


@router.post("/accounts/{account_id}/penalties")
async def penalty(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Charge the delay of a bill by the rule in force."""
    key = account_key(account_id)
    form = form_of(request, who, sent)
    period = form.choice("pen_period", _Months(), required=True)
    if not form.fine:
        return await ledger_page.page(request, parts, who, key, form=form)
    month = date.fromisoformat(f"{period}-01")
    return await carry_out(
        request, parts, who, sent, key, form, Action.POST_ADJUSTMENT, f"penalty {period}",
        lambda db: ledger_penalties.charge(db, key, month, who.user_id),
    )  # fmt: skip


@router.post("/accounts/{account_id}/promises")
async def promise(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Take a promise to pay."""
    key = account_key(account_id)
    form = form_of(request, who, sent)
    wanted = ledger_wants.promise(form, who.user_id)
    if wanted is None:
        return await ledger_page.page(request, parts, who, key, form=form)
    amount, due_on = wanted.amount, wanted.due_on
    return await carry_out(
        request, parts, who, sent, key, form, Action.RECORD_PROMISE, f"{amount} until {due_on}",
        lambda db: ledger_promises.promise(db, key, wanted), done="promised",
    )  # fmt: skip


@router.post("/accounts/{account_id}/promises/{promise_id}/call-off")
async def call_off(  # noqa: PLR0913, PLR0917 -- parts of a request
    request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str, promise_id: str
) -> Response:
    """Call the open promise off."""
    key, one = account_key(account_id), number(promise_id)
    form = form_of(request, who, sent)
    reason = form.text("off_reason", 500, required=True)
    if not form.fine:
        return await ledger_page.page(request, parts, who, key, form=form)

    async def work(db: Writing) -> Outcome:
        if one is None or (await ledger_promises.find(db, one)).account_id != key:
            raise NoSuchPosting(f"account {key} has no promise {promise_id[:20]}")
        return await ledger_promises.call_off(db, one, who.user_id, reason)

    said = f"promise called off: {reason}"
    return await carry_out(
        request, parts, who, sent, key, form, Action.RECORD_PROMISE, said, work, done="called-off"
    )  # fmt: skip


@router.post("/accounts/{account_id}/plans")
async def agree(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Agree on a plan of instalments."""
    key = account_key(account_id)
    form = form_of(request, who, sent)
    terms = ledger_wants.plan(form)
    if terms is None:
        return await ledger_page.page(request, parts, who, key, form=form)
    return await carry_out(
        request, parts, who, sent, key, form, Action.RECORD_PROMISE,
        f"plan {terms.amount} in {terms.parts} from {terms.first_on}",
        lambda db: ledger_plans.agree(db, key, terms, who.user_id), done="planned",
    )  # fmt: skip


@router.post("/accounts/{account_id}/plans/{plan_id}/call-off")
async def call_plan_off(  # noqa: PLR0913, PLR0917 -- parts of a request
    request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str, plan_id: str
) -> Response:
    """Call the plan that stands off."""
    key, one = account_key(account_id), number(plan_id)
    form = form_of(request, who, sent)
    reason = form.text("plan_off_reason", 500, required=True)
    if not form.fine:
        return await ledger_page.page(request, parts, who, key, form=form)

    async def work(db: Writing) -> Outcome:
        if one is None or (await ledger_plans.find(db, one)).account_id != key:
            raise NoSuchPosting(f"account {key} has no plan {plan_id[:20]}")
        return await ledger_plans.call_off(db, one, who.user_id, reason)

    said = f"plan called off: {reason}"
    return await carry_out(
        request, parts, who, sent, key, form, Action.RECORD_PROMISE, said, work, done="plan-called-off"
    )  # fmt: skip


@router.post("/accounts/{account_id}/notices")
async def notice(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Write down that a notice went out."""
    key = account_key(account_id)
    form = form_of(request, who, sent)
    kind = form.choice("not_kind", set(NoticeKind), required=True)
    channel = form.choice("not_channel", set(NoticeChannel), required=True)
    amount = form.amount("not_amount", Decimal(0), money.LARGEST, required=True)
    words = form.text("not_note", 500)
    if not form.fine or amount is None:
        return await ledger_page.page(request, parts, who, key, form=form)
    return await carry_out(
        request, parts, who, sent, key, form, Action.RECORD_PROMISE, f"notice {kind} {channel} {amount}",
        lambda db: ledger_notices.sent(
            db, key, NoticeKind(kind), NoticeChannel(channel), amount, words, who.user_id
        ), done="noticed",
    )  # fmt: skip


@router.post("/accounts/{account_id}/notices/{notice_id}/told")
async def told(  # noqa: PLR0913, PLR0917 -- parts of a request
    request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str, notice_id: str
) -> Response:
    """Write down that a notice arrived, or came back."""
    key, one = account_key(account_id), number(notice_id)
    form = form_of(request, who, sent)
    event = form.choice("told_event", set(NoticeEvent), required=True)
    words = form.text("told_note", 500)
    if not form.fine:
        return await ledger_page.page(request, parts, who, key, form=form)

    async def work(db: Writing) -> Outcome:
        if one is None or (await ledger_notices.account_of(db, one)) != key:
            raise NoSuchPosting(f"account {key} has no notice {notice_id[:20]}")
        return await ledger_notices.came_back(db, one, NoticeEvent(event), words)

    said = f"notice {one}: {event} {words}"
    return await carry_out(
        request, parts, who, sent, key, form, Action.RECORD_PROMISE, said, work, done="told"
    )  # fmt: skip


@router.post("/accounts/{account_id}/disputes")
async def dispute(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Raise a dispute about a bill."""
    key = account_key(account_id)
    form = form_of(request, who, sent)
    period = form.choice("dis_period", _Months(), required=True)
    amount = form.amount("dis_amount", LEAST, money.LARGEST, required=True)
    reason = form.prose("dis_reason", 1000, required=True)
    if not form.fine or amount is None:
        return await ledger_page.page(request, parts, who, key, form=form)
    month = date.fromisoformat(f"{period}-01")
    return await carry_out(
        request, parts, who, sent, key, form, Action.RAISE_DISPUTE, f"{period} {amount}: {reason}",
        lambda db: ledger_disputes.dispute(db, key, month, amount, reason, who.user_id), done="disputed",
    )  # fmt: skip


@router.post("/accounts/{account_id}/disputes/{dispute_id}/settlement")
async def settle(  # noqa: PLR0913, PLR0917 -- parts of a request
    request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str, dispute_id: str
) -> Response:
    """Settle a dispute."""
    key, one = account_key(account_id), number(dispute_id)
    form = form_of(request, who, sent)
    event = form.choice("set_event", set(DisputeEvent), required=True)
    credit = form.amount("set_credit", Decimal(0), money.LARGEST) or Decimal(0)
    words = form.text("set_words", 1000, required=True)
    if not form.fine:
        return await ledger_page.page(request, parts, who, key, form=form)

    async def work(db: Writing) -> Outcome:
        if one is None or (await ledger_disputes.find(db, one)).account_id != key:
            raise NoSuchPosting(f"account {key} has no dispute {dispute_id[:20]}")
        return await ledger_disputes.settle(db, one, DisputeEvent(event), credit, who.user_id, words)

    said = f"{event} {credit}: {words}"
    return await carry_out(
        request, parts, who, sent, key, form, Action.SETTLE_DISPUTE, said, work, done="settled"
    )  # fmt: skip


class _Months:
    """Any month, as forms write it: `2026-10`."""

    def __contains__(self, text: object) -> bool:
        try:
            return len(str(text)) == 7 and bool(date.fromisoformat(f"{text}-01"))
        except ValueError:
            return False
