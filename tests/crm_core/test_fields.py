"""Custom fields: how they are defined, what values they take."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core import fields
from crm_core.fields import Entity, Fault, FieldDefinition, Option, Type

pytestmark = pytest.mark.unit
OPTIONS = (
    Option(code="gold", title="Gold"),
    Option(code="silver", title="Ezüst"),
    Option(code="old", title="Old", retired=True),
)


def made(kind: Type, **more: object) -> FieldDefinition:
    values: dict[str, object] = {"entity": Entity.ACCOUNT, "code": "loyalty", "title": "Loyalty", "type": kind}
    if kind in {Type.CHOICE, Type.SEVERAL}:
        values["options"] = OPTIONS
    return FieldDefinition(**(values | more))  # type: ignore[arg-type]


def faults(wanted: FieldDefinition, before: FieldDefinition | None = None, *others: FieldDefinition) -> list[str]:
    found = fields.define(wanted, before=before, others=others)
    return [one.code for one in found] if isinstance(found, list) else []


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (Type.TEXT, ["  a  b\n c "], "a b c"),
        (Type.WHOLE, ["1 200"], Decimal(1200)),
        (Type.NUMBER, ["-0,25"], Decimal("-0.25")),
        (Type.AMOUNT, ["1 234,50"], Decimal("1234.50")),
        (Type.DATE, ["2026-11-29"], date(2026, 11, 29)),
        (Type.DATE, ["9.11.2026"], date(2026, 11, 9)),
        (Type.FLAG, ["Да"], True),
        (Type.FLAG, ["off"], False),
        (Type.CHOICE, ["gold"], "gold"),
        (Type.CHOICE, ["EZÜST"], "silver"),
        (Type.SEVERAL, ["silver", "Gold", ""], ("gold", "silver")),
        (Type.TEXT, ["   "], None),
        (Type.SEVERAL, [], None),
    ],
)
def test_what_fits_is_taken_as_people_type_it(kind: Type, typed: list[str], value: object) -> None:
    assert fields.judge(made(kind), typed) == value


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        (Type.WHOLE, "1.5", "value-whole"),
        (Type.WHOLE, "x", "value-whole"),
        (Type.NUMBER, "1e5", "value-number"),
        (Type.NUMBER, "NaN", "value-number"),
        (Type.NUMBER, "9" * 13, "value-number"),
        (Type.NUMBER, "0.0000001", "value-number"),
        (Type.AMOUNT, "1,234", "value-amount"),
        (Type.AMOUNT, "1.234.5", "value-amount"),
        (Type.DATE, "31.11.2026", "value-date"),
        (Type.DATE, "0001-01-01", "value-date"),
        (Type.FLAG, "maybe", "value-flag"),
        (Type.CHOICE, "bronze", "value-choice"),
        (Type.CHOICE, "old", "value-choice"),
        (Type.TEXT, "x" * 401, "value-too-large"),
    ],
)
def test_what_does_not_fit_is_refused_with_one_sentence(kind: Type, typed: str, code: str) -> None:
    found = fields.judge(made(kind), [typed])
    assert isinstance(found, Fault)
    assert found.code == code
    assert fields.RULES[code].format(detail=found.detail)


def test_limits_hold_for_numbers_days_and_lengths() -> None:
    amount = made(Type.AMOUNT, least="10", most="20")
    assert fields.judge(amount, ["10"]) == Decimal("10.00")
    assert fields.judge(amount, ["9.99"]) == Fault(field="loyalty", code="value-too-small", detail="10")
    assert fields.judge(amount, ["20.01"]) == Fault(field="loyalty", code="value-too-large", detail="20")
    day = made(Type.DATE, least="2026-01-01")
    assert fields.judge(day, ["2025-12-31"]) == Fault(field="loyalty", code="value-too-small", detail="2026-01-01")
    text = made(Type.TEXT, least="2", most="3")
    assert [getattr(fields.judge(text, [typed]), "code", "fits") for typed in ("a", "ab", "abcd")] == [
        "value-too-small", "fits", "value-too-large",
    ]  # fmt: skip


def test_a_required_field_is_not_left_empty() -> None:
    assert fields.judge(made(Type.TEXT, required=True), [""]) == Fault(
        field="loyalty", code="value-required", detail="Loyalty"
    )


def test_a_definition_is_judged_whole() -> None:
    wrong = made(Type.TEXT, code="Über uns", title=" ", least="5", most="2")
    assert faults(wrong) == ["field-code", "field-title", "field-limits"]
    assert faults(made(Type.CHOICE, options=())) == ["field-options"]
    assert faults(made(Type.CHOICE, options=(OPTIONS[0], OPTIONS[0]))) == ["field-options"]
    assert faults(made(Type.TEXT, options=OPTIONS)) == ["field-options"]
    assert faults(made(Type.FLAG, least="1")) == ["field-limits"]
    assert faults(made(Type.DATE, least="soon")) == ["field-limits"]
    assert faults(made(Type.TEXT), None, made(Type.WHOLE)) == ["field-code-taken"]


def test_the_type_of_a_field_never_changes_and_options_are_never_lost() -> None:
    before = made(Type.CHOICE)
    assert faults(made(Type.TEXT, options=()), before) == ["field-type", "field-options"]
    kept = fields.define(replace(before, options=(Option(code="gold", title="Golden"),)), before=before, others=())
    assert isinstance(kept, FieldDefinition)
    assert [(one.code, one.retired) for one in kept.options] == [("gold", False), ("silver", True), ("old", True)]


def test_a_card_bears_only_so_many_fields() -> None:
    others = [made(Type.TEXT, code=f"f{number}") for number in range(fields.MOST_FIELDS)]
    assert faults(made(Type.TEXT), None, *others) == ["field-too-many"]


@given(kind=st.sampled_from(Type), typed=st.lists(st.text(max_size=30), max_size=3))
@settings(max_examples=150, deadline=None)
def test_whatever_is_typed_the_answer_is_a_value_or_one_fault(kind: Type, typed: list[str]) -> None:
    definition = made(kind)
    found = fields.judge(definition, typed)
    if isinstance(found, Fault):
        assert fields.RULES[found.code]
    elif found is not None:
        again = list(found) if isinstance(found, tuple) else [fields.spelled(found)]
        assert fields.judge(definition, again) == found
