"""AC08: the link breaks in the middle of an Originate, wishes and answers come twice: one call per attempt.

A book that is asked twice lets dial once (tests/crm_core/test_store_callbacks.py), and the dialplan dials once however
often it is sent there (tests/routing/test_callbacks_faults.py).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.callbacks import CallbackState, Standing, leg_of
from routing.callbacks import DIALLING_CONTEXT, Booked, Claimed
from routing.effects import BackDialled, Book
from routing.hall import Rules
from routing.views import OperatorId
from routing.wishes import Consult, DialBack
from telephony.ami import AmiSwitch
from telephony.commands import Originate, Redirect
from telephony.errors import NotConnected, OutcomeUnknown
from telephony.events import CallId, DeviceState, LegId, LinkLost, LinkUp, Mark, Node, OriginateFinished
from telephony.link import Timing
from tests.routing.house import MAIN, NOON, House
from tests.routing.test_transfers import ANNA, BORIS, in_talk
from tests.telephony.diary import Diary
from tests.telephony.peer import Peer

ORIGINATE = Originate(
    node=Node("cc"), leg=LegId("offer-1"), device="PJSIP/op101", context="connect", timeout_ms=1000,
    caller_number="7999", caller_name="",
)  # fmt: skip
FAST = Timing(connect=1, action=0.3, boot=0.5, tick=0.1, refused=30)
HIS = "+79161234567"


@pytest.mark.integration
async def test_an_originate_whose_answer_was_lost_with_the_link_is_not_sent_over_the_next_one() -> None:
    async with Peer() as peer, AmiSwitch([peer.config], FAST) as switch, Diary(switch) as diary:
        await diary.one(LinkUp)
        peer.answer = lambda action: None
        order = asyncio.create_task(switch.obey(ORIGINATE))
        await peer.until(lambda: "Originate" in peer.names(), "it was sent")
        peer.drop()
        with pytest.raises(OutcomeUnknown):
            await order
        await diary.one(LinkLost)
        with pytest.raises(NotConnected):
            await switch.obey(ORIGINATE)
        peer.answer = lambda action: b"Response: Success\r\n"
        await diary.until(lambda: len(diary.all(LinkUp)) == 2, "the link is back")
        await switch.obey(replace(ORIGINATE, leg=LegId("offer-2")))
        sent = [one.get("ChannelId") for one in peer.actions if one.get("Action") == "Originate"]
        assert sent == ["offer-1", "offer-2"]


def standing(attempt: int = 1) -> Standing:
    return Standing(
        callback_id=7, attempt=attempt, state=CallbackState.STANDING, number=HIS, caller=HIS, account_id=None,
        queue="main", language="ru", topic="", dialled="100", flags=(), path=(), waiting_since=NOON, wanted_at=None,
        tries=0, note="", call_id=leg_of("main", 7, attempt),
    )  # fmt: skip


def broken(house: House) -> None:
    """Break the link to the switch and let it come up again, with nothing that it knows of."""
    house.hear(LinkLost(node=MAIN, reason="test"))
    house.link()


@pytest.mark.unit
@pytest.mark.parametrize("code", ["outcome-unknown", "switch-not-connected", "refused"])
def test_an_offer_of_unknown_outcome_is_not_repeated(code: str) -> None:
    house = House()
    house.caller(1)
    house.operator(101)
    (order,) = house.originates()
    house.fail(order, code)
    broken(house)
    house.wait(120)
    legs = [one.leg for one in house.originates()]
    assert len(legs) == len(set(legs)), "an id is used once, so that the switch refuses a second call by it"


@pytest.mark.unit
@pytest.mark.parametrize("number", ["", HIS])
def test_a_consultation_of_unknown_outcome_rings_nobody_a_second_time(number: str) -> None:
    house, call, _ = in_talk()
    to = {"to": "number", "number": number} if number else {"to": "operator", "operator": BORIS}
    house.wish(Consult(wish_id="k", operator_id=ANNA, at=house.now, call_id=call, **to))  # type: ignore[arg-type]
    before = house.originates()
    house.fail(before[-1], "outcome-unknown")
    house.wish(Consult(wish_id="k", operator_id=ANNA, at=house.now, call_id=call, **to))  # type: ignore[arg-type]
    broken(house)
    house.hear(OriginateFinished(node=MAIN, leg=before[-1].leg, answered=False, reason=0))
    assert house.originates() == before


def card(house: House) -> CallId:
    """A stand-in stands, and an operator reads its card."""
    house.heed(Claimed(standing=standing()))
    call = CallId(standing().call_id)
    house.mark(call, Mark.WAITING)
    house.operator(101)
    leg = house.ring(next(one for one in reversed(house.originates()) if "BUSBAR_OPERATOR" in one.variables))
    house.device(101, DeviceState.IN_USE)
    house.join(call, leg)
    return call


@pytest.mark.unit
def test_a_stand_in_of_unknown_outcome_is_not_made_again() -> None:
    house = House(Rules(outward=True))
    house.heed(Claimed(standing=standing()))
    (order,) = house.originates()
    house.fail(order, "outcome-unknown")
    broken(house)
    house.wait(60)
    assert house.originates() == [order]


@pytest.mark.unit
def test_a_wish_to_dial_that_is_sent_again_and_again_asks_the_book_once() -> None:
    house = House(Rules(outward=True, back_read=timedelta(seconds=5)))
    call = card(house)
    for at in range(5):
        house.wish(DialBack(wish_id=f"d{at}", operator_id=OperatorId(101), at=house.now, call_id=call))
        house.wait(3)
    asked = [one.entry for one in house.effects if isinstance(one, Book) and isinstance(one.entry, BackDialled)]
    assert asked == [BackDialled(callback_id=7, attempt=1, operator_id=OperatorId(101))]
    assert dialled(house) == [], "nothing is dialled before the book has it on record"
    house.heed(Booked(entry=asked[0], done=True))
    assert len(dialled(house)) == 1
    broken(house)
    house.wait(10)
    house.wish(DialBack(wish_id="late", operator_id=OperatorId(101), at=house.now, call_id=call))
    assert len(dialled(house)) == 1


@pytest.mark.unit
def test_what_the_book_refuses_is_not_dialled() -> None:
    house = House(Rules(outward=True))
    call = card(house)
    house.wish(DialBack(wish_id="d", operator_id=OperatorId(101), at=house.now, call_id=call))
    house.heed(Booked(entry=BackDialled(callback_id=7, attempt=1, operator_id=OperatorId(101)), done=False))
    house.wait(60)
    assert dialled(house) == []


def dialled(house: House) -> list[Redirect]:
    return [one for one in house.orders() if isinstance(one, Redirect) and one.context == DIALLING_CONTEXT]
