"""Spreadsheets: what an XLSX would come to is counted before a reader sees it; macros are never looked at (shell)."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from crm_core.importing.limits import (
    MOST_CELL,
    MOST_COLUMNS,
    MOST_PARTS,
    MOST_RATIO,
    MOST_SHEET_CELLS,
    MOST_UNPACKED,
    RATIO_FROM,
    Unreadable,
    locked,
)
from crm_core.importing.values import Cell

PIECE = 1 << 20
_PLACE = re.compile(rb'<c\b[^>]{0,200}?\br="([A-Z]{1,3})([0-9]{1,7})"')
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, KeyError)


def first_sheet(form: str, path: Path) -> CalamineSheet:
    """Open a spreadsheet at its first sheet.

    Raises:
        Unreadable: it is none, over a limit, or locked.
    """
    if form == "xlsx":
        _guard(path)
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except PasswordError as error:
        raise locked() from error
    except (CalamineError, OSError, IndexError) as error:
        raise _broken() from error
    # Calamine counts to the last row and column from 0.
    if (sheet.total_height + 1) * (sheet.total_width + 1) > MOST_SHEET_CELLS:
        raise _too_many_cells()
    return sheet


def rows(sheet: CalamineSheet) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Return the rows of a sheet, as they are numbered on the screen.

    Raises:
        Unreadable: it is broken, or has too many columns.
    """
    try:
        for number, cells in enumerate(sheet.iter_rows(), 1):
            if len(cells) > MOST_COLUMNS and any(cells[MOST_COLUMNS:]):
                raise Unreadable("row {row} has more than {most} columns", row=number, most=MOST_COLUMNS)
            yield number, [_plain(cell) for cell in cells[:MOST_COLUMNS]]
    except (CalamineError, OSError) as error:
        raise _broken() from error


def _plain(cell: object) -> Cell:
    if isinstance(cell, str):
        return cell[:MOST_CELL]
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return cell if isinstance(cell, (int, float, bool)) else str(cell)[:MOST_CELL]


def _guard(path: Path) -> None:
    """Judge the list of parts by what it states, then unpack once and count, because what it states may be lies."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _judge_list(parts)
            left = MOST_UNPACKED
            for part in parts:
                with archive.open(part) as file:
                    left = _count(file, part, left)
    except Unreadable:
        raise
    except _BROKEN as error:
        raise _broken() from error


def _judge_list(parts: Sequence[zipfile.ZipInfo]) -> None:
    if len(parts) > MOST_PARTS:
        raise Unreadable("the spreadsheet has too many parts")
    names = [part.filename.replace("\\", "/") for part in parts]
    if any(name.startswith("/") or ":" in name or ".." in name.split("/") for name in names):
        raise Unreadable("the spreadsheet has a part that wants to be written elsewhere")
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= set(names):
        raise _broken()
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable("the spreadsheet is larger than {most} MB unpacked: save it as CSV", most=MOST_UNPACKED >> 20)
    if any(part.file_size > max(RATIO_FROM, part.compress_size * MOST_RATIO) for part in parts):
        raise Unreadable("the spreadsheet unpacks to many times what tables do: save it as CSV")


def _count(file: zipfile.ZipExtFile | object, part: zipfile.ZipInfo, left: int) -> int:
    is_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
    tail, last_row, last_column = b"", 0, 0
    while piece := file.read(PIECE):  # type: ignore[union-attr]  # zipfile's reader
        left -= len(piece)
        if left < 0:
            raise Unreadable(
                "the spreadsheet is larger than {most} MB unpacked: save it as CSV", most=MOST_UNPACKED >> 20
            )
        if is_sheet:
            for column, row in _PLACE.findall(tail + piece):
                last_row = max(last_row, int(row))
                last_column = max(last_column, _number(column))
            if last_row * last_column > MOST_SHEET_CELLS:
                raise _too_many_cells()
            tail = piece[-300:]
    return left


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_many_cells() -> Unreadable:
    return Unreadable(
        "the sheet has more than {most} cells, empty ones between included: save it as CSV", most=MOST_SHEET_CELLS
    )


def _broken() -> Unreadable:
    return Unreadable("this is not a spreadsheet that can be read")
