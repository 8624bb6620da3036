"""The parts under the call in Chromium: colleagues, messages, work; by keys, in any layout, never taking the cursor."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from routing.views import OperatorState
from tests.desk import beside_stage
from tests.desk.stage import Stage
from tests.desk.test_accessible import AXE, faults
from workstation.messages import InboxMessage, PresenceMessage, RosterMessage

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]
EVIL = '<img src=x onerror="window.broken=1">\u202e'


async def open_part(stage: Stage, page: Page, code: str, part: str) -> None:
    await page.goto(f"{stage.address}/desk")
    await expect(page.locator("#status")).to_have_attribute("data-state", "ready", timeout=20_000)
    await page.evaluate("localStorage.removeItem('busbar.beside')")
    # As of a Russian layout: what counts is the place of the key.
    pressed = f"{{code: '{code}', key: 'ы', altKey: true, bubbles: true}}"
    await page.evaluate(f"document.dispatchEvent(new KeyboardEvent('keydown', {pressed}))")
    await expect(page.locator(part)).to_be_visible()


async def posted(stage: Stage) -> tuple[str, dict[str, str]]:
    return await asyncio.wait_for(stage.posted.get(), 20)


async def test_a_colleague_is_found_by_typing_and_called_by_enter(stage: Stage, page: Page) -> None:
    await open_part(stage, page, "KeyD", "#directory")
    await expect(page.locator("#directory-query")).to_be_focused()
    await expect(page.locator('#directory-list [data-key="number:1"]').first).to_contain_text("газовая")
    await page.keyboard.type("борис")
    await page.keyboard.press("Enter")
    what, sent = await posted(stage)
    assert (what, sent["to"]) == ("directory/call", "operator:8")
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", sent["wish_id"])
    assert set(sent) == {"wish_id", "to"}, "a key goes out, never a number"


async def test_colleagues_change_as_they_are_told_and_names_stay_text(stage: Stage, page: Page) -> None:
    await open_part(stage, page, "KeyD", "#directory")
    row = page.locator('#directory-list [data-key="operator:8"][data-state]').last
    await expect(row).to_have_attribute("data-state", "ready")
    changed = beside_stage.colleague(8, EVIL, "102", OperatorState.NOT_READY, 1, "break")
    await stage.tell(PresenceMessage(colleagues=(changed,)))
    await expect(row).to_have_attribute("data-state", "not_ready")
    await expect(row).to_contain_text("Break")
    assert await page.evaluate("window.broken") is None


async def test_the_last_one_is_called_again_by_a_key(stage: Stage, page: Page) -> None:
    await open_part(stage, page, "KeyD", "#directory")
    await page.keyboard.press("Alt+Shift+KeyD")
    assert (await posted(stage))[1]["to"] == "operator:8"


async def test_a_message_that_comes_counts_and_does_not_move_the_cursor(stage: Stage, page: Page) -> None:
    await open_part(stage, page, "KeyI", "#messages")
    await page.locator("#search").focus()
    await expect(page.locator("#messages-unread")).to_have_text("2")
    came = beside_stage.note(13, "person:8", EVIL, EVIL, 0)
    await stage.tell(InboxMessage(note=came))
    await expect(page.locator("#messages-unread")).to_have_text("3")
    await expect(page.locator("#search")).to_be_focused()
    await expect(page.locator('[data-thread="person:8"] .under')).to_contain_text("<img")
    assert await page.evaluate("window.broken") is None


async def test_a_thread_is_read_answered_and_what_was_typed_is_kept_when_refused(stage: Stage, page: Page) -> None:
    await open_part(stage, page, "KeyI", "#messages")
    await page.locator('[data-thread="person:21"]').click()
    await expect(page.locator("#messages-list .said-line")).to_have_count(2)
    assert (await posted(stage))[0] == "messages/read"
    await expect(page.locator("#messages-unread")).to_be_hidden()
    stage.refusing = {"text": "A message has at most 1,000 characters."}
    await page.locator("#messages-text").fill("A-2214")
    await page.keyboard.press("Enter")
    what, sent = await posted(stage)
    assert (what, sent["to"], sent["text"]) == ("messages", "person:21", "A-2214")
    await expect(page.locator("#messages-error")).to_contain_text("at most")
    await expect(page.locator("#messages-text")).to_have_value("A-2214")
    stage.refusing = {}
    await page.keyboard.press("Enter")
    again = (await posted(stage))[1]
    assert again["once"] == sent["once"], "the same message, not a second one"
    await expect(page.locator("#messages-text")).to_have_value("")


async def test_work_is_gone_through_by_keys_and_given_in_two_clicks(stage: Stage, page: Page) -> None:
    await open_part(stage, page, "KeyX", "#roster")
    rows = page.locator("#roster-list .roster-row")
    await expect(rows).to_have_count(4)
    await expect(rows.first).to_be_focused()
    await expect(rows.first).to_contain_text("Late by 2 h")
    await page.keyboard.press("KeyJ")
    await expect(rows.nth(1)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#card")).to_have_attribute("data-account-id", "4711")
    await page.locator("#roster-list select").select_option("owner:8")
    assert await posted(stage) == ("roster/assignment", {"item": "application-2", "to": "owner:8"})


async def test_how_much_work_there_is_is_told(stage: Stage, page: Page) -> None:
    await open_part(stage, page, "KeyX", "#roster")
    await stage.tell(RosterMessage(mine=17, late=3))
    await expect(page.locator("#roster-count")).to_have_text("17")


async def test_the_part_that_was_open_is_open_after_a_reload(stage: Stage, page: Page) -> None:
    await open_part(stage, page, "KeyX", "#roster")
    await page.reload()
    await expect(page.locator("#roster")).to_be_visible()
    await expect(page.locator("body")).to_be_focused()


@pytest.mark.parametrize(("code", "part"), [("KeyD", "#directory"), ("KeyI", "#messages"), ("KeyX", "#roster")])
async def test_no_part_has_a_serious_fault(stage: Stage, page: Page, code: str, part: str) -> None:
    found = {}
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await open_part(stage, page, code, part)
        await expect(page.locator(f"{part} :is([role=option], li)").first).to_be_visible()
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        found[scheme] = await faults(page, "#beside")
    assert found == {"light": [], "dark": []}


async def test_calls_ring_on_the_desk_telephone_at_will_and_after_a_reload(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.address}/desk")
    await expect(page.locator("#phone")).to_have_attribute("data-registered", "true", timeout=20_000)
    await page.keyboard.press("Alt+KeyB")
    await page.locator('#telephone [name="place"][value="desk"]').check()
    await expect(page.locator("#phone")).to_have_attribute("data-registered", "false")
    await expect(page.locator("#phone-word")).to_have_text("Desk telephone")
    await page.reload()
    await expect(page.locator("#status")).to_have_attribute("data-state", "ready", timeout=20_000)
    await expect(page.locator("#phone-word")).to_have_text("Desk telephone")
    await page.keyboard.press("Alt+KeyB")
    await page.locator('#telephone [name="place"][value=""]').check()
    await expect(page.locator("#phone")).to_have_attribute("data-registered", "true", timeout=20_000)
