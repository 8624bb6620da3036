"""The editor of a process: what it writes and reads, and how its steps are moved about; a process in words."""

from __future__ import annotations

import pytest

from crm_core.processes.process import read
from ivr import drawing
from tests.crm_core.processes.steps import data, made
from workstation import process_words
from workstation.forms import Form
from workstation.office import processes_form
from workstation.process_words import Names

pytestmark = pytest.mark.unit
NAMES = Names(
    language="en", translate=str, teams={"billing": "Billing"}, people={"7": "Ivan"}, fields={"amount": "Amount"},
    papers={},
)  # fmt: skip


def test_the_editor_writes_a_process_as_it_was_typed_and_moves_its_steps() -> None:
    one = made(check={"message": {"channel": "sms", "texts": {"en": "Hello"}}})
    typed = processes_form.typed_of(one)
    assert typed["s0_ways"] == "boss | if amount > 1000\ndesk | else"
    assert processes_form.pressed(typed, "keep") is None
    moved = processes_form.pressed(typed, "down:0")
    assert moved is not None
    assert [moved[f"s{n}_code"] for n in range(3)] == ["boss", "check", "desk"]
    fewer = processes_form.pressed(moved, "remove:1")
    assert fewer is not None
    assert (fewer["steps"], fewer["s1_code"], "s2_code" in fewer) == ("2", "desk", False)
    more = processes_form.pressed(fewer, "add")
    assert more is not None
    assert more["steps"] == "3"


def test_what_the_editor_shows_is_read_as_the_same_process() -> None:
    message = {"channel": "email", "texts": {"en": "Hello {number}", "ru": "Привет"}}
    ways = [{"to": "boss", "titles": {"en": "Go", "ru": "Идти"}}, {"to": "desk"}]
    one = made(
        check={"message": message, "tell": [["entry", "lead"], ["late", "filer"]]}, boss={"ways": ways[1:]},
        desk={"owner": {"kind": "person", "name": "7"}, "ways": ways[:1]},
    )  # fmt: skip
    form = Form(processes_form.typed_of(one), str)
    assert read(processes_form.spec_of(form)) == (one, ())
    assert form.fine


@pytest.mark.parametrize(
    ("line", "condition"),
    [
        ("boss | если amount > 5", {"field": "amount", "op": ">", "values": ["5"]}),
        ("boss | IF Amount in a, b,", {"field": "amount", "op": "in", "values": ["a", "b"]}),
        ("boss | if amount about 5", None),
    ],
)
def test_a_way_is_a_line(line: str, condition: object) -> None:
    form = Form({"steps": "1", "s0_ways": f"# a remark\n{line}\ndesk | Done | ru:Готово | иначе"}, str)
    first, second = processes_form.spec_of(form)["steps"][0]["ways"]
    assert (first["when"], first["condition"]) == ("if", condition)
    assert second == {"to": "desk", "when": "else", "titles": {"en": "Done", "ru": "Готово"}}


def test_a_process_is_told_in_words_and_drawn_by_its_titles() -> None:
    one = made()
    lines = process_words.lines(one, NAMES).splitlines()
    assert lines[:6] == [
        "Check (check)", "  whose: Billing", "  limit: 2 working hours", "  fields: Amount",
        "  way: if Amount > 1000 → Decision", "  way: otherwise → Tell the customer",
    ]  # fmt: skip
    shape = process_words.drawable(one, NAMES)
    drawn = drawing.draw(shape)
    assert {box.name for box in drawn.boxes} == {"Check", "Decision", "Tell the customer"}
    assert shape.verbs["of-check"] == "Billing · 2 working hours"
    twice, _ = read(data(boss={"titles": {"en": "Check"}}))
    assert twice is not None
    assert set(process_words.drawable(twice, NAMES).steps) == {"Check", "Check (boss)", "Tell the customer"}
