"""Kinds, results and signal rules as data: read as they were written, and told where they make no sense."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.work import kinds, results, signals
from crm_core.work.kinds import Alarm, Kind, alarms, following, next_alarm
from crm_core.work.lives import Stage
from crm_core.work.results import Group, Next, Retry, follow_up, next_try
from crm_core.work.signals import Every, What, period, window
from crm_core.work.sla import Term, Unit, WorkCalendar

pytestmark = pytest.mark.unit
TITLES = {"en": "Seal", "ru": "Пломба"}
SPEC: dict[str, Any] = {
    "fields": [{"code": "meter", "kind": "meter", "titles": {"en": "Meter"}}],
    "documents": [{"code": "act", "titles": {"en": "Act"}, "required": True}],
    "term": {"amount": 5, "unit": "working_days"},
    "accept": {"amount": 15, "unit": "minutes"},
    "team": "metering",
    "notes": {"filed": {"en": "Look at the seal"}, "nonsense": {"en": "x"}},
}
RULE: dict[str, Any] = {
    "title": "Quiet meters",
    "what": "no_reading",
    "periods": "3",
    "who": {"status": ["active"], "flags_none": "do_not_call, legal", "balance_least": "100"},
    "then": {"team": "metering", "due_days": 5},
}


def test_a_kind_is_read_as_it_was_written() -> None:
    kind, defects = kinds.read("seal", 2, TITLES, SPEC)
    assert defects == ()
    assert kind is not None
    assert kind.term == Term(amount=5, unit=Unit.WORKING_DAYS)
    assert kind.notes == {Stage.FILED: {"en": "Look at the seal"}}
    assert kinds.read("seal", 2, TITLES, kinds.dump(kind)) == (kind, ())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"term": {"amount": -1, "unit": "minutes"}}, "form-term"),
        ({"term": {"amount": 1, "unit": "fortnights"}}, "form-term"),
        ({"term": 5}, "form-term"),
        ({"remind": 101}, "form-bad-limit"),
        ({"team": "No such!"}, "form-bad-code"),
        ({"since": "meter"}, "form-since"),
        ({"since": ["meter"]}, "form-since"),
        ({"documents": [{"code": "act"}]}, "form-document"),
        ({"documents": "act"}, "form-not-list"),
        ({"fields": [{}]}, "form-bad-code"),
    ],
)
def test_a_kind_that_makes_no_sense_is_told_where(change: dict[str, Any], code: str) -> None:
    kind, defects = kinds.read("seal", 1, TITLES, SPEC | change)
    assert kind is None
    assert [one.code for one in defects] == [code]


@pytest.mark.parametrize(("code", "titles", "spec"), [("Seal!", TITLES, {}), ("seal", {}, {}), ("seal", TITLES, [])])
def test_a_kind_needs_a_code_a_title_and_a_spec(code: str, titles: object, spec: object) -> None:
    kind, defects = kinds.read(code, 1, titles, spec)
    assert kind is None
    assert len(defects) == 1


FILED = datetime(2026, 11, 25, 6, tzinfo=UTC)  # 09:00 in Moscow
CALENDAR = WorkCalendar(time_zone="Europe/Moscow")


def test_the_house_speaks_up_before_at_and_after_a_deadline() -> None:
    kind = Kind(
        code="k",
        titles=TITLES,
        term=Term(amount=9, unit=Unit.WORKING_HOURS),
        accept=Term(amount=15, unit=Unit.MINUTES),
        remind=50,
    )
    planned = alarms(kind, CALENDAR, FILED, FILED + timedelta(hours=9))
    assert [(one.why, str(one.at - FILED)) for one in planned] == [
        ("accept", "0:15:00"),
        ("soon", "4:30:00"),
        ("due", "9:00:00"),
        ("late", "1 day, 4:00:00"),
    ]
    assert next_alarm(planned, FILED, accepted=False) == planned[0]
    assert next_alarm(planned, FILED, accepted=True) == planned[1]
    assert next_alarm(planned, FILED + timedelta(days=9), accepted=True) is None


def test_a_danger_is_the_supervisor_s_at_once() -> None:
    at_once = Term(amount=0, unit=Unit.MINUTES)
    kind = Kind(code="k", titles=TITLES, term=at_once, accept=at_once, escalate=at_once, remind=0)
    planned = alarms(kind, CALENDAR, FILED, FILED)
    assert [(one.why, one.at) for one in planned] == [("accept", FILED), ("due", FILED), ("late", FILED)]
    assert following(planned[2:], accepted=True) == Alarm(at=FILED, why="late")


def test_no_deadline_no_alarm() -> None:
    assert alarms(Kind(code="k", titles=TITLES), CALENDAR, FILED, None) == ()


RESULT: dict[str, Any] = {
    "titles": {"en": "Call back", "ru": "Перезвонить"},
    "group": "right_party",
    "flags": "RH",
    "needs": [{"code": "at", "kind": "moment", "titles": {"en": "At"}, "required": True}],
    "next": "call_back",
    "retry": {"after_minutes": 60, "tries": 3},
    "kpi": "contact",
}


def test_a_result_is_read_with_what_it_needs_and_what_follows() -> None:
    result, defects = results.read("CALLBACK", RESULT)
    assert defects == ()
    assert result is not None
    assert (result.flags, result.category, result.next) == ("HRD", "collections", Next.CALL_BACK)
    assert result.group is Group.RIGHT_PARTY
    at = "2026-11-30T09:30:00+03:00"
    assert follow_up({"at": at}, result.needs) == datetime.fromisoformat(at)
    assert follow_up({}, result.needs) is None


@pytest.mark.parametrize(
    ("code", "change", "defect"),
    [
        ("callback", {}, "result-bad-code"),
        ("X1", {"titles": {}}, "form-no-title"),
        ("X1", {"flags": "HH"}, "result-flags"),
        ("X1", {"flags": "Z"}, "result-flags"),
        ("X1", {"group": "nobody"}, "form-bad-kind"),
        ("X1", {"next": "nothing_known"}, "form-bad-kind"),
        ("X1", {"kpi": "luck"}, "form-bad-kind"),
        ("X1", {"role": "root"}, "form-bad-kind"),
        ("X1", {"retry": {"after_minutes": 0, "tries": 3}}, "result-retry"),
        ("X1", {"retry": "often"}, "result-retry"),
        ("X1", {"needs": [{"code": "a", "kind": "b", "titles": "c"}]}, "form-bad-kind"),
    ],
)
def test_a_result_that_makes_no_sense_is_told_where(code: str, change: dict[str, Any], defect: str) -> None:
    result, defects = results.read(code, RESULT | change)
    assert result is None
    assert [one.code for one in defects] == [defect]


def test_a_try_follows_a_try_until_there_were_enough() -> None:
    retry = Retry(after_minutes=60, tries=2)
    assert next_try(retry, 1, FILED) == FILED + timedelta(hours=1)
    assert next_try(retry, 2, FILED) is None
    assert next_try(None, 0, FILED) is None


def test_a_rule_is_read_as_it_was_written() -> None:
    rule, defects = signals.read(RULE)
    assert defects == ()
    assert rule is not None
    assert rule.who.flags_none == ("do_not_call", "legal")
    assert signals.read(signals.dump(rule)) == (rule, ())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": " "}, "form-no-title"),
        ({"what": "luck"}, "form-bad-kind"),
        ({"periods": 0}, "form-bad-limit"),
        ({"percent": 101}, "form-bad-limit"),
        ({"limit": 10**9}, "form-bad-limit"),
        ({"who": {"status": ["asleep"]}}, "form-bad-kind"),
        ({"who": {"kind": "robot"}}, "form-bad-kind"),
        ({"who": {"flags_any": ["x; drop table"]}}, "rule-flag"),
        ({"who": {"balance_least": "NaN"}}, "form-bad-limit"),
        ({"who": {"segment": 0}}, "form-bad-limit"),
        ({"who": {"segment": "x'"}}, "form-bad-limit"),
        ({"then": {"team": "x", "set_flag": "life_support"}}, "rule-protected"),
        ({"who": {"flags_any": ["honey"]}}, "rule-protected"),
        ({"who": {"customer": ["rich"]}}, "form-bad-kind"),
        ({"then": {"team": "x", "turn": "deceased"}}, "form-bad-kind"),
        ({"then": {"team": "x", "drop_flag": "do_not_call"}}, "rule-protected"),
        ({"then": {"task": False}}, "rule-does-nothing"),
        ({"then": {"team": "x", "owner_id": -1}}, "form-bad-limit"),
        ({"then": {}}, "rule-no-owner"),
        ({"then": {"owner_id": 1, "share": True}}, "rule-no-owner"),
        ({"then": {"team": "?"}}, "form-bad-code"),
    ],
)
def test_a_rule_that_makes_no_sense_is_told_where(change: dict[str, Any], code: str) -> None:
    rule, defects = signals.read(RULE | change)
    assert rule is None
    assert [one.code for one in defects] == [code]


def test_only_whole_months_are_compared() -> None:
    rule, _ = signals.read(RULE | {"what": What.CONSUMPTION_DOWN.value})
    assert rule is not None
    months = window(rule, date(2026, 11, 29))
    assert (months.since, months.until) == (date(2026, 8, 1), date(2026, 11, 1))
    assert (months.before_since, months.before_until) == (date(2026, 5, 1), date(2026, 8, 1))
    year, _ = signals.read(RULE | {"what": "consumption_down", "against": "year"})
    assert year is not None
    assert window(year, date(2026, 11, 29)).before_since == date(2025, 8, 1)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(list(Every)))
def test_a_period_begins_on_a_first_and_holds_its_day(day: date, every: Every) -> None:
    begins = period(day, every)
    assert begins <= day
    assert begins.day == 1
    assert period(begins, every) == begins
    assert (day.year - begins.year) * 12 + day.month - begins.month < (1 if every is Every.MONTH else 3)
