"""How large a file from outside may be, in every direction (pure). docs/import.md tells people."""

from __future__ import annotations

MOST_UNPACKED = 256 << 20
"""Bytes a spreadsheet may come to unpacked: a small file can hold a thousandfold of itself."""
MOST_RATIO = 400
"""Times a large part of a spreadsheet may unpack; deflate's own end is 1,032, tables of people stay under 100."""
RATIO_FROM = 4 << 20
"""Parts that stay smaller than this many bytes may be as regular as they like."""
MOST_PARTS = 2_000
MOST_SHEET_CELLS = 2_000_000
"""Cells of the rectangle of a sheet: readers hold it in memory as a whole (measured: 210 MB)."""
MOST_COLUMNS = 200
MOST_ROWS = 10_000_000
MOST_CELL = 4_000
"""Characters of one cell; more is no name, address or number."""
LONGEST_LINE = 1 << 20
"""Characters of a line of text."""
DEEPEST = 40
"""Levels of XML."""
MEMORY = 256 << 20
"""Bytes of address space the reading process may take."""
SECONDS = 10
"""Of processor time it may take for a file of no size; XML, which is streamed, a second more for each megabyte."""


class Unreadable(ValueError):
    """The file cannot be read as a whole.

    Args:
        text: why, one sentence with places for `values`; pages translate it.
        values: what stands in those places.

    """

    def __init__(self, text: str, **values: str | int) -> None:
        super().__init__(text)
        self.text = text
        self.values = values

    def __str__(self) -> str:
        """Say it in English."""
        return self.text.format(**self.values)


def locked() -> Unreadable:
    """Refuse a spreadsheet that nobody without its password can read."""
    return Unreadable("the spreadsheet is locked with a password: save it without one")
