"""REST of money: how an account stands, payments, adjustments, what waits for a second person (shell)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from crm_core import money
from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.ledger.approvals import ApprovalEvent
from crm_core.ledger.kinds import Kind
from crm_core.ledger.posting import Channel, NewAdjustment, NewPayment, Towards
from crm_core.store import (
    access_log,
    ledger,
    ledger_approvals,
    ledger_debtors,
    ledger_penalties,
    ledger_posting,
    ledger_statement,
    ledger_wishes,
    policies,
)
from crm_core.store.ledger_posting import Poster
from workstation.deps import PartsDep
from workstation.rest.caller import Caller, allowed
from workstation.rest.ledger_answers import (
    KEY,
    Amount,
    ApprovalOut,
    BillOut,
    Body,
    BucketOut,
    EntryOut,
    LedgerOut,
    LineOut,
    OutcomeOut,
    PaidOut,
    RestrictionOut,
    StageOut,
    Text,
    outcome_out,
    source_name,
)
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk

router = APIRouter(tags=["money"])
AccountId = Annotated[int, Path(**KEY)]
Reader = Annotated[Caller, allowed(Action.SEE_LEDGER)]
Payer = Annotated[Caller, allowed(Action.POST_PAYMENT)]
Adjuster = Annotated[Caller, allowed(Action.POST_ADJUSTMENT)]
Approver = Annotated[Caller, allowed(Action.APPROVE_ADJUSTMENT)]
Reference = Annotated[str, Field(max_length=40)]
Note = Annotated[str, Field(max_length=500)]


class TowardsIn(Body):
    """What a part of a payment is for: a bill by its month, or a charge by its number."""

    period: date | None = None
    charge: Annotated[int, Field(**KEY)] | None = None
    amount: Amount


class PaymentIn(Body):
    """A payment that came in."""

    amount: Amount
    paid_on: date
    channel: Channel
    reference: Reference = ""
    towards: Annotated[tuple[TowardsIn, ...], Field(max_length=60)] = ()
    note: Note = ""


class ReversalIn(Body):
    """Why a payment is taken back."""

    reason: Text


class AdjustmentIn(Body):
    """A change of the balance that is neither a bill nor a payment."""

    kind: Kind
    amount: Amount
    reason: Text
    due_on: date | None = None
    period: date | None = None
    reference: Reference = ""


class PenaltyIn(Body):
    """The bill whose delay is to be charged for."""

    period: date


class DecisionIn(Body):
    """What a second person says."""

    decision: ApprovalEvent
    note: Note = ""


@router.get("/accounts/{account_id}/ledger", operation_id="read_ledger")
async def read_ledger(account_id: AccountId, parts: PartsDep, caller: Reader) -> LedgerOut:
    """Tell how an account stands today."""
    today = parts.cards.today()
    async with reading(parts.engine) as db:
        rules = await policies.money_on(db, today)
        book = await ledger.load(db, account_id)
        found = await ledger_statement.overview(db, account_id, rules, today, book=book)
        outlook = ledger_debtors.outlook(await ledger_debtors.who(db, account_id, today), book, rules, today)
    parts.access.note(caller.user_id, Action.SEE_LEDGER.value, f"account {account_id}", ip=caller.ip)
    return LedgerOut(
        account_id=found.account_id,
        account_number=found.account_number,
        currency=found.currency,
        status=found.status,
        balance=found.balance,
        credit=found.credit,
        overdue=found.debt.overdue,
        next_due_on=found.debt.next_due_on,
        undisputed=found.undisputed,
        debt=[BucketOut(label=one.label, amount=one.amount) for one in found.debt.buckets],
        oldest_due_on=found.debt.oldest_due_on,
        barred=found.debt.barred,
        path=StageOut(step=outlook.stage.step, since=outlook.stage.since, rests=outlook.stage.rests),
        restriction=RestrictionOut(
            rule=outlook.restriction.rule,
            possible_on=outlook.restriction.possible_on,
            above=money.rounded(outlook.restriction.above),
        ),
    )


@router.get("/accounts/{account_id}/statement", operation_id="read_statement")
async def read_statement(account_id: AccountId, parts: PartsDep, caller: Reader, ask: PageAsk) -> Page[EntryOut]:
    """List bills, adjustments and payments, newest first, each with the balance after it."""
    before = (date.fromisoformat(str(ask.after[0])), int(ask.after[1]), int(ask.after[2])) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await ledger_statement.entries(db, account_id, before=before, limit=ask.more)
        if not rows:
            await ledger_statement.must_exist(db, account_id)
    parts.access.note(caller.user_id, Action.SEE_LEDGER.value, f"account {account_id}", ip=caller.ip)
    return ask.page(rows, _entry, lambda row: (row.place[0].isoformat(), row.place[1], row.place[2]))


@router.get("/accounts/{account_id}/invoices", operation_id="list_invoices")
async def list_invoices(account_id: AccountId, parts: PartsDep, caller: Reader, ask: PageAsk) -> Page[BillOut]:
    """List bills with their lines and what paid them, newest first."""
    today = parts.cards.today()
    before = date.fromisoformat(str(ask.after[0])) if ask.after else None
    async with reading(parts.engine) as db:
        rules = await policies.money_on(db, today)
        rows = await ledger_statement.bills(db, account_id, rules, today, before=before, limit=ask.more)
        if not rows:
            await ledger_statement.must_exist(db, account_id)
    parts.access.note(caller.user_id, Action.SEE_LEDGER.value, f"account {account_id}", ip=caller.ip)
    return ask.page(rows, _bill, lambda row: (row.period.isoformat(),))


@router.post("/accounts/{account_id}/payments", operation_id="post_payment", status_code=201, response_model=OutcomeOut)
async def post_payment(account_id: AccountId, body: PaymentIn, caller: Payer, once: OnceDep) -> Response:
    """Post a payment; the same reference again is the same payment."""
    towards = tuple(Towards(period=one.period, charge=one.charge, amount=one.amount) for one in body.towards)
    wanted = NewPayment(
        amount=body.amount, paid_on=body.paid_on, channel=body.channel, reference=body.reference, towards=towards,
        note=body.note,
    )  # fmt: skip

    async def work(db: Writing) -> OutcomeOut:
        outcome = outcome_out(await ledger_posting.pay(db, account_id, wanted, Poster(by=caller.user_id)))
        await _note(db, caller, Action.POST_PAYMENT, account_id, f"{body.amount} {outcome.state} {outcome.key}")
        return outcome

    return await once.run(caller, work, 201)


@router.post(
    "/accounts/{account_id}/payments/{paid_on}/{seq}/reversal",
    operation_id="reverse_payment",
    status_code=201,
    response_model=OutcomeOut,
)
async def reverse_payment(  # noqa: PLR0913, PLR0917 -- parts of a request
    account_id: AccountId,
    paid_on: date,
    seq: Annotated[int, Path(ge=0, lt=2**15)],
    body: ReversalIn,
    caller: Payer,
    once: OnceDep,
) -> Response:
    """Take a payment back by posting its opposite today."""

    async def work(db: Writing) -> OutcomeOut:
        poster = Poster(by=caller.user_id)
        outcome = outcome_out(await ledger_posting.take_back(db, account_id, paid_on, seq, body.reason, poster))
        await _note(db, caller, Action.POST_PAYMENT, account_id, f"reversal of {paid_on}.{seq}: {body.reason}")
        return outcome

    return await once.run(caller, work, 201)


@router.post(
    "/accounts/{account_id}/adjustments", operation_id="post_adjustment", status_code=201, response_model=OutcomeOut
)
async def post_adjustment(account_id: AccountId, body: AdjustmentIn, caller: Adjuster, once: OnceDep) -> Response:
    """Post an adjustment; above the limit it waits for a second person."""
    wanted = NewAdjustment(
        kind=body.kind, amount=body.amount, reason=body.reason, due_on=body.due_on, period=body.period,
        reference=body.reference,
    )  # fmt: skip

    async def work(db: Writing) -> OutcomeOut:
        outcome = outcome_out(await ledger_posting.adjust(db, account_id, wanted, Poster(by=caller.user_id)))
        said = f"{body.kind} {body.amount} {outcome.state} {outcome.key}: {body.reason}"
        await _note(db, caller, Action.POST_ADJUSTMENT, account_id, said)
        return outcome

    return await once.run(caller, work, 201)


@router.post(
    "/accounts/{account_id}/penalties", operation_id="post_penalty", status_code=201, response_model=OutcomeOut
)
async def post_penalty(account_id: AccountId, body: PenaltyIn, caller: Adjuster, once: OnceDep) -> Response:
    """Charge a bill's delay until today by the rule in force."""

    async def work(db: Writing) -> OutcomeOut:
        outcome = outcome_out(await ledger_penalties.charge(db, account_id, body.period, caller.user_id))
        await _note(db, caller, Action.POST_ADJUSTMENT, account_id, f"penalty {body.period:%Y-%m} {outcome.state}")
        return outcome

    return await once.run(caller, work, 201)


