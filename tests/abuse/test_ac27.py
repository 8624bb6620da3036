"""AC27: a socket from a foreign page, without a session, too large, too busy, not understood, revoked: it is closed."""

from __future__ import annotations

import contextlib

import pytest
from sqlalchemy import update
from websockets.exceptions import ConnectionClosed, InvalidStatus

from crm_core.db import transaction
from crm_core.tables import users
from tests.workstation.house import House
from workstation.sweeper import Sweeper

pytestmark = pytest.mark.integration
SOCKETS = {"/ws": ("olga", "desk_snapshot"), "/ws/floor": ("sofia", "floor_snapshot")}


@pytest.mark.parametrize("path", [*SOCKETS, "/ws/wall"])
async def test_no_socket_opens_for_another_site_nor_without_a_session(house: House, path: str) -> None:
    async with house.signed_in(SOCKETS.get(path, ("sofia",))[0]) as client:
        for origin in ("https://evil.example", "null", f"{house.base}.evil.example"):
            with pytest.raises(InvalidStatus) as refused:
                async with house.page(client, path, origin=origin):
                    pass
            assert refused.value.response.status_code == 403, origin
    async with house.browser() as nobody:
        async with house.page(nobody, path) as page:
            assert await page.closed() == 4401
        nobody.cookies.set("busbar", "x" * 43)
        async with house.page(nobody, path) as page:
            assert await page.closed() == 4401


@pytest.mark.parametrize("path", SOCKETS)
async def test_what_no_page_of_ours_says_ends_the_socket(house: House, path: str) -> None:
    login, first = SOCKETS[path]
    async with house.signed_in(login) as client:
        for text, code in (("x" * 1_000_000, 1009), ("[" * 2000 + "]" * 2000, 4400), ('{"type":"resume","a":1}', 4400)):
            async with house.page(client, path) as page:
                await page.resume()
                await page.hear(first)
                await page.socket.send(text)
                assert await page.closed() == code, text[:20]
        async with house.page(client, path) as page:
            await page.resume()
            await page.hear(first)
            with contextlib.suppress(ConnectionClosed):
                for _ in range(1000):
                    await page.resume()
            assert await page.closed() == 4429


@pytest.mark.parametrize("path", SOCKETS)
async def test_a_session_that_is_taken_away_takes_its_sockets_along(house: House, path: str) -> None:
    login, first = SOCKETS[path]
    async with house.signed_in(login) as client, house.page(client, path) as page:
        await page.resume()
        await page.hear(first)
        async with transaction(house.parts.engine) as db:
            await db.execute(update(users).where(users.c.login == login).values(active=False))
        await Sweeper(house.parts.hub, house.parts.sessions).sweep()
        assert await page.closed() == 4401
