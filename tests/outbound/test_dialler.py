"""One turn of the dialler: who is called, by which line, who is put off, who works for what (pure)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from crm_core.recordings import Mode as Recorded
from crm_core.recordings import Rule
from crm_core.store.outbound_due import DebtorFacts, DueDebtor, DueNumber
from crm_core.trunks import Trunk
from crm_core.work.sla import Span, WorkCalendar
from outbound import dialler
from outbound.attempt import Attempt, State, advance
from outbound.dialler import Call, Ground, Later, Running
from outbound.gate import Campaigning, House
from outbound.law import text
from outbound.law.profile import Profile
from outbound.newsreel import answer, events
from outbound.pace import Lot, Progressive
from outbound.predictive import Predictive
from outbound.room import Lines
from outbound.terms import Blocked, Channel, Contacted, Klass, Mode, Outcome, Reason
from routing.dials import Dial, DialNews, Going, Progress, leg_of
from routing.outlook import Outlook, Seat
from routing.skills import profile
from routing.views import OperatorId, OperatorState
from telephony.events import Node

pytestmark = pytest.mark.unit
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MAIN = Node("main")
CITY = Trunk(name="city", host="h", number="+74951110000", lines=5, reserved=1)
GROUND = Ground(house=House(country="RU", caller_ids=frozenset({CITY.number})), contacts={}, now=NOW)


def campaign(**more: object) -> Running:
    values: dict[str, object] = {
        "campaign_id": 7, "name": "Autumn", "mode": Mode.PROGRESSIVE, "priority": 5, "profile": text.shipped("none"),
        "campaigning": Campaigning(running=True),
    }  # fmt: skip
    return Running(**(values | more))  # type: ignore[arg-type]


def number(place: int = 1, **more: object) -> DueNumber:
    values: dict[str, object] = {
        "number": f"+7916123{place:04}", "label": "", "verified": True, "talked": 0, "tried": 0, "bad": False,
        "barred": "",
    }  # fmt: skip
    return DueNumber(**(values | more))  # type: ignore[arg-type]


def due(
    row: int, *numbers: DueNumber, customer: int = 0, bars: frozenset[str] = frozenset(), **more: object
) -> DueDebtor:
    facts = DebtorFacts(
        account_id=row, customer_id=customer or row, name="Debtor", language="ru", zones=("Europe/Moscow",),
        numbers=numbers or (number(row),), bars=bars, consents=frozenset(), overdue=Decimal(5), owed=Decimal(5),
    )  # fmt: skip
    values: dict[str, object] = {
        "row_id": row, "campaign_id": 7, "priority": 5, "next_at": NOW, "next_number": "", "tries": 0,
        "debt": Decimal(5), "debtor": facts,
    }  # fmt: skip
    return DueDebtor(**(values | more))  # type: ignore[arg-type]


def seat(who: int, *skills: str, state: OperatorState = OperatorState.READY, **more: object) -> Seat:
    values: dict[str, object] = {
        "operator_id": OperatorId(who), "state": state, "since": NOW - timedelta(seconds=who), "stays": True,
        "stands": MAIN, "profile": profile(skills),
    }  # fmt: skip
    return Seat(**(values | more))  # type: ignore[arg-type]


def going(attempt: int, stage: Progress = Progress.RINGING, campaign_id: int = 7) -> Going:
    one = Dial(
        attempt_id=attempt, leg=leg_of(MAIN, str(attempt)), node=MAIN, trunk="city", endpoint="trunk-city",
        number="+79161230000", shown=CITY.number, campaign_id=campaign_id, campaign="", account_id=1, placed_at=NOW,
    )  # fmt: skip
    return Going(dial=one, since=NOW - timedelta(seconds=3), stage=stage)


def floor(*seats: Seat, calls: tuple[Going, ...] = (), **more: object) -> Outlook:
    values: dict[str, object] = {
        "seats": seats, "going": calls, "nodes": frozenset({MAIN}), "outward": {"main": (CITY,)},
    }  # fmt: skip
    return Outlook(**(values | more))  # type: ignore[arg-type]


def turn(*rows: DueDebtor, calls: int = 9, at: Outlook | None = None, one: Running | None = None) -> list[dialler.Wish]:
    return dialler.turn(one or campaign(), rows, calls, Lines(at or floor()), GROUND, {"code": "test"})


def test_so_many_are_called_as_the_pacing_wants_and_lines_allow() -> None:
    rows = [due(place) for place in range(1, 9)]
    assert [wish.row_id for wish in turn(*rows, calls=3)] == [1, 2, 3]
    wishes = turn(*rows)
    assert all(isinstance(wish, Call) for wish in wishes)
    assert len(wishes) == CITY.lines - CITY.reserved
    assert len(turn(*rows, at=floor(calls=(going(1), going(2)), outside=1))) == 1
    (first, *_) = wishes
    assert isinstance(first, Call)
    assert (first.shown, first.way.trunk.name, first.policy, first.why) == (
        CITY.number,
        "city",
        "none@0",
        {"code": "test"},
    )


def test_a_trunk_that_is_not_there_takes_no_calls() -> None:
    assert turn(due(1), at=floor(away=frozenset({("main", "city")}))) == []
    other = replace(CITY, name="gas", rank=2)
    both = floor(away=frozenset({("main", "city")}), outward={"main": (CITY, other)})
    (wish,) = turn(due(1), at=both)
    assert isinstance(wish, Call)
    assert wish.way.trunk.name == "gas"
    assert Lines(both).free(7, 0) == other.lines - other.reserved


def test_one_debtor_is_called_once_though_he_owes_twice() -> None:
    assert [wish.row_id for wish in turn(due(1, customer=5), due(2, customer=5), due(3))] == [1, 3]


def test_whom_the_gate_refuses_is_put_off_with_its_reasons() -> None:
    (later,) = turn(due(1, bars=frozenset({"dispute"})))
    assert isinstance(later, Later)
    assert (later.klass, later.reasons, later.next_at) == (Klass.BLOCKED_BY_LAW, (Reason.DISPUTE,), None)
    (nobody,) = turn(due(1, number(bad=True)))
    assert isinstance(nobody, Later)
    assert nobody.klass is Klass.BAD_NUMBER


def test_what_is_only_in_our_way_does_not_block_a_debtor() -> None:
    (later,) = turn(due(1), one=campaign(caller_id="+74950000000"))
    assert isinstance(later, Later)
    assert (later.klass, later.reasons) == (Klass.WAITING, (Reason.CALLER_ID,))
    assert later.next_at == NOW + dialler.SOON


def test_the_number_of_the_retry_rule_goes_first_and_one_that_is_never_dialled_is_passed_over() -> None:
    (wish,) = turn(due(1, number(1), number(2), next_number=number(2).number))
    assert isinstance(wish, Call)
    assert wish.number == number(2).number
    (other,) = turn(due(1, number(number="+78095551234"), number(2)))
    assert isinstance(other, Call)
    assert other.number == number(2).number


@pytest.mark.parametrize(
    ("rules", "tells"),
    [
        ((), False),
        ((Rule(campaign="7", mode=Recorded.ALWAYS),), True),
        ((Rule(campaign="8", mode=Recorded.ALWAYS),), False),
        ((Rule(mode=Recorded.ALWAYS), Rule(campaign="7", mode=Recorded.NEVER)), False),
        ((Rule(queue="main", mode=Recorded.ALWAYS), Rule(direction="in", mode=Recorded.ALWAYS)), False),
        ((Rule(direction="out", mode=Recorded.CONSENT),), True),
        ((Rule(direction="out", mode=Recorded.ALWAYS, announced=False),), True),
    ],
)
def test_whom_a_rule_wants_on_record_the_voice_tells(rules: tuple[Rule, ...], tells: bool) -> None:
    assert dialler.tells(rules, campaign(), "main-out1") is tells


def test_by_hand_only_rules_of_no_campaign_count_and_a_voice_notice_tells_by_itself() -> None:
    by_hand = campaign(campaign_id=0, mode=Mode.MANUAL)
    assert not dialler.tells([Rule(campaign="7", mode=Recorded.ALWAYS)], by_hand, "main-out1")
    assert dialler.tells([Rule(direction="out", mode=Recorded.ALWAYS)], by_hand, "main-out1")
    assert not dialler.tells([Rule(mode=Recorded.ALWAYS)], campaign(mode=Mode.NOTICE), "main-out1")


def test_operators_serve_the_campaigns_whose_skills_they_have() -> None:
    seats = [seat(1, "debts"), seat(2, "gas"), seat(3)]
    serves = dialler.staff(seats, [campaign(skills=("debts",)), campaign(campaign_id=8, mode=Mode.NOTICE)])
    assert serves == {OperatorId(1): frozenset({7}), OperatorId(3): frozenset({7})}


def test_callers_who_wait_and_calls_of_other_campaigns_come_first() -> None:
    seats = tuple(seat(place) for place in range(1, 6))
    at = floor(*seats, calls=(going(1, campaign_id=3), going(2)), waiting=2)
    taken = dialler.promised(campaign(), at)
    assert taken == 3
    lot = dialler.lot(campaign(), at, dialler.staff(seats, [campaign()]), taken, 4, NOW)
    assert (lot.idle, lot.ringing) == (2, (3.0,))
    assert Progressive().calls(lot, NOW).calls == 1


def test_nobody_is_dialled_for_who_does_not_stand_ready_or_wants_a_pause() -> None:
    seats = (seat(1, stands=None), seat(2, stays=False), seat(3, state=OperatorState.TALKING))
    lot = dialler.lot(campaign(), floor(*seats), dialler.staff(seats, [campaign()]), 0, 9, NOW)
    assert (lot.idle, len(lot.talking)) == (0, 1)
    assert Progressive().calls(lot, NOW).calls == 0


def test_progressive_never_places_more_than_there_are_operators_or_lines() -> None:
    lot = Lot(campaign_id=7, mode=Mode.PROGRESSIVE, cap=0.0, idle=5, ringing=(1.0, 2.0), waiting=1, lines=9)
    assert Progressive().calls(lot, NOW).calls == 2
    assert Progressive().calls(replace(lot, lines=1), NOW).calls == 1
    assert Progressive().calls(replace(lot, idle=0), NOW).calls == 0


def test_by_hand_it_is_the_same_gate() -> None:
    facts = due(1).debtor
    law = text.shipped("none")
    call = dialler.by_hand(facts, number().number, Lines(floor()), GROUND, law)
    assert isinstance(call, Call)
    strange = dialler.by_hand(facts, "+79169999999", Lines(floor()), GROUND, law)
    assert isinstance(strange, Blocked)
    assert Reason.NO_NUMBER in strange.reasons
    barred = dialler.by_hand(
        replace(facts, bars=frozenset({"do_not_call"})), number().number, Lines(floor()), GROUND, law
    )
    assert isinstance(barred, Blocked)
    assert barred.reasons == (Reason.DO_NOT_CALL,)


def test_a_card_that_was_read_is_asked_for_once_more() -> None:
    russia = text.shipped("RU-230")
    talked = Contacted(
        at=NOW - timedelta(minutes=1), channel=Channel.CALL, conversation=True, customer_id=1, account_id=1,
        outcome=Outcome.TALKED,
    )  # fmt: skip
    ground = replace(GROUND, contacts={1: [talked]})
    one = campaign(profile=russia)
    assert dialler.still(one, due(1).debtor, number().number, CITY.number, GROUND) is None
    assert dialler.still(one, due(1).debtor, number().number, CITY.number, ground) is not None


def told(what: Progress, **more: object) -> DialNews:
    return DialNews(attempt_id=1, what=what, at=NOW, **more)  # type: ignore[arg-type]


def lived(*news: DialNews) -> Attempt:
    attempt = Attempt(attempt_id=1, mode=Mode.PROGRESSIVE, customer_id=1, account_id=1, number="+7", planned_at=NOW)
    for one in news:
        for event in events(one):
            attempt = advance(attempt, event, one.at)
    return attempt


NOTICE = told(Progress.NOTICE)
PLACED, RANG, PICKED_UP = told(Progress.PLACED), told(Progress.RINGING), told(Progress.ANSWERED)
ENDS = {
    Outcome.BUSY: (PLACED, told(Progress.ENDED, cause=17, tech_cause="486")),
    Outcome.BAD_NUMBER: (PLACED, told(Progress.ENDED, cause=1, tech_cause="404")),
    Outcome.NO_ANSWER: (PLACED, RANG, told(Progress.ENDED, cause=19, tech_cause="480", timed_out=True)),
    Outcome.UNREACHABLE: (PLACED, told(Progress.ENDED, cause=19, tech_cause="480")),
    Outcome.CANCELLED: (PLACED, RANG, told(Progress.ENDED, cause=16, cancelled="paid")),
    Outcome.FAILED: (told(Progress.ENDED, made=False),),
    Outcome.UNKNOWN: (told(Progress.LOST),),
    Outcome.MACHINE: (PLACED, PICKED_UP, told(Progress.MACHINE), told(Progress.ENDED, cause=16)),
    Outcome.ABANDONED: (PLACED, PICKED_UP, told(Progress.REACHED), told(Progress.ABANDONED), told(Progress.ENDED)),
    Outcome.TALKED: (
        PLACED, PICKED_UP, told(Progress.MATCHED, operator_id=3), told(Progress.TALKING, operator_id=3),
        told(Progress.ENDED, cause=16),
    ),
    Outcome.NOTICE_CUT: (PLACED, PICKED_UP, NOTICE, told(Progress.HEARD, path=("intro",)), told(Progress.ENDED)),
    Outcome.NOTICE_HEARD: (
        PLACED, PICKED_UP, NOTICE, told(Progress.HEARD, path=("intro=1", "answer=2")), told(Progress.ENDED),
    ),
}  # fmt: skip


@pytest.mark.parametrize("outcome", ENDS)
def test_what_the_floor_reports_becomes_the_outcome(outcome: Outcome) -> None:
    attempt = lived(*ENDS[outcome])
    assert (attempt.state, attempt.outcome) == (State.ENDED, outcome)


def test_withdrawn_before_it_left_it_is_cancelled() -> None:
    assert lived(told(Progress.ENDED, made=False, cancelled="stopped")).outcome is Outcome.CANCELLED


def test_answers_to_a_notice_are_dispositions() -> None:
    assert answer(told(Progress.HEARD, path=("intro=1", "answer=2"))) == "PTP"
    assert answer(told(Progress.HEARD, path=("intro=1", "answer=3"))) == "ALREADY_PAID"
    assert answer(told(Progress.HEARD, path=("intro=2",))) == ""


def test_predictive_keeps_to_its_operators_until_it_knows_something_and_to_the_cap_of_the_law() -> None:
    pace = Predictive(UTC)
    lot = Lot(campaign_id=7, mode=Mode.PREDICTIVE, cap=0.03, idle=2, talking=(30.0,) * 8, lines=50)
    first = pace.calls(lot, NOW)
    assert first.calls >= 2
    assert json.loads(json.dumps(first.why))["code"]
    assert pace.calls(replace(lot, mode=Mode.PROGRESSIVE), NOW).calls == 2
    assert pace.calls(replace(lot, lines=1), NOW).calls == 1
    for second in range(60):
        pace.saw(7, "answered", 9.0, NOW + timedelta(seconds=second), None)
        pace.saw(7, "abandoned", 0.0, NOW + timedelta(seconds=second), None)
    assert pace.calls(lot, NOW + timedelta(minutes=2)).calls == 2


def test_how_long_a_campaign_still_calls_today_is_known_where_the_cap_is_of_a_day() -> None:
    hours = WorkCalendar(time_zone="UTC", week=dict.fromkeys(range(7), (Span(opens=time(8), closes=time(17)),)))
    law = text.shipped("none")
    day = replace(law, abandonment=replace(law.abandonment, window=timedelta(days=1)))
    month = replace(law, abandonment=replace(law.abandonment, window=timedelta(days=30)))
    bound, ends = Campaigning(running=True, schedule=hours), NOW + timedelta(hours=1)

    def left(profile: Profile, campaigning: Campaigning) -> float | None:
        one = campaign(profile=profile, campaigning=campaigning, mode=Mode.PREDICTIVE)
        return dialler.lot(one, floor(seat(1)), {OperatorId(1): frozenset({7})}, 0, 9, NOW).left

    assert left(day, bound) == 8 * 3_600
    assert left(day, replace(bound, ends_at=ends)) == 3_600
    assert left(day, Campaigning(running=True)) is None
    assert left(month, bound) is None


def test_the_house_places_only_so_many_calls_in_a_day() -> None:
    since = NOW - timedelta(hours=23)
    (full,) = (cap for cap in replace(GROUND, house_since=since).brakes("+79161230001") if cap.name == "house-day")
    assert full.full
    assert full.free_at == NOW + timedelta(hours=1)
    assert not any(cap.full for cap in GROUND.brakes("+79161230001"))


def test_the_stricter_cap_of_campaign_and_law_holds() -> None:
    kingdom = campaign(profile=text.shipped("UK"), cap=0.03, mode=Mode.PREDICTIVE)
    lot = dialler.lot(kingdom, floor(seat(1)), {OperatorId(1): frozenset({7})}, 0, 9, NOW)
    assert lot.cap == 0.0
