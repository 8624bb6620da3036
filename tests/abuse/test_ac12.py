"""AC12: a flood of wishes to be called back, from numbers made up: one call for a stranger, none to a costly number."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm_core import clock, db
from crm_core.callback_desk import CallbackWish, HouseDesk, Kept, Refused
from crm_core.callbacks import Limits
from crm_core.settings import Settings
from crm_core.tables import callbacks
from tests.abuse.test_ac05 import COSTLY
from tests.routing.calling_back import always_open

pytestmark = pytest.mark.integration
VICTIM, OURS = "+79161234567", "+74951110000"


class Door:
    """The desk as the menu uses it."""

    def __init__(self, settings: Settings, limits: Limits | None = None) -> None:
        self.engine = db.engine(settings)
        self.desk = HouseDesk(self.engine, settings, limits)
        self.calls = 0

    async def ask(self, number: str, caller: str) -> str:
        """Ask in a call of its own; return why not, "" when it is promised."""
        self.calls += 1
        answer = await self.desk.offer(
            CallbackWish(
                call_id=f"main-{self.calls}.1", number=number, caller=caller, account_id=None, topic="", language="ru",
                waiting_since=clock.now() - timedelta(minutes=1),
            )
        )  # fmt: skip
        assert isinstance(answer, Kept | Refused)
        return answer.reason if isinstance(answer, Refused) else ""

    async def flood(self, *asked: tuple[str, str]) -> Counter[str]:
        """Ask all at once."""
        answers: Counter[str] = Counter()
        for at in range(0, len(asked), 8):
            answers.update(await asyncio.gather(*(self.ask(*one) for one in asked[at : at + 8])))
        return answers

    async def promised(self) -> int:
        async with db.reading(self.engine) as connection:
            return int(await connection.scalar(select(func.count()).select_from(callbacks)) or 0)


@pytest.fixture
async def open_settings(settings: Settings) -> Settings:
    await always_open(settings)
    return settings.model_copy(update={"outward_uri": "127.0.0.1:9", "outward_number": OURS, "country": "RU"})


@pytest.fixture
async def door(open_settings: Settings) -> AsyncIterator[Door]:
    found = Door(open_settings)
    yield found
    await found.engine.dispose()


async def test_whoever_pretends_to_call_one_stranger_is_rung_once(door: Door) -> None:
    answers = await door.flood(*((VICTIM, f"+7916555{at:04}") for at in range(40)))
    assert answers == {"": 1, "too-many": 39}
    assert await door.ask(VICTIM, "") == "too-many", "withheld is a stranger too"
    assert await door.ask(VICTIM, VICTIM) == "", "he himself may still ask"
    assert await door.promised() == 2


async def test_one_number_has_three_strangers_rung_and_withheld_ones_twenty_together(door: Door) -> None:
    one = await door.flood(*((f"+7916777{at:04}", "+79160000001") for at in range(12)))
    assert one == {"": 3, "too-many": 9}
    hidden = await door.flood(*((f"+7916888{at:04}", "") for at in range(40)))
    assert hidden == {"": 20, "too-many": 20}
    assert await door.promised() == 23


async def test_a_pump_to_costly_numbers_pumps_nothing(door: Door, open_settings: Settings) -> None:
    numbers = [number for kind, each in COSTLY.items() if kind != "ours" for number in each]
    answers = await door.flood(*((number, f"+7916999{at:04}") for at, number in enumerate([*numbers, OURS])))
    assert "" not in answers
    assert answers.keys() <= {"not-a-number", "country-not-allowed", "kind-not-allowed", "our-own-number"}
    poor = HouseDesk(door.engine, open_settings.model_copy(update={"outward_uri": ""}))
    wish = CallbackWish(call_id="main-0.1", number=VICTIM, caller=VICTIM, account_id=None, topic="", language="ru")
    assert await poor.offer(wish) == Refused("no-line"), "a house without a trunk promises nobody anything"
    assert await door.promised() == 0


async def test_the_house_promises_no_more_than_it_can_keep_whoever_asks(open_settings: Settings) -> None:
    door = Door(open_settings, Limits(open=5))
    answers = await door.flood(*((f"+7916111{at:04}", f"+7916111{at:04}") for at in range(24)))
    assert answers == {"": 5, "full": 19}
    assert await door.promised() == 5
    await door.engine.dispose()


async def test_the_same_call_asks_as_often_as_it_likes_and_has_one(door: Door) -> None:
    answers = set()
    for _ in range(6):
        door.calls = 0
        answers.add(await door.ask(VICTIM, VICTIM))
    assert answers == {""}
    assert await door.promised() == 1
