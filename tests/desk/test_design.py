"""The living page of the design shows every token there is, and its text can be read in light and dark."""

from __future__ import annotations

import re

import pytest

from tests.desk.stage import ROOT
from workstation.design import COLOURS, ICONS, PAIRS, SPACES

pytestmark = pytest.mark.unit
CSS = ROOT / "workstation" / "assets" / "css"
BASE = (CSS / "base.css").read_text(encoding="utf-8")


def tokens(selector: str) -> dict[str, str]:
    """Return the colours of a theme, as the style sheet says them; the last word holds."""
    block = BASE.partition(f"{selector} {{")[2].partition("}")[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block))


LIGHT, DARK = tokens(":root"), tokens(':root[data-theme="dark"]')


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_colour_is_on_the_page_in_both_themes() -> None:
    assert set(COLOURS) == set(LIGHT) == set(DARK)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_its_ground(theme: dict[str, str]) -> None:
    found = {(text, ground): contrast(theme[text], theme[ground]) for text, ground in PAIRS}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


def test_what_the_page_names_has_its_style_and_its_drawing() -> None:
    css = (CSS / "design.css").read_text(encoding="utf-8")
    icons = (ROOT / "workstation" / "templates" / "icons.svg").read_text(encoding="utf-8")
    assert all(f".swatch-{one} " in css for one in COLOURS)
    assert all(f".on-{text}-{ground} " in css for text, ground in PAIRS)
    assert all(f".space-{one} " in css for one in SPACES)
    assert [one for one in ICONS if f'id="i-{one}"' not in icons] == []
