"""The one gate: what law, campaign, debt, number, caller id and caps say together, for every mode alike."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.work.sla import Span, WorkCalendar
from outbound.caps import Cap
from outbound.gate import Campaigning, Wanted, ask
from outbound.law.text import shipped
from outbound.terms import Allowed, Answer, Blocked, Channel, Contacted, Mode, Reason
from tests.outbound.people import HOUSE, MOSCOW, OURS, at, contact, debtor, wanted

pytestmark = pytest.mark.unit
NOON = at("2026-11-24 12:00")
LAW = shipped("RU-230")
NINE_TO_SIX = WorkCalendar(time_zone=MOSCOW)
NIGHTS = WorkCalendar(time_zone=MOSCOW, week=dict.fromkeys(range(7), (Span(opens=time(23), closes=time()),)))


def asked(now: datetime = NOON, *contacts: Contacted, **wish: Any) -> Answer:
    return ask(wanted(**wish), contacts, LAW, HOUSE, now)


def no(answer: Answer) -> tuple[set[str], datetime | None]:
    assert isinstance(answer, Blocked)
    return set(answer.reasons), answer.next_at


@pytest.mark.parametrize("mode", Mode)
def test_every_mode_passes_the_same_gate(mode: Mode) -> None:
    assert asked(mode=mode) == Allowed(until=at("2026-11-24 22:00"), policy="RU-230@0")
    assert no(asked(NOON, contact(NOON - timedelta(hours=2)), mode=mode))[0] == {Reason.ATTEMPTS}
    assert no(asked(at("2026-11-24 23:00"), mode=mode)) == ({Reason.HOURS}, at("2026-11-25 08:00"))
    assert no(asked(mode=mode, busy=True))[0] == {Reason.BUSY_NOW}
    assert no(asked(mode=mode, debtor=debtor(open_debt=Decimal(0))))[0] == {Reason.PAID}
    assert no(asked(mode=mode, debtor=debtor(bars=frozenset({Reason.DO_NOT_CALL}))))[0] == {Reason.DO_NOT_CALL}


@pytest.mark.parametrize("mode", Mode)
def test_nobody_is_called_while_he_is_on_the_line_himself(mode: Mode) -> None:
    wish = wanted(mode=mode)
    house = replace(HOUSE, on_the_line=frozenset({wish.debtor.account_id}))
    assert no(ask(wish, (), LAW, house, NOON)) == ({Reason.BUSY_NOW}, None)


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"debtor": debtor(open_debt=Decimal("-0.01"))}, Reason.PAID),
        ({"debtor": debtor(number="")}, Reason.NO_NUMBER),
        ({"debtor": debtor(number="+79995550199;x")}, Reason.NUMBER_NOT_ALLOWED),
        ({"debtor": debtor(number="89161234567")}, Reason.NUMBER_NOT_ALLOWED),
        ({"debtor": debtor(number=OURS)}, Reason.NUMBER_NOT_ALLOWED),
        ({"debtor": debtor(number="+12125551234")}, Reason.NUMBER_NOT_ALLOWED),
        ({"caller_id": "+79160000666"}, Reason.CALLER_ID),
        ({"caller_id": ""}, Reason.CALLER_ID),
        ({"campaign": Campaigning(running=False)}, Reason.CAMPAIGN),
        ({"busy": True}, Reason.BUSY_NOW),
        ({"caps": (Cap(name="trunk", most=30, used=30),)}, Reason.CAPS),
    ],
)
def test_what_time_alone_does_not_lift(wish: dict[str, Any], reason: Reason) -> None:
    assert no(asked(**wish)) == ({reason}, None)
    night = at("2026-11-24 23:00")
    assert no(asked(night, **wish)) == ({reason, Reason.HOURS}, None)


def test_a_message_shows_no_number_and_an_address_is_no_number() -> None:
    mail = debtor(number="anna@example.org")
    assert isinstance(asked(debtor=mail, channel=Channel.EMAIL, mode=Mode.MESSAGE, caller_id=""), Allowed)
    assert no(asked(debtor=mail, channel=Channel.SMS, mode=Mode.MESSAGE, caller_id=""))[0] == {
        Reason.NUMBER_NOT_ALLOWED
    }


def test_the_schedule_of_the_campaign_and_the_law_must_both_say_yes() -> None:
    campaign = Campaigning(running=True, schedule=NINE_TO_SIX)
    assert asked(campaign=campaign) == Allowed(until=at("2026-11-24 18:00"), policy="RU-230@0")
    assert no(asked(at("2026-11-24 18:00"), campaign=campaign)) == ({Reason.CAMPAIGN}, at("2026-11-25 09:00"))
    late = asked(at("2026-11-27 23:00"), campaign=campaign)
    assert no(late) == ({Reason.CAMPAIGN, Reason.HOURS}, at("2026-11-30 09:00"))
    used = asked(NOON, contact(NOON - timedelta(hours=1)), contact(NOON - timedelta(days=1)), campaign=campaign)
    assert no(used) == ({Reason.ATTEMPTS}, at("2026-11-30 09:00"))


def test_a_campaign_that_calls_when_the_law_forbids_it_never_calls() -> None:
    answer = asked(at("2026-11-24 23:30"), campaign=Campaigning(running=True, schedule=NIGHTS))
    assert no(answer) == ({Reason.HOURS}, None)
    never = WorkCalendar(time_zone=MOSCOW, week={})
    assert no(asked(campaign=Campaigning(running=True, schedule=never))) == ({Reason.CAMPAIGN}, None)


def test_after_its_end_a_campaign_calls_nobody() -> None:
    ends = Campaigning(running=True, ends_at=at("2026-11-24 20:00"))
    assert asked(campaign=ends) == Allowed(until=at("2026-11-24 20:00"), policy="RU-230@0")
    assert no(asked(at("2026-11-24 20:00"), campaign=ends)) == ({Reason.CAMPAIGN}, None)
    assert no(asked(at("2026-11-24 07:00"), campaign=ends)) == ({Reason.HOURS}, at("2026-11-24 08:00"))
    assert no(asked(NOON, contact(NOON - timedelta(hours=1)), campaign=ends)) == ({Reason.ATTEMPTS}, None)


def test_after_hours_the_house_dials_nobody_by_hand_either() -> None:
    house = replace(HOUSE, hours=NINE_TO_SIX)
    answer = ask(wanted(), [], LAW, house, at("2026-11-24 19:00"))
    assert no(answer) == ({Reason.HOURS}, at("2026-11-25 09:00"))
    assert ask(wanted(), [], LAW, house, NOON) == Allowed(until=at("2026-11-24 18:00"), policy="RU-230@0")


def test_a_cap_that_frees_itself_says_when() -> None:
    minute = Cap(name="operator-minute", most=4, used=4, free_at=NOON + timedelta(seconds=20))
    assert no(asked(caps=(minute,))) == ({Reason.CAPS}, NOON + timedelta(seconds=20))
    assert isinstance(asked(caps=(replace(minute, used=3),)), Allowed)
    day = Cap(name="number-day", most=3, used=5, free_at=at("2026-11-25 00:00"))
    assert no(asked(caps=(minute, day))) == ({Reason.CAPS}, at("2026-11-25 08:00"))


def test_a_calendar_that_never_closes_does_not_end_a_yes() -> None:
    always = WorkCalendar(time_zone=MOSCOW, week=dict.fromkeys(range(7), (Span(opens=time(), closes=time()),)))
    answer = ask(wanted(campaign=Campaigning(running=True, schedule=always)), [], shipped("none"), HOUSE, NOON)
    assert answer == Allowed(until=None, policy="none@0")


def test_nobody_can_wish_around_the_gate() -> None:
    """A wish has no field that lifts a rule: no force, no override, no reason that excuses."""
    assert {field.name for field in fields(Wanted)} == {
        *("debtor", "mode", "channel", "caller_id", "campaign", "busy", "caps")
    }


schedules = st.none() | st.sampled_from([NINE_TO_SIX, NIGHTS]).map(
    lambda schedule: Campaigning(running=True, schedule=schedule)
)


@given(
    minutes=st.integers(0, 14 * 1440),
    calls=st.lists(st.integers(1, 20 * 1440), max_size=6),
    campaign=schedules,
    house=st.sampled_from([HOUSE, replace(HOUSE, hours=NINE_TO_SIX)]),
    draws=st.lists(st.floats(0, 1, exclude_max=True), min_size=6, max_size=6),
)
def test_the_time_a_no_names_is_the_first_yes(
    minutes: int, calls: list[int], campaign: Campaigning | None, house: Any, draws: list[float]
) -> None:
    now = NOON + timedelta(minutes=minutes)
    before = [contact(now - timedelta(minutes=ago)) for ago in calls]
    wish = wanted(campaign=campaign)

    def said(moment: datetime) -> bool:
        return isinstance(ask(wish, before, LAW, house, moment), Allowed)

    answer = ask(wish, before, LAW, house, now)
    if isinstance(answer, Allowed):
        assert answer.until is not None
        assert not said(answer.until)
        assert said(answer.until - timedelta(seconds=1))
        return
    end = answer.next_at or now + timedelta(days=40)
    assert answer.next_at is None or said(end)
    length = (end - now).total_seconds()
    assert not any(said(now + timedelta(seconds=int(length * draw))) for draw in draws)
    assert not said(end - timedelta(seconds=1))
