"""The supervisor's page alone, in Chromium."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Page, Route, expect

from routing.views import CallPhase, OperatorId, OperatorState
from tests.desk import samples
from tests.desk.stage import Stage
from workstation.messages import (
    CallGoneMessage,
    CallMessage,
    CampaignGoneMessage,
    CampaignMessage,
    NodeMessage,
    OperatorMessage,
    QueueMessage,
)

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]


async def open_floor(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.address}/floor")
    await expect(page.locator("#age")).to_have_attribute("data-fresh", "true")


async def test_operators_calls_and_queues_are_shown(stage: Stage, page: Page) -> None:
    await open_floor(stage, page)
    await expect(page.locator("#operators tr[data-operator-id]")).to_have_count(16)
    await expect(page.locator("#calls tr[data-call-id]")).to_have_count(7)
    await expect(page.locator('#queues [data-queue="main"] [data-figure="level"] dd').first).to_have_text("81%")
    await expect(page.locator('#queues [data-queue="main"] [data-figure="level"] dd').nth(1)).to_have_text(
        "target 80% · n = 58"
    )


async def test_news_changes_rows_in_place(stage: Stage, page: Page) -> None:
    await open_floor(stage, page)
    row = page.locator('#operators tr[data-operator-id="1"]')
    await stage.tell(
        OperatorMessage(
            operator=samples.operator(OperatorState.NOT_READY, operator_id=OperatorId(1), reason="training"),
            **stage.number(),
        )
    )
    await expect(row).to_have_attribute("data-state", "not_ready")
    await expect(row).to_contain_text("Training")
    await stage.tell(CallMessage(call=samples.call(CallPhase.WAITING, call_id="new"), **stage.number()))
    await expect(page.locator('#calls tr[data-call-id="new"]')).to_have_attribute("data-phase", "waiting")
    await stage.tell(CallGoneMessage(call_id="new", reason="abandoned", **stage.number()))
    await expect(page.locator('#calls tr[data-call-id="new"]')).to_have_count(0)


async def test_a_queue_without_decided_calls_has_no_level(stage: Stage, page: Page) -> None:
    await open_floor(stage, page)
    level = page.locator('#queues [data-queue="main"] [data-figure="level"] dd')
    quiet = {"answered": 0, "answered_in_threshold": 0, "abandoned": 1, "abandoned_short": 1}
    just_come = samples.now()
    await stage.tell(
        QueueMessage(queue=samples.queue(offered=3, waiting=2, longest_since=just_come, **quiet), **stage.number())
    )
    await expect(level.first).to_have_text("\u2013")
    await expect(level.nth(1)).to_have_text("target 80% · n = 0")
    late = samples.now() - timedelta(seconds=21)
    await stage.tell(
        QueueMessage(queue=samples.queue(offered=3, waiting=2, longest_since=late, **quiet), **stage.number())
    )
    await expect(level.first).to_have_text("0%")


async def test_an_exchange_that_is_away_is_named(stage: Stage, page: Page) -> None:
    await open_floor(stage, page)
    await stage.tell(NodeMessage(node="north", up=False, **stage.number()))
    await expect(page.locator("#stale")).to_contain_text("north")
    await stage.tell(NodeMessage(node="north", up=True, **stage.number()))
    await expect(page.locator("#stale")).to_be_hidden()


async def test_old_data_is_greyed_and_its_age_shown(stage: Stage, page: Page) -> None:
    await open_floor(stage, page)
    stage.beating = False
    await expect(page.locator("#stale")).to_be_visible(timeout=4_500)
    await expect(page.locator("#age")).to_have_attribute("data-fresh", "false")


async def test_a_campaign_shows_what_it_does_and_is_stopped_by_two_clicks(stage: Stage, page: Page) -> None:
    await open_floor(stage, page)
    await expect(page.locator("#campaigns")).to_be_hidden()
    await stage.tell(CampaignMessage(campaign=samples.campaign(), **stage.number()))
    tile = page.locator('#campaigns [data-campaign="7"]')
    await expect(tile).to_contain_text("October debts")
    await expect(tile.locator('[data-figure="abandoned"] dd').first).to_have_text("1.7%")
    await expect(tile.locator('[data-figure="abandoned"]')).to_have_attribute("data-mood", "")
    await expect(tile).to_contain_text("As many calls as operators will be free for.")
    await stage.tell(CampaignMessage(campaign=samples.campaign(abandoned=5, why="promise"), **stage.number()))
    await expect(tile.locator('[data-figure="abandoned"]')).to_have_attribute("data-mood", "bad")
    sent: list[str] = []
    await page.route("**/office/campaigns/7/steps", lambda route: _stop(route, sent))
    page.once("dialog", lambda dialog: dialog.accept())
    await tile.get_by_role("button", name="Stop at once").click()
    await expect(tile.get_by_role("button")).to_be_disabled()
    assert sent == ["do=is+paused&halt=1"]
    await stage.tell(CampaignGoneMessage(campaign_id=7, **stage.number()))
    await expect(page.locator("#campaigns")).to_be_hidden()


async def _stop(route: Route, sent: list[str]) -> None:
    sent.append(route.request.post_data or "")
    await route.fulfill(status=200, body="")
