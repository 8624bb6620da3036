"""REST of what is agreed and argued about money: promises, disputes, notices (shell)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.ledger.disputes import DisputeEvent
from crm_core.ledger.notices import NoticeChannel, NoticeEvent, NoticeKind
from crm_core.ledger.plans import Terms
from crm_core.store import (
    access_log,
    ledger_disputes,
    ledger_notices,
    ledger_plans,
    ledger_promises,
    ledger_statement,
)
from workstation.deps import PartsDep
from workstation.rest.caller import Caller, allowed
from workstation.rest.ledger_answers import (
    KEY,
    Amount,
    Body,
    DisputeOut,
    InstalmentOut,
    NoticeOut,
    OutcomeOut,
    PlanOut,
    PromiseOut,
    Text,
    outcome_out,
)
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk

router = APIRouter(tags=["money"])
Id = Annotated[int, Path(**KEY)]
Reader = Annotated[Caller, allowed(Action.SEE_LEDGER)]
Promiser = Annotated[Caller, allowed(Action.RECORD_PROMISE)]
Disputer = Annotated[Caller, allowed(Action.RAISE_DISPUTE)]
Settler = Annotated[Caller, allowed(Action.SETTLE_DISPUTE)]


class PromiseIn(Body):
    """What is promised until when."""

    amount: Amount
    due_on: date
    instead_of_open: bool = False
    """Puts off the promise that is open."""
    call_id: Annotated[str, Field(max_length=80)] = ""
    reason: Annotated[str, Field(max_length=500)] = ""


class PlanIn(Body):
    """What is paid off in how many monthly parts."""

    amount: Amount
    parts: Annotated[int, Field(ge=2, le=36)]
    first_on: date
    call_id: Annotated[str, Field(max_length=80)] = ""


class ReasonIn(Body):
    """Why."""

    reason: Text


class DisputeIn(Body):
    """What is wrong with which bill."""

    period: date
    amount: Amount
    reason: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]


class SettlementIn(Body):
    """How a dispute ends."""

    event: DisputeEvent
    credit: Amount = Decimal(0)
    """What the customer was right about, with `uphold` only."""
    settlement: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]


class NoticeIn(Body):
    """A notice that went out."""

    kind: NoticeKind
    channel: NoticeChannel
    amount: Annotated[Amount, Field(ge=0)]
    note: Annotated[str, Field(max_length=500)] = ""


class ToldIn(Body):
    """What came back of a notice."""

    event: NoticeEvent
    note: Annotated[str, Field(max_length=500)] = ""


@router.get("/accounts/{account_id}/promises", operation_id="list_promises")
async def list_promises(account_id: Id, parts: PartsDep, _caller: Reader, ask: PageAsk) -> Page[PromiseOut]:
    """List an account's promises, newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await ledger_promises.of_account(db, account_id, before=before, limit=ask.more)
        if not rows:
            await ledger_statement.must_exist(db, account_id)
    return ask.page(rows, _promise, lambda row: (row.promise_id,))


@router.post(
    "/accounts/{account_id}/promises", operation_id="record_promise", status_code=201, response_model=OutcomeOut
)
async def record_promise(account_id: Id, body: PromiseIn, caller: Promiser, once: OnceDep) -> Response:
    """Take a promise to pay."""
    wanted = ledger_promises.NewPromise(
        amount=body.amount, due_on=body.due_on, by=caller.user_id, call_id=body.call_id,
        instead_of_open=body.instead_of_open, reason=body.reason,
    )  # fmt: skip

    async def work(db: Writing) -> OutcomeOut:
        outcome = outcome_out(await ledger_promises.promise(db, account_id, wanted))
        said = f"{body.amount} until {body.due_on} {outcome.state}"
        await access_log.record(db, caller.user_id, Action.RECORD_PROMISE, f"account {account_id}", said, caller.ip)
        return outcome

    return await once.run(caller, work, 201)


