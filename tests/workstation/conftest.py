"""The running workstation as fixtures."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest

from crm_core.settings import Settings
from tests.workstation.house import House, TestFloor, populate, running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    """A web process with people, accounts and a floor that beats and obeys the test."""
    mine = settings.model_copy(update={"web_port": free_port(), "web_origin": ""})
    people = await populate(mine.database_url)
    floor = TestFloor(mine.redis_url)
    await floor.start()
    async with running(mine, floor) as house:
        house.people = people
        yield house
    await floor.stop()
