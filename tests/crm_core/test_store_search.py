"""Search from one box on a real PostgreSQL."""

# ruff: noqa: RUF001 -- people type Cyrillic.
from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text, update

from crm_core import db as way
from crm_core import finding_jobs, names, tables
from crm_core.duplicates.merging import MergeOrder
from crm_core.lookup import Hit, questions
from crm_core.misspelling import one_error_away
from crm_core.store import contact_names, merges, search, search_keys, search_words
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOSTILE = (
    "%%%", "___", "Ив%", "И_а", "", "ab", "' or 1=1 --", "a:* & b", "!ива | (", "\x00", "\\\\\\", "ива\x00\x00",
    "'ива':*", "ива & !ива", "<-> ива", "{ива}", "ива;drop table customers", "$$ива$$", "ива' | 'ива", "@", "%@%",
    "_@_", "ива@%", "\ud800ива", "\u202eива", "ва" * 5000, "ива " * 3000, "1" * 10_000, "ab@" + "c" * 10_000,
)  # fmt: skip


async def hits(db: way.Database, typed: str, limit: int = 20) -> list[Hit]:
    async with way.reading(db) as connection:
        return list((await search.search(connection, typed, limit)).hits)


async def find(db: way.Database, typed: str, limit: int = 20) -> list[tuple[int, str]]:
    return [(hit.candidate.account_id, hit.candidate.why) for hit in await hits(db, typed, limit)]


KNOWN = (
    ("0000000014", "account"), ("000000001", "account"), ("00 0000 001", "account"),
    ("8 (916) 123-45-67", "phone"), ("+7 916 123 45 67", "phone"), ("9161234567", "phone"),
    ("sn-77", "meter"), ("SN-77", "meter"), ("Sn-77", "meter"),
    ("R-2026-17", "application"), ("r-2026-17", "application"),
    ("Yuri.Sch@Example.org", "email"), ("yuri.sch@example.org", "email"), ("yuri.s", "email"),
    ("yuri.sch@", "email"),
    ("770123456789", "tax_number"), ("77 0123 456789", "tax_number"),
    ("Щукин", "name"), ("shchukin", "name"), ("Schukin Iurii", "name"),
    ("юрий щук", "name"), ("Юрьевич Щукин", "name"), ("Щукин Ю Ю", "name"),
    ("Ленина 5", "address"), ("ул. Ленина, д. 5", "address"), ("lenina tver", "address"),
    ("Тверь, Ленина 5", "address"), ("5 12 ленина", "address"), ("Lenina street 5", "address"),
)  # fmt: skip


async def test_a_subscriber_is_found_by_whatever_is_known(db: way.Database, base: Base) -> None:
    customer = await base.customer("Щукин Юрий Юрьевич", "+79161234567", tax_number="770123456789")
    account = await base.account(customer, "г. Тверь, ул. Ленина, д. 5, кв. 12")
    await base.meter(account, "single", serial="SN-77")
    await base.rows(
        tables.contacts, {"customer_id": customer, "name": "Щукин", "phone": "", "email": "Yuri.Sch@Example.org"}
    )
    await base.rows(
        tables.applications,
        {"number": "R-2026-17", "account_id": account, "kind": "seal", "title": "Seal", "stage": "filed",
         "filed_on": date(2026, 11, 1)},
    )  # fmt: skip
    await base.subscriber("Бабочкин Пётр", "+79160000000", "г. Рязань, ул. Мира, д. 50")
    for typed, why in KNOWN:
        assert await find(db, typed) == [(account, why)], typed


MISSPELT = (
    ("Щукни", "Щукин"), ("Щкин", "Щукин"), ("Щурукин", "Щукин"), ("Шукин Юркй", "Юрий"), ("Щекин", "Щукин"),
    ("Юрьевчи Щукин", "Юрьевич"), ("shchukim", "Щукин"), ("Shcuhkin", "Щукин"), ("ю щукан", "Щукин"),
    ("Ленена 5", "Ленина"), ("Твнрь Ленина 5 12", "Тверь"), ("ул. Лепина, д. 5, кв. 12", "Ленина"),
    ("lenima tver", "Ленина"),
)  # fmt: skip


