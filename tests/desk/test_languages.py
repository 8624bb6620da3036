"""The desk and the floor in every language: nothing is written past gettext, nothing is cut off."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.desk.stage import Stage
from workstation import pseudo
from workstation.words import load_languages

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]
CODES = sorted(load_languages())
PAGES = {
    "sign-in": ("/sign-in?", "main form"),
    "idle": ("/desk?scene=idle&", "#queue-strip dd"),
    "talking": ("/desk?scene=talking&", "#card .chart"),
    "wrap-up": ("/desk?scene=wrap_up&", "#card .chart"),
    "floor": ("/floor?", "#operators tr[data-operator-id]"),
}
FOREIGN = """() => {
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const data = "bdi, kbd, code, script, style, svg, table.values, .num, .utility, .user, .name, .queue-name";
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim();
    const place = walk.currentNode.parentElement;
    // Days and amounts are the locale's, of which a language nobody speaks has none of its own.
    if (!/[A-Za-z]{3}/.test(text) || /[\\[\\]\\d]/.test(text) || place.closest(data)) continue;
    found.add(text.slice(0, 60));
  }
  for (const place of document.body.querySelectorAll("[aria-label], [title], [placeholder]"))
    for (const name of ["aria-label", "title", "placeholder"]) {
      const text = place.getAttribute(name) ?? "";
      if (/[A-Za-z]{3}/.test(text) && !/[\\[\\]]|^Alt[+]/.test(text)) found.add(`${name}: ${text.slice(0, 60)}`);
    }
  return [...found].sort();
}"""
"""Text with letters of the source that stands in no brackets, what comes from the base left out."""
CUT = """() => {
  const found = [];
  const root = document.scrollingElement;
  if (root.scrollWidth > root.clientWidth) found.push(`page: ${root.scrollWidth} of ${root.clientWidth}`);
  for (const one of document.body.querySelectorAll("button, a, label, h1, h2, h3, dt, .word, .chip, .label")) {
    const box = one.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || one.closest(".unseen, [hidden]")) continue;
    const style = getComputedStyle(one);
    const hides = style.overflowX !== "visible" && style.textOverflow !== "ellipsis";
    const over = one.scrollWidth - one.clientWidth;
    if (style.display !== "inline" && over > (hides ? 1 : 3))
      found.push(`${one.id || one.className || one.tagName}: ${one.textContent.trim().slice(0, 40)}`);
  }
  return found;
}"""
"""The page that is wider than the screen, and words that are wider than the place they have."""


async def opened(stage: Stage, page: Page, name: str, language: str) -> None:
    path, there = PAGES[name]
    await page.goto(f"{stage.address}{path}language={language}")
    await expect(page.locator(there).first).to_be_visible(timeout=30_000)  # a language is compiled on its first page


FROM_THE_BASE = {"Russian", "Oct", "Sept", "May", "debt", "Anna Szabó", "title: main", "Sample Energy"}
"""Names of queues, nodes and people, and what the browser itself says of a language and a month."""


@pytest.mark.parametrize("name", PAGES)
async def test_nothing_is_written_past_gettext_and_the_longest_words_leave_the_page_whole(
    stage: Stage, page: Page, name: str
) -> None:
    await opened(stage, page, name, pseudo.CODE)
    assert set(await page.evaluate(FOREIGN)) - FROM_THE_BASE == set()
    assert [one for one in await page.evaluate(CUT) if one.startswith("page:")] == []


@pytest.mark.parametrize("code", CODES)
async def test_no_word_is_wider_than_its_place_in_any_language(stage: Stage, page: Page, code: str) -> None:
    found = {}
    for name in ("talking", "floor"):
        await opened(stage, page, name, code)
        found[name] = await page.evaluate(CUT)
        assert await page.locator("html").get_attribute("lang") == code
    assert found == {"talking": [], "floor": []}


async def test_arabic_begins_at_the_right_and_numbers_keep_their_order(stage: Stage, page: Page) -> None:
    await opened(stage, page, "talking", "ar")
    assert await page.locator("html").get_attribute("dir") == "rtl"
    left = await page.evaluate("document.querySelector('.left').getBoundingClientRect().left")
    right = await page.evaluate("document.querySelector('.right').getBoundingClientRect().left")
    assert left > right, "the call stands where reading begins"
    await expect(page.locator("#call-number")).to_have_attribute("dir", "ltr")
    assert "٢" in await page.locator("#balance").inner_text()


LOADED = """() => document.fonts.ready.then(() =>
  [...document.fonts].filter((one) => one.status === "loaded").map((one) => one.family))"""


async def test_typefaces_come_with_the_house_and_only_when_a_letter_of_them_is_there(stage: Stage, page: Page) -> None:
    await opened(stage, page, "sign-in", "en")
    assert await page.evaluate(LOADED) == []
    for code, family in (("th", "Busbar Thai"), ("am", "Busbar Ethiopic"), ("fa", "Busbar Arabic")):
        await opened(stage, page, "sign-in", code)
        assert family in {one.strip('"') for one in await page.evaluate(LOADED)}
