"""Files in and out as programs meet them."""

from __future__ import annotations

import asyncio
from typing import Any

from crm_core.access import Action
from tests.workstation.exchange import ALL, Work, account_numbers, files, house, logged, open_house, paid, work
from tests.workstation.house import House

pytestmark = ALL
__all__ = ["house", "open_house", "work"]
RIGHTS = (Action.IMPORT, Action.EXPORT, Action.APPROVE_EXPORT)


async def test_a_program_sends_a_file_in_and_takes_it_back(house: House, work: Work) -> None:
    number = (await account_numbers(house))[0]
    text = f"account,date,amount,reference\n{number},2026-11-01,5.00,PX\nnobody,2026-11-01,5.00,PX\n"
    async with house.program("marta", *RIGHTS) as client:
        sent = await client.post("/imports", files={"file": ("p.csv", text.encode())}, data={"kind": "payments"})
        assert sent.status_code == 201, sent.text
        key = sent.json()["import_id"]
        assert sent.json()["state"] == "received"
        await work()
        judged = (await client.get(f"/imports/{key}")).json()
        assert (judged["state"], judged["rows"], judged["rejected"]) == ("judged", 2, 1)
        assert [(one["rule"], one["rows"]) for one in judged["findings"]] == [("no-such-account", 1)]
        assert judged["examples"][0]["row"] == 3
        headers = {"idempotency-key": "commit-1"}
        first = await client.post(f"/imports/{key}/commit", headers=headers)
        again = await client.post(f"/imports/{key}/commit", headers=headers)
        assert (first.status_code, again.status_code) == (200, 200)
        assert again.headers["idempotency-replayed"] == "true"
        await work()
        assert await paid(house) == 1
        assert (await client.post(f"/imports/{key}/commit")).json()["code"] == "import-out-of-turn"
        assert (await client.post(f"/imports/{key}/undo")).status_code == 200
        await work()
        assert await paid(house) == 0
        assert (await client.get(f"/imports/{key}")).json()["undone"] == {"taken": {"payments": 1}, "kept": {}}
        listed = (await client.get("/imports?limit=1")).json()
        assert [one["import_id"] for one in listed["items"]] == [key]
        assert (await client.get("/imports/999")).json()["code"] == "no-such-import"


async def test_columns_are_named_by_a_program(house: House, work: Work) -> None:
    number = (await account_numbers(house))[0]
    async with house.program("marta", *RIGHTS) as client:
        text = f"Konto;Am;Wieviel;Nr\n{number};2026-11-01;5.00;PX\n"
        key = (await client.post("/imports", files={"file": ("p.csv", text.encode())})).json()["import_id"]
        await work()
        failed = (await client.get(f"/imports/{key}")).json()
        assert failed["state"] == "failed"
        assert failed["header"] == ["Konto", "Am", "Wieviel", "Nr"]
        body = {"kind": "payments", "mapping": {"account": 0, "paid_on": 1}}
        assert (await client.post(f"/imports/{key}/judge", json=body)).json()["code"] == "bad-value"
        body["mapping"] = {"account": 0, "paid_on": 1, "amount": 2, "reference": 3}
        assert (await client.post(f"/imports/{key}/judge", json=body)).json()["state"] == "received"
        await work()
        assert (await client.get(f"/imports/{key}")).json()["changed"] == {"payments": 1}
        assert (await client.post(f"/imports/{key}/cancel")).json()["state"] == "cancelled"
        await work()
        assert await paid(house) == 0


PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\r\n'
FORM = "multipart/form-data; boundary=b"


BODIES = (
    (b"x", "multipart/form-data"),
    (b"x", FORM),
    (b"--b\r\n\r\n", FORM),
    (PART, FORM),
    (PART + PART + b"--b--\r\n", FORM),
    (b'--b\r\nContent-Disposition: form-data; name="k"\r\n\r\n' + b"x" * 5000 + b"\r\n--b--\r\n", FORM),
    (b"--b\r\nX: " + b"y" * 5000 + b"\r\n\r\n\r\n--b--\r\n", FORM),
    (b"a,b\n", "text/csv"),
    (b"{}", "application/json"),
)


