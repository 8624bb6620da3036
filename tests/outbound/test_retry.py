"""Who is tried again, when and where; and where his row stands when it is enough."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbound.retry import (
    DEFAULTS,
    PARTS,
    Again,
    Enough,
    Number,
    Reach,
    RetryError,
    Rules,
    Talk,
    Tried,
    next_try,
    parse,
)
from outbound.terms import Klass, Outcome
from tests.outbound.people import MOSCOW, at

pytestmark = pytest.mark.unit
NOON = at("2026-11-24 12:00")
A, B, C = "+79160000001", "+79160000002", "+79160000003"
REACH = Reach((A, B, C), MOSCOW)


def after(*outcomes: Outcome, number: str = A, reach: Reach = REACH, rules: Rules = Rules(), **more: Any) -> Any:  # noqa: B008 - frozen
    tried = [Tried(number, outcome, NOON) for outcome in outcomes]
    return next_try(tried, reach, rules, NOON, **more)


def test_every_outcome_but_the_unknown_one_has_a_rule() -> None:
    assert set(DEFAULTS) == set(Outcome) - {Outcome.UNKNOWN}


def test_an_end_that_nobody_knows_waits_for_a_person() -> None:
    assert after(Outcome.UNKNOWN) == Enough(Klass.WAITING)
    assert isinstance(after(Outcome.UNKNOWN, Outcome.BUSY), Again)


def test_busy_is_tried_again_soon_at_the_same_number() -> None:
    assert after(Outcome.BUSY) == Again(NOON + timedelta(minutes=20), A)


def test_no_answer_is_tried_at_another_number_in_another_part_of_the_day() -> None:
    assert after(Outcome.NO_ANSWER) == Again(at("2026-11-24 17:00"), B)
    evening = [Tried(A, Outcome.NO_ANSWER, at("2026-11-24 18:00"))]
    assert next_try(evening, REACH, Rules(), at("2026-11-24 18:01"), None) == Again(at("2026-11-25 08:00"), B)
    night = [Tried(A, Outcome.NO_ANSWER, at("2026-11-24 22:00"))]
    assert next_try(night, REACH, Rules(), at("2026-11-24 22:01")) == Again(at("2026-11-25 01:01"), B)
    assert after(Outcome.NO_ANSWER, rules=Rules(parts=())) == Again(NOON + timedelta(hours=3), B)


def test_the_part_of_the_day_is_his() -> None:
    kamchatka = Reach((A,), "Asia/Kamchatka")
    tried = [Tried(A, Outcome.NO_ANSWER, at("2026-11-24 09:00", "Asia/Kamchatka"))]
    assert next_try(tried, kamchatka, Rules(), at("2026-11-24 09:01", "Asia/Kamchatka")) == Again(
        at("2026-11-24 12:01", "Asia/Kamchatka"), A
    )


def test_numbers_take_turns_the_least_tried_first() -> None:
    tried: list[Tried] = []
    order = []
    number = A
    for _ in range(6):
        tried.append(Tried(number, Outcome.NO_ANSWER, NOON))
        order.append(number)
        found = next_try(tried, REACH, Rules(), NOON)
        assert isinstance(found, Again)
        number = found.number
    assert order == [A, B, C, A, B, C]


def test_a_bad_number_is_dead_and_the_next_one_is_tried_at_once() -> None:
    assert after(Outcome.BAD_NUMBER) == Again(NOON, B)
    assert after(Outcome.BAD_NUMBER, reach=Reach((A,), MOSCOW)) == Enough(Klass.BAD_NUMBER)
    both = [Tried(A, Outcome.NO_ANSWER, NOON), Tried(A, Outcome.BAD_NUMBER, NOON)]
    assert next_try(both, Reach((A, ""), MOSCOW), Rules(), NOON) == Enough(Klass.BAD_NUMBER)
    assert after(Outcome.BAD_NUMBER, reach=Reach((), MOSCOW)) == Enough(Klass.BAD_NUMBER)


def test_a_number_tried_in_vain_too_often_is_let_be() -> None:
    rejected = [Outcome.REJECTED] * 3
    assert after(*rejected, reach=Reach((A,), MOSCOW)) == Enough(Klass.NOT_REACHED)
    assert after(*rejected) == Again(NOON, B)


def test_enough_is_enough() -> None:
    assert after(*[Outcome.NO_ANSWER] * 3, rules=Rules(most=3)) == Enough(Klass.NOT_REACHED)
    assert isinstance(after(*[Outcome.NO_ANSWER] * 2, rules=Rules(most=3)), Again)
    heard = after(*[Outcome.NO_ANSWER] * 2, Outcome.NOTICE_HEARD, rules=Rules(most=3))
    assert heard == Enough(Klass.REACHED_THIRD_PARTY)


def test_a_full_or_broken_trunk_uses_nobody_up_and_is_asked_less_and_less() -> None:
    waits = []
    for often in range(1, 40):
        found = after(*[Outcome.CONGESTION] * often, rules=Rules(most=1))
        assert isinstance(found, Again)
        assert found.number == A
        waits.append((found.at - NOON).total_seconds() / 60)
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == 360
    assert after(Outcome.CONGESTION, Outcome.BUSY, Outcome.CONGESTION) == Again(NOON + timedelta(minutes=2), A)


def test_what_an_operator_found_out_decides() -> None:
    assert after(Outcome.TALKED, talk=Talk(right_party=True)) == Enough(Klass.REACHED_RIGHT_PARTY)
    assert after(Outcome.NOTICE_HEARD, talk=Talk(right_party=True)) == Enough(Klass.REACHED_RIGHT_PARTY)
    wrong = Talk(right_party=False, wrong_number=True)
    assert after(Outcome.TALKED, talk=wrong) == Again(NOON, B)
    assert after(Outcome.TALKED, talk=wrong, reach=Reach((A,), MOSCOW)) == Enough(Klass.REACHED_THIRD_PARTY)
    stranger = after(Outcome.TALKED, talk=Talk(right_party=False))
    assert isinstance(stranger, Again)
    assert stranger.number == B


def test_who_asked_to_be_called_again_is_called_then_at_that_number() -> None:
    later = NOON + timedelta(days=1)
    for right in (True, False):
        assert after(Outcome.TALKED, talk=Talk(right, again_at=later), rules=Rules(most=1)) == Again(later, A)
    past = Talk(right_party=True, again_at=NOON - timedelta(hours=1))
    assert after(Outcome.TALKED, talk=past) == Again(NOON, A)


def test_who_was_abandoned_is_left_alone_for_three_days_and_tried_once_more() -> None:
    only = Reach((A,), MOSCOW)
    assert after(Outcome.ABANDONED, reach=only) == Again(NOON + timedelta(hours=72), A)
    assert after(*[Outcome.ABANDONED] * 2, reach=only) == Enough(Klass.NOT_REACHED)


EVERY = [outcome for outcome in Outcome if outcome not in {Outcome.CONGESTION, Outcome.FAILED}]


@given(
    st.lists(st.sampled_from(EVERY), min_size=60, max_size=60),
    st.lists(st.sampled_from([A, B, C]), unique=True, max_size=3),
    st.integers(1, 12),
    st.sampled_from([MOSCOW, "America/New_York", "Australia/Lord_Howe"]),
)
def test_it_ends_and_never_goes_back_in_time_nor_to_a_dead_number(
    outcomes: list[Outcome], numbers: list[str], most: int, zone: str
) -> None:
    """Where the trunk works, nobody is tried without end."""
    now, number, tried, reach = NOON, A, list[Tried](), Reach(tuple(numbers), zone)
    bad = set()
    for outcome in outcomes:
        bad |= {number} if outcome is Outcome.BAD_NUMBER else set()
        tried.append(Tried(number, outcome, now))
        found = next_try(tried, reach, Rules(most=most), now + timedelta(seconds=30))
        if isinstance(found, Enough):
            break
        assert found.at >= now + timedelta(seconds=30)
        assert found.number in set(numbers) - bad
        now, number = found.at, found.number
    else:
        assert sum(1 for one in tried if one.outcome is Outcome.CANCELLED) > 20
    assert sum(1 for one in tried if DEFAULTS.get(one.outcome, DEFAULTS[Outcome.BUSY]).counts) <= most


@given(st.integers(0, 7 * 1440))
def test_another_part_of_the_day_is_another_part_of_the_day(minutes: int) -> None:
    before = NOON + timedelta(minutes=minutes)
    found = next_try([Tried(A, Outcome.NO_ANSWER, before)], REACH, Rules(), before + timedelta(minutes=1))
    assert isinstance(found, Again)

    def part(moment: datetime) -> int | None:
        clock = moment.astimezone(ZoneInfo(MOSCOW)).time()
        return next((place for place, one in enumerate(PARTS) if one.opens <= clock < one.closes), None)

    if part(before) is not None:
        assert part(found.at) not in {None, part(before)}


def test_rules_come_from_a_campaigns_settings() -> None:
    rules = parse({"most": 3, "after": {"busy": {"wait_minutes": 5, "number": "next"}}, "parts": []})
    assert (rules.most, rules.parts) == (3, ())
    assert (rules.after[Outcome.BUSY].wait, rules.after[Outcome.BUSY].number) == (timedelta(minutes=5), Number.NEXT)
    assert rules.after[Outcome.NO_ANSWER] == DEFAULTS[Outcome.NO_ANSWER]
    assert parse({}) == Rules(after=dict(DEFAULTS))
    own = parse({"parts": [{"opens": "09:00", "closes": "12:00"}, {"opens": "12:00", "closes": "18:30"}]})
    assert len(own.parts) == 2


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"most": 0}, "most: Input should be greater than or equal to 1"),
        ({"after": {"unknown": {"wait_minutes": 5}}}, "an attempt whose end is unknown is never tried again by a rule"),
        ({"after": {"sneezed": {"wait_minutes": 5}}}, "after sneezed [key]: Input should be 'talked'"),
        ({"parts": [{"opens": "12:00", "closes": "09:00"}]}, "parts of the day stand in order, do not overlap"),
        (
            {"parts": [{"opens": "09:00", "closes": "13:00"}, {"opens": "12:00", "closes": "14:00"}]},
            "parts of the day stand in order, do not overlap",
        ),
        ({"blindly": True}, "blindly: Extra inputs are not permitted"),
    ],
)
def test_what_are_no_rules_is_said_in_a_sentence(data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RetryError) as error:
        parse(data)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
