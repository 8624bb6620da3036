"""A browser that sits at the desk for the self-check and writes down when it saw what (shell).

Playwright and Chromium are what tests need, not what the house needs: they are looked for when they are wanted.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from deploy import parts

if TYPE_CHECKING:
    import psutil
    from playwright.async_api import Browser, Page

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
"""A microphone that beeps, sound without a click, nothing fetched from outside."""
SERVES: Final = "#status:is([data-state=ready], [data-state=reserved], [data-state=talking])"
"""The operator's state as the page shows it: he gets calls, or has one."""
EXIT_SECONDS: Final = 8.0
WATCH: Final = """
addEventListener("DOMContentLoaded", () => {
  const seen = (window.selfcheck = {});
  const note = (name) => {
    if (name in seen) return;
    seen[name] = 0;
    // Two frames later what was put on the page has been painted.
    requestAnimationFrame(() => requestAnimationFrame(() => (seen[name] = Date.now() / 1000)));
  };
  const look = () => {
    if (document.querySelector("#phone")?.dataset.session === "ringing") note("ringing");
    if (document.querySelector("#card[data-account-id]")) note("card");
    if (document.querySelector("#call")?.dataset.phase === "talking") note("talking");
  };
  new MutationObserver(look).observe(document.documentElement, { subtree: true, childList: true, attributes: true });
});
"""
TIMELINE: Final = """
async ([account, call]) => {
  const end = Date.now() + 10000;
  while (Date.now() < end) {
    const answer = await fetch(`/api/timeline/${account}`);
    if (answer.ok && (await answer.text()).includes(`"${call}"`)) return true;
    await new Promise((done) => setTimeout(done, 20));
  }
  return false;
}
"""


class ToolsMissing(RuntimeError):
    """No Playwright, psutil or Chromium here; the message says what to run."""


def chromium() -> Path:
    """Return the Chromium to use.

    Raises:
        ToolsMissing: it, Playwright or psutil is not here.

    """
    for package in ("playwright", "psutil"):
        if importlib.util.find_spec(package) is None:
            raise ToolsMissing(f"selfcheck needs {package}, which this checkout has not: run deploy/run --tests once")
    named = os.environ.get("BUSBAR_CHROMIUM")
    found = Path(named) if named else parts.chromium()
    if found is None or not found.exists():
        raise ToolsMissing("selfcheck needs Chromium, which is not here: run deploy/run --tests once")
    return found


@dataclass(frozen=True, slots=True)
class Sound:
    """What WebRTC counted so far: packets, and energy as the sum of squared level times seconds."""

    received_packets: int
    received_energy: float
    sent_packets: int


class Witness:
    """The operator's page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def sign_in(self, address: str, login: str, password: str) -> None:
        """Sign in and wait until the telephone can ring."""
        await self.page.goto(f"{address}/sign-in")
        await self.page.fill("input[name=login]", login)
        await self.page.fill("input[name=password]", password)
        await self.page.press("input[name=password]", "Enter")
        await self.page.wait_for_selector("#phone[data-registered=true]", timeout=20_000)

    async def go_ready(self) -> None:
        """Be free for calls.

        Who waits is given at once, so that "ready" may never be seen; and who signed out while it rang is ready still.
        """
        await self.page.wait_for_selector(f"#go-ready:not([hidden]):not([disabled]), {SERVES}", timeout=10_000)
        if not await self.page.query_selector(SERVES):
            await self.page.click("#go-ready:not([disabled])", timeout=10_000)
        await self.page.wait_for_selector(SERVES, timeout=5_000)

    async def saw(self, what: str, seconds: float) -> float:
        """Wait until the page has painted `ringing`, `card` or `talking`; return when, in seconds of this machine."""
        script = "(what) => window.selfcheck[what] || 0"
        found = await self.page.wait_for_function(script, arg=what, timeout=seconds * 1000)
        return float(await found.json_value())

    async def attribute(self, selector: str, name: str) -> str:
        """Return an attribute of an element, "" when it has none."""
        return await self.page.get_attribute(selector, name) or ""

    async def answer(self) -> None:
        """Answer the ringing call."""
        await self.page.click("#answer:not([disabled])", timeout=10_000)

    async def sound(self) -> Sound:
        """Return what was heard and said so far."""
        stats: dict[str, Any] = await self.page.evaluate("() => window.busbar.phone.stats()")
        received, sent = stats["received"], stats["sent"]
        return Sound(int(received["packets"]), float(received["energy"]), int(sent["packets"]))

    async def wrapping_up(self) -> None:
        """Wait until the call is over and the contact may be closed."""
        await self.page.wait_for_selector("#call[data-phase=wrap_up]", timeout=10_000)

    async def write_up(self, disposition: str, note: str) -> None:
        """Close the contact."""
        await self.page.fill("#note", note)
        await self.page.select_option("#disposition", disposition)
        await self.page.click("#close-contact:not([disabled])", timeout=10_000)

    async def in_timeline(self, account_id: int, call_id: str) -> bool:
        """Wait until the contact stands in the account's timeline; False when it does not within ten seconds."""
        return bool(await self.page.evaluate(TIMELINE, [account_id, call_id]))

    async def leave(self) -> None:
        """Sign out, as far as the page still can."""
        from playwright.async_api import Error  # noqa: PLC0415 - only who checks needs it

        with suppress(Error):
            await self.page.click("form[action='/sign-out'] button", timeout=2_000)
            await self.page.wait_for_url("**/sign-in", timeout=5_000)


@asynccontextmanager
async def chromium_running(program: Path) -> AsyncIterator[Browser]:
    """Start a Chromium of our own; it is gone afterwards, even when it does not end by itself."""
    import psutil  # noqa: PLC0415 - these two come with what tests need
    from playwright.async_api import Error, async_playwright  # noqa: PLC0415

    others = set(psutil.Process().children(recursive=True))
    manager = async_playwright()
    playwright = await manager.start()
    launched = await playwright.chromium.launch(executable_path=program, headless=True, args=list(FLAGS))
    ours = [one for one in psutil.Process().children(recursive=True) if one not in others]
    try:
        yield launched
    finally:
        # Headless Chromium now and then hangs in its own exit after a call with sound; nobody should wait for that.
        guard = asyncio.get_running_loop().call_later(EXIT_SECONDS, _put_down, ours)
        with suppress(Error):
            await launched.close()
        with suppress(Error):
            await playwright.stop()
        guard.cancel()


def _put_down(started: Sequence[psutil.Process]) -> None:
    """End what we started and what that has started since; a number that was used again is not touched (psutil)."""
    import psutil  # noqa: PLC0415

    for one in started:
        with suppress(psutil.NoSuchProcess):
            for child in one.children(recursive=True):
                child.kill()
            one.kill()


@asynccontextmanager
async def browser(program: Path) -> AsyncIterator[Witness]:
    """Open one page in a Chromium of our own."""
    async with chromium_running(program) as chromium:
        context = await chromium.new_context(viewport={"width": 1440, "height": 900}, permissions=["microphone"])
        page = await context.new_page()
        await page.add_init_script(WATCH)
        yield Witness(page)
