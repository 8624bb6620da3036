"""Passing a caller on from the desk: keys and buttons, what both screens show, who hears whom."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.callers import Callers, Seats, Subscriber, hears_music, hears_operator, in_order, talk_both_ways
from tests.support.browser import Desk
from tests.support.house import House

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]


async def choose(desk: Desk, typed: str, keys: str) -> None:
    """Open the panel with its key, type whom, and press the last keys."""
    await desk.page.locator("#transfer-button:not([disabled])").wait_for()
    await desk.page.keyboard.press("Alt+KeyT")
    await expect(desk.page.locator("#transfer-query")).to_be_focused()
    await desk.page.keyboard.type(typed)
    await expect(desk.page.locator("#transfer-list [aria-selected=true]")).to_contain_text(typed)
    await desk.page.keyboard.press(keys)


async def test_a_caller_is_passed_on_by_keys_with_card_and_note_and_each_has_his_own_write_up(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    anna = await seats.take()
    call, call_id = await callers.reaches_desk(subscriber.number, anna)
    boris = await seats.take()
    await anna.page.fill("#note", "Owes for May, wants a plan")
    await choose(anna, boris.person.extension, "Enter")
    await boris.phase("ringing")
    await boris.card(subscriber.account_id)
    await expect(boris.page.locator("#passed-note")).to_have_text("Owes for May, wants a plan")
    await expect(boris.page.locator("#passed-head")).to_be_visible()
    await anna.phase("wrap_up")
    await anna.state("wrap_up")
    await hears_music(call)
    await boris.answer()
    await talk_both_ways(call, boris)
    await anna.close_contact("INFO", "Owes for May, wants a plan")
    await anna.state("ready")
    await boris.phase("talking")
    call.hang_up()
    await boris.phase("wrap_up")
    await boris.close_contact("BILL_EXPLAINED", "Plan agreed")
    record = await callers.is_recorded(
        call_id, phase="ended", operator_id=boris.person.user_id, disposition="BILL_EXPLAINED", outcome="answered"
    )
    assert record["note"] == "Plan agreed"
    parts = house.rows(
        "select operator_id, disposition, note from contact_parts where call_id = %(call)s", call=call_id
    )
    assert parts == [{"operator_id": anna.person.user_id, "disposition": "INFO", "note": "Owes for May, wants a plan"}]
    assert in_order(["answered", "passed-on", "offered", "answered", "ended"], house.history(call_id))


async def test_a_caller_nobody_takes_comes_back_with_the_reason(
    callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    anna = await seats.take()
    call, _ = await callers.reaches_desk(subscriber.number, anna)
    boris = await seats.take()
    await choose(anna, boris.person.extension, "Enter")
    await boris.phase("ringing")
    await anna.phase("wrap_up")
    await boris.page.click("#hang-up:not([disabled])")
    await anna.phase("ringing")
    await expect(anna.page.locator("#passed-head")).to_contain_text("Declined")
    await boris.no_call()
    await anna.answer()
    await talk_both_ways(call, anna)


async def test_a_colleague_is_asked_then_all_three_talk_then_the_caller_is_his(
    callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    anna = await seats.take()
    call, call_id = await callers.reaches_desk(subscriber.number, anna)
    boris = await seats.take()
    await anna.page.fill("#note", "Is the meter sealed?")
    await choose(anna, boris.person.extension, "Control+Enter")
    consult = anna.page.locator("#consult")
    await expect(consult).to_have_attribute("data-stage", "asking")
    await boris.phase("ringing")
    await expect(boris.page.locator("#passed-note")).to_have_text("Is the meter sealed?")
    await boris.card(subscriber.account_id)
    await hears_music(call)
    await boris.page.click("#answer:not([disabled])")
    await expect(consult).to_have_attribute("data-stage", "together")
    await boris.hears()
    await anna.page.click("#consult-swap:not([disabled])")
    await expect(consult).to_have_attribute("data-stage", "aside")
    await hears_operator(call)
    await anna.page.click("#consult-join:not([disabled])")
    await expect(consult).to_have_attribute("data-stage", "conference")
    await talk_both_ways(call, boris)
    await anna.page.click("#consult-complete:not([disabled])")
    await anna.phase("wrap_up")
    await boris.phase("talking")
    await talk_both_ways(call, boris)
    await callers.is_recorded(call_id, phase="talking", operator_id=boris.person.user_id)
    call.hang_up()
    await boris.phase("wrap_up")


async def test_the_caller_is_taken_back_and_the_colleague_is_free(
    callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    anna = await seats.take()
    call, _ = await callers.reaches_desk(subscriber.number, anna)
    boris = await seats.take()
    await choose(anna, boris.person.extension, "Control+Enter")
    await boris.phase("ringing")
    await boris.page.click("#answer:not([disabled])")
    await expect(anna.page.locator("#consult")).to_have_attribute("data-stage", "together")
    await anna.page.click("#consult-back:not([disabled])")
    await expect(anna.page.locator("#consult")).to_be_hidden()
    await anna.phase("talking")
    await boris.no_call()
    await boris.state("ready")
    await talk_both_ways(call, anna)
