"""Keeps processes running: starts them in order, starts a dead one again, ends all of them (shell).

A process writes to its own log file, never to a pipe of ours, so it outlives a killed supervisor and the next one can
take it over or end it. Death is noticed by the process's descriptor, whoever its parent is.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy import backoff, processes
from deploy.processes import Identity

LOG_LIMIT = 20_000_000
"""Bytes after which a log is set aside at the next start of its process."""


class PartFailed(RuntimeError):
    """A process did not become ready at start; the message is one sentence that says where to read why."""


def _nothing() -> None:
    return None


def _tell_nothing(_line: str) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process to keep running."""

    name: str
    argv: Callable[[], Sequence[str]]
    """Its command line, asked for at each start."""
    ready: Callable[[], Awaitable[bool]] | None = None
    """Tells whether it serves; None: it prints one of `words` when it does."""
    words: Sequence[str] = ()
    """What it prints when it serves or stands by; empty: `ready: <name>`."""
    prepare: Callable[[], None] = _nothing
    """Done before each start: folders, configuration."""
    adopt: Callable[[], Identity | None] = lambda: None
    """Returns a process of an earlier run that serves as it is; any other leftover is ended."""
    gently: signal.Signals = signal.SIGTERM
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    patience: float = 30.0
    """Seconds it may take until it serves."""
    ending: float = 10.0
    """Seconds it may take to end by itself."""


class Keeper:
    """One part's present process."""

    def __init__(self, part: Part, logs: Path, state: Path) -> None:
        self.part = part
        self.log = logs / f"{part.name}.log"
        self.note = state / f"{part.name}.pid"
        self.process: Identity | None = None
        self.child: subprocess.Popen[bytes] | None = None
        self.since = 0.0
        self._read_from = 0

    def start(self) -> str:
        """Take over what an earlier run left, or end it and start anew; return what was done."""
        left = processes.recall(self.note)
        if adopted := self.part.adopt():
            self._settle(adopted)
            return "found running"
        if left:
            processes.end(left, gently=self.part.gently, seconds=self.part.ending)
            processes.end_followers(left)
        self.part.prepare()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self._read_from = log.tell()
            self.child = subprocess.Popen(
                list(self.part.argv()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.part.environment},
                user=self.part.user,
                group=self.part.user,
                extra_groups=[] if self.part.user else None,
                # Ctrl-C reaches only the supervisor, which ends the others in order.
                start_new_session=True,
            )
        self._settle(processes.identify(self.child.pid) or Identity(pid=self.child.pid, born=-1))
        return "started"

    def _settle(self, process: Identity) -> None:
        self.process = process
        self.since = time.monotonic()
        processes.remember(self.note, process)

    def is_alive(self) -> bool:
        """Tell whether the present process runs."""
        if self.child is not None:
            return self.child.poll() is None
        return self.process is not None and processes.is_alive(self.process)

    async def wait_ready(self) -> None:
        """Wait until the process serves.

        Raises:
            PartFailed: it ended or stayed silent for too long.

        """
        deadline = time.monotonic() + self.part.patience
        while not await self._is_ready():
            if not self.is_alive():
                raise PartFailed(f"{self.part.name} ended at once: {self.last_words()} (all of it: {self.log})")
            if time.monotonic() > deadline:
                raise PartFailed(f"{self.part.name} was not ready within {self.part.patience:g} s: see {self.log}")
            await asyncio.sleep(0.03)

    async def _is_ready(self) -> bool:
        if self.part.ready is not None:
            return await self.part.ready()
        if self.child is None:
            return True
        with self.log.open("rb") as log:
            log.seek(self._read_from)
            said = log.read().decode(errors="replace")
        return any(words in said for words in self.part.words or (f"ready: {self.part.name}",))

    def last_words(self) -> str:
        """Return the last line the process wrote since it was started."""
        with suppress(OSError), self.log.open("rb") as log:
            log.seek(self._read_from)
            lines = log.read().decode(errors="replace").strip().splitlines()
            return lines[-1][:300] if lines else "it said nothing"
        return "it said nothing"

    async def wait_end(self) -> None:
        """Wait until the present process has ended; bury it when it is our child."""
        if self.process is None:
            return
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        try:
            descriptor = os.pidfd_open(self.process.pid)
        except ProcessLookupError:
            return
        try:
            if self.is_alive():
                loop.add_reader(descriptor, self._settle_end, ended)
                await ended
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
            self._bury()

    def _bury(self) -> None:
        """Take note of the end of the present process, and end what it left behind."""
        if self.child is not None:
            self.child.poll()
        if self.process is not None and not self.is_alive():
            processes.end_followers(self.process)

    @staticmethod
    def _settle_end(ended: asyncio.Future[None]) -> None:
        if not ended.done():
            ended.set_result(None)

    async def end(self) -> None:
        """End the present process, gently first, and forget it."""
        if self.process is not None and self.is_alive():
            part = self.part
            await asyncio.to_thread(processes.end, self.process, gently=part.gently, seconds=part.ending)
        self._bury()
        self.process = self.child = None
        self.note.unlink(missing_ok=True)


