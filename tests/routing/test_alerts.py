"""Alerts of the floor: raised late, cleared later, never flickering; and looked at again exactly when it matters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.store.troubles import Troubles
from routing.alerts import LIMITS, SHOWN, TRANSITIONS, Alert, Judged, Key, Kind, Limit, Reading, Stage, judge
from telephony import lives
from telephony.events import CallId, LinkLost
from telephony.health import ContactChanged
from tests.routing.house import MAIN, House

pytestmark = pytest.mark.unit
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEVEL = Limit(raise_at=0.6, clear_at=0.7, hold=timedelta(seconds=60), calm=timedelta(seconds=30))


class Watched:
    """One figure, looked at as time passes."""

    def __init__(self, kind: Kind = Kind.SERVICE_LEVEL, limit: Limit = LEVEL) -> None:
        self.kind, self.limit = kind, limit
        self.now = NOON
        self.alerts: dict[Key, Alert] = {}

    def at(self, seconds: float, value: float | None, *, grows: bool = False) -> Judged:
        self.now = NOON + timedelta(seconds=seconds)
        figures = [] if value is None else [Reading(kind=self.kind, subject="main", value=value, grows=grows)]
        judged = judge(self.alerts, figures, self.now, {self.kind: self.limit})
        self.alerts = dict(judged.alerts)
        return judged


def test_the_diagram_is_the_table() -> None:
    table: dict[tuple[StrEnum, StrEnum], StrEnum] = {(one, by): after for (one, by), after in TRANSITIONS.items()}
    page = lives.page("The life of an alert", "routing/alerts.py", table, Stage.QUIET)
    assert Path("docs/lives/alert.md").read_text("utf-8") == page


def test_every_kind_has_limits_and_room_between_them() -> None:
    assert LIMITS.keys() == set(Kind)
    assert all(one.raise_at != one.clear_at for one in LIMITS.values())


def test_a_figure_is_news_when_it_has_stayed_beyond_its_limit() -> None:
    watched = Watched()
    first = watched.at(0, 0.5)
    assert (first.raised, first.again_at) == ((), NOON + timedelta(seconds=60))
    assert watched.at(59, 0.5).raised == ()
    raised = watched.at(60, 0.5).raised
    assert [(one.kind, one.subject, one.value, one.raised_at) for one in raised] == [
        (Kind.SERVICE_LEVEL, "main", 0.5, NOON + timedelta(seconds=60))
    ]


def test_one_that_returns_in_time_was_nothing() -> None:
    watched = Watched()
    watched.at(0, 0.5)
    assert watched.at(30, 0.75).again_at is None
    assert watched.alerts == {}


def test_between_the_limits_nothing_changes_in_either_direction() -> None:
    watched = Watched()
    watched.at(0, 0.65)
    assert watched.alerts == {}
    watched.at(1, 0.5)
    watched.at(61, 0.5)
    for second in range(62, 400):
        judged = watched.at(second, 0.65)
        assert (judged.raised, judged.cleared) == ((), ())
    assert [one.stage for one in watched.alerts.values()] == [Stage.RAISED]


def test_it_is_over_when_the_figure_has_been_well_back_for_a_while() -> None:
    watched = Watched()
    watched.at(0, 0.5)
    watched.at(60, 0.4)
    watched.at(100, 0.8)
    assert watched.at(129, 0.8).cleared == ()
    assert watched.at(130, 0.8).cleared[0].subject == "main"
    assert watched.alerts == {}


def test_a_relapse_is_the_same_alert() -> None:
    watched = Watched()
    watched.at(0, 0.5)
    watched.at(60, 0.5)
    watched.at(70, 0.8)
    assert watched.at(80, 0.3).raised == ()
    (alert,) = watched.alerts.values()
    assert (alert.stage, alert.raised_at, alert.value) == (Stage.RAISED, NOON + timedelta(seconds=60), 0.3)


def test_who_waits_no_more_is_well_back() -> None:
    watched = Watched(Kind.LONGEST_WAIT, LIMITS[Kind.LONGEST_WAIT])
    assert watched.at(0, 100, grows=True).again_at == NOON + timedelta(seconds=20)
    assert len(watched.at(20, 120, grows=True).raised) == 1
    assert watched.at(25, None).cleared == ()
    assert len(watched.at(35, None).cleared) == 1


def test_a_trunk_that_goes_is_shown_at_once_and_alarming_after_a_while() -> None:
    house = House()
    house.hear(ContactChanged(node=MAIN, endpoint="trunk-beeline", status="Reachable", rtt_us=900))
    assert [(one.trunk, one.up) for one in house.supervisors.trunks] == [("beeline", True)]
    house.hear(ContactChanged(node=MAIN, endpoint="trunk-beeline", status="Unreachable", rtt_us=0))
    assert [(one.trunk, one.up) for one in house.supervisors.trunks] == [("beeline", False)]
    assert house.supervisors.alerts == ()
    house.wait(12)
    assert [(one.kind, one.subject) for one in house.supervisors.alerts] == [("trunk", "main/beeline")]
    house.hear(ContactChanged(node=MAIN, endpoint="trunk-beeline", status="Reachable", rtt_us=900))
    house.wait(12)
    assert house.supervisors.alerts == ()
    house.hear(LinkLost(node=MAIN, reason="test"))
    assert [(one.trunk, one.up) for one in house.supervisors.trunks] == [("beeline", None)]


def test_somebody_who_waits_for_long_is_told_to_supervisors_and_over_when_he_is_served() -> None:
    house = House()
    house.caller(1)
    house.wait(119)
    assert house.supervisors.alerts == ()
    house.wait(3)
    assert [(one.kind, one.subject) for one in house.supervisors.alerts] == [("longest_wait", "main")]
    house.operator(101)
    house.join(CallId("main-1"), house.ring(house.originates()[-1]))
    house.wait(12)
    assert house.supervisors.alerts == ()


@given(st.lists(st.tuples(st.floats(0.1, 40), st.one_of(st.none(), st.floats(0, 1))), max_size=60))
def test_raised_and_cleared_alternate_and_not_too_soon(
    steps: Iterable[tuple[float, float | None]],
) -> None:
    watched = Watched()
    seconds, last, changed = 0.0, "cleared", -1000.0
    for pause, value in steps:
        seconds += pause
        judged = watched.at(seconds, value)
        for what in ["raised"] * len(judged.raised) + ["cleared"] * len(judged.cleared):
            assert what != last
            assert what == "raised" or seconds - changed >= LEVEL.calm.total_seconds()
            last, changed = what, seconds
        assert (last == "raised") == any(one.stage in SHOWN for one in watched.alerts.values())


def test_what_went_wrong_beside_the_line_alarms_until_it_was_looked_at() -> None:
    house = House()
    house._take(house.floor.mind(Troubles(recordings=2, imports=1), house.now))
    house.wait(2)
    assert [(one.kind, one.subject) for one in house.supervisors.alerts] == [("import", ""), ("recording", "")]
    house._take(house.floor.mind(Troubles(recordings=1), house.now))
    house.wait(2)
    assert [one.kind for one in house.supervisors.alerts] == ["recording"]
    house._take(house.floor.mind(Troubles(), house.now))
    house.wait(2)
    assert house.supervisors.alerts == ()
