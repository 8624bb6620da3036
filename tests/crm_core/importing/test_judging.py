"""Imported readings are judged by the rules of every other door, in the order of their days."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from crm_core import clock
from crm_core.importing.judging import Bench, Given
from crm_core.readings import Known, Policy, RegisterState
from tests.crm_core.importing.desk import Desk

TODAY = date(2026, 11, 22)


def register(key: int, code: str = "single", meter: int = 1, **more: object) -> RegisterState:
    facts: dict[str, object] = {
        "register_id": key, "meter_id": meter, "serial": "A", "code": code, "digits": 5, "decimals": 0,
        "multiplier": 1, "installed_on": date(2020, 1, 1), "usual": Decimal(100),
    }  # fmt: skip
    return RegisterState(**(facts | more))  # type: ignore[arg-type]


def given(key: int, value: int, day: date, *, known: bool = False) -> Given:
    return Given(1, day, 2, key, Decimal(value), "operator", known)


def told(bench: Bench, *submission: Given) -> list[tuple[int, str, str]]:
    return sorted(
        (one.register_id, verdict.decision.value, verdict.rule)
        for one, verdict in bench.submit(submission, Policy(today=TODAY))
    )


@pytest.mark.unit
def test_what_was_accepted_is_known_when_the_next_day_is_judged() -> None:
    bench = Bench({1: register(1)}, "UTC")
    assert told(bench, given(1, 100, date(2026, 9, 20))) == [(1, "accepted", "")]
    assert told(bench, given(1, 90, date(2026, 10, 20))) == [(1, "refused", "went-down")]
    assert told(bench, given(1, 200, date(2026, 10, 20))) == [(1, "accepted", "")]
    assert [one.value for one in bench.registers[1].recent] == [200, 100]


@pytest.mark.unit
def test_what_was_held_is_verified_when_it_comes_a_second_time() -> None:
    bench = Bench(
        {1: register(1, recent=(Known(taken_on=date(2026, 9, 20), value=Decimal(100), quality="actual"),))}, "UTC"
    )
    assert told(bench, given(1, 9_000, date(2026, 10, 20))) == [(1, "held", "too-high")]
    assert told(bench, given(1, 9_000, date(2026, 10, 21))) == [(1, "accepted", "")]


@pytest.mark.unit
def test_registers_of_a_meter_stand_and_fall_together_and_other_meters_do_not() -> None:
    bench = Bench({1: register(1, "day"), 2: register(2, "night"), 3: register(3, meter=9)}, "UTC")
    day = date(2026, 10, 20)
    assert told(bench, given(1, 10, day), given(3, 5, day)) == [(1, "refused", "incomplete"), (3, "accepted", "")]
    assert told(bench, given(1, 10, day), given(2, 10**6, day)) == [
        (1, "refused", "row-together"),
        (2, "refused", "too-many-digits"),
    ]
    assert told(bench, given(1, 10, day, known=True), given(2, 10, day)) == [(2, "accepted", "")]


SUBSCRIBERS = "account,name,address\n1,A,B\n2,C,D\n"
METERS = "account,serial,digits,registers\n1,M1,5,2\n2,M2,5,1\n"


@pytest.mark.integration
def test_held_readings_are_stored_as_held_and_counted(desk: Desk) -> None:
    desk.take("s.csv", SUBSCRIBERS)
    desk.take("m.csv", METERS)
    desk.do("update registers set estimate = 100")
    outcome = desk.take(
        "r.csv",
        "account,serial,date,value,day,night\n2,,2026-09-20,100,,\n2,,2026-10-20,9000,,\n,M1,2026-10-20,,10,20\n"
        "1,,2026-10-21,,11,\n,M9,2026-10-20,5,,\n",
    )
    assert outcome.counted == {"readings": 4}
    assert dict(outcome.findings) == {"too-high": 1, "incomplete": 1, "no-such-meter": 1}
    assert [(one.row, one.rule, one.detail) for one in outcome.examples] == [
        (3, "too-high", "110 … 395"),
        (5, "incomplete", "10 … 110"),
        (6, "no-such-meter", ""),
    ]
    assert desk.ask("select quality, doubt, value, source from readings where quality = 'held'") == [
        ("held", "too-high", 9000, "operator")
    ]


@pytest.mark.integration
def test_estimates_are_the_utilitys_own_and_remote_meters_are_trusted(desk: Desk) -> None:
    desk.take("s.csv", SUBSCRIBERS)
    desk.take("m.csv", METERS)
    desk.do("update registers set estimate = 100")
    outcome = desk.take(
        "r.csv",
        "account,date,value,quality,source\n2,2026-09-20,100,actual,amr\n2,2026-10-20,9000,actual,amr\n"
        "2,2026-11-01,9100,estimate,web\n",
    )
    assert outcome.rejected == 0
    assert desk.ask("select source, quality from readings order by taken_on") == [
        ("amr", "actual"),
        ("amr", "actual"),
        ("office", "estimate"),
    ]


@pytest.mark.integration
def test_the_day_is_that_at_the_premises(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """At half past midnight in Moscow it is still yesterday in Kaliningrad, and tomorrow's reading has not come."""
    at = datetime(2026, 11, 22, 0, 30, tzinfo=ZoneInfo("Europe/Moscow"))
    monkeypatch.setattr(clock, "now", lambda: at)
    desk.take("s.csv", "account,name,address,time zone\n2,C,D,Europe/Kaliningrad\n")
    desk.take("m.csv", METERS)
    outcome = desk.take("r.csv", "account,date,value\n2,2026-11-22,5\n")
    assert dict(outcome.findings) == {"in-future": 1}
