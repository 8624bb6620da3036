"""A conversation and what may happen to it: hold, keys, a reload, another tab, a workstation that dies."""

from __future__ import annotations

import asyncio
import time

import pytest
from playwright.async_api import expect

from tests.e2e.callers import Callers, Seats, Subscriber, hears_music, hears_operator, in_order, talk_both_ways
from tests.support.browser import SECONDS, Desk
from tests.support.house import House
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]
HEALED = 5.0
"""Seconds within which a page must be right again after a fault of ours."""


async def test_a_caller_on_hold_hears_music_and_then_the_operator_again(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    call, call_id = await callers.reaches_desk(subscriber.number, desk)
    await hears_operator(call)
    await desk.page.click("#hold:not([disabled])")
    await desk.phase("held")
    await expect(desk.page.locator("#hold")).to_have_attribute("aria-pressed", "true")
    await hears_music(call)
    await callers.is_recorded(call_id, phase="held")
    await desk.page.click("#hold:not([disabled])")
    await desk.phase("talking")
    await hears_operator(call)
    before = await desk.received()
    call.say()

    async def louder() -> bool:
        return await desk.received() > before + 1e-6

    await eventually(louder, 10, "the operator hears the caller again")
    assert in_order(["answered", "held", "resumed"], house.history(call_id))


async def test_a_call_that_rings_while_the_page_is_reloaded_rings_again_with_its_card(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    call = await callers.call(subscriber.number)
    await desk.phase("ringing", 20)
    await desk.card(subscriber.account_id)
    await expect(desk.page.locator("#answer")).to_be_enabled()
    call_id = await desk.call_id()
    reloaded = asyncio.get_running_loop().time()
    await desk.page.reload(wait_until="commit")
    await desk.phase("ringing", 5)
    await desk.card(subscriber.account_id, 5)
    await expect(desk.page.locator("#answer")).to_be_enabled(timeout=5 * SECONDS)
    took = asyncio.get_running_loop().time() - reloaded
    assert took < 5, f"it rang again after {took:.1f} s"
    assert await desk.call_id() == call_id
    await desk.answer()
    await talk_both_ways(call, desk)
    happened = house.history(call_id)
    assert in_order(["ringing", "waiting", "ringing", "answered"], happened)
    assert "missed" not in happened
    call.hang_up()
    await desk.phase("wrap_up")
    await desk.close_contact("BILL_EXPLAINED", "")


async def test_a_call_survives_a_reload_of_the_page_with_its_card_and_the_half_written_note(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    call, call_id = await callers.reaches_desk(subscriber.number, desk)
    await desk.page.fill("#note", "Moved in May, asks for")
    await desk.page.reload()
    await desk.phase("talking", 15)
    await expect(desk.page.locator("#phone")).to_have_attribute("data-session", "talking", timeout=10 * SECONDS)
    await desk.card(subscriber.account_id)
    assert await desk.call_id() == call_id
    await expect(desk.page.locator("#note")).to_have_value("Moved in May, asks for")
    assert call.state == "up"
    await talk_both_ways(call, desk)
    assert in_order(["answered", "parted", "joined again"], house.history(call_id))
    call.hang_up()
    await desk.phase("wrap_up")
    await desk.close_contact("BILL_EXPLAINED", "Moved in May, asked for a correction")
    await callers.is_recorded(call_id, outcome="answered", disposition="BILL_EXPLAINED")


async def test_the_keypad_reaches_the_caller_s_telephone(
    callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    call, _ = await callers.reaches_desk(subscriber.number, desk)
    await desk.page.click("#keypad-button:not([disabled])")
    for key in "159#":
        await desk.page.click(f"#keypad [data-digit='{key}']")
    await expect(desk.page.locator("#digits")).to_have_text("159#")
    await eventually(lambda: call.heard.keys == "159#", 10, "the caller's telephone got the keys")


async def test_a_muted_operator_is_not_heard(callers: Callers, seats: Seats, subscriber: Subscriber) -> None:
    desk = await seats.take()
    call, _ = await callers.reaches_desk(subscriber.number, desk)
    await desk.page.click("#mute:not([disabled])")
    await expect(desk.page.locator("#phone")).to_have_attribute("data-muted", "true")
    await eventually(lambda: len(call.heard.levels) == 50 and max(call.heard.levels) < 200, 10, "a second of silence")
    await desk.page.click("#mute:not([disabled])")
    await hears_operator(call)


async def test_of_two_tabs_the_newest_holds_the_telephone_and_both_show_the_state(
    callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    first = await seats.take()
    page = await first.context.new_page()
    await page.goto(f"{first.house.url}/desk")
    second = Desk(house=first.house, person=first.person, context=first.context, page=page, said=first.said)
    await second.registered()
    await expect(first.page.locator("#phone")).to_have_attribute("data-registered", "false")
    await expect(first.page.locator("#elsewhere")).to_be_visible()
    for tab in (first, second):
        await tab.state("ready")
    call = await callers.call(subscriber.number)
    await second.phase("ringing", 20)
    await first.phase("ringing")
    await first.card(subscriber.account_id)
    await second.answer()
    await first.phase("talking")
    await talk_both_ways(call, second)
    call.hang_up()
    for tab in (first, second):
        await tab.phase("wrap_up")
    await second.close_contact("BILL_EXPLAINED", "")
    for tab in (first, second):
        await tab.state("ready")


async def test_a_workstation_that_dies_in_mid_call_is_said_and_the_page_heals_by_itself(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    call, call_id = await callers.reaches_desk(subscriber.number, desk)
    await desk.page.fill("#note", "half a sen")
    house.processes["web"].kill()
    await expect(desk.page.locator("#stale")).to_be_visible(timeout=HEALED * SECONDS)
    await talk_both_ways(call, desk)
    house.processes["web"].start()
    back = time.monotonic()
    await expect(desk.page.locator("#stale")).to_be_hidden(timeout=HEALED * SECONDS)
    await desk.card(subscriber.account_id, HEALED)
    assert time.monotonic() - back < HEALED
    assert await desk.call_id() == call_id
    await desk.phase("talking", 1)
    await expect(desk.page.locator("#note")).to_have_value("half a sen")
    assert call.state == "up"
    await talk_both_ways(call, desk)
    call.hang_up()
    await desk.phase("wrap_up")
    await desk.close_contact("BILL_EXPLAINED", "half a sentence, finished")
    await callers.is_recorded(call_id, outcome="answered", note="half a sentence, finished")
