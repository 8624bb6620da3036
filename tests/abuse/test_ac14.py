"""AC14: lists without a filter, wildcards, huge pages, cursors that were tampered with."""

from __future__ import annotations

import pytest

from tests.abuse.conftest import Logged
from tests.workstation.house import House

pytestmark = pytest.mark.integration


async def test_a_search_that_names_nobody_finds_nobody(house: House) -> None:
    async with house.signed_in("olga") as client:
        for asked in ("", "%", "_", "*", "a", "%%%", "___", "' or 1=1 --"):
            assert "data-account-id" not in (await client.get("/api/search", params={"q": asked})).text, asked


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


async def test_no_list_of_the_api_comes_in_pages_of_ten_thousand(house: House) -> None:
    async with house.program("marta") as program:
        document = (await program.get("/openapi.json")).json()
        limits = {
            path: one["schema"]
            for path, operations in document["paths"].items()
            for one in operations.get("get", {}).get("parameters", ())
            if one["name"] == "limit"
        }
        assert len(limits) > 10
        assert all(one["maximum"] <= 200 for one in limits.values()), limits
        refused = await program.get("/tasks", params={"limit": 10_000})
        assert (refused.status_code, refused.json()["fields"][0]["name"]) == (422, "query.limit")


async def test_a_search_is_capped_and_every_one_is_on_record(house: House, logged: Logged) -> None:
    async with house.program("sofia") as program:
        found = (await program.get("/search", params={"q": "Lenina", "limit": 2})).json()
        assert (len(found["items"]), found["more"]) == (2, True)
        assert (await program.get("/search", params={"q": "Lenina", "limit": 10_000})).status_code == 422
    assert (await logged("search", "sofia")).object == "Lenina"
