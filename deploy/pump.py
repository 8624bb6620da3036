"""Bytes between programs and files, a little at a time, counted and hashed on the way (shell)."""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

CHUNK = 1 << 20


class Errors(threading.Thread):
    """What a program complains of; read beside its work, so that it never waits for us."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(name="errors", daemon=True)
        self._stream = process.stderr
        self._lines: list[str] = []
        self.start()

    def run(self) -> None:
        """Read to the end; the first lines say what was wrong."""
        for line in self._stream or ():
            if len(self._lines) < 100:
                self._lines.append(line.decode("utf-8", "replace").strip())

    def first(self) -> str:
        """Return the first complaint, "" when there is none."""
        self.join(5)
        return next((line for line in self._lines if line), "")


def into_file(stream: IO[bytes], path: Path, told: Callable[[int], None]) -> tuple[int, str]:
    """Write a stream into a new file that only its owner reads; returns bytes and SHA-256."""
    seen, size = hashlib.sha256(), 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        while chunk := stream.read(CHUNK):
            file.write(chunk)
            seen.update(chunk)
            size += len(chunk)
            told(size)
        file.flush()
        os.fsync(file.fileno())
    return size, seen.hexdigest()


def from_file(path: Path, stream: IO[bytes], told: Callable[[int], None]) -> None:
    """Write a file into a stream; one that closes early has said why elsewhere."""
    done = 0
    with path.open("rb") as file, suppress(BrokenPipeError):
        while chunk := file.read(CHUNK):
            stream.write(chunk)
            done += len(chunk)
            told(done)
    with suppress(BrokenPipeError):
        stream.close()


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
