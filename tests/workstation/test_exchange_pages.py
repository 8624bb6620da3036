"""Files in and out as people meet them: sent in, judged, committed, taken back; asked for, approved, fetched once."""

from __future__ import annotations

import asyncio

from sqlalchemy import delete, select

from crm_core.db import reading, transaction
from crm_core.exporting import work as export_work
from crm_core.fields import Entity, FieldDefinition, Type
from crm_core.store import exports, fields, imports
from crm_core.tables import custom_fields, custom_values
from crm_core.tables import exports as exports_table
from crm_core.tables import imports as imports_table
from tests.workstation.exchange import (
    ALL,
    Work,
    account_numbers,
    asked,
    files,
    house,
    logged,
    mode_of,
    number_of,
    open_house,
    paid,
    send,
    work,
)
from tests.workstation.house import House

pytestmark = ALL
__all__ = ["house", "open_house", "work"]


async def test_a_file_is_judged_looked_at_committed_and_taken_back(house: House, work: Work) -> None:
    number = (await account_numbers(house))[0]
    text = f"account,date,amount,reference\n{number},2026-11-01,5.00,PX\nnobody,2026-11-01,5.00,PX\n"
    async with house.signed_in("marta") as client:
        key = number_of(await send(client, "../../p.csv", text.encode()))
        assert "p.csv" in (await client.get("/office/imports")).text
        await work()
        page = (await client.get(f"/office/imports/{key}")).text
        assert "Nothing is changed yet" in page
        assert "there is no account with this number" in page
        assert 'id="mapping"' in page
        assert await paid(house) == 0
        rejected = await client.get(f"/office/imports/{key}/rejected")
        assert rejected.headers["content-disposition"] == f'attachment; filename="import-{key}-rejected.csv"'
        assert "nobody" in rejected.text
        number_of(await client.post(f"/office/imports/{key}/commit"))
        await work()
        assert await paid(house) == 1
        assert "Take it back" in (await client.get(f"/office/imports/{key}")).text
        number_of(await client.post(f"/office/imports/{key}/undo"))
        await work()
        assert await paid(house) == 0
        assert "Import taken back" in (await client.get(f"/office/imports/{key}")).text
        assert (await client.post(f"/office/imports/{key}/commit")).status_code == 409
    assert [one[1].split(" ")[0] for one in await logged(house, "import.run")] == ["received", "rejected", "to", "to"]
    assert [one[0] for one in await logged(house, "import.committed")] == [f"import {key}"]
    assert [one[0] for one in await logged(house, "import.undone")] == [f"import {key}"]


async def test_columns_are_named_on_the_page_and_remembered(house: House, work: Work) -> None:
    number = (await account_numbers(house))[0]
    text = f"Konto;Am;Wieviel;Nr\n{number};2026-11-01;5.00;PX\n"
    async with house.signed_in("marta") as client:
        key = number_of(await send(client, "p.csv", text.encode()))
        await work()
        page = (await client.get(f"/office/imports/{key}")).text
        assert "The columns are none that are known" in page
        wrong = await client.post(f"/office/imports/{key}/judge", data={"kind": "payments", "column_account": "1"})
        assert wrong.status_code == 422
        assert 'id="column_amount-error"' in wrong.text
        twice = {"kind": "payments", "column_account": "1", "column_paid_on": "2", "column_amount": "2"}
        assert (await client.post(f"/office/imports/{key}/judge", data=twice)).status_code == 422
        right = twice | {"column_amount": "3", "column_reference": "4"}
        number_of(await client.post(f"/office/imports/{key}/judge", data=right))
        await work()
        number_of(await client.post(f"/office/imports/{key}/commit"))
        await work()
        assert await paid(house) == 1
        again = number_of(await send(client, "q.csv", text.replace("5.00", "6.00").encode()))
        await work()
        assert "Nothing is changed yet" in (await client.get(f"/office/imports/{again}")).text


async def test_a_cancelled_import_changes_nothing(house: House, work: Work) -> None:
    number = (await account_numbers(house))[0]
    text = f"account,date,amount,reference\n{number},2026-11-01,5.00,PX\n"
    async with house.signed_in("marta") as client:
        key = number_of(await send(client, "p.csv", text.encode()))
        number_of(await client.post(f"/office/imports/{key}/cancel"))
        await work()
        assert "Cancelled" in (await client.get(f"/office/imports/{key}")).text
        second = number_of(await send(client, "p.csv", text.encode()))
        await work()
        number_of(await client.post(f"/office/imports/{second}/commit"))
        number_of(await client.post(f"/office/imports/{second}/cancel"))
        await work()
        assert await paid(house) == 0
        assert (await client.post(f"/office/imports/{second}/cancel")).status_code == 409


