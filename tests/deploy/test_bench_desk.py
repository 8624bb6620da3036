"""`busbar bench desk` runs to its end, and holds what no busy machine excuses: requests, weight, memory, axe, keys."""

from __future__ import annotations

import pytest

from crm_core.settings import Settings
from deploy.bench import desk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
TIMED = {"ringing to painted card, p95", "key to painted panel, p95"}
"""What depends on the machine and on what else it does; the bench itself judges them."""


def test_a_short_day_at_the_desk_runs_to_its_end_and_keeps_its_promises(settings: Settings) -> None:
    figures = {one.name: one for one in desk.run(settings, calls=40, operators=10, subscribers=5_000)}
    assert figures["calls in one tab"].value == 40
    assert figures["subscribers in the base"].value >= 5_000
    assert {name for name, one in figures.items() if one.held is not None} >= TIMED
    assert [one for name, one in figures.items() if one.held is False and name not in TIMED] == []
