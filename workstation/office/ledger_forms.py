"""What every form of the ledger does: one transaction with its line in the log, a rule's no at its field (shell)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fastapi import Request
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import Writing, transaction
from crm_core.ledger.posting import Outcome, State
from crm_core.store import access_log
from workstation.access import Person
from workstation.deps import Parts, address, number
from workstation.errors import Missing
from workstation.forms import Form
from workstation.office import ledger_page
from workstation.office.base import go, once
from workstation.sentences import SENTENCES

Work = Callable[[Writing], Awaitable[Outcome]]
FIELDS: Mapping[str, str] = {
    "payment-in-future": "pay_day", "payment-before-account": "pay_day", "payment-amount": "pay_amount",
    "reference-taken": "pay_reference", "direction-above-open": "pay_period", "direction-above-payment": "pay_period",
    "direction-unknown": "pay_period", "adjustment-sign": "adj_amount", "adjustment-amount": "adj_amount",
    "adjustment-period": "adj_period", "adjustment-due": "adj_due", "refund-above-credit": "adj_amount",
    "dispute-open-already": "dis_period", "dispute-amount": "dis_amount", "promise-in-past": "pro_due",
    "plan-of-nothing": "plan_amount", "plan-above-debt": "plan_amount", "plan-parts": "plan_parts",
    "plan-first-day": "plan_first", "reconnection-above-cap": "adj_amount", "promise-too-far": "pro_due",
    "promise-above-debt": "pro_amount", "promise-of-nothing": "pro_amount", "dispute-credit": "set_credit",
    "restriction-day-past": "ord_day", "restriction-too-early": "ord_day",
}  # fmt: skip
"""Which field a rule is about; the others are about the whole form."""


class _AgainstRule(Exception):
    """Ends the transaction: the press is not used up, nothing is half written."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.rule)
        self.outcome = outcome


def _stands(outcome: Outcome) -> Outcome:
    """Return an outcome that no rule refused.

    Raises:
        _AgainstRule: one did.

    """
    if outcome.state is State.REFUSED:
        raise _AgainstRule(outcome)
    return outcome


def account_key(text: str) -> int:
    """Return the account that an address names.

    Raises:
        Missing: it names none.

    """
    key = number(text)
    if key is None:
        raise Missing("no-such-account")
    return key


async def carry_out(  # noqa: PLR0913, PLR0917 -- one form, from its fields to its answer
    request: Request, parts: Parts, who: Person, sent: Mapping[str, str], key: int, form: Form, action: Action,
    said: str, work: Work, *, done: str = "posted",
) -> Response:  # fmt: skip
    """Do it in one transaction with its line in the access log; what a rule refuses is shown at its field."""
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            outcome = _stands(await work(db))
            said = f"{said} {outcome.state.value} {outcome.rule or outcome.key}"
            await access_log.record(db, who.user_id, action, f"account {key}", said, address(request))
    except _AgainstRule as no:
        rule = no.outcome.rule
        parts.access.note(who.user_id, "refused", f"account {key}", reason=f"{rule}: {said}", ip=address(request))
        form.refuse(FIELDS.get(rule, "form"), SENTENCES.get(rule, rule))
        return await ledger_page.page(request, parts, who, key, form=form)
    parts.hub.ahead.changed(key)
    state = {State.KNOWN: "known", State.WAITING: "waiting"}.get(outcome.state, done)
    return go(f"/office/accounts/{key}/ledger", state)
