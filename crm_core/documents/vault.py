"""Where documents' bytes lie: by their content, never changed (port, with the disk and a fake).

A file is named after the SHA-256 of what is in it, so the same document twice is kept once, and one that was tampered
with is noticed when it is opened.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Protocol

NAME = re.compile(r"[0-9a-f]{64}")


class Vault(Protocol):
    """Keeps bytes by their hash."""

    def keep(self, data: bytes) -> str:
        """Keep them and return their SHA-256 in hexadecimal."""

    def fetch(self, sha256: str) -> bytes | None:
        """Return them; None when they are not there, or are not any more what they were."""

    def forget(self, sha256: str) -> None:
        """Let them go: for erasure, when no document refers to them any more."""


class DiskVault:
    """Keeps them in files below a folder of the run folder, readable by the house only."""

    def __init__(self, run_dir: Path) -> None:
        self._folder = run_dir / "documents"

    def keep(self, data: bytes) -> str:
        """Write them whole or not at all."""
        name = hashlib.sha256(data).hexdigest()
        path = self._path(name)
        if path.exists():
            return name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return name

    def fetch(self, sha256: str) -> bytes | None:
        """Read them and see whether they are still what they were."""
        if not NAME.fullmatch(sha256):
            return None
        try:
            data = self._path(sha256).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def forget(self, sha256: str) -> None:
        """Remove the file."""
        if NAME.fullmatch(sha256):
            self._path(sha256).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


class FakeVault:
    """Keeps them in memory, for tests."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def keep(self, data: bytes) -> str:
        """Keep them."""
        name = hashlib.sha256(data).hexdigest()
        self.kept[name] = data
        return name

    def fetch(self, sha256: str) -> bytes | None:
        """Return them."""
        return self.kept.get(sha256)

    def forget(self, sha256: str) -> None:
        """Let them go."""
        self.kept.pop(sha256, None)
