"""A row is in exactly one class, whatever happened to it; so classes sum to the list at every moment."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbound.ledger import DONE, LIVE, Ledger, Party, RowFacts, klass, party, put_off
from outbound.terms import Klass, Reason

pytestmark = pytest.mark.unit
LATER = datetime(2026, 11, 25, 9, tzinfo=UTC)

facts = st.builds(
    RowFacts,
    attempt_open=st.booleans(),
    removed=st.booleans(),
    paid=st.booleans(),
    party=st.sampled_from(Party),
    numbers_left=st.booleans(),
    tries=st.integers(0, 9),
    most_tries=st.integers(1, 9),
    reasons=st.lists(st.sampled_from(Reason), max_size=3).map(tuple),
    next_at=st.none() | st.just(LATER),
    campaign_over=st.booleans(),
)


@given(st.lists(facts, max_size=60))
def test_classes_sum_to_the_list(rows: list[RowFacts]) -> None:
    ledger = Ledger(counts=Counter(klass(one) for one in rows))
    assert ledger.total == len(rows)
    assert ledger.done + sum(ledger.counts[one] for one in LIVE) == len(rows)
    assert DONE.isdisjoint(LIVE)
    assert set(Klass) == DONE | LIVE


@given(facts)
def test_an_open_call_is_in_work_and_nothing_else_is(one: RowFacts) -> None:
    assert (klass(one) is Klass.IN_WORK) == one.attempt_open


@given(facts)
def test_nobody_waits_when_the_campaign_is_over_but_whom_the_law_blocks(one: RowFacts) -> None:
    if one.campaign_over and not one.attempt_open:
        assert klass(one) is not Klass.WAITING


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (RowFacts(), Klass.WAITING),
        (RowFacts(reasons=(Reason.HOURS,), next_at=LATER), Klass.WAITING),
        (RowFacts(reasons=(Reason.DISPUTE,)), Klass.BLOCKED_BY_LAW),
        (RowFacts(reasons=(Reason.PAID,)), Klass.PAID),
        (RowFacts(reasons=(Reason.NO_NUMBER,)), Klass.BAD_NUMBER),
        (RowFacts(party=Party.RIGHT, paid=True), Klass.REACHED_RIGHT_PARTY),
        (RowFacts(party=Party.THIRD, tries=1, most_tries=3), Klass.WAITING),
        (RowFacts(party=Party.THIRD, tries=3, most_tries=3), Klass.REACHED_THIRD_PARTY),
        (RowFacts(tries=3, most_tries=3), Klass.NOT_REACHED),
        (RowFacts(tries=3, most_tries=3, paid=True), Klass.PAID),
        (RowFacts(campaign_over=True), Klass.EXPIRED),
        (RowFacts(campaign_over=True, tries=1, most_tries=3), Klass.NOT_REACHED),
        (RowFacts(removed=True, party=Party.RIGHT), Klass.REMOVED),
    ],
)
def test_what_happened_decides_the_class(row: RowFacts, expected: Klass) -> None:
    assert klass(row) is expected


def test_a_no_puts_off_or_blocks() -> None:
    assert put_off([Reason.HOURS], LATER) is Klass.WAITING
    assert put_off([Reason.DECEASED], None) is Klass.BLOCKED_BY_LAW
    assert put_off([Reason.PAID, Reason.DISPUTE], None) is Klass.PAID


def test_the_disposition_says_with_whom() -> None:
    assert [party(flags) for flags in ("HRC", "H", "HFS", "")] == [
        Party.RIGHT, Party.THIRD, Party.THIRD, Party.NOBODY,
    ]  # fmt: skip


def test_the_rate_leaves_out_whom_nobody_could_call() -> None:
    counts = {Klass.REACHED_RIGHT_PARTY: 3, Klass.NOT_REACHED: 1, Klass.PAID: 5, Klass.BLOCKED_BY_LAW: 2}
    assert Ledger(counts=counts).rate == pytest.approx(0.75)
    assert Ledger(counts={Klass.PAID: 4}).rate is None
