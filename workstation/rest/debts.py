"""REST of debts: plans to pay in parts, orders of restriction, the rules of both; versions of tariffs (shell)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.responses import Response

from crm_core import plans as rules_of_plans
from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.debt_rules import DebtRules
from crm_core.restrictions import Kind, OrderEvent
from crm_core.store import access_log, debt_rules, ledger_statement, plans, restrictions
from crm_core.store import tariffs as tariff_store
from crm_core.tariffs import LONGEST_NAME, MOST_PRICE, MOST_TIER, MOST_TIERS, TariffFacts, Tier, Zone
from workstation.deps import PartsDep
from workstation.errors import AgainstRule, Refused
from workstation.rest.caller import Caller, allowed
from workstation.rest.ledger_answers import KEY, Amount, Body, OutcomeOut, Text, outcome_out
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk
from workstation.sentences import SENTENCES

router = APIRouter(tags=["debts"])
Id = Annotated[int, Path(**KEY)]
Reader = Annotated[Caller, allowed(Action.SEE_LEDGER)]
Agreer = Annotated[Caller, allowed(Action.RECORD_PROMISE)]
Orderer = Annotated[Caller, allowed(Action.ORDER_RESTRICTION)]
Ruler = Annotated[Caller, allowed(Action.MANAGE_MONEY_RULES)]
Note = Annotated[str, Field(max_length=500)]
Price = Annotated[Decimal, Field(ge=0, le=MOST_PRICE, max_digits=9, decimal_places=4)]


class PlanIn(Body):
    """What somebody agrees to: equal parts, a month apart."""

    amount: Annotated[Amount, Field(gt=0)]
    parts: Annotated[int, Field(ge=1, le=rules_of_plans.MOST_PARTS)]
    first_on: date
    call_id: Annotated[str, Field(max_length=80)] = ""
    note: Note = ""


class PartOut(BaseModel):
    """A part of a plan, and how it stands."""

    number: int
    due_on: date
    amount: Decimal
    paid: Decimal
    state: str


class PlanOut(BaseModel):
    """A plan on record."""

    plan_id: int
    amount: Decimal
    paid: Decimal
    made_on: date
    status: str
    note: str
    reason: str
    parts: list[PartOut]

    @classmethod
    def of(cls, one: plans.Plan) -> PlanOut:
        """Show a plan."""
        parts = [
            PartOut(
                number=it.part.number, due_on=it.part.due_on, amount=it.part.amount, paid=it.paid, state=it.state.value
            )
            for it in one.parts
        ]
        return cls(
            plan_id=one.plan_id,
            amount=one.amount,
            paid=one.paid,
            made_on=one.made_on,
            status=one.status,
            note=one.note,
            reason=one.reason,
            parts=parts,
        )


class ReasonIn(Body):
    """Why."""

    reason: Text


class OrderIn(Body):
    """What is ordered."""

    kind: Kind
    reason: Note = ""


class StepIn(Body):
    """What happened to an order, today."""

    event: OrderEvent
    reason: Note = ""


class OrderOut(BaseModel):
    """An order of restriction on record."""

    order_id: int
    kind: str
    status: str
    amount: Decimal
    warned_on: date
    not_before: date
    ordered_at: datetime
    done_on: date | None
    lifted_on: date | None
    reason: str


class OrderList(BaseModel):
    """An account's newest orders."""

    items: list[OrderOut]


class RulesIn(Body):
    """A version of the rules of plans and restrictions."""

    valid_from: date
    rules: DebtRules
    note: Note = ""


class RulesOut(BaseModel):
    """A version of the rules on record."""

    version_id: int
    valid_from: date
    rules: DebtRules
    note: str
    created_at: datetime


class TierIn(Body):
    """Prices up to an amount a month; of the last tier without an end."""

    up_to: Annotated[Decimal, Field(gt=0, le=MOST_TIER, decimal_places=3)] | None = None
    prices: Annotated[dict[Zone, Price], Field(min_length=1, max_length=len(Zone))]


class TariffIn(Body):
    """A version of a tariff."""

    code: Annotated[str, Field(min_length=1, max_length=20)]
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    valid_from: date
    tiers: Annotated[list[TierIn], Field(min_length=1, max_length=MOST_TIERS)]
    vat: Annotated[Decimal, Field(ge=0, lt=100, max_digits=4, decimal_places=2)] | None = None


