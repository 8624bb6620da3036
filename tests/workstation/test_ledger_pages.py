"""The ledger and the readings of an account in Chromium, as a manager works with them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import insert, select

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.store import readings as reading_store
from crm_core.tables import accounts, held_readings, invoices, meters, plans, users
from tests.workstation.house import House
from tests.workstation.test_office_places import look, page_of

pytestmark = pytest.mark.integration
LEDGER, READINGS = "/office/accounts/1/ledger", "/office/accounts/1/readings"


async def owe(house: House) -> None:
    """A bill far overdue, and a reading that waits."""
    today = clock.now().date()
    month = (today - timedelta(100)).replace(day=1, year=today.year - 4)
    bill = {"account_id": 1, "period": month, "issued_on": month, "due_on": month, "amount": Decimal(5000),
            "open_amount": Decimal(5000)}  # fmt: skip
    async with transaction(house.parts.engine) as db:
        await db.execute(insert(invoices).values(bill))
        await reading_store.submit(db, 1, {1: Decimal(90_000)}, "ivr", today - timedelta(1), None)


async def fill(page: Page, form: str, **values: str) -> None:
    """Open a form of the ledger by its button, fill it and send it."""
    link = page.locator(f"a[href='#{form}']")
    if await link.count():
        await link.click()
    else:
        await page.locator(f"details:has(#{form}) > summary").click()
    for name, value in values.items():
        field = page.locator(f"#{form} [name={name}]")
        if await field.evaluate("one => one.tagName") == "SELECT":
            await field.select_option(value)
        else:
            await field.fill(value)
    await page.locator(f"#{form} button[type=submit]").click()


@pytest.mark.timeout(240)
async def test_a_manager_works_through_a_ledger_and_its_meter(bundled: House, browser: Browser) -> None:
    found: dict[str, object] = {}
    today = clock.now().date()
    async with bundled.signed_in("marta") as client:
        await owe(bundled)
        await bundled.because(client)
        page = await page_of(browser, bundled, client, found)
        await page.goto(bundled.base + LEDGER)
        await fill(page, "pay", pay_amount="1000,50", pay_channel="card")
        await expect(page.locator("#done")).to_be_visible()
        await fill(page, "adjust", adj_kind="reconnection", adj_amount="5001", adj_reason="back again")
        await page.locator("[role=alert] a", has_text="reconnection").click()
        await expect(page.locator("#adj_amount")).to_be_in_viewport()
        await expect(page.locator("#adj_reason")).to_have_value("back again")
        await look(page, "a refused adjustment", found)
        await page.goto(bundled.base + LEDGER)
        await fill(page, "plan", plan_amount="1200", plan_first=today.isoformat())
        await expect(page.locator("#plans-head + .case .parts li")).to_have_count(3)
        await fill(page, "notice", not_kind="restriction", not_channel="letter", not_amount="1200")
        await expect(page.locator("[role=alert]").first).to_contain_text("plan of instalments")
        await page.goto(bundled.base + READINGS)
        await page.fill("#value_1", "12500")
        await page.select_option("#source", "inspector")
        await page.fill("#reason", "seen at the premises")
        await page.click("#take button[type=submit]")
        await expect(page.locator("#done")).to_be_visible()
        for name, value in {"ex_serial": "B-2", "ex_digits": "5", "final_1": "12510", "initial_single": "3",
                            "ex_reason": "worn out"}.items():  # fmt: skip
            await page.fill(f"#{name}", value)
        await page.click("#exchange-1 button[type=submit]")
        await expect(page.locator("#done")).to_be_visible()
        await looked_at_in_russian_and_dark(bundled, page, found)
        await page.context.close()
    found.pop("Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)")
    assert found == {}
    async with reading(bundled.parts.engine) as db:
        assert (await db.execute(select(accounts.c.balance).where(accounts.c.id == 1))).scalar_one() == Decimal(
            "5234.00"
        )
        assert list((await db.execute(select(plans.c.status))).scalars()) == ["open"]
        assert list((await db.execute(select(held_readings.c.status))).scalars()) == ["overtaken"]
        assert list((await db.execute(select(meters.c.serial).order_by(meters.c.id))).scalars()) == ["M-1", "B-2"]


async def looked_at_in_russian_and_dark(house: House, page: Page, found: dict[str, object]) -> None:
    async with transaction(house.parts.engine) as db:
        await db.execute(users.update().values(language="ru"))
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    for path in (LEDGER, READINGS):
        await page.goto(house.base + path)
        await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        await look(page, path, found)
