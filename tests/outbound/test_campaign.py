"""The life of a campaign is its table, and what is wrong with one is told field by field."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.callbacks import is_open
from outbound.campaign import (
    BEGUN,
    TRANSITIONS,
    Hours,
    Known,
    State,
    Step,
    Wanted,
    advance,
    ends_at,
    faults,
    fixed_faults,
    schedule,
    steps,
)
from outbound.terms import Channel, Mode
from telephony.lives import page as drawn

pytestmark = pytest.mark.unit
KNOWN = Known(profiles={"RU-230", "none"}, segments={7}, caller_ids={"+74951234567"}, languages={"en", "ru"})
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
GOOD = Wanted(name="October", mode=Mode.PROGRESSIVE, profile="RU-230")


def test_a_campaign_runs_only_after_it_was_checked() -> None:
    into = {before for (before, _), after in TRANSITIONS.items() if after is State.RUNNING and before not in BEGUN}
    assert into == {State.CHECKED}


def test_what_is_changed_before_it_ran_is_checked_again() -> None:
    assert advance(State.CHECKED, Step.CHANGE) is State.DRAFT
    assert advance(State.RUNNING, Step.CHANGE) is State.RUNNING
    assert advance(State.ARCHIVED, Step.CHANGE) is None
    assert steps(State.ARCHIVED) == ()


def test_the_drawing_shows_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "lives" / "campaign.md"
    assert page.read_text(encoding="utf-8") == drawn(
        "The life of a campaign", "outbound/campaign.py", dict(TRANSITIONS), State.DRAFT
    )


@pytest.mark.parametrize(
    ("more", "field", "code"),
    [
        ({"name": "  "}, "name", "campaign-name-missing"),
        ({"mode": Mode.MESSAGE, "message": "Pay"}, "channel", "campaign-channel"),
        ({"mode": Mode.MESSAGE, "channel": Channel.SMS}, "message", "campaign-message-missing"),
        ({"channel": Channel.SMS}, "channel", "campaign-channel"),
        ({"segment_id": 8}, "segment_id", "campaign-segment-unknown"),
        ({"feeds": True}, "feeds", "campaign-feeds-on-nothing"),
        ({"profile": "XX"}, "profile", "campaign-profile-unknown"),
        ({"caller_id": "+19005550100"}, "caller_id", "campaign-caller-id-not-ours"),
        ({"starts_on": date(2026, 12, 2), "ends_on": date(2026, 12, 1)}, "ends_on", "campaign-ends-before"),
        ({"hours": (Hours(weekday=0, opens=time(9), closes=time(8)),)}, "hours", "campaign-hours"),
        ({"cap": Decimal("NaN")}, "cap", "campaign-cap"),
        ({"cap": Decimal("100.01")}, "cap", "campaign-cap"),
        ({"least_debt": Decimal(0)}, "least_debt", "campaign-least-debt"),
        ({"language": "xx"}, "language", "campaign-language"),
        ({"priority": 0}, "priority", "campaign-priority"),
    ],
)
def test_each_fault_names_its_field(more: dict[str, object], field: str, code: str) -> None:
    values = {name: getattr(GOOD, name) for name in Wanted.__slots__}
    found = faults(Wanted(**(values | more)), KNOWN)
    assert [(one.field, one.code) for one in found] == [(field, code)]


def test_a_good_one_has_no_fault_and_a_cap_of_none_is_allowed() -> None:
    assert faults(GOOD, KNOWN) == []
    assert faults(Wanted(name="a", mode=Mode.PREDICTIVE, profile="none", cap=Decimal(0)), KNOWN) == []


def test_law_and_debtors_stay_once_it_has_begun() -> None:
    other = Wanted(name="October", mode=Mode.PREDICTIVE, profile="none")
    assert [one.field for one in fixed_faults(GOOD, other, State.PAUSED)] == ["profile"]
    assert fixed_faults(GOOD, other, State.CHECKED) == []


def test_hours_are_those_of_the_utility_and_nothing_is_open_before_the_first_day() -> None:
    week = tuple(Hours(weekday=day, opens=time(9), closes=time(18)) for day in range(5))
    calendar = schedule(week, date(2026, 11, 26), "Europe/Moscow", NOW)
    assert calendar is not None
    assert not is_open(calendar, NOW), "Tuesday, two days before it begins"
    assert is_open(calendar, datetime(2026, 11, 26, 6, tzinfo=UTC)), "nine in Moscow"
    assert not is_open(calendar, datetime(2026, 11, 28, 9, tzinfo=UTC)), "Saturday"
    assert schedule((), None, "Europe/Moscow", NOW) is None
    assert ends_at(date(2026, 11, 30), "Europe/Moscow") == datetime(2026, 11, 30, 21, tzinfo=UTC)


@given(st.lists(st.sampled_from(list(Step)), max_size=20))
def test_an_archived_campaign_stays_so(walk: list[Step]) -> None:
    state = State.DRAFT
    for step in walk:
        before, state = state, advance(state, step) or state
        assert before is not State.ARCHIVED or state is State.ARCHIVED
