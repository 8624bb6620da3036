"""What is advised on the page: taken up and put aside by keys, an offer answered; kinds of the timeline; devices."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Page, expect

from crm_core.card import ConsentRow
from tests.desk import samples
from tests.desk.stage import Stage
from tests.desk.test_desk_page import open_desk

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]
AGREED = ConsentRow(kind="marketing", given=True, at=datetime(2026, 1, 1, tzinfo=UTC), how="phone")


async def sent(stage: Stage) -> dict[str, Any]:
    what, form = await asyncio.wait_for(stage.posted.get(), 5)
    assert what == "advice"
    assert form.pop("once")
    return {name: value for name, value in form.items() if name != "token"}


async def test_advice_is_taken_up_and_put_aside_by_keys(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "talking")
    advice = page.locator("#next-list li.advice")
    assert await advice.locator("[data-take]").count() == await advice.count(), "each can be taken up"
    first = await advice.first.get_attribute("data-rule")
    await page.keyboard.press("Alt+KeyG")
    assert await sent(stage) == {"rule": first, "answer": "taken", "reason": "", "offer": ""}
    await expect(advice.first).to_have_attribute("data-taken", "")
    await page.keyboard.press("Escape")
    second = await advice.nth(1).get_attribute("data-rule")
    before = await advice.count()
    await page.locator("#centre").focus()
    await page.keyboard.press("Alt+Shift+KeyG")
    await expect(advice.nth(1).locator("[data-reason]").first).to_be_focused()
    await page.keyboard.press("Digit2")
    assert await sent(stage) == {"rule": second, "answer": "dismissed", "reason": "unwilling", "offer": ""}
    await expect(advice).to_have_count(before - 1)


async def test_a_refused_offer_says_why_and_leaves(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "idle")
    call = samples.call()
    await stage.pop(call, stage.card(consents=(AGREED,)))
    offer = page.locator("#next-list li.offer")
    await expect(offer).to_contain_text("Ночью электричество" if stage.language == "ru" else "Night tariff")
    await offer.locator('[data-answer="refused"]').click()
    await offer.locator('[data-reason="unwilling"]').click()
    assert await sent(stage) == {"rule": "offer", "answer": "refused", "reason": "unwilling", "offer": "5"}
    await expect(offer).to_have_count(0)


async def test_the_timeline_shows_one_kind_or_everything_in_order(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "talking")
    await page.keyboard.press("Alt+Digit6")
    shown = page.locator("#timeline .event:not([hidden])")
    await expect(shown).to_have_count(12)
    await page.locator('.timeline-filter [value="payments"]').check()
    assert set(await shown.evaluate_all("all => all.map((one) => one.dataset.happened)")) == {"payments"}
    await page.locator('.timeline-filter [value="all"]').check()
    days = await shown.evaluate_all("all => all.map((one) => one.querySelector('time').dateTime.slice(0, 10))")
    assert days == sorted(days, reverse=True)
    assert len(days) > 12
    await page.locator('.timeline-filter [value="calls"]').check()
    assert set(await shown.evaluate_all("all => all.map((one) => one.dataset.channel)")) == {"phone"}


async def test_the_telephone_page_keeps_a_device_and_closes_by_key(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "idle")
    await page.keyboard.press("Alt+KeyB")
    await expect(page.locator("#telephone")).to_be_visible()
    chosen = page.locator("#device-ear")
    await expect(chosen.locator("option").first).to_have_text("As the computer has it")
    options = await chosen.locator("option").evaluate_all("all => all.map((one) => one.value)")
    await chosen.select_option(options[-1])
    kept = await page.evaluate("JSON.parse(localStorage.getItem('busbar.devices') ?? '{\"ear\": \"\"}').ear")
    assert kept == options[-1]
    await page.keyboard.press("Escape")
    await expect(page.locator("#telephone")).to_be_hidden()


async def test_what_was_done_suggests_the_result_and_chooses_nothing(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "wrap_up")
    chip = page.locator('#result-chips [data-code="PTP"]')
    await expect(chip).to_have_count(0)
    await page.keyboard.press("Alt+KeyP")
    await page.locator("#p_pro_due").fill("2026-12-10")
    await page.keyboard.press("Control+Enter")
    await expect(chip).to_have_attribute("data-suggested", "")
    await expect(page.locator("#disposition")).to_have_value("")
    await chip.click()
    await expect(page.locator("#disposition")).to_have_value("PTP")
