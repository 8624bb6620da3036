"""Finding subscribers on a real PostgreSQL."""

# ruff: noqa: RUF001 -- people type Cyrillic.
from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import text

from crm_core import accounts as numbers
from crm_core import db as way
from crm_core import tables
from crm_core.card import Candidate
from crm_core.lookup import questions
from crm_core.store import subscribers
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration


async def find(db: way.Database, typed: str, limit: int = 20) -> list[Candidate]:
    async with way.reading(db) as connection:
        return await subscribers.search(connection, typed, limit)


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


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("0000000014", "account"), ("000000001", "account"), ("00 0000 001", "account"),
        ("8 (916) 123-45-67", "phone"), ("+7 916 123 45 67", "phone"), ("9161234567", "phone"),
        ("sn-77", "meter"), ("SN-77", "meter"),
        ("Щукин", "name"), ("shchukin", "name"), ("Schukin Iurii", "name"),
        ("юрий щук", "name"), ("Юрьевич Щукин", "name"), ("Щукин Ю Ю", "name"),
        ("Ленина 5", "address"), ("ул. Ленина, д. 5", "address"), ("lenina tver", "address"),
        ("Тверь, Ленина 5", "address"),
    ],
)  # fmt: skip
async def test_a_subscriber_is_found_by_whatever_is_known(db: way.Database, base: Base, typed: str, why: str) -> None:
    account = await base.subscriber("Щукин Юрий Юрьевич", "+79161234567", "г. Тверь, ул. Ленина, д. 5, кв. 12")
    await base.meter(account, "single", serial="SN-77")
    await base.subscriber("Бабочкин Пётр", "+79160000000", "г. Рязань, ул. Мира, д. 50")
    found = await find(db, typed)
    assert (found[0].account_id, found[0].why) == (account, why)
    assert [one.account_id for one in found].count(account) == 1


async def test_a_beginning_of_account_numbers_finds_them_all(db: way.Database, base: Base) -> None:
    accounts = {await base.subscriber("А"), await base.subscriber("Б")}
    assert {one.account_id for one in await find(db, "000000")} == accounts


async def test_the_surest_comes_first(db: way.Database, base: Base) -> None:
    street = await base.subscriber("Петров", address="ул. Иванова, 3")
    second = await base.subscriber("Алексеев Иван Иванович")
    first = await base.subscriber("Иванов Пётр")
    found = await find(db, "Иванов")
    assert [(one.account_id, one.why) for one in found] == [(first, "name"), (street, "address"), (second, "name")]


async def test_no_more_than_asked_for_come_back(db: way.Database, base: Base) -> None:
    for number in range(6):
        await base.subscriber(f"Иванов {number}", address=f"Ивановская {number}")
    assert len(await find(db, "Иван", limit=4)) == 4


@pytest.mark.parametrize(
    "typed",
    ["%%%", "___", "Ив%", "И_а", "", "ab", "' or 1=1 --", "a:* & b", "!ива | (", "\x00", "\\\\\\", "ива\x00\x00"],
)
async def test_signs_of_queries_are_signs_like_any_other(db: way.Database, base: Base, typed: str) -> None:
    await base.subscriber("Иванов Иван")
    found = await find(db, typed)
    assert found == [] or "ива" in typed


async def test_initials_sift(db: way.Database, base: Base) -> None:
    ivan = await base.subscriber("Щукин Иван Петрович")
    await base.subscriber("Щукин Пётр Иванович")
    await base.subscriber("Щукин Павел Алексеевич")
    assert ivan in [one.account_id for one in await find(db, "Щукин И П")]
    assert len(await find(db, "Щукин А П")) == 1


async def test_house_five_is_not_house_fifty(db: way.Database, base: Base) -> None:
    five = await base.subscriber("А", address="Тверь, Ленина 5")
    await base.subscriber("Б", address="Рязань, Ленина 50")
    assert [one.account_id for one in await find(db, "5 Ленина")] == [five]


async def test_a_search_goes_along_indexes_only(db: way.Database, base: Base) -> None:
    await base.subscriber()
    used: set[str] = set()
    async with way.reading(db) as connection:
        await connection.execute(text("set enable_seqscan = off"))
        for asked in (questions(typed, "RU") for typed in ("Ленина 5", "000001", "89161234567", "0000000014")):
            assert asked is not None
            for part in (*subscribers._sure(asked), *subscribers._worded(asked)):
                sql = part.compile(dialect=db.reader.dialect)
                plan = "\n".join((await connection.exec_driver_sql(f"explain {sql}", sql.params)).scalars())
                assert "Seq Scan" not in plan, plan
                used |= set(re.findall(r"ix_\w+|uq_\w+", plan))
    assert used >= {
        "ix_customers_name_key", "ix_customers_name_words", "ix_premises_address_key", "ix_premises_address_words",
        "ix_contacts_phone", "ix_meters_serial", "uq_accounts_number",
    }  # fmt: skip


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
