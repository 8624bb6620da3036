"""The floor by what managers set while it runs: new rules, queues that overflow, skills that change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.work.sla import Span, WorkCalendar
from routing.charter import Charter
from routing.effects import CallHappened
from routing.hall import Rules
from routing.policy import Policy, parse
from routing.skills import profile
from routing.terms import Cause, Terms, TermsError, Way, loop, read_exit, read_span
from routing.views import CallPhase, OperatorId, OperatorState, QueueView
from routing.why import read
from telephony.commands import HangUp, SetVariable
from telephony.events import CallId, LegId, LegSeen, LinkUp, Mark, SnapshotEnded
from tests.routing.house import MAIN, NOON, House, channel_of

pytestmark = pytest.mark.unit
LAW = parse("""
name: law
rules:
  - {name: debts, when: {topics: [debt]}, queue: debts, needs: {law: 2}}
""")
CALENDAR = WorkCalendar(time_zone="UTC", week={day: (Span(opens=time(9), closes=time(18)),) for day in range(7)})
CLOSED = WorkCalendar(time_zone="UTC", week={day: (Span(opens=time(13), closes=time(18)),) for day in range(7)})


def take(house: House, policy: Policy | None = None, *terms: Terms, **able: tuple[str, ...]) -> None:
    profiles = {OperatorId(int(one.removeprefix("op"))): profile(skills) for one, skills in able.items()}
    house.take(Charter(policy=policy, terms={one.name: one for one in terms}, able=profiles))


def rung(house: House) -> list[tuple[str, int]]:
    return [(one.variables["BUSBAR_CALL"], int(one.variables["BUSBAR_OPERATOR"])) for one in house.originates()]


def queue(house: House, name: str) -> QueueView:
    return next(one for one in house.floor.queues() if one.queue == name)


def sent(house: House) -> list[tuple[str, str]]:
    """Where callers' channels were told to go."""
    orders = (one for one in house.orders() if isinstance(one, SetVariable) and one.name == "BUSBAR_OVERFLOW")
    return [(str(one.channel), one.value) for one in orders]


def told(house: House, what: str) -> list[str]:
    return [one.detail for one in house.facts() if isinstance(one, CallHappened) and one.what == what]


# --- rules -----------------------------------------------------------------------------------------------------------


def test_published_rules_hold_for_those_who_wait_already_and_their_time_is_kept() -> None:
    house = House()
    house.operator(101, "smalltalk", ready=False)
    house.operator(102, "law:2", ready=False)
    call = house.caller(1, Topic="debt")
    house.wait(7)
    take(house, LAW)
    assert (queue(house, "debts").waiting, queue(house, "main").waiting, queue(house, "main").offered) == (1, 0, 0)
    house.make_ready(OperatorId(101))
    assert rung(house) == []
    house.make_ready(OperatorId(102))
    assert rung(house) == [(call, 102)]
    (why,) = [read(detail) for detail in told(house, "offered")]
    assert why is not None
    assert (why.waited, why.held, why.rules) == (7, "nobody-free", ("debts",))


def test_rules_that_ask_less_bring_somebody_who_waits_to_somebody_who_is_free_at_once() -> None:
    house = House(Rules(policy=LAW))
    house.operator(101, "smalltalk")
    call = house.caller(1, Topic="debt")
    house.wait(3)
    assert rung(house) == []
    take(house, Policy())
    assert rung(house) == [(call, 101)]
    assert queue(house, "main").waiting == 1
    (why,) = [read(detail) for detail in told(house, "offered")]
    assert why is not None
    assert why.held == "no-match"


def test_who_is_rung_for_or_talks_keeps_the_operator_under_new_rules() -> None:
    house = House()
    house.operator(101)
    call = house.caller(1, Topic="debt")
    take(house, LAW)
    assert rung(house) == [(call, 101)]
    leg = house.ring(house.originates()[-1])
    house.join(call, leg)
    assert house.phase(call) is CallPhase.TALKING
    take(house, Policy())
    assert house.phase(call) is CallPhase.TALKING


def test_the_same_charter_again_changes_nothing() -> None:
    house = House()
    house.operator(101, ready=False)
    house.caller(1)
    charter = Charter(policy=LAW, terms={"main": Terms(name="main", after=timedelta(seconds=30))})
    house.take(charter)
    assert house.floor.take(charter, house.now) == []


@pytest.mark.long
@given(st.lists(st.tuples(st.sampled_from(["debt", "balance", ""]), st.integers(0, 20)), max_size=6), st.booleans())
def test_rules_published_late_rule_as_if_they_had_always_been(callers: list[tuple[str, int]], first: bool) -> None:
    def day(*, late: bool) -> list[tuple[str, int]]:
        house = House(Rules() if late else Rules(policy=LAW))
        for number, (topic, pause) in enumerate(callers, 1):
            house.caller(number, Topic=topic)
            house.wait(pause)
        if late:
            take(house, LAW)
        for number, skills in ((101, ("law:2",)), (102, ("other",)))[:: 1 if first else -1]:
            house.operator(number, *skills)
        return rung(house)

    assert day(late=True) == day(late=False)


