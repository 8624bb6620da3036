"""Reading in a process of its own, with bounds on memory and time: what a hostile file breaks is only that (shell).

The child writes frames: four bytes of length, then in MessagePack how far it is, and rows. One without rows ends them;
a mapping refuses.
"""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

import msgspec

from crm_core.importing.limits import MEMORY, SECONDS, Unreadable
from crm_core.importing.values import Cell

ROOT = Path(__file__).resolve().parents[2]
BATCH = 500
LONGEST_FRAME = 64 << 20
TEXT = "text"
_LENGTH = struct.Struct(">I")
Row = tuple[int, list[str | int | float | bool | None]]
Found = Iterator[tuple[int, Sequence[Cell]]]
_decode = msgspec.msgpack.Decoder(tuple[float, list[Row]] | dict[str, str | int]).decode


@contextmanager
def rows(form: str, path: Path, size: int, zone: str) -> Iterator[Received]:
    """Start the child and give its rows; it is gone at the end of the block, whatever happened.

    Args:
        form: a key of `sheet.FORMS`.
        path: the file.
        size: of it, in bytes: XML is streamed, so its time grows with it.
        zone: time zone in which moments become days.
    """
    seconds = SECONDS + ((size >> 20) if form in {"cim", "commerceml"} else 0)
    command = [sys.executable, "-m", __name__, form, str(path.absolute()), zone, str(seconds)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PYTHONPATH": str(ROOT)},
    )
    try:
        yield Received(process)
    finally:
        process.kill()
        process.communicate()


class Received:
    """Rows as the child sends them."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.part = 0.0
        """How much of the file is read, 0 … 1."""
        self._process = process

    def __iter__(self) -> Found:
        """Return the rows that are not taken yet.

        Raises:
            Unreadable: the child refused the file, or died of its limits.
        """
        pipe = self._process.stdout
        if pipe is None:  # pragma: no cover -- asked for above
            return
        while True:
            frame = _frame(pipe)
            if frame is None:
                raise Unreadable(
                    "the file asks for more than {memory} MB of memory or {seconds} s to be read: save it as CSV",
                    memory=MEMORY >> 20,
                    seconds=SECONDS,
                )
            found = _decode(frame)
            if isinstance(found, dict):
                raise Unreadable(found.pop(TEXT), **found)
            self.part, rows = found
            if not rows:
                return
            yield from rows


def _frame(pipe: IO[bytes]) -> bytes | None:
    """Read one frame; None when the child died before it was whole."""
    head = pipe.read(_LENGTH.size)
    length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else LONGEST_FRAME + 1
    if length > LONGEST_FRAME:
        return None
    body = pipe.read(length)
    return body if len(body) == length else None


def _send(out: IO[bytes], found: tuple[float, list[tuple[int, Sequence[Cell]]]] | dict[str, str | int]) -> None:
    body = msgspec.msgpack.encode(found)
    out.write(_LENGTH.pack(len(body)) + body)


def main(form: str, path: Path, zone: str, seconds: int) -> None:
    """Read one file and write its rows to standard output."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    out = sys.stdout.buffer
    try:
        with path.open("rb") as file:
            found, part = _read(form, path, file, zone)
            while batch := list(islice(found, BATCH)):
                _send(out, (part(batch[-1][0]), batch))
            _send(out, (1.0, []))
    except Unreadable as refusal:
        _send(out, {TEXT: refusal.text, **refusal.values})
    out.flush()


def _read(form: str, path: Path, file: IO[bytes], zone: str) -> tuple[Found, Callable[[int], float]]:
    """Return the rows of a file, and what tells by the number of the last one how far in it they are."""
    from crm_core.importing import markup, spreadsheet  # noqa: PLC0415 -- only the child needs them

    if form in {"cim", "commerceml"}:
        size = max(os.fstat(file.fileno()).st_size, 1)
        return markup.rows(form, file, zone), lambda _: file.tell() / size
    sheet = spreadsheet.first_sheet(form, path)
    return spreadsheet.rows(sheet), lambda number: number / (sheet.total_height + 1)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
