"""The command box and the forms of the desk in Chromium: opened by what is typed, kept, sent once (AC25)."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Page, expect

from routing.views import CallPhase
from tests.desk import samples
from tests.desk.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]
EVIL = "<img src=x onerror='window.broken=1'>{{7*7}}\u202e"


async def open_desk(stage: Stage, page: Page, scene: str = "talking", language: str = "en") -> None:
    await page.goto(f"{stage.address}/desk?scene={scene}&language={language}")
    await expect(page.locator("#status")).not_to_have_attribute("data-state", "offline")
    if scene not in {"idle", "unknown", "chooser"}:
        await expect(page.locator("#card")).to_be_visible()


async def posted(stage: Stage) -> tuple[str, dict[str, str]]:
    return stage.posted.get_nowait()


async def test_digits_typed_anywhere_open_the_form_of_the_register_they_fit(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    last = float(await page.locator("#r_11").get_attribute("data-last") or 0)
    await page.keyboard.type(str(int(last) + 90))
    await expect(page.locator("#search")).to_be_focused()
    await expect(page.locator("#intent-list")).to_contain_text("Reading")
    await page.keyboard.press("Enter")
    await expect(page.locator("#r_11")).to_have_value(str(int(last) + 90))
    await expect(page.locator("#panel-readings")).to_be_visible()
    await expect(page.locator("#r_12")).to_be_focused()
    await expect(page.locator("#search")).to_have_value("")


async def test_an_amount_and_a_day_open_a_promise_that_enter_records(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("1500 2026-12-10")
    await page.keyboard.press("Enter")
    await expect(page.locator("#p_pro_amount")).to_have_value("1500")
    await expect(page.locator("#p_pro_due")).to_have_value("2026-12-10")
    await expect(page.locator("#sheet button[type=submit]")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#toasts")).to_contain_text("It is recorded")
    await expect(page.locator("#sheet")).to_be_hidden()
    panel, sent = await posted(stage)
    assert (panel, sent["pro_amount"], sent["pro_due"], len(sent["once"])) == ("promise", "1500", "2026-12-10", 32)


async def test_an_application_s_name_opens_its_form_with_what_the_caller_told(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await page.keyboard.type("no power Lenina 12")
    await page.keyboard.press("Enter")
    await expect(page.locator("#sheet h2")).to_contain_text("No power")
    await expect(page.locator("#p_f_what")).to_have_value("Lenina 12")
    await expect(page.locator("#p_f_since")).to_be_focused()


async def test_a_field_that_is_being_typed_in_keeps_its_keys(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await page.locator("#note").focus()
    await page.keyboard.type("48390 /? asked")
    await expect(page.locator("#note")).to_have_value("48390 /? asked")
    await expect(page.locator("#note")).to_be_focused()
    await stage.pop(samples.call(CallPhase.TALKING, topic="outage"), stage.card())
    await expect(page.locator("#note")).to_be_focused()
    await page.keyboard.press("Control+k")
    await expect(page.locator("#search")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#note")).to_be_focused()
    assert await page.evaluate("document.getElementById('note').selectionStart") == len("48390 /? asked")


async def test_a_fault_stands_beside_its_field_and_what_was_typed_stays(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    stage.faults = [{"pro_due": "A promise lies at most 30 days ahead.", "form": "Not right yet."}]
    await page.keyboard.press("Alt+p")
    await page.locator("#p_pro_due").fill("2027-12-10")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#p_pro_due-error")).to_have_text("A promise lies at most 30 days ahead.")
    await expect(page.locator("#p_pro_due")).to_be_focused()
    await expect(page.locator("#p_pro_due")).to_have_value("2027-12-10")
    await page.locator("#p_pro_due").fill("2026-12-10")
    await expect(page.locator("#p_pro_due-error")).to_be_hidden()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#sheet")).to_be_hidden()
    (_, first), (_, second) = await posted(stage), await posted(stage)
    assert first["once"] == second["once"], "the same form is the same wish until it is carried out"


async def test_what_was_typed_is_there_after_a_reload_and_in_another_tab(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await page.keyboard.press("Alt+j")
    await page.locator("#p_title").fill("Call about the seal")
    await page.keyboard.press("Tab")
    await page.keyboard.type("12345")
    await page.reload()
    await expect(page.locator("#p_title")).to_have_value("Call about the seal")
    await expect(page.locator("#p_title")).not_to_be_focused()
    other = await page.context.new_page()
    await open_desk(stage, other)
    await expect(other.locator("#p_title")).to_have_value("Call about the seal")
    await page.locator("#p_title").fill("Call about the new seal")
    await expect(other.locator("#p_title")).to_have_value("Call about the new seal")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#sheet")).to_be_hidden()
    await expect(other.locator("#sheet")).to_be_hidden()
    await other.close()
    await page.reload()
    await expect(page.locator("#card")).to_be_visible()
    await expect(page.locator("#sheet")).to_be_hidden()
    assert stage.posted.qsize() == 1


async def test_a_reading_that_was_being_typed_survives_a_reload_and_a_new_card(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await page.keyboard.press("Alt+r")
    await page.keyboard.type("484")
    await stage.pop(samples.call(CallPhase.TALKING), stage.card())
    await expect(page.locator("#r_11")).to_be_focused()
    await page.keyboard.type("9")
    await expect(page.locator("#r_11")).to_have_value("4849")
    await page.locator("#taken_on").fill("2026-11-02")
    await page.reload()
    await expect(page.locator("#r_11")).to_have_value("4849")
    await expect(page.locator("#taken_on")).to_have_value("2026-11-02")


async def test_a_reading_and_a_note_typed_in_one_tab_stand_in_the_other(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    other = await page.context.new_page()
    await open_desk(stage, other)
    await page.keyboard.press("Alt+r")
    await page.keyboard.type("48490")
    await expect(other.locator("#r_11")).to_have_value("48490")
    await page.locator("#note").fill("Asked about the bill")
    await page.select_option("#disposition", "CALLBACK")
    await page.locator("#need_at").fill("2026-12-01T18:30")
    await expect(other.locator("#note")).to_have_value("Asked about the bill")
    await expect(other.locator("#need_at")).to_have_value("2026-12-01T18:30")
    await other.close()


async def test_a_double_press_sends_one_form(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await page.keyboard.press("Alt+p")
    await page.locator("#p_pro_due").fill("2026-12-10")
    await page.evaluate(
        "() => { const f = document.querySelector('#sheet form'); f.requestSubmit(); f.requestSubmit(); }"
    )
    await expect(page.locator("#sheet")).to_be_hidden()
    assert stage.posted.qsize() == 1


async def test_escape_puts_a_form_away_and_gives_the_cursor_back(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await page.locator("#note").focus()
    await page.keyboard.press("Alt+p")
    await expect(page.locator("#p_pro_due")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#sheet")).to_be_hidden()
    await expect(page.locator("#note")).to_be_focused()


async def test_a_text_is_put_into_the_note_where_the_cursor_stood(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await page.locator("#note").fill("Asked.")
    await page.keyboard.press("Alt+Shift+n")
    await page.keyboard.type("call back")
    await expect(page.locator("#note-texts-list [data-text]").first).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator("#note")).to_have_value("Asked. Promised to call back at … about the bill.")
    await page.keyboard.type("15:00")
    await expect(page.locator("#note")).to_have_value("Asked. Promised to call back at 15:00 about the bill.")


async def test_a_person_gives_an_action_another_key(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await page.keyboard.press("Shift+Slash")
    await expect(page.locator("#keys")).to_be_visible()
    await page.locator('#keys [data-action="promise"] [data-change]').click()
    await page.keyboard.press("Alt+y")
    await expect(page.locator('#keys [data-action="promise"] kbd')).to_have_text("Alt Y")
    assert await posted(stage) == ("keys", {"action": "promise", "key": "Alt+KeyY"})
    await page.keyboard.press("Escape")
    await page.keyboard.press("Alt+p")
    await expect(page.locator("#sheet")).to_be_hidden()
    await page.keyboard.press("Alt+y")
    await expect(page.locator("#p_pro_amount")).to_be_visible()


async def test_hostile_text_in_every_field_stays_text(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await page.keyboard.press("Control+k")
    await page.keyboard.insert_text(f"no power {EVIL}")
    await expect(page.locator("#intent-list")).to_contain_text("<img")
    await page.keyboard.press("Enter")
    await expect(page.locator("#p_f_what")).to_have_value(EVIL)
    stage.faults = [{"f_what": EVIL, "form": EVIL}]
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#p_f_what-error")).to_contain_text("<img")
    assert json.loads(await page.evaluate("JSON.stringify([window.broken ?? 0, document.images.length])")) == [0, 0]


async def test_a_script_is_walked_by_keys_and_goes_on_after_a_reload(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("supply")
    await expect(page.locator("#search-guides [data-guide]")).to_have_count(1)
    await page.locator("#search-guides [data-guide]").click()
    await expect(page.locator(".guide-step:visible")).to_contain_text("wires on the ground")
    await page.keyboard.press("2")
    await expect(page.locator(".guide-step:visible")).to_contain_text("lamps of the neighbours")
    what, sent = await posted(stage)
    assert (what, json.loads(sent["answers"]), sent["version"]) == ("walk", [["begin", 1]], "3")
    await page.reload()
    await expect(page.locator(".guide-step:visible")).to_contain_text("lamps of the neighbours")
    await page.locator(".guide-step:visible [data-answer='0']").click()
    await page.locator(".guide-step:visible [data-does]").click()
    await expect(page.locator("#sheet h2")).to_contain_text("No power")
    _, second = await posted(stage)
    assert second["once"] == sent["once"], "one walk is one row, however often the page was loaded"
    await page.locator("[data-back]").click()
    await expect(page.locator(".guide-step:visible")).to_contain_text("lamps of the neighbours")


async def test_a_topic_suggests_its_script_without_a_request(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "idle")
    await expect(page.locator("#phone")).to_have_attribute("data-registered", "true")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await stage.pop(samples.call(CallPhase.RINGING, topic="outage"), stage.card())
    await expect(page.locator("#guide-list")).to_contain_text("No supply")
    await expect(page.locator("#card")).to_be_visible()
    assert [one for one in asked if "/api/" in one] == []
