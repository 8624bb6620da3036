"""The operator's page alone, in Chromium, its hub and its registrar played by the test."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from crm_core.work.fields import Evidence
from routing.views import CallPhase, OperatorState
from tests.desk import samples
from tests.desk.stage import DISPOSITIONS, EPOCH, FIELDS, Stage
from workstation.messages import (
    CallGoneMessage,
    CallMessage,
    DeskSnapshotMessage,
    OperatorMessage,
    PhoneMessage,
    QueueMessage,
    WishMessage,
)

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]
CALL = "main-1763800000.42"
ABOUT_DEBT = [one for one in DISPOSITIONS if one["category"] == "collections"]
EVIL = '</script><img src=x onerror="window.broken=1">&amp;<!--'


async def open_desk(stage: Stage, page: Page, scene: str = "idle") -> None:
    stage.scene = scene
    await page.goto(f"{stage.address}/desk")
    await expect(page.locator("#phone")).to_have_attribute("data-registered", "true")


async def asked(stage: Stage) -> dict[str, object]:
    return await asyncio.wait_for(stage.asked.get(), 5)


async def test_a_ringing_call_brings_its_card_and_is_the_loud_thing(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await stage.pop(samples.call(), stage.card())
    await stage.registrar.ring(CALL)
    await expect(page.locator("#call")).to_have_attribute("data-phase", "ringing")
    await expect(page.locator("#call")).to_have_attribute("data-call-id", CALL)
    await expect(page.locator("#card")).to_have_attribute("data-account-id", "4711")
    await expect(page.locator("#balance")).to_contain_text("2,417.60")
    await expect(page.locator("#ring-alert")).to_contain_text("+7 912 345-67-89")
    await expect(page.locator("#answer")).to_be_enabled()
    await expect(page.locator("#path li")).to_have_count(4)
    assert (await page.locator("#waited").inner_text()).startswith("0:3")


async def test_an_answered_call_talks_and_a_hang_up_is_a_plain_one(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "ringing")
    await stage.registrar.ring(CALL)
    await page.locator("#answer").click()
    await expect(page.locator("#phone")).to_have_attribute("data-session", "talking")
    await page.locator("#mute").click()
    await expect(page.locator("#phone")).to_have_attribute("data-muted", "true")
    await page.locator("#hang-up").click()
    bye = await stage.registrar.wait_for("^BYE ")
    assert "cause=41" not in bye
    await expect(page.locator("#phone")).to_have_attribute("data-session", "none")


async def test_the_keyboard_answers_in_any_layout(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "ringing")
    await stage.registrar.ring(CALL)
    await expect(page.locator("#answer")).to_be_enabled()
    await page.evaluate(
        "document.dispatchEvent(new KeyboardEvent('keydown', {code: 'KeyA', key: 'ф', altKey: true, bubbles: true}))"
    )
    await expect(page.locator("#phone")).to_have_attribute("data-session", "talking")


async def test_a_reload_keeps_the_caller_and_the_call_comes_back_by_itself(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "ringing")
    await stage.registrar.ring(CALL)
    await page.locator("#answer").click()
    await expect(page.locator("#phone")).to_have_attribute("data-session", "talking")
    stage.scene = "talking"
    await page.reload()
    assert "cause=41" in await stage.registrar.wait_for("^BYE ")
    await expect(page.locator("#phone")).to_have_attribute("data-registered", "true")
    await stage.registrar.ring("rejoined", auto=True)
    await expect(page.locator("#phone")).to_have_attribute("data-session", "talking")
    await expect(page.locator("#card")).to_have_attribute("data-account-id", "4711")


async def test_a_reload_while_it_rings_says_so_and_asks_for_nothing_else(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "ringing")
    await stage.registrar.ring(CALL)
    await expect(page.locator("#answer")).to_be_enabled()
    await page.reload()
    assert "cause=41" in await stage.registrar.wait_for("^SIP/2.0 503 ")
    await expect(page.locator("#phone")).to_have_attribute("data-registered", "true")
    await stage.registrar.ring("again")
    await expect(page.locator("#phone")).to_have_attribute("data-session", "ringing")
    assert stage.asked.empty()


async def test_the_title_says_what_the_desk_does_and_rings_in_words(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await expect(page).to_have_title(re.compile("^Ready ·"))
    await stage.pop(samples.call(), stage.card())
    await expect(page).to_have_title("☎ Ringing +7 912 345-67-89")
    await expect(page).to_have_title(re.compile("^Ringing .* · Desk"))
    await page.emulate_media(reduced_motion="reduce")
    await expect(page).to_have_title("☎ Ringing +7 912 345-67-89")
    changes = await page.evaluate(
        """() => new Promise((done) => {
             let changes = 0;
             const watch = new MutationObserver(() => (changes += 1));
             watch.observe(document.querySelector("title"), { childList: true });
             setTimeout(() => done(changes), 1300);
           })"""
    )
    assert changes == 0, "with reduced motion nothing alternates"
    await page.emulate_media(reduced_motion=None)


async def test_results_of_a_debt_are_offered_where_there_is_one(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "wrap_up")
    await expect(page.locator("#debt-results option")).to_have_count(len(ABOUT_DEBT))
    await page.locator("#disposition").select_option("PTP")
    await page.reload()
    await expect(page.locator("#disposition")).to_have_value("PTP")
    await page.locator("#disposition").select_option("INFO")
    await stage.pop(
        samples.call(CallPhase.WRAP_UP, account_id=4712),
        stage.fragment(
            "card.html", card=samples.newcomer(), call=samples.call(), today=samples.TODAY, recognised_by="account"
        ),
    )
    await expect(page.locator("#debt-results")).to_have_count(0)


async def test_the_timeline_names_every_result(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "talking")
    await page.keyboard.press("Alt+6")
    shown = await page.locator("#timeline .event-what").all_inner_texts()
    assert shown[:3] == ["Meter reading taken", "Promised to pay", "Caller gave up waiting"]


async def test_who_of_an_organisation_is_calling_stands_in_the_head_and_among_the_people(
    stage: Stage, page: Page
) -> None:
    await open_desk(stage, page, "organisation")
    await expect(page.locator("#calling")).to_have_text("Andrei Darrow, accountant, is calling")
    await expect(page.locator(".pairs .caller")).to_have_count(1)
    await expect(page.locator(".pairs .caller")).to_contain_text("Andrei Darrow")


async def test_the_lists_of_a_card_become_rows_when_their_tab_is_opened(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "talking")
    await expect(page.locator("[data-last-readings] tbody tr")).to_have_count(3)
    await expect(page.locator("[data-last-money] tbody tr")).to_have_count(3)
    await page.keyboard.press("Alt+2")
    await expect(page.locator("#reading-rows tr")).to_have_count(48)
    await expect(page.locator("#reading-rows tr").first).to_contain_text("20 Nov 2026")
    await page.keyboard.press("Alt+3")
    await expect(page.locator("#bill-rows tr")).to_have_count(24)
    await expect(page.locator("#bill-rows tr").first).to_contain_text("1,237.35")
    await expect(page.locator("#payment-rows tr")).to_have_count(22)


async def test_times_of_day_have_24_hours(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "talking")
    await expect(page.locator("[data-zone]")).to_have_text(re.compile(r"^\d\d:\d\d · Asia/Yekaterinburg$"))
    await expect(page.locator("#timeline time").first).to_have_text("20 Nov 2026 12:14")


async def test_a_telephone_that_connects_but_is_not_registered_starts_anew(stage: Stage, page: Page) -> None:
    stage.registrar.registers = False
    await page.goto(f"{stage.address}/desk")
    first = await stage.registrar.wait_for("^REGISTER ")
    stage.registrar.heard.clear()
    stage.registrar.registers = True
    again = await stage.registrar.wait_for("^REGISTER ", 8)
    assert first.split("Call-ID: ")[1].split("\r\n")[0] != again.split("Call-ID: ")[1].split("\r\n")[0]
    await expect(page.locator("#phone")).to_have_attribute("data-registered", "true")


async def test_the_tab_that_loses_the_telephone_says_so_and_can_take_it_back(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await stage.tell(PhoneMessage(holder=False))
    await expect(page.locator("#elsewhere")).to_be_visible()
    await expect(page.locator("#phone")).to_have_attribute("data-registered", "false")
    await page.locator("#take-phone").click()
    await expect(page.locator("#phone")).to_have_attribute("data-registered", "true")
    await expect(page.locator("#elsewhere")).to_be_hidden()


async def test_declining_goes_through_the_floor_and_a_refusal_is_said(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "ringing")
    await stage.registrar.ring(CALL)
    await page.locator("#hang-up").click()
    wish = await asked(stage)
    assert (wish["wish"], wish["call_id"]) == ("end_call", CALL)
    await expect(page.locator("#hang-up")).to_be_disabled()
    await stage.tell(
        WishMessage(wish_id=str(wish["wish_id"]), done=False, reason="too-late", sentence="Too late.", **stage.number())
    )
    await expect(page.locator("#toasts")).to_contain_text("Too late.")
    await expect(page.locator("#hang-up")).to_be_enabled()


async def test_the_status_changes_only_when_the_floor_says_so(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await page.locator("#status-button").click()
    await page.locator('#status-menu [data-reason="lunch"]').click()
    wish = await asked(stage)
    assert (wish["wish"], wish["reason"]) == ("not_ready", "lunch")
    await expect(page.locator("#status")).to_have_attribute("data-state", "ready")
    await stage.tell(
        OperatorMessage(operator=samples.operator(OperatorState.NOT_READY, reason="lunch"), **stage.number())
    )
    await expect(page.locator("#status")).to_have_attribute("data-reason", "lunch")
    await expect(page.locator("#status-word")).to_have_text("Lunch")
    await page.locator("#go-ready").click()
    assert (await asked(stage))["wish"] == "ready"


async def test_a_draft_survives_a_reload_and_is_dropped_when_saved(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "wrap_up")
    await page.locator("#note").fill("asked about <b>September</b>")
    await page.locator('#result-chips [data-code="BILL_EXPLAINED"]').click()
    await page.reload()
    await expect(page.locator("#note")).to_have_value("asked about <b>September</b>")
    await expect(page.locator("#disposition")).to_have_value("BILL_EXPLAINED")
    await page.keyboard.press("Control+Enter")
    what, sent = await asyncio.wait_for(stage.posted.get(), 5)
    assert what == "close"
    assert sent == {
        "disposition": "BILL_EXPLAINED",
        "note": "asked about <b>September</b>",
        "account_id": "4711",
        "token": "token",
    }
    await expect(page.locator("#toasts")).to_contain_text("Contact saved")
    assert await page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('busbar.draft')).length") == 0


async def test_drafts_go_with_their_person_and_with_the_shift(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "wrap_up")
    await page.locator("#note").fill("asked about September")
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('busbar.draft'))"
    (name,) = await page.evaluate(kept)
    assert re.fullmatch(r"busbar\.draft\.call\.\d+\..+", name), "of one person"
    old = "localStorage.setItem('busbar.draft.call.999.x', JSON.stringify({note: 'old', at: Date.now() - 13 * 3600e3}))"
    await page.evaluate(old)
    await page.reload()
    await expect(page.locator("#note")).to_have_value("asked about September")
    assert await page.evaluate(kept) == [name], "an earlier shift's is forgotten, whoever typed it"
    stay = "document.querySelector('#sign-out').addEventListener('submit', (event) => event.preventDefault())"
    await page.evaluate(stay)
    await page.locator("#sign-out button").click()
    assert await page.evaluate(kept) == []


async def test_a_contact_without_a_result_is_not_sent(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "wrap_up")
    await page.locator("#close-contact").click()
    await expect(page.locator("#disposition-error")).to_have_text("Choose a result first.")
    await expect(page.locator("#disposition")).to_be_focused()
    assert stage.posted.empty()


async def test_every_result_of_d4_asks_for_its_data_on_the_desk(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "wrap_up")
    asked_for = [one["code"] for one in DISPOSITIONS if one["code"] in FIELDS]
    assert set(asked_for) == set(FIELDS) - {"SUPPRESSED"}
    for code in asked_for:
        await page.locator("#disposition").select_option(code)
        drawn = await page.locator("#needs :is(input, select, textarea)").evaluate_all("all => all.map(one => one.id)")
        assert drawn == [f"need_{one.code}" for one in FIELDS[code]], code
        insisted = [one for one in FIELDS[code] if one.required and one.evidence is Evidence.NONE]
        if insisted:
            await page.locator("#close-contact").click()
            await expect(page.locator(f"#need_{insisted[0].code}")).to_be_focused()
            for one in insisted:
                await expect(page.locator(f"#need_{one.code}-error")).to_have_text("This is needed.")
    assert stage.posted.empty()
    await page.locator("#disposition").select_option("INFO")
    await expect(page.locator("#needs")).to_be_hidden()


async def test_what_a_result_needs_is_kept_on_this_computer_and_sent(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "wrap_up")
    await page.locator("#disposition").select_option("CALLBACK")
    await page.locator("#need_at").fill("2026-12-01T10:00")
    await page.locator("#disposition").select_option("PTP")
    await page.locator("#need_amount").fill("1 000,50")
    await page.locator("#need_date").fill("2026-12-01")
    await page.reload()
    await expect(page.locator("#need_amount")).to_have_value("1 000,50")
    await page.locator("#disposition").select_option("CALLBACK")
    await expect(page.locator("#need_at")).to_have_value("2026-12-01T10:00")
    await page.locator("#close-contact").click()
    _, sent = await asyncio.wait_for(stage.posted.get(), 5)
    needed = {name: value for name, value in sent.items() if name.startswith("need_")}
    assert (sent["disposition"], needed) == ("CALLBACK", {"need_at": "2026-12-01T10:00"})


async def test_what_the_house_may_know_is_not_insisted_on_until_it_says_that_it_does_not(
    stage: Stage, page: Page
) -> None:
    await open_desk(stage, page, "wrap_up")
    await page.locator("#disposition").select_option("READING_TAKEN")
    await expect(page.locator("#need_reading-hint")).to_have_text("Filled in by itself when left empty.")
    stage.refusing = {"need_reading": "This is needed."}
    await page.locator("#close-contact").click()
    _, sent = await asyncio.wait_for(stage.posted.get(), 5)
    assert "need_reading" not in sent
    await expect(page.locator("#need_reading-error")).to_have_text("This is needed.")
    await expect(page.locator("#need_reading")).to_be_focused()


async def test_a_result_that_an_application_belongs_to_opens_its_form(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "wrap_up")
    link = page.locator("#file-application")
    await page.locator("#disposition").select_option("INFO")
    await expect(link).to_be_hidden()
    for code, more in (("OUTAGE", "&kind=outage"), ("REQUEST_OPENED", "")):
        await page.locator("#disposition").select_option(code)
        await expect(link).to_be_visible()
        address = f"/office/applications/new?account=4711&call={CALL}{more}"
        await expect(link).to_have_attribute("href", address)


async def test_a_refused_contact_keeps_what_was_typed(stage: Stage, page: Page) -> None:
    stage.refusing = {"note": "The note is too long."}
    await open_desk(stage, page, "wrap_up")
    await page.locator("#note").fill("kept")
    await page.locator("#disposition").select_option("INFO")
    await page.locator("#close-contact").click()
    await expect(page.locator("#note-error")).to_have_text("The note is too long.")
    await expect(page.locator("#note")).to_have_value("kept")


async def test_wrap_up_counts_down_and_is_extended_once(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "wrap_up")
    await expect(page.locator("#wrap-up-clock")).to_contain_text("0:4")
    await page.locator("#extend").click()
    wish = await asked(stage)
    assert wish["wish"] == "extend_wrap_up"
    later = samples.operator(OperatorState.WRAP_UP, call_id=CALL, until=datetime.now(UTC) + timedelta(seconds=106))
    await stage.tell(OperatorMessage(operator=later, **stage.number()))
    await stage.tell(WishMessage(wish_id=str(wish["wish_id"]), done=True, reason="", sentence="", **stage.number()))
    await expect(page.locator("#wrap-up-clock")).to_contain_text("1:4")
    await expect(page.locator("#extend")).to_be_disabled()


async def test_a_silent_floor_is_said_within_four_seconds_and_unsaid_by_a_beat(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "talking")
    await expect(page.locator("#stale")).to_be_hidden()
    stage.beating = False
    await expect(page.locator("#stale")).to_be_visible(timeout=4_500)
    stage.beating = True
    await expect(page.locator("#stale")).to_be_hidden()


async def test_a_cut_line_is_taken_up_where_it_was(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "talking")
    await stage.tell(CallMessage(call=samples.call(CallPhase.HELD), **stage.number()))
    await expect(page.locator("#call")).to_have_attribute("data-phase", "held")
    stage.scene = "held"
    await stage.drop()
    resumed = await stage.resumed(2)
    assert (resumed["epoch"], resumed["after"]) == (EPOCH, 2)
    await expect(page.locator("#call")).to_have_attribute("data-phase", "held")


async def test_an_ended_session_offers_to_sign_in(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await stage.drop(4401)
    await expect(page.locator("#sign-in-again")).to_be_visible()
    await expect(page.locator("#stale-text")).to_contain_text("session has ended")


async def test_news_of_another_epoch_asks_for_everything_anew(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await stage.tell(CallMessage(epoch="e2", number=1, call=samples.call()))
    assert (await stage.resumed(2))["epoch"] == ""
    await expect(page.locator("#no-call")).to_be_visible()


async def test_a_caller_who_gives_up_takes_the_card_with_him(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "ringing")
    await expect(page.locator("#card")).to_be_visible()
    await stage.tell(CallGoneMessage(call_id=CALL, reason="abandoned", **stage.number()))
    await expect(page.locator("#toasts")).to_contain_text("gave up")
    await expect(page.locator("#centre-empty")).to_be_visible()
    await expect(page.locator("#card")).to_have_count(0)


async def test_of_several_accounts_the_operator_chooses_by_one_key(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "chooser")
    await expect(page.locator("#chooser [data-account-id]")).to_have_count(3)
    await page.keyboard.press("2")
    wish = await asked(stage)
    assert (wish["wish"], wish["account_id"], wish["call_id"]) == ("choose_account", 4712, CALL)
    await stage.pop(samples.call(CallPhase.TALKING, account_id=4712), stage.card(account_id=4712))
    await expect(page.locator("#card")).to_have_attribute("data-account-id", "4712")


async def test_an_unknown_caller_is_searched_and_tied_to_the_call(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "unknown")
    await page.locator("#unknown-query").fill("Ленина 12")
    await page.keyboard.press("Enter")
    await page.locator("#unknown [data-results] [data-account-id='4711']").click()
    assert (await asked(stage))["wish"] == "choose_account"


async def test_the_search_box_opens_a_card_from_the_keyboard(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await page.keyboard.press("Slash")
    await expect(page.locator("#search")).to_be_focused()
    await page.keyboard.type("Смирн")
    await expect(page.locator("#search-results [data-account-id]")).to_have_count(3)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("#card")).to_have_attribute("data-account-id", "4712")
    assert stage.asked.empty()


async def test_a_doubtful_reading_is_confirmed_before_it_is_saved(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "talking")
    await page.keyboard.press("Alt+r")
    await expect(page.locator("#r_11")).to_be_focused()
    await page.locator("#r_11").fill("99 999")
    await page.locator("#r_12").fill("6200,0")
    await page.locator("#readings-form button").click()
    await expect(page.locator("#v_11")).to_contain_text("Far more than usual")
    await page.locator('#readings-form [name="confirm"]').check()
    await page.locator("#readings-form button").click()
    await expect(page.locator("#readings-form .notice.good")).to_be_visible()
    _, first = stage.posted.get_nowait()
    assert (first["r_11"], first["r_12"], first["call_id"]) == ("99999", "6200.0", CALL)


async def test_older_contacts_page_in(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "talking")
    await page.keyboard.press("Alt+6")
    await expect(page.locator("#timeline .event")).to_have_count(12)
    await page.locator("#older").click()
    await expect(page.locator("#timeline .event")).to_have_count(22)


async def test_hostile_text_stays_text(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    call = samples.call(number=EVIL, name=EVIL, topic=EVIL, path=(EVIL,), dialled=EVIL)
    await stage.pop(call, stage.fragment("card.html", card=samples.hostile(EVIL), call=call, today=samples.TODAY))
    await expect(page.locator("#customer")).to_contain_text("<img")
    await expect(page.locator("#path")).to_contain_text("<img")
    await expect(page.locator("[data-last-readings]")).to_contain_text("<img")
    await expect(page.locator("[data-last-money]")).to_contain_text("<img")
    for tab, rows in (
        (2, "#reading-rows"),
        (3, "#bill-rows"),
        (3, "#payment-rows"),
        (6, "#timeline"),
        (7, "#field-rows"),
    ):
        await page.keyboard.press(f"Alt+{tab}")
        await expect(page.locator(rows)).to_contain_text("<img")
    assert await page.evaluate("window.broken === undefined && document.querySelectorAll('img').length === 0")


TABS = {
    2: ("#held-rows", "#meter-rows", "#unread-rows", "#reading-rows"),
    3: ("#bill-rows", "#payment-rows", "#line-rows"),
    4: ("#age-rows", "#promise-rows", "#plan-rows", "#dispute-rows", "#notice-rows", "#adjustment-rows"),
    5: ("#application-rows", "#task-rows"),
    7: (
        "#people-rows",
        "#agreement-rows",
        "#point-rows",
        "#consent-rows",
        "#price-rows",
        "#field-rows",
        "#document-rows",
    ),
}


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_every_list_has_its_rows_in_words_and_the_office_opens_beside_the_desk(
    stage: Stage, page: Page, language: str
) -> None:
    stage.language = language
    await open_desk(stage, page, "organisation")
    await page.set_viewport_size({"width": 1366, "height": 768})
    tabs = page.locator('#card [role="tablist"]')
    assert await tabs.evaluate("(e) => e.scrollWidth <= e.clientWidth"), "a tab lies beyond the edge"
    for tab, lists in TABS.items():
        await page.keyboard.press(f"Alt+{tab}")
        for rows in lists:
            await expect(page.locator(f"{rows} > *").first).to_be_visible()
        assert await page.evaluate("document.querySelector('#centre').scrollWidth <= innerWidth")
        spill = await page.evaluate(
            """[...document.querySelectorAll('[role=tabpanel]:not([hidden]) table')]
               .filter((e) => e.offsetWidth > e.parentElement.clientWidth + 1).map((e) => e.tBodies[0].id)"""
        )
        assert (tab, spill) == (tab, [])
    shown = await page.locator("#card").inner_text()
    assert [code for code in ("restriction_warning", "too-high", "no_access", "marketing") if code in shown] == []
    assert await page.locator('#card a[href^="/office"]:not([target="_blank"])').count() == 0


@pytest.mark.parametrize(("scene", "language"), [("ringing", "en"), ("wrap_up", "ru"), ("organisation", "ru")])
async def test_panels_scroll_and_the_page_never_does(stage: Stage, page: Page, scene: str, language: str) -> None:
    stage.language = language
    await open_desk(stage, page, scene)
    for width, height in ((1280, 720), (1440, 900), (1920, 1080), (2560, 1440)):
        await page.set_viewport_size({"width": width, "height": height})
        await expect(page.locator("#card .chart").first).to_be_visible()
        spill = await page.evaluate(
            """[document.documentElement, ...document.querySelectorAll('.panel')]
               .filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.id || e.className)"""
        )
        assert (width, spill) == (width, [])
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        wide = (
            "[...document.querySelectorAll('.last')].filter((e) => e.offsetWidth > e.parentElement.clientWidth).length"
        )
        assert (width, await page.evaluate(wide)) == (width, 0)


async def test_every_target_is_large_enough_and_has_a_name(stage: Stage, page: Page) -> None:
    await open_desk(stage, page, "wrap_up")
    small = await page.evaluate(
        """[...document.querySelectorAll('button, select, input, a[href]')].filter((e) => {
             const box = e.getBoundingClientRect();
             return box.width > 0 && !e.classList.contains('skip') && (box.width < 24 || box.height < 24);
           }).map((e) => e.outerHTML.slice(0, 80))"""
    )
    nameless = await page.evaluate(
        """[...document.querySelectorAll('button')]
           .filter((e) => !e.innerText.trim() && !e.getAttribute('aria-label') && e.offsetParent).map((e) => e.id)"""
    )
    assert (small, nameless) == ([], [])


async def test_queue_figures_follow_the_floor(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    await stage.tell(QueueMessage(queue=samples.queue(waiting=9), **stage.number()))
    await expect(page.locator('#queue-strip [data-figure="waiting"] dd')).to_have_text("9")
    await expect(page.locator('#queue-strip [data-figure="level"] dd')).to_have_text("81%")


async def test_a_stale_snapshot_disables_what_needs_the_floor(stage: Stage, page: Page) -> None:
    await open_desk(stage, page)
    snapshot = DeskSnapshotMessage(
        epoch=EPOCH, number=5, desk=samples.desk(), card="", stale=True, server_time=datetime.now(UTC)
    )
    await stage.tell(snapshot)
    await expect(page.locator("#stale")).to_be_visible()
    await expect(page.locator("#status-button")).to_be_disabled()
