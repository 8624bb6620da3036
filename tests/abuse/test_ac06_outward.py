"""AC06: numbers outside again and again: by one operator, to one number, more at once than the house has lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import db
from crm_core.access import Role
from crm_core.settings import Settings
from crm_core.store import access_log, users
from crm_core.store.users import NewUser
from crm_core.trunks import Trunk
from routing import memory
from routing.caps import Caps
from routing.charter import Charter
from routing.effects import OutsideRefused
from routing.hall import Rules
from routing.news import WishAnswered
from routing.process import rules
from routing.views import CallPhase, OperatorId
from routing.wishes import Consult, PassOn, Settle, Wish
from telephony.commands import Originate, Redirect
from telephony.events import CallId, DeviceState, LegId
from tests.routing.house import MAIN, NOON, House
from workstation import sentences

NUMBER = "+74951234567"
WAYS = (PassOn, Consult)
CITY = Trunk(name="city", host="sip.example", number="+74951110000", prefixes=("+7495",))


def house(**caps: int) -> House:
    return House(Rules(outward=True, outward_caps=Caps(**caps)))


def talk(floor: House, number: int) -> CallId:
    """A caller and an operator of his own, in talk."""
    who = floor.operator(number)
    call = floor.caller(number)
    leg = floor.ring(next(one for one in reversed(floor.originates()) if one.device == f"PJSIP/op{number}"))
    floor.device(number, DeviceState.IN_USE)
    floor.join(call, leg)
    assert floor.floor.hall.calls[call].operator_id == who
    return call


def wished(floor: House, wish: Callable[..., Wish], call: CallId, who: int, number: str = NUMBER, **more: str) -> str:
    name = floor.name()
    what = more or {"to": "number", "number": number, "title": "Gas"}
    floor.wish(wish(wish_id=name, operator_id=OperatorId(who), at=floor.now, call_id=call, **what))
    return next(one.reason for one in floor.news() if isinstance(one, WishAnswered) and one.wish_id == name)


def refusals(floor: House) -> list[tuple[int, str]]:
    return [(one.operator_id, one.reason) for one in floor.facts() if isinstance(one, OutsideRefused)]


@pytest.mark.unit
@pytest.mark.parametrize("way", WAYS)
def test_one_operator_asks_again_and_again_and_the_talk_goes_on(way: type[PassOn | Consult]) -> None:
    floor = house(operator_minute=3)
    call = talk(floor, 101)
    for _ in range(3):
        assert wished(floor, Consult, call, 101) == ""
        assert wished(floor, Settle, call, 101, what="take_back") == ""
    before = floor.orders()
    assert wished(floor, way, call, 101) == "outside-too-often"
    assert (floor.orders(), floor.phase(call)) == (before, CallPhase.TALKING), "nothing was dialled, nothing changed"
    assert refusals(floor) == [(101, "outside-too-often")]
    floor.wait(60)
    assert wished(floor, way, call, 101) == ""


@pytest.mark.unit
def test_many_operators_to_one_number_and_more_at_once_than_there_are_lines() -> None:
    floor = house(number_day=2, lines=3)
    calls = {who: talk(floor, who) for who in range(101, 106)}
    assert [wished(floor, PassOn, calls[who], who) for who in (101, 102, 103)] == ["", "", "outside-number-often"]
    assert wished(floor, Consult, calls[103], 103, "+74951234568") == ""
    assert wished(floor, PassOn, calls[104], 104, "+74951234569") == "outside-lines-full"
    assert wished(floor, Consult, calls[104], 104, "+74951234569") == "outside-lines-full"
    dialled = [one for one in floor.orders() if isinstance(one, Redirect) and one.context == "passing-out"]
    asked = [one for one in floor.orders() if isinstance(one, Originate) and one.device.endswith("@outward")]
    assert (len(dialled), len(asked)) == (2, 1)
    floor.end(LegId(calls[101]))
    assert wished(floor, PassOn, calls[104], 104, "+74951234569") == "", "a line is free again"


@pytest.mark.unit
def test_there_is_a_way_outside_where_a_trunk_is_on_record_whatever_the_settings_say() -> None:
    floor = House(Rules(outward=False))
    call = talk(floor, 101)
    assert wished(floor, PassOn, call, 101) == "no-outside-line"
    floor.take(Charter(outward={MAIN: (CITY,)}))
    assert wished(floor, Consult, call, 101) == ""
    order = floor.originates()[-1]
    assert (order.device, order.caller_number) == (f"PJSIP/{NUMBER}@trunk-city", "+74951110000"), (
        "ours, not the caller's"
    )
    assert order.variables["GROUP(trunk)"] == "city"
    assert wished(floor, Settle, call, 101, what="take_back") == ""
    assert wished(floor, PassOn, call, 101, "+78121234567") == "no-outside-line", "no trunk is for it"
    floor.take(Charter(outward={"other": (CITY,)}))
    assert wished(floor, PassOn, call, 101) == "no-outside-line"
    assert refusals(floor) == [], "no way is no abuse"


@pytest.mark.unit
def test_what_is_refused_is_said_in_a_sentence() -> None:
    for code in ("outside-too-often", "outside-number-often", "outside-lines-full"):
        assert sentences.SENTENCES[code].endswith(".")


@pytest.mark.integration
async def test_a_refusal_stands_in_the_access_log(settings: Settings, database: str) -> None:
    mine = settings.model_copy(update={"database_url": database, "outward_operator_minute": 0})
    assert rules(mine).outward_caps.operator_minute == 0
    engine: AsyncEngine = db.engine(mine)
    try:
        async with db.transaction(engine) as writing:
            new = NewUser(login="olga", name="Olga", password="correct horse battery", role=Role.OPERATOR)
            olga = (await users.create(writing, new)).user_id
            await memory.write(writing, [
                OutsideRefused(operator_id=OperatorId(olga), call_id="main-1.1", number=NUMBER,
                               reason="outside-too-often", at=NOON),
            ])  # fmt: skip
        async with db.reading(engine) as reading:
            (line,) = [one for one in await access_log.recent(reading) if one.action == memory.OUTSIDE_REFUSED]
    finally:
        await engine.dispose()
    assert (line.user_id, line.object, line.reason, line.contact_id, line.result, line.role, line.at) == (
        olga, NUMBER, "outside-too-often", "main-1.1", "refused", "operator", NOON,
    )  # fmt: skip
