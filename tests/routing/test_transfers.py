"""Passing a caller on: to an operator, to a queue, to a number; and what happens when nobody takes him."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routing.effects import CallHappened, Undisposed
from routing.hall import Rules
from routing.news import CallGone, WishAnswered
from routing.policy import parse
from routing.views import CallPhase, OperatorId, OperatorState
from routing.wishes import CloseWrapUp, PassOn
from telephony.commands import Originate, Redirect, SetVariable
from telephony.events import CallId, DeviceState, LegId, LinkLost, Mark, OriginateFinished
from tests.routing.house import MAIN, House, channel_of

pytestmark = pytest.mark.unit
READY, RESERVED, TALKING = OperatorState.READY, OperatorState.RESERVED, OperatorState.TALKING
WRAP_UP, NOT_READY = OperatorState.WRAP_UP, OperatorState.NOT_READY
DEBTS = Rules(policy=parse("rules: [{name: all, queue: main}, {name: debts, when: {topics: [debt]}, queue: debts}]"))
ANNA, BORIS = OperatorId(101), OperatorId(102)


def in_talk(rules: Rules | None = None) -> tuple[House, CallId, LegId]:
    """Anna talks to a caller who waited seven seconds; Boris is free."""
    house = House(rules or Rules(outward=True))
    call = house.caller(1)
    house.wait(7)
    house.operator(101)
    leg = house.ring(house.originates()[-1])
    house.device(101, DeviceState.IN_USE)
    house.join(call, leg)
    house.operator(102)
    house.wait(30)
    return house, call, leg


def pass_on(house: House, call: CallId, to: str = "operator", who: OperatorId = ANNA, **more: object) -> str:
    """Pass on; return why it was refused, "" when it was done."""
    name = house.name()
    house.wish(PassOn(wish_id=name, operator_id=who, at=house.now, call_id=call, to=to, **more))  # type: ignore[arg-type]
    return next(one.reason for one in house.news() if isinstance(one, WishAnswered) and one.wish_id == name)


def to_boris(house: House, call: CallId, leg: LegId, note: str = "owes for May") -> LegId:
    """Anna passes the caller on to Boris, whose telephone rings; return that leg."""
    assert pass_on(house, call, operator=BORIS, note=note) == ""
    house.end(leg)
    house.device(101, DeviceState.NOT_IN_USE)
    return house.ring(house.originates()[-1])


def history(house: House) -> list[tuple[str, int | None]]:
    return [(one.what, one.operator_id) for one in house.facts() if isinstance(one, CallHappened)]


def test_the_caller_is_owned_by_the_new_offer_before_he_is_moved_and_before_it_rings() -> None:
    house, call, _ = in_talk()
    pass_on(house, call, operator=BORIS)
    owner, going, redirect, originate = house.orders()[-4:]
    assert isinstance(owner, SetVariable)
    assert isinstance(originate, Originate)
    assert (owner.name, owner.value) == ("SHARED(BUSBAR_OFFER)", originate.leg)
    assert going == SetVariable(node=MAIN, channel=channel_of(call), name="SHARED(BUSBAR_MOVING)", value="yes")
    assert redirect == Redirect(node=MAIN, channel=channel_of(call), context="passing")
    assert originate.device == "PJSIP/op102"


def test_who_is_passed_to_sees_by_whom_and_the_word_and_who_passed_writes_up_beside() -> None:
    house, call, leg = in_talk()
    second = to_boris(house, call, leg)
    assert (house.state(ANNA), house.state(BORIS), house.phase(call)) == (WRAP_UP, RESERVED, CallPhase.RINGING)
    rung, part = house.screens[BORIS].call, house.screens[ANNA].call
    assert rung is not None
    assert rung.passed is not None
    assert (rung.passed.by_name, rung.passed.note, rung.passed.to) == ("Op 101", "owes for May", "Op 102")
    assert part is not None
    assert (part.call_id, part.phase, part.operator_id) == (call, CallPhase.WRAP_UP, ANNA)
    assert CallGone(call_id=call, reason="moved") not in house.news(), "her screen is not emptied in between"
    house.join(call, second)
    assert (house.state(BORIS), house.phase(call)) == (TALKING, CallPhase.TALKING)
    assert history(house)[-4:] == [("passed-on", ANNA), ("offered", BORIS), ("ringing", BORIS), ("answered", BORIS)]


def test_each_operator_has_a_wrap_up_of_his_own() -> None:
    house, call, leg = in_talk()
    second = to_boris(house, call, leg)
    house.join(call, second)
    house.wish(CloseWrapUp(wish_id="c", operator_id=ANNA, at=house.now, call_id=call))
    assert (house.state(ANNA), house.screens[ANNA].call) == (READY, None)
    assert house.phase(call) is CallPhase.TALKING
    assert len(house.supervisors.calls) == 1
    house.end(call)
    assert (house.state(BORIS), house.phase(call)) == (WRAP_UP, CallPhase.WRAP_UP)
    house.wish(CloseWrapUp(wish_id="d", operator_id=BORIS, at=house.now, call_id=call))
    assert (house.state(BORIS), house.phase(call)) == (READY, None)


def test_a_part_not_written_up_in_time_does_not_close_the_contact_that_goes_on() -> None:
    house, call, leg = in_talk()
    house.join(call, to_boris(house, call, leg))
    house.wait(61)
    assert house.state(ANNA) is READY
    assert Undisposed(call_id=call) not in house.facts()
    assert house.phase(call) is CallPhase.TALKING


@pytest.mark.parametrize(
    ("prepare", "refusal"),
    [
        (lambda house: house.make_ready(BORIS, ready=False, reason="break"), "operator-not-free"),
        (lambda house: house.device(102, DeviceState.IN_USE), "operator-not-free"),
        (lambda house: house.device(102, DeviceState.UNAVAILABLE), "operator-not-free"),
        (lambda house: None, ""),
    ],
)
def test_only_who_is_free_is_passed_to(prepare: object, refusal: str) -> None:
    house, call, _ = in_talk()
    prepare(house)  # type: ignore[operator]
    assert pass_on(house, call, operator=BORIS) == refusal
    assert (house.phase(call) is CallPhase.TALKING) == bool(refusal)


def test_what_cannot_be_passed_on_is_refused_and_nothing_changes() -> None:
    house, call, _ = in_talk()
    assert pass_on(house, call, operator=ANNA) == "operator-not-free"
    assert pass_on(house, call, operator=OperatorId(999)) == "operator-not-free"
    assert pass_on(house, call, who=BORIS, operator=ANNA) == "no-such-call"
    assert pass_on(house, CallId("main-9"), operator=BORIS) == "no-such-call"
    assert pass_on(house, call, "queue", queue="nowhere") == "no-such-queue"
    assert (house.state(ANNA), house.state(BORIS), house.phase(call)) == (TALKING, READY, CallPhase.TALKING)
    house.hear(LinkLost(node=MAIN, reason="test"))
    assert pass_on(house, call, operator=BORIS) == "node-away"


@pytest.mark.parametrize("number", ["", "100", "79161234567", "+0916123456", "+7916&PJSIP/1", "+7 916 123"])
def test_what_is_no_number_of_the_list_reaches_no_dialplan(number: str) -> None:
    house, call, _ = in_talk()
    assert pass_on(house, call, "number", number=number) == "no-outside-line"
    assert not [one for one in house.orders() if isinstance(one, Redirect)]


def test_without_a_trunk_nobody_is_passed_outside() -> None:
    house, call, _ = in_talk(Rules())
    assert pass_on(house, call, "number", number="+74951234567") == "no-outside-line"


# --- nobody takes him ------------------------------------------------------------------------------------------------


def test_a_caller_nobody_takes_comes_back_to_who_passed_him_on_with_the_reason() -> None:
    house, call, leg = in_talk()
    second = to_boris(house, call, leg)
    house.wait(15)
    house.hear(OriginateFinished(node=MAIN, leg=second, answered=False, reason=3))
    house.end(second, 19, "SIP 480")
    assert (house.state(BORIS), house.floor.hall.operators[BORIS].reason) == (NOT_READY, "no-answer")
    assert (house.state(ANNA), house.phase(call)) == (RESERVED, CallPhase.RINGING)
    back = house.screens[ANNA].call
    assert back is not None
    assert back.passed is not None
    assert (back.passed.returned, back.passed.to) == ("no-answer", "Op 102")
    house.join(call, house.ring(house.originates()[-1]))
    assert (house.state(ANNA), house.phase(call)) == (TALKING, CallPhase.TALKING)
    assert history(house)[-1] == ("joined again", ANNA)


@pytest.mark.parametrize("cause", [17, 21])
def test_a_declined_caller_comes_back(cause: int) -> None:
    house, call, leg = in_talk()
    house.end(to_boris(house, call, leg), cause, "SIP 486")
    assert (house.state(ANNA), house.phase(call)) == (RESERVED, CallPhase.RINGING)
    assert house.screens[ANNA].call.passed.returned == "declined"  # type: ignore[union-attr]


@pytest.mark.parametrize("gone", ["pause", "unplugged"])
def test_when_who_passed_him_on_is_gone_he_stands_at_the_head_of_the_queue(gone: str) -> None:
    house, call, leg = in_talk()
    second = to_boris(house, call, leg)
    other = house.caller(2)
    if gone == "pause":
        house.make_ready(ANNA, ready=False, reason="break")
    else:
        house.device(101, DeviceState.UNAVAILABLE)
    house.end(second, 17)
    assert (house.phase(call), house.phase(other)) == (CallPhase.WAITING, CallPhase.WAITING)
    assert [one.call_id for one in sorted(house.floor.hall.lineup.waiting())] == [call, other]


def test_he_is_given_back_once_and_then_waits_at_the_head() -> None:
    house, call, leg = in_talk()
    house.end(to_boris(house, call, leg), 17)
    house.end(house.ring(house.originates()[-1]), 17)
    assert (house.state(ANNA), house.state(BORIS), house.phase(call)) == (NOT_READY, NOT_READY, CallPhase.WAITING)


def test_a_caller_who_gives_up_while_it_rings_leaves_her_part_to_write_up_and_the_other_free() -> None:
    house, call, leg = in_talk()
    to_boris(house, call, leg)
    house.end(call)
    assert (house.state(ANNA), house.state(BORIS), house.phase(call)) == (WRAP_UP, READY, None)
    assert [one.call.operator_id for one in house.facts() if hasattr(one, "call")][-1] == ANNA


def test_a_caller_who_gives_up_while_he_is_given_back_is_written_up_by_who_had_him() -> None:
    house, call, leg = in_talk()
    house.end(to_boris(house, call, leg), 17)
    house.ring(house.originates()[-1])
    house.end(call)
    assert (house.state(ANNA), house.phase(call)) == (WRAP_UP, CallPhase.WRAP_UP)


# --- to a queue ------------------------------------------------------------------------------------------------------


def test_in_the_next_queue_what_he_waited_counts_and_the_talk_does_not() -> None:
    house, call, leg = in_talk(DEBTS)
    house.make_ready(BORIS, ready=False)
    assert pass_on(house, call, "queue", queue="debts", note="asks for a plan") == ""
    house.end(leg)
    known = house.floor.hall.calls[call]
    assert (known.phase, known.queue) == (CallPhase.WAITING, "debts")
    assert known.waiting_since == house.now - timedelta(seconds=7)
    *_, queue, since, redirect = house.orders()
    assert isinstance(queue, SetVariable)
    assert isinstance(since, SetVariable)
    assert (queue.name, queue.value, since.name) == ("BUSBAR_QUEUE", "debts", "BUSBAR_SINCE")
    assert redirect == Redirect(node=MAIN, channel=channel_of(call), context="queue")
    waiting = {one.queue: one.waiting for one in house.floor.queues()}
    assert waiting == {"debts": 1, "main": 0}
    house.mark(call, Mark.WAITING, Queue="debts", Since=str(int(known.waiting_since.timestamp())))
    assert house.phase(call) is CallPhase.WAITING
    house.make_ready(BORIS)
    rung = house.screens[BORIS].call
    assert rung is not None
    assert rung.passed is not None
    assert (rung.passed.kind, rung.passed.to, rung.passed.note) == ("queue", "debts", "asks for a plan")


def test_rules_do_not_send_him_elsewhere_than_the_operator_did() -> None:
    house, call, _ = in_talk(DEBTS)
    house.make_ready(BORIS, ready=False)
    pass_on(house, call, "queue", queue="debts")
    house.mark(call, Mark.WAITING, Queue="debts")
    assert house.floor.hall.calls[call].queue == "debts"
    ticket = house.floor.hall.lineup.ticket(house.floor.hall.calls[call])
    assert ticket.stages[0].wanted.queues == {"debts"}


# --- outside ---------------------------------------------------------------------------------------------------------


def test_a_caller_passed_outside_is_at_nobodys_desk_and_his_end_ends_it() -> None:
    house, call, leg = in_talk()
    assert pass_on(house, call, "number", number="+74951234567", title="Gas emergency") == ""
    assert house.orders()[-1] == Redirect(
        node=MAIN, channel=channel_of(call), context="passing-out", exten="74951234567"
    )
    house.end(leg)
    house.mark(call, Mark.OUTSIDE)
    assert (house.phase(call), house.state(ANNA)) == (CallPhase.OUTSIDE, WRAP_UP)
    house.end(call)
    assert house.phase(call) is None
    assert [one.call.outcome for one in house.facts() if hasattr(one, "call")][-1] == "answered"


@pytest.mark.parametrize(
    ("status", "reason"), [("BUSY", "busy"), ("NOANSWER", "no-answer"), ("CHANUNAVAIL", "no-answer")]
)
def test_an_outside_number_that_does_not_answer_gives_the_caller_back(status: str, reason: str) -> None:
    house, call, leg = in_talk()
    pass_on(house, call, "number", number="+74951234567", title="Gas emergency")
    house.end(leg)
    house.device(101, DeviceState.NOT_IN_USE)
    house.mark(call, Mark.RETURNED, Status=status)
    assert (house.state(ANNA), house.phase(call)) == (RESERVED, CallPhase.RINGING)
    assert house.screens[ANNA].call.passed.returned == reason  # type: ignore[union-attr]
