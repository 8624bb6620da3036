"""Finding subscribers on a real PostgreSQL."""

# ruff: noqa: RUF001 -- people type Cyrillic.
from __future__ import annotations

from datetime import date

import pytest

from crm_core import accounts as numbers
from crm_core import db as way
from crm_core import tables
from crm_core.store import subscribers
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration


async def test_everyone_under_a_number_is_found_once_and_open_accounts_first(db: way.Database, base: Base) -> None:
    number = "+79161234567"
    one = await base.customer("Иванов Иван", number)
    closed = await base.account(one, closed_on=date(2025, 1, 1))
    opened = await base.account(one)
    firm = await base.customer("ООО Ромашка", number, "organisation", contact="Анна Петрова")
    office = await base.account(firm)
    await base.subscriber("Сидоров", "+79160000000")
    async with way.reading(db) as connection:
        found = await subscribers.by_phone(connection, number)
        assert [one.account_id for one in found] == [opened, office, closed]
        assert [one.contact for one in found] == ["", "Анна Петрова", ""]
        assert {one.why for one in found} == {"phone"}
        assert len(await subscribers.by_phone(connection, number, limit=2)) == 2
        assert await subscribers.by_phone(connection, "+79169999999") == []


async def test_a_withheld_number_is_nobodys(db: way.Database, base: Base) -> None:
    await base.subscriber("Иванов Иван", "")
    async with way.reading(db) as connection:
        assert await subscribers.by_phone(connection, "") == []


async def test_two_contacts_of_one_customer_under_a_number_are_one_account(db: way.Database, base: Base) -> None:
    customer = await base.customer("ООО Ромашка", "+79161234567", "organisation", contact="Б")
    await base.rows(tables.contacts, {"customer_id": customer, "name": "А", "phone": "+79161234567"})
    await base.account(customer)
    async with way.reading(db) as connection:
        (found,) = await subscribers.by_phone(connection, "+79161234567")
    assert found.contact == "А"


async def test_an_account_is_found_by_exactly_its_number(db: way.Database, base: Base) -> None:
    account = await base.subscriber()
    async with way.reading(db) as connection:
        found = await subscribers.by_account_number(connection, numbers.with_check_digit(1))
        assert found is not None
        assert (found.account_id, found.why) == (account, "account")
        assert await subscribers.by_account_number(connection, "000000001") is None
        assert await subscribers.by_account_number(connection, "' or 1=1 --") is None


async def test_candidates_come_in_the_order_asked_for(db: way.Database, base: Base) -> None:
    first, second = await base.subscriber("А"), await base.subscriber("Б")
    async with way.reading(db) as connection:
        found = await subscribers.candidates(connection, [second, 4711, first, second])
        assert [one.account_id for one in found] == [second, first]
        assert await subscribers.candidates(connection, []) == []


async def test_sample_numbers_are_subscribers_and_some_are_shared(db: way.Database, base: Base) -> None:
    for number in range(20):
        await base.subscriber("А", f"+7916000{number // 2 if number < 4 else number:04d}")
    await base.subscriber("без телефона", "")
    async with way.reading(db) as connection:
        picked = await subscribers.sample_numbers(connection, 10)
        assert len(picked) == len(set(picked)) == 10
        for number in picked:
            assert await subscribers.by_phone(connection, number)
        assert {"+79160000000", "+79160000001"} <= set(picked)


async def test_an_empty_base_has_no_sample_numbers(db: way.Database) -> None:
    async with way.reading(db) as connection:
        assert await subscribers.sample_numbers(connection, 5) == []
