"""`busbar bench recording`: what recording costs Asterisk, talks with and without it in one run (shell).

An Asterisk of the bench's own, with the house's dialplan: callers behind a trunk, operators' telephones that are joined
to them by `connect`, exactly as the floor joins them. Rounds with and without a rule take turns, so that a machine that
has other work meanwhile troubles both alike. Only Asterisk's own processor time is counted. No house need run.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from crm_core.lines import sip_password
from crm_core.settings import Settings
from crm_core.trunks import Trunk
from deploy import pbx, ports
from deploy.bench.ivr_plain import busy
from deploy.bench.ringing import own_settings
from deploy.bench.town import Behaviour, Town
from deploy.figures import Figure, at_least
from telephony.ami import AmiConfig, AmiSwitch
from telephony.commands import HangUp, Originate
from telephony.events import BridgeJoined, ChannelName, LegCreated, LegEnded, LegId, LinkUp, Node

ROUNDS = (False, True, False, True)
"""Whether the talks of a round are recorded."""
SOON_SECONDS = 60.0
"""What comes up, or ends, does so within it."""
SETTLE_SECONDS = 1.0
RULE = "1"
NODE = Node("bench")
CALLERS = """
[bench-caller]
exten => s,1,Set(SHARED(BUSBAR_OFFER)=${BUSBAR_OFFER})
 same => n,Set(SHARED(BUSBAR_RECORD)=${FILTER(0-9,${BUSBAR_RECORD})})
 same => n,Wait(3600)
"""


class RecordingFailed(RuntimeError):
    """Something did not come up, or talks did not begin or end; the message says which."""


@dataclass
class Channels:
    """What the switch says of the bench's legs."""

    names: dict[LegId, ChannelName] = field(default_factory=dict)
    bridged: set[LegId] = field(default_factory=set)
    linked: bool = False

    async def follow(self, switch: AmiSwitch) -> None:
        """Take in events for ever."""
        async for event in switch.events():
            match event:
                case LinkUp():
                    self.linked = True
                case LegCreated(leg=leg, channel=channel):
                    self.names[leg] = channel
                case BridgeJoined(leg=leg):
                    self.bridged.add(leg)
                case LegEnded(leg=leg):
                    self.names.pop(leg, None)
                    self.bridged.discard(leg)
                case _:
                    pass


@dataclass(frozen=True, slots=True)
class _Bench:
    switch: AmiSwitch
    channels: Channels
    pid: int
    trunk: Trunk
    devices: tuple[str, ...]
    spool: Path


def run(settings: Settings, talks: int = 30, seconds: int = 20) -> list[Figure]:
    """Measure.

    Args:
        settings: of this checkout; only its folder of unpacked parts is used.
        talks: at once.
        seconds: that each of the four rounds is measured.

    Raises:
        RecordingFailed: something did not come up, or talks did not begin or end.

    """
    return asyncio.run(_run(settings, talks, seconds))


async def _run(settings: Settings, talks: int, seconds: int) -> list[Figure]:
    spent: dict[bool, list[float]] = {False: [], True: []}
    async with _bench(settings, talks) as bench:
        for number, recorded in enumerate(ROUNDS):
            spent[recorded].append(await _round(bench, number, seconds, recorded=recorded))
        files = [one.stat().st_size for one in bench.spool.iterdir()]
    alone, with_it = (sum(spent[one]) / len(spent[one]) for one in (False, True))
    each = 1000 / (talks * seconds)
    return [
        Figure(name="talks at once", value=talks, unit="talks"),
        Figure(name="Asterisk without recording", value=100 * alone / seconds, unit="% of a core"),
        Figure(name="Asterisk with recording", value=100 * with_it / seconds, unit="% of a core"),
        Figure(name="a talk without", value=each * alone, unit="ms of a core a second"),
        Figure(name="a talk with", value=each * with_it, unit="ms of a core a second"),
        Figure(name="recording, a talk", value=each * (with_it - alone), unit="ms of a core a second"),
        at_least("recordings that hold the whole round", sum(_whole(files, seconds)), "files", 2 * talks),
    ]


def _whole(sizes: Iterable[int], seconds: int) -> list[bool]:
    """Return of each raw file whether it is as long as a round: two legs of 16-bit samples, 8,000 a second."""
    return [size / (2 * 2 * 8_000) >= seconds for size in sizes]


