"""One's own settings on one page: for everybody who is signed in, each with the place where it is changed."""

from __future__ import annotations

import pytest

from tests.workstation.house import House

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(("login", "calls"), [("olga", True), ("sofia", False), ("audrey", False)])
async def test_everybody_has_his_settings_and_only_a_desk_has_keys(house: House, login: str, calls: bool) -> None:
    async with house.signed_in(login) as client:
        page = await client.get("/my/settings")
        assert page.status_code == 200
        assert 'href="/language"' in page.text
        assert page.text.count('data-appearance="theme"') == 3
        assert ('href="/desk#keys"' in page.text) is calls


async def test_keys_of_ones_own_are_listed(house: House) -> None:
    async with house.signed_in("olga") as client:
        assert "You use the keys as they came." in (await client.get("/my/settings")).text
        await client.post("/api/keys", data={"action": "promise", "key": "Alt+KeyY"})
        assert "<kbd>Alt Y</kbd>" in (await client.get("/my/settings")).text


async def test_nobody_sees_it_without_a_session(house: House) -> None:
    async with house.browser() as client:
        assert (await client.get("/my/settings", headers={"accept": "text/html"})).status_code == 303
