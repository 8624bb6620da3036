"""One running workstation for all tests of a module that send files in and take files out, and what they ask of it.

Between two tests its imports and exports are forgotten; its access log cannot be, so each test reads what came since.
A module that uses it imports `open_house`, `house` and `work`, and marks itself with `ALL`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
import pytest_asyncio
from redis import Redis
from sqlalchemy import delete, func, select, text

from crm_core import worker
from crm_core.db import reading, transaction
from crm_core.exporting import work as export_work
from crm_core.importing import work as import_work
from crm_core.settings import Settings
from crm_core.tables import access_log, accounts, import_mappings, payments
from tests import conftest
from tests.support.servers import PostgresServer, ValkeyServer
from tests.workstation.conftest import free_port
from tests.workstation.house import House, TestFloor, populate, running

ALL = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
DATABASE = "exchange"
Work = Callable[[], Awaitable[None]]
_seen: dict[str, int] = {}
"""Last line of a house's access log before the test."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_house(_house: Settings, postgres: PostgresServer, valkey: ValkeyServer) -> AsyncIterator[House]:
    """A web process with people, accounts and a floor that beats."""
    conftest._drop(postgres, DATABASE)
    conftest._copy(postgres, DATABASE)
    with Redis.from_url(valkey.url) as client:
        client.flushall()
    changes = {"database_url": postgres.plan.url(DATABASE), "web_port": free_port(), "web_origin": ""}
    mine = _house.model_copy(update=changes)
    people = await populate(mine.database_url)
    floor = TestFloor(mine.redis_url)
    await floor.start()
    async with running(mine, floor) as house:
        house.people = people
        yield house
    await floor.stop()
    conftest._drop(postgres, DATABASE)


@pytest_asyncio.fixture(loop_scope="module")
async def house(open_house: House) -> House:
    """The workstation, in which nothing came in or went out yet."""
    with Redis.from_url(open_house.settings.redis_url) as valkey:
        if left := valkey.keys("rq:*"):
            valkey.delete(*left)
    await open_house.parts.access._write()
    async with transaction(open_house.parts.engine) as db:
        await db.execute(text("truncate imports, exports, import_changes"))
        await db.execute(delete(import_mappings))
        await db.execute(delete(payments).where(payments.c.reference == "PX"))
        _seen[open_house.base] = int(await db.scalar(select(func.max(access_log.c.id))) or 0)
    return open_house


@pytest.fixture
def work(house: House, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Do what waits for a worker, as a worker of this house."""
    monkeypatch.setattr(import_work, "Settings", lambda: house.settings)
    monkeypatch.setattr(export_work, "Settings", lambda: house.settings)

    def perform() -> None:
        with Redis.from_url(house.settings.redis_url) as valkey:
            worker.work_off(valkey)

    async def done() -> None:
        await asyncio.to_thread(perform)

    return done


def number_of(answer: httpx.Response) -> int:
    """Number of the import or export that a page leads to."""
    assert answer.status_code == 303, answer.text[-800:]
    found = re.search(r"/office/(?:imports|exports)/(\d+)", answer.headers["location"])
    assert found
    return int(found[1])


async def logged(house: House, action: str) -> list[tuple[str, str]]:
    """Object and reason of what this test put into the access log."""
    query = select(access_log.c.object, access_log.c.reason).where(
        access_log.c.action == action, access_log.c.id > _seen[house.base]
    )
    async with reading(house.parts.engine) as db:
        return [(row.object, row.reason) for row in await db.execute(query.order_by(access_log.c.id))]


def files(house: House) -> set[str]:
    """Names of files that came in."""
    return {path.name for path in import_work.folder(house.settings).iterdir()}


def mode_of(house: House, name: str) -> int | None:
    """Mode of the file of an export, None when it is gone."""
    path = export_work.folder(house.settings) / name
    return path.stat().st_mode & 0o777 if path.is_file() else None


async def send(client: httpx.AsyncClient, name: str, content: bytes, **fields: str) -> httpx.Response:
    """Send a file in, as the page's form does."""
    return await client.post("/office/imports", data=fields, files={"file": (name, content)})


async def asked(client: httpx.AsyncClient, **changes: str) -> httpx.Response:
    """Ask for an export, as the page's form does."""
    form = {"subject": "payments", "form": "csv", "scope": "all", "reason": "for the auditors of the year"}
    return await client.post("/office/exports", data=form | changes)


async def fetched(client: httpx.AsyncClient, key: int) -> httpx.Response:
    """Make the link to the file of an export and follow it."""
    return await client.get((await client.post(f"/office/exports/{key}/link")).headers["location"])


async def account_numbers(house: House) -> list[str]:
    """Numbers of the accounts that are there."""
    async with reading(house.parts.engine) as db:
        return list((await db.execute(select(accounts.c.number).order_by(accounts.c.id))).scalars())


async def paid(house: House) -> int:
    """How many payments of these tests are in."""
    async with reading(house.parts.engine) as db:
        return int(await db.scalar(select(func.count()).where(payments.c.reference == "PX")) or 0)
