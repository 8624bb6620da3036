"""Flows by version: what is published is served to the next call, and what cannot be served to none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import db as database
from crm_core import outbox
from crm_core.errors import FlowOutOfTurn, NoSuchFlow
from crm_core.flowlife import TRANSITIONS, FlowState, FlowStep, publishing
from crm_core.settings import ROOT, Settings
from crm_core.store import flows
from crm_core.store.flows import Draft, Passage, Text, Walk
from ivr import shelf
from ivr.shelf import Served, Shelf
from telephony.lives import page
from tests.ivr.people import BOOKS

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SHORT = """
name: main
start: bye
operator: operator
steps:
  bye: {hang_up: goodbye}
  operator: {transfer: to_operator}
"""


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """An empty base."""
    engine = database.open_pools(settings.database_url)
    yield engine
    await engine.dispose()


async def kept(engine: AsyncEngine, body: str = SHORT, note: str = "") -> int:
    async with database.transaction(engine) as db:
        return await flows.keep(db, Draft(name="main", body=body, note=note), None)


async def publish(engine: AsyncEngine, key: int, instead_of: int | None) -> FlowStep:
    async with database.transaction(engine) as db:
        return await flows.publish(db, key, None, NOW, instead_of=instead_of)


async def states(engine: AsyncEngine) -> list[tuple[int, str]]:
    async with database.reading(engine) as db:
        return [(one.version, one.state.value) for one in await flows.versions(db, "main")]


@pytest.mark.unit
@given(st.lists(st.sampled_from(FlowStep), max_size=8))
def test_no_way_through_its_life_makes_a_draft_of_what_was_served(steps: list[FlowStep]) -> None:
    state, served = FlowState.DRAFT, False
    for step in steps:
        state = TRANSITIONS.get((state, step), state)
        served = served or state is FlowState.PUBLISHED
        assert not (served and state is FlowState.DRAFT)
    assert publishing(FlowState.PUBLISHED) is None


@pytest.mark.unit
def test_the_pages_of_lives_are_drawn_from_their_tables() -> None:
    drawn = page("The life of a flow's version", "crm_core/flowlife.py", dict(TRANSITIONS), FlowState.DRAFT)
    assert (ROOT / "docs" / "lives" / "flow.md").read_text("utf-8") == drawn
    title, source = "The life of a message that waits to be sent", "crm_core/outbox.py"
    drawn = page(title, source, dict(outbox.TRANSITIONS), outbox.Sending.WAITING)
    assert (ROOT / "docs" / "lives" / "outbox.md").read_text("utf-8") == drawn


@pytest.mark.integration
async def test_versions_are_published_one_at_a_time_and_rolled_back(engine: AsyncEngine) -> None:
    await shelf.ship(engine)
    await shelf.ship(engine)
    assert await states(engine) == [(1, "published")]
    second = await kept(engine)
    assert await states(engine) == [(2, "draft"), (1, "published")]
    assert await publish(engine, second, 1) is FlowStep.PUBLISH
    third = await kept(engine)
    with pytest.raises(FlowOutOfTurn):
        await publish(engine, third, 1)
    with pytest.raises(FlowOutOfTurn):
        await publish(engine, second, second)
    with pytest.raises(NoSuchFlow):
        await publish(engine, 99, second)
    assert await publish(engine, 1, second) is FlowStep.ROLL_BACK
    async with database.transaction(engine) as db:
        await flows.discard(db, third, None)
    assert await states(engine) == [(3, "retired"), (2, "retired"), (1, "published")]
    async with database.transaction(engine) as db:
        assert await flows.ship(db, "main", SHORT + "# newer\n", NOW), "a newer release brings a newer flow"
    assert (await states(engine))[0] == (4, "published")


@pytest.mark.integration
async def test_a_utilitys_own_flow_outlives_an_update(engine: AsyncEngine) -> None:
    await shelf.ship(engine)
    own = await kept(engine)
    await publish(engine, own, 1)
    async with database.transaction(engine) as db:
        await flows.ship(db, "main", SHORT + "# newer\n", NOW)
    assert await states(engine) == [(3, "draft"), (2, "published"), (1, "retired")]


async def read(engine: AsyncEngine, desk: Shelf) -> Served:
    """What a caller is served once the base told that something was published."""
    async with database.reading(engine) as db:
        await desk.read(db)
    return desk.served


@pytest.mark.integration
async def test_the_next_call_is_served_what_is_published_and_a_broken_one_never(engine: AsyncEngine) -> None:
    desk = Shelf(BOOKS, pinned=False)
    assert (await read(engine, desk)).version_id is None, "nothing is on record: the one we ship"
    await shelf.ship(engine)
    first = await read(engine, desk)
    assert (first.version_id, first.flow.start) == (1, "greeting")
    own = await kept(engine)
    assert (await read(engine, desk)).version_id == 1, "a draft is nothing to callers"
    await publish(engine, own, 1)
    assert (await read(engine, desk)).flow.start == "bye"
    assert first.flow.start == "greeting", "who began with the old one keeps it"
    served = own
    for body in ("steps: [", SHORT.replace("goodbye", "no_such_prompt"), SHORT.replace("hang_up", "say")):
        broken = await kept(engine, body)
        await publish(engine, broken, served)
        assert (await read(engine, desk)).version_id == own
        served = broken
    await publish(engine, 1, served)
    assert (await read(engine, desk)).version_id == 1


@pytest.mark.integration
async def test_a_file_of_the_house_stands_before_what_is_published(engine: AsyncEngine) -> None:
    await shelf.ship(engine)
    assert (await read(engine, Shelf(BOOKS, pinned=True))).version_id is None


@pytest.mark.unit
def test_the_houses_own_file_is_found(tmp_path: Path) -> None:
    assert shelf.own_file(tmp_path) is None
    (tmp_path / "ivr").mkdir()
    (tmp_path / "ivr" / "main.yaml").write_text(SHORT)
    assert shelf.own_file(tmp_path) == tmp_path / "ivr" / "main.yaml"


@pytest.mark.integration
async def test_ways_are_counted_from_step_to_step_and_where_they_ended(engine: AsyncEngine) -> None:
    ways = [
        ("1", "done", ("greeting", "menu=1", "balance=told", "goodbye")),
        ("2", "gone", ("greeting", "menu=1", "balance")),
        ("3", "gone", ("greeting", "menu")),
    ]
    async with database.transaction(engine) as db:
        for call_id, ending, path in (*ways, *ways):
            walk = Walk(call_id=call_id, version_id=None, began_at=NOW, ended_at=NOW, ending=ending, path=path)
            await flows.walked(db, walk)
        old = Walk(
            call_id="0", version_id=None, began_at=NOW - timedelta(days=1), ended_at=NOW, ending="done", path=("menu",)
        )
        await flows.walked(db, old)
    async with database.reading(engine) as db:
        counted = set(await flows.passages(db, NOW, NOW + timedelta(hours=1)))
    assert counted == {
        Passage(step="greeting", after="menu", ending="", callers=3),
        Passage(step="menu", after="balance", ending="", callers=2),
        Passage(step="balance", after="goodbye", ending="", callers=1),
        Passage(step="menu", after="", ending="gone", callers=1),
        Passage(step="balance", after="", ending="gone", callers=1),
        Passage(step="goodbye", after="", ending="done", callers=1),
    }


@pytest.mark.integration
async def test_what_is_published_is_read_in_one_look(engine: AsyncEngine) -> None:
    await shelf.ship(engine)
    async with database.reading(engine) as db:
        found = await flows.published(db, "main")
        assert isinstance(found, Text)
        assert await flows.published(db, "main", unless=found.version_id) == found.version_id
        assert await flows.published(db, "other") is None
