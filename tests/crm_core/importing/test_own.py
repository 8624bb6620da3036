"""Custom fields of files: told by their headers, judged by their types, brought in, taken back."""

# ruff: noqa: RUF001 -- both scripts are what this is about.
from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from crm_core.fields import Entity, FieldDefinition, Option, Type
from crm_core.importing.columns import Layout, fields_of, guess, header_of, lay_out, recognise, still_known
from crm_core.importing.own import Refused, parts_of
from crm_core.importing.rows import Accepted, Rejected, Rules, judge
from crm_core.importing.rules import RULES
from crm_core.importing.values import Cell
from tests.crm_core.importing.desk import Desk

PIPES = (Option(code="steel", title="Сталь"), Option(code="old", title="Cast iron, old", retired=True))


def own(
    type_: Type, entity: Entity = Entity.ACCOUNT, code: str = "f", title: str = "Поле", **more: object
) -> FieldDefinition:
    return FieldDefinition(field_id=7, entity=entity, code=code, title=title, type=type_, **more)  # type: ignore[arg-type]


FLOORS = own(Type.WHOLE, Entity.PREMISES, "floors", "Этажность", least="1", most="99")
LOYAL = own(Type.FLAG, Entity.CUSTOMER, "loyal", "Loyal")
FEEDER = own(Type.TEXT, Entity.ACCOUNT, "feeder", "Feeder", required=True)
CABINET = own(Type.TEXT, Entity.METER, "cabinet", "Cabinet")
OWN = (FLOORS, LOYAL, FEEDER, CABINET)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("field", "cell", "parts"),
    [
        (own(Type.TEXT), " a  b ", [[0, "a b", None, None]]),
        (own(Type.TEXT), "'=1+1", [[0, "=1+1", None, None]]),
        (own(Type.WHOLE), 12.0, [[0, None, Decimal(12), None]]),
        (own(Type.NUMBER), "1 234,5", [[0, None, Decimal("1234.5"), None]]),
        (own(Type.AMOUNT), "1 850,20", [[0, None, Decimal("1850.20"), None]]),
        (own(Type.AMOUNT), 0.1 + 0.2, [[0, None, Decimal("0.30"), None]]),
        (own(Type.DATE), "31.12.1935", [[0, None, None, "1935-12-31"]]),
        (own(Type.DATE), date(2026, 3, 1), [[0, None, None, "2026-03-01"]]),
        (own(Type.FLAG), "Истина", [[0, None, 1, None]]),
        (own(Type.FLAG), False, [[0, None, 0, None]]),
        (own(Type.CHOICE, options=PIPES), "сталь", [[0, "steel", None, None]]),
        (own(Type.SEVERAL, options=PIPES), "steel; Сталь", [[0, "steel", None, None]]),
        (own(Type.DATE), "  ", None),
    ],
)
def test_a_cell_becomes_what_the_field_stores(field: FieldDefinition, cell: Cell, parts: object) -> None:
    assert parts_of(field, cell) == parts


@pytest.mark.unit
@pytest.mark.parametrize(
    ("field", "cell", "rule", "detail"),
    [
        (own(Type.WHOLE), "1.5", "value-whole", "Поле"),
        (own(Type.NUMBER), "many", "value-number", "Поле"),
        (own(Type.AMOUNT), "1,234", "value-amount", "Поле"),
        (own(Type.DATE), "31.02.2026", "value-date", "Поле"),
        (own(Type.FLAG), "perhaps", "value-flag", "Поле"),
        (own(Type.CHOICE, options=PIPES), "Cast iron, old", "value-choice", "Поле"),
        (own(Type.SEVERAL, options=PIPES), "steel, wood", "value-choice", "Поле"),
        (FLOORS, 0, "value-too-small", "Этажность ≥ 1"),
        (FLOORS, "100", "value-too-large", "Этажность ≤ 99"),
        (FEEDER, None, "value-required", "Feeder"),
    ],
)
def test_a_cell_that_is_none_of_its_values_says_why(field: FieldDefinition, cell: Cell, rule: str, detail: str) -> None:
    assert parts_of(field, cell) == Refused(rule, detail)
    assert rule in RULES


@pytest.mark.unit
def test_custom_fields_are_told_by_title_code_or_whole_name() -> None:
    found = recognise(["account", "name", "address", "этажность", "LOYAL", "account.feeder", "cabinet"], own=OWN)
    assert found is not None
    assert found.kind == "subscribers"
    assert set(found.own) == {"premises.floors", "customer.loyal", "account.feeder"}
    assert (found.columns["premises.floors"], found.columns["account.feeder"]) == (3, 5)
    alone = recognise(["Лицевой счёт", "Cabinet", "Meter No"], own=OWN)
    assert alone is not None
    assert (alone.kind, set(alone.own)) == ("fields", {"meter.cabinet"})
    assert recognise(["account", "cabinet"]) is None


@pytest.mark.unit
def test_a_title_that_could_mean_two_things_means_none() -> None:
    zone = own(Type.TEXT, Entity.ACCOUNT, "zone_a", "Zone")
    other = own(Type.TEXT, Entity.PREMISES, "zone_b", "zone")
    phone = own(Type.TEXT, Entity.CUSTOMER, "second", "Phone")
    twice = (zone, other, phone)
    assert guess(["account", "Zone", "Phone"], "fields", twice) == {"account": 0, "customer.second": 2}
    assert "customer.second" not in guess(["Phone"], "subscribers", twice)
    assert guess(["account.zone_a", "zone_b"], "fields", twice) == {"account.zone_a": 0, "premises.zone_b": 1}
    assert [header_of(one, "subscribers", twice) for one in twice] == [
        "account.zone_a",
        "premises.zone_b",
        "customer.second",
    ]


@pytest.mark.unit
def test_a_field_that_was_retired_is_no_column_any_more() -> None:
    mapping = {"account": 0, "account.feeder": 1, "premises.floors": 2}
    assert lay_out("fields", mapping, OWN) is not None
    assert lay_out("fields", mapping, (FEEDER,)) is None
    assert still_known("fields", mapping, (FEEDER,)) == {"account": 0, "account.feeder": 1}
    assert lay_out("fields", {"account": 0}, OWN) is None
    assert [field.name for field in fields_of("meters", OWN)][-1] == "meter.cabinet"
    assert len(fields_of("payments", OWN)) == len(fields_of("payments"))


@pytest.mark.unit
def test_a_row_of_values_names_what_they_belong_to() -> None:
    layout = Layout(
        "fields", {"account": 0, "serial": 1, "meter.cabinet": 2, "premises.floors": 3},
        {"meter.cabinet": CABINET, "premises.floors": FLOORS},
    )  # fmt: skip
    rules = Rules(today=date(2026, 11, 22), region="RU", time_zone="UTC")
    good = judge(layout, ["1", "M1", "A-7", ""], rules)
    assert isinstance(good, tuple)
    assert good[0] == Accepted(
        "1", {"serial": "M1", "own": [{"field": 7, "of": "meter", "parts": [[0, "A-7", None, None]]}]}
    )
    assert judge(layout, ["1", "", "A-7", ""], rules) == Rejected("meter-unnamed", "Cabinet")
    assert judge(layout, ["1", "M1", "", ""], rules) == Rejected("nothing-said")
    assert judge(layout, ["1", "", "", "x"], rules) == Rejected("value-whole", "Этажность")


# --- into a real base ------------------------------------------------------------------------------

DEFINE = "insert into custom_fields (entity, code, title, type, options) values (%s, %s, %s, %s, %s)"
PEOPLE = """account;name;address;Этажность;Loyal;Материал
1;Анна;Мира, 1;5;да;сталь
2;Борис;Мира, 2;;нет;
3;Вера;Мира, 3;дом;да;Сталь
"""


@pytest.fixture
def base(desk: Desk) -> Desk:
    """A desk at a base with custom fields of everything."""
    for entity, code, title, kind, options in (
        ("premises", "floors", "Этажность", "whole", "[]"),
        ("customer", "loyal", "Loyal", "flag", "[]"),
        (
            "account",
            "pipes",
            "Материал",
            "several",
            '[{"code": "steel", "title": "Сталь"}, {"code": "wood", "title": "Wood"}]',
        ),
        ("meter", "cabinet", "Cabinet", "text", "[]"),
    ):
        desk.do(DEFINE, entity, code, title, kind, options)
    return desk


def values(base: Desk) -> list[tuple[object, ...]]:
    return base.ask(
        "select f.code, v.entity_id, v.position, coalesce(v.text, trim_scale(v.number)::text, v.day::text)"
        " from custom_values v join custom_fields f on f.id = v.field_id order by 1, 2, 3"
    )


@pytest.mark.integration
def test_custom_fields_come_in_with_their_subscribers_twice_is_once_and_undone_is_gone(base: Desk) -> None:
    outcome = base.take("a.csv", PEOPLE)
    assert (outcome.rows, outcome.rejected, outcome.counted["custom values"]) == (3, 1, 4)
    assert [(one.row, one.rule, one.detail) for one in outcome.examples] == [(4, "value-whole", "Этажность")]
    ids = dict(base.ask("select number, id from accounts"))
    assert {(code, value) for code, _, _, value in values(base)} == {
        ("floors", "5"), ("loyal", "1"), ("loyal", "0"), ("pipes", "steel"),
    }  # fmt: skip
    assert [key for code, key, _, _ in values(base) if code == "pipes"] == [ids["1"]]
    before = values(base)
    again = base.take("b.csv", PEOPLE + "\n")
    assert again.nothing_new
    assert values(base) == before
    assert outcome.import_id is not None
    assert again.import_id is not None
    base.undo(again.import_id)
    undone = base.undo(outcome.import_id)
    assert undone.taken["custom_values"] == 4
    assert not undone.kept
    assert values(base) == base.ask("select * from accounts") == []


@pytest.mark.integration
def test_a_file_of_values_alone_changes_them_and_gives_the_old_ones_back(base: Desk) -> None:
    base.take("a.csv", PEOPLE)
    base.take("m.csv", "account,serial,digits\n1,M1,5\n")
    before = values(base)
    text = "account;serial;Материал;Cabinet;Loyal\n1;M1;wood, сталь;A-7;\n2;;;;yes\n1;M9;;B;\n9;;;;yes\n"
    outcome = base.take("v.csv", text)
    assert [(one.row, one.rule) for one in outcome.examples] == [(4, "no-meter"), (5, "no-such-account")]
    assert outcome.counted == {"custom values": 3}
    assert [(code, position, value) for code, _, position, value in values(base) if code in {"cabinet", "pipes"}] == [
        ("cabinet", 0, "A-7"), ("pipes", 0, "steel"), ("pipes", 1, "wood"),
    ]  # fmt: skip
    assert base.take("w.csv", text + "\n").counted == {"known": 2}
    assert outcome.import_id is not None
    base.do("update custom_values set text = 'by hand' where text = 'A-7'")
    undone = base.undo(outcome.import_id)
    assert (dict(undone.taken), dict(undone.kept)) == ({"custom_values": 2}, {"changed-since": 1})
    assert [one for one in values(base) if one[3] != "by hand"] == before


@pytest.mark.integration
def test_what_somebody_gave_by_hand_keeps_the_account_it_belongs_to(base: Desk) -> None:
    number = base.take("a.csv", "account,name,address\n1,Anna,Mira 1\n").import_id
    assert number is not None
    base.do(
        "insert into custom_values (entity_id, field_id, text)"
        " select a.id, f.id, 'steel' from accounts a, custom_fields f where f.code = 'pipes'"
    )
    assert base.undo(number).kept["in-use"] >= 1
    assert base.ask("select number from accounts") == [("1",)]


@pytest.mark.integration
def test_the_last_row_about_one_customer_says_his_value(base: Desk) -> None:
    text = "account,name,address,inn,loyal\n1,Firm,Mira 1,77,yes\n2,Firm,Mira 2,77,no\n"
    base.take("a.csv", text)
    assert [value for code, _, _, value in values(base) if code == "loyal"] == ["0"]
    assert base.take("b.csv", text + "\n").nothing_new
