"""Rows judged: accepted with plain values, or rejected with a reason."""

# ruff: noqa: RUF001 -- both scripts are what this is about.
from __future__ import annotations

from dataclasses import replace
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import names
from crm_core.fields import Entity, FieldDefinition, Option, Type
from crm_core.importing import keys
from crm_core.importing.columns import KINDS, OWNERS, Layout, fields_of, recognise
from crm_core.importing.rows import Accepted, Rejected, Rules, judge
from tests.crm_core.importing.test_values import CELLS

pytestmark = pytest.mark.unit

as_json = msgspec.json.Encoder(decimal_format="number").encode
RULES = Rules(today=date(2026, 11, 22), region="RU", time_zone="Europe/Moscow")


def judged(of: str, /, **cells: object) -> tuple[Accepted, ...] | Rejected:
    layout = Layout(of, {name: place for place, name in enumerate(cells)})
    return judge(layout, list(cells.values()), RULES)  # type: ignore[arg-type]


def accepted(of: str, /, **cells: object) -> Accepted:
    verdict = judged(of, **cells)
    assert isinstance(verdict, tuple), verdict
    return verdict[0]


def reason(of: str, /, **cells: object) -> str:
    verdict = judged(of, **cells)
    assert isinstance(verdict, Rejected)
    return verdict.reason


def test_a_telephone_number_is_repaired_and_it_is_said() -> None:
    row = accepted(
        "subscribers", account="700 000 001", name="Иванов Пётр", address="ул. Мира, 1", phone="8 (900) 111-22-33"
    )
    assert row.account == "700000001"
    assert row.data["phone"] == "+79001112233"
    assert "phone repaired" in row.notes
    assert row.data["kind"] == "person"


def test_a_number_without_its_area_code_gets_that_of_the_house() -> None:
    cells = ["1", "A", "B", "123-45-67"]
    layout = Layout("subscribers", {"account": 0, "name": 1, "address": 2, "phone": 3})
    assert judge(layout, cells, RULES) == Rejected("not-a-phone")
    found = judge(layout, cells, replace(RULES, area="495"))
    assert isinstance(found, tuple)
    assert found[0].data["phone"] == "+74951234567"
    assert "area code added" in found[0].notes
    whole = judge(layout, [*cells[:3], "8 (900) 111-22-33"], replace(RULES, area="495"))
    assert isinstance(whole, tuple)
    assert whole[0].data["phone"] == "+79001112233"


def test_an_organisation_is_told_by_its_name_or_by_the_column() -> None:
    assert accepted("subscribers", account="1", name="ООО «Ромашка»", address="a").data["kind"] == "organisation"
    assert (
        accepted("subscribers", account="1", name="Romashka", address="a", kind="Юр. лицо").data["kind"]
        == "organisation"
    )
    assert accepted("subscribers", account="1", name="ООО Иванов", address="a", kind="person").data["kind"] == "person"


@pytest.mark.parametrize(
    ("words", "cells"),
    [
        ("account number is empty", {"account": "", "name": "A", "address": "B"}),
        ("12 characters", {"account": "1234567890123", "name": "A", "address": "B"}),
        ("name is empty", {"account": "1", "name": " ", "address": "B"}),
        ("address is empty", {"account": "1", "name": "A", "address": None}),
        ("telephone", {"account": "1", "name": "A", "address": "B", "phone": "12"}),
        ("time zone", {"account": "1", "name": "A", "address": "B", "time_zone": "Mars/Olympus"}),
        ("e-mail", {"account": "1", "name": "A", "address": "B", "email": "at home"}),
        ("opened on is not a date", {"account": "1", "name": "A", "address": "B", "opened_on": "x"}),
        ("future", {"account": "1", "name": "A", "address": "B", "opened_on": "2027-01-01"}),
    ],
)
def test_a_subscriber_is_rejected_with_a_reason(words: str, cells: dict[str, object]) -> None:
    assert words in reason("subscribers", **cells)


