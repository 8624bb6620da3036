"""Where things lie in the run folder, and how they are kept private (shell, standard library only)."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""
LONGEST_SOCKET = 107
"""Bytes of a UNIX socket's path that Linux accepts (unix(7))."""
ROOM_FOR_NAME = len("/asterisk/run/asterisk.ctl")


class FolderNotOurs(RuntimeError):
    """A folder that must be private belongs to somebody else."""


def private(folder: Path) -> Path:
    """Return the folder, made when missing, open to its owner only.

    Raises:
        FolderNotOurs: another user owns it, or it is a link.

    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise FolderNotOurs(f"{folder} belongs to somebody else: remove it and start again")
    # Where root runs us, PostgreSQL has a user of its own who may pass through but see nothing.
    allowed = 0o011 if os.geteuid() == 0 else 0
    if stat.S_IMODE(found.st_mode) & ~(0o700 | allowed):
        folder.chmod(0o700)
    return folder


def sockets(run_dir: Path) -> Path:
    """Return the private folder for UNIX sockets: the run folder, or a short one when the checkout lies too deep."""
    if len(os.fsencode(run_dir)) + ROOM_FOR_NAME <= LONGEST_SOCKET:
        return run_dir
    mark = hashlib.sha256(os.fsencode(run_dir.resolve())).hexdigest()[:10]
    return private(Path(tempfile.gettempdir()) / f"busbar-{os.geteuid()}-{mark}")


def postgres_sockets(run_dir: Path) -> Path:
    """Return the folder of the embedded PostgreSQL's socket."""
    return sockets(run_dir) / "postgres"


def valkey_socket(run_dir: Path) -> Path:
    """Return the embedded Valkey's socket."""
    return sockets(run_dir) / "valkey" / "valkey.sock"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
