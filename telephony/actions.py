"""Our commands as AMI actions: names and headers (pure). The only module that spells what we send.

Everything that comes from outside passes here before the wire: line breaks and control characters are refused, and
names that Asterisk would give a meaning of its own (`&` in a device, `,` in a variable list) are refused or escaped.
https://docs.asterisk.org/Asterisk_22_Documentation/API_Documentation/AMI_Actions/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from telephony import text
from telephony.commands import (
    AddQueueMember,
    AnyCommand,
    AskSnapshot,
    HangUp,
    MuteRecording,
    Originate,
    PauseQueueMember,
    Redirect,
    RemoveQueueMember,
    SetVariable,
    StopRecording,
)
from telephony.errors import HostileValue
from telephony.events import ORIGINATE_PREFIX

Fields = Mapping[str, str | list[str]]
"""One action: header names and values; a list is a repeated header."""

DEVICE: Final = re.compile(r"[A-Za-z0-9]{1,20}/[A-Za-z0-9_.+@-]{1,80}|Local/[a-z-]{1,40}@[a-z-]{1,40}/n")
"""One device of one technology: no `&`, which would ring several, and no dial string's options.

Of `Local` channels also those that stay between their two sides when both are bridged (`/n`).
"""
WORD: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
"""A context, an extension, a queue."""
VARIABLE: Final = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]{0,79}(\([A-Za-z0-9_,./@-]{0,120}\))?")
"""A channel variable or a function call on plain words, such as `PJSIP_HEADER(add,X-Busbar-Call)`."""
LEG: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
"""A `ChannelId`; Asterisk refuses longer ones and makes file names of some."""


def wire(command: AnyCommand) -> tuple[Fields, ...]:
    """Return the actions that carry out `command`, in order.

    Raises:
        HostileValue: a value could break out of its header or mean something else than itself to Asterisk.

    """
    actions = _spell(command)
    for action in actions:
        check(action)
    return actions


def check(action: Fields) -> None:
    """Refuse control characters in any name or value of `action`.

    Raises:
        HostileValue: there is one.

    """
    for key, value in action.items():
        text.checked(key, "a header's name")
        for one in value if isinstance(value, list) else [value]:
            text.checked(one, key)


def _spell(command: AnyCommand) -> tuple[Fields, ...]:  # noqa: C901 - one line a command
    fields: Fields
    match command:
        case Originate():
            fields = _originate(command)
        case HangUp():
            fields = {"Action": "Hangup", "Channel": _channel(command.channel), "Cause": str(command.cause)}
        case Redirect():
            fields = _redirect(command)
        case SetVariable():
            fields = _set_variable(command)
        case AddQueueMember():
            fields = {"Action": "QueueAdd", **_member(command), "Paused": _flag(command.paused)}
        case PauseQueueMember():
            fields = {"Action": "QueuePause", **_member(command), "Paused": _flag(command.paused)}
        case RemoveQueueMember():
            fields = {"Action": "QueueRemove", **_member(command)}
        case MuteRecording():
            fields = _mute(command)
        case StopRecording():
            fields = {"Action": "StopMixMonitor", "Channel": _channel(command.channel)}
        case AskSnapshot():
            return _snapshot(command)
    return (fields,)


def _originate(command: Originate) -> Fields:
    leg = _fit(LEG, command.leg, "leg")
    codecs = {"Codecs": ",".join(_fit(WORD, codec, "codec") for codec in command.codecs)} if command.codecs else {}
    return {
        "Action": "Originate",
        "ActionID": ORIGINATE_PREFIX + leg,
        "Channel": _fit(DEVICE, command.device, "device"),
        "ChannelId": leg,
        "Context": _fit(WORD, command.context, "context"),
        "Exten": "s",
        "Priority": "1",
        "Timeout": str(command.timeout_ms),
        "CallerID": _caller_id(command.caller_name, command.caller_number),
        "Async": "true",
        "Variable": [
            f"{_fit(VARIABLE, key, 'variable')}={_escaped(value)}" for key, value in command.variables.items()
        ],
        **codecs,
    }


def _redirect(command: Redirect) -> Fields:
    fields = {
        "Action": "Redirect",
        "Channel": _channel(command.channel),
        "Context": _fit(WORD, command.context, "context"),
        "Exten": _fit(WORD, command.exten, "exten"),
        "Priority": "1",
    }
    if command.other is None:
        return fields
    return fields | {
        "ExtraChannel": _channel(command.other),
        "ExtraContext": _fit(WORD, command.other_context, "context"),
        "ExtraExten": "s",
        "ExtraPriority": "1",
    }


def _set_variable(command: SetVariable) -> Fields:
    fields = {
        "Action": "Setvar",
        "Variable": _fit(VARIABLE, command.name, "variable"),
        "Value": command.value,
    }
    return fields if command.channel is None else {**fields, "Channel": _channel(command.channel)}


def _mute(command: MuteRecording) -> Fields:
    state = "1" if command.muted else "0"
    channel = _channel(command.channel)
    return {"Action": "MixMonitorMute", "Channel": channel, "Direction": "both", "State": state}


def _member(command: AddQueueMember | PauseQueueMember | RemoveQueueMember) -> dict[str, str]:
    return {"Queue": _fit(WORD, command.queue, "queue"), "Interface": _fit(DEVICE, command.device, "device")}


def _snapshot(command: AskSnapshot) -> tuple[Fields, ...]:
    """Devices first, so that `SnapshotEnded` is the last thing told."""
    names = [_fit(VARIABLE, name, "variable") for name in command.variables]
    return (
        {"Action": "DeviceStateList"},
        {"Action": "Status", "Variables": ",".join(names), "AllVariables": "false"},
    )


def _fit(pattern: re.Pattern[str], value: str, what: str) -> str:
    if pattern.fullmatch(value):
        return value
    raise HostileValue(f"this is not the name of a {what}")


def _channel(name: str) -> str:
    """Return a channel's name; Asterisk's own names hold `;` and more, but an empty one means "any" to some actions."""
    if not name or name.startswith("/"):  # Hangup takes /…/ for a regular expression over all channels
        raise HostileValue("this is not the name of a channel")
    return name


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _escaped(value: str) -> str:
    r"""Return a variable's value as it survives the comma separated list that Asterisk takes `Variable` for."""
    return re.sub(r'([\\",()\[\]])', r"\\\1", value)


def _caller_id(name: str, number: str) -> str:
    """Caller id as `"Name" <number>`, without the signs that would end either early."""
    tamed_name = re.sub(r'[\\"<>]', "", text.tame(name, text.NAME_LIMIT))
    tamed_number = re.sub(r"[^0-9A-Za-z+*#._@-]", "", number)[: text.NUMBER_LIMIT]
    return f'"{tamed_name}" <{tamed_number}>'
