"""AC01: CR, LF, NUL, U+2028 in any field of any command to the switch; the wire carries nothing, or one inert header.

What an operator writes for the next one (a pass's note) is in no command at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.wishes import Consult
from telephony import commands
from telephony.actions import wire
from telephony.commands import AnyCommand
from telephony.errors import HostileValue
from telephony.events import ChannelName, LegId, Node
from tests.routing.test_transfers import ANNA, BORIS, in_talk, pass_on
from tests.telephony.test_link import Line

pytestmark = pytest.mark.unit
NODE, CHANNEL = Node("main"), ChannelName("PJSIP/op101-00000001")
SIGNS = (
    "\r\nAction: Originate",
    "\n",
    "\r",
    "\0",
    "\u2028",
    "\u2029",
    "\x85",
    "\x0b",
    "\x0c",
    "\x1e",
    "\x7f",
    "\ud800",
)
GOOD: tuple[AnyCommand, ...] = (
    commands.Originate(
        node=NODE, leg=LegId("offer-1"), device="PJSIP/op101", context="connect", timeout_ms=1000,
        caller_number="+79161230001", caller_name="Anna", variables={"BUSBAR_CALL": "main-1.1"},
    ),
    commands.HangUp(node=NODE, channel=CHANNEL),
    commands.Redirect(node=NODE, channel=CHANNEL, context="queue", other=CHANNEL, other_context="consulting"),
    commands.SetVariable(node=NODE, channel=CHANNEL, name="BUSBAR_QUEUE", value="main"),
    commands.AddQueueMember(node=NODE, queue="busbar", device="PJSIP/op101", paused=False),
    commands.PauseQueueMember(node=NODE, queue="busbar", device="PJSIP/op101", paused=False),
    commands.RemoveQueueMember(node=NODE, queue="busbar", device="PJSIP/op101"),
    commands.MuteRecording(node=NODE, channel=CHANNEL, muted=True),
    commands.StopRecording(node=NODE, channel=CHANNEL),
    commands.AskSnapshot(node=NODE, variables=("BUSBAR_CALL",)),
)  # fmt: skip
TAMED = {"caller_name", "caller_number"}
"""What callers call themselves: it loses what is hostile, for a call must go on."""


def spoilt(command: AnyCommand, sign: str) -> list[tuple[str, AnyCommand]]:
    """Return the command with the sign put into one of its texts at a time."""
    found: list[tuple[str, AnyCommand]] = []
    for name in (one.name for one in fields(command) if one.name != "node"):
        match getattr(command, name):
            case str() as text:
                found.append((name, replace(command, **{name: text + sign})))
            case tuple() as texts:
                found.append((name, replace(command, **{name: (*texts, f"A{sign}")})))
            case dict() as values:
                found.append((f"{name}'s keys", replace(command, **{name: {**values, f"A{sign}": "x"}})))
                found.append((f"{name}'s values", replace(command, **{name: {**values, "A": f"x{sign}y"}})))
    return found


def texts(action: Mapping[str, str | list[str]]) -> list[str]:
    return [text for value in action.values() for text in (value if isinstance(value, list) else [value])]


def test_every_command_is_tried() -> None:
    assert {type(one) for one in GOOD} == set(get_args(AnyCommand))
    assert all(wire(one) for one in GOOD)


@pytest.mark.parametrize("command", GOOD, ids=lambda one: type(one).__name__)
def test_a_line_break_in_any_field_is_refused_or_gone(command: AnyCommand) -> None:
    for sign in SIGNS:
        tried = spoilt(command, sign)
        assert tried
        for name, hostile in tried:
            if name in TAMED:
                (action,) = wire(hostile)
                assert not any(set(text) & set("".join(SIGNS[1:])) for text in texts(action)), (name, sign)
                assert str(action["CallerID"]).count('"') == 2
            else:
                with pytest.raises(HostileValue):
                    wire(hostile)


@given(st.sampled_from(GOOD), st.text(min_size=1, max_size=30), st.integers(0, 9))
def test_whatever_text_stands_anywhere_the_wire_has_as_many_headers_as_before(
    command: AnyCommand, text: str, at: int
) -> None:
    tried = spoilt(command, text)
    name, hostile = tried[at % len(tried)]
    try:
        actions = wire(hostile)
    except HostileValue:
        return
    assert [list(action) for action in actions] == [list(action) for action in wire(command)], name
    for one in (part for action in actions for part in texts(action)):
        assert not any(ord(sign) < 0x20 or ord(sign) == 0x7F or sign in "\x85\u2028\u2029" for sign in one), name


async def test_of_a_refused_action_not_a_byte_is_sent() -> None:
    line = Line()
    await line.read(b"")
    before = line.wire.sent
    for sign in SIGNS:
        for action in ({"Action": f"Ping{sign}"}, {f"Acti{sign}on": "Ping"}, {"Action": "Ping", "X": ["y", sign]}):
            with pytest.raises(HostileValue):
                await line.link.ask(action)
    assert line.wire.sent == before
    await line.end()


@pytest.mark.parametrize("sign", SIGNS[:-1])
def test_the_word_for_the_next_operator_reaches_no_command(sign: str) -> None:
    note = f"owes{sign}for May"
    house, call, _ = in_talk()
    assert pass_on(house, call, operator=BORIS, note=note) == ""
    other, asked, _ = in_talk()
    other.wish(Consult(wish_id="k", operator_id=ANNA, at=other.now, call_id=asked, to="operator", operator=BORIS,
                       note=note))  # fmt: skip
    ordered = [*house.orders(), *other.orders()]
    assert {type(one) for one in ordered} >= {commands.Originate, commands.Redirect, commands.SetVariable}
    sent = [text for one in ordered for action in wire(one) for text in texts(action)]
    assert not [text for text in sent if "owes" in text]
