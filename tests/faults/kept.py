"""The whole house as `busbar up` runs it: its own parts, kept by its own supervisor, killed part by part."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from crm_core import migrate
from crm_core.settings import Settings
from deploy import composition, environment, parts, processes
from deploy.postgres import Postgres
from deploy.processes import Identity
from deploy.supervisor import Part, Supervisor
from tests.support import house as houses
from tests.support.servers import AsteriskServer, node_settings, short_folder
from tests.support.waiting import until

FLOORS = ("floor", composition.STANDBY)
SERVES = "ready: floor"
OWN = frozenset({"ivr", "floor", "web"})


@dataclass(frozen=True)
class Death:
    """One moment at which parts were killed."""

    at: float
    """When, by the monotonic clock."""
    parts: tuple[Kept, ...]


class Kept:
    """One part of the house."""

    def __init__(self, part: Part, folder: Path, variables: Mapping[str, str] | None) -> None:
        self.name = part.name
        self.variables = dict(variables or {})
        self.started = 0.0
        """When the supervisor last started it."""
        self.served = 0.0
        """When the supervisor last found that it serves (for a floor: or stands by)."""
        self.part = replace(part, prepare=self._prepare, environment=self.variables or part.environment)
        self._before_start = part.prepare
        self._may_start = threading.Event()
        self._may_start.set()
        self._note = folder / "state" / f"{part.name}.pid"
        self._log = folder / "log" / f"{part.name}.log"
        self._said_before = 0

    def _prepare(self) -> None:
        self._may_start.wait()
        self._before_start()
        self._said_before = len(self.log())
        self.started = time.monotonic()

    def hold(self) -> None:
        """Have the supervisor wait before it starts the part again."""
        self._may_start.clear()

    def release(self) -> None:
        """Let the supervisor start the part."""
        self._may_start.set()

    def process(self) -> Identity | None:
        """Return its process; None while it is dead."""
        words: list[str] = []
        # It may go between a look and a read: a supervisor takes it away when a process ends.
        with suppress(FileNotFoundError):
            words = self._note.read_text(encoding="utf-8").split()
        if len(words) != 2:
            return None
        noted = Identity(pid=int(words[0]), born=int(words[1]))
        return noted if processes.is_alive(noted) else None

    def serves(self) -> bool:
        """Tell whether it runs and the supervisor has found it serving (a floor: or standing by)."""
        return self.process() is not None and self.served > self.started

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        process = self.process()
        assert process is not None, f"{self.name} is dead"
        os.kill(process.pid, number)

    def kill(self) -> None:
        """End it as a crash does, and see it dead."""
        process = self.process()
        assert process is not None, f"{self.name} is dead already"
        os.kill(process.pid, signal.SIGKILL)
        assert processes.wait_for_end(process, 5)

    def log(self) -> str:
        """Return everything it has said."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    def last_of(self, words: Sequence[str]) -> str:
        """Return which of these lines it said last since it was started, "" for none."""
        said = [line for line in self.log()[self._said_before :].splitlines() if line in words]
        return said[-1] if said else ""


class Keeping(threading.Thread):
    """The supervisor of `busbar up`, on a loop of its own: tests come and go with theirs."""

    def __init__(self, folder: Path, kept: Mapping[str, Kept]) -> None:
        super().__init__(daemon=True)
        self._kept = kept
        self._loop = asyncio.new_event_loop()
        self._supervisor = Supervisor(folder / "log", folder / "state", self._hear)

    def _hear(self, line: str) -> None:
        name, _, what = line.strip().partition(": ")
        if name in self._kept and what:
            self._kept[name].served = time.monotonic()

    def run(self) -> None:
        """Run the loop until the end."""
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def bring_up(self, names: Sequence[str]) -> None:
        """Start parts at once, and wait until all serve."""
        self._do(self._supervisor.start(self._kept[name].part for name in names)).result(60)

    def end(self) -> None:
        """End every part."""
        for one in self._kept.values():
            one.release()
        self._do(self._supervisor.end()).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self.join(10)

    def _do(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)


