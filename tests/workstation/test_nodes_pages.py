"""Nodes and trunks on the running workstation: seen by who watches the floor, changed by who runs the system."""

from __future__ import annotations

import itertools
from datetime import timedelta

import httpx
import pytest

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.store import lines, linewatch
from crm_core.store.linewatch import Checked, Told
from crm_core.trunks import LastResort, Trunk
from tests.workstation.house import House

pytestmark = pytest.mark.integration
EVIL = "<script>alert(1)</script>"
TYPED = {
    "name": "city", "host": "sip.carrier.example", "port": "5060", "direction": "both", "login": "utility",
    "secret": "s3cret", "registers": "1", "number": "+74950000001", "numbers": "74950000001, 84950000002",
    "prefixes": "+7495, +7499", "rank": "2", "lines": "30", "reserved": "5", "check_number": "74950000001",
    "codec_alaw": "1", "enabled": "1", "node": "",
}  # fmt: skip
HOSTILE = ("x\r\n[evil]\r\ntype=endpoint", "x;y", "a\0b", "x\n#include /etc/passwd", "1,1,System(id)", "y=>z w", EVIL)


async def trunks(house: House) -> list[Trunk]:
    async with reading(house.parts.engine) as db:
        return await lines.everyone(db)


async def test_a_trunk_is_made_changed_and_turned_off(house: House) -> None:
    async with house.signed_in("adam") as client:
        assert "No trunk is on record" in (await client.get("/office/nodes")).text
        assert (await client.get("/office/nodes/trunks/new")).status_code == 200
        made = await client.post("/office/nodes/trunks/new", data=TYPED)
        assert made.status_code == 303, made.text
        (trunk,) = await trunks(house)
        assert (trunk.prefixes, trunk.reserved, trunk.secret) == (("+7495", "+7499"), 5, "s3cret")
        page = await client.get(f"/office/nodes/trunks/{trunk.trunk_id}")
        assert "s3cret" not in page.text
        again = await client.post("/office/nodes/trunks/new", data=TYPED)
        assert again.status_code == 422
        assert "Another trunk has this name." in again.text
        assert "s3cret" not in again.text
        off = {name: value for name, value in TYPED.items() if name not in {"enabled", "secret"}}
        assert (await client.post(f"/office/nodes/trunks/{trunk.trunk_id}", data=off)).status_code == 303
        (trunk,) = await trunks(house)
        assert not trunk.enabled
        assert trunk.secret == "s3cret", "left empty it stays"
        assert "Turned off" in (await client.get("/office/nodes")).text
        assert (await client.get("/office/nodes/trunks/999")).status_code == 404


async def test_no_text_becomes_configuration(house: House) -> None:
    fields = ("name", "host", "login", "number", "numbers", "prefixes", "check_number", "direction", "node")
    async with house.signed_in("adam") as client:
        for field, text in itertools.product(fields, HOSTILE):
            answer = await client.post("/office/nodes/trunks/new", data=TYPED | {field: text})
            assert answer.status_code == 422, (field, text)
            assert EVIL not in answer.text
            assert "utility" in answer.text or field == "login", "what was typed is kept"
    assert await trunks(house) == []


async def test_telephones_and_the_last_queue_are_changed(house: House) -> None:
    async with house.signed_in("adam") as client:
        page = await client.get("/office/nodes/telephones")
        assert "Softphone" in page.text
        async with reading(house.parts.engine) as db:
            extension = (await lines.phones(db))[0].extension
        kept = await client.post("/office/nodes/telephones", data={"extension": extension, "browser": "1"})
        assert kept.status_code == 303
        nobody = await client.post("/office/nodes/telephones", data={"extension": "9\n[x]", "browser": "1"})
        assert nobody.status_code == 422
        assert "Not allowed" in (await client.get("/office/nodes/telephones")).text
        queue = {"strategy": "rrmemory", "ring_seconds": "20", "wrap_up_seconds": "9", "most_waiting": "50"}
        assert (await client.post("/office/nodes/queue", data=queue)).status_code == 303
        wrong = await client.post("/office/nodes/queue", data=queue | {"ring_seconds": "1", "strategy": "x\n[y]"})
        assert wrong.status_code == 422
        assert 'value="50"' in wrong.text
    async with reading(house.parts.engine) as db:
        assert await lines.resort(db) == LastResort(
            strategy="rrmemory", ring_seconds=20, wrap_up_seconds=9, most_waiting=50
        )


async def stand(house: House, state: str) -> None:
    told = Told(
        node=house.settings.node, kind="trunk", name="city", state=state, detail=EVIL, rtt_us=812, since=clock.now()
    )
    async with transaction(house.parts.engine) as db:
        await linewatch.stand(db, [told], told.since)


async def test_a_trunk_that_is_down_raises_one_alert_until_it_is_back_or_gone(house: House) -> None:
    now, node = clock.now(), house.settings.node
    trunk = Trunk(name="city", host="sip.carrier.example")
    async with transaction(house.parts.engine) as db:
        trunk_id = await lines.save(db, trunk, None, now)
        failed = Checked(
            node=house.settings.node,
            trunk="city",
            began_at=now,
            legs=(("answer", 120),),
            failed="prompt",
            detail="silence",
        )
        assert await linewatch.checked(db, failed)
        assert not await linewatch.checked(db, failed)
    await stand(house, "down")
    await stand(house, "down")
    async with house.signed_in("sofia") as client:
        page = await client.get("/office/nodes")
        assert page.text.count("Not reachable") == 1
        assert "silence" in page.text
        assert EVIL not in page.text
        assert "New trunk" not in page.text, "who watches the floor changes nothing"
        for place in ("alerts", "checks", "telephones"):
            assert (await client.get(f"/office/nodes/{place}")).status_code == 200
        assert (await client.post("/office/nodes/trunks/new", data=TYPED)).status_code == 403
        await stand(house, "up")
        async with transaction(house.parts.engine) as db:
            good = Checked(node=node, trunk="city", began_at=now + timedelta(seconds=1), legs=(("answer", 80),))
            await linewatch.checked(db, good)
        assert "Nothing stands against the line" in (await client.get("/office/nodes")).text
        await stand(house, "down")
    async with house.signed_in("adam") as client:
        data = {name: value for name, value in TYPED.items() if name != "enabled"}
        assert (await client.post(f"/office/nodes/trunks/{trunk_id}", data=data)).status_code == 303
        assert "Nothing stands against the line" in (await client.get("/office/nodes")).text


async def test_programs_read_how_the_line_stands(house: House) -> None:
    async with transaction(house.parts.engine) as db:
        await lines.save(db, Trunk(name="city", host="h", login="u", secret="hidden"), None, clock.now())
    await stand(house, "down")
    async with house.program("sofia") as client:
        nodes: httpx.Response = await client.get("/nodes")
        assert nodes.json()["items"][0]["state"] == "unknown"
        found = await client.get("/trunks")
        assert found.json()["items"][0]["states"] == {house.settings.node: "down"}
        assert "hidden" not in found.text
        alerts = (await client.get("/line-alerts")).json()["items"]
        assert [(one["kind"], one["name"]) for one in alerts] == [("trunk", "city")]
