"""Whole calls worked by keys alone: a doubtful reading, a promise in two tabs, an application while web dies."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.e2e.callers import Callers, Seats, Subscriber
from tests.e2e.conftest import FIRST_SUBSCRIBER
from tests.support.browser import SECONDS, Desk
from tests.support.house import House

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]
DEBTOR = """
    select min(a.id) as account_id, c.phone
    from contacts c join accounts a on a.customer_id = c.customer_id join customers u on u.id = a.customer_id
    where c.phone <> '' and a.id >= %(first)s
      and (select coalesce(sum(i.open_amount), 0) from invoices i where i.account_id = a.id) > 100
      and not exists (select 1 from promises p where p.account_id = a.id and p.status = 'open')
      and not exists (select 1 from disputes d where d.account_id = a.id)
      and not a.flags ?| array['dispute'] and u.status = 'active'
    group by c.phone having count(*) = 1 order by 1 limit 1
"""
MOST_TABS = 14
"""Presses of Tab after which a field of a form must have been reached."""


async def tab_to(desk: Desk, selector: str) -> None:
    """Go on by Tab until something has the cursor."""
    for _ in range(MOST_TABS):
        if await desk.page.evaluate("(wanted) => document.activeElement?.matches(wanted) ?? false", selector):
            return
        await desk.page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


async def answered(callers: Callers, desk: Desk, number: str) -> str:
    """Take the call of a subscriber by keys; returns its id."""
    await callers.call(number)
    await desk.phase("ringing", 20)
    await expect(desk.page.locator("#answer")).to_be_enabled()
    await desk.page.keyboard.press("Alt+a")
    await desk.phase("talking")
    return await desk.call_id()


async def written_up(desk: Desk, result: str) -> None:
    """End the call and write it up by keys."""
    await expect(desk.page.locator("#hang-up")).to_be_enabled()
    await desk.page.keyboard.press("Alt+e")
    await desk.phase("wrap_up")
    await desk.page.keyboard.press("Alt+w")
    await desk.page.keyboard.type(result)
    await desk.page.keyboard.press("Control+Enter")
    await desk.no_call()


async def test_a_doubtful_reading_is_read_twice_and_taken(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    page = desk.page
    call_id = await answered(callers, desk, subscriber.number)
    await desk.card(subscriber.account_id)
    fields = await page.locator("#readings-form .reading-input").all()
    lasts = [int(float(await one.get_attribute("data-last") or "0")) for one in fields]
    register = int((await fields[0].get_attribute("name") or "r_0").removeprefix("r_"))
    doubtful = str(lasts[0] + 9_000)
    await page.keyboard.type(" ".join([doubtful, *(str(last + 100) for last in lasts[1:])]))
    await expect(page.locator("#intent-list [data-intent]").first).to_contain_text("Reading")
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel-readings")).to_be_visible()
    await expect(page.locator("#readings-form .reading-input").first).to_have_value(doubtful)
    await tab_to(desk, "#readings-form button[type=submit]")
    await page.keyboard.press("Enter")
    await expect(page.locator("#readings-form [name=confirm]")).to_be_visible(timeout=5 * SECONDS)
    await page.reload()
    await desk.registered()
    held = house.rows(
        "select value from held_readings where account_id = %(account)s order by id desc limit 1",
        account=subscriber.account_id,
    )
    assert [int(str(row["value"]).partition(".")[0]) for row in held] == [int(doubtful)]
    await page.keyboard.press("Alt+r")
    await expect(page.locator("#readings-form .reading-input").first).to_have_value(doubtful)
    await tab_to(desk, "#readings-form button[type=submit]")
    await page.keyboard.press("Enter")
    await expect(page.locator("#readings-form [name=confirm]")).to_be_visible(timeout=5 * SECONDS)
    await tab_to(desk, "#readings-form [name=confirm]")
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#readings-form .notice.good")).to_be_visible(timeout=5 * SECONDS)
    rows = house.rows(
        "select value from readings where register_id = %(register)s and call_id = %(call_id)s",
        register=register, call_id=call_id,
    )  # fmt: skip
    assert int(doubtful) in [int(str(row["value"]).partition(".")[0]) for row in rows]
    await written_up(desk, "Meter reading taken")
    await callers.is_recorded(call_id, disposition="READING_TAKEN")


async def test_a_promise_is_typed_anywhere_and_recorded_once_by_two_tabs(
    house: House, callers: Callers, seats: Seats
) -> None:
    (row,) = house.rows(DEBTOR, first=FIRST_SUBSCRIBER)
    account_id, number = int(str(row["account_id"])), str(row["phone"])
    desk = await seats.take()
    call_id = await answered(callers, desk, number)
    await desk.card(account_id)
    await desk.page.keyboard.type("50 +5 days")
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.locator("#p_pro_amount")).to_have_value("50")
    other = await desk.context.new_page()
    await other.goto(f"{house.url}/desk")
    await expect(other.locator("#p_pro_amount")).to_have_value("50", timeout=10 * SECONDS)
    await asyncio.gather(
        desk.page.keyboard.press("Control+Enter"),
        other.evaluate("() => document.querySelector('#sheet form').requestSubmit()"),
    )
    await expect(desk.page.locator("#sheet")).to_be_hidden(timeout=5 * SECONDS)
    await expect(other.locator("#sheet")).to_be_hidden(timeout=5 * SECONDS)
    await other.close()
    made = house.rows(
        "select amount, call_id from promises where account_id = %(account)s and status = 'open'", account=account_id
    )
    assert [(int(str(one["amount"]).partition(".")[0]), one["call_id"]) for one in made] == [(50, call_id)]
    await desk.registered()
    await written_up(desk, "Promised to pay")
    await callers.is_recorded(call_id, disposition="PTP")


async def test_an_application_outlives_a_web_that_dies_while_it_is_typed(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    page = desk.page
    call_id = await answered(callers, desk, subscriber.number)
    await desk.card(subscriber.account_id)
    await page.keyboard.type("certificate")
    await expect(page.locator("#intent-list [data-intent]").first).to_contain_text("Certificate of no debt")
    await page.keyboard.press("Enter")
    purpose = page.locator("#p_f_purpose")
    await expect(purpose).to_be_focused(timeout=5 * SECONDS)
    await page.keyboard.type("For the ")
    await asyncio.to_thread(house.processes["web"].kill)
    await page.keyboard.type("bank")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator('#sheet [data-fault="form"]')).to_be_visible(timeout=5 * SECONDS)
    await expect(purpose).to_have_value("For the bank")
    await asyncio.to_thread(house.processes["web"].start)
    await expect(page.locator("#stale")).to_be_hidden(timeout=15 * SECONDS)
    await page.reload()
    await expect(purpose).to_have_value("For the bank", timeout=10 * SECONDS)
    await desk.registered()
    await purpose.focus()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#sheet")).to_be_hidden(timeout=5 * SECONDS)
    filed = house.rows("select kind, form from applications where call_id = %(call_id)s", call_id=call_id)
    assert [(one["kind"], one["form"]) for one in filed] == [("certificate", {"purpose": "For the bank"})]
    await written_up(desk, "Other information")
    await callers.is_recorded(call_id, phase="ended")
