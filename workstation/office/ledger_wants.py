"""What forms about a debt ask for, read from their fields: one reading for the office's pages and the desk (pure)."""

from __future__ import annotations

from decimal import Decimal

from crm_core import money
from crm_core.documents.content import MOST_PARTS
from crm_core.ledger.plans import Terms
from crm_core.store.ledger_promises import NewPromise
from workstation.forms import Form

LEAST = Decimal("0.01")


def promise(form: Form, by: int, call_id: str = "") -> NewPromise | None:
    """Read a promise to pay; None when something is not right, which the form then says."""
    amount = form.amount("pro_amount", LEAST, money.LARGEST, required=True)
    due_on = form.day("pro_due", required=True)
    instead = form.flag("pro_instead")
    if not form.fine or amount is None or due_on is None:
        return None
    return NewPromise(amount=amount, due_on=due_on, by=by, call_id=call_id, instead_of_open=instead)


def plan(form: Form) -> Terms | None:
    """Read the terms of instalments; None when something is not right, which the form then says."""
    amount = form.amount("plan_amount", LEAST, money.LARGEST, required=True)
    parts = form.whole("plan_parts", 2, MOST_PARTS, required=True)
    first_on = form.day("plan_first", required=True)
    if not form.fine or amount is None or parts is None or first_on is None:
        return None
    return Terms(amount=amount, parts=parts, first_on=first_on)
