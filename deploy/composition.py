"""What runs on one machine, and in which order: servers first, then our own processes (shell)."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import sys
from collections.abc import Iterable

from crm_core.settings import Settings
from deploy import environment, pbx, processes
from deploy.folders import ROOT
from deploy.postgres import Postgres
from deploy.processes import Identity
from deploy.supervisor import Part
from deploy.valkey import Valkey

PG_FAST = signal.SIGINT
"""PostgreSQL's fast shutdown: sessions are ended, data are safe."""
PROCESSES = {
    "ivr": "ivr.process",
    "floor": "routing.process",
    "web": "workstation.process",
    "worker": "crm_core.worker",
    "node": "deploy.node",
}
"""Our own processes by the module that carries their `main`."""
STANDBY = "floor-2"
"""The second floor: of the two whichever holds the lock serves, the other takes over at once when it dies."""
FOLLOWING = frozenset({"worker", STANDBY})
"""Started once the others serve: no call waits for them."""
FLOOR_WORDS = ("ready: floor", "standing by: floor")


def own_database(settings: Settings) -> bool:
    """Tell whether the database is the embedded one, ours to start and stop."""
    return settings.database_url == environment.database_url(settings.run_dir)


def own_redis(settings: Settings) -> bool:
    """Tell whether Valkey is the embedded one."""
    return settings.redis_url == environment.redis_url(settings.run_dir)


def own_asterisk(settings: Settings) -> bool:
    """Tell whether Asterisk is ours: several nodes, or one elsewhere, are somebody's who runs them."""
    return not settings.ami_nodes and settings.ami_host in {"127.0.0.1", "localhost", "::1"}


def postgres_part(settings: Settings) -> Part:
    """Return the embedded PostgreSQL."""
    plan = Postgres(settings.run_dir)

    async def ready() -> bool:
        return await asyncio.to_thread(plan.is_ready)

    def adopt() -> Identity | None:
        # A postmaster of an earlier run holds our data: it serves, or it is ended before another one may start.
        process = plan.leftover()
        if process and not plan.is_ready():
            processes.end(process, gently=PG_FAST, seconds=20)
            return None
        return process

    return Part(
        name="postgres",
        argv=plan.argv,
        ready=ready,
        prepare=plan.initialise,
        adopt=adopt,
        gently=PG_FAST,
        user=plan.user,
        ending=20,
    )


def valkey_part(settings: Settings) -> Part:
    """Return the embedded Valkey."""
    plan = Valkey(settings.run_dir)

    async def ready() -> bool:
        return await asyncio.to_thread(plan.is_ready)

    return Part(name="valkey", argv=plan.argv, ready=ready, prepare=plan.initialise, adopt=plan.leftover)


def asterisk_part(settings: Settings) -> Part:
    """Return Asterisk; its own configuration decides whether one that already runs may stay."""
    plan = pbx.Pbx(settings, pbx.find())

    def adopt() -> Identity | None:
        process = processes.find(str(plan.etc / "asterisk.conf"))
        changed = plan.initialise()
        if process is None:
            return None
        if not changed and asyncio.run(plan.is_ready()):
            return process
        # Never two at once: the second would take half of the first one's ports and lock its database.
        processes.end(process, seconds=10)
        return None

    return Part(name="asterisk", argv=plan.argv, ready=plan.is_ready, adopt=adopt)


def servers(settings: Settings) -> list[Part]:
    """Return the servers this machine runs itself; those the settings point elsewhere are left out."""
    found = []
    if own_database(settings):
        found.append(postgres_part(settings))
    if own_redis(settings):
        found.append(valkey_part(settings))
    if own_asterisk(settings):
        found.append(asterisk_part(settings))
    return found


def busbar(*words: str) -> list[str]:
    """Return the command line of one of our own commands."""
    return [sys.executable, "-m", "deploy.cli", *words]


def missing() -> list[str]:
    """Return our own processes that this checkout does not carry yet."""
    return [name for name, module in PROCESSES.items() if not _carries(module)]


def _carries(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def own_processes(settings: Settings, *, only: frozenset[str] = frozenset()) -> list[Part]:
    """Return our own processes, or only some of them, in the environment of these settings; two floors for one."""
    # An Asterisk that is not ours has its keeper (`busbar node`) on its own machine.
    elsewhere = frozenset() if own_asterisk(settings) else frozenset({"node"})
    chosen = (only or frozenset(PROCESSES)) - frozenset(missing()) - elsewhere
    found = [_own(settings, name, name) for name in PROCESSES if name in chosen]
    if "floor" in chosen:
        found.append(_own(settings, STANDBY, "floor"))
    return found


def in_turns(parts: Iterable[Part]) -> tuple[list[Part], list[Part]]:
    """Return what serves a call, and what is started after it serves; everything at once when nothing serves."""
    all_of_it = list(parts)
    serving = [part for part in all_of_it if part.name not in FOLLOWING]
    following = [part for part in all_of_it if part.name in FOLLOWING]
    return (serving, following) if serving else (following, [])


def calls_part(settings: Settings) -> Part | None:
    """Return the gentle stream of sample callers; None where the checkout has none or Asterisk is not ours.

    It runs even when it was turned off: it rests then, and `busbar calls on` wakes it.
    """
    if not _carries("deploy.calls") or not own_asterisk(settings):
        return None
    return _own(settings, "calls", "calls", "stream")


def _own(settings: Settings, name: str, *words: str) -> Part:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    place = {"PYTHONPATH": path, "BUSBAR_RUN_DIR": str(settings.run_dir)}
    said = FLOOR_WORDS if words == ("floor",) else ()
    return Part(name=name, argv=lambda: busbar(*words), environment=place, words=said)
