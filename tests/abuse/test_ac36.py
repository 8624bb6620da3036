"""AC36: a file sent twice, in part, or broken off is in once; one that is cancelled is not in at all."""

from __future__ import annotations

import asyncio

from tests.support.waiting import eventually
from tests.workstation.exchange import (
    ALL,
    Work,
    account_numbers,
    files,
    house,
    logged,
    number_of,
    open_house,
    paid,
    send,
    work,
)
from tests.workstation.house import House

pytestmark = ALL
__all__ = ["house", "open_house", "work"]


def payments(number: str, first: int, last: int) -> bytes:
    rows = "".join(f"{number},2026-11-{day:02},1.00,PX\n" for day in range(first, last))
    return f"account,date,amount,reference\n{rows}".encode()


async def test_sent_twice_in_parts_and_again_it_is_in_once(house: House, work: Work) -> None:
    number = (await account_numbers(house))[0]
    parts = (payments(number, 3, 8), payments(number, 1, 11))
    async with house.signed_in("marta") as client:
        for content in parts:
            key = number_of(await send(client, "p.csv", content))
            await work()
            number_of(await client.post(f"/office/imports/{key}/commit"))
            await work()
        assert await paid(house) == 10
        again = await send(client, "other name.csv", parts[-1])
        assert again.status_code == 422
        assert "This very file is in already, all 10 rows of it" in again.text

    async def recorded() -> list[tuple[str, str]]:
        return await logged(house, "import.refused")

    assert [one[0] for one in await eventually(recorded, what="the refusal in the log")] == ["other name.csv"]
    assert len(await logged(house, "import.committed")) == 2


async def test_pressed_twice_it_is_committed_once(house: House, work: Work) -> None:
    number = (await account_numbers(house))[0]
    async with house.signed_in("marta") as client:
        key = number_of(await send(client, "p.csv", payments(number, 1, 4)))
        await work()
        both = await asyncio.gather(*(client.post(f"/office/imports/{key}/commit") for _ in range(2)))
        assert sorted(one.status_code for one in both) == [303, 409]
        await work()
    assert await paid(house) == 3
    assert len(await logged(house, "import.committed")) == 1


async def test_an_upload_that_broke_off_leaves_nothing(house: House) -> None:
    before = files(house)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.settings.web_port)
    async with house.signed_in("marta") as client:
        head = (
            f"POST /office/imports HTTP/1.1\r\nHost: 127.0.0.1:{house.settings.web_port}\r\n"
            f"Cookie: busbar={client.cookies['busbar']}\r\nX-CSRF-Token: {client.headers['x-csrf-token']}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"
            '--b\r\nContent-Disposition: form-data; name="file"; filename="p.csv"\r\n\r\naccount,date\n'
        )
        writer.write(head.encode())
        await writer.drain()

        async def begun() -> bool:
            return files(house) != before

        assert await eventually(begun, what="the file being written")
        writer.close()
        await writer.wait_closed()

        async def gone() -> bool:
            return files(house) == before

        assert await eventually(gone, what="the file being gone")
    assert reader is not None


async def test_cancelled_it_is_not_in_at_all(house: House, work: Work) -> None:
    number = (await account_numbers(house))[0]
    async with house.signed_in("marta") as client:
        key = number_of(await send(client, "p.csv", payments(number, 1, 4)))
        await work()
        number_of(await client.post(f"/office/imports/{key}/commit"))
        number_of(await client.post(f"/office/imports/{key}/cancel"))
        await work()
    assert await paid(house) == 0
    assert [one[0] for one in await logged(house, "import.cancelled")] == [f"import {key}"]
