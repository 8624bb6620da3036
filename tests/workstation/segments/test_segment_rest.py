"""REST of segments, fields and documents: what programs may do, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from crm_core import tables, worker
from crm_core.access import Action
from crm_core.db import reading
from crm_core.store import segments
from tests.workstation.house import House

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="package")]


def tree(*values: str, fact: str = "balance", op: str = "at_least") -> dict[str, Any]:
    return {"type": "group", "how": "all", "parts": [{"type": "condition", "fact": fact, "op": op, "values": values}]}


OWES = tree("1000")


async def made(client: httpx.AsyncClient, name: str = "Debtors", conditions: dict[str, Any] = OWES) -> dict[str, Any]:
    answer = await client.post("/segments", json={"name": name, "tree": conditions})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_program_builds_counts_and_goes_through_a_segment(fresh: House) -> None:
    async with fresh.program("marta") as client:
        facts = (await client.get("/segment-facts")).json()["facts"]
        assert {"balance", "paid_on", "segment"} <= {fact["name"] for fact in facts}
        counted = (await client.post("/segment-counts", json={"tree": OWES})).json()
        assert (counted["members"], counted["exact"]) == (3, True)
        assert counted["in_words"].startswith("Balance: at least")
        one = await made(client)
        assert (await client.get(f"/segments/{one['segment_id']}/count")).json()["members"] == 3
        first = (await client.get(f"/segments/{one['segment_id']}/members?limit=2")).json()
        assert [row["account_id"] for row in first["items"]] == [1, 2]
        second = (await client.get(f"/segments/{one['segment_id']}/members?after={first['next']}")).json()
        assert [row["account_id"] for row in second["items"]] == [3]
        assert second["next"] is None
        changed = {"name": "Rich", "tree": tree("5000"), "version": one["version"]}
        assert (await client.put(f"/segments/{one['segment_id']}", json=changed)).json()["version"] == 2
        assert (await client.put(f"/segments/{one['segment_id']}", json=changed)).status_code == 409
        assert (await client.delete(f"/segments/{one['segment_id']}")).json()["retired"]
        assert (await client.get("/segments")).json()["items"] == []


async def test_conditions_that_are_wrong_are_named_each(fresh: House) -> None:
    async with fresh.program("marta") as client:
        await made(client)
        for wrong, sentence in (
            (tree("a lot"), "“a lot” is not a number."),
            (
                tree("1", fact="'; drop table accounts; --"),
                "There is nothing known by the name '; drop table accounts; --.",
            ),
            (tree("99", fact="segment", op="one_of"), "There is no segment 99."),
        ):
            answer = await client.post("/segments", json={"name": "X", "tree": wrong})
            assert answer.status_code == 422
            assert [field["sentence"] for field in answer.json()["fields"]] == [sentence]
        twice = await client.post("/segments", json={"name": "Debtors", "tree": OWES})
        assert twice.status_code == 422
        assert (await client.post("/segments", json={"name": "X", "tree": OWES, "created_by": 1})).status_code == 422


async def test_deep_and_wide_bodies_are_refused_and_break_nothing(fresh: House) -> None:
    async with fresh.program("marta") as client:
        deep = '{"type":"group","parts":[' * 2_000 + "]}" * 2_000
        wide = json.dumps({"tree": {"type": "group", "parts": [OWES["parts"][0]] * 300}})
        for body in ('{"tree":' + deep + "}", wide, "[" * 60_000, '{"tree":null}'):
            answer = await client.post("/segment-counts", content=body, headers={"content-type": "application/json"})
            assert answer.status_code in {400, 422}, answer.text[:200]


async def test_a_frozen_list_is_made_by_a_worker(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("DATABASE_URL", fresh.settings.database_url), ("REDIS_URL", fresh.settings.redis_url)):
        monkeypatch.setenv(name, value)
    for name in ("session_secret", "sip_secret", "ami_secret"):
        monkeypatch.setenv(f"BUSBAR_{name.upper()}", "x" * 40)
    async with fresh.program("marta") as client:
        one = await made(client)
        job = await client.post(f"/segments/{one['segment_id']}/lists", json={"purpose": "campaign 7"})
        assert job.status_code == 202
        await _work_off(fresh)
        done = (await client.get(f"/jobs/{job.json()['job_id']}")).json()
        assert (done["state"], done["trouble"]) == ("done", "")
    async with reading(fresh.parts.engine) as db:
        (frozen,) = await segments.snapshots(db, one["segment_id"])
        assert (frozen.status, frozen.members) == ("made", 3)
        assert await segments.snapshot_page(db, frozen.snapshot_id, 0, 10) == [1, 2, 3]


async def _work_off(house: House) -> None:
    import asyncio  # noqa: PLC0415

    from redis import Redis  # noqa: PLC0415

    def work() -> None:
        with Redis.from_url(house.settings.redis_url) as valkey:
            worker.work_off(valkey)

    await asyncio.to_thread(work)


async def test_fields_are_defined_and_filled_in_by_a_program(fresh: House) -> None:
    async with fresh.program("marta") as client:
        new = {"entity": "account", "code": "points", "title": "Points", "type": "whole", "most": "100"}
        field = (await client.post("/fields", json=new)).json()
        assert (await client.post("/fields", json=new)).status_code == 422
        values = {"entity": "account", "entity_id": 1, "values": {"points": ["7"]}}
        assert (await client.put("/accounts/1/fields", json=values)).json()["items"][0]["values"] == ["7"]
        for wrong in ({"points": ["101"]}, {"points": ["x"]}, {"other": ["1"]}):
            assert (await client.put("/accounts/1/fields", json=values | {"values": wrong})).status_code == 422
        foreign = values | {"entity_id": 2}
        assert (await client.put("/accounts/1/fields", json=foreign)).status_code == 422
        counted = await client.post("/segment-counts", json={"tree": tree("7", fact="field.account.points")})
        assert counted.json()["members"] == 1
        retired = new | {"retired": True, "version": field["version"]}
        assert (await client.put(f"/fields/{field['field_id']}", json=retired)).json()["retired"]
        assert (await client.get("/accounts/1/fields")).json()["items"] == []
        assert (await client.get("/accounts/99/fields")).status_code == 404


async def test_documents_are_made_once_and_opened_by_whoever_may(fresh: House) -> None:
    async with fresh.program("olga") as client:
        template = next(one for one in (await client.get("/templates")).json()["items"] if one["code"] == "balance")
        wanted = {"template_id": template["template_id"]}
        key = {"idempotency-key": "one"}
        one = (await client.post("/accounts/1/documents", json=wanted, headers=key)).json()
        again = await client.post("/accounts/1/documents", json=wanted, headers=key)
        assert (again.json(), again.headers["idempotency-replayed"]) == (one, "true")
        opened = await client.get(f"/accounts/1/documents/{one['document_id']}")
        assert opened.status_code == 200
        assert len(opened.content) == one["size"]
        assert (await client.get(f"/accounts/2/documents/{one['document_id']}")).status_code == 404
        assert [row["document_id"] for row in (await client.get("/accounts/1/documents")).json()["items"]] == [
            one["document_id"]
        ]
        late = wanted | {"first_on": "2020-01-01"}
        assert (await client.post("/accounts/1/documents", json=late)).status_code == 422
        assert (await client.post("/templates", json={})).status_code == 403
    async with fresh.program("marta") as client:
        new = {"code": "x", "language": "en", "title": "X", "kind": "statement", "body": "{{7*7}}"}
        answer = await client.post("/templates", json=new)
        assert answer.status_code == 422
        assert answer.json()["fields"][0]["name"] == "body"
        stored = await client.post("/templates", json=new | {"body": "<p>{{ account.number }}</p>"})
        assert stored.status_code == 201
        version = {"title": "X", "kind": "statement", "body": "new", "version": 1}
        address = f"/templates/{stored.json()['template_id']}"
        assert (await client.put(address, json=version)).json()["version"] == 2
        assert (await client.put(address, json=version)).status_code == 409


async def test_a_token_without_the_right_sees_nothing(fresh: House) -> None:
    async with fresh.program("marta", Action.SEARCH) as client:
        for address in ("/segments", "/segment-facts", "/fields", "/templates", "/accounts/1/documents"):
            assert (await client.get(address)).status_code == 403, address
        assert (await client.post("/segments", json={"name": "X", "tree": OWES})).status_code == 403
    async with reading(fresh.parts.engine) as db:
        assert list(await db.execute(select(tables.segments))) == []
