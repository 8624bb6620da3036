"""Pictures of the pages for `docs/screens` and `docs/screenshots`: `deploy/screens`, or `python -m tests.desk.screens`.

Pages of the desk and the floor have the stage's invented data, those of the office a sample base; everything that is
shown is made up. Each page is pictured three times, so that every width, both schemes and three languages are seen
while the folder stays small. Names of pages after the command picture only these.
"""

from __future__ import annotations

import asyncio
import base64
import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize
from sqlalchemy import update

from crm_core import migrate
from crm_core.db import open_pools, transaction
from crm_core.sample import command
from crm_core.sample.plan import Plan
from crm_core.settings import ROOT
from crm_core.tables import users
from deploy.ports import free_port
from tests.desk.stage import Stage
from tests.support.browser import launch
from tests.support.servers import PostgresServer, ValkeyServer, node_settings, short_folder
from tests.workstation.house import PASSWORD, House, TestFloor, hire, running

SCREENS, SHOTS = ROOT / "docs" / "screens", ROOT / "docs" / "screenshots"
HEIGHTS = {1280: 720, 1440: 900, 1920: 1080}
QUALITY = 72
"""Of WebP; text stays sharp, a picture some 60 kB."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at."""

    width: int
    scheme: str
    language: str


LOOKS = (Look(1440, "light", "en"), Look(1280, "dark", "ru"), Look(1920, "light", "ar"))
DESK = ("idle", "ringing", "talking", "organisation", "newcomer", "wrap_up", "chooser", "unknown", "not_ready", "lost")
FORMS = {"readings": "Alt+r", "promise": "Alt+p", "application": "Alt+f", "contact": "Alt+c", "transfer": "Alt+t",
         "command-box": "Control+k", "keys": "Shift+Slash"}  # fmt: skip
"""What a key opens over a talk."""
OFFICE: Mapping[str, tuple[str, str]] = {
    "office": ("marta", "/office"),
    "ledger": ("olga", "/office/accounts/1/ledger"),
    "customer": ("olga", "/office/customers/1"),
    "readings-of-account": ("olga", "/office/accounts/1/readings"),
    "applications": ("olga", "/office/applications"),
    "tasks": ("olga", "/office/tasks"),
    "campaigns": ("marta", "/office/campaigns"),
    "segments": ("marta", "/office/segments"),
    "guides": ("marta", "/office/guides"),
    "imports": ("marta", "/office/imports"),
    "flows": ("marta", "/office/flows"),
    "routing": ("marta", "/office/routing"),
    "recordings": ("sofia", "/office/recordings"),
    "nodes": ("sofia", "/office/nodes"),
    "people": ("adam", "/office/people"),
    "audit": ("audrey", "/office/audit"),
}
TARGETS = {
    "operators": [
        {"id": 8, "name": "Марат Гилязов", "extension": "102", "state": "ready", "reason": "", "free": True},
        {"id": 9, "name": "Ирина Лебедева", "extension": "103", "state": "talking", "reason": "", "free": False},
    ],
    "queues": [{"queue": "main", "waiting": 3}],
    "numbers": [{"id": 1, "title": "Dispatcher", "number": "+73422000000"}],
}
"""To whom a caller can be passed on."""
SHOWN = {
    "desk-chooser": ("chooser", "light", ""),
    "desk-dark": ("talking", "dark", ""),
    "desk-passing-on": ("talking", "light", "Alt+t"),
    "desk-ringing": ("ringing", "light", ""),
    "desk-talking": ("talking", "light", ""),
    "desk-wrap-up": ("wrap_up", "light", ""),
}
"""Pictures of README and its neighbours, which keep their names."""


