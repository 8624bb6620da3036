"""The operator's tab for `bench desk`: what it painted and when, keys pressed, its weight, its heap (shell).

"Painted" is the first task after the frame in which something stands on the page: later than the eye, never earlier.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crm_core.settings import ROOT
from deploy.bench.pop import BenchFailed
from deploy.witness import chromium, chromium_running

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

AXE: Final = ROOT / "workstation" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
FAULTS: Final = """async (part) => (await axe.run(part, { resultTypes: ["violations"] })).violations
  .map((one) => `${one.id}: ${one.nodes[0].target.join(" ")}`)"""
WATCH: Final = """
addEventListener("DOMContentLoaded", () => {
  const painted = (done) => requestAnimationFrame(() => {
    const after = new MessageChannel();
    after.port1.onmessage = () => done(performance.timeOrigin + performance.now());
    after.port2.postMessage(0);
  });
  const bench = (window.bench = { cards: {}, keys: 0, pointers: 0, pressed: 0, wanted: null });
  const seen = (selector) => [...document.querySelectorAll(selector)].some((one) => one.checkVisibility());
  const look = () => {
    const call = document.querySelector("#call")?.dataset.callId;
    if (call && !(call in bench.cards) && document.querySelector("#card[data-account-id]")) {
      bench.cards = { [call]: 0 };
      painted((at) => (bench.cards[call] = at));
    }
    if (bench.wanted && bench.pressed && seen(bench.wanted.selector)) {
      const { done } = bench.wanted;
      bench.wanted = null;
      painted((at) => done(at - bench.pressed));
    }
  };
  new MutationObserver(look).observe(document.documentElement, { subtree: true, childList: true, attributes: true });
  addEventListener("keydown", (event) => {
    if (["Alt", "Control", "Shift"].includes(event.key)) return;
    bench.keys += 1;
    bench.pressed = performance.timeOrigin + event.timeStamp;
    queueMicrotask(look);
  }, true);
  addEventListener("focusin", look);
  addEventListener("pointerdown", () => (bench.pointers += 1), true);
  bench.expect = (selector) => {
    bench.pressed = 0;
    bench.shown = new Promise((done) => (bench.wanted = { selector, done }));
  };
});
"""


@dataclass(frozen=True, slots=True)
class Heap:
    """What the tab holds after its garbage was collected."""

    bytes: int
    nodes: int
    listeners: int


@dataclass
class Tab:
    """One tab."""

    page: Page
    line: CDPSession
    bytes_loaded: int = 0
    asked: list[str] = field(default_factory=list)
    """Addresses asked for since this was emptied last."""

    async def open(self, address: str, token: str) -> None:
        """Open the desk of whoever has this session, in an empty browser."""
        self.line.on("Network.loadingFinished", self._loaded)
        self.page.on("request", lambda request: self.asked.append(request.url))
        await self.line.send("Network.enable")
        await self.page.context.add_cookies([{"name": "busbar", "value": token, "url": address}])
        await self.page.goto(f"{address}/desk")
        await self.page.wait_for_selector("#status[data-state=ready]", timeout=20_000)

    def _loaded(self, event: Mapping[str, Any]) -> None:
        self.bytes_loaded += int(event["encodedDataLength"])

    async def painted(self, call_id: str, seconds: float = 20) -> float:
        """Wait until the card of a call is painted; return when, in seconds of this machine."""
        found = await self.page.wait_for_function(
            "(call) => bench.cards[call] || 0", arg=call_id, timeout=seconds * 1e3
        )
        return float(await found.json_value()) / 1e3

    async def phase(self, phase: str) -> None:
        """Wait until the call on the desk is so far; "" until there is none."""
        selector = f"#call[data-phase={phase}]" if phase else "#call[data-call-id='']"
        await self.page.wait_for_selector(selector, state="attached", timeout=20_000)

    async def press(self, key: str, shows: str) -> float:
        """Press a key; return the milliseconds until what it shows was painted."""
        await self.page.evaluate("(selector) => bench.expect(selector)", shows)
        await self.page.keyboard.press(key)
        try:
            async with asyncio.timeout(20):
                return float(await self.page.evaluate("() => bench.shown"))
        except TimeoutError as error:
            said = " ".join(await self.page.locator("#toasts, [data-fault=form]").all_inner_texts())
            raise BenchFailed(f"{key} showed no {shows} within 20 s; the page said: {said.strip() or '-'}") from error

    async def counted(self) -> tuple[int, int]:
        """Return keys and presses of a pointer so far."""
        keys, pointers = await self.page.evaluate("() => [bench.keys, bench.pointers]")
        return int(keys), int(pointers)

    async def heap(self) -> Heap:
        """Collect garbage, then look."""
        for _ in range(2):
            await self.line.send("HeapProfiler.collectGarbage")
        used = await self.line.send("Runtime.getHeapUsage")
        counted = await self.line.send("Memory.getDOMCounters")
        return Heap(int(used["usedSize"]), int(counted["nodes"]), int(counted["jsEventListeners"]))

    async def faults(self) -> list[str]:
        """Return what axe-core holds against the page as it is now."""
        if not await self.page.evaluate("() => 'axe' in window"):
            await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[str] = await self.page.evaluate(FAULTS, "html")
        return found


@asynccontextmanager
async def opened() -> AsyncIterator[Tab]:
    """Open a tab in a Chromium of our own."""
    async with chromium_running(Path(chromium())) as browser:
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, permissions=["microphone"])
        page = await context.new_page()
        await page.add_init_script(WATCH)
        line = await context.new_cdp_session(page)
        await line.send("HeapProfiler.enable")
        yield Tab(page, line)
