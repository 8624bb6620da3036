"""What the operator of `bench desk` does, by keys alone: panels, a typical call, the record of the contact (shell)."""

from __future__ import annotations

from typing import Final

from deploy.bench.desk_page import Tab

PANELS: Final = {
    "readings": ("Alt+r", "#panel-readings"),
    "promise": ("Alt+p", "#sheet [data-panel=promise]"),
    "application": ("Alt+f", "#sheet [data-panel=application]"),
    "task": ("Alt+j", "#sheet [data-panel=task]"),
    "contact": ("Alt+c", "#sheet [data-panel=contact]"),
    "command box": ("Control+k", "#search:focus"),
}
"""Panels by the keys that open them, and what then stands on the page."""
MOST_TABS: Final = 20
DOUBTFUL: Final = 9_000
"""Far more than anybody uses between two readings."""
MILLISECONDS: Final = 10_000


async def panels(tab: Tab) -> dict[str, float]:
    """Open every panel once; return the milliseconds of each."""
    found = {name: await tab.press(key, shows) for name, (key, shows) in PANELS.items()}
    for _ in range(2):
        await tab.page.keyboard.press("Escape")
    await tab.page.keyboard.press("Alt+1")
    return found


async def written_up(tab: Tab) -> None:
    """Write the contact up and close it."""
    page = tab.page
    await page.keyboard.press("Alt+n")
    await page.keyboard.type("asked")
    await page.keyboard.press("Alt+w")
    await page.keyboard.type("Other information")
    await page.keyboard.press("Control+Enter")


async def typical(tab: Tab) -> tuple[int, int]:
    """Take a doubtful reading, a promise and an application; return the keys and the presses of a pointer."""
    keys, pointers = await tab.counted()
    await _reading(tab)
    await _promise(tab)
    await _application(tab)
    after, pressed = await tab.counted()
    return after - keys, pressed - pointers


async def _reading(tab: Tab) -> None:
    page = tab.page
    fields = await page.locator("#readings-form .reading-input").all()
    lasts = [int(float(await one.get_attribute("data-last") or "0")) for one in fields]
    doubtful = [lasts[0] + DOUBTFUL, *(last + 100 for last in lasts[1:])]
    await page.keyboard.type(" ".join(map(str, doubtful)))
    await page.wait_for_selector("#intent-list [data-intent]", timeout=MILLISECONDS)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#panel-readings", timeout=MILLISECONDS)
    await _go(tab, "#readings-form button[type=submit]")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#readings-form [name=confirm]", timeout=MILLISECONDS)
    await _go(tab, "#readings-form [name=confirm]")
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#readings-form .notice.good", timeout=MILLISECONDS)


async def _promise(tab: Tab) -> None:
    await _meant(tab, "1 +5 days", "#sheet [data-panel=promise]")


async def _application(tab: Tab) -> None:
    await _meant(tab, "certificate bank", "#sheet [data-panel=application]")


async def _meant(tab: Tab, words: str, shows: str) -> None:
    """Say in the command box what is wanted, and send the form that opens."""
    page = tab.page
    await page.keyboard.press("Control+k")
    await page.keyboard.type(words)
    await page.wait_for_selector("#intent-list [data-intent]", timeout=MILLISECONDS)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(shows, timeout=MILLISECONDS)
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("#sheet", state="hidden", timeout=MILLISECONDS)


async def _go(tab: Tab, selector: str) -> None:
    """Go on by Tab until something has the cursor."""
    for _ in range(MOST_TABS):
        if await tab.page.evaluate("(wanted) => document.activeElement?.matches(wanted) ?? false", selector):
            return
        await tab.page.keyboard.press("Tab")
    raise RuntimeError(f"{selector} is not reached by Tab")
