"""A workstation that the ledger's tests share, and an account of his own for each of them.

Starting one takes longer than most of these tests, and none of them looks at another account than its own.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest_asyncio
import redis
from sqlalchemy import Table, insert

from crm_core import tables
from crm_core.db import Writing, transaction
from crm_core.settings import Settings
from tests.conftest import _copy, _drop
from tests.support.servers import PostgresServer, ValkeyServer
from tests.workstation.house import House, TestFloor, populate, running

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Mine:
    """One test's account: it owes 1,234.50 that it came with, its ten bills of 1,086 are paid."""

    house: House
    account: int
    meter: int
    register: int

    @property
    def api(self) -> str:
        return f"/accounts/{self.account}"

    @property
    def office(self) -> str:
        return f"/office/accounts/{self.account}"

    @property
    def ledger(self) -> str:
        return f"{self.office}/ledger"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(_house: Settings, postgres: PostgresServer, valkey: ValkeyServer) -> AsyncIterator[House]:
    """A web process that the tests of one module share."""
    name = f"shared{next(_numbers)}"
    _copy(postgres, name)
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    changes = {"database_url": postgres.plan.url(name), "redis_url": valkey.url, "web_port": port, "web_origin": ""}
    mine = _house.model_copy(update=changes)
    people = await populate(mine.database_url)
    floor = TestFloor(mine.redis_url)
    await floor.start()
    async with running(mine, floor) as house:
        house.people = people
        # It goes on at the start behind everything else, and the first to come would wait for it.
        await house.parts.templates.compile_all()
        yield house
    await floor.stop()
    _drop(postgres, name)


@pytest_asyncio.fixture(loop_scope="module")
async def mine(shared: House) -> Mine:
    """An account that nobody else touches."""
    async with transaction(shared.parts.engine) as db:
        return await opened(db, shared)


async def opened(db: Writing, house: House) -> Mine:
    number = next(_numbers)
    customer = await added(db, tables.customers, kind="person", name=f"No {number}", name_key=f"no {number}")
    place = await added(db, tables.premises, address=f"Mira {number}", address_key="", time_zone="Europe/Moscow")
    account = await added(
        db, tables.accounts, number=f"9{number:06}", customer_id=customer, premises_id=place, tariff_id=1,
        currency="RUB", balance=Decimal("1234.50"), opened_on=date(2020, 1, 1),
    )  # fmt: skip
    meter = await added(
        db, tables.meters, account_id=account, serial=f"M-{number}", digits=6, installed_on=date(2020, 1, 1)
    )
    register = await added(db, tables.registers, meter_id=meter, code="single", estimate=Decimal(200))
    months = range(1, 11)
    read = {"account_id": account, "register_id": register, "consumption": 200, "source": "web", "quality": "actual"}
    await db.execute(insert(tables.readings), [
        {**read, "taken_on": date(2026, month, 20), "value": 10_000 + 200 * month} for month in months
    ])  # fmt: skip
    bill = {"account_id": account, "amount": Decimal(1086), "open_amount": Decimal(0)}
    await db.execute(insert(tables.invoices), [
        {**bill, "period": date(2026, month, 1), "issued_on": date(2026, month, 5), "due_on": date(2026, month, 25)}
        for month in months
    ])  # fmt: skip
    paid = {"account_id": account, "amount": Decimal(1086), "channel": "bank"}
    await db.execute(insert(tables.payments), [{**paid, "paid_on": date(2026, month, 24)} for month in months])
    return Mine(house, account, meter, register)


async def added(db: Writing, table: Table, **values: Any) -> int:
    return int((await db.execute(insert(table).values(values).returning(table.c.id))).scalar_one())
