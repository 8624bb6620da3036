"""The desk and the floor in every language: nothing is written past gettext, nothing is cut off, sides are the reader's."""

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
  const data = "bdi, kbd, code, script, style, .num, .utility, [data-card] td, #card-place address, option, .user";
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim();
    const place = walk.currentNode.parentElement;
    if (!/[A-Za-z]{3}/.test(text) || /[\\[\\]]/.test(text) || place.closest(data)) continue;
    found.add(text.slice(0, 60));
  }
  for (const place of document.body.querySelectorAll("[aria-label], [title], [placeholder]"))
    for (const name of ["aria-label", "title", "placeholder"]) {
      const text = place.getAttribute(name) ?? "";
      if (/[A-Za-z]{3}/.test(text) && !/[\\[\\]]/.test(text)) found.add(`${name}: ${text.slice(0, 60)}`);
    }
  return [...found];
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
    if (one.scrollWidth > one.clientWidth + 1 && style.display !== "inline" && (hides || one.scrollWidth > one.clientWidth + 3))
      found.push(`${one.id || one.className || one.tagName}: ${one.textContent.trim().slice(0, 40)}`);
  }
  return found;
}"""
"""The page that is wider than the screen, and words that are wider than the place they have."""


async def opened(stage: Stage, page: Page, name: str, language: str) -> None:
    path, there = PAGES[name]
    await page.goto(f"{stage.address}{path}language={language}")
    await expect(page.locator(there).first).to_be_visible()
