"""A word from the floor straight to the ears of the same computer: datagrams of a folder of our own (shell).

A word over Valkey wakes a third process on its way; when both cores are busy, that costs more than all the rest. So a
web process hangs an ear of its own into the run folder, a UNIX datagram socket, and the floor speaks into all that
hang there. Who is on another computer has no ear here and hears over Valkey (`routing.herald`).
"""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER = "ears"
"""Under the run folder's `state`, open to its owner only: whoever may hang an ear there hears who calls."""
LONGEST_WORD = 4096
WAITING = 1000
"""Words that wait in an ear at most; what is said beyond is lost, as every word may be."""


class EarsUnsafe(OSError):
    """The folder belongs to somebody else, or others may write into it."""


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """Open the folder: names below `/proc/self/fd` stay short however deep the run folder lies (unix(7))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o066:
            raise EarsUnsafe(f"{folder} is not ours alone")
        yield descriptor
    finally:
        os.close(descriptor)


class Mouth:
    """The floor's side."""

    def __init__(self, run_dir: Path) -> None:
        self._folder = run_dir / "state" / FOLDER
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._names: list[str] = []

    @property
    def ears(self) -> int:
        """How many ears hung there when it was looked last."""
        return len(self._names)

    def look(self) -> None:
        """Look which ears hang there."""
        try:
            self._names = sorted(one.name for one in self._folder.iterdir() if one.suffix == ".ear")
        except OSError:
            self._names = []

    def say(self, word: bytes) -> int:
        """Speak into every ear, without ever waiting; return how many took the word."""
        if not self._names:
            return 0
        try:
            with _opened(self._folder) as descriptor:
                return sum(self._said(descriptor, name, word) for name in list(self._names))
        except OSError:
            self._names = []
            return 0

    def _said(self, descriptor: int, name: str, word: bytes) -> bool:
        try:
            self._socket.sendto(word, f"/proc/self/fd/{descriptor}/{name}")
        except BlockingIOError:
            return False
        except OSError:
            # Whoever hung it there is gone.
            self._names.remove(name)
            with suppress(OSError):
                os.unlink(name, dir_fd=descriptor)
            return False
        return True

    def close(self) -> None:
        """Say nothing any more."""
        self._socket.close()


async def words(run_dir: Path) -> AsyncGenerator[bytes, None]:
    """Hang an ear and yield what is said into it, for ever.

    Raises:
        OSError: no ear can be hung there.

    """
    folder = run_dir / "state" / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    heard: asyncio.Queue[bytes] = asyncio.Queue(WAITING)
    name = f"{os.getpid()}.ear"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as ear, _opened(folder) as descriptor:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=descriptor)
        ear.bind(f"/proc/self/fd/{descriptor}/{name}")
        loop = asyncio.get_running_loop()
        loop.add_reader(ear.fileno(), _listen, ear, heard)
        try:
            while True:
                yield await heard.get()
        finally:
            loop.remove_reader(ear.fileno())
            with suppress(OSError):
                os.unlink(name, dir_fd=descriptor)


def _listen(ear: socket.socket, heard: asyncio.Queue[bytes]) -> None:
    with suppress(BlockingIOError, asyncio.QueueFull):
        while True:
            heard.put_nowait(ear.recv(LONGEST_WORD))