async def test_one_typing_error_is_undone_and_said(db: way.Database, base: Base) -> None:
    account = await base.subscriber("Щукин Юрий Юрьевич", "", "г. Тверь, ул. Ленина, д. 5, кв. 12")
    await base.subscriber("Бабочкин Пётр", "", "г. Рязань, ул. Мира, д. 50")
    for typed, meant in MISSPELT:
        found = await hits(db, typed)
        assert [(hit.candidate.account_id, hit.near) for hit in found] == [(account, True)], typed
        assert meant in found[0].matched
    assert await hits(db, "юй щукан") == []


@pytest.mark.parametrize(
    "typed", ["улиуа Ленина 5", "Ленина улца 5 12", "Station Sreet 12 Northgate", "tSreet Station"]
)
async def test_a_misspelt_word_that_keys_leave_out_is_left_out_too(db: way.Database, base: Base, typed: str) -> None:
    await base.subscriber("Щукин Юрий Юрьевич", "", "г. Тверь, улица Ленина, д. 5, кв. 12")
    await base.subscriber("Wells Ada", "", "12 Station Street, Northgate")
    assert [hit.candidate.why for hit in await hits(db, typed)] == ["address"]


async def test_an_error_in_every_word_is_undone_and_fewer_errors_come_first(db: way.Database, base: Base) -> None:
    worse = await base.subscriber("Щекин Юлий", "", "А")
    better = await base.subscriber("Щукин Юлий", "", "Б")
    found = await hits(db, "Щукин Юоий")
    assert [one.candidate.account_id for one in found] == [better, worse]
    assert [one.matched for one in found] == ["Юлий", "Щекин, Юлий"]


async def test_a_short_word_and_a_number_bear_no_error(db: way.Database, base: Base) -> None:
    await base.subscriber("Ким Вера", "", "Тверь, Ленина 50")
    assert await hits(db, "Кин") == []
    assert await hits(db, "Ленина 51") == []


async def test_what_is_spelt_right_hides_what_is_near(db: way.Database, base: Base) -> None:
    for place in "абв":
        await base.subscriber("Иванов Пётр", "", place)
    await base.subscriber("Иванав Пётр", "", "г")
    assert {one.near for one in await hits(db, "Иванов Пётр")} == {False}
    assert [one.near for one in await hits(db, "Иванав Пётр")] == [False]
    # Not yet typed whole: who is found may not be who is meant.
    assert [one.near for one in await hits(db, "Иванав Пёт")] == [False, True, True, True]


async def test_a_number_that_is_found_is_not_guessed_about(db: way.Database, base: Base) -> None:
    account = await base.subscriber("0000000014 Иванов", "", "0000000014")
    await base.subscriber("0000000014 Петров", "", "Б")
    assert await find(db, "0000000014") == [(account, "account")]


async def test_a_beginning_of_account_numbers_finds_them_all(db: way.Database, base: Base) -> None:
    accounts = {await base.subscriber("А"), await base.subscriber("Б")}
    assert {account for account, _ in await find(db, "000000")} == accounts


async def test_the_surest_comes_first(db: way.Database, base: Base) -> None:
    street = await base.subscriber("Петров", address="ул. Иванова, 3")
    second = await base.subscriber("Алексеев Иван Иванович")
    first = await base.subscriber("Иванов Пётр")
    assert await find(db, "Иванов") == [(first, "name"), (street, "address"), (second, "name")]


async def test_no_more_than_asked_for_come_back_and_it_is_said(db: way.Database, base: Base) -> None:
    for number in range(6):
        await base.subscriber(f"Иванов {number}", address=f"Ивановская {number}")
    async with way.reading(db) as connection:
        found = await search.search(connection, "Иван", 4)
        assert (len(found.hits), found.more) == (4, True)
        whole = await search.search(connection, "Иван", 12)
        assert (len(whole.hits), whole.more) == (6, False)


async def test_words_that_half_the_base_bears_are_not_gathered(
    db: way.Database, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "WIDEST", 3)
    for number in range(4):
        await base.subscriber(f"Иванов Пётр{number}", address=f"Мира {number}")
    async with way.transaction(db) as connection:
        await search_words.rebuild(connection)
    async with way.reading(db) as connection:
        wide = await search.search(connection, "петр")
        assert (wide.hits, wide.too_wide) == ((), True)
        narrow = await search.search(connection, "петр1 иванов")
        assert (len(narrow.hits), narrow.too_wide) == (1, False)
        house = await search.search(connection, "2 мира")
        assert (len(house.hits), house.too_wide) == (1, False)


async def test_a_search_that_takes_too_long_asks_for_more(
    db: way.Database, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    await base.subscriber("Алексеев Иван")
    monkeypatch.setattr(search, "PATIENCE", "1ms")
    slow = search._answers

    async def held_up(connection: object, parts: object, limit: int) -> list[Hit]:
        if limit == 21 and parts and "to_tsquery" in str(parts[0]):  # type: ignore[index]
            await connection.execute(text("select pg_sleep(1)"))  # type: ignore[attr-defined]
        return await slow(connection, parts, limit)  # type: ignore[arg-type]

    monkeypatch.setattr(search, "_answers", held_up)
    async with way.reading(db) as connection:
        found = await search.search(connection, "иван")
        assert (found.hits, found.too_wide) == ((), True)
        assert (await connection.execute(text("show statement_timeout"))).scalar_one() == "10s"


async def test_a_further_number_finds_and_a_number_that_ended_does_not(db: way.Database, base: Base) -> None:
    customer = await base.customer("ООО Ромашка", kind="organisation")
    account = await base.account(customer)
    for name, ended in (("Бухгалтер", None), ("Прежний", NOW)):
        await base.rows(
            tables.contacts,
            {"customer_id": customer, "name": name, "phone": f"+791600000{len(name):02}", "ended_at": ended,
             "email": f"n{len(name)}@example.org"},
        )  # fmt: skip
    async with way.reading(db) as connection:
        people = select(tables.contacts.c.name, tables.contacts.c.id)
        ids = {row.name: row.id for row in await connection.execute(people)}
    for number, person, ended in ((1, "Бухгалтер", None), (2, "Бухгалтер", NOW), (3, "Прежний", None)):
        row = {"contact_id": ids[person], "number": f"+7916111111{number}", "ended_at": ended}
        await base.rows(tables.contact_numbers, row)
    for typed in ("8 916 000-00-09", "8 (916) 111-11-11", "n9@example.org"):
        assert [found for found, _ in await find(db, typed)] == [account], typed
    for typed in ("8 916 000-00-07", "8 (916) 111-11-12", "8 (916) 111-11-13", "n7@example.org"):
        assert await find(db, typed) == [], typed


async def test_an_organisation_is_found_by_its_people_and_a_subscriber_by_his_family(
    db: way.Database, base: Base
) -> None:
    firm = await base.account(await base.customer("ООО Ромашка", kind="organisation", contact="Жаворонкова Вера"))
    home = await base.account(await base.customer("Щеглов Антон", contact="Щеглова Инна"), "Тверь, Мира 7")
    await base.account(await base.customer("Жаворонков Пётр"), "Тверь, Мира 8")
    assert await find(db, "Вера Жаворонкова") == []  # not folded yet: a worker does it within half a minute
    assert await finding_jobs.folded(db) == 3
    for typed, near in (
        ("Жаворонкова", False),
        ("вера жав", False),
        ("zhavoronkova vera", False),
        ("Жаваронкова", True),
    ):
        found = await hits(db, typed)
        assert [(one.candidate.account_id, one.candidate.why, one.near) for one in found] == [(firm, "contact", near)]
        assert (found[0].matched, found[0].candidate.customer) == ("Жаворонкова Вера", "ООО Ромашка")
    assert await find(db, "Инна Щеглова") == [(home, "contact")]
    assert await find(db, "Щеглов") == [(home, "name")]
    async with way.transaction(db) as connection:
        await connection.execute(
            update(tables.contacts).where(tables.contacts.c.name == "Щеглова Инна").values(name="Зимина Инна")
        )
    assert await find(db, "Щеглова Инна") == []  # at once
    assert await finding_jobs.folded(db) == 1
    assert await find(db, "Зимина") == [(home, "contact")]
    async with way.transaction(db) as connection:
        await connection.execute(update(tables.contacts).values(ended_at=NOW))
    assert await find(db, "Зимина") == []
    assert await finding_jobs.folded(db) == 3
    async with way.reading(db) as connection:
        assert (await connection.execute(select(tables.contact_names))).all() == []
        assert await contact_names.waiting(connection) == 0


async def test_words_of_one_who_was_merged_lead_to_whom_he_became(db: way.Database, base: Base) -> None:
    by = await base.user("marta", "manager")
    third, second = await base.customer("Орехова Анна", "+79160000003"), await base.customer("Дымова Анна")
    first = await base.customer("Шиповникова Анна Петровна", "+79160000001", tax_number="770123456789")
    accounts = {await base.account(one) for one in (first, second, third)}
    done = []
    for survivor, loser in ((second, first), (third, second)):
        order = MergeOrder(survivor_id=survivor, loser_id=loser, choices={}, by=by, at=NOW, reason="one passport")
        async with way.transaction(db) as connection:
            done.append(await merges.merge(connection, order))
    words = ("Шиповникова", "анна шипов", "shipovnikova", "Дымова", "Орехова")
    for typed in (*words, "8 916 000 00 01", "77 0123 456789"):
        found = await hits(db, typed)
        assert {one.candidate.account_id for one in found} == accounts, typed
        assert {one.candidate.customer for one in found} == {"Орехова Анна"}
    assert {one.matched for one in await hits(db, "Шиповникова")} == {"Шиповникова Анна Петровна"}
    async with way.transaction(db) as connection:
        for merge_id in reversed(done):
            await merges.undo(connection, merge_id, by=by, now=NOW, reason="two people")
    assert [one.candidate.customer for one in await hits(db, "Шиповникова")] == ["Шиповникова Анна Петровна"]


async def test_signs_of_queries_are_signs_like_any_other(db: way.Database, base: Base) -> None:
    await base.subscriber("Иванов Иван")
    for typed in HOSTILE:
        assert await hits(db, typed) == [] or "ива" in typed, typed[:40]


async def test_a_beginning_of_an_e_mail_is_no_pattern(db: way.Database, base: Base) -> None:
    customer = await base.customer("А")
    await base.account(customer)
    await base.rows(tables.contacts, {"customer_id": customer, "name": "А", "email": "a_b.c@example.org"})
    assert len(await hits(db, "a_b.c")) == 1
    assert await hits(db, "a_b_c") == []
    assert await hits(db, "%b.c@") == []


async def test_initials_sift(db: way.Database, base: Base) -> None:
    ivan = await base.subscriber("Щукин Иван Петрович")
    await base.subscriber("Щукин Пётр Иванович")
    await base.subscriber("Щукин Павел Алексеевич")
    assert ivan in [account for account, _ in await find(db, "Щукин И П")]
    assert len(await find(db, "Щукин А П")) == 1


async def test_common_words_sift_what_rare_ones_found(db: way.Database, base: Base) -> None:
    there = "Тверская область, город Тверь, микрорайон Южный, улица Мира, 5, 12"
    one = await base.subscriber("А", address=there)
    await base.subscriber("Б", address=there.replace("Тверская", "Рязанская"))
    await base.subscriber("В", address=there.replace("12", "13"))
    assert await find(db, "12 5 мира южный тверь тверская") == [(one, "address")]


async def test_house_five_is_not_house_fifty(db: way.Database, base: Base) -> None:
    five = await base.subscriber("А", address="Тверь, Ленина 5")
    await base.subscriber("Б", address="Рязань, Ленина 50")
    assert await find(db, "5 Ленина") == [(five, "address")]


async def test_a_search_goes_along_indexes_only(db: way.Database, base: Base) -> None:
    await base.subscriber("Иванов Иван", "", "Тверь, Ленина 5")
    used: set[str] = set()
    typed = ("Ленина 5", "Иванов", "Ивоно", "000001", "89161234567", "0000000014", "770123456789", "a.b@c")
    async with way.reading(db) as connection:
        await connection.execute(text("set enable_seqscan = off"))
        for asked in (questions(one, "RU") for one in typed):
            assert asked is not None
            choices = await search._with_neighbours(connection, await search._known(connection, asked))
            for part in (*search_keys.sure(asked), *search._worded(asked, choices), *search._misspelt(asked, choices)):
                sql = part.compile(dialect=db.reader.dialect)
                plan = "\n".join((await connection.exec_driver_sql(f"explain {sql}", sql.params)).scalars())
                assert "Seq Scan" not in plan, plan
                used |= set(re.findall(r"ix_\w+|uq_\w+", plan))
    assert used >= {
        "ix_customers_name_key", "ix_customers_name_words", "ix_premises_address_key", "ix_premises_address_words",
        "ix_contacts_phone", "ix_contacts_email_lower", "ix_meters_serial", "uq_accounts_number",
        "uq_applications_number", "ix_customers_tax_number", "ix_contact_numbers_number",
        "ix_contact_names_name_key", "ix_contact_names_words",
    }  # fmt: skip


async def words(db: way.Database, kind: str = "name") -> list[tuple[str, int]]:
    query = select(tables.search_words.c.word, tables.search_words.c.uses).order_by(tables.search_words.c.word)
    async with way.reading(db) as connection:
        rows = (await connection.execute(query.where(tables.search_words.c.kind == kind))).all()
    return [(row.word, row.uses) for row in rows]


async def test_the_dictionary_learns_each_word_once_and_no_numbers(db: way.Database, base: Base) -> None:
    await base.subscriber("Щукин Юрий 125", "", "Тверь, Ленина 5")
    await base.subscriber("Щукин Ю", "", "Тверь, Мира 555")
    assert await words(db) == [("iuri", 1), ("shukin", 1)]
    assert await words(db, "address") == [("lenina", 1), ("mira", 1), ("tver", 1)]


async def test_a_new_name_is_found_by_its_words_at_once(db: way.Database, base: Base) -> None:
    customer = await base.customer("Иванов Пётр")
    await base.account(customer)
    async with way.transaction(db) as connection:
        await connection.execute(
            update(tables.customers)
            .where(tables.customers.c.id == customer)
            .values(name="Сидоров Пётр", name_key=names.key("Сидоров Пётр"))
        )
    assert len(await hits(db, "Пётр Сидоров")) == 1
    assert len(await hits(db, "Пётр Сидорив")) == 1


async def test_a_rebuilt_dictionary_counts_uses_and_forgets_what_is_gone(db: way.Database, base: Base) -> None:
    for name in ("Иванов Пётр", "Иванов Олег"):
        await base.subscriber(name)
    async with way.transaction(db) as connection:
        await connection.execute(tables.search_words.insert().values(kind="name", word="gone"))
        assert await search_words.rebuild(connection) == 5
    assert await words(db) == [("ivanov", 2), ("oleg", 1), ("petr", 1)]


async def test_two_that_bring_one_new_word_do_not_wait_for_each_other(db: way.Database) -> None:
    new = tables.customers.insert().values(kind="person", name="Щукин", name_key="shukin")
    async with way.transaction(db) as first, way.transaction(db) as second:
        await first.execute(new)
        await second.execute(new)
    assert await words(db) == [("shukin", 1), ("shukin", 1)]
    async with way.reading(db) as connection:
        assert await search_words.among(connection, one_error_away("щкин")) == {
            "name": [search_words.Known("shukin", 2)],
            "address": [],
        }
