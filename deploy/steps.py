"""Steps of setting up: done once, shown while they run, several at a time (shell, standard library only)."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

TURNS = "|/-\\"


class SetUpFailed(RuntimeError):
    """Something cannot be set up; the message is one sentence that says what to do."""


def fingerprint(*parts: str | Path) -> str:
    """Return what a step depends on as one word: texts as they are, files by their content."""
    mark = hashlib.sha256()
    for part in parts:
        mark.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        mark.update(b"\0")
    return mark.hexdigest()


@dataclass
class Step:
    """One thing to set up."""

    title: str
    work: Callable[[Step], None]
    """Does it; may set `doing` while it goes on."""
    stamp: Path | None = None
    """Holds the fingerprint of the last success; with `wants` equal to it there is nothing to do."""
    wants: str = ""
    doing: str = ""
    seconds: float = 0.0
    started: float = field(default=0.0, repr=False)

    def is_done(self) -> bool:
        """Tell whether an earlier run did exactly this."""
        if self.stamp is None:
            return False
        with suppress(OSError):
            return self.stamp.read_text(encoding="utf-8") == self.wants
        return False

    def run(self) -> None:
        """Do the work and stamp it."""
        self.started = time.monotonic()
        self.work(self)
        self.seconds = time.monotonic() - self.started
        if self.stamp is not None:
            self.stamp.parent.mkdir(parents=True, exist_ok=True)
            self.stamp.write_text(self.wants, encoding="utf-8")


class Board:
    """Shows running steps: one moving line on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self.moves = sys.stdout.isatty()
        self.running: list[Step] = []
        self._lock = threading.Lock()
        self._quiet_since = time.monotonic()

    def say(self, text: str) -> None:
        """Print a line that stays."""
        with self._lock:
            print(("\r\x1b[K" if self.moves else "") + text, flush=True)
            self._quiet_since = time.monotonic()

    def perform(self, steps: Iterable[Step]) -> None:
        """Run the steps that are not done yet, all at once, until every one has ended.

        Raises:
            SetUpFailed: a step failed; the others were let finish.

        """
        todo = [step for step in steps if not step.is_done()]
        if not todo:
            return
        self.running = list(todo)
        with ThreadPoolExecutor(len(todo)) as pool:
            futures = [pool.submit(self._one, step) for step in todo]
            while not all(future.done() for future in futures):
                self._turn()
                time.sleep(0.1)
        for future in futures:
            future.result()

    def _one(self, step: Step) -> None:
        if not self.moves:
            self.say(f"  {step.title} ...")
        try:
            step.run()
        except SetUpFailed:
            self.say(f"  {step.title}: failed")
            raise
        finally:
            self.running.remove(step)
        self.say(f"  {step.title}: {step.seconds:.1f} s")

    def _turn(self) -> None:
        now = time.monotonic()
        if not self.moves and now - self._quiet_since < 10:
            return
        parts = [f"{s.title}{': ' + s.doing if s.doing else ''} {now - s.started:.0f} s" for s in list(self.running)]
        text = "  " + TURNS[int(now * 8) % 4] + " " + " · ".join(parts)
        if self.moves:
            with self._lock:
                print("\r\x1b[K" + text[: _width()], end="", flush=True)
        else:
            self.say("  … " + " · ".join(parts))


def _width() -> int:
    with suppress(OSError):
        return os.get_terminal_size().columns - 1
    return 79


def command(
    argv: Sequence[str | Path], *, log: Path, what: str, cwd: Path | None = None, env: dict[str, str] | None = None
) -> None:
    """Run a program with its output appended to `log`.

    Raises:
        SetUpFailed: it could not be started or said it failed; the sentence begins with `what`.

    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write("$ " + " ".join(map(str, argv)) + "\n")
        file.flush()
        try:
            code = subprocess.run(
                [str(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=env,
                check=False,
            ).returncode
        except OSError as error:
            raise SetUpFailed(f"{what}: {error}") from error
    if code:
        raise SetUpFailed(f"{what}: see the end of {log} ({_last_line(log)})")


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines[-20:] if "error" in line.lower()]
    return (errors or lines or [""])[-1][:200]
