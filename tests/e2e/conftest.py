"""One house and one Chromium for all tests of this package; each test has operators and callers of its own."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Generator, Iterator

import psycopg
import pytest
import pytest_asyncio
from playwright.async_api import Browser
from psycopg import sql

from crm_core.settings import ROOT
from tests.conftest import TEMPLATE
from tests.e2e.callers import Callers, Seats, Subscriber
from tests.support import browser as browsers
from tests.support.house import House, running
from tests.support.servers import PostgresServer
from tests.support.waiting import eventually

FIRST_SUBSCRIBER = 65
"""Accounts before are the sample base's oddities."""
SUBSCRIBERS = """
    select min(a.id) as account_id, c.phone
    from contacts c join accounts a on a.customer_id = c.customer_id
    group by c.phone having count(*) = 1 and min(a.id) >= %(first)s and c.phone <> ''
    order by 1, 2
"""
PICTURES = ROOT / ".run" / "log" / "e2e"
"""Where the pages of failed tests are pictured."""
FAILED = pytest.StashKey[bool]()
_houses = itertools.count(1)


def own_base(postgres: PostgresServer) -> str:
    """Return the address of a migrated, empty database for one house."""
    name = f"e2e{next(_houses)}"
    query = sql.SQL("create database {} template {} owner busbar")
    with psycopg.connect(postgres.plan.conninfo("postgres", "postgres"), autocommit=True) as db:
        db.execute(query.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
    return postgres.plan.url(name)


@pytest.fixture(scope="package")
def _whole_house(postgres: PostgresServer) -> Iterator[House]:
    # An operator is tried for 6 s and writes up for 12 s: shorter than at work, long enough for a busy machine.
    quick = {"offer_seconds": 6, "wrap_up_seconds": 12, "wrap_up_extension_seconds": 2}
    with running(postgres, own_base(postgres), **quick) as house:
        yield house


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium."""
    async with browsers.launch() as one:
        yield one


@pytest.fixture
def house(_whole_house: House) -> House:
    """The whole house; what an earlier test left dead is started again."""
    _whole_house.heal()
    return _whole_house


@pytest_asyncio.fixture(loop_scope="package")
async def seats(house: House, browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Seats]:
    """Desks for this test's operators; afterwards they sign out, and their pages had no errors."""
    seats = Seats(house, browser)
    yield seats
    if request.node.stash.get(FAILED, False):
        PICTURES.mkdir(parents=True, exist_ok=True)
        for place, desk in enumerate(seats.taken):
            await desk.page.screenshot(path=PICTURES / f"{request.node.name[:60]}-{place}.png")
    await asyncio.gather(*(desk.leave() for desk in seats.taken))
    assert [said for desk in seats.taken for said in desk.said] == []


@pytest_asyncio.fixture(loop_scope="package")
async def callers(house: House, seats: Seats) -> AsyncIterator[Callers]:
    """A telephone for this test's callers; afterwards nobody is on the line any more.

    Args:
        house: the house.
        seats: asked for so that the callers go before the operators do.

    """
    async with Callers(house) as one:
        yield one
    await eventually(lambda: not house.channels(), 10, "the line is quiet again")


@pytest.fixture(scope="package")
def _subscribers(_whole_house: House) -> Iterator[Subscriber]:
    """Subscribers who have one account and share their number with nobody, one after the other."""
    rows = _whole_house.rows(SUBSCRIBERS, first=FIRST_SUBSCRIBER)
    return iter([Subscriber(account_id=int(str(row["account_id"])), number=str(row["phone"])) for row in rows])


@pytest.fixture
def subscriber(_subscribers: Iterator[Subscriber]) -> Subscriber:
    """A subscriber who has not called in another test."""
    return next(_subscribers)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed, so that its pages can be pictured."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report
