"""The legs of a self-check's call, one after the other, each timed (shell).

Times are this machine's clock: the caller, the observer at AMI and the browser all run on it.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from crm_core.card import Candidate
from crm_core.settings import Settings
from deploy.figures import Figure, at_least, at_most
from deploy.witness import Witness
from telephony import g711
from telephony.ami import AmiConfig, AmiSwitch
from telephony.events import BridgeJoined, CallEvent, CallMarked, LegCreated, LegRinging, LinkUp, Mark
from telephony.phone import Phone, PhoneCall
from telephony.rtp import AUDIBLE

POP_MS: Final = 400.0
"""Doherty's threshold (PERFORMANCE section 1): from the ringing event to the painted card."""
ECHO_SECONDS: Final = 0.06
"""After a key, so long what arrives may still be the prompt that the key cut short."""
QUIETEST: Final = 0.001
"""Least level the browser must hear, of full scale: a still line is a hundred times below."""
SPEECH_SECONDS: Final = 8.0
STEP: Final = 0.005
DISPOSITION: Final = "INFO"
NOTE: Final = "Self-check of the line: a machine called, nobody spoke."


class LegFailed(RuntimeError):
    """A leg did not happen; the message says which and what happened instead."""


class Legs:
    """What was measured so far."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.last = "the start"

    def took(self, name: str, seconds: float, limit_ms: float | None = None) -> None:
        """Note how long a leg took, in milliseconds, with its bar if it has one."""
        self.last = name
        value = round(seconds * 1000, 1)
        if limit_ms is None:
            self.figures.append(Figure(name=name, value=value, unit="ms"))
        else:
            self.figures.append(at_most(name, value, "ms", limit_ms))

    def level(self, name: str, value: float, unit: str, least: float) -> None:
        """Note how loud something was, and that it had to be no silence."""
        self.last = name
        self.figures.append(at_least(name, round(value, 4), unit, least))

    def succeeded(self) -> None:
        """Note that all of it happened."""
        self.figures.append(at_least("whole call", 1, "call", 1))

    def failed(self) -> None:
        """Note that not all of it happened."""
        self.figures.append(at_least("whole call", 0, "call", 1))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls whom, and with what telephone."""

    settings: Settings
    phone: Phone
    number: str
    account: Candidate


@dataclass(slots=True)
class Observer:
    """What Asterisk said of our call, and when."""

    number: str
    device: str
    """Start of the channel names of the operator's telephone."""
    linked: float = 0.0
    call_id: str = ""
    waiting: float = 0.0
    path: str = ""
    """Steps taken in the menu, as the dialplan tells them."""
    account: str = ""
    ringing: float = 0.0
    bridged: float = 0.0
    ivr_failed: str = ""
    _legs: set[str] = field(default_factory=set)

    def take(self, event: CallEvent, now: float) -> None:
        """Take one event in."""
        match event:
            case LinkUp():
                self.linked = now
            case LegCreated(number=self.number) if not self.call_id:
                self.call_id = event.leg
            case CallMarked(mark=Mark.WAITING) if event.leg == self.call_id and not self.waiting:
                self.waiting, self.account = now, event.fields.get("Account", "")
                self.path = event.fields.get("Path", "")
            case CallMarked(mark=Mark.IVR_FAILED) if event.leg == self.call_id:
                self.ivr_failed = event.fields.get("Status", "") or "no reason given"
            case LegRinging() if event.channel.startswith(self.device):
                self.ringing = self.ringing or now
            case BridgeJoined() if event.channel.startswith(self.device):
                self.bridged = self.bridged or now


