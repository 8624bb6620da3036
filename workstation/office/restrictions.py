"""Forms of the ledger about orders to restrict supply: given, and their steps (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import Writing
from crm_core.errors import NoSuchPosting
from crm_core.ledger.orders import OrderEvent, OrderKind
from crm_core.ledger.posting import Outcome
from crm_core.store import ledger_orders
from crm_core.store.parties import By
from workstation.deps import PartsDep, Sent, Who, number
from workstation.office import ledger_page
from workstation.office.base import form_of
from workstation.office.ledger_forms import account_key, carry_out

router = APIRouter(prefix="/office")


@router.post("/accounts/{account_id}/restrictions")
async def order(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Order that supply be restricted."""
    key = account_key(account_id)
    form = form_of(request, who, sent)
    kind = form.choice("ord_kind", set(OrderKind), required=True)
    planned_on = form.day("ord_day", required=True)
    reason = form.text("ord_reason", 500, required=True)
    if not form.fine or planned_on is None:
        return await ledger_page.page(request, parts, who, key, form=form)
    by = By(user_id=who.user_id, now=clock.now(), reason=reason)
    return await carry_out(
        request, parts, who, sent, key, form, Action.ORDER_RESTRICTION, f"{kind} on {planned_on}: {reason}",
        lambda db: ledger_orders.give(db, key, OrderKind(kind), planned_on, by), done="ordered",
    )  # fmt: skip


@router.post("/accounts/{account_id}/restrictions/{order_id}/step")
async def step(  # noqa: PLR0913, PLR0917 -- parts of a request
    request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str, order_id: str
) -> Response:
    """Carry an order out, lift it, or withdraw it."""
    key, one = account_key(account_id), number(order_id)
    form = form_of(request, who, sent)
    event = form.choice("step_event", set(OrderEvent), required=True)
    note = form.text("step_note", 500)
    if not form.fine:
        return await ledger_page.page(request, parts, who, key, form=form)
    by = By(user_id=who.user_id, now=clock.now(), reason=note or "restriction order")

    async def work(db: Writing) -> Outcome:
        if one is None or (await ledger_orders.find(db, one)).account_id != key:
            raise NoSuchPosting(f"account {key} has no restriction order {order_id[:20]}")
        return await ledger_orders.step(db, one, OrderEvent(event), by)

    said = f"restriction order {one}: {event} {note}"
    return await carry_out(
        request, parts, who, sent, key, form, Action.ORDER_RESTRICTION, said, work, done="stepped"
    )  # fmt: skip
