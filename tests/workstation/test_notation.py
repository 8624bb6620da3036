"""Forms written as lines are read as they were meant, and written back as they were read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.store import applications, tasks
from crm_core.work import fields
from crm_core.work.forms import Fault
from workstation.facts import facts_told, number_shown
from workstation.faults import fault_sentence
from workstation.formats import Formats
from workstation.office import notation
from workstation.rest import work_shapes

pytestmark = pytest.mark.unit
LINES = """\
# what people are asked
meter | meter | no | Meter's serial | ru:Номер счётчика
fault | choice | yes | What is wrong | ru:Что не так | blank=Display is blank~ru:Погас дисплей; other=Other
when | date | yes | When | least=-30; most=0; help=Not in the future
text | text | no | Details | longest=2000; from=reading
"""


def test_lines_are_read_as_they_were_meant() -> None:
    form, defects = fields.read(notation.fields_of(LINES))
    assert defects == ()
    assert [one.code for one in form] == ["meter", "fault", "when", "text"]
    assert [one.required for one in form] == [False, True, True, False]
    assert form[1].options[0].titles == {"en": "Display is blank", "ru": "Погас дисплей"}
    assert (form[2].least, form[2].most, form[2].help) == (-30, 0, {"en": "Not in the future"})
    assert fields.read(notation.fields_of(notation.lines_of(form))) == (form, ())


def test_documents_are_lines_too() -> None:
    found = notation.documents_of("act | yes | Act of sealing | ru:Акт\nphoto | no | Photo")
    assert [(one["code"], one["required"]) for one in found] == [("act", True), ("photo", False)]


@given(st.text(max_size=200))
def test_whatever_is_typed_is_read_or_told(text: str) -> None:
    form, defects = fields.read(notation.fields_of(text))
    assert len(form) + len(defects) <= max(len(text.splitlines()), 1)


def test_lists_of_the_api_are_those_of_the_base() -> None:
    assert set(work_shapes.Channel.__args__) == set(applications.CHANNELS)  # type: ignore[attr-defined]
    assert set(work_shapes.TaskKind.__args__) == set(tasks.KINDS)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"what": "no_reading", "last_on": None, "since": "2026-08-01"}, "There has never been a reading."),
        (
            {"what": "no_reading", "last_on": "2026-07-20", "since": "2026-08-01"},
            "No reading since 1 Aug 2026; the last one was on 20 Jul 2026.",
        ),
        (
            {"what": "payments_stopped", "last_on": "2026-07-03", "balance": "9944.48", "segment": "Debtors"},
            "The last payment was on 3 Jul 2026; RUB\xa09,944.48 is owed. The account belongs to the segment Debtors.",
        ),
        (
            {"what": "consumption_down", "used": 1210, "before": 3000, "percent": 60, "since": "2026-08-01"},
            "Used 1,210 since 1 Aug 2026, 60 % less than 3,000 before.",
        ),
        ({"why": "late", "number": "A-1"}, "A-1 is late."),
        ({"what": "cycle", "status": "active"}, "It is time again; the account is served."),
        (
            {"result": "OUTAGE", "title": "No supply", "next": "open_application"},
            "A contact ended so: No supply. File an application.",
        ),
        (
            {"what": "no_reading", "last_on": "by hand", "since": "?"},
            "No reading since ?; the last one was on by hand.",
        ),
        ({"x": "{status}"}, ""),
    ],
)
def test_what_a_rule_or_a_contact_found_is_told_as_a_sentence(facts: dict[str, Any], sentence: str) -> None:
    assert facts_told(facts, str, Formats("en", "UTC", "RUB")) == sentence


def test_a_fault_is_told_with_what_would_be_right() -> None:
    assert fault_sentence(Fault(code="field-too-small", facts={"least": "2"}), str) == "At least 2."


def test_a_number_is_shown_in_full_for_one_s_own_contact_only() -> None:
    assert number_shown("+79123456789", "operator", own=True) == "+79123456789"
    for role in ("operator", "supervisor", "manager"):
        assert "3456" not in number_shown("+79123456789", role, own=False)
    assert "anna" not in number_shown("anna@example.org", "operator", own=True)
