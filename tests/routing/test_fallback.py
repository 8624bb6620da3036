"""Asterisk's own queues: the floor keeps in each the operators who serve it, while it lives and for when it dies."""

from __future__ import annotations

import pytest

from routing.charter import Charter
from routing.skills import profile
from routing.terms import Cause, Terms
from telephony.commands import AddQueueMember, PauseQueueMember, RemoveQueueMember, SetVariable
from telephony.events import Mark
from tests.routing.house import House, channel_of

pytestmark = pytest.mark.unit
DEBTS = Terms(name="debts", exits={Cause.NOBODY: "queue/law"}, resort="law")


def members(house: House, kind: type[AddQueueMember | RemoveQueueMember]) -> list[str]:
    return [one.queue for one in house.orders() if isinstance(one, kind) and one.device == "PJSIP/op101"]


def take(house: House, *terms: Terms, able: tuple[str, ...] | None = None) -> None:
    anna = next(iter(house.floor.hall.operators))
    house.take(
        Charter(terms={one.name: one for one in terms}, able={} if able is None else {anna: profile(able)})
    )  # fmt: skip


def test_who_serves_a_queue_is_in_its_queue_of_last_resort_as_soon_as_it_is_set() -> None:
    house = House()
    house.operator(101)
    assert members(house, AddQueueMember) == ["busbar"]
    take(house, DEBTS, able=("queue/law",))
    assert members(house, AddQueueMember) == ["busbar", "busbar", "busbar-law"]
    assert members(house, RemoveQueueMember) == []


def test_who_serves_it_no_longer_is_taken_out_and_a_change_of_something_else_moves_nobody() -> None:
    house = House()
    house.operator(101)
    take(house, DEBTS, able=("queue/law",))
    before = len(house.orders())
    take(house, DEBTS, able=("queue/law", "payments"))
    assert not [one for one in house.orders()[before:] if isinstance(one, AddQueueMember | RemoveQueueMember)]
    take(house, DEBTS, able=("queue/main",))
    assert members(house, RemoveQueueMember) == ["busbar-law"]


def test_an_asterisk_that_takes_the_queue_in_later_is_told_once_more() -> None:
    house = House()
    house.operator(101)
    take(house, DEBTS)
    before = len(house.orders())
    house.wait(16)
    again = [one for one in house.orders()[before:] if isinstance(one, AddQueueMember)]
    assert {one.queue for one in again} == {"busbar", "busbar-debts", "busbar-law"}
    house.wait(60)
    assert len([one for one in house.orders()[before:] if isinstance(one, AddQueueMember)]) == len(again)


def test_a_pause_is_told_to_every_queue_he_is_in() -> None:
    house = House()
    anna = house.operator(101)
    take(house, DEBTS, able=("queue/debts",))
    before = len(house.orders())
    house.make_ready(anna, ready=False, reason="break")
    paused = [one for one in house.orders()[before:] if isinstance(one, PauseQueueMember) and one.paused]
    assert {one.queue for one in paused} == {"busbar", "busbar-debts"}


def test_the_queue_a_caller_stands_in_is_on_his_channel_where_last_resorts_are_set() -> None:
    house = House()
    house.operator(101, ready=False)
    call = house.caller(1)
    assert not [one for one in house.orders() if isinstance(one, SetVariable) and one.name == "BUSBAR_STANDS"]
    take(house, DEBTS)
    second = house.caller(2)
    told = [one for one in house.orders() if isinstance(one, SetVariable) and one.name == "BUSBAR_STANDS"]
    assert [(one.channel, one.value) for one in told] == [(channel_of(second), "main")]
    assert call != second


def test_what_came_to_nothing_leads_to_the_queue_of_last_resort() -> None:
    house = House()
    house.operator(101, ready=False)
    main = Terms(name="main", most=0, exits={Cause.FULL: "voicemail"}, resort="law")
    take(house, main)
    call = house.caller(1)
    house.mark(call, Mark.OVERFLOWED)
    house.mark(call, Mark.WAITING, Queue="main")
    assert house.floor.hall.calls[call].queue == "law"
