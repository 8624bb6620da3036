"""What may be said of customers and their people, and what a change is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import parties
from crm_core.parties import AgreementFacts, Change, ContactFacts, CustomerFacts, Fault, PointFacts

pytestmark = pytest.mark.unit
CUSTOMER = CustomerFacts(language="ru", status="active", priority="normal", special_need="", flags=("vip",))
ANNA = ContactFacts(name="Anna", role="owner", phone="+79161234567", email="anna@example.org", channel="phone")
AGREEMENT = AgreementFacts(
    number="D-1", supply="connected", started_on=date(2020, 1, 1), ended_on=None, prepay=False, budget_bill=False
)
POINT = PointFacts(service="power", phases=1, max_kw=Decimal("5.50"), node="TP-1")


def test_what_is_right_has_no_fault() -> None:
    assert parties.customer_faults(CUSTOMER) == {}
    assert parties.contact_faults(ANNA) == {}
    assert parties.agreement_faults(AGREEMENT) == {}
    assert parties.point_faults(POINT) == {}
    assert parties.consent_faults("marketing", "phone", given=True) == {}


@pytest.mark.parametrize(
    ("change", "field", "fault"),
    [
        ({"language": "russian!"}, "language", Fault.NOT_A_LANGUAGE),
        ({"status": "gone"}, "status", Fault.NOT_IN_LIST),
        ({"priority": "x"}, "priority", Fault.NOT_IN_LIST),
        ({"flags": ("debt",)}, "flags", Fault.NOT_IN_LIST),
    ],
)
def test_a_customer_is_described_in_the_words_of_the_house(change: dict[str, object], field: str, fault: Fault) -> None:
    assert parties.customer_faults(replace(CUSTOMER, **change)) == {field: fault}  # type: ignore[arg-type]


def test_a_flag_that_came_with_an_import_may_stay() -> None:
    odd = replace(CUSTOMER, flags=("vip", "old_flag"))
    assert parties.customer_faults(odd, known=("old_flag",)) == {}


@pytest.mark.parametrize(
    ("change", "field", "fault"),
    [
        ({"name": ""}, "name", Fault.NEEDED),
        ({"email": "anna"}, "email", Fault.NOT_AN_EMAIL),
        ({"email": "a@b"}, "email", Fault.NOT_AN_EMAIL),
        ({"email": "a..b@example.org"}, "email", Fault.NOT_AN_EMAIL),
        ({"email": "<x>@example.org"}, "email", Fault.NOT_AN_EMAIL),
        ({"language": "1"}, "language", Fault.NOT_A_LANGUAGE),
        ({"opt_out": ("pigeon",)}, "opt_out", Fault.NOT_IN_LIST),
        ({"channel": "pigeon"}, "channel", Fault.NOT_IN_LIST),
        ({"opt_out": ("phone",)}, "channel", Fault.OPTED_OUT),
        ({"phone": ""}, "channel", Fault.NO_WAY),
        ({"channel": "email", "email": ""}, "channel", Fault.NO_WAY),
    ],
)
def test_a_contact_can_be_reached_the_way_he_wants(change: dict[str, object], field: str, fault: Fault) -> None:
    assert parties.contact_faults(replace(ANNA, **change)) == {field: fault}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "field", "fault"),
    [
        ({"supply": "off"}, "supply", Fault.NOT_IN_LIST),
        ({"ended_on": date(2019, 1, 1)}, "ended_on", Fault.ENDS_BEFORE),
        ({"supply": "ended"}, "ended_on", Fault.END_NEEDED),
    ],
)
def test_an_agreement_ends_after_it_began(change: dict[str, object], field: str, fault: Fault) -> None:
    assert parties.agreement_faults(replace(AGREEMENT, **change)) == {field: fault}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "field", "fault"),
    [
        ({"service": "light"}, "service", Fault.NOT_IN_LIST),
        ({"phases": 2}, "phases", Fault.NOT_IN_LIST),
        ({"max_kw": Decimal(0)}, "max_kw", Fault.TOO_MUCH),
        ({"max_kw": Decimal(1_000_000)}, "max_kw", Fault.TOO_MUCH),
    ],
)
def test_a_service_point_has_one_or_three_phases(change: dict[str, object], field: str, fault: Fault) -> None:
    assert parties.point_faults(replace(POINT, **change)) == {field: fault}  # type: ignore[arg-type]


def test_a_voice_as_identity_is_consented_to_in_writing_only() -> None:
    assert parties.consent_faults("biometric", "phone", given=True) == {"how": Fault.NOT_IN_WRITING}
    assert parties.consent_faults("biometric", "office", given=True) == {}
    assert parties.consent_faults("biometric", "phone", given=False) == {}
    assert parties.consent_faults("x", "y", given=True) == {"kind": Fault.NOT_IN_LIST, "how": Fault.NOT_IN_LIST}


def test_a_change_says_what_it_was_and_what_it_is() -> None:
    assert parties.changes(AGREEMENT, replace(AGREEMENT, prepay=True, ended_on=date(2026, 1, 1))) == (
        Change(what="ended_on", before="", after="2026-01-01"),
        Change(what="prepay", before="no", after="yes"),
    )
    assert parties.changes(CUSTOMER, replace(CUSTOMER, flags=("vip", "legal"))) == (
        Change(what="flags", before="vip", after="vip, legal"),
    )
    assert parties.beginnings(ContactFacts(name="Anna", opt_out=("sms",))) == (
        Change(what="name", before="", after="Anna"),
        Change(what="opt_out", before="", after="sms"),
    )


CONTACTS = st.builds(
    ContactFacts,
    name=st.text(max_size=5),
    role=st.text(max_size=5),
    phone=st.sampled_from(["", "+79161234567"]),
    email=st.text(max_size=8),
    language=st.sampled_from(["", "ru"]),
    channel=st.sampled_from(["", "phone"]),
    opt_out=st.lists(st.sampled_from(["sms", "post"]), unique=True, max_size=2).map(tuple),
)


@given(CONTACTS, CONTACTS)
def test_what_is_the_same_has_no_change_and_what_differs_has_one_for_each_field(
    one: ContactFacts, other: ContactFacts
) -> None:
    assert parties.changes(one, one) == ()
    changed = {change.what for change in parties.changes(one, other)}
    assert (changed == set()) is (one == other)
    assert changed == {change.what for change in parties.changes(other, one)}