async def _whole(work: Callable[[], str]) -> str:
    """Run something in a thread and, even when cancelled meanwhile, wait until it is over."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            # Twice is possible: who stops cancels what is gathered, and then each of it.
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    return task.result()


class Supervisor:
    """Keeps parts running until it is told to stop."""

    def __init__(self, logs: Path, state: Path, say: Callable[[str], None]) -> None:
        """Plan a supervisor.

        Args:
            logs: where each process's log is written.
            state: where process numbers are written down for the next run.
            say: told what happens, one line each.

        """
        self._logs = logs
        self._state = state
        self._say = say
        self._stopping = asyncio.Event()
        self._keepers: list[list[Keeper]] = []
        self._watches: list[asyncio.Task[None]] = []

    def stop(self) -> None:
        """Ask for the end; safe to call from a signal handler and more than once."""
        self._stopping.set()

    async def start(self, parts: Iterable[Part], *, quietly: bool = False) -> None:
        """Start parts at once, wait until all serve, and watch them from then on.

        Args:
            parts: what to start.
            quietly: say nothing of those that were started.

        Raises:
            PartFailed: one did not become ready; the others keep running until `end`.
            asyncio.CancelledError: `stop` was called meanwhile.

        """
        keepers = [Keeper(part, self._logs, self._state) for part in parts]
        self._keepers.append(keepers)
        await self.unless_stopped(self._bring_all_up(keepers, _tell_nothing if quietly else self._say))
        self._watches += [asyncio.create_task(self._watch(keeper), name=keeper.part.name) for keeper in keepers]

    async def _bring_all_up(self, keepers: Sequence[Keeper], say: Callable[[str], None]) -> None:
        tasks = [asyncio.create_task(self._bring_up(keeper, say)) for keeper in keepers]
        try:
            await asyncio.gather(*tasks)
        finally:
            # One that is still being started must be known before everything is ended.
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _bring_up(self, keeper: Keeper, say: Callable[[str], None]) -> None:
        began = time.monotonic()
        how = await _whole(keeper.start)
        await keeper.wait_ready()
        say(f"  {keeper.part.name}: {how}, {time.monotonic() - began:.1f} s")

    async def unless_stopped(self, work: Awaitable[object]) -> None:
        """Await something, giving up as soon as `stop` is called.

        Raises:
            asyncio.CancelledError: it was.

        """
        task = asyncio.ensure_future(work)
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            raise asyncio.CancelledError
        task.result()

    async def _watch(self, keeper: Keeper) -> None:
        """Start a part again whenever it ends, waiting longer each time it does not hold."""
        delay = 0.0
        while True:
            await keeper.wait_end()
            delay = backoff.next_delay(delay, time.monotonic() - keeper.since)
            self._say(f"  {keeper.part.name} ended: {keeper.last_words()} - again in {delay:.1f} s")
            await asyncio.sleep(delay)
            keeper.process = keeper.child = None
            try:
                await _whole(keeper.start)
                await keeper.wait_ready()
            except (PartFailed, OSError) as error:
                self._say(f"  {error}")
                await keeper.end()
                keeper.since = time.monotonic()
            else:
                self._say(f"  {keeper.part.name}: runs again")

    async def wait(self) -> None:
        """Wait until `stop` is called."""
        await self._stopping.wait()

    async def end(self) -> None:
        """End everything this supervisor keeps, last started first, and nothing else."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        for group in reversed(self._keepers):
            await asyncio.gather(*(keeper.end() for keeper in group))