class KeptHouse(houses.House):
    """A house in whose place nobody but the supervisor starts anything."""

    def __init__(self, settings: Settings, kept: Mapping[str, Kept]) -> None:
        self.settings = settings
        self.kept = kept
        self.asterisk = AsteriskServer(settings)
        """Where it is; it is started by the supervisor."""

    def heal(self) -> None:
        """Wait until the supervisor has started again whatever an earlier test killed."""
        for one in self.kept.values():
            one.release()
        for one in self.kept.values():
            until(one.serves, 30, f"{one.name} serves: {one.log()[-2000:]}")
        until(self.serving_floor, 10, "one of the floors serves")

    def serving_floor(self) -> Kept | None:
        """Return the floor that serves, while the other one stands by; None when none does."""
        floors = [self.kept[name] for name in FLOORS]
        serving = [one for one in floors if one.process() and one.last_of(composition.FLOOR_WORDS) == SERVES]
        return serving[0] if serving else None

    def kill(self, *names: str) -> Death:
        """Kill parts at the same moment; `floor` alone is the one that serves, whichever that is."""
        chosen = {name: self.kept[name] for name in names}
        if "floor" in chosen and composition.STANDBY not in chosen:
            serving = self.serving_floor()
            assert serving is not None, "no floor serves"
            chosen["floor"] = serving
        at = time.monotonic()
        for one in chosen.values():
            one.kill()
        return Death(at, tuple(chosen.values()))

    @contextmanager
    def away(self, *names: str) -> Iterator[Death]:
        """Kill parts and keep them dead within the block: the supervisor finds no way to start them."""
        for name in names:
            self.kept[name].hold()
        try:
            yield self.kill(*names)
        finally:
            for name in names:
                self.kept[name].release()

    def served(self, death: Death) -> float:
        """Return when what was killed served again; 0.0 while it does not."""
        moments = []
        for one in death.parts:
            if one.name in FLOORS:
                serving = self.serving_floor()
                moments.append(time.monotonic() if serving else 0.0)
            else:
                moments.append(one.served if one.serves() and one.served > death.at else 0.0)
        return min(moments) and max(moments)

    def began(self, death: Death) -> float:
        """Return when what serves again was started; the moment of death for a floor that stood by."""
        serving = self.serving_floor()
        started = [(serving or one) if one.name in FLOORS else one for one in death.parts]
        return max(death.at, *(one.started for one in started)) if started else death.at


@contextmanager
def running(**more: object) -> Iterator[KeptHouse]:
    """Run a whole house the way `busbar up` does, and end all of it.

    Args:
        more: settings that differ from those of tests.

    """
    houses.PROMPTS.mkdir(parents=True, exist_ok=True)
    with short_folder() as folder:
        values: dict[str, object] = {"speech_dir": houses.PROMPTS, "espeak": parts.speech()}
        urls = environment.database_url(folder), environment.redis_url(folder)
        settings = node_settings(folder, *urls, **(values | more))
        (folder / "web").symlink_to(houses.web_folder())
        servers = [Kept(part, folder, None) for part in composition.servers(settings)]
        variables = houses.environment(settings)
        own = [Kept(part, folder, variables) for part in composition.own_processes(settings, only=OWN)]
        kept = {one.name: one for one in (*servers, *own)}
        keeping = Keeping(folder, kept)
        keeping.start()
        try:
            keeping.bring_up([one.name for one in servers])
            Postgres(folder).provide()
            migrate.upgrade(settings.database_url)
            houses.sample_base(settings)
            # A base that was loaded this minute would have a killed PostgreSQL read all of it again.
            with psycopg.connect(Postgres(folder).conninfo("postgres", "postgres"), autocommit=True) as db:
                db.execute("checkpoint")
            keeping.bring_up([one.name for one in own])
            yield KeptHouse(settings, kept)
        finally:
            keeping.end()
