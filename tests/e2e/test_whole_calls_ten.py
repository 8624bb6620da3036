"""Calls from their first ring to the record, by keys alone, in three languages: what `test_whole_calls.py` leaves.

The ten are: a bill complained of, a reading (there), no supply, a promise to pay (there too), an accountant for three
accounts, moved out, a number of two people, a wrong number, an angry caller taken by the supervisor, a call that broke
off and came again. On the way: a reload, a second tab, a lost network; a `web` that dies is there.
"""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Locator, expect

from crm_core.sample import numbers, oddities
from tests.e2e.callers import Callers, Seats, Subscriber, talk_both_ways
from tests.e2e.test_whole_calls import MOST_TABS, answered
from tests.support.browser import SECONDS, Desk
from tests.support.house import House

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]
MOST_RESULTS = 90
LEADS = {"en": "ltr", "ru": "ltr", "ar": "rtl"}
TOLD = {
    "en": "Says the bill is too high",
    "ru": "Говорит, что счёт слишком большой",
    "ar": "يقول إن الفاتورة مرتفعة",
}


async def seated(house: House, seats: Seats, language: str = "en") -> Desk:
    """An operator who reads this language takes his seat."""
    person = await asyncio.to_thread(house.person)
    house.rows("update users set language = %(to)s where id = %(of)s returning id", to=language, of=person.user_id)
    desk = await seats.take(person=person)
    await expect(desk.page.locator("html")).to_have_attribute("dir", LEADS[language])
    return desk