def test_registers_of_one_row_become_readings_of_their_own() -> None:
    verdict = judged("readings", account="1", taken_on="31.10.2026", day="123", night=45.5)
    assert isinstance(verdict, tuple)
    assert [(row.data["register"], row.data["value"]) for row in verdict] == [("day", "123.000"), ("night", "45.500")]


def test_a_reading_is_rejected_with_a_reason() -> None:
    assert "future" in reason("readings", account="1", taken_on="2026-11-23", value="1")
    assert "no reading" in reason("readings", account="1", taken_on="2026-11-22", value="")
    assert "number" in reason("readings", account="1", taken_on="2026-11-22", value="-1")
    assert "twice" in reason("readings", account="1", taken_on="2026-11-22", value="1", register="day", day="2")
    assert "register must be" in reason("readings", account="1", taken_on="2026-11-22", value="1", register="moon")


def test_a_meter_is_judged() -> None:
    assert accepted("meters", account="1", serial="ab 1", digits="5", registers="2").data["two"] is True
    assert "digits" in reason("meters", account="1", serial="1", digits="0")
    assert "before it was installed" in reason(
        "meters", account="1", serial="1", digits=5, installed_on="2026-02-01", removed_on="2026-01-01"
    )


def test_a_bill_gets_usual_dates_when_it_has_none() -> None:
    row = accepted("invoices", account="1", period="декабрь 2025", amount="1 000,50")
    assert row.data == {
        "period": "2025-12-01", "amount": "1000.50", "issued_on": "2026-01-01", "due_on": "2026-01-21",
        "disputed": False,
    }  # fmt: skip
    assert "due before" in reason(
        "invoices", account="1", period="2025-12", amount=1, issued_on="2026-01-05", due_on="2026-01-04"
    )
    assert "clearly" in reason("invoices", account="1", period="2025-12", amount="1,234")


def test_a_payment_must_be_positive_and_past() -> None:
    assert (
        accepted("payments", account="1", paid_on="2026-11-22", amount=5, channel="Касса").data["channel"] == "office"
    )
    for amount in (0, "-5"):
        assert "positive" in reason("payments", account="1", paid_on="2026-11-22", amount=amount)
    assert "future" in reason("payments", account="1", paid_on="2026-11-23", amount=1)


PIECES = st.text(st.sampled_from("абвеёъьйуцскщaeoksscxhİß\u0301'’-.,«»\"1250/ №"), max_size=14)


@given(st.lists(PIECES | st.sampled_from(["ул.", "кв", "д", "Street", "ООО"]), max_size=12).map(" ".join))
def test_a_key_made_word_by_word_is_that_of_the_whole(text: str) -> None:
    assert keys.key(text) == names.key(text)
    assert keys.address_key(text) == names.address_key(text)


OWN = [
    FieldDefinition(
        field_id=1, entity=entity, code=f"f_{kind}", title=f"{entity} {kind}", type=kind,
        options=(Option(code="a", title="A"),) if kind in {Type.CHOICE, Type.SEVERAL} else (),
    )
    for entity in Entity
    for kind in Type
]  # fmt: skip


@given(st.sampled_from(list(KINDS)), st.lists(CELLS, max_size=40))
def test_hostile_cells_are_accepted_as_storable_values_or_rejected(kind: str, cells: list[object]) -> None:
    layout = recognise([field.names[0] for field in fields_of(kind, OWN)], kind, OWN)
    assert layout is not None
    assert len(layout.own) == len(OWNERS.get(kind, ())) * len(Type)
    verdict = judge(layout, cells, RULES)  # type: ignore[arg-type]
    if isinstance(verdict, Rejected):
        assert verdict.reason
        return
    for row in verdict:
        told = as_json([row.account, row.data]).decode()
        assert "\\u0000" not in told
        assert len(row.account) <= 12
