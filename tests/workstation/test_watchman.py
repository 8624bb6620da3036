"""The watchman: what he does each second, and what once a day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_core import clock, guard_jobs, journal
from crm_core.db import reading, transaction
from crm_core.settings import Settings
from crm_core.store import access_log, chain, jobs
from tests.workstation.house import House
from workstation.watchman import Watchman

pytestmark = pytest.mark.integration


@pytest.fixture
def mine(house: House, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings whose anchors lie where this test alone sees them."""
    place = tmp_path_factory.mktemp("anchors") / "file"
    return house.settings.model_copy(update={"audit_anchors": str(place)})


async def test_what_was_written_is_sealed_a_moment_later(house: House, mine: Settings) -> None:
    watchman = Watchman(mine, house.parts.engine)
    async with transaction(house.parts.engine) as db:
        await access_log.record(db, None, "search", "Ivanov")
    await watchman.tick()
    verdict = await chain.verify(house.parts.engine)
    assert (verdict.broken, verdict.unsealed) == (None, 0)


async def test_once_a_day_the_chain_is_anchored_and_retention_asked_for(house: House, mine: Settings) -> None:
    one, other = (Watchman(mine, house.parts.engine) for _ in range(2))
    async with transaction(house.parts.engine) as db:
        await access_log.record(db, None, "search", "Ivanov")
    await one.daily()
    await other.daily()
    place = journal.anchors_file(mine)
    assert len(place.read_text().splitlines()) == 1
    assert (place.stat().st_mode & 0o077) == 0
    last = journal.last_anchor(place)
    assert last is not None
    assert clock.now() - last < timedelta(minutes=1)
    assert (await chain.verify(house.parts.engine, anchors=journal.anchors(place))).broken is None
    async with reading(house.parts.engine) as db:
        asked = await jobs.listing(db, kind=guard_jobs.RETENTION)
    assert len(asked) == 1, "the house's own watchman and these two ask once"


async def test_a_valkey_that_is_away_costs_nothing(house: House, mine: Settings) -> None:
    await Watchman(mine.model_copy(update={"redis_url": "unix:///nonexistent/valkey"}), house.parts.engine).daily()
    async with reading(house.parts.engine) as db:
        assert await jobs.listing(db, kind=guard_jobs.RETENTION)
