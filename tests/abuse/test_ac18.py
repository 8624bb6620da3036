"""AC18: files of the house are guessed, hot-linked, asked for in ranges or by another way than their keys.

There are no recordings in this house yet; documents and attachments go the way that recordings will.
"""

from __future__ import annotations

import pytest

from tests.abuse.conftest import Logged
from tests.workstation.house import House

pytestmark = pytest.mark.integration


async def test_a_file_is_had_by_its_key_its_subscriber_a_right_and_a_reason(house: House, logged: Logged) -> None:
    async with house.opened("olga", 1, 2) as client, house.program("olga") as program:
        every = (await program.get("/templates")).json()["items"]
        template = next(one["template_id"] for one in every if one["code"] == "balance")
        made = await program.post("/accounts/1/documents", json={"template_id": template})
        key = made.json()["document_id"]
        mine = f"/office/accounts/1/documents/{key}"
        whole = await client.get(mine)
        assert whole.status_code == 200
        assert whole.headers["content-disposition"].startswith("attachment")
        part = await client.get(mine, headers={"range": "bytes=0-3,0-3,0-3,5-"})
        assert part.content == whole.content, "ranges are not served: nothing to be abused"
        for other in (
            f"/office/accounts/2/documents/{key}",
            f"/office/accounts/1/documents/{key + 1}",
            "/office/accounts/1/documents/..%2f..%2fbusbar.env",
            "/office/accounts/1/documents/%2e%2e",
        ):
            assert (await client.get(other)).status_code == 404, other
        assert (await client.get("/office/accounts/1/documents/1%00")).status_code == 400
        for listing in ("/files", "/documents", "/office/accounts/1/documents/", "/office/files"):
            assert (await client.get(listing)).status_code == 404, listing
        assert (await client.post("/sign-out")).status_code == 303
        assert (await client.get(mine)).headers["location"] == "/sign-in", "the address alone is worth nothing"
    async with house.signed_in("ivan") as other_one:
        assert (await other_one.get(mine)).status_code == 428, "nor with no reason"
    for login in ("adam", "audrey"):
        async with house.signed_in(login) as without_right:
            assert (await without_right.get(mine)).status_code == 403
    line = await logged("document.viewed", "olga", "account 1")
    assert str(key) in line.reason
    assert (await logged("refused", "ivan", f"GET {mine}")).reason == "reason-needed"
    assert (await logged("refused", "adam", f"GET {mine}")).reason == "forbidden"
