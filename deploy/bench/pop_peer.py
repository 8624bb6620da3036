"""A fake AMI peer for `bench pop`: answers the floor's actions, makes noise, and raises callers on command (shell).

It speaks the events of a recorded Asterisk 22: same names, same headers, same order. One process of its own, so that
what is measured is not slowed by what measures.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import cast

import uvloop

GREETING = b"Asterisk Call Manager/12.0.0\r\n"
TICK_SECONDS = 0.01
RING_SECONDS = 0.0013
"""From a telephone's channel to its ringing: the quickest of the recorded operators' telephones behind SIP (1.27 to
23 ms, `tests/recordings/predictive_connect.ami.gz`); those in a browser took 26 and 115 ms (`webrtc_operator.ami.gz`).
"""
OFFER = "SHARED(BUSBAR_OFFER)"
"""What the floor writes on the caller's channel before it rings a telephone: that telephone's leg."""
RINGS = "rings "
"""What is told when a telephone rings: this and the call's id."""
MIX = (
    ("Newexten", 8),
    ("VarSet", 8),
    ("Newstate", 3),
    ("DeviceStateChange", 3),
    ("QueueMemberStatus", 3),
    ("Newchannel", 2),
    ("BridgeEnter", 2),
    ("BridgeLeave", 2),
    ("Hangup", 2),
    ("DialBegin", 2),
    ("DialEnd", 2),
    ("Cdr", 1),
    ("RTCPSent", 7),
)
"""Events of one call of the noise, 45 as an inbound queue call has them; none of them concerns our operators."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the peer is to play."""

    port: int
    extensions: tuple[str, ...]
    noise: int
    """Events a second."""


def event(name: str, **headers: str) -> bytes:
    """Spell one event."""
    lines = [f"Event: {name}", "Privilege: call,all", "SystemName: bench"]
    return "\r\n".join([*lines, *(f"{key}: {value}" for key, value in headers.items())]).encode() + b"\r\n\r\n"


def channel(name: str, unique: str, *, state: str = "4", context: str = "inbound", linked: str = "") -> dict[str, str]:
    """Return the headers every channel event carries."""
    return {
        "Channel": name,
        "ChannelState": state,
        "ChannelStateDesc": {"0": "Down", "4": "Ring", "5": "Ringing", "6": "Up"}[state],
        "CallerIDNum": "+79120000000",
        "CallerIDName": "Bench",
        "ConnectedLineNum": "<unknown>",
        "ConnectedLineName": "<unknown>",
        "Language": "en",
        "AccountCode": "",
        "Context": context,
        "Exten": "100",
        "Priority": "1",
        "Uniqueid": unique,
        "Linkedid": linked or unique,
    }


def _bridged(bridge: str, name: str, unique: str, members: int) -> dict[str, str]:
    """Return the headers of a leg that enters or leaves a bridge."""
    return {
        "BridgeUniqueid": f"bridge-{bridge}",
        "BridgeType": "basic",
        "BridgeTechnology": "simple_bridge",
        "BridgeCreator": "<unknown>",
        "BridgeName": "<unknown>",
        "BridgeNumChannels": str(members),
        "BridgeVideoSourceMode": "none",
        **channel(name, unique, state="6", context="connect", linked=bridge),
    }


def noise() -> Iterator[bytes]:
    """Yield events of other people's calls for ever."""
    for number in itertools.count():
        name, unique = f"PJSIP/noise-{number % 4096:08x}", f"noise-{number}.{number}"
        headers = channel(name, unique, context="elsewhere")
        more = {
            "DeviceStateChange": {"Device": f"PJSIP/noise{number % 64}", "State": "INUSE"},
            "VarSet": {**headers, "Variable": "NOISE", "Value": "some words that nobody needs to read"},
            "Hangup": {**headers, "Cause": "16", "Cause-txt": "Normal Clearing"},
        }
        for kind, count in MIX:
            one = event(kind, **more.get(kind, headers))
            for _ in range(count):
                yield one


