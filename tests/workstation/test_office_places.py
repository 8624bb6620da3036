"""Every place of the office as each role meets it: it opens or is refused, in every language, and axe finds nothing.

The places come from the menu: a page that is added there is tested here.
"""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page

from crm_core.access import Role
from crm_core.db import transaction
from crm_core.tables import users
from tests.workstation.house import House
from workstation.access import may
from workstation.office.places import MENU
from workstation.routes import ROUTES

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "workstation" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .map((one) => [one.id, one.nodes.slice(0, 5).map((node) => node.target.join(" "))])"""
PLACES = ["/office", *(place.path for room in MENU for place in room.places if ("GET", place.path) in ROUTES)]
PEOPLE = {
    "olga": Role.OPERATOR,
    "sofia": Role.SUPERVISOR,
    "marta": Role.MANAGER,
    "adam": Role.ADMINISTRATOR,
    "audrey": Role.AUDITOR,
}


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_place_opens_for_whom_it_is_and_for_nobody_else(house: House, language: str) -> None:
    async with transaction(house.parts.engine) as db:
        await db.execute(users.update().values(language=language))
    for login, role in PEOPLE.items():
        async with house.signed_in(login) as client:
            for path in PLACES:
                answer = await client.get(path)
                expected = 200 if may(role, "GET", path) else 403
                assert answer.status_code == expected, (login, path, answer.text[-400:])
    async with house.browser() as stranger:
        for path in PLACES:
            assert (await stranger.get(path)).headers["location"] == "/sign-in"


@pytest.mark.timeout(240)
async def test_every_place_is_accessible_in_light_and_dark(bundled: House, browser: Browser) -> None:
    found: dict[str, object] = {}
    for login in ("marta", "adam", "audrey"):
        async with bundled.signed_in(login) as client:
            page = await page_of(browser, bundled, client, found)
            for path in PLACES:
                if not may(PEOPLE[login], "GET", path):
                    continue
                for scheme in ("light", "dark"):
                    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                    await page.goto(bundled.base + path)
                    await look(page, f"{path} {scheme}", found)
            await page.context.close()
    assert found == {}


async def look(page: Page, name: str, found: dict[str, object]) -> None:
    """Let axe look at a page, and see that it is not wider than its window."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    if violations := await page.evaluate(RUN):
        found[name] = violations
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found[f"{name} is wider than the screen"] = True


async def page_of(browser: Browser, house: House, client: httpx.AsyncClient, faults: dict[str, object]) -> Page:
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    await context.add_cookies([{"name": "busbar", "value": client.cookies["busbar"], "url": house.base}])
    page = await context.new_page()
    page.on("pageerror", lambda error: faults.setdefault(f"{page.url}: {error}", True))
    page.on("console", lambda said: faults.setdefault(said.text, True) if said.type == "error" else None)
    return page
