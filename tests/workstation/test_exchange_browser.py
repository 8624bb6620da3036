"""Files in and out in a real Chromium: sent, mapped, judged, committed, taken back; asked from a segment, fetched."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from crm_core.db import transaction
from crm_core.segments.conditions import Condition, Group
from crm_core.segments.kinds import Op
from crm_core.store import account_facts, segments
from crm_core.store.segments import Draft
from tests.crm_core.conftest import TODAY
from tests.support.browser import launch
from tests.workstation.conftest import ROOT
from tests.workstation.exchange import Work, account_numbers, house, open_house, paid, work
from tests.workstation.house import PASSWORD, House

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]
__all__ = ["house", "open_house", "work"]
PATIENCE = 20_000
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest_asyncio.fixture(loop_scope="module")
async def page(house: House) -> AsyncIterator[Page]:
    """A manager's page; whatever its scripts complain of fails the test."""
    place = house.settings.run_dir / "web"
    if not place.exists():
        place.symlink_to(ROOT / ".run" / "web")
    faults: list[str] = []
    async with launch() as chromium:
        one = await chromium.new_page(viewport={"width": 1280, "height": 720})
        one.set_default_timeout(PATIENCE)
        one.on("pageerror", lambda error: faults.append(str(error)))
        one.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        one.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        await one.goto(f"{house.base}/sign-in")
        await one.fill("[name=login]", "marta")
        await one.fill("[name=password]", PASSWORD)
        await one.click("form button")
        await one.wait_for_url(re.compile("/office"))
        yield one
    assert faults == []


async def test_a_file_is_mapped_judged_brought_in_and_taken_back(house: House, page: Page, work: Work) -> None:
    number = (await account_numbers(house))[0]
    wide = ";".join(f"A column with a long name {n}" for n in range(6))
    rows = "".join(f"{number if n else 'nobody'};2026-11-0{n + 1};5.00;PX;{'word ' * 9};;;;;\n" for n in range(3))
    await page.goto(f"{house.base}/office/imports")
    content = f"Konto;Am;Wieviel;Nr;{wide}\n{rows}".encode()
    await page.set_input_files("#file", {"name": "zahlungen.csv", "mimeType": "text/csv", "buffer": content})
    await page.click("#upload button[type=submit]")
    await page.wait_for_url(re.compile(r"/office/imports/\d+"))
    await work()
    # What a file holds is changed before its columns are known: nothing that is needed elsewhere is in the way.
    await page.select_option("#kind", "payments")
    await page.click("#kinds button")
    for place, field in enumerate(("account", "paid_on", "amount", "reference"), 1):
        await page.select_option(f"#column_{field}", str(place))
    await page.click("#mapping button[type=submit]")
    await work()
    await expect(page.locator("#findings")).to_contain_text("there is no account with this number")
    assert await page.evaluate(WIDER) <= 0, "a wide table scrolls in its frame, not the page"
    await page.click("#commit")
    await work()
    await page.click("#undo")
    assert await paid(house) == 2
    await work()
    await expect(page.locator("#undo")).to_have_count(0)
    await expect(page.locator("h1 + .badge")).to_have_text("Import taken back")
    assert await paid(house) == 0


async def test_the_members_of_a_segment_are_asked_for_from_its_page(house: House, page: Page, work: Work) -> None:
    owes = Group(parts=(Condition(fact="balance", op=Op.AT_LEAST, values=("100",)),))
    async with transaction(house.parts.engine) as db:
        key = await segments.save(db, Draft(name="Owe us", tree=owes), house.people["marta"])
        assert isinstance(key, int)
        await account_facts.refresh(db, [1, 2, 3], TODAY, "Europe/Moscow")
        members = await segments.ask_snapshot(db, key, "in December", house.people["marta"])
        assert await segments.make_snapshot(db, members, today=TODAY) == 3
    for link, scope in (("#take-out", "segment"), (f"a[href*='members={members}']", "list")):
        await page.goto(f"{house.base}/office/segments/{key}")
        await page.click(link)
        await expect(page.locator("#scope")).to_have_value(scope)
        shown = page.locator(".only-when:visible")
        await expect(shown).to_have_count(1)
        await expect(shown).to_have_attribute("data-scope", scope)
        await page.fill("#reason", "letters to those who owe us")
        await page.click("#new-export button[type=submit]")
        await page.wait_for_url(re.compile(r"/office/exports/\d+"))
        await work()
        async with page.expect_download() as fetching:
            await page.click("#fetch")
        path = await (await fetching.value).path()
        assert len(path.read_text(encoding="utf-8-sig").splitlines()) == 3 + 3
