"""A call is scored in a browser: the keyboard seeks, C writes at the moment that is heard, a moment plays again."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page

from tests.support.waiting import eventually
from tests.workstation.house import PASSWORD, House
from tests.workstation.quality_house import assigned, taped

pytestmark = pytest.mark.integration


async def stands_at(page: Page, second: int) -> bool:
    return int(await page.locator("#player-wave").get_attribute("aria-valuenow") or 0) == second


async def test_comments_stand_at_the_moment_that_was_heard(house: House, bundled: House, browser: Browser) -> None:
    here = await assigned(house, await taped(house))
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{house.base}/sign-in")
    await page.fill("[name=login]", "sofia")
    await page.fill("[name=password]", PASSWORD)
    await page.click("button[type=submit]")
    await page.wait_for_url(re.compile("/floor"))
    await page.goto(f"{house.base}{here}")
    await page.locator("#player-wave").focus()
    await page.keyboard.press("ArrowRight")
    await eventually(lambda: stands_at(page, 5), 30, "an arrow goes five seconds")
    await page.keyboard.press("c")
    await page.keyboard.type("no greeting")
    assert await page.locator("#comments li:last-child input[name$=_at]").input_value() == "0:05"
    for name in await page.locator("fieldset.sheet-item").all():
        await name.locator("label").first.click()
    await page.locator("button[value=submit]").click()
    await page.wait_for_url(re.compile("/office/quality\\?done=scored"))
    await page.goto(f"{house.base}{here}")
    await page.locator("[data-seek='5']").click()
    await eventually(lambda: stands_at(page, 5), 30, "the moment is gone to")
    await context.close()
