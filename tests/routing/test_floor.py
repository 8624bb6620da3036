"""The floor: what becomes of callers and operators, event by event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from routing.effects import CallFact, CallHappened, OperatorFact, Tell, Undisposed
from routing.news import CallChanged, CallGone, Coming, WishAnswered
from routing.views import CallPhase, OperatorId, OperatorState
from routing.wishes import ChooseAccount, CloseWrapUp, EndCall, ExtendWrapUp, SetState, SignIn, SignOut
from telephony.commands import AddQueueMember, HangUp, Originate, PauseQueueMember, SetVariable
from telephony.events import (
    BridgeJoined,
    CallId,
    CallMarked,
    ChannelName,
    DeviceState,
    LegCreated,
    LegHeld,
    LegId,
    LegResumed,
    Mark,
    OriginateFinished,
)
from tests.routing.house import MAIN, House, channel_of

MIDDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)

pytestmark = pytest.mark.unit
READY, RESERVED, TALKING = OperatorState.READY, OperatorState.RESERVED, OperatorState.TALKING
WRAP_UP, NOT_READY, OFFLINE = OperatorState.WRAP_UP, OperatorState.NOT_READY, OperatorState.OFFLINE


def answers(house: House) -> list[WishAnswered]:
    return [one for one in house.news() if isinstance(one, WishAnswered)]


def test_a_waiting_caller_is_marked_before_the_operators_telephone_rings() -> None:
    house = House()
    house.operator(101)
    call = house.caller(1)
    mark, originate = house.orders()[-2:]
    assert isinstance(mark, SetVariable)
    assert isinstance(originate, Originate)
    assert (mark.name, mark.value) == ("SHARED(BUSBAR_OFFER)", originate.leg)
    assert originate.device == "PJSIP/op101"
    assert originate.variables["BUSBAR_OFFER"] == originate.leg
    assert originate.variables["PJSIP_HEADER(add,X-Busbar-Call)"] == call
    assert house.phase(call) is CallPhase.RINGING
    assert house.state(OperatorId(101)) is RESERVED


def named(house: House, account: str) -> CallMarked:
    call = house.caller(1)
    leg = LegId(call)
    fields = {"Account": account}
    return CallMarked(node=MAIN, leg=leg, linked=leg, channel=channel_of(call), mark=Mark.WAITING, fields=fields)


def test_an_account_is_foretold_once_and_before_anything_is_decided() -> None:
    house = House()
    house.operator(101)
    event = named(house, "4711")
    before = house.floor.floor()
    number = house.floor.hall.calls[CallId(event.leg)].number
    assert house.floor.foretold(event) == Coming(account_id=4711, call_id=event.leg, number=number)
    assert house.floor.floor() == before
    house.hear(event)
    assert house.floor.foretold(event) is None


@pytest.mark.parametrize("account", ["", "0", "-1", "4711; drop", "9" * 40, str(2**31)])
def test_nonsense_foretells_nothing(account: str) -> None:
    house = House()
    assert house.floor.foretold(named(house, account)) is None


def test_the_bridge_and_not_the_answer_begins_the_conversation() -> None:
    house = House()
    anna = house.operator(101)
    call = house.caller(1)
    leg = house.ring(house.originates()[-1])
    house.wait(4)
    assert house.phase(call) is CallPhase.RINGING
    house.join(call, leg)
    known = house.floor.hall.calls[call]
    assert known.phase is CallPhase.TALKING
    assert known.answered_at == house.now
    assert house.state(anna) is TALKING
    assert house.screens[anna].call is not None
    assert house.screens[anna].call.number == "+79161230001"
    assert house.screens[anna].operator.calls_today == 1


def test_the_longest_idle_is_offered_and_the_longest_waiting_is_served() -> None:
    house = House()
    for number in (103, 101, 102):
        house.operator(number)
        house.wait(1)
    first, second = house.caller(1), house.caller(2)
    assert [one.device for one in house.originates()] == ["PJSIP/op103", "PJSIP/op101"]
    assert [one.variables["BUSBAR_CALL"] for one in house.originates()] == [first, second]


def test_who_waited_longest_is_served_first_when_an_operator_comes() -> None:
    house = House()
    for number in (1, 2, 3):
        house.caller(number)
        house.wait(1)
    house.operator(101)
    assert [one.variables["BUSBAR_CALL"] for one in house.originates()] == ["main-1"]


def test_no_answer_goes_to_the_next_operator_and_the_silent_one_is_not_ready() -> None:
    house = House()
    anna = house.operator(101)
    house.wait(1)
    boris = house.operator(102)
    call = house.caller(1)
    leg = house.ring(house.originates()[-1])
    house.wait(15)
    house.hear(OriginateFinished(node=MAIN, leg=leg, answered=False, reason=3))
    house.end(leg, 19, "SIP 480")
    assert (house.state(anna), house.floor.hall.operators[anna].reason) == (NOT_READY, "no-answer")
    assert house.state(boris) is RESERVED
    assert house.phase(call) is CallPhase.RINGING
    assert CallGone(call_id=call, reason="no-answer") in house.news()
    assert house.screens[anna].call is None


def test_a_switch_that_forgets_the_end_of_an_offer_is_not_believed_for_ever() -> None:
    house = House()
    anna = house.operator(101)
    call = house.caller(1)
    leg = house.ring(house.originates()[-1])
    house.wait(18)
    assert house.state(anna) is NOT_READY
    assert house.phase(call) is CallPhase.WAITING
    assert HangUp(node=MAIN, channel=house.channel(leg), cause=26) in house.orders()


@pytest.mark.parametrize(("cause", "tech"), [(17, "SIP 486"), (21, "SIP 603"), (19, "SIP 480")])
def test_a_declined_offer_makes_the_operator_not_ready(cause: int, tech: str) -> None:
    house = House()
    anna = house.operator(101)
    house.caller(1)
    leg = house.ring(house.originates()[-1])
    house.wait(3)
    house.end(leg, cause, tech)
    assert house.floor.hall.operators[anna].reason == "declined"


@pytest.mark.parametrize(("cause", "tech"), [(34, "503"), (41, "")])
def test_an_operator_who_reloads_his_page_while_it_rings_stays_ready_and_is_rung_again(cause: int, tech: str) -> None:
    house = House()
    anna = house.operator(101)
    call = house.caller(1)
    leg = house.ring(house.originates()[-1])
    since = house.floor.hall.calls[call].waiting_since
    house.wait(2)
    house.end(leg, cause, tech)
    house.device(101, DeviceState.NOT_IN_USE)
    assert house.state(anna) is READY
    assert house.phase(call) is CallPhase.WAITING
    assert house.floor.hall.calls[call].waiting_since == since
    assert len(house.originates()) == 1, "the old page is not rung in its last moment"
    house.device(101, DeviceState.UNAVAILABLE)
    house.wait(2)
    assert len(house.originates()) == 1
    house.device(101, DeviceState.NOT_IN_USE)
    assert house.state(anna) is RESERVED
    assert house.phase(call) is CallPhase.RINGING
    said = [(one.what, one.detail) for one in house.facts() if isinstance(one, CallHappened)]
    assert ("waiting", "moved") in said
    assert "missed" not in [what for what, _ in said]


def test_a_page_that_is_back_before_its_telephone_was_missed_is_rung_in_a_moment() -> None:
    house = House()
    house.operator(101)
    house.caller(1)
    leg = house.ring(house.originates()[-1])
    house.end(leg, 34, "503")
    house.device(101, DeviceState.NOT_IN_USE)
    house.wait(1)
    assert len(house.originates()) == 2


def test_while_one_reloads_his_page_the_caller_goes_to_whoever_is_free() -> None:
    house = House()
    anna = house.operator(101)
    house.wait(1)
    boris = house.operator(102)
    call = house.caller(1)
    leg = house.ring(house.originates()[-1])
    house.end(leg, 34, "503")
    assert house.state(anna) is READY
    assert house.floor.hall.calls[call].operator_id == boris


def test_a_telephone_that_fails_again_and_again_is_not_rung_for_ever() -> None:
    house = House()
    anna = house.operator(101)
    call = house.caller(1)
    house.end(house.ring(house.originates()[-1]), 34, "503")
    house.device(101, DeviceState.NOT_IN_USE)
    house.wait(1)
    house.end(house.ring(house.originates()[-1]), 34, "503")
    assert house.state(anna) is NOT_READY
    assert house.floor.hall.operators[anna].reason == "phone-failed"
    assert house.phase(call) is CallPhase.WAITING


@pytest.mark.parametrize(("cause", "tech"), [(41, ""), (34, "503")])
def test_a_telephone_that_never_rang_was_no_reload_but_a_fault(cause: int, tech: str) -> None:
    house = House()
    anna = house.operator(101)
    house.caller(1)
    leg = house.originates()[-1].leg
    house.created(leg, anna)
    house.end(leg, cause, tech)
    assert house.floor.hall.operators[anna].reason == "phone-failed"


def test_a_pause_wished_while_it_rang_begins_with_the_reload() -> None:
    house = House()
    anna = house.operator(101)
    house.caller(1)
    leg = house.ring(house.originates()[-1])
    house.make_ready(anna, ready=False, reason="break")
    house.end(leg, 34, "503")
    assert house.state(anna) is NOT_READY
    assert house.floor.hall.operators[anna].reason == "break"


def test_declining_by_button_stops_the_ringing_and_passes_the_caller_on() -> None:
    house = House()
    anna = house.operator(101)
    call = house.caller(1)
    leg = house.ring(house.originates()[-1])
    house.wish(EndCall(wish_id="e", operator_id=anna, at=house.now, call_id=call))
    assert HangUp(node=MAIN, channel=house.channel(leg), cause=21) in house.orders()
    assert house.floor.hall.operators[anna].reason == "declined"
    assert house.phase(call) is CallPhase.WAITING
    house.end(leg, 21)
    assert house.state(anna) is NOT_READY


def test_a_caller_who_gives_up_while_waiting_is_counted_as_abandoned() -> None:
    house = House()
    call = house.caller(1)
    house.wait(8)
    house.end(call)
    assert house.phase(call) is None
    (queue,) = house.floor.queues()
    assert (queue.waiting, queue.offered, queue.abandoned, queue.abandoned_short) == (0, 1, 1, 0)
    fact = [one for one in house.facts() if isinstance(one, CallFact)][-1]
    assert (fact.call.phase, fact.call.outcome) == (CallPhase.ENDED, "abandoned")


def test_who_goes_to_be_called_back_gave_up_nothing() -> None:
    house = House()
    call = house.caller(1)
    house.wait(30)
    house.mark(call, Mark.SERVED)
    house.end(call)
    (queue,) = house.floor.queues()
    assert (queue.waiting, queue.offered, queue.abandoned, queue.kept) == (0, 0, 0, 1)


def test_a_caller_who_gives_up_while_it_rings_frees_the_operator_and_his_screen() -> None:
    house = House()
    anna = house.operator(101)
    call = house.caller(1)
    leg = house.ring(house.originates()[-1])
    house.end(call)
    assert HangUp(node=MAIN, channel=house.channel(leg), cause=26) in house.orders()
    assert house.state(anna) is READY
    assert house.screens[anna].call is None
    assert CallGone(call_id=call, reason="caller-gone") in house.news()
    house.end(leg, 0)
    assert house.state(anna) is READY


def test_a_leg_created_after_the_caller_gave_up_is_hung_up_at_once() -> None:
    house = House()
    anna = house.operator(101)
    call = house.caller(1)
    order = house.originates()[-1]
    house.end(call)
    assert not [one for one in house.orders() if isinstance(one, HangUp)]
    house.created(order.leg, anna)
    assert [one for one in house.orders() if isinstance(one, HangUp)]


def test_hold_and_resume_show_and_are_remembered() -> None:
    house = House()
    house.operator(101)
    call, leg = house.talk(1, 101)
    held = LegHeld(node=MAIN, leg=leg, channel=house.channel(leg), linked=call)
    house.hear(held)
    assert house.phase(call) is CallPhase.HELD
    assert house.floor.hall.calls[call].held_since == house.now
    house.hear(LegResumed(node=MAIN, leg=leg, channel=house.channel(leg), linked=call))
    assert house.phase(call) is CallPhase.TALKING


def test_wrap_up_follows_the_call_and_ends_undisposed_by_itself() -> None:
    house = House()
    anna = house.operator(101)
    call, leg = house.talk(1, 101)
    house.end(call)
    house.end(leg)
    house.device(101, DeviceState.NOT_IN_USE)
    operator = house.floor.hall.operators[anna]
    assert (operator.state, operator.until) == (WRAP_UP, house.now + timedelta(seconds=60))
    assert house.phase(call) is CallPhase.WRAP_UP
    house.caller(2)
    assert len(house.originates()) == 1
    house.wait(61)
    assert Undisposed(call_id=call) in house.facts()
    assert house.state(anna) is RESERVED


def test_wrap_up_is_prolonged_once() -> None:
    house = House()
    anna = house.operator(101)
    call, _ = house.talk(1, 101)
    house.end(call)
    for name in ("x1", "x2"):
        house.wish(ExtendWrapUp(wish_id=name, operator_id=anna, at=house.now, call_id=call))
    assert [(one.done, one.reason) for one in answers(house)[-2:]] == [(True, ""), (False, "already-extended")]
    house.wait(90)
    assert house.state(anna) is WRAP_UP
    house.wait(40)
    assert house.state(anna) is READY


def test_a_written_up_contact_frees_the_operator() -> None:
    house = House()
    anna = house.operator(101)
    call, _ = house.talk(1, 101)
    house.end(call)
    house.wish(CloseWrapUp(wish_id="c", operator_id=anna, at=house.now, call_id=call))
    assert house.state(anna) is READY
    assert house.phase(call) is None
    house.wait(100)
    assert not [one for one in house.facts() if isinstance(one, Undisposed)]


def test_a_pause_wished_during_a_call_begins_when_the_contact_is_closed() -> None:
    house = House()
    anna = house.operator(101)
    call, _ = house.talk(1, 101)
    house.make_ready(anna, ready=False, reason="lunch")
    assert house.screens[anna].operator.next_reason == "lunch"
    house.end(call)
    house.wish(CloseWrapUp(wish_id="c", operator_id=anna, at=house.now, call_id=call))
    operator = house.floor.hall.operators[anna]
    assert (operator.state, operator.reason) == (NOT_READY, "lunch")


def test_a_pause_can_be_taken_back_before_it_begins() -> None:
    house = House()
    anna = house.operator(101)
    call, _ = house.talk(1, 101)
    house.make_ready(anna, ready=False, reason="lunch")
    house.make_ready(anna)
    house.end(call)
    house.wish(CloseWrapUp(wish_id="c", operator_id=anna, at=house.now, call_id=call))
    assert house.state(anna) is READY


def test_an_unregistered_telephone_is_not_rung() -> None:
    house = House()
    anna = house.operator(101, idle=False)
    house.caller(1)
    assert not house.originates()
    assert not house.screens[anna].operator.phone_ok
    house.device(101, DeviceState.NOT_IN_USE)
    assert len(house.originates()) == 1


def test_a_deliberate_end_by_the_operator_begins_wrap_up() -> None:
    house = House()
    anna = house.operator(101)
    call, leg = house.talk(1, 101)
    house.leave(leg, call)
    house.end(leg, 16)
    assert house.state(anna) is TALKING
    house.mark(call, Mark.PARTED, Cause="16")
    assert house.state(anna) is WRAP_UP


def test_after_a_page_reload_the_same_operator_is_joined_again_by_himself() -> None:
    house = House()
    anna = house.operator(101)
    house.operator(102)
    call, leg = house.talk(1, 101)
    house.end(leg, 41)
    house.device(101, DeviceState.NOT_IN_USE)
    house.mark(call, Mark.PARTED, Cause="41")
    assert house.phase(call) is CallPhase.REJOINING
    assert house.screens[anna].call is not None
    assert len(house.originates()) == 1, "the old page is not rung in its last moment"
    house.device(101, DeviceState.UNAVAILABLE)
    house.wait(2)
    assert len(house.originates()) == 1
    house.device(101, DeviceState.NOT_IN_USE)
    order = house.originates()[-1]
    assert order.device == "PJSIP/op101"
    assert order.variables["PJSIP_HEADER(add,X-Busbar-Answer)"] == "auto"
    house.created(order.leg, anna)
    house.join(call, order.leg)
    assert house.phase(call) is CallPhase.TALKING
    assert house.floor.hall.operators[anna].calls_today == 1


def test_whose_call_it_is_is_told_while_the_caller_is_still_in_the_menu() -> None:
    house = House()
    call = CallId("main-1")
    house.mark(call, Mark.ARRIVED, Dialled="100")
    house.mark(call, Mark.RECOGNISED, Account="17", Path="recognise=1")
    told = [one.news.call for one in house.effects if isinstance(one, Tell) and isinstance(one.news, CallChanged)][-1]
    assert (told.phase, told.account_id, told.path) == (CallPhase.IVR, 17, ("recognise=1",))
    house.mark(call, Mark.RECOGNISED, Account="17'; drop", Path="recognise=1")
    assert house.floor.hall.calls[call].account_id == 17


def test_an_attempt_to_rejoin_that_fails_is_made_again() -> None:
    house = House()
    anna = house.operator(101)
    call, leg = house.talk(1, 101)
    house.end(leg, 41)
    house.mark(call, Mark.PARTED, Cause="41")
    house.device(101, DeviceState.NOT_IN_USE)
    house.wait(1)
    assert len(house.originates()) == 2
    second = house.ring(house.originates()[-1])
    house.end(second, 34)
    house.device(101, DeviceState.NOT_IN_USE)
    house.wait(1.5)
    assert len(house.originates()) == 3
    assert house.state(anna) is TALKING


def test_an_operator_who_does_not_come_back_loses_the_caller_to_the_queue() -> None:
    house = House()
    anna = house.operator(101)
    call, leg = house.talk(1, 101)
    since = house.floor.hall.calls[call].waiting_since
    house.end(leg, 41)
    house.device(101, DeviceState.UNAVAILABLE)
    house.mark(call, Mark.PARTED, Cause="")
    house.wait(20)
    boris = house.operator(102)
    house.mark(call, Mark.WAITING, Since=str(int(since.timestamp())) if since else "")
    assert (house.state(anna), house.floor.hall.operators[anna].reason) == (NOT_READY, "phone-lost")
    assert house.state(boris) is RESERVED
    assert house.floor.hall.calls[call].waiting_since == since


def test_a_telephone_lost_in_mid_call_is_ended_so_that_the_caller_is_kept() -> None:
    house = House()
    house.operator(101)
    _, leg = house.talk(1, 101)
    house.device(101, DeviceState.UNAVAILABLE)
    assert house.orders()[-1] == HangUp(node=MAIN, channel=house.channel(leg), cause=41)


def test_a_stale_offer_harms_nobody() -> None:
    house = House()
    anna = house.operator(101)
    call = house.caller(1)
    leg = house.ring(house.originates()[-1])
    house.mark(CallId(leg), Mark.STALE_OFFER, Offer=leg, Owner="offer-other")
    house.end(leg, 26)
    assert house.state(anna) in {READY, RESERVED}
    assert house.phase(call) is not None
    assert CallId(leg) not in house.floor.hall.calls


def test_a_refused_mark_sends_no_originate_and_punishes_nobody() -> None:
    house = House()
    anna = house.operator(101)
    call = house.caller(1)
    mark = next(one for one in house.orders() if isinstance(one, SetVariable))
    house.fail(mark, "switch-refused")
    assert house.state(anna) is READY
    assert house.phase(call) is CallPhase.WAITING
    assert len(house.originates()) == 1
    house.wait(1.1)
    assert len(house.originates()) == 2


def test_an_originate_of_unknown_outcome_is_never_sent_again() -> None:
    house = House()
    house.operator(101)
    call = house.caller(1)
    house.fail(house.originates()[-1], "outcome-unknown")
    house.wait(10)
    assert len(house.originates()) == 1
    assert house.phase(call) is CallPhase.RINGING


def test_a_refused_originate_goes_to_the_next_operator() -> None:
    house = House()
    anna = house.operator(101)
    house.wait(1)
    house.operator(102)
    house.caller(1)
    house.fail(house.originates()[-1], "switch-refused")
    assert house.floor.hall.operators[anna].reason == "phone-failed"
    assert house.originates()[-1].device == "PJSIP/op102"


def test_a_wish_older_than_five_seconds_is_refused_and_not_carried_out() -> None:
    house = House()
    anna = house.operator(101, ready=False)
    old = house.now - timedelta(seconds=6)
    house.wish(SetState(wish_id="late", operator_id=anna, at=old, state=READY))
    assert answers(house)[-1] == WishAnswered(wish_id="late", done=False, reason="too-late")
    assert house.state(anna) is NOT_READY


def test_nobody_signs_out_of_a_call() -> None:
    house = House()
    anna = house.operator(101)
    house.talk(1, 101)
    house.wish(SignOut(wish_id="o", operator_id=anna, at=house.now))
    assert answers(house)[-1].reason == "on-a-call"


def test_who_leaves_in_a_contact_is_not_ready_after_it() -> None:
    house = House()
    anna = house.operator(101)
    call, _ = house.talk(1, 101)
    house.wish(SignOut(wish_id="o", operator_id=anna, at=house.now))
    house.end(call)
    house.wish(CloseWrapUp(wish_id="c", operator_id=anna, at=house.now, call_id=call))
    assert (house.state(anna), house.floor.hall.operators[anna].reason) == (NOT_READY, "signed-out")


def test_who_leaves_in_a_contact_and_comes_back_goes_on() -> None:
    house = House()
    anna = house.operator(101)
    call, _ = house.talk(1, 101)
    house.wish(SignOut(wish_id="o", operator_id=anna, at=house.now))
    house.wish(SignIn(wish_id="i", operator_id=anna, at=house.now, name="Anna", extension="101"))
    house.end(call)
    house.wish(CloseWrapUp(wish_id="c", operator_id=anna, at=house.now, call_id=call))
    assert house.state(anna) is READY


def test_what_rings_at_who_leaves_rings_elsewhere() -> None:
    house = House()
    anna = house.operator(101)
    house.wait(1)
    boris = house.operator(102)
    call = house.caller(1)
    assert house.originates()[-1].device == "PJSIP/op101"
    house.wish(SignOut(wish_id="o", operator_id=anna, at=house.now))
    assert answers(house)[-1].done
    assert house.state(anna) is OperatorState.OFFLINE
    assert house.floor.hall.calls[call].operator_id == boris


def test_a_wish_for_somebody_elses_call_is_refused() -> None:
    house = House()
    house.operator(101)
    call, _ = house.talk(1, 101)
    boris = house.operator(102)
    house.wish(EndCall(wish_id="e", operator_id=boris, at=house.now, call_id=call))
    house.wish(ChooseAccount(wish_id="a", operator_id=boris, at=house.now, call_id=call, account_id=5))
    assert [one.reason for one in answers(house)[-2:]] == ["no-such-call", "no-such-call"]
    assert not [one for one in house.orders() if isinstance(one, HangUp)]


def test_an_ambiguous_number_becomes_an_account_when_the_operator_chooses() -> None:
    house = House()
    anna = house.operator(101)
    call = house.caller(1, Candidates="3,5,junk", Path="language=ru;account=none")
    assert house.screens[anna].call is not None
    assert house.screens[anna].call.candidates == (3, 5)
    assert house.screens[anna].call.path == ("language=ru", "account=none")
    house.wish(ChooseAccount(wish_id="a", operator_id=anna, at=house.now, call_id=call, account_id=5))
    assert house.screens[anna].call.account_id == 5


def test_the_fallback_queue_knows_who_may_be_rung() -> None:
    house = House()
    anna = house.operator(101, ready=False)
    member = next(one for one in house.orders() if isinstance(one, AddQueueMember))
    assert member == AddQueueMember(node=MAIN, queue="busbar", device="PJSIP/op101", paused=True)
    house.make_ready(anna)
    house.make_ready(anna, ready=False, reason="break")
    pauses = [(one.device, one.paused) for one in house.orders() if isinstance(one, PauseQueueMember)]
    telephones = ("PJSIP/op101", "PJSIP/desk101")
    assert pauses == [(one, paused) for paused in (False, True) for one in telephones]
    house.fail(member, "switch-refused")
    assert house.orders()[-1] == PauseQueueMember(node=MAIN, queue="busbar", device="PJSIP/op101", paused=True)


def test_a_call_taken_in_the_fallback_queue_is_on_the_right_screen() -> None:
    house = House()
    anna = house.operator(101, idle=False)
    house.make_ready(anna)
    call = house.caller(1)
    house.mark(call, Mark.FALLBACK, Heartbeat="1")
    assert house.phase(call) is CallPhase.FALLBACK
    leg, channel = LegId("main-77"), ChannelName("PJSIP/op101-0000004d")
    house.hear(
        LegCreated(node=MAIN, leg=leg, channel=channel, linked=call, number="", name="", context="internal", exten="s")
    )
    house.hear(BridgeJoined(node=MAIN, leg=leg, channel=channel, linked=call, bridge="q", members=1))
    house.hear(
        BridgeJoined(node=MAIN, leg=LegId(call), channel=house.channel(LegId(call)), linked=call, bridge="q", members=2)
    )
    assert house.state(anna) is TALKING
    assert house.screens[anna].call is not None
    assert house.screens[anna].call.call_id == call


def test_every_state_of_an_operator_is_remembered() -> None:
    house = House()
    anna = house.operator(101)
    call, _ = house.talk(1, 101)
    house.end(call)
    states = [one.state for one in house.facts() if isinstance(one, OperatorFact) and one.operator_id == anna]
    assert states == [NOT_READY, READY, RESERVED, TALKING, WRAP_UP]
