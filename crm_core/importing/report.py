"""The file of rejected rows: beside the imported one, fit to be opened in a spreadsheet (shell; `harmless` is pure)."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_NUMBER = re.compile(r"[+-]?[0-9][0-9 .,()-]*")


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
    """Rejected rows, written as they come; the file appears whole at the end, and only when there are any."""

    def __init__(self, path: Path, headers: Sequence[str]) -> None:
        self.path = path_beside(path)
        self.rows = 0
        self._headers = headers
        self._part = self.path.with_name(self.path.name + ".part")

    def __enter__(self) -> Self:
        # The mark at the beginning tells spreadsheets that this is UTF-8.
        self._file = self._part.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(["row", "reason", *map(harmless, self._headers)])
        return self

    def add(self, row: int, reason: str, cells: Sequence[str]) -> None:
        """Write one rejected row with its number in the file (the header's included) and the reason."""
        self._writer.writerow([row, reason, *map(harmless, cells)])
        self.rows += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._file.close()
        if self.rows and kind is None:
            self._part.replace(self.path)
        else:
            self._part.unlink(missing_ok=True)
