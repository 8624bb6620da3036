"""After the call: time runs out, hands never leave the keyboard, a reading is stored."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.e2e.callers import Callers, Seats, Subscriber, talk_both_ways
from tests.support.browser import SECONDS, Desk
from tests.support.house import House

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]


async def test_a_contact_nobody_writes_up_ends_as_undisposed_and_the_operator_is_ready_again(
    callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    call, call_id = await callers.reaches_desk(subscriber.number, desk)
    call.hang_up()
    await desk.phase("wrap_up")
    await expect(desk.page.locator("#wrap-up-clock")).not_to_have_text("0:00")
    await desk.page.click("#extend:not([disabled])")
    await expect(desk.page.locator("#extend")).to_be_disabled()
    await desk.state("wrap_up", 1)
    await desk.no_call(20)
    record = await callers.is_recorded(call_id, phase="ended", disposition="UNDISPOSED", outcome="answered")
    assert record["operator_id"] == desk.person.user_id
    assert (record["closed_at"] - record["ended_at"]).total_seconds() > 12, "the extension counted"  # type: ignore[operator]
    await expect(desk.page.locator("#status")).not_to_have_attribute("data-state", "wrap_up")


async def test_a_whole_contact_without_touching_the_mouse(
    callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    keyboard = desk.page.keyboard
    call = await callers.call(subscriber.number)
    await desk.phase("ringing", 20)
    call_id = await desk.call_id()
    await expect(desk.page.locator("#answer")).to_be_enabled()
    await keyboard.press("Alt+a")
    await desk.phase("talking")
    await talk_both_ways(call, desk)
    await expect(desk.page.locator("#hold")).to_be_enabled()
    await keyboard.press("Alt+h")
    await desk.phase("held")
    await expect(desk.page.locator("#hold")).to_be_enabled()
    await keyboard.press("Alt+h")
    await desk.phase("talking")
    await keyboard.press("Alt+2")
    await expect(desk.page.locator("#panel-readings")).to_be_visible()
    await keyboard.press("Alt+n")
    await keyboard.type("Typed without a mouse")
    await expect(desk.page.locator("#hang-up")).to_be_enabled()
    await keyboard.press("Alt+e")
    await desk.phase("wrap_up")
    await call.reaches("ended")
    await keyboard.press("Alt+w")
    await keyboard.type("Bill explained")
    await keyboard.press("Control+Enter")
    await desk.no_call()
    await callers.is_recorded(call_id, disposition="BILL_EXPLAINED", note="Typed without a mouse")


async def shows_reading(desk: Desk, register: int, value: int) -> None:
    """Wait until header, table, chart and form of the card have the new reading, where the reader was."""
    page = desk.page
    digits = re.compile(r"[\s\u00a0\u202f,]*".join(str(value)))
    await expect(page.locator("#card .headline")).to_contain_text(digits)
    await expect(page.locator("#reading-rows tr").filter(has_text=digits)).to_have_count(1)
    await expect(page.locator("#tab-readings")).to_have_attribute("aria-selected", "true")
    field = page.locator(f"#readings-form [name=r_{register}]")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("")
    assert int(float(await field.get_attribute("data-last") or "0")) == value
    await expect(page.locator("#readings-form .notice.good")).to_be_visible()


async def test_a_reading_taken_on_the_desk_is_stored_with_its_call(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    call, call_id = await callers.reaches_desk(subscriber.number, desk)
    await desk.page.keyboard.press("Alt+r")
    field = desk.page.locator("#readings-form .reading-input").first
    await expect(field).to_be_focused()
    value = int(float(await field.get_attribute("data-last") or "0")) + 100
    register = int((await field.get_attribute("name") or "r_0").removeprefix("r_"))
    await desk.page.keyboard.type(str(value))
    # A meter by day and night has both registers on one form.
    others = desk.page.locator("#readings-form .reading-input")
    for place in range(1, await others.count()):
        last = int(float(await others.nth(place).get_attribute("data-last") or "0"))
        await others.nth(place).fill(str(last + 50))
    await field.focus()
    await desk.page.keyboard.press("Enter")
    saved = desk.page.locator("#readings-form .notice.good")
    doubtful = desk.page.locator("#readings-form [name=confirm]")
    await expect(saved.or_(doubtful)).to_be_visible(timeout=5 * SECONDS)
    if await doubtful.count():
        await doubtful.check()
        await desk.page.click("#readings-form button[type=submit]")
    await expect(saved).to_be_visible(timeout=5 * SECONDS)
    await shows_reading(desk, register, value)
    rows = house.rows(
        "select * from readings where register_id = %(register)s and call_id = %(call_id)s order by revision desc",
        register=register,
        call_id=call_id,
    )
    assert [int(str(row["value"]).partition(".")[0]) for row in rows[:1]] == [value]
    assert rows[0]["source"] == "operator"
    assert rows[0]["by_user"] == desk.person.user_id
    assert rows[0]["account_id"] == subscriber.account_id
    call.hang_up()
    await desk.phase("wrap_up")
    await desk.close_contact("READING_TAKEN", "")