class TierOut(BaseModel):
    """A tier of a tariff."""

    up_to: Decimal | None
    prices: dict[str, Decimal]


class TariffOut(BaseModel):
    """A version of a tariff on record."""

    tariff_id: int
    code: str
    name: str
    valid_from: date
    valid_to: date | None
    vat: Decimal | None
    tiers: list[TierOut]


class MadeOut(BaseModel):
    """The number of what was made."""

    key: int


@router.get("/accounts/{account_id}/plans", operation_id="list_plans")
async def list_plans(account_id: Id, parts: PartsDep, _caller: Reader, ask: PageAsk) -> Page[PlanOut]:
    """List an account's plans, newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await plans.of_account(db, account_id, parts.cards.today(), before=before, limit=ask.more)
        if not rows:
            await ledger_statement.must_exist(db, account_id)
    return ask.page(rows, PlanOut.of, lambda row: (row.plan_id,))


@router.post("/accounts/{account_id}/plans", operation_id="agree_plan", status_code=201, response_model=OutcomeOut)
async def agree_plan(account_id: Id, body: PlanIn, parts: PartsDep, caller: Agreer, once: OnceDep) -> Response:
    """Agree a plan."""
    wanted = plans.NewPlan(
        amount=body.amount, parts=body.parts, first_on=body.first_on, by=caller.user_id, call_id=body.call_id,
        note=body.note,
    )  # fmt: skip

    async def work(db: Writing) -> OutcomeOut:
        outcome = outcome_out(await plans.agree(db, account_id, wanted))
        said = f"plan of {body.amount} in {body.parts} from {body.first_on} {outcome.state}"
        await access_log.record(db, caller.user_id, Action.RECORD_PROMISE, f"account {account_id}", said, caller.ip)
        return outcome

    answer = await once.run(caller, work, 201)
    parts.hub.ahead.changed(account_id)
    return answer


@router.post("/plans/{plan_id}/cancellation", operation_id="cancel_plan", response_model=OutcomeOut)
async def cancel_plan(plan_id: Id, body: ReasonIn, parts: PartsDep, caller: Agreer, once: OnceDep) -> Response:
    """Call an open plan off."""

    async def work(db: Writing) -> OutcomeOut:
        outcome = outcome_out(await plans.call_off(db, plan_id, caller.user_id, body.reason))
        await access_log.record(db, caller.user_id, Action.RECORD_PROMISE, f"plan {plan_id}", body.reason, caller.ip)
        return outcome

    answer = await once.run(caller, work)
    async with reading(parts.engine) as db:
        parts.hub.ahead.changed((await plans.find(db, plan_id, parts.cards.today())).account_id)
    return answer


@router.get("/accounts/{account_id}/restrictions", operation_id="list_restrictions")
async def list_restrictions(account_id: Id, parts: PartsDep, _caller: Reader) -> OrderList:
    """List an account's orders of restriction, newest first, at most 50."""
    async with reading(parts.engine) as db:
        rows = await restrictions.of_account(db, account_id)
        if not rows:
            await ledger_statement.must_exist(db, account_id)
    return OrderList(items=[_order(row) for row in rows])


@router.post(
    "/accounts/{account_id}/restrictions", operation_id="order_restriction", status_code=201, response_model=OutcomeOut
)
async def order_restriction(account_id: Id, body: OrderIn, parts: PartsDep, caller: Orderer, once: OnceDep) -> Response:
    """Order that a supply be restricted."""

    async def work(db: Writing) -> OutcomeOut:
        made = await restrictions.order(db, account_id, body.kind, caller.user_id, body.reason)
        outcome = outcome_out(made)
        said = f"{body.kind.value} {outcome.state}: {body.reason}"
        await access_log.record(db, caller.user_id, Action.ORDER_RESTRICTION, f"account {account_id}", said, caller.ip)
        return outcome

    answer = await once.run(caller, work, 201)
    parts.hub.ahead.changed(account_id)
    return answer


