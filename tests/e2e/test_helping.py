"""A supervisor helps from the floor: by keys and by clicks, what both screens show, who hears whom."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.callers import Callers, Seats, Subscriber, in_order, talk_both_ways
from tests.support.browser import Desk
from tests.support.house import House
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]


async def chosen(supervisor: Desk, desk: Desk) -> None:
    """Choose an operator's row, once the floor's own telephone is there."""
    await expect(supervisor.page.locator("#phone")).to_have_attribute("data-registered", "true", timeout=15_000)
    row = supervisor.page.locator(f"#operators tr[data-operator-id='{desk.person.user_id}']")
    await row.click()
    await expect(row).to_have_attribute("aria-selected", "true")


async def pressed(supervisor: Desk, key: str, how: str) -> None:
    """Press one key and wait until the switch has said that it is so."""
    button = supervisor.page.locator(f"#lead [data-lead={how}]")
    await expect(button).to_be_enabled(timeout=10_000)
    await supervisor.page.keyboard.press(key)
    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(button).not_to_have_attribute("data-requested", "", timeout=10_000)


async def test_one_key_each_listens_whispers_speaks_to_both_and_leaves(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    supervisor = await seats.take(role="supervisor")
    anna = await seats.take()
    call, call_id = await callers.reaches_desk(subscriber.number, anna)
    await chosen(supervisor, anna)
    await pressed(supervisor, "KeyL", "listen")
    await expect(anna.page.locator("#helped")).to_have_attribute("data-how", "listen")
    before = await supervisor.received()
    for _ in range(5):
        call.say()
    await eventually(lambda: _more(supervisor, before), 10, "the supervisor hears the caller")
    await pressed(supervisor, "KeyW", "whisper")
    await expect(anna.page.locator("#helped")).to_have_attribute("data-how", "whisper")
    await pressed(supervisor, "KeyB", "barge")
    await expect(anna.page.locator("#helped")).to_have_attribute("data-how", "barge")
    await supervisor.page.keyboard.press("KeyX")
    await expect(anna.page.locator("#helped")).to_be_hidden()
    await talk_both_ways(call, anna)
    assert in_order(["answered", "help", "help", "help", "help-over"], house.history(call_id))
    logged = house.rows(
        "select reason from access_log where user_id = %(who)s and action = 'call.listened' order by id",
        who=supervisor.person.user_id,
    )
    who = f"with operator {anna.person.user_id}"
    assert [one["reason"] for one in logged] == [f"listen {who}", f"whisper {who}", f"barge {who}", "left"]


async def _more(desk: Desk, before: float) -> bool:
    return await desk.received() > before + 1e-5


async def test_a_payment_keeps_the_supervisor_out_until_it_is_over(
    callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    supervisor = await seats.take(role="supervisor")
    anna = await seats.take()
    await callers.reaches_desk(subscriber.number, anna)
    await chosen(supervisor, anna)
    await pressed(supervisor, "KeyL", "listen")
    await anna.page.click("#pay:not([disabled])")
    row = supervisor.page.locator(f"#operators tr[data-operator-id='{anna.person.user_id}']")
    await expect(row.locator(".signs")).to_contain_text("payment", timeout=10_000)
    await expect(anna.page.locator("#payment")).to_have_attribute("data-safe", "")
    await expect(anna.page.locator("#helped-text")).to_contain_text("hears nothing")
    await anna.page.keyboard.press("Escape")
    await expect(row.locator(".signs")).to_contain_text("listens", timeout=10_000)


async def test_the_supervisor_takes_the_caller_by_two_clicks(
    callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    supervisor = await seats.take(role="supervisor")
    anna = await seats.take()
    call, call_id = await callers.reaches_desk(subscriber.number, anna)
    await chosen(supervisor, anna)
    await pressed(supervisor, "KeyL", "listen")
    await supervisor.page.click("#lead [data-lead=take_over]:not([disabled])")
    await anna.phase("wrap_up")
    await expect(supervisor.page.locator(f"#calls tr[data-call-id='{call_id}']")).to_have_attribute(
        "data-phase", "outside"
    )
    # Who hears whom then is told apart by tones in tests/routing/test_helping_line.py.
    await talk_both_ways(call, supervisor)
    await anna.close_contact("INFO", "Taken over")
    call.hang_up()
    await expect(supervisor.page.locator(f"#calls tr[data-call-id='{call_id}']")).to_have_count(0)


async def test_states_words_and_hands_by_one_key(seats: Seats, house: House) -> None:
    """What a supervisor writes is text on the desk, whatever stands in it (AC25)."""
    supervisor = await seats.take(role="supervisor")
    page = supervisor.page
    anna = await seats.take()
    await anna.page.keyboard.press("Alt+KeyU")
    row = page.locator(f"#operators tr[data-operator-id='{anna.person.user_id}']")
    await expect(row).to_have_attribute("data-hand", "true")
    await row.click()
    await page.keyboard.press("KeyH")
    await expect(row).to_have_attribute("data-hand", "false")
    await page.select_option("#lead-reason", "meeting")
    await page.locator("#lead-title").click()
    await page.keyboard.press("KeyN")
    await anna.state("not_ready")
    await expect(anna.page.locator("#status")).to_have_attribute("data-reason", "meeting")
    await page.keyboard.press("KeyR")
    await anna.state("ready")
    await page.keyboard.press("KeyM")
    await page.keyboard.type("<b>Ask for the meter's number</b>")
    await page.keyboard.press("Enter")
    said = anna.page.locator("#said-list .said")
    await expect(said).to_contain_text("<b>Ask for the meter's number</b>")
    await said.locator("button").click()
    await expect(said).to_have_count(0)
    await page.keyboard.press("KeyO")
    await expect(row).to_have_attribute("data-state", "offline")
    logged = house.rows(
        "select reason from access_log where user_id = %(who)s and action = 'floor.led' order by id",
        who=supervisor.person.user_id,
    )
    assert [one["reason"] for one in logged] == [
        "hand seen", "set not_ready: meeting", "set ready", "said: <b>Ask for the meter's number</b>", "set offline",
    ]  # fmt: skip


async def test_a_caller_who_waits_is_moved_and_skills_change_on_the_spot(
    callers: Callers, seats: Seats, subscriber: Subscriber, house: House
) -> None:
    supervisor = await seats.take(role="supervisor")
    page = supervisor.page
    anna = await seats.take(ready=False)
    await callers.call(subscriber.number)
    call_id = await callers.call_id(subscriber.number, 20)
    await page.locator(f"#calls tr[data-call-id='{call_id}']").click()
    others = page.locator("#lead-move [data-queue]")
    if await others.count():
        queue = await others.first.get_attribute("data-queue") or ""
        await others.first.click()
        await expect(page.locator("#lead-said")).to_have_text("Done")
        await callers.is_recorded(call_id, queue=queue)
    await page.locator(f"#operators tr[data-operator-id='{anna.person.user_id}']").click()
    await page.keyboard.press("KeyK")
    await page.fill("#skills-skills", "payments:3, Not A Skill")
    await page.keyboard.press("Enter")
    await expect(page.locator("#skills-error")).to_contain_text("not a skill is no skill")
    await page.fill("#skills-skills", "payments:3")
    await page.keyboard.press("Enter")
    await expect(page.locator("#lead-said")).to_have_text("Done")
    rows = house.rows("select skills from users where id = %(who)s", who=anna.person.user_id)
    assert rows == [{"skills": ["payments:3"]}]


async def test_a_wallboard_opens_once_and_comes_back_by_itself(
    callers: Callers, seats: Seats, subscriber: Subscriber, house: House
) -> None:
    supervisor = await seats.take(role="supervisor")
    desk = await seats.take(ready=False)
    async with supervisor.context.expect_page() as opened:
        await supervisor.page.click("#open-wall")
    wall = await opened.value
    await expect(wall.locator("#age")).to_have_attribute("data-fresh", "true", timeout=15_000)
    person = wall.locator(".wall-person", has_text=desk.person.extension)
    await expect(person).to_have_attribute("data-state", "not_ready")
    await wall.evaluate("() => { window.stayed = true; }")
    await callers.call(subscriber.number)
    await callers.call_id(subscriber.number, 30)
    waiting = wall.locator("#heads .wall-figure dd").first
    await expect(waiting).to_have_text("1", timeout=20_000)
    assert subscriber.number[-7:] not in await wall.locator("body").inner_text()
    house.processes["floor"].kill()
    await expect(wall.locator("#wall")).to_have_attribute("data-fresh", "false", timeout=15_000)
    house.heal()
    await expect(wall.locator("#wall")).to_have_attribute("data-fresh", "true", timeout=30_000)
    await desk.go_ready()
    await desk.phase("ringing")
    await expect(person).to_have_attribute("data-state", "reserved")
    assert await wall.evaluate("() => window.stayed") is True, "it was not reloaded"
    await wall.close()


async def test_a_tile_leads_to_the_calls_behind_it(callers: Callers, seats: Seats, subscriber: Subscriber) -> None:
    supervisor = await seats.take(role="supervisor")
    page = supervisor.page
    await callers.call(subscriber.number)
    call_id = await callers.call_id(subscriber.number, 20)
    seen = page.locator(f"#calls tr[data-call-id='{call_id}']")
    await expect(seen).to_be_visible()
    await page.click("#queues [data-queue=main]")
    await expect(page.locator("#drilled")).to_be_visible()
    await expect(seen).to_be_visible()
    await page.click("#queues [data-queue=main]")
    await expect(page.locator("#drilled")).to_be_hidden()
