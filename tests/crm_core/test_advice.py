"""What is advised: each rule by the facts that call for it, what was put aside, at most one offer, and its price."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from crm_core.advice import AdviceRules, Counsel, Offer, Outage, Rule, Window, advise
from crm_core.card import ApplicationRow, Card, ConsentRow, Person, Promise, ReadingRow, SaidRow
from crm_core.names import address_key
from tests.desk import samples, whole

pytestmark = pytest.mark.unit
TODAY = samples.TODAY
"""The twenty-second: the window of readings is open."""
MANY = AdviceRules(most=5)
OFFER = Offer(
    offer_id=3, title="Night", texts={"en": "Cheaper at night"}, priority=1, valid_from=date(2026, 1, 1),
    valid_to=None, quiet_days=30, without_debt=False,
)  # fmt: skip


def asked(kind: str = "marketing", *, given: bool = True) -> ConsentRow:
    return ConsentRow(kind=kind, given=given, at=datetime(2026, 1, 1, tzinfo=UTC), how="phone")


def quiet() -> Card:
    """A card of which nothing is to be said."""
    card = samples.card()
    read = ReadingRow(
        taken_on=TODAY, register_code="single", meter_serial="1", value=Decimal(1), consumption=None, source="phone",
        quality="actual",
    )  # fmt: skip
    people = (Person(name="A", role="owner", phone="+79990000001", email="a@example.org", verified=True),)
    meters = tuple(replace(one, verification_due=date(2040, 1, 1)) for one in card.meters)
    return replace(
        card, overdue=Decimal(0), flags=(), applications=(), promises=(), plans=(), held=(), readings=(read,),
        contacts=people, consents=(asked(),), meters=meters, said=(),
    )  # fmt: skip


def rules_of(card: Card, counsel: Counsel = Counsel(rules=MANY)) -> list[Rule]:  # noqa: B008 -- frozen
    return [one.rule for one in advise(card, counsel, TODAY).advice]


def estimated(count: int) -> tuple[ReadingRow, ...]:
    last = quiet().readings[0]
    return (*(replace(last, quality="estimate", taken_on=TODAY - timedelta(30 * at)) for at in range(count)), last)


def promise(status: str, due_on: date) -> tuple[Promise, ...]:
    return (Promise(amount=Decimal(500), due_on=due_on, status=status),)


OWING = {"overdue": Decimal(5000)}


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"readings": ()}, Rule.READING),
        ({"readings": estimated(2)}, Rule.ESTIMATED),
        (OWING, Rule.OFFER_PLAN),
        (OWING | {"promises": promise("open", TODAY + timedelta(3))}, Rule.PROMISE_DUE),
        (OWING | {"promises": promise("broken", TODAY - timedelta(9))}, Rule.BROKEN_PROMISE),
        (OWING | {"plans": whole.parts()["plans"]}, Rule.MISSED_PART),
        ({"held": whole.parts()["held"]}, Rule.HELD_READING),
        ({"contacts": (replace(quiet().contacts[0], phone=""),)}, Rule.NO_PHONE),
        ({"contacts": (replace(quiet().contacts[0], email=""),)}, Rule.NO_EMAIL),
        ({"consents": ()}, Rule.NO_CONSENT),
        ({"meters": tuple(replace(one, verification_due=TODAY) for one in quiet().meters)}, Rule.VERIFICATION),
    ],
)
def test_a_fact_brings_its_rule_and_nothing_else(facts: dict[str, object], rule: Rule) -> None:
    assert rules_of(quiet()) == []
    card = replace(quiet(), **facts)
    if rule is Rule.MISSED_PART:
        parts = tuple(replace(one, state="missed", paid=Decimal(0)) for one in card.plans[0].parts)
        card = replace(card, plans=(replace(card.plans[0], status="open", parts=parts),))
    assert rules_of(card) == [rule]
    assert rules_of(card, Counsel(rules=AdviceRules(off=(rule,)))) == []
    put_aside = SaidRow(rule=rule, offer_id=None, answer="dismissed", on=TODAY - timedelta(6))
    assert rules_of(replace(card, said=(put_aside,))) == []
    assert rules_of(replace(card, said=(replace(put_aside, on=TODAY - timedelta(7)),))) == [rule], "it rested enough"


@pytest.mark.parametrize(
    "facts",
    [
        OWING | {"flags": ("dispute",)},
        {"overdue": Decimal("999.99")},
        OWING | {"promises": promise("open", TODAY + timedelta(4))},
        {"promises": promise("broken", TODAY - timedelta(9))},
        {"readings": estimated(1)},
    ],
)
def test_what_is_not_so_yet_is_not_advised(facts: dict[str, object]) -> None:
    assert set(rules_of(replace(quiet(), **facts))) <= {Rule.READING}
    assert Rule.READING not in rules_of(replace(quiet(), readings=()), Counsel(window=Window(first=1, last=5)))


def test_an_outage_of_the_place_and_a_late_application_go_first() -> None:
    late = ApplicationRow(
        number="A-1", kind="outage", title="Dark", stage="filed", filed_on=TODAY, due_on=TODAY, late=True
    )
    card = replace(quiet(), applications=(late,), consents=())
    words = frozenset(address_key(card.address).split()[:2])
    there = Counsel(rules=MANY, outages=(Outage(title="Substation", words=words),))
    elsewhere = Counsel(rules=MANY, outages=(Outage(title="Substation", words=frozenset({"nowhere"})),))
    assert rules_of(card, there) == [Rule.OUTAGE, Rule.LATE_APPLICATION, Rule.NO_CONSENT]
    assert rules_of(card, elsewhere) == [Rule.LATE_APPLICATION, Rule.NO_CONSENT]
    assert rules_of(card, Counsel(rules=AdviceRules(most=1))) == [Rule.LATE_APPLICATION]


def offered(card: Card, *offers: Offer) -> int | None:
    found = advise(card, Counsel(offers=offers), TODAY).offer
    return found.offer_id if found else None


def test_one_offer_is_made_to_whom_it_fits_and_who_wants_offers() -> None:
    card = quiet()
    better = Offer(**{**_fields(OFFER), "offer_id": 4, "priority": 9})
    assert offered(card, OFFER, better) == 4
    assert offered(replace(card, consents=()), OFFER) is None, "nobody asked him"
    assert offered(replace(card, consents=(asked(given=False),)), OFFER) is None, "he took it back"
    assert offered(card, Offer(**{**_fields(OFFER), "customer_kind": "organisation"})) is None
    assert offered(card, Offer(**{**_fields(OFFER), "tariff": "No such"})) is None
    assert offered(card, Offer(**{**_fields(OFFER), "valid_from": TODAY + timedelta(1)})) is None
    assert offered(card, Offer(**{**_fields(OFFER), "valid_to": TODAY - timedelta(1)})) is None
    owing = replace(card, overdue=Decimal(1))
    assert offered(owing, Offer(**{**_fields(OFFER), "without_debt": True})) is None
    assert offered(owing, OFFER) == 3


@pytest.mark.parametrize(
    ("answer", "days", "made"),
    [("refused", 29, False), ("refused", 30, True), ("accepted", 900, False), ("later", 0, False), ("later", 1, True)],
)
def test_an_answer_lets_an_offer_rest(answer: str, days: int, made: bool) -> None:
    said = SaidRow(rule="offer", offer_id=3, answer=answer, on=TODAY - timedelta(days))
    assert (offered(replace(quiet(), said=(said,)), OFFER) == 3) is made


def _fields(offer: Offer) -> dict[str, object]:
    return {name: getattr(offer, name) for name in Offer.__slots__}


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(1, 5))
def test_any_day_brings_a_bounded_list_in_order_and_the_same_again(today: date, most: int) -> None:
    card = samples.card(**whole.parts())
    counsel = Counsel(rules=AdviceRules(most=most), offers=(OFFER,))
    found = advise(card, counsel, today)
    rules = [one.rule for one in found.advice]
    assert len(rules) <= most
    assert rules == sorted(set(rules), key=list(Rule).index)
    assert advise(card, counsel, today) == found


def test_advice_costs_a_card_a_fifth_of_a_millisecond_at_most() -> None:
    card = samples.card(**whole.parts())
    counsel = Counsel(offers=tuple(Offer(**{**_fields(OFFER), "offer_id": key}) for key in range(20)))
    taken = []
    for _ in range(50):
        began = time.thread_time_ns()
        advise(card, counsel, TODAY)
        taken.append(time.thread_time_ns() - began)
    assert min(taken) < 200_000
