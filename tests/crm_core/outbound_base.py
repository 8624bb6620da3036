"""Campaigns with debtors, for tests on a real PostgreSQL: plain rows, so that each test says what it needs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import insert, select, update

from crm_core import db as way
from crm_core import tables
from crm_core.store.outbound_attempts import NewAttempt
from tests.crm_core.conftest import Base

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIRST = date(2026, 8, 1)


class Lists:
    """Puts campaigns and their rows into a base."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.made = 0

    async def campaign(self, **more: object) -> int:
        self.made += 1
        values: dict[str, object] = {
            "name": f"Campaign {self.made}", "mode": "progressive", "profile": "none", "state": "running",
        }  # fmt: skip
        return await self.base._add(tables.campaigns, **(values | more))

    async def list_of(self, campaign_id: int) -> int:
        return await self.base._add(tables.campaign_lists, campaign_id=campaign_id, source="hand")

    async def row(self, campaign_id: int, account_id: int, **more: object) -> int:
        values = {
            "campaign_id": campaign_id, "account_id": account_id, "list_id": await self.list_of(campaign_id),
            "next_at": NOW - timedelta(minutes=1), "classed_at": NOW - timedelta(hours=1),
        }  # fmt: skip
        return await self.base._add(tables.campaign_rows, **(values | more))

    async def debtor(self, name: str, phone: str = "+79161234567", owes: str = "500.00", **customer: object) -> int:
        """Return the account of somebody who owes, overdue since September."""
        account = await self.base.account(
            await self.base.customer(name, phone, **customer),  # type: ignore[arg-type]
            balance=Decimal(0),
            opened_on=FIRST,
        )
        await self.bill(account, owes)
        return account

    async def write(self, account_id: int, email: str) -> None:
        """Give the first contact of an account's customer an address."""
        contacts = tables.contacts
        async with way.transaction(self.base.pools) as db:
            customer = await db.scalar(select(tables.accounts.c.customer_id).where(tables.accounts.c.id == account_id))
            await db.execute(update(contacts).where(contacts.c.customer_id == customer).values(email=email))

    async def bill(
        self, account_id: int, amount: str, *, disputed: bool = False, due: date = date(2026, 9, 10)
    ) -> None:
        await self.base.rows(
            tables.invoices,
            {
                "account_id": account_id, "period": due.replace(day=1), "issued_on": due, "due_on": due,
                "amount": Decimal(amount), "open_amount": Decimal(amount), "disputed": disputed,
            },
        )  # fmt: skip

    async def value(self, table: object, column: str, key: int) -> object:
        async with way.reading(self.base.pools) as db:
            return await db.scalar(select(table.c[column]).where(table.c.id == key))  # type: ignore[attr-defined]

    async def customer_of(self, account_id: int) -> int:
        return int(str(await self.value(tables.accounts, "customer_id", account_id)))

    async def attempt(self, account_id: int, call_id: str, **more: object) -> NewAttempt:
        """Return a call that may be taken."""
        values: dict[str, object] = {
            "campaign_id": None, "account_id": account_id, "customer_id": await self.customer_of(account_id),
            "number": "+79161234567", "call_id": call_id, "mode": "progressive", "policy": "none@1", "planned_at": NOW,
        }  # fmt: skip
        return NewAttempt(**(values | more))  # type: ignore[arg-type]

    async def add(self, table: object, **values: object) -> None:
        async with way.transaction(self.base.pools) as db:
            await db.execute(insert(table).values(values))  # type: ignore[arg-type]
