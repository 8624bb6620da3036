"""AC09: somebody listens to, forces, or speaks to operators who are not his: 403, nothing is wished, it is logged."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from crm_core.db import reading, transaction
from crm_core.settings import ROOT
from crm_core.store import access_log, teams
from crm_core.tables import users
from routing.views import CallPhase, OperatorId, OperatorState
from tests.support.waiting import eventually
from tests.workstation.conftest import house
from tests.workstation.house import House, call_view, operator_view

__all__ = ["house"]

pytestmark = pytest.mark.integration
CALL = "main-9.1"
ASKS: list[tuple[str, dict[str, str]]] = [
    ("help", {"how": "listen", "call_id": CALL}),
    ("help", {"how": "whisper", "call_id": CALL}),
    ("help", {"how": "barge", "call_id": CALL}),
    ("help", {"how": "take_over", "call_id": CALL}),
    ("state", {"state": "not_ready", "reason": "x"}),
    ("say", {"text": "Hello"}),
    ("hand", {}),
    ("skills", {}),
]


async def test_only_his_own_supervisor_helps_and_leads_an_operator(house: House) -> None:
    olga, sofia = house.people["olga"], house.people["sofia"]
    await _talks(house, olga)
    async with house.signed_in("sofia") as client:
        # Who is in no team is everybody's.
        answer = await client.post("/api/floor/hand", data={"wish_id": "w1", "target": str(olga)})
        assert answer.status_code == 202
        await _team(house, "others", olga)
        wished = len(house.floor.wishes)
        for path, fields in ASKS:
            answer = await client.post(f"/api/floor/{path}", data={"wish_id": "w2", "target": str(olga), **fields})
            assert answer.status_code == 403, path
            assert "teams" in answer.json()["sentence"]
        assert (await client.get("/api/floor/skills", params={"target": str(olga)})).status_code == 403
        assert len(house.floor.wishes) == wished

        async def each_is_logged() -> bool:
            return len(await _logged(house, sofia, "refused")) >= len(ASKS)

        await eventually(each_is_logged, 15, "the refusals are logged")
        await _team(house, "mine", olga, sofia)
        await _telephone(house, sofia)
        listens = {"wish_id": "w3", "how": "listen", "call_id": CALL}
        assert (await client.post("/api/floor/help", data=listens)).status_code == 202
    assert [one.reason for one in await _logged(house, sofia, "call.listened")] == [f"listen with operator {olga}"]
    wish = await eventually(lambda: next((one for one in house.floor.wishes if one.wish_id == "w3"), None))
    assert (wish.operator_id, wish.target, wish.call_id) == (sofia, olga, CALL)  # type: ignore[union-attr]


@pytest.mark.parametrize("who", ["olga", "marta", "adam", "audrey"])
async def test_other_roles_neither_help_nor_lead(house: House, who: str) -> None:
    await _talks(house, house.people["olga"])
    async with house.signed_in(who) as client:
        for path, fields in ASKS:
            data = {"wish_id": "w", "target": str(house.people["olga"]), **fields}
            assert (await client.post(f"/api/floor/{path}", data=data)).status_code == 403, path
        assert (await client.get("/api/floor/phone")).status_code == 403
    assert not [one for one in house.floor.wishes if one.wish_id == "w"]


async def test_a_supervisor_sees_of_the_floor_what_is_his(house: House) -> None:
    olga, sofia = house.people["olga"], house.people["sofia"]
    await _team(house, "others", olga)
    await _talks(house, olga)
    async with house.signed_in("sofia") as client, house.page(client, "/ws/floor") as page:
        await page.resume()
        shown = await page.hear("floor_snapshot")
        assert shown["floor"]["operators"] == []
        assert shown["floor"]["calls"] == []
    await _team(house, "mine", olga, sofia)
    async with house.signed_in("sofia") as client, house.page(client, "/ws/floor") as page:
        await page.resume()
        shown = await page.hear("floor_snapshot")
        assert [one["operator_id"] for one in shown["floor"]["operators"]] == [olga]


def test_no_telephone_can_dial_itself_into_a_talk() -> None:
    """ChanSpy stands in one context alone: the floor's Originate names it, no endpoint, pattern or include does."""
    folder = ROOT / "deploy" / "asterisk"
    plans = {path.name: path.read_text("utf-8") for path in folder.rglob("*.j2")}
    assert [name for name, text in plans.items() if "ChanSpy(" in text] == ["help.conf.j2"]
    for name, text in plans.items():
        for line in text.splitlines():
            led = any(word in line for word in ("Goto(help", "include => help", "context = help", "context=help"))
            assert not led, f"{name}: {line}"


def test_the_rights_of_the_switch_stay_the_least() -> None:
    manager = (ROOT / "deploy" / "asterisk" / "manager.conf.j2").read_text("utf-8")
    assert "read = system,call,agent,user\nwrite = call,originate,agent\n" in manager


async def _talks(house: House, olga: int) -> None:
    house.floor.seat(operator_view(olga, state=OperatorState.TALKING, call_id=CALL))
    house.floor.ring(call_view(CALL, phase=CallPhase.TALKING, operator_id=OperatorId(olga)))

    async def shown() -> bool:
        snapshot = await house.parts.line.floor()
        return snapshot is not None and bool(snapshot.floor.calls)

    await eventually(shown, 10, "the floor shows the talk")


async def _team(house: House, code: str, *members: int) -> None:
    async with transaction(house.parts.engine) as db:
        await teams.save(db, code, {"en": code}, lead_id=None, members=members)


async def _telephone(house: House, who: int) -> None:
    async with transaction(house.parts.engine) as db:
        await db.execute(update(users).where(users.c.id == who).values(extension="103"))


async def _logged(house: House, who: int, action: str) -> list[Any]:
    async with reading(house.parts.engine) as db:
        rows = await access_log.recent(db, user_id=who, limit=100)
    return [one for one in rows if one.action == action]