async def _round(bench: _Bench, number: int, seconds: int, *, recorded: bool) -> float:
    """Return the processor seconds of Asterisk while everybody talks."""
    callers = [LegId(f"bench-{number}-{place}") for place in range(len(bench.devices))]
    for place, leg in enumerate(callers):
        await bench.switch.obey(_caller(bench, place, leg, recorded=recorded))
    await _until(lambda: all(leg in bench.channels.names for leg in callers), "callers answer")
    operators = [LegId(f"offer-{number}-{place}") for place in range(len(bench.devices))]
    for leg, caller, device in zip(operators, callers, bench.devices, strict=True):
        await bench.switch.obey(_operator(bench, leg, caller, device))
    await _until(lambda: bench.channels.bridged.issuperset([*operators, *callers]), "all talk")
    await asyncio.sleep(SETTLE_SECONDS)
    began, before = time.monotonic(), busy(bench.pid)
    await asyncio.sleep(seconds)
    spent = (busy(bench.pid) - before) * seconds / (time.monotonic() - began)
    for leg in callers:
        await bench.switch.obey(HangUp(node=NODE, channel=bench.channels.names[leg]))
    await _until(lambda: not bench.channels.names, "all talks end")
    return spent


def _caller(bench: _Bench, place: int, leg: LegId, *, recorded: bool) -> Originate:
    return Originate(
        node=NODE, leg=leg, device=f"PJSIP/{_number(place)}@{bench.trunk.endpoint}", context="bench-caller",
        timeout_ms=10_000, caller_number=bench.trunk.number, caller_name="",
        variables={"BUSBAR_OFFER": f"offer-{leg}", "BUSBAR_RECORD": RULE if recorded else ""},
    )  # fmt: skip


def _operator(bench: _Bench, leg: LegId, caller: LegId, device: str) -> Originate:
    return Originate(
        node=NODE, leg=leg, device=device, context="connect", timeout_ms=10_000, caller_number="", caller_name="",
        variables={
            "BUSBAR_CALL": caller, "BUSBAR_CALLER": bench.channels.names[caller], "BUSBAR_OFFER": f"offer-{caller}",
        },
    )  # fmt: skip


def _number(place: int) -> str:
    return f"+7916555{place:04}"


@asynccontextmanager
async def _bench(settings: Settings, talks: int) -> AsyncIterator[_Bench]:
    """Run an Asterisk, and everybody's telephones."""
    trunk = Trunk(
        name="city", host="127.0.0.1", port=ports.free_port(udp=True), number="+74951110000", lines=200, reserved=0,
        direction="out", codecs=("ulaw",),
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="bb-", dir="/tmp", ignore_cleanup_errors=True) as name:
        mine = own_settings(settings, Path(name), lines=talks)
        plan = pbx.Pbx(mine, pbx.find())
        plan.initialise()
        known = plan.of_settings()
        plan.write_lines(type(known)(telephones=known.telephones, trunks=(trunk,)))
        dialplan = plan.etc / "extensions.conf"
        dialplan.write_text(dialplan.read_text("utf-8") + CALLERS, encoding="utf-8")
        with (Path(name) / "asterisk.log").open("wb") as log:
            process = subprocess.Popen(plan.argv(), stdout=log, stderr=log, cwd="/", env=os.environ)  # noqa: ASYNC220 - our own command
        try:
            await _until(plan.is_ready, "Asterisk starts")
            async with _people(mine, plan, trunk, talks) as devices, _switch(mine) as (switch, channels):
                spool = plan.folder / "spool" / "calls"
                yield _Bench(switch, channels, process.pid, trunk, devices, spool)
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, 10)


@asynccontextmanager
async def _people(mine: Settings, plan: pbx.Pbx, trunk: Trunk, talks: int) -> AsyncIterator[tuple[str, ...]]:
    """Let callers and operators have telephones; yields the operators' devices."""
    async with Town((mine.sip_host, mine.sip_port), port=trunk.port) as town:
        extensions = [str(mine.first_extension + place) for place in range(talks)]
        for place, extension in enumerate(extensions):
            await town.register(f"desk{extension}", sip_password(mine.sip_secret, extension))
            for who in (f"desk{extension}", _number(place)):
                town.behave(who, Behaviour.HUMAN, rings=0.0, stays=3600.0)
        await plan.ask(f"pjsip qualify {trunk.endpoint}")

        async def there() -> bool:
            return " Avail " in await plan.ask(f"pjsip show aor {trunk.endpoint}")

        await _until(there, "the trunk is there")
        yield tuple(f"PJSIP/desk{extension}" for extension in extensions)


@asynccontextmanager
async def _switch(mine: Settings) -> AsyncIterator[tuple[AmiSwitch, Channels]]:
    channels = Channels()
    async with AmiSwitch([AmiConfig(NODE, mine.ami_host, mine.ami_port, mine.ami_user, mine.ami_secret)]) as switch:
        following = asyncio.create_task(channels.follow(switch))
        await _until(lambda: channels.linked, "the link to Asterisk")
        try:
            yield switch, channels
        finally:
            following.cancel()


async def _until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition, which may be a coroutine function."""
    until = time.monotonic() + SOON_SECONDS
    while True:
        answer = condition()
        if await answer if inspect.isawaitable(answer) else answer:
            return
        if time.monotonic() > until:
            raise RecordingFailed(f"not within {SOON_SECONDS:g} s: {what}")
        await asyncio.sleep(0.05)
