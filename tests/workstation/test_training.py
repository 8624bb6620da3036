"""A replay on its pages: it shows its day at its speed, and neither touches the live floor nor can be taken for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import insert, select

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.tables import access_log, interactions, operator_states, team_members, teams
from routing import bus
from tests.support.waiting import eventually
from tests.workstation.house import NUMBER, PATIENCE, House
from workstation.rehearsals import NO_REPLAY, NOT_YOURS
from workstation.sockets import NOT_YOURS as NOT_ADMITTED
from workstation.sockets import SIGNED_OUT

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]


def yesterday(house: House) -> date:
    return clock.now().astimezone(ZoneInfo(house.settings.time_zone)).date() - timedelta(days=1)


def at(house: House, hour: int, second: int = 0) -> datetime:
    zone = ZoneInfo(house.settings.time_zone)
    begins = datetime.combine(yesterday(house), datetime.min.time(), zone) + timedelta(hours=hour, seconds=second)
    return begins.astimezone(UTC)


def past(house: House, number: int, began: datetime, **more: Any) -> dict[str, Any]:
    """A call of the day that waits ten seconds; answered by Olga, who talks for an hour, unless it says otherwise."""
    return {
        "call_id": f"main-{number}.9", "channel": "phone", "direction": "in", "number": NUMBER, "queue": "main",
        "began_at": began, "waiting_since": began, "answered_at": began + timedelta(seconds=10),
        "ended_at": began + timedelta(hours=1), "outcome": "answered", "operator_id": house.people["olga"],
    } | more  # fmt: skip


@pytest.fixture
async def day(house: House) -> House:
    """Yesterday: three calls after nine, one of which gave up; Olga was there."""
    nine = at(house, 9)
    gave_up = {
        "answered_at": None,
        "outcome": "abandoned",
        "operator_id": None,
        "ended_at": nine + timedelta(minutes=2),
    }
    rows = [past(house, 1, nine), past(house, 2, nine + timedelta(minutes=1), **gave_up), past(house, 3, at(house, 11))]
    async with transaction(house.parts.engine) as db:
        await db.execute(insert(interactions), rows)
        await db.execute(
            insert(operator_states),
            [
                {"operator_id": house.people["olga"], "state": "ready", "reason": "", "at": at(house, 8)},
                {
                    "operator_id": house.people["olga"],
                    "state": "talking",
                    "reason": "",
                    "at": nine + timedelta(seconds=10),
                },
            ],
        )
    return house


async def start(client: httpx.AsyncClient, house: House, begins: str = "09:00", speed: int = 120, **more: str) -> str:
    """Have yesterday played; return the replay's id."""
    form = {"day": str(yesterday(house)), "from": begins, "speed": str(speed)} | more
    answer = await client.post("/office/training", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("replay=")[2]


async def touch(client: httpx.AsyncClient, replay: str, step: str, **more: str) -> None:
    answer = await client.post("/office/training/clock", data={"replay": replay, "step": step} | more)
    assert answer.status_code == 303, answer.text


def total(message: dict[str, Any]) -> tuple[int, ...]:
    (one,) = message["totals"]
    return one["offered"], one["answered"], one["abandoned"]


async def test_a_replay_shows_its_day_at_its_speed_to_its_end(day: House) -> None:
    async with day.signed_in("sofia") as client:
        replay = await start(client, day)
        async with day.page(client, f"/ws/training?replay={replay}") as page:
            await page.resume()
            shown = await page.hear("floor_snapshot")
            assert [one["name"] for one in shown["floor"]["operators"]] == ["Olga"]
            first = await page.hear("replay", where=lambda one: one["state"] == "running")
            later = await page.hear("replay", where=lambda one: one["server_time"] > first["server_time"])
            assert (first["rate"], later["rate"]) == (120, 120)
            await page.hear("call_gone")
            assert total(await page.hear("replay", where=lambda one: total(one) == (2, 1, 1))) == (2, 1, 1)
            await touch(client, replay, "jump", at="23:59")
            over = await page.hear("replay", where=lambda one: one["state"] == "over", seconds=10)
            assert total(over) == (3, 2, 1), "all of the day, as its reports have it"


async def test_pause_speed_jump_and_stop_reach_every_page_that_watches(day: House) -> None:
    async with day.signed_in("sofia") as client:
        replay = await start(client, day, speed=1)
        async with (
            day.page(client, f"/ws/training?replay={replay}") as one,
            day.page(client, f"/ws/training?replay={replay}") as other,
        ):
            for page in (one, other):
                await page.resume()
                await page.hear("floor_snapshot")
            await touch(client, replay, "speed", speed="60")
            for page in (one, other):
                assert (await page.hear("replay", where=lambda it: it["rate"] == 60))["speed"] == 60
            await touch(client, replay, "pause")
            for page in (one, other):
                stands = await page.hear("replay", where=lambda it: it["state"] == "paused")
                again = await page.hear("replay")
                assert (stands["rate"], again["server_time"]) == (0, stands["server_time"])
            await touch(client, replay, "jump", at="10:30")
            await one.hear("floor_snapshot", where=lambda it: not it["floor"]["calls"])
            await touch(client, replay, "jump", at="09:30")
            back = await one.hear("floor_snapshot", where=lambda it: bool(it["floor"]["calls"]))
            (call,) = back["floor"]["calls"]
            assert (call["phase"], call["call_id"][:7], call["operator_id"]) == (
                "talking",
                "replay-",
                -day.people["olga"],
            )
            await touch(client, replay, "stop")
            for page in (one, other):
                assert (await page.hear("replay", where=lambda it: it["state"] == "stopped"))["rate"] == 0
        assert (await client.get("/office/training/floor", params={"replay": replay})).status_code == 404
    await eventually(lambda: not list(day.parts.rehearsals.clients()))


async def test_a_replay_leaves_the_live_floor_alone_and_takes_no_wish(day: House) -> None:
    redis = day.floor.redis
    async with day.signed_in("sofia") as client:
        replay = await start(client, day)
        keys = {key for key in await redis.keys("busbar:*") if b":training:" not in key and b"limit" not in key.lower()}
        async with day.page(client, f"/ws/training?replay={replay}") as page:
            await page.resume()
            await page.hear("floor_snapshot")
            await touch(client, replay, "jump", at="12:00")
            await page.hear("replay", where=lambda one: total(one) == (3, 2, 1) if one["totals"] else False)
            assert not [one for one in page.heard if NUMBER in str(one)], "who called is masked, as on the floor"
            await page.say(type="ask", wish_id="w", wish="ready")
            assert await page.closed() == NOT_YOURS
        assert not [fields for _, fields in await redis.xrange(bus.NEWS) if "replay-" in str(fields)]
        now = {key for key in await redis.keys("busbar:*") if b":training:" not in key and b"limit" not in key.lower()}
        assert now == keys
    assert not day.floor.wishes


async def test_a_supervisor_sees_his_own_people_only(day: House) -> None:
    async with transaction(day.parts.engine) as db:
        await db.execute(insert(teams).values(code="north", titles={"en": "North"}))
        await db.execute(insert(team_members).values(team="north", user_id=day.people["olga"]))
    async with day.signed_in("sofia") as client:
        replay = await start(client, day, "09:30")
        async with day.page(client, f"/ws/training?replay={replay}") as page:
            await page.resume()
            shown = await page.hear("floor_snapshot")
            assert (shown["floor"]["operators"], shown["floor"]["calls"]) == ([], [])


@pytest.mark.parametrize("login", ["olga", "audrey"])
async def test_only_who_leads_plays_days(day: House, login: str) -> None:
    async with day.signed_in("sofia") as client:
        replay = await start(client, day)
    async with day.signed_in(login) as client:
        assert (await client.get("/office/training")).status_code == 403
        assert (await client.post("/office/training/clock", data={"replay": replay, "step": "stop"})).status_code == 403
        async with day.page(client, f"/ws/training?replay={replay}") as page:
            assert await page.closed() == NOT_ADMITTED


async def test_a_replay_ends_with_the_session_and_one_that_is_not_there_is_not_watched(day: House) -> None:
    async with day.signed_in("sofia") as client:
        async with day.page(client, "/ws/training?replay=../nothing") as page:
            await page.resume()
            assert await page.closed() == NO_REPLAY
        replay = await start(client, day)
        async with day.page(client, f"/ws/training?replay={replay}") as page:
            await page.resume()
            await page.hear("floor_snapshot")
            await client.post("/sign-out")
            assert await page.closed() == SIGNED_OUT


async def test_what_cannot_be_played_is_said_and_what_was_typed_is_kept(day: House) -> None:
    fine = {"day": str(yesterday(day)), "from": "09:00", "speed": "10"}
    wrong = (
        ({"from": "9 o'clock<b>"}, "This is no time of day", "9 o&#39;clock&lt;b&gt;"),
        ({"speed": "121"}, "120", 'value="121"'),
        ({"speed": "fast"}, "number", 'value="fast"'),
        ({"day": str(clock.now().date() + timedelta(days=2))}, "Not after", ""),
        ({"day": "2026-13-40"}, "date", 'value="2026-13-40"'),
        ({"day": str(yesterday(day) - timedelta(days=9))}, "Nothing is on record", ""),
        ({"queue": "'; drop table users"}, "Nothing is on record", ""),
    )
    async with day.signed_in("sofia") as client:
        for change, sentence, kept in wrong:
            answer = await client.post("/office/training", data=fine | change)
            assert answer.status_code == 422, change
            assert sentence in answer.text, change
            assert kept in answer.text, change
        replay = await start(client, day)
        for step, more, sentence in (
            ("jump", {"at": "25:00"}, "no time of day"),
            ("speed", {"speed": "0"}, "1"),
            ("x", {}, ""),
        ):
            answer = await client.post("/office/training/clock", data={"replay": replay, "step": step} | more)
            assert answer.status_code == 422, step
            assert sentence in answer.text
        gone = await client.post("/office/training/clock", data={"replay": "none", "step": "pause"})
        assert gone.status_code == 404


async def test_who_played_which_day_is_written_down(day: House) -> None:
    async with day.signed_in("sofia") as client:
        await start(client, day)
    async with reading(day.parts.engine) as db:
        query = select(access_log.c.user_id).where(access_log.c.object == "training")
        assert [row.user_id for row in await db.execute(query)] == [day.people["sofia"]]


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ru", "dark")])
async def test_nobody_takes_the_page_of_a_replay_for_the_live_floor(
    day: House, bundled: House, browser: Browser, language: str, scheme: str
) -> None:
    async with bundled.signed_in("sofia") as client:
        await client.post("/language", data={"language": language})
        # Slow enough that the call is still talked on when the page is there.
        replay = await start(client, day, "09:05", speed=2)
        context = await browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light", viewport={"width": 1280, "height": 800}
        )
        await context.add_cookies([{"name": "busbar", "value": client.cookies["busbar"], "url": bundled.base}])
        page = await context.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        await page.goto(f"{bundled.base}/office/training")
        await page.click(f'tr[data-replay="{replay}"] a')
        # The day is read first.
        await expect(page.locator("#operators tr[data-operator-id]")).to_have_count(1, timeout=PATIENCE * 1000)
        mark = page.locator(".replay-mark")
        await expect(mark).to_be_visible()
        await expect(mark).to_contain_text("This is not the live floor" if language == "en" else "не текущая смена")
        assert ("Replay" if language == "en" else "Воспроизведение") in await page.title()
        before = await page.locator("#replay-time").inner_text()
        await expect(page.locator("#replay-time")).not_to_have_text(before)
        await expect(page.locator("#calls tr[data-call-id]")).to_have_count(1)
        # Nothing of the live floor can be done from here.
        for gone in ("#phone", "#open-wall", "#lead", "#quiet", "[data-wish]"):
            await expect(page.locator(gone)).to_have_count(0)
        await page.click('button[value="pause"]')
        await expect(page.locator("#replay")).to_have_attribute("data-state", "paused")
        stands = await page.locator("#replay-time").inner_text()
        await page.fill("#at", "23:00")
        await page.press("#at", "Enter")
        await expect(page.locator("#calls tr[data-call-id]")).to_have_count(0)
        await expect(page.locator("#replay-time")).to_have_text("23:00:00")
        assert stands != "23:00:00"
        await page.click(".replay-day summary")
        await expect(page.locator('#replay-totals tr[data-queue="main"] td')).to_have_text(
            [
                await page.locator('#replay-totals tr[data-queue="main"] td').first.inner_text(),
                "3",
                "2",
                "1",
                "0",
                "67%",
            ]
            if language == "en"
            else [
                await page.locator('#replay-totals tr[data-queue="main"] td').first.inner_text(),
                "3",
                "2",
                "1",
                "0",
                "67\u00a0%",
            ]
        )
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        assert said == []
        await context.close()
