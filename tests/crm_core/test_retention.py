"""How long what is kept, and the life of an erasure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm_core.erasure import TRANSITIONS, Move, State, is_second_person, moved, pseudonym, telling
from crm_core.retention import KINDS, Rule, before, too_short

pytestmark = pytest.mark.unit
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_nothing_goes_sooner_than_the_least_whatever_the_rule_says() -> None:
    assert before(Rule(kind="access_log", days=5, enabled=True), NOW) == NOW - timedelta(days=366)
    assert before(Rule(kind="access_log", days=800, enabled=True), NOW) == NOW - timedelta(days=800)
    assert too_short(KINDS["access_log"], 365)


def test_a_rule_that_is_off_lets_nothing_go() -> None:
    assert before(Rule(kind="sessions", days=5, enabled=False), NOW) is None


def test_the_audit_is_kept_a_year_at_least() -> None:
    assert KINDS["access_log"].least_days >= 366
    assert KINDS["alerts"].least_days >= 366


@pytest.mark.parametrize(
    ("state", "move", "leads_to"),
    [
        (State.ASKED, Move.APPROVE, State.APPROVED),
        (State.ASKED, Move.FINISH, None),
        (State.APPROVED, Move.FINISH, State.DONE),
        (State.APPROVED, Move.REFUSE, None),
        (State.APPROVED, Move.HOLD, State.HELD),
        (State.HELD, Move.APPROVE, State.APPROVED),
        (State.DONE, Move.APPROVE, None),
        (State.REFUSED, Move.APPROVE, None),
    ],
)
def test_nothing_is_erased_that_nobody_approved(state: State, move: Move, leads_to: State | None) -> None:
    assert moved(state, move) is leads_to


def test_every_erasure_can_end_and_what_is_done_stays_done() -> None:
    for state in State:
        ways = [to for (came, _), to in TRANSITIONS.items() if came is state]
        assert bool(ways) is (state not in {State.DONE, State.REFUSED})


def test_who_asked_never_decides() -> None:
    assert is_second_person(1, 2)
    assert not is_second_person(1, 1)


def test_values_that_tell_who_it_is_are_looked_for_in_every_spelling() -> None:
    assert telling(["+79123456789", "", "12", "i@example.org"]) == ("+79123456789", "9123456789", "i@example.org")
    assert pseudonym(17) == "Erased 17"
