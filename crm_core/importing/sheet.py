"""Reads files people export: CSV of any usual encoding and delimiter, XLSX within limits (shell)."""

# ruff: noqa: RUF001 -- both scripts are what this module is about.
from __future__ import annotations

import codecs
import csv
import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO

from python_calamine import CalamineError, CalamineWorkbook

from crm_core.importing.values import Cell

MOST_UNPACKED = 256 * 1024 * 1024
"""Bytes an XLSX may come to unpacked: a small file can hold a thousandfold of itself."""
MOST_PARTS = 2_000
MOST_COLUMNS = 200
MOST_CELL = 4_000
"""Characters of one cell; more is no name, address or number."""
PIECE = 1 << 20
SPREADSHEETS = {".xlsx", ".xlsm"}
DELIMITERS = ";\t,|"


class Unreadable(ValueError):
    """The file cannot be read as a whole; the text says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was looked at."""

    path: Path
    hash: str
    """SHA-256 of its bytes."""
    size: int
    encoding: str
    """"" for a spreadsheet."""


def look_at(path: Path) -> Source:
    """Hash a file and tell its encoding in one pass, in constant memory.

    Raises:
        Unreadable: there is no such file, it is empty, or of a kind we do not read.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _looked_at(path, file, size)
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be opened: {error.strerror}") from error


def _looked_at(path: Path, file: IO[bytes], size: int) -> Source:
    sheet = path.suffix.lower() in SPREADSHEETS
    if path.suffix.lower() in {".xls", ".ods", ".xlsb"}:
        raise Unreadable("this kind of spreadsheet is not read: save it as .xlsx or .csv")
    if not size:
        raise Unreadable(f"{path.name} is empty")
    digest, utf8, first = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), b""
    valid = True
    while piece := file.read(PIECE):
        digest.update(piece)
        first = first or piece
        try:
            if valid and not sheet:
                utf8.decode(piece)
        except UnicodeDecodeError:
            valid = False
    return Source(path, digest.hexdigest(), size, "" if sheet else _encoding(first, valid_utf8=valid))


def _encoding(first: bytes, *, valid_utf8: bool) -> str:
    """Tell the encoding: a mark says it, UTF-8 proves itself, else the code page whose letters look like words."""
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if valid_utf8:
        return "utf-8-sig"
    # In the wrong Russian code page words come out as capitals and box-drawing signs.
    return max(("cp1251", "cp866"), key=lambda name: sum("а" <= s <= "я" for s in first.decode(name, "replace")))


@contextmanager
def rows(source: Source) -> Iterator[Iterator[Sequence[Cell]]]:
    """Open a file and give its rows one by one, empty ones too, so that row numbers are those people see."""
    if source.encoding:
        with source.path.open(encoding=source.encoding, errors="replace", newline="") as file:
            yield _csv(file)
    else:
        yield _sheet(source.path)


def _csv(file: IO[str]) -> Iterator[Sequence[Cell]]:
    first = file.readline(PIECE)
    file.seek(0)
    reader = csv.reader(file, delimiter=delimiter(first))
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(f"line {reader.line_num} is not CSV: {error}") from error
        yield [cell[:MOST_CELL] for cell in cells[:MOST_COLUMNS]]


def delimiter(line: str) -> str:
    """Tell the delimiter of a header line: the most frequent one outside quotes."""
    bare = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


def _sheet(path: Path) -> Iterator[Sequence[Cell]]:
    _guard(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheet = book.get_sheet_by_index(0)
    except (CalamineError, OSError, IndexError) as error:
        raise Unreadable(f"{path.name} is not a spreadsheet that can be read: {error}") from error
    for cells in sheet.iter_rows():
        yield [c[:MOST_CELL] if isinstance(c, str) else _plain(c) for c in cells[:MOST_COLUMNS]]


def _plain(cell: object) -> Cell:
    return cell if isinstance(cell, (int, float, bool, date, datetime)) else str(cell)


def _guard(path: Path) -> None:
    """Unpack once and count, because the sizes an archive states may be lies."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise Unreadable("the spreadsheet has too many parts")
            left = MOST_UNPACKED
            for part in parts:
                with archive.open(part) as file:
                    while piece := file.read(PIECE):
                        left -= len(piece)
                        if left < 0:
                            limit = MOST_UNPACKED >> 20
                            raise Unreadable(f"the spreadsheet is larger than {limit} MB unpacked: save it as CSV")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Unreadable(f"{path.name} is not a spreadsheet that can be read") from error
