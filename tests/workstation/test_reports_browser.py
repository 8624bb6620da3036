"""The designer in a real Chromium: a pivot is made by keys and clicks, kept, opened again, drilled, taken away."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import insert

from crm_core import clock
from crm_core.db import transaction
from crm_core.tables import interactions
from tests.workstation.conftest import browser, bundled, house
from tests.workstation.house import PASSWORD, House

__all__ = ["browser", "bundled", "house"]
pytestmark = pytest.mark.e2e
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
WAITED = {"main": (10, 15, 40), "tariff": (5, 60)}
"""Seconds until answers, by queue: three of five within the threshold."""


async def calls(house: House) -> None:
    """Put calls of yesterday on record."""
    noon = (clock.now() - timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    rows = [
        {
            "call_id": f"main-{queue}.{number}", "channel": "phone", "direction": "in", "queue": queue,
            "began_at": noon, "waiting_since": noon, "answered_at": noon + timedelta(seconds=waited),
            "outcome": "answered", "ended_at": noon + timedelta(seconds=waited + 60),
            "operator_id": house.people["olga"], "account_id": 1,
        }
        for queue, waits in WAITED.items()
        for number, waited in enumerate(waits)
    ]  # fmt: skip
    async with transaction(house.parts.engine) as db:
        await db.execute(insert(interactions), rows)


async def test_a_pivot_is_made_kept_opened_drilled_and_taken_away(
    bundled: House, browser: Browser, tmp_path: Path
) -> None:
    await calls(bundled)
    faults: list[str] = []
    page = await browser.new_page(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    await page.goto(f"{bundled.base}/sign-in")
    await page.fill("[name=login]", "marta")
    await page.fill("[name=password]", PASSWORD)
    await page.click("form button")
    await page.wait_for_url(re.compile("/office"))
    await page.goto(f"{bundled.base}/office/reports/design")
    table = page.locator("#report-table")
    await page.locator("[name=across]").focus()
    await page.select_option("[name=across]", "queue")
    await expect(table.locator("thead")).to_contain_text("tariff")
    await expect(page.locator("[name=across]")).to_be_focused()
    await page.select_option("[name=compare]", "previous")
    await expect(page.locator("#compare-error")).to_contain_text("A pivot is not compared")
    await page.select_option("[name=compare]", "")
    await page.uncheck("[name=m_answered]")
    await expect(table.locator("thead")).not_to_contain_text("Answered")
    await page.fill("[name=name]", "Queues side by side")
    await page.locator("[name=name]").press("Control+Enter")
    await page.wait_for_url(re.compile(r"/office/reports/own-\d+"))
    await expect(page.locator("h1")).to_have_text("Queues side by side")
    totals = table.locator("tfoot td")
    told = [re.sub(r"\s+", " ", text).strip() for text in await totals.all_inner_texts()]
    assert told == ["3", "66.7 % n 3", "2", "50.0 % n 2", "5", "60.0 % n 5"], (
        "counts are added, per cents worked out anew"
    )
    assert await page.evaluate(WIDER) <= 0
    await page.fill("[name=reason]", "for the meeting of Monday")
    async with page.expect_download() as coming:
        await page.locator("#take-away button[type=submit]").click()
    await (await coming.value).save_as(tmp_path / "report.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "report.xlsx").active
    assert sheet is not None
    assert [cell.value for cell in sheet[sheet.max_row - 1]][:4] == ["Total", 3, 66.7, 3]
    await table.locator("tbody a", has_text="3").first.click()
    await expect(page.locator("#behind tbody tr")).to_have_count(3)
    await expect(page.locator("#behind a").first).to_have_attribute("href", re.compile(r"/office/interactions/\d+"))
    assert faults == []
