"""Forms as data: what may be asked, what may be answered, and one code for each answer that is not right."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import accounts
from crm_core.work import fields
from crm_core.work.fields import Evidence, Field, FieldKind, named
from crm_core.work.forms import Fault, Place, Site, judge

pytestmark = pytest.mark.unit
HERE = Place(today=date(2026, 11, 29), time_zone="Europe/Moscow", region="RU")
OPTIONS = [{"code": "yes_please"}, {"code": "no_thanks", "titles": {"en": "No", "ru": "Нет"}}]
NUMBER = accounts.with_check_digit(17)


def field(kind: str, **more: Any) -> Field:
    (one,), defects = fields.read([{"code": "f", "kind": kind, "titles": {"en": "F"}, **more}])
    assert defects == ()
    return one


def answer(one: Field, typed: object) -> object:
    filled = judge([one], {"f": typed}, HERE)
    return filled.values.get("f", filled.faults.get("f", Fault(code="")).code)


@pytest.mark.parametrize(
    ("kind", "more", "typed", "kept"),
    [
        ("text", {}, "  two\nlines\x07\u202e ", "two\nlines"),
        ("text", {"longest": 3}, "four", "field-too-long"),
        ("number", {}, "1 234,5", "1234.5"),
        ("number", {}, "\u0661\u0662", "12"),
        ("number", {}, "12abc", "field-not-number"),
        ("number", {}, "NaN", "field-not-number"),
        ("number", {}, "1e309", "field-not-number"),
        ("number", {"least": 2}, "1", "field-too-small"),
        ("number", {"most": 2}, "3", "field-too-large"),
        ("amount", {}, "1 234,50", "1234.50"),
        ("amount", {}, "-1", "field-not-amount"),
        ("amount", {}, "1.005", "field-not-amount"),
        ("amount", {"least": "0.01"}, "0", "field-too-small"),
        ("date", {}, "30.11.2026", "2026-11-30"),
        ("date", {}, "2026-11-30", "2026-11-30"),
        ("date", {}, "2026-02-30", "field-not-date"),
        ("date", {"least": 0}, "2026-11-28", "field-too-early"),
        ("date", {"most": 0}, "2026-11-30", "field-too-late"),
        ("moment", {"least": 0}, "2026-11-30T09:30", "2026-11-30T09:30:00+03:00"),
        ("moment", {}, "30.11.2026 9:30", "2026-11-30T09:30:00+03:00"),
        ("moment", {}, "2026-11-30T06:30Z", "2026-11-30T06:30:00+00:00"),
        ("moment", {}, "2026-11-30T24:30", "field-not-moment"),
        ("moment", {"least": 0}, "2026-11-28T10:00", "field-too-early"),
        ("choice", {"options": OPTIONS}, "no_thanks", "no_thanks"),
        ("choice", {"options": OPTIONS}, "perhaps", "field-not-option"),
        ("flag", {}, "on", True),
        ("flag", {}, False, False),
        ("flag", {}, "maybe", "field-not-flag"),
        ("flag", {"required": True}, "no", "field-required"),
        ("phone", {}, "8 (912) 345-67-89", "+79123456789"),
        ("phone", {}, "500&PJSIP/x", "field-not-phone"),
        ("email", {}, "anna@example.org", "anna@example.org"),
        ("email", {}, "anna@example.org\nBcc: all@example.org", "field-not-email"),
        ("email", {}, "anna at example", "field-not-email"),
        ("address", {}, "Tver, Lenina 5", "Tver, Lenina 5"),
        ("meter", {}, "A-123/4", "A-123/4"),
        ("meter", {}, "'; drop table meters", "field-not-meter"),
        ("account", {}, NUMBER, NUMBER),
        ("account", {}, f"{(int(NUMBER) + 1) % 10**10:010}", "field-not-account"),
    ],
)
def test_an_answer_is_kept_as_it_means_or_its_fault_is_named(
    kind: str, more: dict[str, Any], typed: object, kept: object
) -> None:
    assert answer(field(kind, **more), typed) == kept


def test_what_must_be_there_and_is_not_is_missed() -> None:
    one = field("text", required=True)
    for empty in (None, "", "   "):
        assert answer(one, empty) == "field-required"
    assert judge([field("text")], {}, HERE).fine


def test_what_the_house_knows_need_not_be_typed() -> None:
    one = field("text", required=True, evidence="reading")
    filled = judge([one], {}, HERE, {Evidence.READING: "12345"})
    assert filled.values == {"f": "12345"}
    assert judge([one], {"f": "9"}, HERE, {Evidence.READING: "12345"}).values == {"f": "9"}


def test_an_answer_nobody_asked_for_is_a_fault() -> None:
    assert judge([field("text")], {"is_admin": "true"}, HERE).faults == {"is_admin": Fault(code="field-unknown")}


def test_a_fault_says_what_would_be_right() -> None:
    fault = judge([field("number", least=2)], {"f": "1"}, HERE).faults["f"]
    assert fault.facts == {"least": "2"}


@given(st.sampled_from(list(FieldKind)), st.text(max_size=300))
def test_whatever_is_typed_is_kept_or_refused_and_nothing_breaks(kind: FieldKind, typed: str) -> None:
    one = field(kind.value, **({"options": OPTIONS} if kind is FieldKind.CHOICE else {}))
    filled = judge([one], {"f": typed}, HERE)
    assert set(filled.values) | set(filled.faults) <= {"f"}
    for value in filled.values.values():
        assert "\x00" not in str(value)
        again = judge([one], {"f": value}, HERE)
        assert again.fine, "what was kept would be taken again"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("text", "form-not-list"),
        ([1], "form-not-field"),
        ([{"code": "X", "kind": "text", "titles": {"en": "T"}}], "form-bad-code"),
        ([{"code": "x", "kind": "html", "titles": {"en": "T"}}], "form-bad-kind"),
        ([{"code": "x", "kind": "text", "titles": {"ru": "T"}}], "form-no-title"),
        ([{"code": "x", "kind": "choice", "titles": {"en": "T"}}], "form-options"),
        ([{"code": "x", "kind": "text", "titles": {"en": "T"}, "options": ["a"]}], "form-options"),
        ([{"code": "x", "kind": "choice", "titles": {"en": "T"}, "options": ["a", "a"]}], "form-options"),
        ([{"code": "x", "kind": "number", "titles": {"en": "T"}, "least": 3, "most": 2}], "form-bad-limit"),
        ([{"code": "x", "kind": "number", "titles": {"en": "T"}, "least": "many"}], "form-bad-limit"),
        ([{"code": "x", "kind": "text", "titles": {"en": "T"}, "longest": 0}], "form-bad-limit"),
        ([{"code": "x", "kind": "text", "titles": "T"}] * 2, "form-code-twice"),
    ],
)
def test_a_definition_that_makes_no_sense_is_told_where(wrong: object, code: str) -> None:
    _, defects = fields.read(wrong)
    assert [one.code for one in defects] == [code]


def test_a_form_is_read_as_it_was_written() -> None:
    data = [
        {"code": "a", "kind": "choice", "titles": {"en": "Why", "ru": "Почему"}, "options": OPTIONS, "required": True},
        {"code": "b", "kind": "number", "titles": {"en": "B"}, "least": "1", "most": "2.5", "help": {"en": "how"}},
        {"code": "c", "kind": "text", "titles": {"en": "C"}, "longest": 7, "evidence": "reading"},
    ]
    form, defects = fields.read(data)
    assert defects == ()
    assert form[1].most == Decimal("2.5")
    assert fields.read(fields.dump(form)) == (form, ())


def test_a_title_is_shown_in_the_reader_s_language_or_in_english() -> None:
    assert named({"en": "No", "ru": "Нет"}, "ru") == "Нет"
    assert named({"en": "No"}, "hu") == "No"
    assert named({}, "en") == ""


def test_a_day_is_the_utility_s() -> None:
    site = Site(country="RU", time_zone="Asia/Vladivostok")
    assert site.place(datetime(2026, 11, 28, 20, tzinfo=UTC)).today == date(2026, 11, 29)
