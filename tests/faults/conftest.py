"""One whole house for all tests of this package; each test has operators and callers of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from deploy import ports
from tests.faults.kept import KeptHouse, running
from tests.faults.shift import Shift
from tests.support.waiting import eventually

SUBSCRIBERS = """
    select c.phone from contacts c join accounts a on a.customer_id = c.customer_id
    where c.phone <> '' group by c.phone having count(*) = 1 and min(a.id) >= 65 order by min(a.id), 1
"""
"""Who has one account and shares the number with nobody; accounts before are the sample base's oddities."""
OUTSIDE = f"127.0.0.1:{ports.free_port(udp=True)}"
"""Where the trunk leads."""
RULES: dict[str, object] = {
    "offer_seconds": 10,
    "wrap_up_seconds": 60,
    "lines": 60,
    "callback_read_seconds": 2,
    "outward_uri": OUTSIDE,
    "outward_number": "+74951234500",
}


@pytest.fixture(scope="package")
def _house() -> Iterator[KeptHouse]:
    with running(**RULES) as house:
        yield house
        for one in house.kept.values():
            print(f"--- {one.name}\n{one.log()[-6000:]}")  # noqa: T201 - shown when a test fails


@pytest.fixture(scope="package")
def _numbers(_house: KeptHouse) -> Iterator[str]:
    return iter([str(row["phone"]) for row in _house.rows(SUBSCRIBERS)])


@pytest.fixture
def house(_house: KeptHouse) -> KeptHouse:
    """The whole house; what an earlier test left dead is running again."""
    _house.heal()
    return _house


@pytest.fixture
async def shift(house: KeptHouse, _numbers: Iterator[str], request: pytest.FixtureRequest) -> AsyncIterator[Shift]:
    """This test's people; afterwards nobody is on the line any more."""
    figures = request.node.user_properties
    async with Shift(house, _numbers, lambda name, value: figures.append((name, value))) as people:
        yield people

    async def is_quiet() -> bool:
        return not await asyncio.to_thread(house.channels)

    await eventually(is_quiet, 10, "the line is quiet again")
