"""The floor by the rules of a policy: who is rung, in which queue one stands, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.effects import CallHappened
from routing.hall import Rules
from routing.lately import Lately, Spoken
from routing.policy import parse
from routing.resync import Past
from routing.views import OperatorId, QueueView
from routing.why import Choice, Why, read
from telephony.events import CallId, DeviceState, LegId, LegSeen, LinkLost, LinkUp, Mark, SnapshotEnded
from tests.routing.house import MAIN, House, channel_of

pytestmark = pytest.mark.unit
POLICY = parse("""
name: test
rules:
  - {name: all, last_operator: 10}
  - {name: vip, when: {flags: [vip]}, head_start: 60}
  - {name: debts, when: {topics: [debt]}, queue: debts, needs: {law: 2}, steps: [{after: 20, needs: {law: 1}}]}
""")


@pytest.fixture
def house() -> House:
    return House(Rules(policy=POLICY))


def rung(house: House) -> list[tuple[str, int]]:
    """Who was rung for whom, so far."""
    return [(one.variables["BUSBAR_CALL"], int(one.variables["BUSBAR_OPERATOR"])) for one in house.originates()]


def answers(house: House) -> list[Why]:
    """What the histories of calls say of each offer."""
    happened = [one for one in house.facts() if isinstance(one, CallHappened) and one.what == "offered"]
    return [why for one in happened if (why := read(one.detail)) is not None]


def queue(house: House, name: str) -> QueueView:
    return next(one for one in house.floor.queues() if one.queue == name)


def test_a_caller_is_served_by_who_has_the_skill_and_the_history_says_why(house: House) -> None:
    house.operator(101, "smalltalk")
    house.wait(5)
    house.operator(102, "law:2")
    call = house.caller(1, Topic="debt")
    assert rung(house) == [(call, 102)]
    (why,) = answers(house)
    assert (why.choice, why.held, why.rules) == (Choice.ONLY_ONE, "at-once", ("all", "debts"))
    assert why.needs == frozenset({("law", 2)})


def test_less_is_asked_as_the_wait_grows_and_the_floor_wakes_for_it(house: House) -> None:
    house.operator(101, "law")
    call = house.caller(1, Topic="debt")
    house.wait(19)
    assert rung(house) == []
    house.wait(1)
    assert rung(house) == [(call, 101)]
    (why,) = answers(house)
    assert (why.held, why.relaxed, why.waited) == ("no-match", 1, 20)


def test_a_rule_names_the_queue_and_it_stays_when_the_dialplan_repeats_itself(house: House) -> None:
    call = house.caller(1, Topic="debt")
    assert (queue(house, "debts").waiting, queue(house, "main").waiting) == (1, 0)
    house.mark(call, Mark.WAITING, Queue="main", Since="1795348800")
    assert (queue(house, "debts").waiting, queue(house, "main").waiting) == (1, 0)
    house.end(call)
    assert (queue(house, "debts").offered, queue(house, "debts").abandoned) == (1, 1)


def test_a_floor_that_starts_anew_leaves_callers_in_the_queue_of_their_rule(house: House) -> None:
    call = house.caller(1, Topic="debt")
    known = replace(house.floor.hall.calls[call], asked="", channel="")
    later = House(Rules(policy=POLICY), Past(calls=(known,)), linked=False)
    later.hear(LinkUp(node=MAIN))
    later.hear(
        LegSeen(
            node=MAIN, leg=LegId(call), channel=channel_of(call), linked=call, number="", name="", context="queue",
            exten="s", up=True, bridge="", seconds=9, variables={"BUSBAR_QUEUE": "main", "BUSBAR_TOPIC": "debt"},
        )
    )  # fmt: skip
    later.hear(SnapshotEnded(node=MAIN))
    assert queue(later, "debts").waiting == 1
    later.operator(101, "law:2")
    assert rung(later) == [(call, 101)]


def test_a_marked_customer_goes_before_who_came_a_little_earlier(house: House) -> None:
    house.caller(1)
    house.wait(30)
    vip = house.caller(2, Flags="vip,dispute")
    house.operator(101)
    assert rung(house) == [(vip, 101)]


def test_who_calls_back_is_kept_for_the_operator_who_is_writing_the_contact_up(house: House) -> None:
    anna = house.operator(101)
    call, leg = house.talk(1, 101)
    house.operator(102)
    house.leave(leg, call)
    house.end(call)
    house.end(leg)
    house.device(101, DeviceState.NOT_IN_USE)
    again = house.caller(2, telephone=1)
    assert rung(house) == [(call, 101)]
    house.wait(9)
    assert rung(house) == [(call, 101)]
    house.wait(1)
    assert rung(house) == [(call, 101), (again, 102)]
    assert answers(house)[-1].held == "kept"
    assert house.floor.hall.operators[anna].calls_today == 1


def test_nobody_is_offered_while_the_link_is_lost_and_everybody_when_it_is_back(house: House) -> None:
    house.operator(101)
    house.hear(LinkLost(node=MAIN, reason="test"))
    call = house.caller(1)
    house.device(101, DeviceState.NOT_IN_USE)
    assert rung(house) == []
    house.hear(LinkUp(node=MAIN))
    house.hear(
        LegSeen(
            node=MAIN, leg=LegId(call), channel=channel_of(call), linked=call, number="", name="", context="queue",
            exten="s", up=True, bridge="", seconds=9, variables={},
        )
    )  # fmt: skip
    house.hear(SnapshotEnded(node=MAIN))
    assert rung(house) == [(call, 101)]


def test_the_same_events_make_the_same_offers() -> None:
    def day() -> list[tuple[str, int]]:
        house = House(Rules(policy=POLICY))
        for number, skills in ((101, ()), (102, ("law:3",)), (103, ("law", "queue/debts:1"))):
            house.operator(number, *skills)
        for number in range(1, 9):
            house.caller(number, Topic="debt" if number % 3 else "", Flags="vip" if number % 4 == 0 else "")
            house.wait(7)
            house.end(CallId(f"main-{max(1, number - 3)}"))
        return rung(house)

    assert day() == day()
    assert len(day()) > 3


def test_only_so_many_are_remembered_and_the_account_says_more_than_the_number() -> None:
    lately = Lately(remembered=4)
    lately.note(Spoken(operator_id=OperatorId(1), number="+1", account_id=7))
    lately.note(Spoken(operator_id=OperatorId(2), number="+1", account_id=8))
    assert lately.whom("+1", 7) == 1
    assert lately.whom("+1", None) == 2
    assert lately.whom("", None) is None
    lately.note(Spoken(operator_id=OperatorId(3), number="+3", account_id=9))
    assert lately.whom("", 7) is None
    assert lately.whom("+3", 8) == 2
