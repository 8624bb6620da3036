"""A collections manager's day in a real Chromium: a campaign made, fed, checked, run, watched, stopped, proved."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import select

from crm_core import tables
from crm_core.db import reading
from tests.crm_core.outbound_base import Lists
from tests.workstation.conftest import browser, bundled, house
from tests.workstation.house import PASSWORD, House
from tests.workstation.test_campaigns import lists, number_of, talked, work_off

__all__ = ["browser", "bundled", "house", "lists"]
pytestmark = pytest.mark.e2e
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def manager(house: House, browser: Browser, faults: list[str]) -> Page:
    """Sign the collections manager in; what scripts and the browser complain of goes to `faults`."""
    page = await browser.new_page(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    await page.goto(f"{house.base}/sign-in")
    await page.fill("[name=login]", "marta")
    await page.fill("[name=password]", PASSWORD)
    await page.click("form button")
    await page.wait_for_url(re.compile("/office"))
    return page


async def row_of(house: House, campaign: int, account: int) -> int:
    """Return the row of an account on a campaign's list."""
    async with reading(house.parts.engine) as db:
        asked = select(tables.campaign_rows.c.id).where(
            tables.campaign_rows.c.campaign_id == campaign, tables.campaign_rows.c.account_id == account
        )
        return int((await db.execute(asked)).scalar_one())


async def prove(page: Page, to: Path) -> None:
    """From the campaign's page to one debtor's evidence, with a reason given on the way."""
    await page.locator("#ledger a", has_text="Reached").first.click()
    await expect(page.locator("main tbody tr")).to_have_count(1)
    await page.locator("main tbody a").first.click()
    await page.get_by_label("Looking into a complaint").check(force=True)
    await page.get_by_role("button", name="Open it").click()
    await expect(page.locator("main")).to_contain_text("Asia/Vladivostok")
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Evidence").click()
    await (await coming.value).save_as(to)
    with zipfile.ZipFile(to) as pack:
        assert "law/none@0.yaml" in pack.namelist()


async def test_a_campaign_is_made_fed_checked_run_watched_stopped_and_proved(
    bundled: House, browser: Browser, lists: Lists, tmp_path: Path
) -> None:
    owing = [await lists.debtor(f"Debtor {at}", f"+7916200000{at}") for at in range(3)]
    numbers = [await number_of(lists, one) for one in owing]
    faults: list[str] = []
    page = await manager(bundled, browser, faults)
    await page.goto(f"{bundled.base}/office/campaigns")
    await page.get_by_role("link", name="New campaign").click()
    await page.fill("[name=name]", "October debts")
    await page.select_option("[name=mode]", "progressive")
    await page.select_option("[name=profile]", "none")
    await page.fill("[name=least_debt]", "lots")
    await page.locator("[name=least_debt]").press("Control+Enter")
    await expect(page.locator("#least_debt-error")).to_contain_text("An amount is needed here")
    await expect(page.locator("[name=name]")).to_have_value("October debts")
    await page.fill("[name=least_debt]", "100.00")
    await page.locator("[name=least_debt]").press("Control+Enter")
    await page.wait_for_url(re.compile(r"/office/campaigns/\d+"))
    campaign = int(re.findall(r"/campaigns/(\d+)", page.url)[0])

    sheet = "\n".join(["Account number", *numbers, "1234567890"]).encode()
    await page.set_input_files("#file", {"name": "debtors.csv", "mimeType": "text/csv", "buffer": sheet})
    await page.locator("form:has(#file) button").click()
    await page.wait_for_load_state()
    await work_off(bundled)
    await page.goto(f"{bundled.base}/office/campaigns/{campaign}")
    await expect(page.locator("#lists tbody tr")).to_contain_text("debtors.csv")
    await page.get_by_text("Rows that were refused").click()
    await expect(page.locator("#lists tbody")).to_contain_text("1234567890")
    await page.get_by_role("button", name="Check", exact=True).click()
    await page.wait_for_load_state()
    await work_off(bundled)
    await page.goto(f"{bundled.base}/office/campaigns/{campaign}")
    await expect(page.locator("#callable-now")).to_have_text("3")
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_role("button", name="Stop at once")).to_be_visible()

    await talked(bundled, lists, campaign, owing[0], await row_of(bundled, campaign, owing[0]))
    await expect(page.locator("[data-ledger-count=reached_right_party]")).to_have_text("1")
    await expect(page.locator("[data-ledger-rate]")).to_have_text("33.3 %")
    assert await page.evaluate(WIDER) <= 0
    page.once("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Stop at once").click()
    await expect(page.locator("main")).to_contain_text("calls that nobody had answered were called off")

    await prove(page, tmp_path / "evidence.zip")
    # What the browser itself says of a refused form and of a card that wants a reason is no fault.
    assert [one for one in faults if "(Unprocessable Entity)" not in one and "(Precondition Required)" not in one] == []
