"""Real servers for tests: started from the same plans as in production, stopped by their own process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from crm_core.settings import Settings
from deploy import pbx, ports
from deploy.postgres import Postgres
from deploy.valkey import Valkey
from tests.support.waiting import until

TEST_POSTGRES = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
"""Data of tests need not survive the machine."""


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """A temporary folder whose path leaves room for UNIX sockets; PostgreSQL's own user may pass through it."""
    folder = Path(tempfile.mkdtemp(prefix="bb-", dir="/tmp"))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """One child process with a log; can be killed and started again."""

    def __init__(self, argv: list[str], log: Path, *, user: str | None = None) -> None:
        self.argv = argv
        self.log_file = log
        self.user = user
        self.process: subprocess.Popen[bytes] | None = None
        self.environment: dict[str, str] | None = None

    @property
    def pid(self) -> int:
        """Process number of the running server."""
        assert self.process is not None
        return self.process.pid

    def is_running(self) -> bool:
        """Tell whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process; its output is appended to the log."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                user=self.user,
                group=self.user,
                extra_groups=[] if self.user else None,
                cwd="/",
            )

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 10.0) -> None:
        """End the process and wait for it."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        self.process = None

    def kill(self) -> None:
        """End the process as a crash does (`SIGKILL`)."""
        self.stop(signal.SIGKILL)

    def log(self) -> str:
        """Return everything the server has said."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")


class PostgresServer(Server):
    """A real PostgreSQL under `folder`."""

    def __init__(self, folder: Path) -> None:
        self.plan = Postgres(folder, overrides=TEST_POSTGRES)
        self.plan.initialise()
        super().__init__(self.plan.argv(), folder / "postgres.log", user=self.plan.user)

    def start(self) -> None:
        """Start and wait until queries are answered."""
        super().start()
        until(self.plan.is_ready, 20, "PostgreSQL is ready")

    def stop(self, number: signal.Signals = signal.SIGINT, seconds: float = 10.0) -> None:
        """End it fast: open connections do not matter."""
        super().stop(number, seconds)

    def kill(self) -> None:
        """Crash the whole server: its postmaster by `SIGQUIT`, so that no orphan keeps the shared memory."""
        super().stop(signal.SIGQUIT)


class ValkeyServer(Server):
    """A real Valkey under `folder`."""

    def __init__(self, folder: Path) -> None:
        self.plan = Valkey(folder)
        super().__init__(self.plan.argv(), folder / "valkey.log")

    @property
    def url(self) -> str:
        """Address for redis-py."""
        return self.plan.url

    def start(self) -> None:
        """Start and wait until a PING is answered."""
        self.plan.initialise()
        super().start()
        until(self.plan.is_ready, 10, "Valkey is ready")


class AsteriskServer(Server):
    """A real Asterisk under `settings.run_dir`, configured from the same templates as in production."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.plan = pbx.Pbx(settings, pbx.find())
        super().__init__(self.plan.argv(), settings.run_dir / "asterisk.log")

    @property
    def sip(self) -> tuple[str, int]:
        """Where subscribers and desk phones send SIP over UDP."""
        return self.settings.sip_host, self.settings.sip_port

    def configure(self) -> None:
        """Render the configuration again (the templates or files may have changed)."""
        self.plan.initialise()

    def start(self) -> None:
        """Start and wait for `FullyBooted`."""
        self.plan.initialise()
        super().start()
        until(lambda: asyncio.run(self.plan.is_ready()), 30, "Asterisk is fully booted")

    def restart(self) -> None:
        """Stop it as a service manager does, wait until it is gone, start it again."""
        self.stop()
        self.start()


def node_settings(folder: Path, database_url: str, redis_url: str, **more: object) -> Settings:
    """Return settings with free ports and fresh secrets for a house that lives in `folder`."""
    rtp = ports.free_port(udp=True)
    rtp = min(max(rtp - rtp % 2, 10_000), 60_000)
    values: dict[str, object] = {
        "run_dir": folder,
        "database_url": database_url,
        "redis_url": redis_url,
        "web_port": ports.free_port(),
        "session_secret": secrets.token_hex(16),
        "recording_secret": secrets.token_hex(16),
        "node": f"test{os.getpid()}",
        "ami_port": ports.free_port(),
        "ami_secret": secrets.token_hex(16),
        "sip_port": ports.free_port(udp=True),
        "sip_secret": secrets.token_hex(16),
        "sip_ws_url": f"ws://127.0.0.1:{ports.free_port()}/ws",
        "agi_port": ports.free_port(),
        "rtp_first": rtp,
        "rtp_last": rtp + 999,
        "sounds_dir": folder / "asterisk" / "sounds",
        "speech_dir": folder / "prompts",
        "lines": 20,
    }
    return Settings(_env_file=None, **(values | more))  # type: ignore[call-arg, arg-type]
