"""The whole house for tests: floor, ivr and web as real processes on real servers, with a small sample base."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from crm_core import clock, db
from crm_core.access import Role, has_telephone
from crm_core.sample import command
from crm_core.settings import ROOT, Settings
from crm_core.store import users
from deploy import parts
from tests.support.servers import (
    AsteriskServer,
    PostgresServer,
    Server,
    ValkeyServer,
    node_settings,
    short_folder,
)
from tests.support.waiting import until

PROCESSES = ("ivr", "floor", "web")
PROMPTS = ROOT / ".run" / "prompts-tests"
"""Synthesised once for all runs of the tests: a prompt's file is named by what it says."""
ALIASES = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that make a child process read exactly these settings."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("BUSBAR_")}
    for name, value in settings.model_dump(mode="json").items():
        if name == "ami_nodes" and not value:
            continue
        text = value if isinstance(value, str) else json.dumps(value)
        variables[ALIASES.get(name, f"BUSBAR_{name.upper()}")] = text
    return variables | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


class HouseProcess(Server):
    """One of our own processes: started by the command line, ready when it says so."""

    def __init__(self, name: str, settings: Settings) -> None:
        super().__init__([sys.executable, "-m", "deploy.cli", name], settings.run_dir / f"{name}.log")
        self.name = name
        self.variables = environment(settings)

    def start(self) -> None:
        """Start it and wait for its `ready` line."""
        before = self.log_file.stat().st_size if self.log_file.exists() else 0
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env=self.variables
            )
        until(lambda: self._says_ready(before), 30, f"{self.name} is ready: {self.log()[-2000:]}")

    def _says_ready(self, before: int) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended by itself: {self.log()[-3000:]}")
        return f"ready: {self.name}" in self.log_file.read_bytes()[before:].decode(errors="replace")

    def pause(self) -> None:
        """Freeze it, as a machine without memory does (`SIGSTOP`)."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it run again."""
        os.kill(self.pid, signal.SIGCONT)


@dataclass(frozen=True)
class SignIn:
    """One person who may sign in."""

    user_id: int
    login: str
    password: str
    extension: str


@dataclass(frozen=True)
class Channel:
    """One channel of Asterisk."""

    name: str
    state: str
    number: str
    """The other side's number as the channel has it."""
    bridge: str
    """Id of the bridge it is in, "" when in none."""


@dataclass
class House:
    """Everything running; any part can be killed and started again."""

    settings: Settings
    postgres: PostgresServer
    valkey: ValkeyServer
    asterisk: AsteriskServer
    processes: Mapping[str, HouseProcess]

    @property
    def url(self) -> str:
        """Address of the web."""
        return f"http://{self.settings.web_host}:{self.settings.web_port}"

    def start(self) -> None:
        """Start our processes."""
        for process in self.processes.values():
            process.start()

    def stop(self) -> None:
        """Stop our processes, newest first."""
        for process in reversed(self.processes.values()):
            process.stop()

    def heal(self) -> None:
        """Start again whatever an earlier test left dead."""
        for server in (self.postgres, self.valkey, self.asterisk, *self.processes.values()):
            if server.process is None or server.process.poll() is not None:
                server.start()

    def person(self, role: str = "operator") -> SignIn:
        """Make somebody new who may sign in; who needs a telephone gets a line of his own."""
        return asyncio.run(_person(self.settings, role))

    def channels(self) -> list[Channel]:
        """Ask Asterisk itself which channels it has, as its own console sees them."""
        words = [*self.asterisk.plan.program.command, "-C", str(self.asterisk.plan.etc / "asterisk.conf")]
        said = subprocess.run([*words, "-rx", "core show channels concise"], capture_output=True, text=True, check=True)
        rows = [line.split("!") for line in said.stdout.splitlines() if line.count("!") >= 12]
        return [Channel(name=row[0], state=row[4], number=row[7], bridge=row[12]) for row in rows]

    def interaction(self, call_id: str) -> dict[str, object]:
        """Return the record of a call as the database has it; empty when it has none."""
        found = self.rows("select * from interactions where call_id = %(call_id)s", call_id=call_id)
        return found[0] if found else {}

    def history(self, call_id: str) -> list[str]:
        """Return what happened to a call, in order."""
        query = "select what from call_events where call_id = %(call_id)s order by id"
        return [str(row["what"]) for row in self.rows(query, call_id=call_id)]

    def rows(self, query: str, **values: object) -> list[dict[str, object]]:
        """Read the database as a test does: plainly, from outside."""
        address = db.address(self.settings.database_url).set(drivername="postgresql")
        with psycopg.connect(address.render_as_string(hide_password=False), row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type] - tests write their own queries


@contextmanager
def running(postgres: PostgresServer, database_url: str, **more: object) -> Iterator[House]:
    """Run a whole house on this database, with an Asterisk and a Valkey of its own; ends all it started.

    Args:
        postgres: the server that carries the database.
        database_url: a migrated, empty database.
        more: settings that differ from those of tests.

    """
    assert (web_folder() / "manifest.json").is_file(), "the browser's files are not bundled: run deploy/test"
    PROMPTS.mkdir(parents=True, exist_ok=True)
    with short_folder() as folder:
        valkey = ValkeyServer(folder)
        values: dict[str, object] = {"speech_dir": PROMPTS, "espeak": parts.speech(), "lines": 90}
        settings = node_settings(folder, database_url, valkey.url, **(values | more))
        (folder / "web").symlink_to(web_folder())
        asterisk = AsteriskServer(settings)
        sample_base(settings)
        processes = {name: HouseProcess(name, settings) for name in PROCESSES}
        house = House(settings, postgres, valkey, asterisk, processes)
        try:
            valkey.start()
            asterisk.start()
            house.start()
            yield house
        finally:
            house.stop()
            asterisk.stop()
            valkey.stop()


async def _person(settings: Settings, role: str) -> SignIn:
    login, password = f"{role[:4]}-{secrets.token_hex(4)}", secrets.token_urlsafe(12)
    engine = db.engine(settings, name="tests", size=1)
    try:
        async with db.transaction(engine) as connection:
            extension = None
            if has_telephone(role):
                extension = await users.free_extension(connection, settings.first_extension, settings.lines)
            new = users.NewUser(
                login=login,
                name=f"{role.title()} {login[-4:]}",
                password=password,
                role=Role(role),
                extension=extension,
            )
            user = await users.create(connection, new)
    finally:
        await engine.dispose()
    return SignIn(user_id=user.user_id, login=login, password=password, extension=extension or "")


def sample_base(settings: Settings, subscribers: int = 300) -> None:
    """Fill the database with the sample utility."""
    command.run(settings, subscribers=subscribers, months=24)


def today() -> date:
    """Return this day as the house's clock has it."""
    return clock.now().date()


def moment() -> datetime:
    """Return this moment."""
    return clock.now()


def web_folder() -> Path:
    """Where the bundled front end lies."""
    return ROOT / ".run" / "web"
