"""Profiles as text: what is shipped, and one clear sentence for every fault."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.work.sla import Span
from outbound.law.profile import Clock, Profile, Scope, Unit, Window
from outbound.law.text import ProfileError, parse, shipped, texts
from outbound.terms import Channel

pytestmark = pytest.mark.unit
LEAST = "code: x\ntitle: x\nnote: x\nchannels: {call: {}}\n"
HOURS = LEAST.replace("{}", '{hours: {workdays: ["%s"], saturdays: [], sundays: [], holidays: []}}')


def test_the_shipped_ones_are_those_that_were_promised_with_sources_and_a_lawyer() -> None:
    assert set(texts()) == {"RU-230", "US", "UK", "IN", "KZ", "none"}
    for code in texts():
        profile = shipped(code)
        assert profile.code == code
        assert "Have your lawyer confirm" in profile.note
        assert set(profile.channels) == set(Channel)
        assert profile.sources or code == "none"
        assert profile.zones or code == "none"
        assert set(profile.channels) == set(Channel)


def test_what_the_pacing_has_to_keep_is_in_the_profile() -> None:
    states, kingdom = shipped("US").abandonment, shipped("UK").abandonment
    assert (states.cap, states.window, states.scope) == (Decimal("0.03"), timedelta(days=30), Scope.CAMPAIGN)
    assert (states.grace, states.clock, states.ring) == (timedelta(seconds=2), Clock.GREETING, timedelta(seconds=15))
    assert kingdom.cap == 0


def test_how_far_back_contacts_count_is_known() -> None:
    assert shipped("RU-230").looks_back >= timedelta(days=32)
    assert shipped("none").looks_back <= timedelta(days=2)
    assert parse(LEAST).looks_back <= timedelta(days=2)


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [
        ("day", Window(Unit.DAY)),
        ("week", Window(Unit.WEEK)),
        ("month", Window(Unit.MONTH)),
        ("1 day", Window(Unit.DAYS, 1)),
        ("31 days", Window(Unit.DAYS, 31)),
        ("72 hours", Window(Unit.HOURS, 72)),
    ],
)
def test_windows_are_spelled_out(spelled: str, meant: Window) -> None:
    profile = parse(LEAST.replace("{}", f"{{limits: [{{most: 1, within: {spelled}}}]}}"))
    assert profile.channels[Channel.CALL].limits[0].within == meant
    assert profile.looks_back > timedelta(days=2)


def test_a_day_may_end_at_midnight() -> None:
    hours = parse(HOURS % "09:00-24:00").channels[Channel.CALL].hours
    assert hours is not None
    assert hours.week[0] == (Span(opens=time(9), closes=time()),)


FAULTS = [
    ("[]", "a profile is a mapping with code, title, note and channels"),
    ("code: [", "not YAML: "),
    ("2026-13-45", "not YAML: "),
    ("code: x\ntitle: x\nnote: x", "channels: Field required"),
    (LEAST + "colour: red", "colour: Extra inputs are not permitted"),
    (LEAST.replace("call", "pigeon"), "channels pigeon: Input should be 'call', 'sms' or 'email'"),
    (LEAST.replace("code: x", "code: 'x y'"), "code: String should match"),
    (HOURS % "8-22", 'workdays 1: hours are written as "08:00-22:00", the last one at most "24:00"'),
    (HOURS % "22:00-08:00", "22:00-08:00 ends before it begins; hours that pass midnight are two spans"),
    (HOURS % "22:00-24:30", "22:00-24:30 ends before it begins"),
    (LEAST + "zones: [Mars/Olympus]", "zones 1: there is no zone 'Mars/Olympus'; zones are named as Europe/Moscow"),
    (LEAST + "zones: [7]", "zones 1: there is no zone '7'"),
    (
        LEAST.replace("{}", "{limits: [{most: 1, within: fortnight}]}"),
        'a window is "day", "week", "month", "7 days" or',
    ),
    (LEAST.replace("{}", "{limits: [{most: 1, within: 367 days}]}"), "a window has at most 366 days"),
    (
        LEAST.replace("{}", "{limits: [{most: -1, within: day}]}"),
        "channels call limits 1 most: Input should be greater",
    ),
    (LEAST.replace("{}", "{waits: [{after: conversation, lasts: week}]}"), 'a wait lasts "7 days" or "72 hours"'),
    (LEAST.replace("{}", "{consents: [telepathy]}"), "channels call consents 1: Input should be 'marketing'"),
    (LEAST + "uncounted: [talked]", "talked may have rung, so it counts; left out can be"),
    (LEAST + "holidays: {country: XX}", "holidays: the public holidays of XX are not known; list them under days_off"),
    (LEAST + "holidays: {country: RU, subdivision: Narnia}", "holidays: RU has no part Narnia"),
    (LEAST + "holidays: {days_off: [2026-05-01], days_worked: [2026-05-01]}", "2026-05-01 is both off and worked"),
    (LEAST + "abandonment: {cap_percent: 101}", "abandonment cap_percent: Input should be less than or equal to 100"),
    ("x: " + "y" * 60_000, "a profile has at most 60000 characters"),
]


@pytest.mark.parametrize(("text", "sentence"), FAULTS)
def test_a_fault_is_one_sentence_that_says_where(text: str, sentence: str) -> None:
    with pytest.raises(ProfileError) as error:
        parse(text)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600


@given(st.text(max_size=200) | st.sampled_from(sorted(texts().values())).flatmap(
    lambda text: st.tuples(st.integers(0, len(text)), st.text(max_size=5)).map(lambda cut: text[: cut[0]] + cut[1])
))  # fmt: skip
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with suppress(ProfileError):
        assert isinstance(parse(text), Profile)


def test_brackets_without_end_are_refused() -> None:
    with pytest.raises(ProfileError, match="not YAML"):
        parse("[" * sys.getrecursionlimit() * 2)


def test_a_profile_that_is_not_shipped_is_named_with_those_that_are() -> None:
    with pytest.raises(ProfileError, match="no profile 'XY' is shipped; there are IN, KZ, RU-230, UK, US, none"):
        shipped("XY")