@router.post("/promises/{promise_id}/cancellation", operation_id="cancel_promise", response_model=OutcomeOut)
async def cancel_promise(promise_id: Id, body: ReasonIn, caller: Promiser, once: OnceDep) -> Response:
    """Call an open promise off."""

    async def work(db: Writing) -> OutcomeOut:
        outcome = outcome_out(await ledger_promises.call_off(db, promise_id, caller.user_id, body.reason))
        await access_log.record(
            db, caller.user_id, Action.RECORD_PROMISE, f"promise {promise_id}", body.reason, caller.ip
        )
        return outcome

    return await once.run(caller, work)


@router.get("/accounts/{account_id}/plans", operation_id="list_plans")
async def list_plans(account_id: Id, parts: PartsDep, _caller: Reader, ask: PageAsk) -> Page[PlanOut]:
    """List an account's plans of instalments, newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await ledger_plans.of_account(db, account_id, before=before, limit=ask.more)
        if not rows:
            await ledger_statement.must_exist(db, account_id)
    return ask.page(rows, _plan, lambda row: (row.plan_id,))


@router.post("/accounts/{account_id}/plans", operation_id="agree_plan", status_code=201, response_model=OutcomeOut)
async def agree_plan(account_id: Id, body: PlanIn, caller: Promiser, once: OnceDep) -> Response:
    """Agree on a plan of equal instalments a month apart; an open promise is put off by it."""
    terms = Terms(amount=body.amount, parts=body.parts, first_on=body.first_on)

    async def work(db: Writing) -> OutcomeOut:
        agreed = await ledger_plans.agree(db, account_id, terms, caller.user_id, call_id=body.call_id)
        outcome = outcome_out(agreed)
        said = f"plan {body.amount} in {body.parts} from {body.first_on} {outcome.state}"
        await access_log.record(db, caller.user_id, Action.RECORD_PROMISE, f"account {account_id}", said, caller.ip)
        return outcome

    return await once.run(caller, work, 201)


@router.post("/plans/{plan_id}/cancellation", operation_id="cancel_plan", response_model=OutcomeOut)
async def cancel_plan(plan_id: Id, body: ReasonIn, caller: Promiser, once: OnceDep) -> Response:
    """Call an open plan off."""

    async def work(db: Writing) -> OutcomeOut:
        outcome = outcome_out(await ledger_plans.call_off(db, plan_id, caller.user_id, body.reason))
        await access_log.record(db, caller.user_id, Action.RECORD_PROMISE, f"plan {plan_id}", body.reason, caller.ip)
        return outcome

    return await once.run(caller, work)


@router.get("/accounts/{account_id}/disputes", operation_id="list_disputes")
async def list_disputes(account_id: Id, parts: PartsDep, _caller: Reader, ask: PageAsk) -> Page[DisputeOut]:
    """List an account's disputes, newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await ledger_disputes.disputes_of(db, account_id, before=before, limit=ask.more)
        if not rows:
            await ledger_statement.must_exist(db, account_id)
    return ask.page(rows, _dispute, lambda row: (row.dispute_id,))


@router.post(
    "/accounts/{account_id}/disputes", operation_id="raise_dispute", status_code=201, response_model=OutcomeOut
)
async def raise_dispute(account_id: Id, body: DisputeIn, caller: Disputer, once: OnceDep) -> Response:
    """Raise a dispute about a bill: it is not dunned and waits for its money."""

    async def work(db: Writing) -> OutcomeOut:
        raised = await ledger_disputes.dispute(db, account_id, body.period, body.amount, body.reason, caller.user_id)
        outcome = outcome_out(raised)
        said = f"{body.period:%Y-%m} {body.amount}: {body.reason}"
        await access_log.record(db, caller.user_id, Action.RAISE_DISPUTE, f"account {account_id}", said, caller.ip)
        return outcome

    return await once.run(caller, work, 201)


