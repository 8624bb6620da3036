"""Real subscribers calling: SIP phones that dial the house's number and behave as people do (shell).

`run(settings, "3")` makes three call at once and waits for them; "stream" lets them come one by one in the foreground;
"off" makes every stream hang up and rest, also after a restart, until "on".
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from crm_core import db
from crm_core.settings import Settings
from crm_core.store import subscribers
from deploy import callers, processes
from deploy.callers import Doing, Plan, Step
from telephony import g711
from telephony.phone import Phone, PhoneCall

MOST_AT_ONCE: Final = 200
STREAM_AT_ONCE: Final = 3
ANSWER_SECONDS: Final = 20.0
LONGEST: Final = 300.0
NUMBERS: Final = 200


class Caller:
    """One subscriber's call, from dialling to the end; prints one line."""

    def __init__(self, phone: Phone, settings: Settings, plan: Plan, number: str, stop: threading.Event) -> None:
        self._phone = phone
        self._settings = settings
        self._plan = plan
        self._number = number
        self._stop = stop

    def call(self) -> bool:
        """Live through the call; False when nobody answered."""
        began = time.monotonic()
        call = self._phone.dial(self._settings.master_extension, caller=self._number)
        answered = call.wait_answered(ANSWER_SECONDS)
        if answered:
            self._behave(call)
        call.hang_up()
        call.wait_over(2)
        self._say(call, answered, time.monotonic() - began)
        return answered

    def _behave(self, call: PhoneCall) -> None:
        until = time.monotonic() + LONGEST
        for step in self._plan.steps:
            due = min(time.monotonic() + step.after, until)
            while time.monotonic() < due and not self._stop.is_set():
                if call.wait_over(min(0.5, max(0.0, due - time.monotonic()))):
                    return
            if self._stop.is_set() or call.is_over:
                return
            self._do(call, step)

    def _do(self, call: PhoneCall, step: Step) -> None:
        match step.doing:
            case Doing.PRESS:
                call.press(step.what)
            case Doing.TALK:
                call.say(speech(self._settings, step.what))
            case Doing.HANG_UP:
                call.hang_up()

    def _say(self, call: PhoneCall, answered: bool, seconds: float) -> None:
        heard = call.heard
        sound = f"{heard.audible / max(1, heard.packets):.0%} sound" if answered else f"status {call.status or '-'}"
        print(f"{self._number:<16} {self._plan.name:<22} {call.ending:<12} {seconds:5.1f} s  {sound}", flush=True)


def speech(settings: Settings, sentence: str) -> bytes:
    """Return a sentence as telephone audio: synthesised once and kept, a tone where there is no synthesiser."""
    name = hashlib.sha256(sentence.encode()).hexdigest()[:32]
    kept = settings.speech_dir / "callers" / f"{name}.ulaw"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_name(f"{name}.{os.getpid()}.{threading.get_ident()}.part")
        fresh.write_bytes(_synthesised(settings, sentence))
        fresh.replace(kept)
    return kept.read_bytes()


def _synthesised(settings: Settings, sentence: str) -> bytes:
    command = [*shlex.split(settings.espeak), "-v", "en", "-s", "150", "--stdout", "--", sentence]
    try:
        spoken = subprocess.run(command, capture_output=True, timeout=20, check=True).stdout
        return g711.from_wave(spoken)
    except (OSError, subprocess.SubprocessError, ValueError):
        return b"".join(g711.tone(hertz, 0.3) for hertz in (330, 262, 392, 294) * 3)


async def _numbers(settings: Settings) -> list[str]:
    engine = db.engine(settings)
    try:
        async with db.reading(engine) as connection:
            return await subscribers.sample_numbers(connection, NUMBERS)
    finally:
        await engine.dispose()


class Street:
    """Everybody who calls: one phone, numbers of the base, and chance."""

    def __init__(self, settings: Settings, phone: Phone, stop: threading.Event) -> None:
        self._settings = settings
        self._phone = phone
        self._stop = stop
        self._chance = random.Random()  # noqa: S311 - no secret, only variety
        self._numbers = asyncio.run(_numbers(settings))

    def somebody(self) -> Caller:
        """Return the next caller."""
        plan = callers.draw(self._chance)
        known = plan.known and self._numbers
        number = self._chance.choice(self._numbers) if known else callers.made_up(self._chance)
        return Caller(self._phone, self._settings, plan, number, self._stop)


def run(settings: Settings, what: str = "1", *, rate: float = 2.0) -> int:
    """Let subscribers call; return an exit code.

    Args:
        settings: where Asterisk and the base are.
        what: a number of calls at once, `stream`, `off` or `on`.
        rate: calls a minute of the stream.
    """
    if what in {"off", "on"}:
        return _turn(settings, on=what == "on")
    if what == "stream":
        return _stream(settings, rate)
    if what.isascii() and what.isdigit() and 1 <= int(what) <= MOST_AT_ONCE:
        return _at_once(settings, int(what))
    print(f"calls: say on, off, stream, or a number from 1 to {MOST_AT_ONCE}")
    return 2


def _off(settings: Settings) -> Path:
    return settings.run_dir / "state" / "calls.off"


def _note(settings: Settings) -> Path:
    return settings.run_dir / "state" / "calls.stream"


def _turn(settings: Settings, *, on: bool) -> int:
    note = _off(settings)
    running = processes.recall(_note(settings)) is not None
    if on:
        note.unlink(missing_ok=True)
        print(
            "calls: on" if running else "calls: on; they come with the next busbar up, or now with busbar calls stream"
        )
        return 0
    note.parent.mkdir(parents=True, exist_ok=True)
    note.touch()
    print("calls: off" + ("; those who call now hang up" if running else ""))
    return 0


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and Ctrl-C set, so that every caller hangs up before we go."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _at_once(settings: Settings, count: int) -> int:
    with _stopped_by_signals() as stop, Phone(settings.sip_host, settings.sip_port) as phone:
        street = Street(settings, phone, stop)
        print(f"calls: {count} dialling {settings.master_extension} …", flush=True)
        with ThreadPoolExecutor(count) as pool:
            answered = sum(pool.map(Caller.call, [street.somebody() for _ in range(count)]))
    print(f"calls: {answered} of {count} answered")
    return int(answered < count and not stop.is_set())


def _stream(settings: Settings, rate: float) -> int:
    """Let callers come at `rate` a minute, at most `STREAM_AT_ONCE` at a time, until told to stop."""
    note = _note(settings)
    me = processes.identify(os.getpid())
    other = processes.recall(note)
    if me is None or (other is not None and other != me):
        print("calls: a stream is running already")
        return 1
    processes.remember(note, me)
    try:
        with _stopped_by_signals() as stop, Phone(settings.sip_host, settings.sip_port) as phone:
            print("ready: calls", flush=True)
            _flow(settings, phone, rate, stop)
    finally:
        note.unlink(missing_ok=True)
    return 0


def _flow(settings: Settings, phone: Phone, rate: float, stop: threading.Event) -> None:
    off = _off(settings)
    hush = threading.Event()
    street = Street(settings, phone, hush)
    chance = random.Random()  # noqa: S311 - no secret, only variety
    with ThreadPoolExecutor(STREAM_AT_ONCE) as pool:
        due = time.monotonic() + 3
        while not stop.wait(0.5):
            if off.exists():
                hush.set()
                continue
            hush.clear()
            if time.monotonic() >= due and len(phone.calls) < STREAM_AT_ONCE:
                pool.submit(street.somebody().call)
                due = time.monotonic() + chance.expovariate(rate / 60)
        hush.set()
