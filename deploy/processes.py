"""Processes by number and birth, so that a number used again is never mistaken for ours (shell, Linux)."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

BIRTH = 19
"""Position of the start time in `/proc/<pid>/stat` after the command's closing bracket (proc(5), field 22)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One process, for ever: its number and the moment it was born, in clock ticks since boot."""

    pid: int
    born: int


def identify(pid: int) -> Identity | None:
    """Return who has this number now; None when nobody has, or only a zombie waits to be buried."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    if fields[0] in {"Z", "X"}:
        return None
    return Identity(pid=pid, born=int(fields[BIRTH]))


def is_alive(process: Identity) -> bool:
    """Tell whether this very process still runs."""
    return identify(process.pid) == process


def remember(note: Path, process: Identity) -> None:
    """Write a process down, so that a later run finds it."""
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(f"{process.pid} {process.born}\n", encoding="utf-8")


def recall(note: Path) -> Identity | None:
    """Return the process that was written down when it still runs, else None and the note is removed."""
    try:
        pid, born = (int(word) for word in note.read_text(encoding="utf-8").split())
    except (OSError, ValueError):
        note.unlink(missing_ok=True)
        return None
    process = Identity(pid=pid, born=born)
    if is_alive(process):
        return process
    note.unlink(missing_ok=True)
    return None


def find(argument: str) -> Identity | None:
    """Return a process of this user that was started with exactly this argument, whoever started it."""
    wanted = os.fsencode(argument)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                mine = entry.stat().st_uid == os.geteuid()
                if mine and wanted in (entry / "cmdline").read_bytes().split(b"\0"):
                    return identify(int(entry.name))
    return None


def wait_for_end(process: Identity, seconds: float) -> bool:
    """Wait until the process has ended, child or not; return whether it has."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:
        return True
    try:
        if identify(process.pid) != process:
            return True
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(descriptor)


def end(process: Identity, *, gently: signal.Signals = signal.SIGTERM, seconds: float = 10.0) -> None:
    """Ask a process to end, and make it end when it has not within `seconds`.

    The number is checked against the birth right before each signal.
    """
    for number, patience in ((gently, seconds), (signal.SIGKILL, 5.0)):
        if not is_alive(process):
            return
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
        if wait_for_end(process, patience):
            return


def end_followers(leader: Identity) -> None:
    """End what a process we started in a session of its own left behind when it died: its children, nobody else's."""
    if identify(leader.pid) is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader.pid, signal.SIGKILL)
