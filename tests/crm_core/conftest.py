"""A real database with a small, known customer base in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import insert

from crm_core import accounts as numbers
from crm_core import db as way
from crm_core import names, tables

TODAY = date(2026, 11, 22)


@pytest.fixture
async def db(database: str) -> AsyncIterator[way.Database]:
    """Pools on a migrated database of this test's own."""
    pools = way.open_pools(database, name="test", size=2)
    yield pools
    await pools.dispose()


class Base:
    """Puts known subscribers into the database."""

    def __init__(self, pools: way.Database) -> None:
        self.pools = pools
        self.running = 0

    async def _add(self, table: object, **values: object) -> int:
        async with way.transaction(self.pools) as db:
            return int((await db.execute(insert(table).values(values).returning(table.c.id))).scalar_one())  # type: ignore[attr-defined,arg-type]

    async def tariff(self, prices: dict[str, str] | None = None) -> int:
        return await self._add(
            tables.tariffs, code="S", name="Household", valid_from=date(2020, 1, 1), prices=prices or {"single": "5.43"}
        )

    async def customer(
        self, name: str, phone: str = "", kind: str = "person", contact: str = "", **more: object
    ) -> int:
        key = await self._add(tables.customers, kind=kind, name=name, name_key=names.key(name), **more)
        await self._add(tables.contacts, customer_id=key, name=contact or name, phone=phone)
        return key

    async def account(self, customer_id: int, address: str = "Tver, Lenina 5", **more: object) -> int:
        self.running += 1
        place = await self._add(
            tables.premises, address=address, address_key=names.address_key(address), time_zone="Europe/Moscow"
        )
        values: dict[str, object] = {
            "number": numbers.with_check_digit(self.running),
            "tariff_id": await self.tariff(),
            "currency": "RUB",
            "balance": Decimal("123.45"),
            "opened_on": date(2020, 1, 1),
        }
        return await self._add(tables.accounts, customer_id=customer_id, premises_id=place, **(values | more))

    async def subscriber(self, name: str = "Иванов Иван", phone: str = "", address: str = "Tver, Lenina 5") -> int:
        return await self.account(await self.customer(name, phone), address)

    async def meter(self, account_id: int, *codes: str, serial: str = "A1", **more: object) -> list[int]:
        values: dict[str, object] = {"digits": 5, "installed_on": date(2020, 1, 1)}
        meter = await self._add(tables.meters, account_id=account_id, serial=serial, **(values | more))
        return [await self._add(tables.registers, meter_id=meter, code=code, estimate=Decimal(200)) for code in codes]

    async def rows(self, table: object, *rows: dict[str, object]) -> None:
        async with way.transaction(self.pools) as db:
            for row in rows:
                await db.execute(insert(table).values(row))  # type: ignore[arg-type]

    async def user(self, login: str, role: str = "operator", extension: str | None = None) -> int:
        return await self._add(
            tables.users, login=login, name=login.title(), password="!", role=role, extension=extension
        )


@pytest.fixture
def base(db: way.Database) -> Base:
    """The customer base of this test."""
    return Base(db)
