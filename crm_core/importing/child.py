"""Reading in a process of its own, with bounds on memory and time: what a hostile file breaks is only that (shell).

The child writes frames: four bytes of length, then rows in MessagePack. An empty one ends them; a mapping refuses.
"""

from __future__ import annotations

import resource
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
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
_decode = msgspec.msgpack.Decoder(list[Row] | dict[str, str | int]).decode


@contextmanager
def rows(form: str, path: Path, size: int, zone: str) -> Iterator[Iterator[tuple[int, Sequence[Cell]]]]:
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
        yield _received(process)
    finally:
        process.kill()
        process.communicate()


def _received(process: subprocess.Popen[bytes]) -> Iterator[tuple[int, Sequence[Cell]]]:
    pipe = process.stdout
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
        if not found:
            return
        yield from found


def _frame(pipe: IO[bytes]) -> bytes | None:
    """Read one frame; None when the child died before it was whole."""
    head = pipe.read(_LENGTH.size)
    length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else LONGEST_FRAME + 1
    if length > LONGEST_FRAME:
        return None
    body = pipe.read(length)
    return body if len(body) == length else None


def _send(out: IO[bytes], found: list[tuple[int, Sequence[Cell]]] | dict[str, str | int]) -> None:
    body = msgspec.msgpack.encode(found)
    out.write(_LENGTH.pack(len(body)) + body)


def main(form: str, path: Path, zone: str, seconds: int) -> None:
    """Read one file and write its rows to standard output."""
    from crm_core.importing import markup, spreadsheet  # noqa: PLC0415 -- only the child needs them

    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    out = sys.stdout.buffer
    try:
        found = markup.rows(form, path, zone) if form in {"cim", "commerceml"} else spreadsheet.rows(form, path)
        while batch := list(islice(found, BATCH)):
            _send(out, batch)
        _send(out, [])
    except Unreadable as refusal:
        _send(out, {TEXT: refusal.text, **refusal.values})
    out.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
