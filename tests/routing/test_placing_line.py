"""Calls that operators place without a caller, on a real switch: a colleague hears them, a number is shown ours."""

from __future__ import annotations

import pytest

from routing import bus
from routing.views import OperatorId, OperatorState
from routing.wishes import PlaceCall
from tests.routing.process import Station, now, operator_of
from tests.routing.talk import OutsidePhone, found_there, shows_ours, speak
from tests.routing.trunk import house, node
from tests.support.servers import AsteriskServer

__all__ = ["house", "node"]
pytestmark = pytest.mark.integration


async def place(house: Station, who: OperatorId, **to: object) -> None:
    wish = PlaceCall(wish_id="p", operator_id=who, at=now(), **to)  # type: ignore[arg-type]
    await bus.send_wish(house.redis, wish)


async def state(house: Station, who: OperatorId, wanted: OperatorState) -> None:
    await house.sees(lambda floor: operator_of(floor, who).state is wanted, f"{who} is {wanted}")


async def test_a_colleague_is_rung_and_both_hear_each_other(house: Station) -> None:
    anna, anna_phone = await house.operator("anna", "101")
    boris, boris_phone = await house.operator("boris", "102")
    await place(house, anna, to="operator", operator=boris)
    own = await anna_phone.incoming()
    own.answer()
    rung = await boris_phone.incoming()
    assert "101" in rung.header("from")
    rung.answer()
    await speak(own, rung)
    await state(house, anna, OperatorState.NOT_READY)
    own.hang_up()
    await rung.reaches("ended")
    await state(house, anna, OperatorState.READY)


async def test_a_number_outside_is_shown_our_number(house: Station, node: AsteriskServer) -> None:
    anna, anna_phone = await house.operator("anna", "101")
    outside = await house.stack.enter_async_context(OutsidePhone(house.settings))
    await found_there(node, "outward")
    await place(house, anna, to="number", number="+74951234567")
    own = await anna_phone.incoming()
    own.answer()
    far = await outside.incoming()
    assert shows_ours(far)
    far.answer()
    await speak(own, far)
    far.hang_up()
    await own.reaches("ended")
    await state(house, anna, OperatorState.READY)


async def test_a_colleague_who_does_not_answer_ends_the_call(house: Station) -> None:
    anna, anna_phone = await house.operator("anna", "101")
    boris, boris_phone = await house.operator("boris", "102")
    await place(house, anna, to="operator", operator=boris)
    own = await anna_phone.incoming()
    own.answer()
    await boris_phone.incoming()
    await own.reaches("ended")
    await state(house, anna, OperatorState.READY)
    await state(house, boris, OperatorState.READY)
