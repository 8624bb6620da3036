"""axe-core has nothing against any page that the table of routes names, light and dark.

Nothing is listed here by hand but what the walked base cannot show: addresses with keys are those of the one subscriber
who has everything, or are found as a person finds them, by links of the pages that were seen before.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page

from crm_core.access import Role
from tests.abuse.test_every_route import Walked, walked
from tests.support.browser import launch
from tests.workstation.conftest import ROOT
from tests.workstation.house import House, operator_view
from workstation import whose
from workstation.access import may
from workstation.routes import ROUTES, Door

__all__ = ["walked"]
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800), pytest.mark.asyncio(loop_scope="module")]
AXE = ROOT / "workstation" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
EYES = {
    "marta": Role.MANAGER,
    "sofia": Role.SUPERVISOR,
    "adam": Role.ADMINISTRATOR,
    "olga": Role.OPERATOR,
    "audrey": Role.AUDITOR,
}
"""Who looks: the first of these who may."""
NOBODY = ""
"""Who is not signed in."""
HOMES = ("/office", "/language", "/design")
"""Pages that each of them is shown differently, or first."""
SIDE_BY_SIDE = 2
"""Tabs at work at the same time: one for each core of the reference machine."""
EACH_ITS_OWN = httpx.Limits(max_keepalive_connections=0)
"""A connection for each request: on a busy machine the server may end an idle one just when it is used again."""
LINK = re.compile(r'(?:href|action|hx-get)="(/[^"#]*)')
RUN = """async (only) => (await axe.run(document, { resultTypes: ["violations"], preload: false, elementRef: false,
  ...(only ? { runOnly: { type: "rule", values: only } } : {}) })).violations
  .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} (${
    (node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ""})`).join("; ")}`)"""
THEMED = ["color-contrast"]
"""What a theme can change; everything else is the same in the dark."""


@dataclass
class Seen:
    """Pages found so far."""

    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Login and address, by route."""
    links: set[str] = field(default_factory=set)

    def address(self, path: str, keys: Mapping[str, int]) -> str | None:
        """Return an address of a route: by the keys that are known, or by a link that was seen."""
        if all(name in keys for name in whose.names(path)):
            return path.format(**keys)
        shape = re.compile(re.sub(r"\\{[^}]+\\}", "[^/?]+", re.escape(path)) + r"(\?.*)?")
        fixed = {one for verb, one in ROUTES if verb == "GET" and "{" not in one}
        return next((one for one in sorted(self.links) if shape.fullmatch(one) and one not in fixed), None)


async def test_axe_core_has_nothing_against_any_page_in_light_and_dark(walked: Walked) -> None:
    house = walked.house
    if not (house.settings.run_dir / "web").exists():
        (house.settings.run_dir / "web").symlink_to(ROOT / ".run" / "web")
    house.floor.seat(operator_view(house.people["olga"], name="Olga"))
    clients = {NOBODY: house.browser(limits=EACH_ITS_OWN)} | {login: await _client(house, login) for login in EYES}
    seen = await _walk(clients, walked.keys)
    async with launch() as browser:
        found = await _judge(browser, house, clients, seen)
    for client in clients.values():
        await client.aclose()
    assert len(seen.pages) > 80, sorted(seen.pages)
    assert {where: what for where, what in sorted(found.items()) if what} == {}


async def _client(house: House, login: str) -> httpx.AsyncClient:
    """Somebody who is signed in, and has said why he opens the walked subscriber where he may."""
    client = house.browser(limits=EACH_ITS_OWN)
    assert (await house.sign_in(client, login)).status_code == 303
    person = await house.parts.sessions.find(client.cookies["busbar"])
    assert person
    client.headers["x-csrf-token"] = person.csrf
    if may(EYES[login], "POST", "/api/reasons"):
        await house.because(client, 1, "complaint")
    return client


async def _walk(clients: Mapping[str, httpx.AsyncClient], keys: Mapping[str, int]) -> Seen:
    """Find a page of every route, following links until they lead to nothing new."""
    seen, before = Seen(), -1
    routes = [path for verb, path in ROUTES if verb == "GET" and not path.startswith(("/api", "/ws"))]
    looked: set[str] = set()
    while before != len(looked):
        before = len(looked)
        for path in sorted(set(routes) - seen.pages.keys(), key=lambda one: one.count("{")):
            login = _who(path)
            address = seen.address(path, keys)
            if address is None or address in looked:
                continue
            looked.add(address)
            shown = await _page(clients[login], address)
            if shown.lstrip().lower().startswith("<!doctype html"):
                seen.pages[path] = login, address
                seen.links |= {html.unescape(one) for one in LINK.findall(shown)}
    return seen


def _who(path: str) -> str:
    """Return who looks at a page, NOBODY where one need not be signed in."""
    if ROUTES["GET", path] is Door.PUBLIC:
        return NOBODY
    return next((login for login, role in EYES.items() if may(role, "GET", path)), "olga")


async def _page(client: httpx.AsyncClient, address: str) -> str:
    """Return a page, "" for what is none: a file, a sound, news without an end."""
    async with client.stream("GET", address) as answer:
        if answer.status_code != 200 or not answer.headers.get("content-type", "").startswith("text/html"):
            return ""
        return (await answer.aread()).decode()


async def _judge(
    browser: Browser, house: House, clients: Mapping[str, httpx.AsyncClient], seen: Seen
) -> dict[str, list[str]]:
    """Return what axe-core holds against each page, by scheme and address."""
    found: dict[str, list[str]] = {}
    contexts = {login: await _context(browser, house, client) for login, client in clients.items()}
    homes = [(login, home) for login in EYES for home in HOMES]
    work = iter(dict.fromkeys([*homes, *seen.pages.values()]))

    async def judge_some() -> None:
        for login, address in work:
            page = await contexts[login].new_page()
            for scheme, what in (await _faults(page, f"{house.base}{address}")).items():
                found[f"{scheme} {address} for {login or 'nobody'}"] = what
            await page.close()

    await asyncio.gather(*(judge_some() for _ in range(SIDE_BY_SIDE)))
    return found


async def _context(browser: Browser, house: House, client: httpx.AsyncClient) -> BrowserContext:
    context = await browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    if "busbar" in client.cookies:
        await context.add_cookies([{"name": "busbar", "value": client.cookies["busbar"], "url": house.base}])
    return context


async def _faults(page: Page, address: str) -> dict[str, list[str]]:
    """Return what axe-core holds against a page, light and dark."""
    await page.emulate_media(color_scheme="light")
    await page.goto(address)
    # Through the debugger, so that the page's own policy against foreign scripts stays in force.
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    light = await _run(page, None)
    await page.emulate_media(color_scheme="dark")
    return {"light": light, "dark": await _run(page, THEMED)}


async def _run(page: Page, only: Iterable[str] | None) -> Any:
    return await page.evaluate(RUN, only and list(only))
