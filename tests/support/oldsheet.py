"""Spreadsheets of the old kind written by hand, as no library does: BIFF8 ([MS-XLS]) in an OLE file ([MS-CFB])."""

from __future__ import annotations

import struct
from collections.abc import Sequence

Cell = str | float | None
SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def xls(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return an .xls with one sheet."""
    return ole("Workbook", _workbook(rows))


def ole(name: str, stream: bytes) -> bytes:
    """Return an OLE file that holds one stream."""
    data = stream.ljust(4096, b"\0")
    data += bytes(-len(data) % SECTOR)
    count = len(data) // SECTOR
    chain = [FAT, END, *range(3, 2 + count), END]
    chain += [FREE] * (SECTOR // 4 - len(chain))
    if len(chain) > SECTOR // 4:
        raise ValueError("too large for one sector of the allocation table")
    entries = _entry("Root Entry", 5, 1, END, 0) + _entry(name, 2, FREE, 2, len(data)) + _entry("", 0, FREE, 0, 0) * 2
    head = SIGNATURE + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, 1, 1, 0, 4096, END, 0, END, 0) + struct.pack("<109I", 0, *[FREE] * 108)
    return head + struct.pack(f"<{len(chain)}I", *chain) + entries + data


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    told = name.encode("utf-16-le") + b"\0\0" if name else b""
    return told.ljust(64, b"\0") + struct.pack("<HBBIII36xIQ", len(told), kind, 1, FREE, FREE, child, start, size)


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _workbook(rows: Sequence[Sequence[Cell]]) -> bytes:
    end, name = _record(0x0A), struct.pack("<BB", 1, 1) + "S".encode("utf-16-le")
    globals_, bound = _begin(5), 4 + 6 + len(name)
    at = len(globals_) + bound + len(end)
    size = _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    cells = b"".join(_cell(y, x, cell) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell is not None)
    return globals_ + _record(0x85, struct.pack("<IBB", at, 0, 0) + name) + end + _begin(0x10) + size + cells + end


def _cell(row: int, column: int, cell: Cell) -> bytes:
    if isinstance(cell, str):
        text = struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")
        return _record(0x0204, struct.pack("<HHH", row, column, 0) + text)
    return _record(0x0203, struct.pack("<HHHd", row, column, 0, cell))
