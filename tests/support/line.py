"""The whole line for tests: the real Asterisk and our own processes, each can be killed and started again."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from crm_core.settings import Settings
from deploy.folders import ROOT
from tests.support.servers import AsteriskServer, Server
from tests.support.waiting import until

PROCESSES = ("ivr", "floor", "web", "worker")


def environment(settings: Settings) -> dict[str, str]:
    """Return settings as environment variables, for a child process."""
    dumped = settings.model_dump(mode="json")
    values = {f"BUSBAR_{name.upper()}": v if isinstance(v, str) else json.dumps(v) for name, v in dumped.items()}
    values["DATABASE_URL"] = values.pop("BUSBAR_DATABASE_URL")
    values["REDIS_URL"] = values.pop("BUSBAR_REDIS_URL")
    return values


class Process(Server):
    """One of our own processes (`busbar <name>`)."""

    def __init__(self, name: str, settings: Settings, more: Mapping[str, str] | None = None) -> None:
        super().__init__([sys.executable, "-m", "deploy.cli", name], settings.run_dir / f"{name}.log")
        self.name = name
        kept = {key: value for key, value in os.environ.items() if not key.startswith("BUSBAR_")}
        self.environment = {
            **kept,
            **environment(settings),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            **(more or {}),
        }

        self._read_from = 0

    def launch(self) -> None:
        """Start without waiting."""
        self._read_from = self.log_file.stat().st_size if self.log_file.exists() else 0
        super().start()

    def start(self) -> None:
        """Start and wait for its `ready` line."""
        self.launch()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait for the `ready` line of the last start."""

        def said() -> bool:
            text = self.log_file.read_bytes()[self._read_from :].decode(errors="replace")
            assert self.is_running(), f"{self.name} ended: {text[-2000:]}"
            return f"ready: {self.name}" in text

        until(said, 60, f"{self.name} is ready")


class Line:
    """Asterisk, ivr, floor, web and worker under one set of settings; `processes["floor"].kill()` and the like."""

    def __init__(self, settings: Settings, asterisk: AsteriskServer, names: tuple[str, ...] = PROCESSES) -> None:
        self.settings = settings
        self.asterisk = asterisk
        self.processes = {name: Process(name, settings) for name in names}

    @property
    def url(self) -> str:
        """Address of the workstation."""
        return f"http://{self.settings.web_host}:{self.settings.web_port}"

    def start(self) -> None:
        """Start what does not run, all at once, and wait for it."""
        idle = [process for process in self.processes.values() if not process.is_running()]
        for process in idle:
            process.launch()
        for process in idle:
            process.wait_ready()

    def stop(self) -> None:
        """End our own processes; Asterisk stays."""
        for process in self.processes.values():
            process.stop()

    def log(self, name: str) -> str:
        """Return what a process has said."""
        return self.processes[name].log()


def chromium() -> Path:
    """Return the Chromium that `deploy/test` found, else the machine's.

    Raises:
        AssertionError: there is none.

    """
    from deploy import parts  # noqa: PLC0415

    named = os.environ.get("BUSBAR_CHROMIUM")
    found = Path(named) if named else parts.chromium()
    assert found is not None, "no Chromium: deploy/test brings one"
    return found
