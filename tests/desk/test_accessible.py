"""No fault in axe-core's eyes, on the desk in every state, light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.desk.conftest import ASSETS
from tests.desk.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]
AXE = ASSETS / "node_modules" / "axe-core" / "axe.min.js"
PAGES = {
    "sign-in": ("/sign-in", "main form"),
    "idle": ("/desk?scene=idle", "#queue-strip dd"),
    "ringing": ("/desk?scene=ringing", "#card .chart"),
    "talking": ("/desk?scene=organisation", "#card .chart"),
    "wrap-up": ("/desk?scene=wrap_up", "#card .chart"),
    "design": ("/design", "#d-rules"),
    "floor": ("/floor", "#operators tr[data-operator-id]"),
}
RUN = """async (part) => (await axe.run(part, { resultTypes: ["violations"] })).violations
  .map((one) => [one.id, one.nodes.map((node) =>
    [node.target.join(" "), node.any[0]?.message ?? node.failureSummary])])"""


async def faults(page: Page, part: str = "html") -> Any:
    """Return what axe-core holds against the page, or a part of it, as it is now."""
    return await page.evaluate(RUN, part)


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_has_no_fault_in_light_and_dark(stage: Stage, page: Page, name: str) -> None:
    if not AXE.is_file():
        pytest.fail("axe-core is not unpacked: deploy/test unpacks it")
    path, there = PAGES[name]
    found = {}
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.goto(f"{stage.address}{path}")
        await expect(page.locator(there).first).to_be_visible()
        # Through the debugger, so that the page's own policy against foreign scripts stays in force.
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        found[scheme] = await faults(page)
        if name == "talking":
            for tab in range(2, 8):
                await page.keyboard.press(f"Alt+{tab}")
                found[f"{scheme} tab {tab}"] = await faults(page, '[role="tabpanel"]:not([hidden])')
    assert {where: what for where, what in found.items() if what} == {}


PANELS = ("promise", "plan", "application", "task", "contact", "consent", "document", "notice")
KEYS = dict(
    zip(PANELS, ("Alt+p", "Alt+Shift+p", "Alt+f", "Alt+j", "Alt+c", "Alt+Shift+c", "Alt+o", "Alt+l"), strict=True)
)


async def test_forms_keys_and_scripts_have_no_fault(stage: Stage, page: Page) -> None:
    found = {}
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.goto(f"{stage.address}/desk?scene=talking")
        await expect(page.locator("#card .chart").first).to_be_visible()
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        for panel, key in KEYS.items():
            await page.keyboard.press(key)
            await expect(page.locator(f'#sheet [data-panel="{panel}"]')).to_be_visible()
            found[f"{scheme} {panel}"] = await faults(page, "#sheet")
            await page.keyboard.press("Escape")
            await expect(page.locator("#sheet")).to_be_hidden()
        await page.keyboard.press("Control+k")
        await page.keyboard.type("supply")
        await expect(page.locator("#search-guides [data-guide]")).to_have_count(1)
        found[f"{scheme} box"] = await faults(page, "#search-form")
        await page.locator("#search-guides [data-guide]").click()
        await expect(page.locator(".guide-step:visible")).to_be_visible()
        found[f"{scheme} script"] = await faults(page, "#guides")
        await page.locator("#help").click()
        found[f"{scheme} keys"] = await faults(page, "#keys")
    assert {where: what for where, what in found.items() if what} == {}


async def test_the_command_box_is_a_combobox_that_says_which_option_it_is_on(stage: Stage, page: Page) -> None:
    found = {}
    await page.goto(f"{stage.address}/desk?scene=talking")
    await expect(page.locator("#card .chart").first).to_be_visible()
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    box = page.get_by_role("combobox", name="Find a customer, or say what to do")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for typed in ("no power", "1500 2026-12-10", "zzz"):
            await page.keyboard.press("Control+k")
            await page.keyboard.type(typed)
            await expect(page.locator("#search-found")).not_to_have_attribute("aria-busy", "true")
            await expect(page.locator("#search-results")).to_be_visible()
            found[f"{scheme} {typed}"] = await faults(page, "#search-form")
            await page.keyboard.press("Escape")
            await page.keyboard.press("Escape")
    assert {where: what for where, what in found.items() if what} == {}
    await page.keyboard.press("Control+k")
    async with page.expect_response(lambda answer: "/api/search" in answer.url and answer.url.endswith("power")):
        await page.keyboard.type("no power")
    await expect(page.locator("#search-found")).not_to_have_attribute("aria-busy", "true")
    await expect(page.locator("#search-found [data-account-id]")).to_have_count(3)
    await page.keyboard.press("ArrowDown")
    chosen = page.locator(f"#{await box.get_attribute('aria-activedescendant')}")
    await expect(chosen).to_have_attribute("aria-selected", "true")
    await expect(chosen).to_have_role("option")
    await expect(page.locator("#search-list button, #search-list a, #search-list [tabindex]")).to_have_count(0)
    await expect(box).to_be_focused()
    wanted = await chosen.get_attribute("data-account-id")
    async with page.expect_response(f"**/api/card/{wanted}*"):
        await page.keyboard.press("Enter")
    await expect(box).to_have_attribute("aria-expanded", "false")
