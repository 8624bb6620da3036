"""The embedded PostgreSQL: what a server that is gone left behind does not keep the next one from starting."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.postgres import Postgres


@contextmanager
def stranger(working_in: Path) -> Iterator[int]:
    """A process that is no server; yields its number."""
    process = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], cwd=working_in)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def locked(folder: Path, pid: int) -> tuple[Postgres, list[Path]]:
    """Return a server's plan whose data look as if the process of this number served them."""
    plan = Postgres(folder)
    plan.data.mkdir(parents=True)
    (plan.data / "PG_VERSION").write_text("18\n", encoding="utf-8")
    locks = [plan.data / "postmaster.pid", plan.sockets / ".s.PGSQL.5432.lock"]
    for lock in locks:
        lock.write_text(f"{pid}\n{plan.data}\n", encoding="utf-8")
    return plan, locks


@pytest.mark.integration
def test_a_number_that_belongs_to_somebody_else_by_now_keeps_no_lock(tmp_path: Path) -> None:
    with stranger(tmp_path) as pid:
        plan, locks = locked(tmp_path, pid)
        plan.initialise()
        assert not any(lock.exists() for lock in locks)


@pytest.mark.integration
def test_a_lock_stays_while_somebody_works_in_the_data(tmp_path: Path) -> None:
    data = tmp_path / "postgres" / "data"
    with stranger(tmp_path) as pid:
        plan, locks = locked(tmp_path, pid)
        with stranger(data):
            plan.initialise()
        assert all(lock.exists() for lock in locks)