@router.post("/restrictions/{order_id}/steps", operation_id="step_restriction", response_model=OutcomeOut)
async def step_restriction(order_id: Id, body: StepIn, parts: PartsDep, caller: Orderer, once: OnceDep) -> Response:
    """Note what happened to an order."""

    async def work(db: Writing) -> OutcomeOut:
        outcome = outcome_out(await restrictions.step(db, order_id, body.event, caller.user_id, body.reason))
        said = f"{body.event.value}: {body.reason}"
        await access_log.record(db, caller.user_id, Action.ORDER_RESTRICTION, f"order {order_id}", said, caller.ip)
        return outcome

    answer = await once.run(caller, work)
    async with reading(parts.engine) as db:
        parts.hub.ahead.changed((await restrictions.find(db, order_id)).account_id)
    return answer


@router.get("/policies/debts", operation_id="list_debt_rules")
async def list_rules(parts: PartsDep, _caller: Ruler, ask: PageAsk) -> Page[RulesOut]:
    """List versions of the rules of plans and restrictions, newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await debt_rules.versions(db, before=before, limit=ask.more)
    return ask.page(rows, _rules, lambda row: (row.version_id,))


@router.post("/policies/debts", operation_id="add_debt_rules", status_code=201, response_model=MadeOut)
async def add_rules(body: RulesIn, parts: PartsDep, caller: Ruler, once: OnceDep) -> Response:
    """Add a version of the rules, valid from today or later."""
    if body.valid_from < parts.cards.today():
        raise AgainstRule("rules-in-past")

    async def work(db: Writing) -> MadeOut:
        key = await debt_rules.add(db, body.rules, body.valid_from, body.note, caller.user_id)
        await access_log.record(
            db, caller.user_id, Action.MANAGE_MONEY_RULES, f"debt rules {key}", body.note, caller.ip
        )
        return MadeOut(key=key)

    return await once.run(caller, work, 201)


@router.get("/tariffs", operation_id="list_tariffs")
async def list_tariffs(parts: PartsDep, _caller: Reader, ask: PageAsk) -> Page[TariffOut]:
    """List versions of tariffs by code, the newest of each first."""
    after = (str(ask.after[0]), int(ask.after[1])) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await tariff_store.listing(db, after=after, limit=ask.more)
    return ask.page(rows, _tariff, lambda row: (row.code, row.tariff_id))


@router.post("/tariffs", operation_id="add_tariff", status_code=201, response_model=MadeOut)
async def add_tariff(body: TariffIn, parts: PartsDep, caller: Ruler, once: OnceDep) -> Response:
    """Add a version of a tariff; the one before it ends the day before."""
    facts = TariffFacts(
        code=body.code,
        name=body.name.strip(),
        valid_from=body.valid_from,
        tiers=tuple(Tier(up_to=one.up_to, prices=one.prices) for one in body.tiers),
        vat=body.vat,
    )

    async def work(db: Writing) -> MadeOut:
        made = await tariff_store.add(db, facts, parts.cards.today())
        if not isinstance(made, int):
            say = parts.templates.translation(caller.language)
            raise Refused({name: say(SENTENCES[fault.value]) for name, fault in made.items()})
        said = f"{body.code} from {body.valid_from}"
        await access_log.record(db, caller.user_id, Action.MANAGE_MONEY_RULES, f"tariff {made}", said, caller.ip)
        return MadeOut(key=made)

    return await once.run(caller, work, 201)


def _order(row: restrictions.Order) -> OrderOut:
    return OrderOut(
        order_id=row.order_id, kind=row.kind, status=row.status, amount=row.amount, warned_on=row.warned_on,
        not_before=row.not_before, ordered_at=row.ordered_at, done_on=row.done_on, lifted_on=row.lifted_on,
        reason=row.reason,
    )  # fmt: skip


def _rules(row: debt_rules.Version) -> RulesOut:
    return RulesOut(
        version_id=row.version_id, valid_from=row.valid_from, rules=row.rules, note=row.note, created_at=row.created_at
    )


def _tariff(row: tariff_store.Tariff) -> TariffOut:
    tiers = [
        TierOut(up_to=one.up_to, prices={zone.value: price for zone, price in one.prices.items()}) for one in row.tiers
    ]
    return TariffOut(
        tariff_id=row.tariff_id, code=row.code, name=row.name, valid_from=row.valid_from, valid_to=row.valid_to,
        vat=row.vat, tiers=tiers,
    )  # fmt: skip
