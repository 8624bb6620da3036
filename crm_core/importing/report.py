"""The file of rejected rows, fit to be opened in a spreadsheet (shell; `harmless` is pure)."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from crm_core.importing.rules import right, why

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_NUMBER = re.compile(r"[+-]?[0-9][0-9 .,()-]*")


EXAMPLES = 100
"""Rows that a page of findings shows."""


class Example(NamedTuple):
    """A row that a rule rejected or held."""

    row: int
    rule: str
    detail: str
    cells: tuple[str, ...]


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; plain numbers and telephone numbers stay as they are."""
    bare = cell.lstrip(" \u00a0")
    if bare.startswith(_FORMULA) and not _NUMBER.fullmatch(bare):
        return "'" + cell
    return cell


def path_beside(path: Path) -> Path:
    """Return where the rejected rows of a file go: `readings.csv` leaves `readings.rejected.csv`."""
    return path.with_name(f"{path.stem}.rejected.csv")


class Report:
    """Rejected rows, written as they come; the file appears whole at the end, and only when there are any.

    Args:
        path: where it appears.
        headers: of the imported file.
    """

    def __init__(self, path: Path, headers: Sequence[str]) -> None:
        self.path = path
        self.rows = 0
        self.counts: Counter[str] = Counter()
        """Rows by rule."""
        self.examples: list[Example] = []
        """The first of them."""
        self._headers = headers
        self._part = path.with_name(path.name + ".part")

    def __enter__(self) -> Self:
        self._part.unlink(missing_ok=True)
        # The mark at the beginning tells spreadsheets that this is UTF-8. Rows of subscribers: for the owner only.
        self._file = open(
            self._part, "w", encoding="utf-8-sig", newline="", opener=lambda name, flags: os.open(name, flags, 0o600)
        )
        self._writer = csv.writer(self._file)
        self._writer.writerow(["row", "reason", "right", *map(harmless, self._headers)])
        return self

    def add(self, row: int, rule: str, detail: str, cells: Sequence[str]) -> None:
        """Write one rejected row with its number in the file (the header's included), why, and what would be right."""
        self._writer.writerow([row, harmless(why(rule, detail)), harmless(right(rule, detail)), *map(harmless, cells)])
        self.rows += 1
        self.counts[rule] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(example(row, rule, detail, cells))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._file.close()
        if self.rows and kind is None:
            self._part.replace(self.path)
        else:
            self._part.unlink(missing_ok=True)


def example(row: int, rule: str, detail: str, cells: Sequence[str]) -> Example:
    """Return a row as a page of findings shows it: its beginning."""
    return Example(row, rule, detail[:200], tuple(cell[:60] for cell in cells[:8]))