@router.post("/disputes/{dispute_id}/settlement", operation_id="settle_dispute", response_model=OutcomeOut)
async def settle_dispute(dispute_id: Id, body: SettlementIn, caller: Settler, once: OnceDep) -> Response:
    """Settle a dispute; a credit above the limit waits for a second person."""

    async def work(db: Writing) -> OutcomeOut:
        settled = await ledger_disputes.settle(db, dispute_id, body.event, body.credit, caller.user_id, body.settlement)
        outcome = outcome_out(settled)
        said = f"{body.event} {body.credit} {outcome.state}: {body.settlement}"
        await access_log.record(db, caller.user_id, Action.SETTLE_DISPUTE, f"dispute {dispute_id}", said, caller.ip)
        return outcome

    return await once.run(caller, work)


@router.get("/accounts/{account_id}/notices", operation_id="list_notices")
async def list_notices(account_id: Id, parts: PartsDep, _caller: Reader, ask: PageAsk) -> Page[NoticeOut]:
    """List notices of an account, newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await ledger_notices.notices_of(db, account_id, before=before, limit=ask.more)
        if not rows:
            await ledger_statement.must_exist(db, account_id)
    return ask.page(rows, _notice, lambda row: (row.notice_id,))


@router.post("/accounts/{account_id}/notices", operation_id="record_notice", status_code=201, response_model=OutcomeOut)
async def record_notice(account_id: Id, body: NoticeIn, caller: Promiser, once: OnceDep) -> Response:
    """Write down that a notice went out; of a restriction only when the rules of money let it."""

    async def work(db: Writing) -> OutcomeOut:
        outcome = outcome_out(
            await ledger_notices.sent(db, account_id, body.kind, body.channel, body.amount, body.note, caller.user_id)
        )
        said = f"notice {body.kind} {body.channel} {outcome.key}"
        await access_log.record(db, caller.user_id, Action.RECORD_PROMISE, f"account {account_id}", said, caller.ip)
        return outcome

    return await once.run(caller, work, 201)


@router.post("/notices/{notice_id}/told", operation_id="tell_notice", response_model=OutcomeOut)
async def tell_notice(notice_id: Id, body: ToldIn, caller: Promiser, once: OnceDep) -> Response:
    """Write down that a notice arrived, or came back."""

    async def work(db: Writing) -> OutcomeOut:
        outcome = outcome_out(await ledger_notices.came_back(db, notice_id, body.event, body.note))
        said = f"{body.event}: {body.note}"
        await access_log.record(db, caller.user_id, Action.RECORD_PROMISE, f"notice {notice_id}", said, caller.ip)
        return outcome

    return await once.run(caller, work)


def _promise(row: ledger_promises.Kept) -> PromiseOut:
    return PromiseOut(
        promise_id=row.promise_id,
        amount=row.amount,
        due_on=row.due_on,
        status=row.status,
        made_on=row.made_on,
        paid=row.paid,
        settled_at=row.settled_at,
    )


def _plan(row: ledger_plans.Plan) -> PlanOut:
    return PlanOut(
        plan_id=row.plan_id,
        amount=row.terms.amount,
        parts=row.terms.parts,
        first_on=row.terms.first_on,
        status=row.status,
        made_on=row.made_on,
        paid=row.paid,
        met=row.progress.met,
        instalments=[
            InstalmentOut(number=one.number, due_on=one.due_on, amount=one.amount) for one in row.terms.instalments
        ],
        settled_at=row.settled_at,
    )


def _dispute(row: ledger_disputes.Dispute) -> DisputeOut:
    return DisputeOut(
        dispute_id=row.dispute_id,
        period=row.period,
        amount=row.amount,
        reason=row.reason,
        status=row.status,
        raised_at=row.raised_at,
        settled_at=row.settled_at,
        settlement=row.settlement,
    )


def _notice(row: ledger_notices.Notice) -> NoticeOut:
    return NoticeOut(
        notice_id=row.notice_id,
        kind=row.kind,
        channel=row.channel,
        amount=row.amount,
        status=row.status,
        sent_at=row.sent_at,
        told_at=row.told_at,
        note=row.note,
    )