# --- what operators can do -------------------------------------------------------------------------------------------


def test_a_skill_written_down_counts_for_who_is_at_work_already() -> None:
    house = House(Rules(policy=LAW))
    house.operator(101, "smalltalk")
    call = house.caller(1, Topic="debt")
    take(house, None, op101=("law:1",))
    assert rung(house) == []
    take(house, None, op101=("law:2",), op999=("law:9",))
    assert rung(house) == [(call, 101)]


# --- queues ----------------------------------------------------------------------------------------------------------


def main(exits: Mapping[Cause, str], **more: object) -> Terms:
    return Terms(name="main", exits=exits, **more)  # type: ignore[arg-type]


def test_who_comes_after_hours_is_sent_away_and_offered_to_nobody() -> None:
    house = House()
    take(house, None, main({Cause.CLOSED: "voicemail"}, calendar=CLOSED))
    call = house.caller(1)
    house.operator(101)
    assert sent(house) == [(channel_of(call), "voicemail")]
    assert rung(house) == []
    assert told(house, "overflow") == ["closed voicemail"]
    house.mark(call, Mark.OVERFLOWED)
    assert house.phase(call) is CallPhase.IVR
    assert (queue(house, "main").waiting, queue(house, "main").offered) == (0, 0)
    house.end(call)
    assert queue(house, "main").abandoned == 0


def test_who_came_in_time_is_served_after_closing() -> None:
    house = House()
    take(house, None, main({Cause.CLOSED: "closed"}, calendar=CALENDAR))
    call = house.caller(1)
    house.wait(7 * 3600)
    assert sent(house) == []
    house.operator(101)
    assert rung(house) == [(call, 101)]


def test_a_full_queue_takes_no_more_and_a_place_that_gets_free_counts() -> None:
    house = House()
    take(house, None, main({Cause.FULL: "closed"}, most=1))
    first = house.caller(1)
    second = house.caller(2)
    assert sent(house) == [(channel_of(second), "closed")]
    house.mark(second, Mark.OVERFLOWED)
    house.end(first)
    house.caller(3)
    assert len(sent(house)) == 1


def test_nobody_at_work_means_nobody_who_serves_this_queue() -> None:
    house = House()
    house.operator(101, "queue/debts", ready=False)
    take(house, None, main({Cause.NOBODY: "callback"}))
    call = house.caller(1)
    assert sent(house) == [(channel_of(call), "callback")]
    house.operator(102, "queue/main", ready=False)
    house.caller(2)
    assert len(sent(house)) == 1, "somebody in a pause comes back"


def test_after_so_long_another_queue_serves_with_the_time_waited_and_no_rule_takes_him_back() -> None:
    house = House(Rules(policy=LAW))
    house.operator(101, "law:2", "queue/help")
    late = Terms(name="debts", after=timedelta(seconds=20), exits={Cause.LATE: "queue/help"})
    take(house, None, late)
    call = house.caller(1, Topic="debt")
    house.wait(19)
    assert rung(house) == []
    house.wait(1)
    assert rung(house) == [(call, 101)]
    assert queue(house, "help").longest_since == NOON
    assert (queue(house, "debts").offered, queue(house, "help").offered) == (0, 1)
    assert told(house, "overflow") == ["late queue/help"]
    take(house, Policy())
    assert queue(house, "help").waiting == 1


def test_queues_that_pass_a_caller_round_end_with_him_waiting() -> None:
    house = House()
    there = Terms(name="main", after=timedelta(seconds=5), exits={Cause.LATE: "queue/other"})
    back = Terms(name="other", after=timedelta(seconds=5), exits={Cause.LATE: "queue/main"})
    take(house, None, there, back)
    call = house.caller(1)
    house.wait(600)
    assert told(house, "overflow") == ["late queue/other", "late queue/main"]
    assert house.phase(call) is CallPhase.WAITING


def test_who_is_rung_for_as_his_time_comes_is_not_taken_from_the_operator() -> None:
    house = House()
    take(house, None, main({Cause.LATE: "voicemail"}, after=timedelta(seconds=10)))
    call = house.caller(1)
    house.wait(8)
    house.operator(101)
    leg = house.ring(house.originates()[-1])
    house.wait(5)
    assert sent(house) == []
    house.join(call, leg)
    house.wait(120)
    assert sent(house) == []


def test_an_operator_who_gets_him_after_all_keeps_him() -> None:
    house = House()
    take(house, None, main({Cause.LATE: "voicemail"}, after=timedelta(seconds=10)))
    house.operator(101, idle=False)
    call = house.caller(1)
    house.wait(10)
    leg = LegId("stranger1")
    house.created(leg, OperatorId(101))
    house.join(call, leg)
    assert house.phase(call) is CallPhase.TALKING
    assert [value for _, value in sent(house)] == ["voicemail", ""]


