"""Reads files people export: tells by their content what they are, and gives their rows within limits (shell).

CSV and 1C's payment files are read here, line by line. What has to be unpacked or parsed by a library is read in a
process of its own, with bounds on memory and time (`crm_core.importing.child`).
"""

# ruff: noqa: RUF001 -- both scripts are what this module is about.
from __future__ import annotations

import codecs
import csv
import hashlib
import os
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from crm_core.importing import child, onec
from crm_core.importing.columns import recognise
from crm_core.importing.limits import LONGEST_LINE, MOST_CELL, MOST_COLUMNS, MOST_ROWS, Unreadable, locked
from crm_core.importing.values import Cell

PIECE = 1 << 20
DELIMITERS = ";\t,|"
FIRST_LINES = 20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
Rows = Iterator[tuple[int, Sequence[Cell]]]
"""Rows with their numbers as people's programs show them."""

FORMS = {
    "csv": "a table in plain text (CSV)",
    "xlsx": "a spreadsheet (XLSX)",
    "xls": "a spreadsheet of the old kind (XLS)",
    "1c": "payments out of 1C (1CClientBankExchange)",
    "commerceml": "counterparties out of 1C (CommerceML)",
    "cim": "meter readings (IEC 61968-9 MeterReadings)",
}
"""What a file can be."""
SUFFIXES = {
    ".csv": {"csv"},
    ".tsv": {"csv"},
    ".txt": {"csv", "1c"},
    ".xlsx": {"xlsx"},
    ".xlsm": {"xlsx"},
    ".xls": {"xls"},
    ".xml": {"commerceml", "cim"},
}
"""What it may be by the end of its name: a name that says something else than the content is refused."""
_ROOTS = {"MeterReadings": "cim", "EventMessage": "cim", "КоммерческаяИнформация": "commerceml"}
_ROOT = re.compile(r"(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:[\w.-]+:)?(\w+)", re.DOTALL)
_DECLARED = re.compile(rb"""<\?xml[^>]*encoding=["']([A-Za-z0-9._-]{2,20})["']""")


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was looked at."""

    path: Path
    name: str
    """As its owner calls it."""
    hash: str
    """SHA-256 of its bytes."""
    size: int
    form: str
    """A key of `FORMS`."""
    encoding: str
    """"" where the form knows it by itself."""


def look_at(path: Path, name: str = "") -> Source:
    """Hash a file, tell its form and encoding in one pass, in constant memory.

    Args:
        path: where it is.
        name: what its owner calls it, the path's own when "".

    Raises:
        Unreadable: there is no such file, it is empty, of a kind we do not read, or its name says something else.
    """
    name = name or path.name
    try:
        with path.open("rb") as file:
            return _looked_at(path, name, file)
    except OSError as error:
        raise Unreadable("{name} cannot be opened: {why}", name=name, why=error.strerror or "") from error


def _looked_at(path: Path, name: str, file: IO[bytes]) -> Source:
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise Unreadable(
            "this kind of file is not read: save it as .csv or .xlsx (read are {known})", known=" ".join(SUFFIXES)
        )
    digest, utf8, first, size, valid = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), b"", 0, True
    while piece := file.read(PIECE):
        digest.update(piece)
        size += len(piece)
        first = first or piece
        try:
            if valid:
                utf8.decode(piece)
        except UnicodeDecodeError:
            valid = False
    if not first:
        raise Unreadable("{name} is empty", name=name)
    if first.startswith(OLE) and _is_locked(file, first):
        raise locked()
    form, encoding = _form(name, first, valid_utf8=valid)
    if form not in SUFFIXES[suffix]:
        raise Unreadable(
            "{name} is {form} by its content, and its name says something else: give it the right ending",
            name=name,
            form=form.upper(),
        )
    return Source(path, name, digest.hexdigest(), size, form, encoding)


def _is_locked(file: IO[bytes], first: bytes) -> bool:
    """Whether an OLE file holds a spreadsheet locked with a password ([MS-OFFCRYPTO] 2.3): its directory says so."""
    power, start = struct.unpack_from("<H16xI", first.ljust(52, b"\0"), 30)
    file.seek((start + 1) << min(power, 12))
    return _ENCRYPTED in file.read(1 << 12)


def _form(name: str, first: bytes, *, valid_utf8: bool) -> tuple[str, str]:
    if first.startswith(b"PK\x03\x04"):
        return "xlsx", ""
    if first.startswith(OLE):
        return "xls", ""
    encoding = _encoding(first, valid_utf8=valid_utf8)
    text = first[: 1 << 16].decode(_declared(first) or encoding, "replace").lstrip("\ufeff \r\n\t")
    if "\x00" in text[:4000]:
        raise Unreadable("{name} is neither text nor a spreadsheet", name=name)
    if text.startswith(onec.MARK):
        return "1c", encoding
    if not text.startswith("<"):
        return "csv", encoding
    root = _ROOT.match(text)
    if root is None or root[1] not in _ROOTS:
        raise Unreadable(
            "{name} is XML of a kind we do not read: MeterReadings or CommerceML would be right", name=name
        )
    return _ROOTS[root[1]], ""


def _declared(first: bytes) -> str:
    found = _DECLARED.match(first[:200])
    try:
        return codecs.lookup(found[1].decode()).name if found else ""
    except LookupError:
        return ""


def _encoding(first: bytes, *, valid_utf8: bool) -> str:
    """Tell the encoding: a mark says it, UTF-8 proves itself, else the code page whose letters look like words."""
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if valid_utf8:
        return "utf-8-sig"
    # In the wrong Russian code page words come out as capitals and box-drawing signs.
    return max(("cp1251", "cp866"), key=lambda name: sum("а" <= s <= "я" for s in first.decode(name, "replace")))


@dataclass(frozen=True, slots=True)
class Reading:
    """Rows of a file, one by one, and how far in it they are."""

    rows: Rows
    part: Callable[[], float]
    """How much of the file was read, 0 … 1; 0 while nobody knows."""

    def __iter__(self) -> Rows:
        """Go on where the rows were left."""
        return self.rows


@contextmanager
def rows(source: Source, zone: str = "UTC") -> Iterator[Reading]:
    """Open a file and give its rows one by one, empty ones too, with the numbers people see.

    Args:
        source: looked at.
        zone: time zone in which moments of meter readings become days.

    Raises:
        Unreadable: while rows are taken: the file is broken, or over a limit.
    """
    if source.encoding:
        with source.path.open(encoding=source.encoding, errors="replace", newline="") as file:
            found = onec.rows(_lines(file)) if source.form == "1c" else _csv(file)
            yield Reading(_bounded(found), lambda: os.lseek(file.fileno(), 0, os.SEEK_CUR) / source.size)
    else:
        with child.rows(source.form, source.path, source.size, zone) as received:
            yield Reading(_bounded(iter(received)), lambda: received.part)


def _bounded(found: Rows) -> Rows:
    for count, (number, cells) in enumerate(found):
        if count >= MOST_ROWS:
            raise Unreadable("the file has more than {most} rows: split it", most=MOST_ROWS)
        yield number, cells


def _lines(file: IO[str]) -> Iterator[str]:
    """Lines of bounded length: a file without line ends would else be one line as large as the file."""
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise Unreadable("a line has more than {most} characters", most=LONGEST_LINE)
        yield line


def _csv(file: IO[str]) -> Rows:
    first = [file.readline(LONGEST_LINE) for _ in range(FIRST_LINES)]
    file.seek(0)
    reader = csv.reader(_lines(file), delimiter=delimiter(first))
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable("line {line} is not CSV: {why}", line=reader.line_num, why=str(error)) from error
        if len(cells) > MOST_COLUMNS and any(cells[MOST_COLUMNS:]):
            raise Unreadable("row {row} has more than {most} columns", row=number, most=MOST_COLUMNS)
        yield number, [cell[:MOST_CELL] for cell in cells[:MOST_COLUMNS]]


def delimiter(lines: Sequence[str]) -> str:
    """Tell the delimiter by the first lines: the one that makes a header of one of them.

    When none does it is the most frequent one outside quotes in the first line that has any: a title has none.
    """
    for line in lines:
        for sign in DELIMITERS:
            if sign in line and recognise([cell.strip('"') for cell in line.strip().split(sign)]) is not None:
                return sign
    bare = ("".join(line.split('"')[::2]) for line in lines)
    telling = next((line for line in bare if any(sign in line for sign in DELIMITERS)), "")
    return max(DELIMITERS, key=telling.count)