async def main(only: Sequence[str]) -> None:
    """Picture everything, or the pages named."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    async with launch() as browser:
        async with Stage(ROOT / ".run" / "web").running() as stage:
            await _staged(browser, stage, only)
        if [name for name in OFFICE if not only or name in only]:
            async with _office() as house:
                await _offices(browser, house, only)


async def _staged(browser: Browser, stage: Stage, only: Sequence[str]) -> None:
    pages = {scene.replace("_", "-"): (f"/desk?scene={scene}", "") for scene in DESK}
    pages |= {f"desk-{name}": ("/desk?scene=talking", key) for name, key in FORMS.items()}
    pages |= {"sign-in": ("/sign-in?scene=idle", ""), "floor": ("/floor?scene=idle", ""),
              "design": ("/design?scene=idle", "")}  # fmt: skip
    for look in LOOKS:
        async with _window(browser, look) as window:
            for name, (path, key) in pages.items():
                if not only or name in only:
                    page = await _seen(window, f"{stage.address}{path}&language={look.language}", key)
                    await _keep(page, SCREENS / _name(name, look))
    for name, (scene, scheme, key) in {**SHOWN, "floor": ("", "light", "")}.items():
        if not only or name in only:
            path = f"/desk?scene={scene}" if scene else "/floor?scene=idle"
            async with _window(browser, Look(1440, scheme, "en")) as window:
                page = await _seen(window, f"{stage.address}{path}&language=en", key)
                await page.screenshot(path=SHOTS / f"{name}.png")


async def _offices(browser: Browser, house: House, only: Sequence[str]) -> None:
    for look in LOOKS:
        base = open_pools(house.settings.database_url)
        async with transaction(base) as db:
            await db.execute(update(users).values(language=look.language))
        await base.dispose()
        for login in sorted({login for login, _ in OFFICE.values()}):
            wanted = {name: path for name, (who, path) in OFFICE.items() if who == login and (not only or name in only)}
            if not wanted:
                continue
            async with _window(browser, look) as window:
                await _signed_in(house, window, login)
                for name, path in wanted.items():
                    page = await _seen(window, f"{house.base}{path}", "")
                    await _keep(page, SCREENS / _name(name, look))


async def _signed_in(house: House, window: BrowserContext, login: str) -> None:
    page = await window.new_page()
    await page.goto(f"{house.base}/sign-in")
    await page.fill("input[name=login]", login)
    await page.fill("input[name=password]", PASSWORD)
    await page.press("input[name=password]", "Enter")
    await page.wait_for_url(re.compile(r"/(office|floor|desk)$"))
    cookies = {one["name"]: one["value"] for one in await window.cookies()}
    person = await house.parts.sessions.find(cookies["busbar"])
    assert person
    said = {"account_id": "1", "reason": "complaint"}
    await window.request.post(f"{house.base}/api/reasons", form=said, headers={"x-csrf-token": person.csrf})
    await page.close()


async def _seen(window: BrowserContext, address: str, key: str) -> Page:
    """Open a page, press its key, wait until its pictures and letters are there and nothing moves."""
    page = await window.new_page()
    await page.route("**/api/transfer/targets*", lambda route: route.fulfill(json=TARGETS))
    await page.goto(address, wait_until="networkidle" if "/office" in address else "load")
    await page.wait_for_function("() => document.fonts.status === 'loaded'")
    if "/desk" in address and "scene=idle" not in address and "scene=not_ready" not in address:
        await page.locator("#card, #chooser, #unknown, #stale").first.wait_for(state="attached")
    if "/desk" in address:
        await page.wait_for_selector("#status:not([data-state=offline])")
    if key:
        await page.keyboard.press(key)
        if key == "Control+k":
            await page.keyboard.type("1500 2026-12-10")
        await page.wait_for_function("() => document.querySelector('#sheet form, #intent-list li, dialog[open], "
                                     "#transfer-list [data-to], #panel-readings:not([hidden])') !== null")  # fmt: skip
    return page


async def _keep(page: Page, file: Path) -> None:
    line = await page.context.new_cdp_session(page)
    shot = await line.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    picture = base64.b64decode(shot["data"])
    await asyncio.to_thread(file.write_bytes, picture)
    # What was opened for one picture must not lie open on the next.
    await page.evaluate("() => localStorage.clear()")
    sys.stdout.write(f"{file.relative_to(ROOT)}  {len(picture) // 1024} kB\n")
    await page.close()


def _name(name: str, look: Look) -> str:
    return f"{name}-{look.width}-{look.scheme}-{look.language}.webp"


@asynccontextmanager
async def _window(browser: Browser, look: Look) -> AsyncIterator[BrowserContext]:
    size: ViewportSize = {"width": look.width, "height": HEIGHTS[look.width]}
    scheme = "dark" if look.scheme == "dark" else "light"
    context = await browser.new_context(
        viewport=size, color_scheme=scheme, reduced_motion="reduce", permissions=["microphone"]
    )
    yield context
    await context.close()


@asynccontextmanager
async def _office() -> AsyncIterator[House]:
    """Run a web of our own over a sample base of our own."""
    with short_folder() as folder:
        postgres, valkey = PostgresServer(folder), ValkeyServer(folder)
        try:
            postgres.start()
            valkey.start()
            postgres.plan.provide("screens")
            url = postgres.plan.url("screens")
            migrate.upgrade(url)
            settings = node_settings(folder, url, valkey.url, web_origin="", web_port=free_port())
            (folder / "web").symlink_to(ROOT / ".run" / "web")
            command.load(settings, Plan(subscribers=300, months=12, seed=1, currency="RUB", today=date(2026, 11, 22)))
            base = open_pools(url)
            async with transaction(base) as db:
                people = await hire(db)
            await base.dispose()
            floor = TestFloor(settings.redis_url)
            await floor.start()
            async with running(settings, floor) as house:
                house.people = people
                yield house
            await floor.stop()
        finally:
            valkey.stop()
            postgres.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
