"""Numbers to pass on to, and passing on from a page: only what the list has, for whom it is, nothing typed (AC05)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from crm_core import db
from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.outward import NoCall
from crm_core.settings import Settings
from crm_core.store import interactions, lines, transfers
from crm_core.store.interactions import CallRecord
from crm_core.trunks import Trunk
from routing.views import CallPhase, OperatorId, OperatorState, PassedOn
from routing.wishes import Consult, PassOn
from tests.support.waiting import eventually
from tests.workstation.conftest import free_port
from tests.workstation.house import NOON, House, TestFloor, call_view, operator_view, populate, running
from workstation import passing, visibility

pytestmark = pytest.mark.integration
PAGE = "/office/transfer-numbers"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    """A workstation of a house with a trunk."""
    mine = settings.model_copy(
        update={
            "web_port": free_port(),
            "web_origin": "",
            "outward_uri": "127.0.0.1:9",
            "outward_number": "+74951110000",
        }
    )
    people = await populate(mine.database_url)
    floor = TestFloor(mine.redis_url)
    await floor.start()
    async with running(mine, floor) as house:
        house.people = people
        yield house
    await floor.stop()


async def listed(house: House) -> list[tuple[str, str, str]]:
    async with reading(house.parts.engine) as db:
        return [(one.title, one.number, one.skill) for one in await transfers.listing(db)]


def once(page: httpx.Response) -> str:
    found = re.search(r'name="once" value="([^"]*)"', page.text)
    assert found
    return found[1]


async def test_a_number_is_added_changed_and_removed(house: House) -> None:
    async with house.signed_in("marta") as client:
        empty = await client.get(PAGE)
        assert "No number is on the list" in empty.text
        form = {"title": HOSTILE, "number": "8 (495) 123-45-67", "skill": "", "once": once(empty)}
        assert (await client.post(PAGE, data=form)).status_code == 303
        assert await listed(house) == [(HOSTILE, "+74951234567", "")]
        assert (await client.post(PAGE, data=form)).status_code == 409, "sent twice"
        page = await client.get(PAGE)
        assert HOSTILE not in page.text
        key = re.search(r'data-number-id="(\d+)"', page.text)[1]  # type: ignore[index]
        again = await client.post(PAGE, data=form | {"once": "other"})
        assert again.status_code == 422
        assert "on the list already" in again.text
        changing = await client.get(f"{PAGE}?change={key}")
        assert "+74951234567" in changing.text
        changed = {"title": "Gas emergency", "number": "+74951234568", "skill": "gas", "once": once(changing)}
        assert (await client.post(f"{PAGE}/{key}", data=changed)).status_code == 303
        assert await listed(house) == [("Gas emergency", "+74951234568", "gas")]
        assert (await client.post(f"{PAGE}/{key}/removal", data={})).status_code == 303
        assert await listed(house) == []
        assert (await client.post(f"{PAGE}/{key}/removal", data={})).status_code == 404


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("100", "This is no telephone number"),
        ("PJSIP/op101", "This is no telephone number"),
        ("+7 809 123-45-67", "cost more than a call"),
        ("+1 900 555 0199", "not called from here"),
        ("+88161234567", "This is no telephone number"),
        ("+7 495 111-00-00", "our own number"),
    ],
)
async def test_a_number_that_may_not_be_called_never_comes_on_the_list(house: House, number: str, said: str) -> None:
    async with house.signed_in("marta") as client:
        answer = await client.post(PAGE, data={"title": "Kept", "number": number})
        assert answer.status_code == 422
        assert said in answer.text
        assert "Kept" in answer.text, "what was typed is kept"
    assert await listed(house) == []


async def test_operators_do_not_change_the_list(house: House) -> None:
    async with house.signed_in("olga") as client:
        assert (await client.get(PAGE)).status_code == 403
        assert (await client.post(PAGE, data={"title": "x", "number": "+74951234567"})).status_code == 403


REST = "/transfer-numbers"


async def test_a_program_keeps_the_list_page_by_page_and_once_however_often_it_sends(house: House) -> None:
    async with house.program("marta", Action.MANAGE_RECORDING) as client:
        first = {"title": HOSTILE, "number": "8 (495) 123-45-67"}
        for replayed in (None, "true"):
            made = await client.post(REST, json=first, headers={"idempotency-key": "a"})
            assert (made.status_code, made.headers.get("idempotency-replayed")) == (201, replayed)
        assert made.json()["number"] == "+74951234567"
        twice = await client.post(REST, json=first)
        assert (twice.status_code, twice.json()["code"]) == (409, "transfer-number-taken")
        second = (await client.post(REST, json={"title": "Gas", "number": "+74951234568", "skill": "gas"})).json()
        page = (await client.get(REST, params={"limit": 1})).json()
        assert [one["title"] for one in page["items"]] == [HOSTILE]
        rest = (await client.get(REST, params={"limit": 1, "after": page["next"]})).json()
        assert (rest["items"], rest["next"]) == ([second], None)
        assert (await client.get(REST, params={"after": "x" + page["next"]})).status_code == 422
        wanted = {"title": "Gas at night", "number": "+74951234569", "skill": ""}
        changed = await client.put(f"{REST}/{second['row_id']}", json=wanted)
        assert changed.json() == wanted | {"row_id": second["row_id"]}
        gone = await client.delete(f"{REST}/{second['row_id']}", headers={"idempotency-key": "b"})
        assert gone.json() == changed.json()
        again = await client.delete(f"{REST}/{second['row_id']}", headers={"idempotency-key": "b"})
        assert again.headers["idempotency-replayed"] == "true"
        for answer in (
            await client.delete(f"{REST}/{second['row_id']}"),
            await client.put(f"{REST}/{second['row_id']}", json=wanted),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "no-such-transfer-number")
    assert await listed(house) == [(HOSTILE, "+74951234567", "")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "PJSIP/op101"), ("number", "+7 809 123-45-67"), ("number", "+7 495 111-00-00"), ("number", "9" * 41),
        ("skill", "Gas; drop"), ("skill", "g" * 41), ("title", " "), ("title", "t" * 81), ("channel", "PJSIP/op101"),
    ],
)  # fmt: skip
async def test_a_program_is_told_which_field_cannot_be(house: House, field: str, value: str) -> None:
    async with house.program("marta", Action.MANAGE_RECORDING) as client:
        answer = await client.post(REST, json={"title": "Gas", "number": "+74951234567"} | {field: value})
    assert answer.status_code == 422
    assert [one["name"].rpartition(".")[2] for one in answer.json()["fields"]] == [field], answer.text
    assert await listed(house) == []


async def test_a_program_without_the_right_neither_reads_nor_changes_the_list(house: House) -> None:
    async with house.program("marta", Action.HEAR_RECORDING) as client:
        for answer in (
            await client.get(REST),
            await client.post(REST, json={"title": "x", "number": "+74951234567"}),
            await client.put(f"{REST}/1", json={"title": "x", "number": "+74951234567"}),
            await client.delete(f"{REST}/1"),
        ):
            assert answer.status_code == 403


async def test_a_trunk_on_record_is_a_way_outside_and_its_number_is_ours(settings: Settings) -> None:
    mine = settings.model_copy(update={"outward_uri": "", "outward_number": ""})
    engine = db.engine(mine)
    trunk = Trunk(name="city", host="sip.example", number="+74951110000")
    try:
        async with transaction(engine) as writing:
            assert (await passing.way_out(writing, mine)).nodes == {}
            key = await lines.save(writing, trunk, None, NOON)
            out = await passing.way_out(writing, mine)
            assert set(out.nodes) == {one.node for one in mine.nodes}
            assert passing.judge_number(mine, out, "8 495 111-00-00") is NoCall.OURS
            for change in ({"direction": "in"}, {"enabled": False}, {"node": "elsewhere"}):
                await lines.save(writing, replace(trunk, trunk_id=key, **change), None, NOON)  # type: ignore[arg-type]
                assert (await passing.way_out(writing, mine)).nodes == {}, change
            simple = mine.model_copy(update={"outward_uri": "127.0.0.1:9"})
            assert (await passing.way_out(writing, simple)).nodes, "no trunk is in use here: the simple one serves"
            await writing.rollback()
    finally:
        await engine.dispose()


async def prepared(house: House) -> tuple[int, int]:
    """A number for everybody and one for those who know gas; Olga talks, Ivan is free."""
    async with transaction(house.parts.engine) as db:
        by = house.people["marta"]
        free = await transfers.save(db, None, "Water", "+74951234567", "", by)
        gas = await transfers.save(db, None, "Gas", "+74951234568", "gas", by)
    olga = house.people["olga"]
    house.floor.seat(operator_view(olga, name="Olga", state=OperatorState.TALKING, call_id="main-1.1"))
    house.floor.seat(operator_view(house.people["ivan"], name="Ivan", extension="102"))
    return free, gas


async def test_the_panel_offers_colleagues_queues_and_the_numbers_one_may_use(house: House) -> None:
    await prepared(house)
    async with house.signed_in("olga") as client:

        async def told() -> dict[str, list[dict[str, object]]] | None:
            answer = (await client.get("/api/transfer/targets")).json()
            return answer if answer["operators"] else None

        found = await eventually(told, 5, "the floor is written")
        assert [(one["name"], one["free"]) for one in found["operators"]] == [("Ivan", True)]
        assert [one["title"] for one in found["numbers"]] == ["Water"]


async def test_a_wish_to_pass_on_holds_what_the_list_has_and_nothing_typed(house: House) -> None:
    free, gas = await prepared(house)
    async with house.signed_in("olga") as client:

        async def send(to: str, **more: str) -> int:
            data = {"wish_id": "w1", "to": to, "note": "  hi\x00 ", **more}
            return (await client.post("/api/calls/main-1.1/pass", data=data)).status_code

        assert await send(f"number:{free}") == 202
        wish = await eventually(lambda: next((one for one in house.floor.wishes if isinstance(one, PassOn)), None), 5)
        assert (wish.number, wish.title, wish.note, wish.operator_id) == (
            "+74951234567", "Water", "hi", house.people["olga"],
        )  # fmt: skip
        assert await send(f"number:{gas}") == 404, "not for her"
        for to, status in (
            ("number:999", 404), ("number:+79161234567", 422), ("+79161234567", 422), ("operator:x", 422),
            ("channel:PJSIP/op102", 422), ("", 422), ("queue:" + "q" * 41, 422),
        ):  # fmt: skip
            assert await send(to) == status, to
        assert await send("queue:main", how="ask") == 422
        assert await send(f"operator:{house.people['ivan']}", how="ask") == 202
        asked = await eventually(lambda: next((one for one in house.floor.wishes if isinstance(one, Consult)), None), 5)
        assert asked.operator == OperatorId(house.people["ivan"])
        assert (
            await client.post("/api/calls/main-1.1/pass", data={"wish_id": "", "to": "queue:main"})
        ).status_code == 422
        client.headers.pop("x-csrf-token")
        assert await send("queue:main") == 403, "no token, no wish"


async def test_a_number_that_may_not_be_called_any_more_is_refused_though_it_is_listed(house: House) -> None:
    async with transaction(house.parts.engine) as db:
        key = await transfers.save(db, None, "Old", "+18005550100", "", house.people["marta"])
    async with house.signed_in("olga") as client:
        sent = await client.post("/api/calls/main-1.1/pass", data={"wish_id": "w", "to": f"number:{key}"})
        assert sent.status_code == 404


async def test_who_passed_a_caller_on_writes_his_part_up_and_nobody_else_does(house: House) -> None:
    olga, ivan = house.people["olga"], house.people["ivan"]
    record = CallRecord(call_id="main-1.1", phase="talking", began_at=NOON, answered_at=NOON, operator_id=ivan)
    async with transaction(house.parts.engine) as db:
        await interactions.call_changed(db, record)
    form = {"disposition": "INFO", "note": "owes for May"}
    async with house.signed_in("olga") as client:
        assert (await client.post("/api/calls/main-1.1/close", data=form)).status_code == 403
        house.floor.seat(operator_view(olga, state=OperatorState.WRAP_UP, call_id="main-1.1"))
        house.floor.ring(call_view(phase=CallPhase.WRAP_UP, operator_id=olga))

        async def closed() -> bool:
            return (await client.post("/api/calls/main-1.1/close", data=form)).status_code == 200

        await eventually(closed, 5, "her part is written up")
    async with reading(house.parts.engine) as db:
        (part,) = await transfers.parts(db, "main-1.1")
        whole = await interactions.by_call_id(db, "main-1.1")
    assert (part.operator_id, part.disposition, part.note) == (olga, "INFO", "owes for May")
    assert whole is not None
    assert whole.operator_id == ivan
    async with house.signed_in("sofia") as client:
        page = await client.get("/office/interactions/1")
        assert page.status_code == 200, page.text[:500]
        assert 'data-part="' in page.text


def test_who_watches_the_floor_does_not_read_what_operators_say_to_each_other() -> None:
    passed = PassedOn(by=OperatorId(1), by_name="Olga", kind="operator", to="Ivan", note="owes for May")
    shown = visibility.watched(call_view(passed=passed))
    assert shown.passed is not None
    assert (shown.passed.by_name, shown.passed.note) == ("Olga", "")
