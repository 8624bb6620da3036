"""The line checks itself: a real call through each trunk and the menu, and an alert with the leg that failed (shell).

A pyVoIP telephone dials as `linecheck`, hears the menu, presses a key, hears what comes then, and hangs up. Through a
trunk the call goes out and comes back in by the public network from our own number, which is how the dialplan knows it:
it raises no mark, so the floor, the statistics and the timeline never learn of it (docs/nodes.md).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core.db import engine as open_engine
from crm_core.db import reading, transaction
from crm_core.lines import LINE_CHECK, sip_password
from crm_core.settings import AmiNode, Settings
from crm_core.store import lines, linewatch
from crm_core.store.linewatch import Checked
from crm_core.trunks import Trunk
from telephony.phone import Ending, Phone, PhoneCall
from telephony.rtp import AUDIBLE

log = logging.getLogger(__name__)

ANSWER, PROMPT, KEY, NEXT, HANG_UP = "answer", "prompt", "key", "next", "hang-up"
LEGS: Final = (ANSWER, PROMPT, KEY, NEXT, HANG_UP)
"""What a check does, in order; one that fails ends it."""
ANSWER_SECONDS: Final = 20.0
VOICE_SECONDS: Final = 12.0
PRESSED: Final = "1"
"""Any key leads on: to a language, to a branch, or to being asked again."""
HEARD_FRAMES: Final = 25
"""Half a second that is not silence is a prompt."""
QUIET_FRAMES: Final = 3
"""After a key the prompt that runs stops; so many silent frames later whatever is heard is the next one."""
TICK: Final = 0.02
SLACK: Final = timedelta(seconds=30)


class LegFailed(Exception):
    """A leg was not done in time; the message says what was seen instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What one check goes through."""

    node: str
    server: tuple[str, int]
    """Where the node listens for SIP."""
    trunk: str = ""
    """Empty: straight to the menu."""

    @property
    def dialled(self) -> str:
        """What is dialled in context `linecheck`."""
        return f"trunk{self.trunk}" if self.trunk else "menu"


def run() -> int:
    """Check the line if it is time (job); returns how many checks failed."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    return asyncio.run(_due(settings))


async def _due(settings: Settings) -> int:
    if not settings.line_check_minutes:
        return 0
    engine = open_engine(settings, name="busbar line check", size=1)
    try:
        async with reading(engine) as db:
            last = await linewatch.checks(db, limit=1)
        pause = timedelta(minutes=settings.line_check_minutes) - SLACK
        if last and clock.now() - last[0].began_at < pause:
            return 0
        return sum(bool(one.failed) for one in await check_all(settings, engine))
    finally:
        await engine.dispose()


async def check_all(settings: Settings, engine: AsyncEngine) -> list[Checked]:
    """Check every node's menu and every trunk that has a number for it, one call after the other; all is on record."""
    async with reading(engine) as db:
        trunks = await lines.everyone(db)
    done = []
    for way in ways(settings.nodes, trunks, settings):
        found = await check(settings, way)
        async with transaction(engine) as db:
            if await linewatch.checked(db, found):
                log.warning("line check %s %s failed at %s: %s", found.node, found.trunk, found.failed, found.detail)
        done.append(found)
    return done


def ways(nodes: Iterable[AmiNode], trunks: Iterable[Trunk], settings: Settings) -> list[Way]:
    """Return what is to be checked: of each node the menu, then its trunks that places calls and can be checked."""
    found = []
    kept = [one for one in trunks if one.enabled and one.places_calls and one.check_number]
    for node in nodes:
        server = node.sip_address(settings)
        found.append(Way(node=node.node, server=server))
        found += [Way(node=node.node, server=server, trunk=one.name) for one in kept if one.node in {"", node.node}]
    return found


async def check(settings: Settings, way: Way) -> Checked:
    """Make one check call; never raises because of what the line does."""
    return await asyncio.to_thread(_call, way, sip_password(settings.sip_secret, LINE_CHECK), clock.now())


def _call(way: Way, password: str, began: datetime) -> Checked:
    took: list[tuple[str, int]] = []
    failed = detail = ""
    with Phone(*way.server, user=LINE_CHECK, password=password) as phone:
        call = phone.dial(way.dialled)
        steps: dict[str, Callable[[PhoneCall], None]] = {
            ANSWER: _answered, PROMPT: _prompt, KEY: _key, NEXT: _next, HANG_UP: _hang_up
        }  # fmt: skip
        for leg in LEGS:
            since = time.monotonic()
            try:
                steps[leg](call)
            except LegFailed as error:
                failed, detail = leg, str(error)
                break
            took.append((leg, round((time.monotonic() - since) * 1000)))
    return Checked(node=way.node, trunk=way.trunk, began_at=began, legs=tuple(took), failed=failed, detail=detail)


def _answered(call: PhoneCall) -> None:
    if call.wait_answered(ANSWER_SECONDS):
        return
    if call.ending is Ending.UNREACHABLE:
        raise LegFailed("no SIP server answered")
    if call.ending is Ending.REFUSED:
        raise LegFailed(f"refused with {call.status}")
    call.give_up()
    raise LegFailed(f"not answered within {ANSWER_SECONDS:g} s")


def _prompt(call: PhoneCall) -> None:
    _until(call, lambda: call.heard.audible >= HEARD_FRAMES, "silence instead of the menu")


def _key(call: PhoneCall) -> None:
    call.press(PRESSED)
    _until(call, lambda: not call.is_speaking, "the key could not be pressed")


def _next(call: PhoneCall) -> None:
    _until(call, lambda: _is_quiet(call), "the menu did not stop for the key")
    before = call.heard.audible
    _until(call, lambda: call.heard.audible >= before + HEARD_FRAMES, "nothing was said after the key")


def _is_quiet(call: PhoneCall) -> bool:
    """Whether the last frames were silent: between a prompt that a key stopped and the next one there is a gap."""
    levels = list(call.heard.levels)[-QUIET_FRAMES:]
    return len(levels) == QUIET_FRAMES and max(levels) <= AUDIBLE


def _hang_up(call: PhoneCall) -> None:
    call.hang_up()
    if not call.wait_over(5):
        raise LegFailed("the call could not be ended")


def _until(call: PhoneCall, condition: Callable[[], bool], otherwise: str) -> None:
    """Wait for what is heard; frames come every 20 ms, and nobody tells of them.

    Raises:
        LegFailed: the call ended, or it was not heard in time.

    """
    deadline = time.monotonic() + VOICE_SECONDS
    while not condition():
        if call.is_over:
            raise LegFailed("the other side hung up")
        if time.monotonic() > deadline:
            raise LegFailed(otherwise)
        time.sleep(TICK)
