"""Real Chromium at the desk, as an operator uses it: sign in, be ready, answer, talk, write up."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Error, Page, expect

from deploy import parts, witness
from tests.support.house import House, SignIn
from tests.support.waiting import eventually

SECONDS = 1000
PATIENCE = 5.0


def chromium() -> str:
    """Where Chromium is: what `deploy/test` found, else the machine's own."""
    found = os.environ.get("BUSBAR_CHROMIUM") or parts.chromium()
    assert found, "no Chromium here: run deploy/test, which brings one, or set BUSBAR_CHROMIUM"
    return str(found)


@asynccontextmanager
async def launch() -> AsyncIterator[Browser]:
    """One Chromium with a microphone that hums."""
    async with witness.chromium_running(Path(chromium())) as browser:
        yield browser


@dataclass
class Desk:
    """One operator before his screen."""

    house: House
    person: SignIn
    context: BrowserContext
    page: Page
    said: list[str]
    """What the page complained of; a test looks that it is empty."""

    @classmethod
    async def open(cls, browser: Browser, house: House, person: SignIn | None = None, *, ready: bool = True) -> Desk:
        """Sign in, wait for the telephone, and go ready."""
        who = person or await eventually(lambda: house_person(house))
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, permissions=["microphone"])
        page = await context.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda line: said.append(line.text) if "Content Security Policy" in line.text else None)
        desk = cls(house=house, person=who, context=context, page=page, said=said)
        await page.goto(f"{house.url}/sign-in")
        await page.fill("input[name=login]", who.login)
        await page.fill("input[name=password]", who.password)
        await page.click("form button[type=submit], form button:not([type])")
        await page.wait_for_url(re.compile(r"/(desk|floor)$"), timeout=10 * SECONDS)
        if "/desk" in page.url:
            await desk.registered()
            if ready:
                await desk.become_ready()
        return desk

    async def registered(self, seconds: float = 15) -> None:
        """Wait until the telephone can ring."""
        await self.page.wait_for_selector("#phone[data-registered=true]", timeout=seconds * SECONDS)

    async def become_ready(self) -> None:
        """Press the button a person would press, and be free for calls."""
        await self.go_ready()
        await self.state("ready")

    async def go_ready(self) -> None:
        """Press the button a person would press; a caller who waits rings at once."""
        await self.page.click("#go-ready:not([disabled])", timeout=10 * SECONDS)

    async def state(self, state: str, seconds: float = 10) -> None:
        """Wait until the status says `state`."""
        await expect(self.page.locator("#status")).to_have_attribute("data-state", state, timeout=seconds * SECONDS)

    async def phase(self, phase: str, seconds: float = 10) -> None:
        """Wait until the call on this desk is in `phase`."""
        await expect(self.page.locator("#call")).to_have_attribute("data-phase", phase, timeout=seconds * SECONDS)

    async def no_call(self, seconds: float = 10) -> None:
        """Wait until no call is on this desk."""
        await expect(self.page.locator("#call")).to_have_attribute("data-call-id", "", timeout=seconds * SECONDS)

    async def card(self, account_id: int, seconds: float = 10) -> None:
        """Wait until the card of this account is on the screen."""
        wanted = f"#card[data-account-id='{account_id}']"
        await self.page.wait_for_selector(wanted, timeout=seconds * SECONDS)

    async def call_id(self) -> str:
        """Return the id of the call on this desk."""
        return await self.page.get_attribute("#call", "data-call-id") or ""

    async def answer(self) -> None:
        """Answer the ringing call and wait until it is a conversation."""
        await self.page.click("#answer:not([disabled])", timeout=10 * SECONDS)
        await self.phase("talking")

    async def hears(self, seconds: float = 10) -> None:
        """Wait until sound (not silence) has arrived and left by WebRTC."""

        async def both_ways() -> bool:
            stats = await self.page.evaluate("() => window.busbar.phone.stats()")
            return bool(
                stats
                and stats["received"]["packets"] > 20
                and stats["sent"]["packets"] > 20
                and stats["received"]["energy"] > 1e-6
            )

        await eventually(both_ways, seconds, "sound both ways in the browser")

    async def received(self) -> float:
        """Return the energy of the sound that arrived by WebRTC so far."""
        stats = await self.page.evaluate("() => window.busbar.phone.stats()")
        return float(stats["received"]["energy"])

    async def close_contact(self, disposition: str, note: str) -> None:
        """Write up the contact."""
        await self.page.fill("#note", note)
        await self.page.select_option("#disposition", disposition)
        await self.page.click("#close-contact:not([disabled])", timeout=10 * SECONDS)
        await self.no_call()

    async def leave(self) -> None:
        """Sign out as a person does, and close the browser's window."""
        with contextlib.suppress(Error):
            # Playwright waits for the page that the sign-out leads to.
            await self.page.locator("form[action='/sign-out'] button").click(timeout=2 * SECONDS)
        # Chromium now and then does not finish closing a page that had a call: it is left to the end of the browser.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.context.close(), PATIENCE)


async def house_person(house: House) -> SignIn:
    """Make an operator from within a running loop."""
    return await asyncio.to_thread(house.person)
