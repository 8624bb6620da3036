"""The living page of the design: tokens, type, spacing, parts and their states, in the pages' own styles (shell)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from workstation.deps import PartsDep, Who

router = APIRouter()
COLOURS = (
    "ground", "panel", "raised", "line", "line-strong", "ink", "ink-2", "ink-3", "accent", "accent-ink", "accent-soft",
    "good", "good-soft", "good-solid", "warn", "warn-soft", "bad", "bad-soft", "ring", "ring-ink", "chart-0", "chart-1",
    "chart-2",
)  # fmt: skip
"""Every colour of assets/css/base.css; a test compares the two."""
PAIRS = (
    ("ink", "panel"), ("ink-2", "panel"), ("ink-3", "panel"), ("accent", "panel"), ("accent-ink", "accent"),
    ("good", "good-soft"), ("warn", "warn-soft"), ("bad", "bad-soft"), ("ring-ink", "ring"),
)  # fmt: skip
"""Text on ground that pages use; each has a contrast of 4.5 : 1 at least, in light and dark."""
SPACES = (4, 8, 12, 16, 20, 24, 32)
ICONS = (
    "phone", "hangup", "pause", "mic", "mic-off", "out", "in", "keypad", "person", "office", "home", "meter", "coins",
    "file", "pen", "clock", "check", "cross", "alert", "info", "bulb", "search", "mail", "scale", "star", "heart",
)  # fmt: skip


@router.get("/design")
async def design(parts: PartsDep, who: Who) -> Response:
    """Show what pages are made of."""
    html = parts.templates.render(
        "design.html", who.language, user=who, csrf=who.csrf, colours=COLOURS, pairs=PAIRS, spaces=SPACES, icons=ICONS
    )
    return HTMLResponse(html)