def test_what_the_dialplan_could_not_do_lets_him_wait_and_is_not_tried_again() -> None:
    house = House()
    take(house, None, main({Cause.NOBODY: "voicemail"}))
    call = house.caller(1)
    house.mark(call, Mark.OVERFLOWED)
    house.mark(call, Mark.WAITING, Queue="main")
    assert len(sent(house)) == 1
    house.operator(101)
    assert rung(house) == [(call, 101)]


def test_an_order_that_does_not_reach_him_is_given_again() -> None:
    house = House()
    take(house, None, main({Cause.LATE: "voicemail"}, after=timedelta(seconds=10)))
    call = house.caller(1)
    house.wait(10)
    (order,) = [one for one in house.orders() if isinstance(one, SetVariable) and one.name == "BUSBAR_OVERFLOW"]
    house.fail(order, "not-connected")
    assert not house.floor.hall.calls[call].leaving
    house.wait(5)
    assert sent(house) == [(channel_of(call), "voicemail")] * 2


def test_a_restarted_floor_knows_who_leaves_a_message_and_rings_nobody_for_him() -> None:
    house = House(linked=False)
    house.hear(LinkUp(node=MAIN))
    call = CallId("main-1")
    house.hear(
        LegSeen(
            node=MAIN, leg=LegId(call), channel=channel_of(call), linked=call, number="", name="", context="overflow",
            exten="voicemail", up=True, bridge="", seconds=9, variables={"BUSBAR_CALL": call, "BUSBAR_SINCE": "1"},
        )
    )  # fmt: skip
    house.hear(SnapshotEnded(node=MAIN))
    house.operator(101)
    assert rung(house) == []
    assert house.phase(call) is CallPhase.IVR


def test_what_an_earlier_floor_sent_away_stops_the_telephone_that_rings_for_him() -> None:
    house = House()
    who = house.operator(101)
    call = house.caller(1)
    house.ring(house.originates()[-1])
    house.mark(call, Mark.OVERFLOWED, To="voicemail")
    assert house.phase(call) is CallPhase.IVR
    assert house.state(who) is OperatorState.READY
    assert any(isinstance(one, HangUp) for one in house.orders())


def test_a_desk_that_was_open_for_long_does_not_bring_old_skills_back() -> None:
    house = House(Rules(policy=LAW))
    take(house, None, op101=("law:2",))
    house.operator(101, "smalltalk")
    call = house.caller(1, Topic="debt")
    assert rung(house) == [(call, 101)]


def test_the_threshold_of_a_queue_is_its_own() -> None:
    house = House()
    take(house, None, Terms(name="main", threshold=timedelta(seconds=60)))
    call = house.caller(1)
    house.wait(40)
    house.operator(101)
    house.join(call, house.ring(house.originates()[-1]))
    assert (queue(house, "main").answered, queue(house, "main").answered_in_threshold) == (1, 1)


# --- terms -----------------------------------------------------------------------------------------------------------


def test_hours_of_a_queue_know_holidays_and_the_utilitys_own_days() -> None:
    own = WorkCalendar(time_zone="UTC", country="RU", week=CALENDAR.week, days={date(2026, 11, 23): False})
    terms = Terms(name="main", calendar=own)
    assert terms.is_open(NOON)
    assert not terms.is_open(NOON.replace(hour=18))
    assert not terms.is_open(NOON + timedelta(days=1))
    assert not terms.is_open(NOON.replace(month=1, day=1)), "a public holiday"


@pytest.mark.parametrize("text", ["voice mail", "queue/", "queue/Main", "queue/a b", "VOICEMAIL", "queue/x\n"])
def test_an_exit_that_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(TermsError, match="neither callback, voicemail, closed nor queue/"):
        read_exit("when_late", text)


def test_hours_are_read_and_refused_with_what_would_be_right() -> None:
    assert read_span(0, "09:00", "00:00") == Span(opens=time(9), closes=time())
    with pytest.raises(TermsError, match="end before they begin"):
        read_span(0, "18:00", "09:00")
    with pytest.raises(TermsError, match="write them as 09:00-18:00"):
        read_span(0, "9", "25:00")


def test_terms_that_lead_round_in_a_circle_are_found() -> None:
    assert loop({"a": {Cause.LATE: "queue/b"}, "b": {Cause.LATE: "queue/a"}}) == ("a", Cause.LATE)
    assert loop({"a": {Cause.LATE: "queue/a"}}) == ("a", Cause.LATE)
    assert loop({"a": {Cause.LATE: "queue/b"}, "b": {Cause.LATE: Way.VOICEMAIL}}) is None