@asynccontextmanager
async def observing(settings: Settings, number: str, extension: str) -> AsyncIterator[Observer]:
    """Listen to every node's AMI beside the floor."""
    observer = Observer(number, f"PJSIP/op{extension}-")
    nodes = [AmiConfig(node.node, node.host, node.port, node.user, node.secret) for node in settings.nodes]

    async def listen(switch: AmiSwitch) -> None:
        async for event in switch.events():
            observer.take(event, time.time())

    async with AmiSwitch(nodes) as switch:
        task = asyncio.create_task(listen(switch))
        try:
            await _until(lambda: observer.linked, 10, "Asterisk does not let the self-check listen")
            yield observer
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _until(condition: Callable[[], float | bool | str], seconds: float, otherwise: str) -> float:
    """Wait for a condition; return the moment it held.

    Raises:
        LegFailed: it did not within `seconds`; the message is `otherwise`.

    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LegFailed(f"{otherwise} (waited {seconds:g} s)")
        await asyncio.sleep(STEP)
    return time.time()


async def make(legs: Legs, caller: Caller, page: Witness, extension: str) -> None:
    """Make the whole call.

    Raises:
        LegFailed: something did not happen.

    """
    async with observing(caller.settings, caller.number, extension) as observer:
        await page.go_ready()
        dialled = time.time()
        call = caller.phone.dial(caller.settings.master_extension, caller=caller.number, name="Self-check")
        try:
            await _menu(legs, caller, call, observer, dialled)
            await _rings(legs, caller, observer, page)
            await _talk(legs, observer, call, page)
        finally:
            call.hang_up()
        await _write_up(legs, caller, observer, page)


async def _menu(legs: Legs, caller: Caller, call: PhoneCall, observer: Observer, dialled: float) -> None:
    """Be answered, choose a language, prove the account, hear the balance, ask for an operator."""
    answered = await _until(lambda: call.is_up or call.is_over, 15, "nobody answered the call")
    if not call.is_up:
        raise LegFailed(f"the call was refused: {call.ending}, status {call.status}")
    legs.took("dial -> answer", answered - dialled)
    first = await _hears(call, observer, "the first prompt")
    legs.took("answer -> first prompt heard", first - answered)
    proof = caller.account.account_number[-4:]
    for keys in (["1"] if len(caller.settings.languages) > 1 else []) + ["1", proof]:
        pressed = await _press(call, keys)
        heard = await _hears(call, observer, f"what follows {len(keys)} keyed digits")
    legs.took("last digit -> recognised, balance heard", heard - pressed)
    await _press(call, "0")


async def _press(call: PhoneCall, keys: str) -> float:
    """Press keys as people do, not at once; return when the last was let go."""
    await asyncio.sleep(0.5)
    call.press(keys)
    return await _until(lambda: not call.is_speaking, 10, "the keys could not be pressed")


async def _hears(call: PhoneCall, observer: Observer, what: str) -> float:
    """Wait for sound of the menu after whatever the last key cut short; music of the queue is none."""
    await asyncio.sleep(ECHO_SECONDS)
    before = call.heard.audible
    heard = await _until(lambda: call.heard.audible > before + 2, 15, f"the caller did not hear {what}")
    _menu_lives(observer)
    return heard


def _menu_lives(observer: Observer) -> None:
    if observer.ivr_failed:
        raise LegFailed(f"the menu failed and Asterisk passed the caller on: {observer.ivr_failed}")


async def _rings(legs: Legs, caller: Caller, observer: Observer, page: Witness) -> None:
    """Wait in the queue until the desk rings with the caller's card."""
    await _until(lambda: observer.waiting, 20, "the caller did not get into the queue")
    _menu_lives(observer)
    if observer.account != str(caller.account.account_id):
        raise LegFailed(f"the menu recognised account {observer.account or 'none'}, not {caller.account.account_id}")
    if "balance=told" not in observer.path:
        raise LegFailed(f"the menu did not take the keys as they were pressed: {observer.path}")
    ringing = await page.saw("ringing", 15)
    card = await page.saw("card", 10)
    await _until(lambda: observer.ringing, 5, "Asterisk did not tell that the desk rings")
    shown = await page.attribute("#card", "data-account-id")
    if shown != observer.account:
        raise LegFailed(f"the desk shows account {shown or 'none'}, not {observer.account}")
    if await page.attribute("#call", "data-call-id") != observer.call_id:
        raise LegFailed("the desk rings for another caller: run it when nobody else calls")
    legs.took("waiting -> desk rings", ringing - observer.waiting)
    legs.took("waiting -> card painted", card - observer.waiting)
    legs.took("ringing event -> card painted", card - observer.ringing, POP_MS)


async def _talk(legs: Legs, observer: Observer, call: PhoneCall, page: Witness) -> None:
    """Answer, and measure that both hear each other."""
    call.say(g711.tone(440, SPEECH_SECONDS))
    answered = time.time()
    await page.answer()
    await page.saw("talking", 10)
    await _until(lambda: observer.bridged, 5, "Asterisk did not join caller and operator")
    before = call.heard.audible
    caller_hears = await _until(lambda: call.heard.audible > before + 2, 10, "the caller does not hear the operator")
    first = await page.sound()
    started = time.monotonic()
    while (now := await page.sound()).received_energy <= first.received_energy or now.sent_packets == 0:
        if time.monotonic() - started > 10:
            raise LegFailed("the operator does not hear the caller")
        await asyncio.sleep(STEP)
    legs.took("answer -> sound both ways", max(caller_hears, time.time()) - answered)
    begin, since = await page.sound(), time.monotonic()
    await asyncio.sleep(1.5)
    end, seconds = await page.sound(), time.monotonic() - since
    energy = max(0.0, end.received_energy - begin.received_energy)
    legs.level("operator hears, RMS of full scale", math.sqrt(energy / seconds), "", QUIETEST)
    levels = list(call.heard.levels)
    loudness = math.sqrt(sum(level * level for level in levels) / max(1, len(levels)))
    legs.level("caller hears, RMS of the last second", loudness, "of 32,768", AUDIBLE / 2)


async def _write_up(legs: Legs, caller: Caller, observer: Observer, page: Witness) -> None:
    """Close the contact and find it in the account's timeline."""
    parted = time.time()
    await page.wrapping_up()
    legs.took("hang-up -> write-up", time.time() - parted)
    begun = time.time()
    await page.write_up(DISPOSITION, NOTE)
    if not await page.in_timeline(caller.account.account_id, observer.call_id):
        raise LegFailed("the contact does not appear in the timeline")
    legs.took("write-up -> timeline", time.time() - begun)
