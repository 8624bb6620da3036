"""What is shown of a field that somebody may not see in full."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core import card as parts
from crm_core.access import Field, Role, hidden, may_reveal, shows
from crm_core.card import Candidate, Card, InteractionRow, Part, Person
from crm_core.masking import BY_NAME, BY_PART, mask, mask_card, mask_row, masked

pytestmark = pytest.mark.unit
PHONE, EMAIL = "+79123456789", "irina@example.org"


def person(name: str = "Irina Petrova", phone: str = PHONE, email: str = EMAIL) -> Person:
    return Person(name=name, role="owner", phone=phone, email=email, verified=True)


def interaction(number: str = PHONE) -> InteractionRow:
    return InteractionRow(
        interaction_id=1,
        call_id="c1",
        at=datetime(2026, 11, 22, tzinfo=UTC),
        channel="phone",
        direction="in",
        number=number,
        operator="Olga",
        disposition="INFO",
        note="asked for a bill",
        seconds=60,
    )


class Place(Part):
    phone: str


class Later(Part):
    places: tuple[Place, ...]


def a_card(contacts: int = 2, interactions: int = 50, flags: tuple[str, ...] = ()) -> Card:
    other = Candidate(
        account_id=2,
        account_number="0000002",
        customer="Irina Petrova",
        kind="person",
        address="Tver, Lenina 5",
        balance=Decimal(1),
        why="customer",
    )
    return Card(
        account_id=1,
        account_number="0000001",
        customer_id=1,
        customer="Irina Petrova",
        kind="person",
        language="ru",
        flags=flags,
        contacts=tuple(person() for _ in range(contacts)),
        address="Tver, Lenina 5, flat 7",
        time_zone="Europe/Moscow",
        tariff="Household",
        tariff_price="5.43",
        currency="RUB",
        balance=Decimal("10.50"),
        overdue=Decimal(0),
        debt=(),
        next_due_on=date(2026, 12, 1),
        other_accounts=(other,),
        meters=(),
        readings=(),
        invoices=(),
        payments=(),
        promises=(),
        applications=(),
        interactions=tuple(interaction() for _ in range(interactions)),
    )


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        (Field.PHONE, "+79123456789", "+7 912 ***-**-89"),
        (Field.PHONE, "+442071234567", "+442 *** 67"),
        (Field.PHONE, "112", "***"),
        (Field.PHONE, "", ""),
        (Field.EMAIL, "irina@example.org", "i***@…"),
        (Field.TAX_NUMBER, "770123456789", "***89"),
        (Field.TAX_NUMBER, "12345", "***"),
        (Field.NAME, "Иванов Иван Иванович", "И*** И*** И***"),
        (Field.CONTACT_NAME, "Anna", "A***"),
        (Field.ADDRESS, "Tver, Lenina 5, flat 7", "Tver, ***"),
        (Field.ADDRESS, "Lenina 5", "***"),
        (Field.NOTE, "asked for a bill", "***"),
        (Field.BALANCE, Decimal("10.50"), "***"),
    ],
)
def test_enough_is_left_to_recognise_it_and_not_enough_to_use_it(field: Field, value: object, shown: str) -> None:
    assert masked(field, value) == shown


@settings(max_examples=80)
@given(st.sampled_from([Field.PHONE, Field.EMAIL, Field.TAX_NUMBER, Field.NOTE]), st.text(min_size=7, max_size=20))
def test_a_mask_never_holds_the_value(field: Field, value: str) -> None:
    assert value not in masked(field, value)


def test_an_operator_with_a_reason_sees_the_telephone_and_asks_for_the_e_mail_address() -> None:
    card = mask_card(a_card(), hidden(Role.OPERATOR, reason=True))
    assert [(one.phone, one.email) for one in card.contacts] == [(PHONE, "i***@…")] * 2
    assert card.interactions[0].number == PHONE
    assert (card.customer, card.address, card.balance) == ("Irina Petrova", "Tver, Lenina 5, flat 7", Decimal("10.50"))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.MANAGER])
def test_who_has_no_reason_gets_no_telephone_anywhere_in_the_card(role: Role) -> None:
    text = str(mask_card(a_card(), hidden(role)))
    assert PHONE not in text
    assert EMAIL not in text


def test_who_has_no_business_with_subscribers_gets_nothing_of_them() -> None:
    for role in (Role.ADMINISTRATOR, Role.AUDITOR):
        text = str(mask_card(a_card(), hidden(role)))
        for told in (PHONE, EMAIL, "Petrova", "Lenina", "asked for a bill"):
            assert told not in text


def test_every_role_that_opens_cards_sees_the_balance() -> None:
    for role in (Role.OPERATOR, Role.SUPERVISOR, Role.MANAGER):
        assert shows(role, Field.BALANCE)


def test_an_unknown_role_sees_nothing() -> None:
    assert hidden("root", reason=True) == frozenset(Field)


def test_only_who_opens_cards_and_may_unmask_reveals_and_only_what_is_masked() -> None:
    assert may_reveal(Role.OPERATOR, Field.EMAIL)
    assert may_reveal(Role.SUPERVISOR, Field.PHONE)
    assert not may_reveal(Role.SUPERVISOR, Field.NAME)
    assert not may_reveal(Role.MANAGER, Field.PHONE)
    assert not may_reveal(Role.AUDITOR, Field.PHONE)
    assert not may_reveal(Role.ADMINISTRATOR, Field.PHONE)


def test_a_bait_does_not_say_that_it_is_one() -> None:
    assert mask_card(a_card(flags=("vip", "honey")), frozenset()).flags == ("vip",)


def test_a_card_is_left_as_it_is_where_nothing_is_hidden() -> None:
    card = a_card()
    assert mask(card, frozenset()) is card


def test_what_a_later_part_calls_a_telephone_is_masked_from_its_first_day() -> None:
    shown = mask(Later(places=(Place(phone=PHONE),)), frozenset({Field.PHONE}))
    assert shown.places[0].phone == "+7 912 ***-**-89"


def test_every_personal_field_of_a_card_is_known_to_the_mask() -> None:
    kinds = [kind for kind in vars(parts).values() if isinstance(kind, type) and issubclass(kind, Part)]
    telling = ("phone", "mail", "tax", "passport", "iban", "address", "note", "person", "customer")
    unknown = [
        f"{kind.__name__}.{name}"
        for kind in kinds
        for name, hint in get_type_hints(kind).items()
        if hint in {str, str | None}
        and any(word in name for word in telling)
        and name not in BY_NAME
        and name not in BY_PART.get(kind, {})
    ]
    assert unknown == []


def test_a_row_of_an_export_is_masked_column_by_column() -> None:
    row = {"account": "0000001", "mobile": PHONE, "owes": Decimal(5)}
    columns = {"mobile": Field.PHONE, "owes": Field.BALANCE}
    assert mask_row(row, columns, hidden(Role.MANAGER)) == {**row, "mobile": "+7 912 ***-**-89"}


def test_masking_what_a_call_brings_costs_less_than_fifty_microseconds() -> None:
    card, fields = a_card(), hidden(Role.OPERATOR, reason=True)
    mask_card(card, fields)
    best = min(_timed(card, fields) for _ in range(200))
    assert best < 50e-6, f"{best * 1e6:.1f} us"


def _timed(card: Card, fields: frozenset[Field]) -> float:
    began = time.process_time()
    for _ in range(100):
        mask_card(card, fields)
    return (time.process_time() - began) / 100
