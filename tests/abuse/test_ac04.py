"""AC04: actions of the manager beyond our dozen, tried on a real Asterisk with the very login the floor has."""

from __future__ import annotations

import asyncio
import configparser
from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import pytest

from telephony.actions import wire
from telephony.commands import AnyCommand
from telephony.errors import SwitchRefused
from telephony.events import Node
from telephony.link import Link, Timing
from telephony.mailbox import Mailbox
from tests.abuse.test_ac01_switch import GOOD
from tests.support.servers import AsteriskServer

pytestmark = pytest.mark.integration
SENT = {
    "Originate", "Hangup", "Redirect", "Setvar", "QueueAdd", "QueuePause", "QueueRemove", "MixMonitorMute",
    "StopMixMonitor", "DeviceStateList", "Status",
}  # fmt: skip
"""Every action that can leave us, beside the login and the watchdog's ping."""
DENIED = (
    {"Action": "Command", "Command": "core show version"},
    {"Action": "Command", "Command": "!id"},
    {"Action": "UpdateConfig", "SrcFilename": "manager.conf", "DstFilename": "manager.conf", "Action-000000": "NewCat",
     "Cat-000000": "evil"},
    {"Action": "GetConfig", "Filename": "manager.conf"},
    {"Action": "GetConfigJSON", "Filename": "pjsip.conf"},
    {"Action": "CreateConfig", "Filename": "evil.conf"},
    {"Action": "ListCategories", "Filename": "manager.conf"},
    {"Action": "ModuleLoad", "Module": "app_system.so", "LoadType": "load"},
    {"Action": "ModuleCheck", "Module": "app_system"},
    {"Action": "Reload", "Module": "manager"},
    {"Action": "LoggerRotate"},
    {"Action": "PJSIPShowRegistrationsOutbound"},
    {"Action": "PJSIPShowAuths"},
    {"Action": "PJSIPShowEndpoint", "Endpoint": "op101"},
    {"Action": "DialplanExtensionAdd", "Context": "inbound", "Extension": "666", "Priority": "1",
     "Application": "System", "ApplicationData": "id"},
    {"Action": "DialplanExtensionRemove", "Context": "inbound", "Extension": "100"},
    {"Action": "Filter", "Operation": "Add", "Filter": "Event: VarSet"},
    {"Action": "DBPut", "Family": "a", "Key": "b", "Val": "c"},
    {"Action": "DBGet", "Family": "a", "Key": "b"},
    {"Action": "DBDelTree", "Family": "a"},
    {"Action": "UserEvent", "UserEvent": "BusbarArrived"},
    {"Action": "AOCMessage", "Channel": "x", "MsgType": "D", "ChargeType": "Free"},
    {"Action": "PlayDTMF", "Channel": "x", "Digit": "1"},
    {"Action": "MessageSend", "To": "pjsip:op101", "From": "x", "Body": "x"},
    {"Action": "PJSIPNotify", "Endpoint": "op101", "Variable": "Event=check-sync"},
)  # fmt: skip
RUNNING = ("System", "Exec", "AGI", "TrySystem", "ExternalIVR", "EAGI", "MixMonitor", "Originate")


@pytest.fixture
async def ours(asterisk: AsteriskServer) -> AsyncIterator[Link]:
    """A link logged in as the floor is."""
    settings, mailbox = asterisk.settings, Mailbox(high=100_000, low=1_000)
    loop = asyncio.get_running_loop()
    _, link = await loop.create_connection(
        lambda: Link(Node(settings.node), Timing(), mailbox, lambda _: None), settings.ami_host, settings.ami_port
    )
    await link.log_in(settings.ami_user, settings.ami_secret)
    yield link
    link.close("the test is over")
    await link.gone


def test_a_dozen_actions_are_all_that_can_leave_us() -> None:
    assert {type(one) for one in GOOD} == set(get_args(AnyCommand))
    assert {str(action["Action"]) for one in GOOD for action in wire(one)} == SENT


def test_our_login_may_call_and_serve_the_queue_and_no_other_login_exists(asterisk: AsteriskServer) -> None:
    parsed = configparser.ConfigParser(strict=False, allow_no_value=True, delimiters=("=",), interpolation=None)
    parsed.read_string((Path(asterisk.plan.etc) / "manager.conf").read_text(encoding="utf-8"))
    assert parsed.sections() == ["general", asterisk.settings.ami_user]
    mine = parsed[asterisk.settings.ami_user]
    rights = {right for way in ("read", "write") for right in mine[way].split(",")}
    assert not rights & {"command", "config", "dialplan", "agi", "all", "security", "dtmf", "verbose", "log"}
    assert mine["write"] == "call,originate,agent"
    assert (mine["deny"], mine["permit"]) == ("0.0.0.0/0.0.0.0", "127.0.0.1/255.255.255.255")
    assert parsed["general"]["webenabled"] == "no"
    assert parsed["general"]["bindaddr"] == "127.0.0.1"


@pytest.mark.parametrize("action", DENIED, ids=lambda one: one["Action"])
async def test_it_is_refused_to_our_login(ours: Link, action: dict[str, str]) -> None:
    with pytest.raises(SwitchRefused):
        await ours.ask(action)


@pytest.mark.parametrize("application", RUNNING)
async def test_an_originate_runs_no_program(ours: Link, application: str) -> None:
    order = {"Action": "Originate", "Channel": "Local/100@inbound", "Application": application, "Data": "touch evil"}
    with pytest.raises(SwitchRefused):
        await ours.ask({**order, "Async": "true"})
    with pytest.raises(SwitchRefused):
        await ours.ask({"Action": "Setvar", "Variable": f"SHELL(touch evil {application})", "Value": "x"})
