r"""How Asterisk lays an event out on the wire: patterns that find in one look all that typing it takes (pure).

Most events stand in one fixed order of lines. One pattern finds what is needed of them in 0.5 µs, where `Headers.get`
takes 0.25 a header and `text.tame` 0.1 a value. So the patterns of `_PLAIN` values match only what `tame` would leave
as it is, and whatever a pattern does not match is read header by header, with the same outcome (test_events.py compares
the two).
"""

from __future__ import annotations

import re
from typing import Final

_HEAD: Final = r"\A(?:(?:Event|Privilege|Timestamp|SystemName|ActionID): .*+\n)*+"
"""Nothing else may stand before the lines that count: of a repeated header the first is the one that Asterisk wrote."""
_PLAIN: Final = r"([!-~]{1,400})"
"""A value of printable ASCII without blanks."""
_REAL: Final = rf"(?![<(]){_PLAIN}"
"""And not one of Asterisk's spellings of nothing, `<null>` or `(null)`."""
_END: Final = r"(?:\r\n|\Z)"


def _skipped(names: str) -> str:
    return "".join(rf"{name}: .*+\n" for name in names.split())


_CHANNEL: Final = (
    rf"Channel: {_PLAIN}\r\nChannelState: ([0-9]+)\r\n"
    + _skipped("ChannelStateDesc CallerIDNum CallerIDName ConnectedLineNum ConnectedLineName")
    + _skipped("Language AccountCode Context Exten Priority")
    + rf"Uniqueid: {_REAL}\r\nLinkedid: {_REAL}{_END}"
)
"""A channel (main/manager_channels.c): always these lines in this order."""

LEG: Final = re.compile(_HEAD + _CHANNEL)
"""`Newstate`, `Hold`, `Unhold`, `UserEvent`: channel, its state, Uniqueid, Linkedid."""
ENDED: Final = re.compile(rf"{_HEAD}{_CHANNEL}Cause: ([0-9]{{1,9}})\r\nCause-txt: .*+(?:\nTechCause: {_PLAIN})?\Z")
"""`Hangup`: those, the cause, and the signalling's own or None."""
BRIDGED: Final = re.compile(
    rf"{_HEAD}BridgeUniqueid: {_PLAIN}\r\n"
    + _skipped("BridgeType BridgeTechnology BridgeCreator BridgeName")
    + r"BridgeNumChannels: ([0-9]{1,9})\r\n"
    + _skipped("BridgeVideoSourceMode")
    + _CHANNEL
)
"""`BridgeEnter`, `BridgeLeave`: the bridge, its number of channels, and what `LEG` finds."""
CALLER: Final = re.compile(
    rf"{_HEAD}Channel: (.*)\r\nChannelState: (.*)\r\nChannelStateDesc: .*\r\n"
    r"CallerIDNum: (.*)\r\nCallerIDName: (.*)\r\nConnectedLineNum: .*\r\nConnectedLineName: .*\r\n"
    r"Language: .*\r\nAccountCode: .*\r\nContext: (.*)\r\nExten: (.*)\r\nPriority: .*\r\n"
    rf"Uniqueid: (.*)\r\nLinkedid: (.*){_END}"
)
"""`Newchannel`, `Status`: the values of `CALLER_HEADERS`, whatever they are."""
CALLER_HEADERS: Final = (
    "Channel", "ChannelState", "CallerIDNum", "CallerIDName", "Context", "Exten", "Uniqueid", "Linkedid"
)  # fmt: skip
DEVICE: Final = re.compile(rf"{_HEAD}Device: {_PLAIN}\r\nState: ([A-Z_]+){_END}")
"""`DeviceStateChange`: device and state."""
# fmt: off
CHANNEL_HEADERS: Final = frozenset((
    "Event", "Privilege", "Timestamp", "SystemName", "Channel", "ChannelState", "ChannelStateDesc",
    "CallerIDNum", "CallerIDName", "ConnectedLineNum", "ConnectedLineName",
    "AccountCode", "Context", "Exten", "Priority", "Uniqueid", "Linkedid", "UserEvent", "ActionID",
    "ChanVariable",
))
# fmt: on
"""Headers Asterisk itself writes into a UserEvent; the others are the mark's own fields."""