class Peer(asyncio.Protocol):
    """One connection of the floor."""

    def __init__(self, plan: Plan, told: Connection) -> None:
        self._plan = plan
        self._told = told
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._legs: dict[str, str] = {}
        self._callers: dict[str, str] = {}
        """Calls by the leg that they were offered to."""
        self._ringing: dict[str, tuple[str, str]] = {}
        """Telephones that ring, their channels and legs, by call."""
        self._talking: dict[str, tuple[str, str]] = {}
        self._booted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._write(GREETING)

    def data_received(self, data: bytes) -> None:
        """Answer every action."""
        *actions, self._buffer = (self._buffer + data).split(b"\r\n\r\n")
        for action in actions:
            lines = [line.split(": ", 1) for line in action.decode().split("\r\n") if ": " in line]
            self._answer({line[0]: line[1] for line in lines})

    def arrive(self, call_id: str, account: int) -> None:
        """Let a caller come to the menu; an account other than 0 is recognised there at once."""
        headers = channel(f"PJSIP/trunk-{call_id}", call_id, state="6")
        self._write(event("Newchannel", **headers))
        self._write(event("UserEvent", **headers, UserEvent="BusbarArrived", Dialled="100"))
        if account:
            fields = {"Account": str(account), "Path": "identify=1"}
            self._write(event("UserEvent", **headers, UserEvent="BusbarRecognised", **fields))

    def wait(self, call_id: str, account: int) -> None:
        """Let the caller go on to the queue; says when the bytes were written."""
        headers = channel(f"PJSIP/trunk-{call_id}", call_id, state="6")
        mark = event("UserEvent", **headers, UserEvent="BusbarWaiting", Account=str(account), Queue="main")
        at = time.monotonic_ns()
        self._write(mark)
        self._told.send((call_id, at))

    def answer(self, call_id: str) -> None:
        """Let the operator's telephone be answered: both legs are in one bridge; one that rings no more is not."""
        if call_id not in self._ringing:
            return
        name, leg = self._talking[call_id] = self._ringing.pop(call_id)
        del self._legs[name]
        self._write(event("Newstate", **channel(name, leg, state="6", context="connect")))
        self._write(event("OriginateResponse", Response="Success", Uniqueid=leg, Reason="4", Channel=name))
        self._write(event("BridgeEnter", **_bridged(call_id, f"PJSIP/trunk-{call_id}", call_id, 1)))
        self._write(event("BridgeEnter", **_bridged(call_id, name, leg, 2)))

    def hang_up(self, call_id: str) -> None:
        """Let the caller give up, or end the talk."""
        self._ringing.pop(call_id, None)
        if call_id in self._talking:
            name, leg = self._talking.pop(call_id)
            self._write(event("BridgeLeave", **_bridged(call_id, f"PJSIP/trunk-{call_id}", call_id, 1)))
            self._write(event("BridgeLeave", **_bridged(call_id, name, leg, 0)))
            self._write(event("Hangup", **channel(name, leg, state="6", context="connect", linked=call_id), Cause="16"))
        self._write(event("Hangup", **channel(f"PJSIP/trunk-{call_id}", call_id, state="6"), Cause="16"))

    async def make_noise(self) -> None:
        """Write so many events a second, evenly."""
        source, owed = noise(), 0.0
        before = time.monotonic()
        while self._plan.noise and self._transport is not None and not self._transport.is_closing():
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            owed, before = owed + (now - before) * self._plan.noise, now
            count = int(owed)
            owed -= count
            self._write(b"".join(itertools.islice(source, count)))

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _answer(self, action: dict[str, str]) -> None:
        reply = "Response: Success\r\n"
        if "ActionID" in action:
            reply += f"ActionID: {action['ActionID']}\r\n"
        self._write(reply.encode() + b"Message: done\r\n\r\n")
        match action.get("Action"):
            case "Login":
                self._write(event("FullyBooted", Status="Fully Booted"))
            case "DeviceStateList":
                for extension in self._plan.extensions:
                    self._write(event("DeviceStateChange", Device=f"PJSIP/op{extension}", State="NOT_INUSE"))
            case "Status":
                self._write(event("StatusComplete", Items="0"))
                if not self._booted:
                    self._booted = True
                    self._told.send(("booted", 0))
            case "Setvar" if action.get("Variable") == OFFER:
                self._callers[action["Value"]] = action["Channel"].removeprefix("PJSIP/trunk-")
            case "Originate":
                self._dial(action)
            case "Hangup":
                self._end(action["Channel"])
            case _:
                pass

    def _dial(self, action: dict[str, str]) -> None:
        leg, name = action["ChannelId"], f"{action['Channel']}-{action['ChannelId'][-8:]}"
        self._legs[name] = leg
        self._write(event("Newchannel", **channel(name, leg, state="0", context="connect")))
        asyncio.get_running_loop().call_later(RING_SECONDS, self._ring, name, leg)

    def _ring(self, name: str, leg: str) -> None:
        ringing = event("Newstate", **channel(name, leg, state="5", context="connect"))
        at = time.monotonic_ns()
        self._write(ringing)
        call_id = self._callers.pop(leg, "")
        self._ringing[call_id] = (name, leg)
        self._told.send((f"{RINGS}{call_id}", at))

    def _end(self, name: str) -> None:
        leg = self._legs.pop(name, None)
        if leg is not None:
            self._write(event("Hangup", **channel(name, leg, state="5", context="connect"), Cause="26"))
            self._write(event("OriginateResponse", Response="Failure", Uniqueid=leg, Reason="0", Channel=name))


def main(plan: Plan, orders: Connection, told: Connection) -> None:
    """Play until told to stop; orders are `(what, call id, account)`, and None for the end."""
    uvloop.run(_play(plan, orders, told))


async def _play(plan: Plan, orders: Connection, told: Connection) -> None:
    loop = asyncio.get_running_loop()
    peers: list[Peer] = []
    stop = asyncio.Event()

    def made() -> Peer:
        peers.append(Peer(plan, told))
        return peers[-1]

    def obey() -> None:
        order = orders.recv()
        if order is None:
            stop.set()
            return
        what, call_id, account = order
        match what:
            case "noise":
                work.append(loop.create_task(peers[-1].make_noise()))
            case "arrive":
                peers[-1].arrive(call_id, account)
            case "wait":
                peers[-1].wait(call_id, account)
            case "answer":
                peers[-1].answer(call_id)
            case "hang up":
                peers[-1].hang_up(call_id)
            case _:
                raise AssertionError(what)

    work: list[asyncio.Task[None]] = []
    server = await loop.create_server(made, "127.0.0.1", plan.port)
    loop.add_reader(orders.fileno(), obey)
    told.send(("listening", 0))
    await stop.wait()
    loop.remove_reader(orders.fileno())
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    server.close()
