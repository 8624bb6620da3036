"""The line under a self-check: the one that runs, or one started for it and ended again (shell)."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from crm_core.settings import Settings
from deploy import composition, folders

START_SECONDS: Final = 300.0
"""A first start fills the sample base; on a slow machine that takes minutes."""
END_SECONDS: Final = 40.0


class CannotCheck(RuntimeError):
    """The check cannot be tried here; the message is one sentence that says what to do."""


def is_healthy(settings: Settings) -> bool:
    """Tell whether the workstation serves with its database, its Valkey and the floor, and the menu takes callers."""
    return _menu_listens(settings) and _workstation_has_all(settings)


def _menu_listens(settings: Settings) -> bool:
    """Tell whether `ivr` takes callers: on a first start it makes its prompts for some seconds before it does."""
    try:
        with socket.create_connection((settings.agi_host, settings.agi_port), timeout=1):
            return True
    except OSError:
        return False


def _workstation_has_all(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(settings.web_host, settings.web_port, timeout=3)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        return answer.status == http.HTTPStatus.OK and json.loads(answer.read()).get("missing") == []
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def running(settings: Settings) -> Iterator[Settings]:
    """Use the line that runs, or start one; yields the settings as they are then, for a taken port is replaced.

    Raises:
        CannotCheck: it does not start.

    """
    if is_healthy(settings):
        print(f"The line runs: http://{settings.web_host}:{settings.web_port}", flush=True)
        yield settings
        return
    print("Starting the line (busbar up)", flush=True)
    log = folders.private(settings.run_dir / "log") / "selfcheck-up.log"
    place = {"BUSBAR_RUN_DIR": str(settings.run_dir), "PYTHONPATH": str(folders.ROOT), "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as out:
        # A session of its own: Ctrl-C is for us, and we end it in order.
        child = subprocess.Popen(
            composition.busbar("up", "--no-calls"),
            env=os.environ | place,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield _wait_healthy(settings, child, log)
    finally:
        _end(child)


def _wait_healthy(settings: Settings, child: subprocess.Popen[bytes], log: Path) -> Settings:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it said nothing"]
            raise CannotCheck(f"the line does not start: {said[-1].removeprefix('busbar: ')} (all of it: {log})")
        present = _present(settings)
        if is_healthy(present):
            return present
        time.sleep(0.2)
    raise CannotCheck(f"the line was not up within {START_SECONDS:g} s: see {log}")


def _present(settings: Settings) -> Settings:
    """Read the settings again: `busbar up` may have replaced a port that was taken."""
    return Settings(_env_file=settings.run_dir / "busbar.env")  # type: ignore[call-arg]  # the file brings them


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def sample_callers_off(settings: Settings) -> Iterator[None]:
    """Keep the gentle stream of sample callers off the line for the time of the check."""
    # The same note as that of `busbar calls off`; those who are on the line hang up within a second.
    note = settings.run_dir / "state" / "calls.off"
    was_off = note.exists()
    note.parent.mkdir(parents=True, exist_ok=True)
    note.touch()
    try:
        yield
    finally:
        if not was_off:
            note.unlink(missing_ok=True)
