"""AC14: lists without a filter, wildcards, huge pages, cursors that were tampered with."""

from __future__ import annotations

import pytest

from tests.workstation.house import House

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("asked", ["", "%", "_", "*", "a", "%%%", "___", "' or 1=1 --"])
async def test_a_search_that_names_nobody_finds_nobody(house: House, asked: str) -> None:
    async with house.signed_in("olga") as client:
        assert "data-account-id" not in (await client.get("/api/search", params={"q": asked})).text


async def test_the_log_comes_by_pages_of_a_bounded_size_and_by_our_own_cursors(house: House) -> None:
    async with house.program("audrey") as program:
        assert (await program.get("/audit", params={"limit": 10_000})).status_code == 422
        assert (await program.get("/audit", params={"limit": 200})).status_code == 200
        for cursor in ("x", "AAAA", "1" * 999):
            answer = await program.get("/audit", params={"after": cursor})
            assert (answer.status_code, answer.json()["code"]) == (422, "bad-cursor")
        first = (await program.get("/audit", params={"limit": 1})).json()
        if first.get("next"):
            assert (await program.get("/alerts", params={"after": first["next"]})).status_code == 422
    async with house.signed_in("adam") as client:
        for before in ("-1", "1e9", "x", "99999999999"):
            assert (await client.get("/office/audit", params={"before": before})).status_code == 200
