"""What one person may not post alone (AC44), disputes and notices as lives."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from crm_core.ledger import approvals, disputes, kinds, notices
from crm_core.ledger.approvals import ApprovalEvent, ApprovalState, Limits, objection_to_amount, objection_to_day
from crm_core.ledger.disputes import DisputeEvent, DisputeState
from crm_core.ledger.kinds import Kind

pytestmark = pytest.mark.unit
LIMITS = Limits()
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("amount", "already", "objection"),
    [("1000", "0", ""), ("-1000", "0", ""), ("1000.01", "0", "above-limit"), ("-1000.01", "0", "above-limit"),
     ("300", "800", "above-limit")],
)  # fmt: skip
def test_above_the_limit_a_second_person_agrees_and_many_small_ones_are_one(
    amount: str, already: str, objection: str
) -> None:
    assert objection_to_amount(Decimal(amount), Decimal(already), LIMITS) == objection


def test_a_payment_is_dated_back_a_few_days_at_most() -> None:
    assert objection_to_day(TODAY - timedelta(5), TODAY, LIMITS) == ""
    assert objection_to_day(TODAY - timedelta(6), TODAY, LIMITS) == "back-dated"


@pytest.mark.parametrize(
    ("state", "event", "by", "code"),
    [(ApprovalState.WAITING, ApprovalEvent.APPROVE, 2, ""), (ApprovalState.WAITING, ApprovalEvent.APPROVE, 1,
     "approval-own"), (ApprovalState.WAITING, ApprovalEvent.REFUSE, 1, "approval-own"),
     (ApprovalState.WAITING, ApprovalEvent.WITHDRAW, 1, ""),
     (ApprovalState.WAITING, ApprovalEvent.WITHDRAW, 2, "approval-not-yours"),
     (ApprovalState.APPROVED, ApprovalEvent.REFUSE, 2, "approval-decided-already"),
     (ApprovalState.REFUSED, ApprovalEvent.APPROVE, 2, "approval-decided-already")],
)  # fmt: skip
def test_nobody_decides_on_his_own_wish(state: ApprovalState, event: ApprovalEvent, by: int, code: str) -> None:
    assert approvals.refusal(state, event, 1, by) == code


@pytest.mark.parametrize(
    ("amount", "is_open", "code"),
    [("100", False, ""), ("100.01", False, "dispute-amount"), ("0", False, "dispute-amount"),
     ("50", True, "dispute-open-already")],
)  # fmt: skip
def test_a_dispute_is_about_no_more_than_the_bill(amount: str, is_open: bool, code: str) -> None:
    assert disputes.raising_refusal(Decimal(amount), Decimal(100), is_open=is_open) == code


@pytest.mark.parametrize(
    ("event", "credit", "code"),
    [(DisputeEvent.UPHOLD, "40", ""), (DisputeEvent.UPHOLD, "0", "dispute-credit"),
     (DisputeEvent.UPHOLD, "50.01", "dispute-credit"), (DisputeEvent.REJECT, "0", ""),
     (DisputeEvent.REJECT, "1", "dispute-credit"), (DisputeEvent.WITHDRAW, "0", "")],
)  # fmt: skip
def test_a_dispute_is_settled_within_what_was_disputed(event: DisputeEvent, credit: str, code: str) -> None:
    assert disputes.settling_refusal(DisputeState.OPEN, event, Decimal(credit), Decimal(50)) == code
    settled = disputes.advance(DisputeState.OPEN, event)
    assert settled is not None
    assert disputes.settling_refusal(settled, event, Decimal(credit), Decimal(50)) == "dispute-settled-already"


def test_what_is_known_of_a_notice_stays_known() -> None:
    arrived = notices.advance(notices.NoticeState.SENT, notices.NoticeEvent.ARRIVED)
    assert arrived is notices.NoticeState.DELIVERED
    assert notices.advance(arrived, notices.NoticeEvent.CAME_BACK) is None


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_goes_its_own_way(kind: Kind) -> None:
    more, less = kinds.goes(kind, Decimal(1)), kinds.goes(kind, Decimal(-1))
    assert (more, less) == {
        kinds.Way.MORE: (True, False),
        kinds.Way.LESS: (False, True),
        kinds.Way.EITHER: (True, True),
    }[kinds.WAYS[kind]]
    assert not kinds.goes(kind, Decimal(0))
    assert not kinds.goes(kind, Decimal("NaN"))