async def test_a_file_that_cannot_be_taken_is_refused_in_words_and_leaves_nothing(house: House) -> None:
    before = files(house)
    async with house.signed_in("marta") as client:
        for name, content, words in (
            ("a.csv", b"", "is empty"),
            ("a.exe", b"MZ", "This kind of file is not read"),
            ("a.csv", b"PK\x03\x04", "right ending"),
        ):
            answer = await send(client, name, content)
            assert answer.status_code == 422
            assert words in answer.text
    assert files(house) == before
    async with reading(house.parts.engine) as db:
        assert await imports.listing(db) == []


async def test_only_this_route_takes_files_and_only_up_to_their_size(house: House) -> None:
    large = b"account,date,amount\n" + b"1,2026-11-01,5.00\n" * 5_000
    async with house.signed_in("marta") as client:
        assert (await send(client, "a.csv", large)).status_code == 303
        assert (await client.post("/office/exports", data={"reason": "x" * 70_000})).status_code == 413
        cookie = client.cookies["busbar"]
    stated = (house.settings.import_megabytes << 20) + 200_000
    reader, writer = await asyncio.open_connection("127.0.0.1", house.settings.web_port)
    writer.write(
        f"POST /office/imports HTTP/1.1\r\nHost: 127.0.0.1:{house.settings.web_port}\r\nCookie: busbar={cookie}\r\n"
        f"Content-Length: {stated}\r\nConnection: close\r\n\r\n".encode()
    )
    assert b" 413 " in await reader.readline()
    writer.close()


async def test_without_the_forms_token_no_byte_of_a_file_is_taken(house: House) -> None:
    before = files(house)
    async with house.signed_in("marta") as client:
        client.headers.pop("x-csrf-token", None)
        for fields in ({}, {"csrf": "guessed"}):
            answer = await client.post("/office/imports", data=fields, files={"file": ("a.csv", b"a,b\n1,2\n")})
            assert answer.status_code == 403
    assert files(house) == before


async def test_an_operator_neither_sends_files_in_nor_takes_data_out(house: House) -> None:
    async with house.signed_in("olga") as client:
        assert (await send(client, "a.csv", b"a,b\n")).status_code == 403
        for path in ("/office/imports", "/office/exports", "/office/imports/1", "/office/exports/1"):
            assert (await client.get(path)).status_code == 403
        assert (await client.post("/office/exports", data={})).status_code == 403


async def test_a_small_export_is_made_and_fetched_once(house: House, work: Work) -> None:
    async with house.signed_in("marta") as client:
        key = number_of(await asked(client))
        await work()
        page = await client.get(f"/office/exports/{key}")
        assert 'id="fetch"' in page.text
        link = (await client.post(f"/office/exports/{key}/link")).headers["location"]
        newer = (await client.post(f"/office/exports/{key}/link")).headers["location"]
        assert (await client.get(link)).status_code == 410
        fetched = await client.get(newer)
        assert fetched.status_code == 200
        assert fetched.headers["content-disposition"] == f'attachment; filename="export-{key}-payments.csv"'
        assert f"export {key}, taken by" in fetched.text
        assert "for the auditors of the year" in fetched.text
        second = await client.get(newer)
        assert second.status_code == 410
        assert "This link was used" in second.text
        assert "Fetched" in (await client.get(f"/office/exports/{key}")).text
    assert list((house.settings.run_dir / "exports").glob(f"{key}-*")) == []
    for action in ("export.asked", "export.made", "export.downloaded"):
        assert [one[0] for one in await logged(house, action)] == [f"export {key}"]


async def test_a_large_export_needs_another_person(house: House, work: Work) -> None:
    house.parts.settings.__dict__["export_approval_rows"] = 0
    try:
        async with house.signed_in("marta") as marta, house.signed_in("sofia") as sofia:
            key = number_of(await asked(marta))
            await work()
            assert (await marta.post(f"/office/exports/{key}/approve")).status_code == 403
            assert (await marta.post(f"/office/exports/{key}/link")).status_code == 409
            page = await sofia.get(f"/office/exports/{key}")
            assert 'id="approve"' in page.text
            assert (await sofia.post(f"/office/exports/{key}/refuse", data={"answer": ""})).status_code == 422
            number_of(await sofia.post(f"/office/exports/{key}/approve", data={"answer": "for the auditors, yes"}))
            assert (await sofia.post(f"/office/exports/{key}/approve")).status_code == 409
            await work()
            assert (await sofia.post(f"/office/exports/{key}/link")).status_code == 404
            link = (await marta.post(f"/office/exports/{key}/link")).headers["location"]
            assert (await sofia.get(link)).status_code == 404
            assert (await marta.get(link)).status_code == 200
            refused = number_of(await asked(marta))
            number_of(await sofia.post(f"/office/exports/{refused}/refuse", data={"answer": "too much"}))
            assert "too much" in (await marta.get(f"/office/exports/{refused}")).text
    finally:
        house.parts.settings.__dict__["export_approval_rows"] = 1_000
    assert await logged(house, "export.approved") == [(f"export {key}", "for the auditors, yes")]
    assert await logged(house, "export.refused") == [(f"export {refused}", "too much")]