@router.get("/approvals", operation_id="list_approvals")
async def list_approvals(parts: PartsDep, _caller: Approver, ask: PageAsk) -> Page[ApprovalOut]:
    """List what waits for a second person, oldest first."""
    after = int(ask.after[0]) if ask.after else 0
    async with reading(parts.engine) as db:
        rows = await ledger_wishes.waiting(db, after=after, limit=ask.more)
    return ask.page(rows, _approval, lambda row: (row.approval_id,))


@router.post("/approvals/{approval_id}/decision", operation_id="decide_approval", response_model=OutcomeOut)
async def decide_approval(
    approval_id: Annotated[int, Path(**KEY)], body: DecisionIn, caller: Approver, once: OnceDep
) -> Response:
    """Approve, refuse or withdraw what waits; nobody decides on a wish of his own."""

    async def work(db: Writing) -> OutcomeOut:
        decided = await ledger_approvals.decide(db, approval_id, body.decision, caller.user_id, body.note)
        outcome = outcome_out(decided)
        said = f"{body.decision} {outcome.key}: {body.note}"
        await access_log.record(
            db, caller.user_id, Action.APPROVE_ADJUSTMENT, f"approval {approval_id}", said, caller.ip
        )
        return outcome

    return await once.run(caller, work)


async def _note(db: Writing, caller: Caller, action: Action, account_id: int, said: str) -> None:
    await access_log.record(db, caller.user_id, action, f"account {account_id}", said, caller.ip)


