"""What the profiles say of a debtor, case by case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from outbound.law.check import check
from outbound.law.text import parse, shipped, texts
from outbound.terms import Allowed, Answer, Blocked, Channel, Contacted, Mode, Reason
from tests.outbound.people import MOSCOW, at, contact, debtor

pytestmark = pytest.mark.unit
NOON = at("2026-11-24 12:00")  # a Tuesday
KAMCHATKA, KALININGRAD, NEW_YORK = "Asia/Kamchatka", "Europe/Kaliningrad", "America/New_York"


def ask(law: str, now: datetime = NOON, *contacts: Contacted, **him: Any) -> Answer:
    return check(debtor(**him), contacts, shipped(law), now)


def blocked(answer: Answer) -> tuple[set[str], datetime | None]:
    assert isinstance(answer, Blocked)
    return set(answer.reasons), answer.next_at


def test_a_yes_says_until_when_and_by_which_policy() -> None:
    assert ask("RU-230") == Allowed(until=at("2026-11-24 22:00"), policy="RU-230@0")
    assert ask("none", at("2026-11-24 03:00")) == Allowed(until=None, policy="none@0")
    assert parse(texts()["UK"], version=7).policy == "UK@7"


@pytest.mark.parametrize(
    ("now", "reason", "next_at"),
    [
        ("2026-11-24 07:59:59", Reason.HOURS, "2026-11-24 08:00"),
        ("2026-11-24 22:00", Reason.HOURS, "2026-11-25 08:00"),
        ("2026-11-27 22:00", Reason.HOURS, "2026-11-28 09:00"),
        ("2026-11-28 20:00", Reason.HOLIDAY, "2026-11-29 09:00"),
        ("2026-11-28 08:30", Reason.HOLIDAY, "2026-11-28 09:00"),
        ("2026-11-28 23:00", Reason.HOURS, "2026-11-29 09:00"),
        ("2026-11-04 21:00", Reason.HOLIDAY, "2026-11-05 08:00"),
        ("2026-12-31 21:00", Reason.HOLIDAY, "2027-01-01 09:00"),
    ],
)
def test_hours_of_workdays_weekends_and_holidays(now: str, reason: Reason, next_at: str) -> None:
    assert blocked(ask("RU-230", at(now))) == ({reason}, at(next_at))


def test_hours_are_those_of_his_own_zone() -> None:
    assert isinstance(ask("RU-230", at("2026-11-24 09:00", KAMCHATKA), zones=(KAMCHATKA,)), Allowed)
    evening = ask("RU-230", at("2026-11-24 14:00"), zones=(KAMCHATKA,))
    assert blocked(evening) == ({Reason.HOURS}, at("2026-11-25 08:00", KAMCHATKA))


def test_nobody_knows_where_he_lives_so_every_zone_must_allow_it() -> None:
    # From Kaliningrad's 8 in the morning to Kamchatka's 10 in the evening there are four hours of a workday.
    early = blocked(ask("RU-230", at("2026-11-24 07:59", KALININGRAD), zones=()))
    assert early == ({Reason.HOURS, Reason.ZONE_UNKNOWN}, at("2026-11-24 08:00", KALININGRAD))
    answer = ask("RU-230", at("2026-11-24 08:00", KALININGRAD), zones=())
    assert answer == Allowed(until=at("2026-11-24 22:00", KAMCHATKA), policy="RU-230@0")
    assert ask("RU-230", at("2026-11-24 08:00", KALININGRAD), zones=(KALININGRAD, KAMCHATKA)) == answer
    late = ask("RU-230", at("2026-11-24 22:00", KAMCHATKA), zones=())
    assert blocked(late) == ({Reason.HOURS, Reason.ZONE_UNKNOWN}, at("2026-11-25 08:00", KALININGRAD))


def test_a_day_is_over_when_it_is_over_wherever_he_may_live() -> None:
    once = parse("{code: x, title: x, note: x, channels: {call: {limits: [{most: 1, within: day}]}}}")
    before = [contact(at("2026-11-24 23:30"))]
    for zones in ((MOSCOW, KAMCHATKA), (KAMCHATKA, MOSCOW)):
        answer = check(debtor(zones=zones), before, once, at("2026-11-25 00:30"))
        assert blocked(answer) == ({Reason.ATTEMPTS}, at("2026-11-26 00:00", KAMCHATKA))


@pytest.mark.parametrize(
    "zone", ["Atlantis/Centre", "../../etc/passwd", "", "Europe/Moscow\r\n", "/etc/localtime", "\0"]
)
def test_a_zone_that_does_not_exist_is_an_unknown_one(zone: str) -> None:
    assert ask("RU-230", zones=(zone,)) == ask("RU-230", zones=())
    assert ask("RU-230", zones=(MOSCOW, zone)) == ask("RU-230", zones=())


def test_a_profile_without_zones_does_not_guess_where_he_lives() -> None:
    text = texts()["IN"].replace("zones: [Asia/Kolkata]", "zones: []")
    assert check(debtor(zones=()), [], parse(text), NOON) == Blocked(
        reasons=(Reason.ZONE_UNKNOWN,), next_at=None, policy="IN@0"
    )


def test_one_call_a_day_two_in_seven_days_eight_in_thirty_one() -> None:
    def before(*days: int) -> list[Contacted]:
        return [contact(NOON - timedelta(days=day, hours=1)) for day in days]

    attempts = {Reason.ATTEMPTS}
    assert blocked(ask("RU-230", NOON, *before(0))) == (attempts, at("2026-11-25 08:00"))
    assert isinstance(ask("RU-230", NOON, *before(1)), Allowed)
    assert blocked(ask("RU-230", NOON, *before(1, 6))) == (attempts, at("2026-11-25 08:00"))
    assert blocked(ask("RU-230", NOON, *before(1, 2))) == (attempts, at("2026-11-29 09:00"))
    assert isinstance(ask("RU-230", NOON, *before(1, 7)), Allowed)
    month = before(3, 7, 10, 14, 17, 21, 24, 30)
    assert blocked(ask("RU-230", NOON, *month)) == (attempts, at("2026-11-25 08:00"))
    assert isinstance(ask("RU-230", NOON, *month[:-1], *before(31)), Allowed)


def test_the_count_is_the_persons_over_all_his_debts_campaigns_and_hands() -> None:
    other_debt = contact(NOON - timedelta(hours=1), account_id=12)
    assert blocked(ask("RU-230", NOON, other_debt))[0] == {Reason.ATTEMPTS}
    for harmless in (
        contact(NOON - timedelta(hours=1), customer_id=2),
        contact(NOON - timedelta(hours=1), by_us=False),
        contact(NOON - timedelta(hours=1), channel=Channel.SMS, outcome="sent"),
        contact(NOON - timedelta(hours=1), outcome="congestion"),
    ):
        assert isinstance(ask("RU-230", NOON, harmless), Allowed)


@pytest.mark.parametrize("outcome", ["", "talked", "unknown", "cancelled", "machine", "rejected", "busy", "made-up"])
def test_what_may_have_rung_counts_an_open_call_and_an_unknown_end_too(outcome: str) -> None:
    assert blocked(ask("RU-230", NOON, contact(NOON - timedelta(hours=1), outcome=outcome)))[0] == {Reason.ATTEMPTS}


def test_messages_are_counted_apart_from_calls_and_together_with_each_other() -> None:
    sent = [contact(NOON - timedelta(hours=1), channel=one, outcome="sent") for one in (Channel.SMS, Channel.EMAIL)]
    answer = check(debtor(), sent, shipped("RU-230"), NOON, Channel.SMS)
    assert blocked(answer) == ({Reason.ATTEMPTS}, at("2026-11-25 08:00"))
    assert isinstance(check(debtor(), sent[:1], shipped("RU-230"), NOON, Channel.EMAIL), Allowed)


def test_in_the_states_a_debt_rests_for_seven_days_after_a_conversation_whoever_called() -> None:
    now = at("2026-11-24 12:00", NEW_YORK)
    for by_us in (True, False):
        talk = contact(now - timedelta(days=1), conversation=True, outcome="talked", by_us=by_us)
        answer = ask("US", now, talk, zones=(NEW_YORK,))
        assert blocked(answer) == ({Reason.WAITING_TIME}, at("2026-11-30 08:00", NEW_YORK))
        assert isinstance(ask("US", now, talk, zones=(NEW_YORK,), account_id=12), Allowed)
    unsorted = contact(now - timedelta(days=1), conversation=True, outcome="talked", account_id=None)
    assert blocked(ask("US", now, unsorted, zones=(NEW_YORK,), account_id=12))[0] == {Reason.WAITING_TIME}


def test_in_the_states_seven_calls_in_seven_days_about_each_debt() -> None:
    now = at("2026-11-24 12:00", NEW_YORK)
    seven = [contact(now - timedelta(minutes=30 * number)) for number in range(1, 8)]
    assert isinstance(ask("US", now, *seven[:6], zones=(NEW_YORK,)), Allowed)
    assert blocked(ask("US", now, *seven, zones=(NEW_YORK,))) == ({Reason.ATTEMPTS}, at("2026-12-01 08:00", NEW_YORK))
    assert isinstance(ask("US", now, *seven, zones=(NEW_YORK,), account_id=12), Allowed)


def test_a_recorded_voice_needs_consent_where_the_law_says_so() -> None:
    him, now, law = debtor(zones=(NEW_YORK,)), at("2026-11-24 12:00", NEW_YORK), shipped("US")
    assert blocked(check(him, [], law, now, mode=Mode.NOTICE)) == ({Reason.NO_CONSENT}, None)
    assert isinstance(check(him, [], law, now, mode=Mode.PREDICTIVE), Allowed)
    agreed = debtor(zones=(NEW_YORK,), consents=frozenset({"calls"}))
    assert isinstance(check(agreed, [], law, now, mode=Mode.NOTICE), Allowed)
    assert blocked(check(agreed, [], law, now, Channel.SMS)) == ({Reason.NO_CONSENT}, None)


def test_after_an_abandoned_call_only_a_hand_may_dial_for_72_hours() -> None:
    now, law = at("2026-11-24 12:00", "Europe/London"), shipped("UK")
    him, lost = debtor(zones=("Europe/London",)), [contact(now - timedelta(hours=26), outcome="abandoned")]
    assert blocked(check(him, lost, law, now, mode=Mode.PREDICTIVE)) == (
        {Reason.WAITING_TIME},
        now + timedelta(hours=46),
    )
    assert isinstance(check(him, lost, law, now, mode=Mode.MANUAL), Allowed)
    assert isinstance(check(him, lost, law, now, mode=Mode.PREVIEW), Allowed)
    assert not isinstance(check(him, lost, law, now), Allowed)


def test_every_reason_is_said_and_one_that_time_does_not_lift_leaves_no_next_time() -> None:
    bars = frozenset({Reason.DISPUTE, Reason.DO_NOT_CALL})
    answer = ask("RU-230", at("2026-11-24 23:00"), contact(at("2026-11-24 10:00")), bars=bars)
    assert answer == Blocked(
        reasons=(Reason.HOURS, Reason.ATTEMPTS, Reason.DO_NOT_CALL, Reason.DISPUTE), next_at=None, policy="RU-230@0"
    )


def test_a_channel_the_profile_does_not_know_is_not_used() -> None:
    only_calls = parse("{code: x, title: x, note: x, channels: {call: {}}}")
    assert check(debtor(), [], only_calls, NOON, Channel.SMS) == Blocked(
        reasons=(Reason.CHANNEL,), next_at=None, policy="x@0"
    )


def test_a_limit_of_none_forbids_for_ever() -> None:
    never = parse("{code: x, title: x, note: x, channels: {call: {limits: [{most: 0, within: day}]}}}")
    assert blocked(check(debtor(), [], never, NOON)) == ({Reason.ATTEMPTS}, None)


def test_hours_that_never_come_leave_no_next_time() -> None:
    shut = "{workdays: [], saturdays: [], sundays: [], holidays: []}"
    never = parse(f"{{code: x, title: x, note: x, channels: {{call: {{hours: {shut}}}}}}}")
    assert blocked(check(debtor(), [], never, NOON)) == ({Reason.HOURS}, None)


def test_the_hour_that_the_clocks_repeat_gives_no_second_day() -> None:
    """AC50: the day has 25 hours, and one call."""
    text = texts()["US"].replace("most: 7, of: attempts, per: debt, within: 7 days", "most: 1, within: day")
    him, law = debtor(zones=(NEW_YORK,)), parse(text)
    before = [contact(at("2026-11-01 08:00", NEW_YORK))]
    for hours in range(1, 16):
        answer = check(him, before, law, at("2026-11-01 08:00", NEW_YORK) + timedelta(hours=hours))
        assert blocked(answer)[1] == at("2026-11-02 08:00", NEW_YORK)


def test_a_clock_that_went_back_gives_no_second_call() -> None:
    """AC50: what stands in the record for later still counts now."""
    assert blocked(ask("RU-230", NOON, contact(NOON + timedelta(hours=2)))) == (
        {Reason.ATTEMPTS},
        at("2026-11-25 08:00"),
    )


def test_a_holiday_on_a_weekend_has_the_hours_that_both_have() -> None:
    hours = (
        '{workdays: ["08:00-22:00"], saturdays: ["10:00-14:00"], sundays: [], holidays: ["09:00-12:00", "13:00-24:00"]}'
    )
    days = "days_off: [2026-11-28, 2026-11-29, 2026-11-25], days_worked: [2026-12-05]"
    law = parse(f"{{code: x, title: x, note: x, holidays: {{{days}}}, channels: {{call: {{hours: {hours}}}}}}}")

    def open_at(when: str) -> bool:
        return isinstance(check(debtor(), [], law, at(when)), Allowed)

    saturday = [
        open_at(f"2026-11-28 {clock}") for clock in ("09:59", "10:00", "11:59", "12:00", "13:00", "13:59", "14:00")
    ]
    assert saturday == [False, True, True, False, True, True, False]
    assert not any(open_at(f"2026-11-29 {hour:02}:00") for hour in range(24))
    assert [open_at(f"2026-11-25 {clock}") for clock in ("08:59", "09:00", "23:59")] == [False, True, True]
    assert open_at("2026-12-05 08:00")
