"""Whose call is it: a number nobody knows, a number of two people."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from crm_core.sample import numbers, oddities
from tests.e2e.callers import Callers, Seats, Subscriber, talk_both_ways

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]


async def test_an_unknown_caller_is_searched_for_and_the_call_tied_to_the_account(
    callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    call = await callers.call("+74951234567", name="Stranger")
    await desk.phase("ringing", 20)
    call_id = await desk.call_id()
    await expect(desk.page.locator("#unknown")).to_be_visible()
    await expect(desk.page.locator("#unknown")).to_contain_text("495 123")
    query = desk.page.locator("#unknown-query")
    await expect(query).to_have_value("+7 495 123-45-67")
    await expect(query).to_be_focused()
    assert await desk.page.evaluate("() => String(getSelection())") == "+7 495 123-45-67", "what is typed replaces it"
    await desk.answer()
    await talk_both_ways(call, desk)
    await query.click()
    await desk.page.keyboard.type(numbers.account_number(subscriber.account_id))
    await expect(query).to_have_value(numbers.account_number(subscriber.account_id))
    await desk.page.keyboard.press("Enter")
    await desk.page.click(f"#unknown [data-results] [data-account-id='{subscriber.account_id}']")
    await desk.card(subscriber.account_id)
    await callers.is_recorded(call_id, account_id=subscriber.account_id, phase="talking")
    call.hang_up()
    await desk.phase("wrap_up")
    await desk.close_contact("INFO", "New tenant")
    await callers.is_recorded(call_id, account_id=subscriber.account_id, disposition="INFO")


async def test_a_caller_takes_the_caret_from_nobody_who_types(
    callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    call = await callers.call("+74951234568", name="Stranger")
    await desk.page.click("#search")
    typed = numbers.account_number(subscriber.account_id)
    await desk.page.keyboard.type(typed[:3])
    await desk.phase("ringing", 20)
    await expect(desk.page.locator("#unknown-query")).to_have_value("+7 495 123-45-68")
    await desk.page.keyboard.type(typed[3:])
    await expect(desk.page.locator("#search")).to_have_value(typed)
    await expect(desk.page.locator("#search")).to_be_focused()
    call.hang_up()
    await desk.no_call()


async def test_of_two_people_on_one_number_the_operator_chooses(callers: Callers, seats: Seats) -> None:
    odd = oddities.oddity("two_people")
    desk = await seats.take()
    call = await callers.call(odd.phone)
    await desk.phase("ringing", 20)
    call_id = await desk.call_id()
    choices = desk.page.locator("#chooser [data-account-id]")
    await expect(choices).to_have_count(2)
    shown = {int(await one.get_attribute("data-account-id") or 0) for one in await choices.all()}
    assert shown == set(odd.accounts)
    await callers.is_recorded(call_id, account_id=None)
    await desk.answer()
    await desk.page.click(f"#chooser [data-account-id='{odd.accounts[1]}']")
    await desk.card(odd.accounts[1])
    await callers.is_recorded(call_id, account_id=odd.accounts[1])
    await talk_both_ways(call, desk)
    call.hang_up()
    await desk.phase("wrap_up")
    await desk.close_contact("INFO", "")
    await callers.is_recorded(call_id, account_id=odd.accounts[1], disposition="INFO")
