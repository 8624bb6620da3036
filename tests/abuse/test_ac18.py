"""AC18: files of the house are guessed, hot-linked, asked for in ranges or by another way than their keys."""

from __future__ import annotations

import hashlib

import pytest

from crm_core import clock, recording_jobs
from crm_core import db as way
from crm_core.recordings import Mode, Rule
from crm_core.store import recording_rules
from tests.abuse.conftest import Logged
from tests.crm_core.taping import LATER, Taping
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


async def test_a_recording_is_heard_by_its_key_a_right_and_a_reason_in_parts_and_each_is_written_down(
    house: House, logged: Logged
) -> None:
    pools = way.open_pools(house.settings.database_url, name="test", size=1)
    taping = Taping(pools, house.settings, 1)
    taping.user_id = house.people["olga"]
    async with way.transaction(pools) as db:
        rule = Rule(mode=Mode.ALWAYS)
        taping.rule_id = await recording_rules.put(db, rule, house.people["marta"], clock.now(), instead_of=None)
    call_id, _ = await taping.call(12)
    await recording_jobs.collected(taping.settings, pools, LATER)
    (found,) = await taping.kept(call_id)
    assert found.sealed is not None
    (file,) = (one for one in taping.sealed_files() if one.name == found.sealed.name)
    await pools.dispose()
    here = f"/office/recordings/{found.recording_id}"
    first = {"range": "bytes=0-99"}
    async with house.opened("sofia", 1) as client:
        assert (await client.get(f"{here}/audio", headers=first)).status_code == 206
        line = await logged("recording.heard", "sofia", "account 1")
        assert (line.reason, line.contact_id) == (f"recording {found.recording_id}: 0 to 0 s", call_id)
        for bad in ("bytes=0-3,0-3,5-", "bytes=-5", "bytes=x-", "bytes=0-99,", "items=0-9", ""):
            whole = await client.get(f"{here}/audio", headers={"range": bad})
            assert whole.status_code == 403, bad
        for far in ("bytes=99999999-", "bytes=50-20", f"bytes={10**14}-{10**14 + 5}"):
            assert (await client.get(f"{here}/audio", headers={"range": far})).status_code == 416, far
        opened = await client.get(f"{here}/audio", headers={**first, "sec-fetch-dest": "document"})
        assert opened.status_code == 403, "a link that is opened is no player"
        for path in (
            f"/office/recordings/{found.recording_id + 1}/audio", "/office/recordings/0/audio",
            f"/office/recordings/{call_id}/audio", f"/office/recordings/{file.name}/audio",
            "/office/recordings/..%2f..%2fbusbar.env/audio", "/office/recordings/%2e%2e/audio",
            f"/recordings/{file.parent.name}/{file.name}", "/recordings/", "/office/recordings/1/file",
        ):  # fmt: skip
            assert (await client.get(path, headers=first)).status_code == 404, path
        assert (await client.post("/sign-out")).status_code == 303
        assert (await client.get(f"{here}/audio", headers=first)).headers["location"] == "/sign-in"
    for login in ("olga", "ivan", "adam", "audrey"):
        async with house.signed_in(login) as client:
            for path in ("/office/recordings", here, f"{here}/audio"):
                assert (await client.get(path, headers=first)).status_code == 403, (login, path)
        async with house.program(login) as program:
            assert (await program.get("/recordings")).status_code == 403, login
    async with house.signed_in("marta") as client:
        assert (await client.get(f"{here}/audio", headers=first)).status_code == 428, "nor without a reason"
    plain = hashlib.sha256(file.read_bytes()).hexdigest()
    assert plain != found.sha256, "what lies on the disk is not the sound"
