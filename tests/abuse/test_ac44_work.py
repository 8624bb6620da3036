"""AC44: what was written is changed without a trace: contacts, histories, results, a rule nobody looked at."""

from __future__ import annotations

import psycopg
import pytest

from tests.workstation.conftest import house
from tests.workstation.house import House, add_call

__all__ = ["house"]
pytestmark = pytest.mark.integration


async def test_a_line_once_written_stays_and_a_stranger_adds_none(house: House) -> None:
    await add_call(house.settings.database_url, "main-1", house.people["olga"])
    async with house.opened("olga") as olga:
        await olga.post("/api/calls/main-1/close", data={"disposition": "INFO", "note": "hours", "account_id": "1"})
    correction = {"disposition": "INFO", "note": "nothing", "reason": "tidying up"}
    async with house.program("ivan") as ivan, house.program("sofia") as sofia, house.program("marta") as marta:
        stranger = await ivan.post("/interactions/1/corrections", json=correction)
        assert (stranger.status_code, stranger.json()["code"]) == (409, "not-your-contact")
        assert (await marta.post("/interactions/1/corrections", json=correction)).status_code == 403
        assert (await sofia.post("/interactions/1/corrections", json=correction)).json()["what"] == "corrected"
        assert [one["note"] for one in (await sofia.get("/interactions/1/entries")).json()["items"]] == [
            "nothing",
            "hours",
        ]
        rule = {"spec": {"title": "All", "what": "cycle", "then": {"team": "quality"}}}
        key = (await marta.post("/signal-rules", json=rule)).json()["rule_id"]
        unseen = await marta.post(f"/signal-rules/{key}/switch", json={"active": True})
        assert (unseen.status_code, unseen.json()["code"]) == (409, "preview-first")
        for part in ({"who": {"flags_any": ["honey"]}}, {"then": {"team": "quality", "drop_flag": "honey"}}):
            bait = await marta.post("/signal-rules", json={"spec": rule["spec"] | part})
            assert bait.status_code == 422, "no rule says who is the bait, or takes it away"
    with psycopg.connect(house.settings.database_url.replace("+psycopg", ""), autocommit=True) as raw:
        for change in ("update interaction_entries set note = ''", "delete from dispositions where code = 'INFO'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grow"):
                raw.execute(change.encode())


async def test_only_a_lead_moves_a_deadline_and_a_file_is_what_it_is(house: House) -> None:
    async with house.program("olga") as olga, house.program("sofia") as sofia:
        wish = {"account_id": 1, "kind": "complaint", "values": {"about": "bill", "text": "Too much"}}
        key = (await olga.post("/applications", json=wish)).json()["application_id"]
        later = {"due_at": "2099-01-01T00:00:00Z", "said": "no time"}
        refused = await olga.post(f"/applications/{key}/deadline", json=later)
        assert (refused.status_code, refused.json()["code"]) == (409, "step-not-yours")
        assert (await sofia.post(f"/applications/{key}/deadline", json=later)).status_code == 200
        name, kind = {"name": "scan.pdf"}, {"content-type": "application/octet-stream"}
        files = f"/applications/{key}/files"
        page = await olga.post(files, content=b"<svg onload=alert(1)>", params=name, headers=kind)
        assert (page.status_code, page.json()["code"]) == (409, "file-kind")
        kept = await olga.post(files, content=b"%PDF-1.7\n", params=name, headers=kind)
        assert kept.status_code == 201, kept.text
        file = await olga.get(f"{files}/{kept.json()['file_id']}")
        assert file.headers["content-disposition"].startswith("attachment;")
        assert (await olga.get(f"/applications/{key + 1}/files/{kept.json()['file_id']}")).status_code == 404
        unfit = await olga.post("/applications", json=wish | {"values": {"about": "x", "stage": "done"}})
        assert {one["name"] for one in unfit.json()["fields"]} == {"values.about", "values.text", "values.stage"}
