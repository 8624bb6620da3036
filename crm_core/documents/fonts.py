"""Which font documents are set in: one that knows Latin, Cyrillic, Greek and Arabic, or none (shell: looks for files).

DejaVu comes with most systems; where it does not, `deploy/run` unpacks it beside the other parts. Without it a
document is HTML, and the page says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PLACES = ("usr/share/fonts/truetype/dejavu", "usr/share/fonts/TTF", "usr/share/fonts/dejavu")
"""Of Debian, Arch and Fedora."""
UNPACKED = ("parts/fonts", "parts/chromium")
PLAIN, BOLD = "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"


@dataclass(frozen=True, slots=True)
class Fonts:
    """Two weights of one family."""

    plain: Path
    bold: Path


def find(run_dir: Path, root: Path = Path("/")) -> Fonts | None:
    """Return the font, unpacked or the machine's own; None where there is none.

    Args:
        run_dir: where unpacked parts lie.
        root: of the machine.

    """
    for base in (*(run_dir / name for name in UNPACKED), root):
        for place in PLACES:
            fonts = Fonts(base / place / PLAIN, base / place / BOLD)
            if fonts.plain.is_file() and fonts.bold.is_file():
                return fonts
    return None
