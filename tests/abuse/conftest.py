"""The running workstation, and what the access log says of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import update

from crm_core.db import reading, transaction
from crm_core.store import access_log
from crm_core.store.access_log import Access, Filter
from crm_core.tables import contacts, customers
from tests.support.waiting import eventually
from tests.workstation.conftest import house
from tests.workstation.house import House

__all__ = ["house"]
Logged = Callable[..., Awaitable[Access]]
EMAIL, TAX = "anna@example.org", "770123456789"


@pytest.fixture
def logged(house: House) -> Logged:
    """Wait for a line of the log and return the newest that fits."""

    async def find(action: str, login: str = "", object_: str = "", result: str = "") -> Access:
        async def lines() -> list[Access]:
            wanted = Filter(action=action, user_id=house.people.get(login), object=object_)
            async with reading(house.parts.engine) as db:
                found = await access_log.page(db, wanted)
            return [one for one in found if result in {"", one.result}]

        return (await eventually(lines, what=f"{action} of {login} in the log"))[0]

    return find


@pytest.fixture
async def known(house: House) -> House:
    """The house, and an e-mail address and a tax number of account 1's customer."""
    async with transaction(house.parts.engine) as db:
        await db.execute(update(contacts).where(contacts.c.customer_id == 1).values(email=EMAIL))
        await db.execute(update(customers).where(customers.c.id == 1).values(tax_number=TAX))
    return house
