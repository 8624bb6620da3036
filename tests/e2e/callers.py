"""What the tests of the whole line have in common: callers who go through the menu, operators who take a seat."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from playwright.async_api import Browser

from telephony import rtp
from tests.support.browser import Desk
from tests.support.house import House, SignIn
from tests.support.sipua import SipCall, SipUa
from tests.support.waiting import eventually

VOICE_FRAMES = 20
"""Frames with sound after which a prompt is certainly being said."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who calls: one account, and a number that leads to it alone."""

    account_id: int
    number: str


class Seats:
    """Operators and supervisors before their screens, each in a browser window of his own."""

    def __init__(self, house: House, browser: Browser) -> None:
        self.house = house
        self.browser = browser
        self.taken: list[Desk] = []

    async def take(self, *, ready: bool = True, role: str = "operator", person: SignIn | None = None) -> Desk:
        """Somebody new signs in, and goes ready if he is an operator."""
        who = person or await asyncio.to_thread(self.house.person, role)
        desk = await Desk.open(self.browser, self.house, who, ready=ready)
        self.taken.append(desk)
        return desk


class Callers:
    """A subscribers' telephone: calls the house and passes the menu."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._phone = SipUa("subscriber", house.asterisk.sip)

    async def __aenter__(self) -> Self:
        await self._phone.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        for call in self._phone.calls.values():
            call.hang_up()
        await self._phone.__aexit__()

    async def call(self, number: str, name: str = "Caller") -> SipCall:
        """Call, choose English, ask for an operator; the caller stands in the queue a few seconds later."""
        call = await self._phone.dial(self.house.settings.master_extension, caller=number, name=name)
        await call.reaches("up")
        await press(call, "1", "0")
        return call

    async def call_id(self, number: str, seconds: float = 10) -> str:
        """Return the id of the newest call of this number, once it waits for an operator."""
        query = (
            "select call_id from interactions where number = %(number)s and call_id is not null and phase <> 'ivr' "
            "order by id desc limit 1"
        )

        def found() -> str:
            rows = self.house.rows(query, number=number)
            return str(rows[0]["call_id"]) if rows else ""

        return await eventually(lambda: asyncio.to_thread(found), seconds, f"{number} waits")

    async def reaches_desk(self, number: str, desk: Desk) -> tuple[SipCall, str]:
        """Call, pass the menu, ring at this desk, be answered, and talk both ways; return the call and its id."""
        call = await self.call(number)
        await desk.phase("ringing", 20)
        call_id = await desk.call_id()
        await desk.answer()
        await talk_both_ways(call, desk)
        return call, call_id

    async def is_recorded(self, call_id: str, seconds: float = 5, **expected: object) -> dict[str, object]:
        """Wait until the database says this of a call; return its whole record."""
        record: dict[str, object] = {}

        async def fits() -> bool:
            record.clear()
            record.update(await asyncio.to_thread(self.house.interaction, call_id))
            return all(record.get(name) == value for name, value in expected.items())

        try:
            await eventually(fits, seconds)
        except AssertionError:
            raise AssertionError(f"not recorded: {expected}, but {record}") from None
        return record


async def press(call: SipCall, *keys: str) -> None:
    """Press keys as a caller does: each after hearing some of what was said before."""
    for key in keys:
        await call.hears(VOICE_FRAMES)
        call.press(key)
        await eventually(lambda: not call.audio.speaker.busy, 5, "the key was pressed")


async def talk_both_ways(call: SipCall, desk: Desk) -> None:
    """Wait until caller and operator hear each other: sound, not silence."""
    for _ in range(10):
        call.say()
    await desk.hears()
    await call.hears(5)


async def hears_music(call: SipCall, seconds: float = 10) -> None:
    """Wait until a second without a pause was heard: music, not the browser's beeping microphone."""
    await eventually(lambda: sum(level > rtp.AUDIBLE for level in call.heard.levels) >= 45, seconds, "music")


async def hears_operator(call: SipCall, seconds: float = 10) -> None:
    """Wait until a whole second was heard with sound and with pauses: the browser's microphone beeps."""
    await eventually(
        lambda: 2 <= sum(level > rtp.AUDIBLE for level in call.heard.levels) <= 30, seconds, "the operator"
    )


def in_order(wanted: Iterable[str], happened: Iterable[str]) -> bool:
    """Tell whether `wanted` happened in this order, whatever else happened between."""
    rest = iter(happened)
    return all(one in rest for one in wanted)