async def test_a_wish_that_is_not_right_keeps_what_was_typed(house: House) -> None:
    async with house.signed_in("marta") as client:
        for changes, field in (
            ({"reason": "short"}, "reason"),
            ({"subject": "moon"}, "subject"),
            ({"form": "cim"}, "subject"),
            ({"scope": "accounts", "numbers": "1 '; drop table accounts"}, "numbers"),
            ({"scope": "accounts", "numbers": ""}, "numbers"),
            ({"since": "2026-02-01", "until": "2026-01-01"}, "until"),
        ):
            answer = await asked(client, **changes)
            assert answer.status_code == 422, changes
            assert f'id="{field}-error"' in answer.text
        house.parts.settings.__dict__["export_most_rows"] = 0
        try:
            assert "more than may leave" in (await asked(client)).text
        finally:
            house.parts.settings.__dict__["export_most_rows"] = 1_000_000


async def test_a_file_nobody_fetched_is_deleted_when_its_time_is_over(house: House, work: Work) -> None:
    async with house.signed_in("marta") as client:
        key = number_of(await asked(client))
        await work()
        async with transaction(house.parts.engine) as db:
            found = await exports.by_id(db, key)
            await db.execute(exports_table.update().values(expires_at=found.asked_at))
        assert mode_of(house, found.stored) == 0o600
        assert (await client.post(f"/office/exports/{key}/link")).status_code == 409
        ended = await export_work.swept(house.settings, house.parts.engine)
        assert [one.export_id for one in ended] == [key]
        assert mode_of(house, found.stored) is None
        assert "Time over" in (await client.get(f"/office/exports/{key}")).text


async def test_what_can_no_longer_be_taken_back_is_forgotten_with_every_row_that_was_shown(
    house: House, work: Work
) -> None:
    number = (await account_numbers(house))[0]
    before = files(house)
    async with house.signed_in("marta") as client:
        text = f"account,date,amount,reference\n{number},2026-11-01,5.00,PX\nAnna,2026-11-01,5.00,PX\n"
        key = number_of(await send(client, "p.csv", text.encode()))
        await work()
        number_of(await client.post(f"/office/imports/{key}/commit"))
        await work()
        async with transaction(house.parts.engine) as db:
            await db.execute(imports_table.update().values(undo_until=imports_table.c.created_at))
        assert (await client.post(f"/office/imports/{key}/undo")).status_code == 409
        assert len(files(house) - before) == 2
        assert "Anna" in (await client.get(f"/office/imports/{key}")).text
        await export_work.swept(house.settings, house.parts.engine)
        assert files(house) == before
        page = await client.get(f"/office/imports/{key}")
        assert page.status_code == 200
        assert "Anna" not in page.text
        assert (await client.get(f"/office/imports/{key}/rejected")).status_code == 404
    assert await paid(house) == 1


async def test_a_column_is_named_as_a_custom_field_on_the_page(house: House, work: Work) -> None:
    number = (await account_numbers(house))[0]
    field = FieldDefinition(entity=Entity.ACCOUNT, code="feeder", title="Feeder <b>", type=Type.WHOLE, least="1")
    async with transaction(house.parts.engine) as db:
        assert isinstance(await fields.save(db, field, house.people["marta"]), FieldDefinition)
    async with house.signed_in("marta") as client:
        key = number_of(await send(client, "v.csv", f"Konto;Wert\n{number};7\n{number};0\n".encode()))
        await work()
        page = (await client.get(f"/office/imports/{key}?kind=fields")).text
        assert 'id="column_account.feeder"' in page
        assert "Feeder &lt;b&gt;" in page
        named = {"kind": "fields", "column_account": "1", "column_account.feeder": "2"}
        number_of(await client.post(f"/office/imports/{key}/judge", data=named))
        await work()
        assert "less than the field takes: Feeder &lt;b&gt; ≥ 1" in (await client.get(f"/office/imports/{key}")).text
        number_of(await client.post(f"/office/imports/{key}/commit"))
        await work()
        async with transaction(house.parts.engine) as db:
            assert (await db.execute(select(custom_values.c.number))).scalars().all() == [7]
            await db.execute(delete(custom_values))
            await db.execute(delete(custom_fields))
