"""Page of what waits for a second person (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.ledger.approvals import ApprovalEvent
from crm_core.ledger.posting import State
from crm_core.store import access_log, ledger_approvals, ledger_wishes
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.errors import Missing
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.sentences import N_, SENTENCES

router = APIRouter(prefix="/office")
PAGE = 50
done_sentences({
    "approve": N_("Approved and posted."),
    "refuse": N_("Refused; nothing was posted."),
    "withdraw": N_("Withdrawn; nothing was posted."),
})  # fmt: skip


@router.get("/approvals")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List what waits, oldest first."""
    return await _page(request, parts, who)


@router.post("/approvals/{approval_id}")
async def decide(request: Request, parts: PartsDep, who: Who, sent: Sent, approval_id: str) -> Response:
    """Approve, refuse or withdraw one."""
    key = number(approval_id)
    if key is None:
        raise Missing("no-such-posting")
    form = form_of(request, who, sent)
    event = form.choice("decision", set(ApprovalEvent), required=True)
    note = form.text("note", 500)
    if event == ApprovalEvent.REFUSE and not note:
        form.refuse("form", N_("Say why it is refused."))
    if not form.fine:
        return await _page(request, parts, who, form=form, at=key)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        wish = await ledger_wishes.find(db, key)
        outcome = await ledger_approvals.decide(db, key, ApprovalEvent(event), who.user_id, note)
        said = f"{event} {outcome.state.value} {outcome.rule or outcome.key}: {note}"
        await access_log.record(db, who.user_id, Action.APPROVE_ADJUSTMENT, f"approval {key}", said, address(request))
    if outcome.state is State.REFUSED:
        form.refuse("form", SENTENCES.get(outcome.rule, outcome.rule))
        return await _page(request, parts, who, form=form, at=key)
    parts.hub.ahead.changed(wish.account_id)
    return go("/office/approvals", event)


async def _page(request: Request, parts: Parts, who: Person, *, form: Form | None = None, at: int = 0) -> Response:
    """Show what waits; a form that was refused stands in the row it came from."""
    after = number(request.query_params.get("after")) or 0
    async with reading(parts.engine) as db:
        found = await ledger_wishes.waiting(db, after=after, limit=PAGE + 1)
    shown, more = cut(found, PAGE, lambda one: one.approval_id)
    return show(
        request,
        who,
        "approvals.html",
        status=422 if form and not form.fine else 200,
        form=form or form_of(request, who, {}),
        wishes=shown,
        at=at,
        more=more,
        first=not after,
    )