async def test_bodies_that_are_no_form_with_one_whole_file_are_refused_and_leave_nothing(house: House) -> None:
    before = files(house)
    async with house.program("marta", *RIGHTS) as client:
        for content, kind in BODIES:
            answer = await client.post("/imports", content=content, headers={"content-type": kind})
            assert answer.status_code in {400, 422}, (content[:40], kind, answer.text)
    assert files(house) == before


async def test_a_program_asks_for_an_export_and_fetches_it_once(house: House, work: Work) -> None:
    async with house.program("marta", *RIGHTS) as client, house.program("sofia", *RIGHTS[1:]) as other:
        wish = {"subject": "payments", "reason": "for the auditors of the year"}
        key = (await client.post("/exports", json=wish)).json()["export_id"]
        await work()
        assert (await client.get(f"/exports/{key}")).json()["state"] == "ready"
        assert (await other.get(f"/exports/{key}")).status_code == 404
        link = (await client.post(f"/exports/{key}/link")).json()["link"].removeprefix("/api/v1")
        assert (await other.get(link)).status_code == 404
        once, twice = await asyncio.gather(client.get(link), client.get(link))
        assert sorted((once.status_code, twice.status_code)) == [200, 410]
        assert {one.json()["code"] for one in (once, twice) if one.status_code == 410} == {"link-used"}
        listed = (await client.get("/exports")).json()["items"]
        assert [one["state"] for one in listed] == ["fetched"]


async def test_a_large_export_of_a_program_needs_another_person(house: House, work: Work) -> None:
    house.parts.settings.__dict__["export_approval_rows"] = 0
    try:
        async with house.program("marta", *RIGHTS) as client, house.program("sofia", *RIGHTS[1:]) as other:
            wish = {"subject": "readings", "form": "cim", "reason": "for the auditors of the year"}
            key = (await client.post("/exports", json=wish)).json()["export_id"]
            assert (await client.post(f"/exports/{key}/approve", json={})).json()["code"] == "own-export"
            assert [one["export_id"] for one in (await other.get("/exports")).json()["items"]] == [key]
            assert (await other.post(f"/exports/{key}/approve", json={"answer": "yes"})).status_code == 200
            await work()
            assert (await client.get(f"/exports/{key}")).json()["state"] == "ready"
            second = (await client.post("/exports", json=wish)).json()["export_id"]
            assert (await other.post(f"/exports/{second}/refuse", json={})).json()["state"] == "refused"
    finally:
        house.parts.settings.__dict__["export_approval_rows"] = 1_000
    assert [one[0] for one in await logged(house, "export.approved")] == [f"export {key}"]


WISHES: tuple[dict[str, Any], ...] = (
    {"subject": "payments"},
    {"subject": "moon", "reason": "x" * 20},
    {"subject": "payments", "form": "cim", "reason": "x" * 20},
    {"subject": "payments", "numbers": ["'; drop table accounts"], "reason": "x" * 20},
    {"subject": "payments", "since": "2026-02-01", "until": "2026-01-01", "reason": "x" * 20},
    {"subject": "payments", "reason": "x" * 20, "more": 1},
    {"subject": "payments", "reason": "x" * 20, "segment_id": 1, "list_id": 1},
)


async def test_a_wish_that_is_not_right_is_refused(house: House) -> None:
    async with house.program("marta", *RIGHTS) as client:
        for wish in WISHES:
            assert (await client.post("/exports", json=wish)).status_code == 422, wish
        for scope in ("segment_id", "list_id"):
            gone = {"subject": "payments", "reason": "x" * 20, scope: 77}
            assert (await client.post("/exports", json=gone)).json()["code"] == "no-such-segment"
