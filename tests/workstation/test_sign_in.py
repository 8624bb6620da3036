"""Signing in and out, and everything that is refused at the door."""

from __future__ import annotations

import pytest

from tests.workstation.house import House

pytestmark = pytest.mark.integration


async def test_an_operator_signs_in_and_comes_to_the_desk(house: House) -> None:
    async with house.browser() as client:
        answer = await house.sign_in(client, "olga")
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        desk = await client.get("/desk")
        assert desk.status_code == 200
        assert 'id="status"' in desk.text
        assert desk.headers["cache-control"] == "no-store"
