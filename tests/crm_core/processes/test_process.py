"""A process: what it can say, what is wrong with one, who may go which way, when somebody is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_core.access import Role
from crm_core.processes import suggestions
from crm_core.processes.checking import Fault, Known, check
from crm_core.processes.process import Moment, Owner, OwnerKind, Whom, dump, read
from crm_core.processes.running import (
    Bell,
    Colleague,
    Held,
    assigned,
    barred,
    bell,
    deadline,
    lacking,
    open_ways,
)
from crm_core.processes.suggestions import SuggestionState, SuggestionStep, decide, runs
from crm_core.work import kinds
from crm_core.work.lives import Barred, Mover, Stage
from crm_core.work.sla import WorkCalendar
from telephony import lives
from tests.crm_core.processes.steps import data, made

pytestmark = pytest.mark.unit
FORM = [
    {"code": "amount", "kind": "amount", "titles": {"en": "Amount"}},
    {"code": "about", "kind": "choice", "titles": {"en": "About"}, "required": True, "options": ["bill", "visit"]},
    {"code": "urgent", "kind": "flag", "titles": {"en": "Urgent"}},
    {"code": "paid_on", "kind": "date", "titles": {"en": "Paid on"}},
]
OLGA, IRINA = Mover(user_id=1, role=Role.OPERATOR), Mover(user_id=3, role=Role.SUPERVISOR)
NOW = datetime(2026, 11, 25, 7, tzinfo=UTC)  # Wednesday, 10:00 in Moscow
CALENDAR = WorkCalendar(time_zone="Europe/Moscow")
HOUR = timedelta(hours=1)


def known() -> Known:
    papers = [{"code": "receipt", "titles": {"en": "Receipt"}}]
    kind, defects = kinds.read("refund", 1, {"en": "Refund"}, {"fields": FORM, "documents": papers})
    assert kind is not None, defects
    return Known(kind=kind, teams=["billing"], people=[7])


def faults(**changes: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one.fault.value, one.step, one.detail) for one in check(made(**changes), known())]


def way(to: str, field: str, op: str, *values: str) -> dict[str, Any]:
    return {"to": to, "when": "if", "condition": {"field": field, "op": op, "values": list(values)}}


def test_a_process_is_written_as_it_is_read() -> None:
    one = made(desk={"message": {"channel": "sms", "texts": {"en": "{number} is done", "ru": "{number} готово"}}})
    assert read(dump(one)) == (one, ())
    assert one.first.code == "check"
    assert one.first.told == {
        (Moment.SOON, Whom.OWNER), (Moment.LATE, Whom.OWNER), (Moment.LATE, Whom.LEAD),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"check": {"code": "Check!"}}, "form-bad-code"),
        ({"check": {"code": "end"}}, "form-bad-code"),
        ({"check": {"code": "desk"}}, "process-code-twice"),
        ({"check": {"titles": {"ru": "Проверка"}}}, "form-no-title"),
        ({"check": {"owner": {"kind": "team"}}}, "process-owner"),
        ({"check": {"owner": {"kind": "moon"}}}, "process-owner"),
        ({"check": {"limit": {"amount": -1, "unit": "minutes"}}}, "form-term"),
        ({"check": {"remind": 101}}, "form-bad-limit"),
        ({"check": {"ways": [way("boss", "amount", "!", "1")]}}, "process-condition"),
        ({"check": {"ways": [way("boss", "amount", ">", "1", "2")]}}, "process-condition"),
        ({"check": {"ways": [{"to": "desk"}] * 9}}, "process-too-many-ways"),
        ({"check": {"message": {"channel": "pigeon", "texts": {"en": "Coo"}}}}, "process-message"),
        ({"check": {"message": {"channel": "sms", "texts": {"ru": "Да"}}}}, "process-message"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_code(wrong: dict[str, Any], code: str) -> None:
    found, defects = read(data(**wrong))
    assert (found, [one.code for one in defects]) == (None, [code])


@pytest.mark.parametrize("nothing", [None, [], {"steps": []}, {"steps": "many"}, {"steps": [{}] * 21}])
def test_a_process_without_steps_is_none(nothing: object) -> None:
    assert read(nothing)[1][0].code == "process-no-steps"


def test_a_process_that_can_run_has_nothing_against_it() -> None:
    assert faults() == []
    whole = {"ways": [way("boss", "about", "in", "bill"), way("desk", "about", "=", "visit")]}
    assert faults(check=whole) == [], "the two name every option of a choice that is always filled in"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"desk": {"last": False}}, ("dead_end", "desk", "")),
        ({"check": {"ways": [{"to": "desk"}]}}, ("unreachable", "boss", "")),
        ({"boss": {"ways": [{"to": "moon"}, {"to": "desk"}]}}, ("no_such_step", "boss", "moon")),
        ({"boss": {"ways": [{"to": "check"}, {"to": "boss"}]}}, ("to_itself", "boss", "")),
        ({"boss": {"ways": [{"to": "check", "when": "else"}]}}, ("idle_else", "boss", "")),
        ({"check": {"owner": {"kind": "team", "name": "moon"}}}, ("no_such_owner", "check", "moon")),
        ({"boss": {"owner": {"kind": "role", "name": "auditor"}}}, ("no_such_owner", "boss", "auditor")),
        ({"boss": {"owner": {"kind": "person", "name": "8"}}}, ("no_such_owner", "boss", "8")),
        ({"check": {"needs": ["iban"]}}, ("no_such_field", "check", "iban")),
        ({"check": {"papers": ["oath"]}}, ("no_such_paper", "check", "oath")),
        ({"check": {"ways": [way("boss", "amount", ">", "1"), way("desk", "amount", "<", "1")]}},
         ("may_stick", "check", "")),
        ({"check": {"ways": [way("boss", "iban", "=", "1"), {"to": "desk"}]}}, ("no_such_field", "check", "iban")),
        ({"check": {"ways": [way("boss", "about", "<", "bill"), {"to": "desk"}]}},
         ("not_comparable", "check", "about")),
        ({"check": {"ways": [way("boss", "about", "=", "rain"), {"to": "desk"}]}}, ("not_a_value", "check", "rain")),
        ({"check": {"ways": [way("boss", "amount", "=", "much"), {"to": "desk"}]}}, ("not_a_value", "check", "much")),
        ({"check": {"ways": [way("boss", "urgent", "=", "so so"), {"to": "desk"}]}},
         ("not_a_value", "check", "so so")),
        ({"check": {"ways": [way("boss", "paid_on", "<", "1.1.26"), {"to": "desk"}]}},
         ("not_a_value", "check", "1.1.26")),
    ],
)  # fmt: skip
def test_what_speaks_against_a_process_is_found(change: dict[str, Any], fault: tuple[str, str, str]) -> None:
    assert fault in faults(**change)


def test_steps_that_only_go_round_have_no_exit() -> None:
    found = faults(check={"ways": [{"to": "boss"}]}, boss={"ways": [{"to": "check"}]})
    assert [one for one in found if one[0] == Fault.NO_EXIT] == [("no_exit", "check", ""), ("no_exit", "boss", "")]


@pytest.mark.parametrize(
    ("form", "to"),
    [
        ({"amount": "1000.01"}, ["boss"]),
        ({"amount": "1000.00"}, ["desk"]),
        ({"amount": "999"}, ["desk"]),
        ({}, ["desk"]),
    ],
)
def test_the_form_decides_the_way_and_numbers_are_numbers(form: dict[str, str], to: list[str]) -> None:
    assert [one.to for one in open_ways(made().first, form)] == to


@pytest.mark.parametrize(
    ("field", "op", "values", "form", "is_open"),
    [
        ("about", "in", ("bill", "visit"), {"about": "visit"}, True),
        ("about", "=", ("bill",), {"about": "visit"}, False),
        ("urgent", "=", ("yes",), {"urgent": True}, True),
        ("urgent", "=", ("yes",), {"urgent": False}, False),
        ("paid_on", "<", ("2026-12-01",), {"paid_on": "2026-11-30"}, True),
        ("amount", "=", ("5",), {"amount": "5.00"}, True),
    ],
)
def test_a_condition_holds_or_does_not(
    field: str, op: str, values: tuple[str, ...], form: dict[str, str | bool], is_open: bool
) -> None:
    step = made(check={"ways": [way("boss", field, op, *values), {"to": "desk", "when": "else"}]}).first
    assert [one.to for one in open_ways(step, form)] == (["boss"] if is_open else ["desk"])


def test_who_has_it_or_leads_goes_on_and_a_role_s_step_is_the_role_s() -> None:
    mine, theirs, nobodys = Held(owner_id=1), Held(owner_id=2), Held(owner_id=None, team="billing")
    approval = Held(owner_id=1, team="billing", role="supervisor")
    assert barred(Stage.IN_WORK, mine, OLGA, []) is None
    assert barred(Stage.IN_WORK, theirs, OLGA, []) == Barred("step-not-yours")
    assert barred(Stage.IN_WORK, nobodys, OLGA, ["billing"]) is None
    assert barred(Stage.IN_WORK, nobodys, OLGA, ["quality"]) == Barred("process-not-your-team")
    assert barred(Stage.IN_WORK, approval, OLGA, ["billing"]) == Barred("process-not-your-role")
    assert all(barred(Stage.IN_WORK, one, IRINA, []) is None for one in (mine, theirs, nobodys, approval))
    for stage in (Stage.WAITING, Stage.DONE, Stage.REFUSED):
        assert barred(stage, mine, IRINA, []) == Barred("step-not-now")
    auditor = Mover(user_id=9, role=Role.AUDITOR)
    assert barred(Stage.IN_WORK, Held(owner_id=None), auditor, []) == Barred("step-not-yours")


def test_a_step_is_not_left_before_it_has_what_it_needs() -> None:
    step = made(check={"papers": ["receipt"]}).first
    assert lacking(step, {}, ["receipt"]) == Barred("process-fields-missing")
    assert lacking(step, {"amount": "5"}, []) == Barred("documents-missing")
    assert lacking(step, {"amount": "5"}, ["receipt"]) is None


@pytest.mark.parametrize(
    ("owner", "held", "after"),
    [
        (Owner(), Held(owner_id=5, team="x"), Held(owner_id=5, team="x")),
        (Owner(kind=OwnerKind.TEAM, name="billing"), Held(owner_id=1), Held(owner_id=1, team="billing")),
        (Owner(kind=OwnerKind.TEAM, name="billing"), Held(owner_id=2), Held(owner_id=None, team="billing")),
        (Owner(kind=OwnerKind.ROLE, name="supervisor"), Held(owner_id=1, team="x"),
         Held(owner_id=None, team="x", role="supervisor")),
        (Owner(kind=OwnerKind.ROLE, name="operator"), Held(owner_id=1), Held(owner_id=1, role="operator")),
        (Owner(kind=OwnerKind.FILER), Held(owner_id=1), Held(owner_id=2)),
        (Owner(kind=OwnerKind.PERSON, name="1"), Held(owner_id=None), Held(owner_id=1)),
        (Owner(kind=OwnerKind.PERSON, name="6"), Held(owner_id=1), Held(owner_id=None)),
    ],
)  # fmt: skip
def test_a_step_goes_to_whose_it_is(owner: Owner, held: Held, after: Held) -> None:
    people = {
        1: Colleague(role="operator", teams=frozenset({"billing"})),
        2: Colleague(role="operator", teams=frozenset()),
    }
    assert assigned(owner, held, 2, people) == after


def test_what_the_ivr_filed_goes_to_nobody_where_the_filer_is_asked_for() -> None:
    assert assigned(Owner(kind=OwnerKind.FILER), Held(owner_id=1), None, {}) == Held(owner_id=None)


def test_the_house_speaks_up_near_the_limit_and_at_it() -> None:
    step = made().first
    until = deadline(step, CALENDAR, NOW)
    assert until == NOW + 2 * HOUR
    soon = bell(step, CALENDAR, NOW, until, NOW)
    assert soon == Bell(at=NOW + 2 * HOUR * 0.8, why=Moment.SOON)
    assert bell(step, CALENDAR, NOW, until, NOW + 1.9 * HOUR) == Bell(at=until, why=Moment.LATE)
    assert bell(step, CALENDAR, NOW, until, until + HOUR) is None
    quiet = made(check={"tell": []}).first
    assert bell(quiet, CALENDAR, NOW, until, NOW) == Bell(at=until, why=Moment.LATE), "lateness is always told"
    endless = made().steps[1]
    assert deadline(endless, CALENDAR, NOW) is None
    assert bell(endless, CALENDAR, NOW, None, NOW) is None


def test_a_suggestion_is_decided_by_who_runs_the_process_and_taken_back_by_who_put_it() -> None:
    table, state = suggestions.TRANSITIONS, SuggestionState.OPEN
    taken = decide(state, SuggestionStep.ACCEPT, mine=False, runs_it=True, said="")
    assert taken is SuggestionState.ACCEPTED
    assert decide(taken, SuggestionStep.TAKE_UP, mine=False, runs_it=True, said="") is SuggestionState.TAKEN_UP
    for step, mine, runs_it, said, code in (
        (SuggestionStep.ACCEPT, True, False, "", "process-not-yours"),
        (SuggestionStep.WITHDRAW, False, True, "", "process-not-yours"),
        (SuggestionStep.DECLINE, False, True, " ", "reason-missing"),
        (SuggestionStep.TAKE_UP, False, True, "", "suggestion-out-of-turn"),
    ):
        assert decide(state, step, mine=mine, runs_it=runs_it, said=said) == Barred(code)
    assert runs(Mover(user_id=5, role=Role.MANAGER), [])
    assert runs(OLGA, [1])
    assert not runs(IRINA, [1])
    path = Path(__file__).resolve().parents[3] / "docs" / "lives" / "suggestion.md"
    drawn = lives.page(
        "The life of a suggestion", "crm_core/processes/suggestions.py",
        {(before, by): after for (before, by), after in table.items()}, SuggestionState.OPEN,
    )  # fmt: skip
    assert path.read_text("utf-8") == drawn
