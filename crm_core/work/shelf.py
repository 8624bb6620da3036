"""Where the bytes of files are kept: a port of three verbs, a folder, and one in memory (port).

A file is known by the SHA-256 of its content: no name from outside ever reaches a path, the same file is kept once, and
what was changed on the disk is noticed when it is read.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import Protocol

DIGEST = re.compile(r"[0-9a-f]{64}")


class Shelf(Protocol):
    """Keeps bytes."""

    def put(self, data: bytes) -> str:
        """Keep them; returns what they are known by. Keeping the same again is fine."""
        ...

    def get(self, digest: str) -> bytes | None:
        """Return them, None when they are not there or are no longer what they were."""
        ...


def digest_of(data: bytes) -> str:
    """Return what bytes are known by: their SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


class MemoryShelf:
    """Keeps them as long as it lives; for tests."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        """Keep them."""
        digest = digest_of(data)
        self.kept[digest] = data
        return digest

    def get(self, digest: str) -> bytes | None:
        """Return them."""
        return self.kept.get(digest)


class FolderShelf:
    """Keeps them in a folder of the run folder that only the house reads.

    Args:
        folder: made when something is kept first, with rights for its owner alone.

    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        """Write them whole or not at all: beside their place, then renamed into it."""
        digest = digest_of(data)
        place = self._place(digest)
        if place.exists():
            return digest
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = place.with_name(f"{digest}.{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)
        return digest

    def get(self, digest: str) -> bytes | None:
        """Read them, if what is asked for is a digest and the bytes still have it."""
        if not DIGEST.fullmatch(digest):
            return None
        try:
            data = self._place(digest).read_bytes()
        except FileNotFoundError:
            return None
        return data if digest_of(data) == digest else None

    def forget(self, digest: str) -> None:
        """Let them go: for erasure, when no application refers to them any more."""
        if DIGEST.fullmatch(digest):
            self._place(digest).unlink(missing_ok=True)

    def _place(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest
