"""Commands become AMI actions, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.actions import wire
from telephony.commands import (
    AddQueueMember,
    AnyCommand,
    AskSnapshot,
    HangUp,
    Originate,
    PauseQueueMember,
    Redirect,
    RemoveQueueMember,
    SetVariable,
)
from telephony.errors import HostileValue
from telephony.events import ChannelName, LegId, Node

pytestmark = pytest.mark.unit
NODE = Node("main")
CHANNEL = ChannelName("PJSIP/anonymous-00000001")


def originate(**changes: object) -> Originate:
    fields: dict[str, object] = {
        "node": NODE, "leg": LegId("offer-1"), "device": "PJSIP/op101", "context": "connect", "timeout_ms": 15000,
        "caller_number": "+79990000001", "caller_name": "Ivanov", "variables": {"BUSBAR_CANDIDATES": "1,2"},
    }  # fmt: skip
    return Originate(**{**fields, **changes})  # type: ignore[arg-type]


def test_an_originate_is_asynchronous_and_names_its_leg() -> None:
    [action] = wire(originate())
    assert action == {
        "Action": "Originate",
        "ActionID": "originate:offer-1",
        "Channel": "PJSIP/op101",
        "ChannelId": "offer-1",
        "Context": "connect",
        "Exten": "s",
        "Priority": "1",
        "Timeout": "15000",
        "CallerID": '"Ivanov" <+79990000001>',
        "Async": "true",
        "Variable": [r"BUSBAR_CANDIDATES=1\,2"],
    }


def test_codecs_are_offered_in_the_order_wished() -> None:
    [action] = wire(originate(codecs=("ulaw", "alaw")))
    assert action["Codecs"] == "ulaw,alaw"
    with pytest.raises(HostileValue):
        wire(originate(codecs=("ulaw\r\nAction: Logoff",)))


@pytest.mark.parametrize(
    ("command", "actions"),
    [
        (HangUp(node=NODE, channel=CHANNEL), [{"Action": "Hangup", "Channel": CHANNEL, "Cause": "16"}]),
        (
            Redirect(node=NODE, channel=CHANNEL, context="queue"),
            [{"Action": "Redirect", "Channel": CHANNEL, "Context": "queue", "Exten": "s", "Priority": "1"}],
        ),
        (
            SetVariable(node=NODE, channel=None, name="BUSBAR_HEARTBEAT", value="1"),
            [{"Action": "Setvar", "Variable": "BUSBAR_HEARTBEAT", "Value": "1"}],
        ),
        (
            SetVariable(node=NODE, channel=CHANNEL, name="SHARED(BUSBAR_OFFER)", value="offer-1"),
            [{"Action": "Setvar", "Variable": "SHARED(BUSBAR_OFFER)", "Value": "offer-1", "Channel": CHANNEL}],
        ),
        (
            AddQueueMember(node=NODE, queue="busbar", device="PJSIP/op101", paused=True),
            [{"Action": "QueueAdd", "Queue": "busbar", "Interface": "PJSIP/op101", "Paused": "true"}],
        ),
        (
            PauseQueueMember(node=NODE, queue="busbar", device="PJSIP/op101", paused=False),
            [{"Action": "QueuePause", "Queue": "busbar", "Interface": "PJSIP/op101", "Paused": "false"}],
        ),
        (
            RemoveQueueMember(node=NODE, queue="busbar", device="PJSIP/op101"),
            [{"Action": "QueueRemove", "Queue": "busbar", "Interface": "PJSIP/op101"}],
        ),
        (
            AskSnapshot(node=NODE, variables=("A", "B")),
            [
                {"Action": "DeviceStateList"},
                {"Action": "Status", "Variables": "A,B", "AllVariables": "false"},
            ],
        ),
    ],
)
def test_each_command_has_its_actions(command: AnyCommand, actions: list[dict[str, str]]) -> None:
    assert list(wire(command)) == actions


@pytest.mark.parametrize(
    "changes",
    [
        {"device": "PJSIP/op101&PJSIP/trunk/16005551234"},
        {"device": "Local/x@ctx/n&"},
        {"device": "Local/+7495,1@outward/n"},
        {"device": "Local/100@inbound/n"},
        {"device": "PJSIP/op101,30"},
        {"device": "${SHELL(id)}"},
        {"context": "connect,s,1"},
        {"leg": LegId("../../x")},
        {"variables": {"A=1,B": "x"}},
        {"variables": {"A": "x\r\nAction: Hangup"}},
        {"variables": {"SHELL(rm -rf /)": "x"}},
    ],
)
def test_what_would_mean_something_else_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(HostileValue):
        wire(originate(**changes))


@pytest.mark.parametrize("channel", ["", "/.*/"])
def test_no_channel_and_all_channels_are_refused(channel: str) -> None:
    with pytest.raises(HostileValue):
        wire(HangUp(node=NODE, channel=ChannelName(channel)))


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_text_from_outside_adds_a_line(name: str, number: str, value: str) -> None:
    try:
        [action] = wire(originate(caller_name=name, caller_number=number, variables={"X": value}))
    except HostileValue:
        return
    for one in action.values():
        text = one if isinstance(one, str) else "".join(one)
        assert not set(text) & set("\r\n\0\u2028")
    assert str(action["CallerID"]).count('"') == 2
