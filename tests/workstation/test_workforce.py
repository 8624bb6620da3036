"""Pages of the workforce: planned, proposed, published and seen; leave asked and decided; rules that are not broken."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta

import psycopg
import pytest
import pytest_asyncio
from redis import Redis

from crm_core import clock, worker, workforce_jobs
from crm_core.db import reading, transaction
from crm_core.settings import Settings
from crm_core.store import operators, workforce, workforce_shifts
from crm_core.work.jobs import site_of
from crm_core.workforce.forecast import INTERVALS, Forecast
from routing.wishes import Say
from tests.support.servers import PostgresServer, ValkeyServer
from tests.support.waiting import eventually
from tests.workstation.house import House, operator_view, peopled
from workstation.office import workforce_now

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]
PAGE = "/office/workforce"
EARLY = {
    "title": "Early <b>", "code": "early", "starts": "08:00", "ends": "17:00", "break1": "12:00", "length1": "60",
    "unpaid1": "1", **{f"weekday{number}": "1" for number in range(7)},
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(_house: Settings, postgres: PostgresServer, valkey: ValkeyServer) -> AsyncIterator[House]:
    """One house for all of this module; each test plans days of its own."""
    url = postgres.plan.url("workforce")
    with psycopg.connect(postgres.plan.conninfo("postgres", "postgres"), autocommit=True) as db:
        db.execute("create database workforce template migrated owner busbar")
    # What an earlier house said is not this one's: its floor begins to count anew.
    with Redis.from_url(valkey.url) as earlier:
        earlier.flushall()
    async with peopled(_house.model_copy(update={"database_url": url, "redis_url": valkey.url})) as house:
        yield house


async def work_off(house: House) -> None:
    """Do what waits for a worker."""

    def perform() -> None:
        with Redis.from_url(house.settings.redis_url) as valkey:
            worker.work_off(valkey)

    await asyncio.to_thread(perform)


def today(house: House) -> date:
    return site_of(house.settings).today(clock.now())


async def expect(house: House, high: float = 1.0) -> date:
    """A forecast of three weeks that needs somebody from eight to five."""
    first = today(house)
    row = tuple(12.0 * high if 16 <= number < 34 else 0.0 for number in range(INTERVALS))
    days = [Forecast(day=first + timedelta(days=n), calls=row, low=row, high=row) for n in range(21)]
    need = {one.day: [high if calls else 0 for calls in one.calls] for one in days}
    async with transaction(house.parts.engine) as db:
        await workforce.keep(db, "", days, need, 240.0, clock.now())
    return first


async def test_a_plan_is_proposed_published_and_seen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workforce_jobs, "Settings", lambda: house.settings)
    first = await expect(house)
    async with house.signed_in("sofia") as lead:
        empty = await lead.get(PAGE)
        assert "There is no kind of shift yet" in empty.text
        assert (await lead.post("/office/shift-patterns", data=EARLY)).status_code == 303
        patterns = await lead.get("/office/shift-patterns")
        assert "Early &lt;b&gt;" in patterns.text
        assert (await lead.post(f"{PAGE}/roster", data={"first": first.isoformat()})).status_code == 303
        await work_off(house)
        page = await lead.get(PAGE)
        assert "Publish" in page.text
        assert page.text.count("data-day=") == 21
        async with house.signed_in("olga") as olga:
            assert "No shift of yours is published yet" in (await olga.get("/my/shifts")).text
        assert (await lead.post(f"{PAGE}/publish", data={"first": first.isoformat()})).status_code == 303
        await eventually(lambda: any(isinstance(one, Say) for one in house.floor.wishes))
    async with house.signed_in("olga") as olga:
        day = await olga.get("/my/shifts/today")
        assert re.search(r'data-new="[1-9]', day.text)
        mine = await olga.get("/my/shifts")
        assert "08:00\N{EN DASH}17:00" in mine.text
        assert 'data-new="0"' in (await olga.get("/my/shifts/today")).text
        assert (await olga.get(PAGE)).status_code == 403
        assert (await olga.get("/office/leave")).status_code == 403


async def test_what_breaks_a_rule_of_rest_is_not_taken(house: House) -> None:
    first = await expect(house) + timedelta(days=30)
    olga = house.people["olga"]
    night = EARLY | {"code": "night", "title": "Night", "starts": "22:00", "ends": "08:00", "break1": "", "length1": ""}
    async with house.signed_in("sofia") as lead:
        for form in (EARLY, night):
            assert (await lead.post("/office/shift-patterns", data=form)).status_code == 303
        given = await lead.post(f"{PAGE}/days/{first}/shifts", data={"operator": str(olga), "pattern": "night"})
        assert given.status_code == 303
        after = first + timedelta(days=1)
        refused = await lead.post(f"{PAGE}/days/{after}/shifts", data={"operator": str(olga), "pattern": "early"})
        assert refused.status_code == 422
        assert "too little rest between two shifts" in refused.text
        taken = await lead.post(f"{PAGE}/days/{first}/shifts", data={"operator": str(olga), "pattern": ""})
        assert taken.status_code == 303
        async with reading(house.parts.engine) as db:
            assert await workforce_shifts.listing(db, first, after) == []
        assert (await lead.get(f"{PAGE}/days/2020-01-01")).status_code == 404
        assert (await lead.post(f"{PAGE}/days/{first}/shifts", data={"operator": "9999"})).status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"starts": "25:00"}, "A time of day is needed here"),
        ({"code": "Ä!"}, "Small Latin letters, digits"),
        ({"break1": "18:00"}, "end before it ends"),
        ({"title": ""}, "This is needed"),
    ],
)
async def test_a_kind_of_shift_that_cannot_be_is_refused_and_kept_as_typed(
    house: House, change: dict[str, str], said: str
) -> None:
    async with house.signed_in("sofia") as lead:
        answer = await lead.post("/office/shift-patterns", data=EARLY | change)
        assert answer.status_code == 422
        assert said in answer.text
        assert 'value="17:00"' in answer.text


async def test_leave_is_asked_for_shown_with_its_conflict_and_decided_once(house: House) -> None:
    first = await expect(house, 5.0) + timedelta(days=19)
    olga = house.people["olga"]
    ask = {"first": first.isoformat(), "last": first.isoformat(), "kind": "vacation", "note": "<script>"}
    async with house.signed_in("sofia") as lead, house.signed_in("olga") as operator:
        await lead.post("/office/shift-patterns", data=EARLY)
        async with transaction(house.parts.engine) as db:
            kinds = {one.code: one for one in await workforce_shifts.patterns(db)}
            await workforce_shifts.give(db, kinds["early"].shift(olga, first), olga, clock.now())
        assert (await operator.post("/my/leave", data=ask)).status_code == 303
        twice = await operator.post("/my/leave", data=ask)
        assert twice.status_code == 422
        assert "asked for some of these days already" in twice.text
        page = await lead.get("/office/leave")
        assert "would be short" in page.text
        assert "<script>" not in page.text.split("<main", 1)[1]
        key = re.search(r'data-leave="(\d+)"', page.text)[1]  # type: ignore[index]
        empty = await lead.post(f"/office/leave/{key}", data={"do": "decline", "reason": ""})
        assert empty.status_code == 422
        assert (await lead.post(f"/office/leave/{key}", data={"do": "approve"})).status_code == 303
        assert (await lead.post(f"/office/leave/{key}", data={"do": "decline", "reason": "x"})).status_code == 409
        async with reading(house.parts.engine) as db:
            assert await workforce_shifts.listing(db, first, first) == []
        assert (await operator.post(f"/my/leave/{key}/withdrawal", data={})).status_code == 303
        assert (await operator.post("/my/leave/99999/withdrawal", data={})).status_code == 404


async def test_rules_are_kept_and_refused_with_bounds(house: House) -> None:
    async with house.signed_in("sofia") as lead:
        page = await lead.get(f"{PAGE}/rules")
        values = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page.text))
        values.pop("once", None)
        assert values["week_hours"] == "40"
        bad = await lead.post(f"{PAGE}/rules", data=values | {"share": "120"})
        assert bad.status_code == 422
        assert "At most 99" in bad.text
        good = await lead.post(f"{PAGE}/rules", data=values | {"share": "90", "patience": "120"})
        assert good.status_code == 303
    async with reading(house.parts.engine) as db:
        rules = await workforce.rules(db)
    assert (rules.share, rules.patience) == (0.9, 120)


async def test_how_the_day_keeps_to_its_plan_is_seen(house: House) -> None:
    await expect(house)
    olga = house.people["olga"]
    async with transaction(house.parts.engine) as db:
        await operators.state_changed(db, olga, "ready", "", clock.now() - timedelta(minutes=30))
    async with house.signed_in("sofia") as lead:
        page = await lead.get(f"{PAGE}/now")
        assert f'data-operator="{olga}"' in page.text
        assert page.status_code == 200


async def test_adherence_is_pushed_when_an_operator_moves(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workforce_now, "LEAST_SECONDS", 0.05)
    await expect(house)
    ivan = house.people["ivan"]
    async with house.signed_in("sofia") as lead, lead.stream("GET", f"{PAGE}/now/live") as heard:
        lines = heard.aiter_lines()
        first = await told(lines)
        assert "<html" not in first, "the part that changes, no whole page"
        async with transaction(house.parts.engine) as db:
            await operators.state_changed(db, ivan, "ready", "", clock.now())
        house.floor.seat(operator_view(ivan))
        after = await told(lines)
    assert f'data-operator="{ivan}"' not in first
    assert f'data-operator="{ivan}"' in after


async def told(lines: AsyncIterator[str]) -> str:
    """Return what the page is given next."""
    async with asyncio.timeout(30):
        async for line in lines:
            if line.startswith("data: "):
                return str(json.loads(line.removeprefix("data: "))["html"])
    raise AssertionError("the stream ended")