def _entry(row: ledger_statement.Entry) -> EntryOut:
    key = f"{row.on}.{row.key}" if row.what in {"payment", "reversal"} else str(row.key)
    return EntryOut(
        on=row.on,
        what=row.what,
        key=f"{row.period:%Y-%m}" if row.what == "invoice" else key,
        kind=row.kind,
        amount=row.amount,
        balance=row.balance,
        period=row.period,
        due_on=row.due_on,
        open_amount=row.open_amount,
        disputed=row.disputed,
        reference=row.reference,
        reason=row.reason,
        taken_back=row.taken_back,
    )


def _bill(row: ledger_statement.Bill) -> BillOut:
    return BillOut(
        period=row.period,
        issued_on=row.issued_on,
        due_on=row.due_on,
        amount=row.amount,
        open_amount=row.open_amount,
        status=row.status,
        lines=[
            LineOut(what=one.what, quantity=f"{one.quantity:f}", price=f"{one.price:f}", amount=one.amount)
            for one in row.lines
        ],
        paid_by=[
            PaidOut(source=source_name(part.source), amount=part.amount, directed=part.directed) for part in row.paid_by
        ],
    )


def _approval(row: ledger_wishes.Waiting) -> ApprovalOut:
    return ApprovalOut(
        approval_id=row.approval_id,
        account_id=row.account_id,
        account_number=row.account_number,
        what=row.what,
        amount=row.amount,
        rule=row.rule,
        reason=row.reason,
        asked_by=row.asker,
        asked_at=row.asked_at,
    )
