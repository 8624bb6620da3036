"""What became of a piece of advice or an offer, said on the desk (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.advice import ADVICE_ANSWERS, OFFER, OFFER_ANSWERS, Answer, Rule
from crm_core.db import Writing
from crm_core.store import advice, offers
from crm_core.store.advice import Shown
from workstation.advice_words import REASONS
from workstation.deps import PartsDep, Sent, Who, number
from workstation.panels.base import Asked, Done, carry_out, receive
from workstation.sentences import N_

router = APIRouter(prefix="/api/panels")
KEPT = N_("Noted.")
NO_REASON = N_("Choose why.")
NOT_SUCH = N_("This is not advised any more.")


@router.post("/{account_id}/advice")
async def answer(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Note that something was taken up, put aside with a reason, accepted, refused or put off."""
    asked = await receive(request, parts, who, account_id, sent)
    form = asked.form()
    rule, said, reason = sent.get("rule", ""), sent.get("answer", ""), sent.get("reason", "")
    offer_id = number(sent.get("offer", "")) if rule == OFFER else None
    allowed = OFFER_ANSWERS if rule == OFFER else ADVICE_ANSWERS
    if said not in allowed or (rule == OFFER) != (offer_id is not None) or rule not in {OFFER, *Rule}:
        form.refuse("form", NOT_SUCH)
    elif said in {Answer.DISMISSED, Answer.REFUSED} and reason not in REASONS:
        form.refuse("reason", NO_REASON)

    async def work(db: Writing) -> Done:
        if offer_id is not None:
            await offers.one(db, offer_id)
        now = clock.now()
        shown = Shown(
            at=now, account_id=asked.account_id, call_id=_contact(asked), user_id=who.user_id, rule=rule,
            offer_id=offer_id,
        )  # fmt: skip
        kept = reason if said in {Answer.DISMISSED, Answer.REFUSED} else ""
        await advice.answer(db, shown, Answer(said), kept)
        return Done(said=asked.say(KEPT), note=f"{rule} {offer_id or ''} {said} {kept}".strip())

    return await carry_out(asked, form, Action.TAKE_CALLS, work)


def _contact(asked: Asked) -> str:
    """Return the call, or a mark for a card that is open without one: a person's word of a day counts once."""
    return asked.call_id or f"desk {asked.who.user_id} {asked.parts.cards.today().isoformat()}"
