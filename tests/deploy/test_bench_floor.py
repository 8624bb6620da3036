"""The bench of the floor, with a few pages and desks."""

from __future__ import annotations

import asyncio

import pytest

from crm_core import db as way
from crm_core.settings import Settings
from deploy.bench import floor
from deploy.bench.pop import BenchFailed
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration


async def fill(url: str) -> None:
    pools = way.open_pools(url, name="test", size=1)
    try:
        base = Base(pools)
        for number in range(3):
            await base.subscriber(f"Anna {number}", f"+7916123456{number}", f"Tver, Lenin Street {number}")
    finally:
        await pools.dispose()


def test_every_page_hears_every_call_that_waits_and_rings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(fill(settings.database_url))
    monkeypatch.setattr(floor, "WARM_UP_SECONDS", 1.0)
    figures = {one.name: one for one in floor.run(settings, supervisors=20, operators=20, events=10, seconds=3)}
    for number in (2, 20):
        assert figures[f"{number} supervisors: frames that did not come"].value == 0
        assert 0 < figures[f"{number} supervisors: event to frame, p99"].value < float("inf")
        assert figures[f"{number} supervisors: frames a page"].value > 5
        assert figures[f"{number} supervisors: web"].value > 0


def test_too_few_operators_are_refused_before_anything_starts(settings: Settings) -> None:
    with pytest.raises(BenchFailed, match="operators are needed"):
        floor.run(settings, supervisors=2, operators=20, events=20, seconds=20)
