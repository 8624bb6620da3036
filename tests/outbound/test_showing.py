"""What supervisors see of a campaign: counted from what its turn went by, told no faster than people read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outbound import dialler, showing
from outbound.pace import Placing
from outbound.terms import Mode
from routing.dials import Progress
from routing.views import CampaignView
from tests.outbound.test_dialler import NOW, campaign, floor, going, seat

pytestmark = pytest.mark.unit


def shown(mode: Mode = Mode.PREDICTIVE, **why: object) -> CampaignView:
    calls = (
        going(1), going(2, Progress.PLACED), going(3, Progress.REACHED), going(4, Progress.TALKING),
        going(5, campaign_id=8),
    )  # fmt: skip
    one, at = campaign(mode=mode), floor(seat(1), seat(2), calls=calls)
    serves = dialler.staff(at.seats, [one])
    lot = dialler.lot(one, at, serves, 1, 5, NOW)
    return showing.view(one, at, serves, lot, Placing(calls=0, why={"code": "pace", **why}))


def test_calls_are_counted_by_how_far_they_are_and_only_those_of_the_campaign() -> None:
    one = shown()
    assert (one.operators, one.idle, one.ringing, one.waiting, one.talking) == (2, 1, 2, 1, 1)
    assert (one.why, one.answered, one.abandoned) == ("pace", None, None)


def test_the_cap_is_shown_with_what_counts_against_it() -> None:
    one = shown(grounds={"answered": 50, "abandoned": 1})
    assert (one.answered, one.abandoned) == (50, 1)
    assert one.cap > 0
    assert shown(Mode.PROGRESSIVE).cap == 0, "whom nobody may be abandoned by has no cap to use up"


def test_a_beginning_and_an_end_are_told_at_once_and_figures_once_a_second() -> None:
    one = shown()
    other = one.model_copy(update={"ringing": 9})
    assert showing.is_news([], [one], None, NOW)
    assert showing.is_news([one], [], NOW, NOW)
    assert not showing.is_news([one], [one], NOW - timedelta(hours=1), NOW)
    assert not showing.is_news([one], [other], NOW - timedelta(seconds=0.5), NOW)
    assert showing.is_news([one], [other], NOW - timedelta(seconds=1), NOW)