async def go_to(desk: Desk, selector: str) -> None:
    """Go on by Tab, then back, until something has the cursor."""
    for place in range(3 * MOST_TABS):
        if await desk.page.evaluate("(wanted) => document.activeElement?.matches(wanted) ?? false", selector):
            return
        await desk.page.keyboard.press("Tab" if place < MOST_TABS else "Shift+Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


async def settled(desk: Desk, result: str, **needs: str) -> None:
    """Choose a result by arrows, answer what it needs, close; nothing is clicked."""
    page = desk.page
    await desk.phase("wrap_up")
    await page.keyboard.press("Alt+w")
    chosen = page.locator("#disposition")
    await go_to(desk, "#disposition")
    await page.keyboard.press("Home")
    for _ in range(MOST_RESULTS):
        if await chosen.input_value() == result:
            break
        await page.keyboard.press("ArrowDown")
    await expect(chosen).to_have_value(result)
    for name, value in needs.items():
        await go_to(desk, f"#need_{name}")
        await typed(desk, page.locator(f"#need_{name}"), value)
    await page.keyboard.press("Control+Enter")
    await desk.no_call()


async def typed(desk: Desk, field: Locator, value: str) -> None:
    """Write into the field that has the cursor, or go to a choice by arrows."""
    if await field.evaluate("one => one.tagName") != "SELECT":
        await desk.page.keyboard.press("Control+a")
        return await desk.page.keyboard.insert_text(value)
    for _ in range(await field.locator("option").count()):
        if await field.input_value() == value:
            return None
        await desk.page.keyboard.press("ArrowDown")
    return await expect(field).to_have_value(value)


async def hung_up(desk: Desk) -> None:
    await expect(desk.page.locator("#hang-up")).to_be_enabled()
    await desk.page.keyboard.press("Alt+e")
    await desk.phase("wrap_up")


@pytest.mark.parametrize("language", ["en", "ru", "ar"])
async def test_a_bill_is_complained_of(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber, language: str
) -> None:
    desk = await seated(house, seats, language)
    call_id = await answered(callers, desk, subscriber.number)
    await desk.card(subscriber.account_id)
    await desk.page.keyboard.press("Alt+3")
    await expect(desk.page.locator("#panel-bills")).to_be_visible()
    await desk.page.keyboard.press("Alt+n")
    await desk.page.keyboard.insert_text(TOLD[language])
    await desk.page.reload()
    await desk.registered()
    await expect(desk.page.locator("#note")).to_have_value(TOLD[language])
    await hung_up(desk)
    await settled(desk, "COMPLAINT", about="bill")
    record = await callers.is_recorded(call_id, disposition="COMPLAINT", account_id=subscriber.account_id)
    assert record["note"] == TOLD[language]


async def test_no_supply_is_filed_though_the_network_was_lost(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seated(house, seats)
    call_id = await answered(callers, desk, subscriber.number)
    await desk.card(subscriber.account_id)
    await desk.page.keyboard.type("No supply the lift stands")
    await expect(desk.page.locator("#intent-list [data-intent]").first).to_contain_text("No supply")
    await desk.page.keyboard.press("Enter")
    where = desk.page.locator("#p_f_whole")
    await expect(where).to_be_visible(timeout=5 * SECONDS)
    await go_to(desk, "#p_f_whole")
    await typed(desk, where, "house")
    await desk.context.set_offline(True)
    await desk.page.keyboard.press("Control+Enter")
    await expect(desk.page.locator('#sheet [data-fault="form"]')).to_be_visible(timeout=10 * SECONDS)
    await desk.context.set_offline(False)
    await expect(where).to_have_value("house")
    await desk.page.keyboard.press("Control+Enter")
    await expect(desk.page.locator("#sheet")).to_be_hidden(timeout=10 * SECONDS)
    filed = house.rows("select kind, form from applications where call_id = %(call_id)s", call_id=call_id)
    assert [(one["kind"], one["form"]["whole"]) for one in filed] == [("outage", "house")]  # type: ignore[index]
    await desk.registered()
    await hung_up(desk)
    await settled(desk, "REQUEST_OPENED")
    await callers.is_recorded(call_id, disposition="REQUEST_OPENED")


async def test_an_accountant_asks_for_three_accounts(house: House, callers: Callers, seats: Seats) -> None:
    odd = oddities.oddity("legal_entity")
    desk = await seated(house, seats)
    page = desk.page
    call_id = await answered(callers, desk, odd.phone)
    await expect(page.locator("#chooser, #card[data-account-id]").first).to_be_visible()
    wanted = odd.accounts[:3]
    for account in wanted:
        await page.keyboard.press("Control+k")
        await page.keyboard.type(numbers.account_number(account))
        found = page.locator(f"#search-found [data-account-id='{account}']")
        await expect(found).to_be_visible(timeout=5 * SECONDS)
        for _ in range(MOST_RESULTS):
            if await found.get_attribute("aria-selected") == "true":
                break
            await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await desk.card(account)
        await page.keyboard.type("certificate for the tender")
        await expect(page.locator("#intent-list [data-intent]").first).to_contain_text("Certificate of no debt")
        await page.keyboard.press("Enter")
        await expect(page.locator("#p_f_purpose")).to_have_value("for the tender", timeout=5 * SECONDS)
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#sheet")).to_be_hidden(timeout=5 * SECONDS)
    filed = house.rows(
        "select account_id from applications where call_id = %(call_id)s order by account_id", call_id=call_id
    )
    assert [one["account_id"] for one in filed] == list(wanted)
    await hung_up(desk)
    await settled(desk, "INFO")
    await callers.is_recorded(call_id, disposition="INFO", account_id=wanted[0])


async def test_somebody_moved_out(house: House, callers: Callers, seats: Seats, subscriber: Subscriber) -> None:
    desk = await seated(house, seats)
    page = desk.page
    call_id = await answered(callers, desk, subscriber.number)
    await desk.card(subscriber.account_id)
    await page.keyboard.press("Alt+c")
    await expect(page.locator("#p_email")).to_be_visible(timeout=5 * SECONDS)
    await go_to(desk, "#p_email")
    await typed(desk, page.locator("#p_email"), "new.home@example.org")
    other = await desk.context.new_page()
    await other.goto(f"{house.url}/desk")
    await expect(other.locator("#p_email")).to_have_value("new.home@example.org", timeout=10 * SECONDS)
    await other.close()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#sheet")).to_be_hidden(timeout=5 * SECONDS)
    await desk.registered()
    await hung_up(desk)
    await settled(desk, "MOVED", known="To another town, sold the flat")
    await callers.is_recorded(call_id, disposition="MOVED")
    kept = house.rows(
        "select 1 as there from contacts c join accounts a on a.customer_id = c.customer_id "
        "where a.id = %(of)s and c.email = 'new.home@example.org'",
        of=subscriber.account_id,
    )
    assert len(kept) == 1


async def test_of_two_people_behind_a_number_one_is_chosen_by_its_digit(
    house: House, callers: Callers, seats: Seats
) -> None:
    odd = oddities.oddity("two_people")
    desk = await seated(house, seats)
    call_id = await answered(callers, desk, odd.phone)
    second = desk.page.locator("#chooser [data-account-id]").nth(1)
    account = int(await second.get_attribute("data-account-id") or 0)
    assert account in odd.accounts
    await desk.page.keyboard.press("2")
    await desk.card(account)
    await hung_up(desk)
    await settled(desk, "INFO")
    await callers.is_recorded(call_id, disposition="INFO", account_id=account)


async def test_a_wrong_number_is_nobody_s_contact(house: House, callers: Callers, seats: Seats) -> None:
    desk = await seated(house, seats)
    call_id = await answered(callers, desk, "+74957770011")
    await expect(desk.page.locator("#unknown")).to_be_visible()
    await desk.page.keyboard.press("Alt+n")
    await desk.page.keyboard.type("Wanted the water works")
    await hung_up(desk)
    await settled(desk, "INFO")
    record = await callers.is_recorded(call_id, disposition="INFO", account_id=None)
    assert record["note"] == "Wanted the water works"


async def test_an_angry_caller_is_taken_by_the_supervisor(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    supervisor = await seats.take(role="supervisor")
    floor = supervisor.page
    desk = await seated(house, seats)
    call = await callers.call(subscriber.number)
    await desk.phase("ringing", 20)
    await expect(desk.page.locator("#answer")).to_be_enabled()
    await desk.page.keyboard.press("Alt+a")
    await desk.phase("talking")
    call_id = await desk.call_id()
    await desk.page.keyboard.press("Alt+u")
    row = floor.locator(f"#operators tr[data-operator-id='{desk.person.user_id}']")
    await expect(row).to_have_attribute("data-hand", "true")
    await expect(floor.locator("#phone")).to_have_attribute("data-registered", "true", timeout=15 * SECONDS)
    for _ in range(MOST_RESULTS):
        if await row.get_attribute("aria-selected") == "true":
            break
        await floor.keyboard.press("ArrowDown")
    await expect(row).to_have_attribute("aria-selected", "true")
    await floor.keyboard.press("KeyL")
    listens, takes = (floor.locator(f"#lead [data-lead={how}]") for how in ("listen", "take_over"))
    await expect(listens).to_have_attribute("aria-pressed", "true", timeout=10 * SECONDS)
    await expect(takes).to_be_enabled(timeout=10 * SECONDS)
    await floor.keyboard.press("KeyT")
    await settled(desk, "TRANSFERRED", target="The supervisor")
    await talk_both_ways(call, supervisor)
    await callers.is_recorded(call_id, disposition="TRANSFERRED")


async def test_a_call_that_broke_off_goes_on_where_it_was(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seated(house, seats)
    page = desk.page
    purpose = page.locator("#p_f_purpose")
    call = await callers.call(subscriber.number)
    await desk.phase("ringing", 20)
    await page.keyboard.press("Alt+a")
    await desk.phase("talking")
    first = await desk.call_id()
    await page.keyboard.type("certificate")
    await expect(page.locator("#intent-list [data-intent]").first).to_contain_text("Certificate of no debt")
    await page.keyboard.press("Enter")
    await expect(purpose).to_be_focused(timeout=5 * SECONDS)
    await page.keyboard.type("For the ")
    call.hang_up()
    await settled(desk, "CUT_OFF")
    await callers.is_recorded(first, disposition="CUT_OFF")
    second = await answered(callers, desk, subscriber.number)
    await desk.card(subscriber.account_id)
    if not await purpose.is_visible():
        await page.keyboard.press("Alt+f")
    await expect(purpose).to_have_value("For the ", timeout=5 * SECONDS)
    await go_to(desk, "#p_f_purpose")
    await page.keyboard.press("End")
    await page.keyboard.type("bank")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#sheet")).to_be_hidden(timeout=5 * SECONDS)
    filed = house.rows(
        "select call_id, form from applications where account_id = %(of)s and call_id is not null",
        of=subscriber.account_id,
    )
    assert [(one["call_id"], one["form"]) for one in filed] == [(second, {"purpose": "For the bank"})]
    await hung_up(desk)
    await settled(desk, "INFO")
