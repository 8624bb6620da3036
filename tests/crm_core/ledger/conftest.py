"""One database for a whole module, since every test has an account of its own in it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from crm_core import clock, tables
from crm_core import db as way
from crm_core.ledger.kinds import Kind
from crm_core.ledger.posting import Channel, NewAdjustment, NewPayment, Outcome, Towards
from crm_core.store import ledger_posting, ledger_promises, ledger_verify
from crm_core.store.ledger_posting import Poster
from tests.conftest import _copy, _drop
from tests.crm_core.conftest import Base
from tests.support.servers import PostgresServer

Do = Callable[..., Awaitable[Outcome]]
_numbers = itertools.count(1)


def today() -> date:
    """Return the day the store believes it is."""
    return clock.now().date()


def month(back: int) -> date:
    """Return the first day of a month so many months ago."""
    first = today().replace(day=1)
    for _ in range(back):
        first = (first - timedelta(1)).replace(day=1)
    return first


@pytest.fixture(scope="module")
def ledger_url(postgres: PostgresServer) -> Iterator[str]:
    """Address of a migrated database that the tests of one module share."""
    name = f"ledger{next(_numbers)}"
    _copy(postgres, name)
    yield postgres.plan.url(name)
    _drop(postgres, name)


@pytest.fixture
async def db(ledger_url: str) -> AsyncIterator[way.Database]:
    """Pools on the module's database."""
    pools = way.open_pools(ledger_url, name="test", size=4)
    yield pools
    await pools.dispose()


@pytest.fixture
def base(db: way.Database) -> Base:
    """The customer base; account numbers go on from test to test."""
    made = Base(db)
    made.running = next(_numbers) * 1000
    return made


class House:
    """An account that owes two bills of 100, two people, and the doors to its ledger."""

    def __init__(self, pools: way.Database, account: int, anna: int, boris: int) -> None:
        self.pools, self.account, self.anna, self.boris = pools, account, anna, boris

    async def do(self, action: Any, *values: Any, **more: Any) -> Any:
        """Do one thing in one transaction."""
        async with way.transaction(self.pools) as connection:
            return await action(connection, *values, **more)

    async def pay(self, amount: str, reference: str = "", back: int = 0, *towards: Towards, by: int = 0) -> Outcome:
        wanted = NewPayment(
            amount=Decimal(amount), paid_on=today() - timedelta(back), channel=Channel.BANK, reference=reference,
            towards=towards,
        )  # fmt: skip
        return await self.do(ledger_posting.pay, self.account, wanted, Poster(by=by or self.anna))  # type: ignore[no-any-return]

    async def adjust(self, amount: str, kind: Kind = Kind.CORRECTION, **more: Any) -> Outcome:
        wanted = NewAdjustment(kind=kind, amount=Decimal(amount), reason="because", **more)
        return await self.do(ledger_posting.adjust, self.account, wanted, Poster(by=self.anna))  # type: ignore[no-any-return]

    async def take_back(self, key: str) -> Outcome:
        day, _, seq = key.rpartition(".")
        poster = Poster(by=self.anna)
        return await self.do(  # type: ignore[no-any-return]
            ledger_posting.take_back, self.account, date.fromisoformat(day), int(seq), "bounced", poster
        )

    async def promise(self, amount: str, days: int = 5, **more: Any) -> Outcome:
        wanted = ledger_promises.NewPromise(
            amount=Decimal(amount), due_on=today() + timedelta(days), by=self.anna, **more
        )
        return await self.do(ledger_promises.promise, self.account, wanted)  # type: ignore[no-any-return]

    async def one(self, query: Any) -> Any:
        """Return the one value that a query of this account's rows finds."""
        async with way.reading(self.pools) as connection:
            return (await connection.execute(query)).scalar_one()

    async def of(self, table: Any, column: str) -> list[Any]:
        """Return a column of this account's rows, in the order of their ids."""
        query = select(table.c[column]).where(table.c.account_id == self.account).order_by(table.c.id)
        async with way.reading(self.pools) as connection:
            return list((await connection.execute(query)).scalars())

    async def balance(self) -> Decimal:
        return await self.one(  # type: ignore[no-any-return]
            select(tables.accounts.c.balance).where(tables.accounts.c.id == self.account)
        )

    async def open(self) -> list[Decimal]:
        """Return what is open of each bill, oldest first."""
        async with way.reading(self.pools) as connection:
            query = select(tables.invoices.c.open_amount).where(tables.invoices.c.account_id == self.account)
            return list((await connection.execute(query.order_by(tables.invoices.c.period))).scalars())

    def faults(self, *, everybody: bool = False) -> list[dict[str, Any]]:
        """Return what `busbar verify` finds about this account, or about all."""
        url = self.pools.url.render_as_string(hide_password=False)
        with ledger_verify.connect(url) as connection:
            found = [row for part in ledger_verify.check(connection) for row in part.first]
        return [row for row in found if everybody or row["account_id"] == self.account]


async def furnish(pools: way.Database, base: Base) -> House:
    """Make a known account; today's date is the clock's, since the store asks it."""
    account = await base.account(await base.customer("Anna"), balance=Decimal(0))
    await base.rows(tables.invoices, *(
        {"account_id": account, "period": month(back), "issued_on": month(back), "due_on": month(back) + timedelta(20),
         "amount": Decimal(100), "open_amount": Decimal(100)} for back in (2, 1)
    ))  # fmt: skip
    people = [await base.user(f"{name}{account}", "manager") for name in ("anna", "boris")]
    return House(pools, account, *people)


@pytest.fixture
async def house(db: way.Database, base: Base) -> House:
    """A house in the module's database."""
    return await furnish(db, base)


@pytest.fixture
async def own(database: str) -> AsyncIterator[House]:
    """A house in a database of its own, for what concerns every account."""
    pools = way.open_pools(database, name="test", size=2)
    yield await furnish(pools, Base(pools))
    await pools.dispose()
