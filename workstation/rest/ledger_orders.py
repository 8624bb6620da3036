"""REST of orders to restrict supply (shell)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.ledger.orders import OrderEvent, OrderKind
from crm_core.store import access_log, ledger_orders, ledger_statement
from crm_core.store.parties import By
from workstation.deps import PartsDep
from workstation.rest.caller import Caller, allowed
from workstation.rest.ledger_answers import KEY, Amount, Body, OutcomeOut, outcome_out
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk

router = APIRouter(tags=["money"])
Id = Annotated[int, Path(**KEY)]
Reader = Annotated[Caller, allowed(Action.SEE_LEDGER)]
Orderer = Annotated[Caller, allowed(Action.ORDER_RESTRICTION)]


class OrderIn(Body):
    """What is done to the supply, on which day, and why."""

    kind: OrderKind
    planned_on: date
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class StepIn(Body):
    """What happened to an order."""

    event: OrderEvent
    note: Annotated[str, Field(max_length=500)] = ""


class OrderOut(BaseModel):
    """An order to restrict supply."""

    order_id: int
    kind: str
    status: str
    """`given`, `carried_out`, `lifted`, `withdrawn`."""
    amount: Amount
    """Owed when it was given."""
    planned_on: date
    reason: str
    given_at: datetime
    carried_out_at: datetime | None
    ended_at: datetime | None


@router.get("/accounts/{account_id}/restrictions", operation_id="list_restrictions")
async def list_restrictions(account_id: Id, parts: PartsDep, _caller: Reader, ask: PageAsk) -> Page[OrderOut]:
    """List orders to restrict an account's supply, newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await ledger_orders.of_account(db, account_id, before=before, limit=ask.more)
        if not rows:
            await ledger_statement.must_exist(db, account_id)
    return ask.page(rows, _order, lambda row: (row.order_id,))


@router.post(
    "/accounts/{account_id}/restrictions", operation_id="order_restriction", status_code=201, response_model=OutcomeOut
)
async def order_restriction(account_id: Id, body: OrderIn, caller: Orderer, once: OnceDep) -> Response:
    """Order that supply be restricted, where the rules of money let it."""
    by = By(user_id=caller.user_id, now=clock.now(), reason=body.reason)

    async def work(db: Writing) -> OutcomeOut:
        outcome = outcome_out(await ledger_orders.give(db, account_id, body.kind, body.planned_on, by))
        said = f"{body.kind} on {body.planned_on} {outcome.state}: {body.reason}"
        await access_log.record(db, caller.user_id, Action.ORDER_RESTRICTION, f"account {account_id}", said, caller.ip)
        return outcome

    return await once.run(caller, work, 201)


@router.post("/restrictions/{order_id}/steps", operation_id="step_restriction", response_model=OutcomeOut)
async def step_restriction(order_id: Id, body: StepIn, caller: Orderer, once: OnceDep) -> Response:
    """Carry an order out, lift it, or withdraw it; the agreement's supply says the same from then on."""
    by = By(user_id=caller.user_id, now=clock.now(), reason=body.note or "restriction order")

    async def work(db: Writing) -> OutcomeOut:
        outcome = outcome_out(await ledger_orders.step(db, order_id, body.event, by))
        said = f"{body.event}: {body.note}"
        name = f"restriction order {order_id}"
        await access_log.record(db, caller.user_id, Action.ORDER_RESTRICTION, name, said, caller.ip)
        return outcome

    return await once.run(caller, work)


def _order(row: ledger_orders.Order) -> OrderOut:
    return OrderOut(
        order_id=row.order_id,
        kind=row.kind,
        status=row.status,
        amount=row.amount,
        planned_on=row.planned_on,
        reason=row.reason,
        given_at=row.given_at,
        carried_out_at=row.carried_out_at,
        ended_at=row.ended_at,
    )
