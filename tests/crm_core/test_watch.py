"""Rules over the access log: what raises an alert, what ends it, and that nobody is told twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.watch import Kind, Level, Rule, Seen, Step, level, limit, step

pytestmark = pytest.mark.unit
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Moscow")


def rule(kind: Kind, raise_at: int = 5, clear_at: int = 2, **more: object) -> Rule:
    values: dict[str, object] = {"code": kind.value, "kind": kind, "window": timedelta(hours=1)}
    return Rule(raise_at=raise_at, clear_at=clear_at, **(values | more))  # type: ignore[arg-type]


def seen(account: int | None, ago: float = 1.0, action: str = "card.viewed", **more: bool) -> Seen:
    return Seen(at=NOW - timedelta(minutes=ago), action=action, account_id=account, **more)


def value(which: Rule, *lines: Seen, usual: float = 0.0) -> int:
    return level(which, 7, lines, usual, NOW, ZONE).value


def test_distinct_cards_are_counted_not_views_and_only_in_the_window() -> None:
    many = rule(Kind.MASS_VIEWING)
    assert value(many, seen(9, 61), seen(1), seen(1), seen(2), seen(3, action="reading.submitted")) == 2


def test_a_person_s_own_history_may_lower_the_limit_and_never_raises_it() -> None:
    many = rule(Kind.MASS_VIEWING, 60, own_factor=4.0, own_least=25)
    assert limit(many, 0) == 60
    assert limit(many, 2) == 25
    assert limit(many, 10) == 40
    assert limit(many, 30) == 60


@pytest.mark.parametrize(
    ("accounts", "run"),
    [
        ((), 0),
        ((5,), 1),
        ((5, 6, 7, 8, 9), 5),
        ((9, 8, 7), 3),
        ((10, 20, 30, 40), 4),
        ((5, 6, 90, 7, 8), 2),
        ((1, 1, 2, 2, 3), 3),
        ((1, 5001, 10001, 15001), 1),
        ((7, 300, 12, 9000), 1),
    ],
)
def test_cards_opened_one_number_after_the_other_are_a_run(accounts: tuple[int, ...], run: int) -> None:
    lines = [seen(one, 30 - at / 10) for at, one in enumerate(accounts)]
    assert value(rule(Kind.SEQUENTIAL), *lines) == run


def test_a_bait_is_touched_by_opening_revealing_or_changing_it_and_not_by_being_found() -> None:
    honey = rule(Kind.HONEY, 1, 0)
    assert value(honey, seen(1), seen(2, action="search", honey=True)) == 0
    found = level(honey, 7, [seen(1), seen(2, action="field.unmasked", honey=True)], 0, NOW, ZONE)
    assert (found.value, found.detail) == (1, "account 2")


def test_changed_contacts_count_when_something_is_taken_away_afterwards() -> None:
    changes = [seen(one, 30, "customer.changed") for one in range(4)]
    after = rule(Kind.CHANGES_THEN_EXPORT)
    assert value(after, *changes) == 0
    assert value(after, seen(None, 40, "export.asked"), *changes) == 0
    assert value(after, *changes, seen(None, 5, "export.asked")) == 4


def test_at_night_cards_without_a_call_count() -> None:
    late = rule(Kind.OFF_HOURS, 3, 0, window=timedelta(hours=24), from_hour=7, to_hour=22)
    night = 11 * 60.0  # 04:00 in Moscow
    assert value(late, seen(1, night), seen(2, night), seen(3, night, with_call=True), seen(4, 5)) == 2


def test_an_alert_is_raised_once_grows_and_ends_below_its_lower_limit() -> None:
    at = [Level(rule="r", user_id=7, value=one, raise_at=5, clear_at=2) for one in (4, 5, 6, 4, 3, 2, 4, 5)]
    standing, told = False, []
    for one in at:
        what = step(standing, one)
        told.append(what)
        standing = what is Step.RAISED or (standing and what is not Step.CLEARED)
    assert told == [None, Step.RAISED, Step.GREW, Step.GREW, Step.GREW, Step.CLEARED, None, Step.RAISED]


@settings(max_examples=60)
@given(st.lists(st.integers(0, 10), max_size=40))
def test_between_two_raisings_there_is_always_an_end(values: list[int]) -> None:
    standing, told = False, []
    for one in values:
        what = step(standing, Level(rule="r", user_id=7, value=one, raise_at=5, clear_at=2))
        if what in {Step.RAISED, Step.CLEARED}:
            told.append(what)
            standing = what is Step.RAISED
    assert told == [Step.RAISED, Step.CLEARED] * (len(told) // 2) + [Step.RAISED] * (len(told) % 2)
