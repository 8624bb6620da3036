"""A second person agrees or does not: the wish is posted as it was asked, or never (shell; AC44)."""

from __future__ import annotations

from datetime import date

from crm_core.db import Writing
from crm_core.ledger.approvals import ApprovalEvent, ApprovalState, What, refusal
from crm_core.ledger.disputes import DisputeEvent
from crm_core.ledger.posting import NewAdjustment, NewPayment, Outcome, State, refused
from crm_core.store import ledger_disputes, ledger_wishes, locks
from crm_core.store.ledger_posting import DISPUTE, Poster, adjust, pay, take_back


async def decide(db: Writing, approval_id: int, event: ApprovalEvent, by: int, decision: str) -> Outcome:
    """Approve, refuse or withdraw what waits.

    Returns:
        What became of the posting; refused, with the rule, when this person may not decide or it cannot be posted any
        more: then it goes on waiting.

    Raises:
        NoSuchPosting: there is no such wish.
    """
    wish = await ledger_wishes.find(db, approval_id)
    await locks.account(db, wish.account_id)
    wish = await ledger_wishes.find(db, approval_id)
    no = refusal(ApprovalState(wish.status), event, wish.asked_by, by)
    if no:
        return refused(no)
    # Before the posting: its reference must no longer count as one that waits.
    await ledger_wishes.decided(db, wish, event, by, decision)
    if event is not ApprovalEvent.APPROVE:
        return Outcome(state=State.POSTED, key=str(approval_id))
    outcome = await _post(db, wish, Poster(by=wish.asked_by, approved_by=by))
    if outcome.state is State.REFUSED:
        await ledger_wishes.reopened(db, wish)
    return outcome


async def _post(db: Writing, wish: ledger_wishes.Waiting, poster: Poster) -> Outcome:
    match What(wish.what):
        case What.PAYMENT:
            return await pay(db, wish.account_id, NewPayment.model_validate(wish.asked), poster)
        case What.REVERSAL:
            paid_on = date.fromisoformat(wish.asked["paid_on"])
            return await take_back(db, wish.account_id, paid_on, int(wish.asked["seq"]), wish.reason, poster)
        case What.ADJUSTMENT:
            return await _adjust(db, wish, poster)


async def _adjust(db: Writing, wish: ledger_wishes.Waiting, poster: Poster) -> Outcome:
    asked = dict(wish.asked)
    dispute_id = asked.pop(DISPUTE, None)
    wanted = NewAdjustment.model_validate(asked)
    outcome = await adjust(db, wish.account_id, wanted, poster, dispute_id=dispute_id)
    if dispute_id is not None and outcome.state is State.POSTED:
        dispute = await ledger_disputes.find(db, dispute_id)
        await ledger_disputes.close(db, dispute, DisputeEvent.UPHOLD, wish.asked_by, wanted.reason, int(outcome.key))
    return outcome
