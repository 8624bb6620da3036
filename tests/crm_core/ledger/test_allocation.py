"""What paid what."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core import debt
from crm_core.ledger.allocation import Allocation, AllocationRule, Cover, Direction, Order, Owed, allocate

pytestmark = pytest.mark.long
OLDEST = AllocationRule()
BY_KIND = AllocationRule(order=Order.PRIORITY, priority=("penalty", "invoice"))
TODAY = date(2026, 11, 22)


def bill(month: int, amount: str, *, disputed: bool = False) -> Owed:
    period = date(2026, month, 1)
    return Owed(key=period, kind="invoice", due_on=period + timedelta(40), amount=Decimal(amount), disputed=disputed)


def charge(key: int, due_on: date, amount: str, kind: str = "penalty") -> Owed:
    return Owed(key=key, kind=kind, due_on=due_on, amount=Decimal(amount))


def paid(day: int, amount: str, seq: int = 0) -> Cover:
    on = date(2026, 11, day)
    return Cover(key=(on, seq), on=on, amount=Decimal(amount))


def opened(result: Allocation) -> list[Decimal]:
    return list(result.open.values())


def test_the_oldest_is_paid_first() -> None:
    result = allocate([bill(3, "100"), bill(1, "100"), bill(2, "100")], [paid(1, "150")], [], OLDEST)
    assert opened(result) == [Decimal(100), Decimal(0), Decimal(50)]
    assert [(part.target, part.amount) for part in result.parts] == [
        (date(2026, 1, 1), Decimal(100)),
        (date(2026, 2, 1), Decimal(50)),
    ]


def test_a_bill_comes_before_a_charge_that_fell_due_on_the_same_day() -> None:
    due = bill(1, "100").due_on
    result = allocate([charge(7, due, "100"), bill(1, "100")], [paid(1, "100")], [], OLDEST)
    assert opened(result) == [Decimal(100), Decimal(0)]


def test_by_priority_of_charge_its_kind_comes_before_its_age() -> None:
    owed = [bill(1, "100"), charge(7, TODAY, "30"), charge(8, date(2020, 1, 1), "30", "fee")]
    result = allocate(owed, [paid(1, "50")], [], BY_KIND)
    assert opened(result) == [Decimal(80), Decimal(0), Decimal(30)]


def test_what_is_disputed_waits_and_money_goes_on() -> None:
    result = allocate([bill(1, "100", disputed=True), bill(2, "100")], [paid(1, "150")], [], OLDEST)
    assert (opened(result), result.credit) == ([Decimal(100), Decimal(0)], Decimal(50))


def test_money_directed_to_a_month_pays_that_month_even_when_it_is_disputed() -> None:
    directed = [Direction(source=(date(2026, 11, 1), 0), target=date(2026, 2, 1), amount=Decimal(60))]
    result = allocate([bill(1, "100"), bill(2, "100", disputed=True)], [paid(1, "80")], directed, OLDEST)
    assert opened(result) == [Decimal(80), Decimal(40)]
    assert [part.directed for part in result.parts] == [True, False]


def test_a_direction_that_was_taken_back_directs_nothing() -> None:
    there = {"source": (date(2026, 11, 1), 0), "target": date(2026, 2, 1)}
    directed = [Direction(**there, amount=Decimal(60)), Direction(**there, amount=Decimal(-60))]  # type: ignore[arg-type]
    assert opened(allocate([bill(1, "100"), bill(2, "100")], [paid(1, "60")], directed, OLDEST)) == [40, 100]


def test_more_than_is_owed_is_a_credit() -> None:
    result = allocate([bill(1, "100")], [paid(1, "130.01")], [], OLDEST)
    assert (opened(result), result.credit) == ([0], Decimal("30.01"))


def test_money_given_back_is_taken_from_the_newest() -> None:
    result = allocate([bill(1, "100")], [paid(1, "100"), paid(2, "50"), paid(3, "-50")], [], OLDEST)
    assert (opened(result), result.credit) == ([0], 0)
    assert [part.source for part in result.parts] == [(date(2026, 11, 1), 0)]


def test_more_given_back_than_came_in_shows_as_a_credit_below_zero() -> None:
    result = allocate([bill(1, "100")], [paid(1, "10"), paid(2, "-30")], [], OLDEST)
    assert (opened(result), result.credit) == ([100], -20)


AMOUNTS = st.decimals(Decimal("0.01"), 5000, places=2)
OWED = st.lists(
    st.one_of(
        st.builds(
            lambda month, amount, lag, disputed: Owed(
                key=date(2020 + month // 12, month % 12 + 1, 1),
                kind="invoice",
                due_on=date(2020 + month // 12, month % 12 + 1, 1) + timedelta(lag),
                amount=amount,
                disputed=disputed,
            ),
            st.integers(0, 60), AMOUNTS, st.integers(0, 90), st.booleans(),
        ),
        st.builds(
            lambda key, kind, amount, lag: charge(key, TODAY - timedelta(lag), str(amount), kind),
            st.integers(1, 50), st.sampled_from(["penalty", "fee", "refund"]), AMOUNTS, st.integers(0, 2000),
        ),
    ),
    max_size=12, unique_by=lambda one: one.key,
)  # fmt: skip
COVERS = st.lists(
    st.builds(
        lambda lag, seq, amount: Cover(key=(TODAY - timedelta(lag), seq), on=TODAY - timedelta(lag), amount=amount),
        st.integers(0, 900), st.integers(0, 3), st.one_of(AMOUNTS, AMOUNTS.map(lambda one: -one)),
    ),
    max_size=12, unique_by=lambda one: one.key,
)  # fmt: skip
RULES = st.builds(
    AllocationRule,
    order=st.sampled_from(Order),
    priority=st.permutations(["invoice", "penalty", "fee"]).map(lambda kinds: tuple(kinds[:2])),
)


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[list[Owed], list[Cover], list[Direction]]:
    owed, covers = draw(OWED), draw(COVERS)
    if not owed or not covers:
        return owed, covers, []
    direction = st.builds(
        Direction,
        source=st.sampled_from([one.key for one in covers]),
        target=st.sampled_from([one.key for one in owed]),
        amount=st.decimals(-5000, 5000, places=2),
    )
    return owed, covers, draw(st.lists(direction, max_size=5))


@settings(max_examples=200)
@given(ledgers(), RULES)
def test_what_is_open_less_the_credit_is_the_balance(
    book: tuple[list[Owed], list[Cover], list[Direction]], rule: AllocationRule
) -> None:
    owed, covers, directed = book
    result = allocate(owed, covers, directed, rule)
    balance = sum(one.amount for one in owed) - sum(one.amount for one in covers)
    assert sum(result.open.values()) - result.credit == balance


@settings(max_examples=200)
@given(ledgers(), RULES)
def test_nothing_pays_more_than_it_is_nor_is_paid_more_than_it_costs(
    book: tuple[list[Owed], list[Cover], list[Direction]], rule: AllocationRule
) -> None:
    owed, covers, directed = book
    result = allocate(owed, covers, directed, rule)
    spent, met = Counter[object](), Counter[object]()
    for part in result.parts:
        assert part.amount > 0
        spent[part.source] += part.amount  # type: ignore[assignment]
        met[part.target] += part.amount  # type: ignore[assignment]
    assert all(spent[one.key] <= max(one.amount, 0) for one in covers)
    assert all(one.amount - met[one.key] == result.open[one.key] >= 0 for one in owed)
    if result.credit > 0:
        assert all(result.open[one.key] == 0 for one in owed if not one.disputed)


@settings(max_examples=100)
@given(ledgers(), RULES)
def test_the_ages_of_a_debt_add_up_to_what_is_open(
    book: tuple[list[Owed], list[Cover], list[Direction]], rule: AllocationRule
) -> None:
    owed, covers, directed = book
    result = allocate(owed, covers, directed, rule)
    open_ones = [
        debt.OpenInvoice(due_on=one.due_on, amount=result.open[one.key], disputed=one.disputed) for one in owed
    ]
    ageing = debt.Ageing(steps=((0, "now"), (45, "soon"), (400, "late")))
    counted = debt.count(open_ones, TODAY, ageing)
    assert sum((bucket.amount for bucket in counted.buckets), Decimal(0)) == sum(result.open.values())
    assert {bucket.label for bucket in counted.buckets} <= set(ageing.labels)
