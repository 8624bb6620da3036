"""`busbar up`: the whole line on one machine, from the servers to the sample callers (shell)."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from crm_core import migrate
from crm_core.settings import Settings
from deploy import composition, environment, folders, pbx, people, ports, processes
from deploy.postgres import Postgres
from deploy.supervisor import PartFailed, Supervisor

SAMPLE_SUBSCRIBERS = 5_000


@dataclass(frozen=True, slots=True)
class Choice:
    """What `busbar up` runs and says."""

    welcome: bool = False
    """Say what a newcomer needs to know."""
    calls: bool = True
    """Let sample subscribers call, unless that was turned off."""
    only: frozenset[str] = frozenset()
    """Of our own processes only these; empty for all."""


class CannotStart(RuntimeError):
    """The line cannot be started; the message is one sentence that says what to do."""


def _say(text: str) -> None:
    print(text, flush=True)


def _lock(run_dir: Path) -> int:
    """Take this run folder for this process until it ends.

    Raises:
        CannotStart: another one keeps it.

    """
    state = folders.private(run_dir / "state")
    descriptor = os.open(state / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        other = processes.recall(state / "up.pid")
        who = f"process {other.pid}" if other else "another process"
        raise CannotStart(f"Busbar already runs here ({who}): stop it there with Ctrl-C first") from None
    if own := processes.identify(os.getpid()):
        processes.remember(state / "up.pid", own)
    return descriptor


def _end_leftovers(settings: Settings) -> None:
    """End our own processes of a killed run; servers are left to be taken over."""
    for name in (*composition.PROCESSES, composition.STANDBY, "calls"):
        if process := processes.recall(settings.run_dir / "state" / f"{name}.pid"):
            _say(f"  {name}: ending what a killed run left behind (process {process.pid})")
            processes.end(process)


def free_ports(settings: Settings, say: Callable[[str], None] = _say) -> dict[str, str]:
    """Return the settings that must change because their port is taken, as the file spells them.

    Raises:
        CannotStart: the port was set in the environment, which is not ours to change.

    """
    wanted = [
        ("BUSBAR_WEB_PORT", settings.web_port, "web", False),
        ("BUSBAR_AGI_PORT", settings.agi_port, "ivr", False),
    ]
    if composition.own_asterisk(settings) and not _asterisk_runs(settings):
        websocket = pbx.websocket_port(settings)
        wanted += [
            ("BUSBAR_AMI_PORT", settings.ami_port, "asterisk", False),
            ("BUSBAR_SIP_PORT", settings.sip_port, "telephones", True),
            ("BUSBAR_SIP_WS_URL", websocket, "softphones", False),
        ]
    changed: dict[str, str] = {}
    for name, port, what, udp in wanted:
        if ports.is_free(port, udp=udp):
            continue
        if name in os.environ:
            raise CannotStart(f"port {port} ({what}) is taken by another program: choose another {name}")
        other = ports.free_or_other(port + 1, udp=udp)
        say(f"  port {port} ({what}) is taken: {other} instead")
        changed[name] = environment.websocket_url(other) if name == "BUSBAR_SIP_WS_URL" else str(other)
    return changed


def _asterisk_runs(settings: Settings) -> bool:
    return processes.find(str(settings.run_dir / "asterisk" / "etc" / "asterisk.conf")) is not None


@asynccontextmanager
async def _supervised(settings: Settings) -> AsyncIterator[Supervisor]:
    """A supervisor that Ctrl-C and SIGTERM stop, and that ends all it keeps whatever happens."""
    supervisor = Supervisor(settings.run_dir / "log", settings.run_dir / "state", _say)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, supervisor.stop)
    try:
        yield supervisor
    finally:
        await supervisor.end()


async def _prepare(settings: Settings, supervisor: Supervisor) -> bool:
    """Bring the database up to date and, once, fill it; return whether sign-ins were made just now."""
    own = composition.own_database(settings)
    if own:
        await asyncio.to_thread(Postgres(settings.run_dir).provide)
    await asyncio.to_thread(migrate.upgrade, settings.database_url)
    stamp = settings.run_dir / "state" / "sample"
    if not stamp.exists() and not own:
        _say("  the database is yours: no sample utility is made in it (busbar sample makes one)")
    elif not stamp.exists():
        _say(f"  making the sample utility: {SAMPLE_SUBSCRIBERS:,} subscribers")
        await supervisor.unless_stopped(_sample(settings))
        stamp.touch()
    return await asyncio.to_thread(people.provide, settings)


async def _sample(settings: Settings) -> None:
    words = composition.busbar("sample", "--subscribers", str(SAMPLE_SUBSCRIBERS))
    env = os.environ | {"BUSBAR_RUN_DIR": str(settings.run_dir)}
    # Its progress goes to standard error and is seen; its table and figures are for whoever asks for a sample.
    with (settings.run_dir / "log" / "sample.log").open("ab") as log:
        child = await asyncio.create_subprocess_exec(*words, env=env, stdin=asyncio.subprocess.DEVNULL, stdout=log)
    try:
        if await child.wait():
            raise PartFailed("the sample utility could not be made: busbar sample says why")
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            child.terminate()
        await child.wait()
        raise


def prepare(settings: Settings) -> int:
    """`busbar prepare`: database and sample base, with the servers started for it and ended again; exit code."""
    lock = _lock(settings.run_dir)
    try:
        return asyncio.run(_only_prepare(settings))
    finally:
        os.close(lock)


async def _only_prepare(settings: Settings) -> int:
    try:
        async with _supervised(settings) as supervisor:
            await supervisor.start(part for part in composition.servers(settings) if part.name != "asterisk")
            await _prepare(settings, supervisor)
    except asyncio.CancelledError:
        return 130
    except PartFailed as error:
        raise CannotStart(str(error)) from error
    return 0


def run(load: Callable[[], Settings], choice: Choice) -> int:
    """`busbar up`: start everything, keep it running, end it on Ctrl-C; return the exit code.

    Args:
        load: reads the settings; asked again after a port was replaced.
        choice: what to run and to say.

    Raises:
        CannotStart: something is missing or does not start.

    """
    settings = load()
    lock = _lock(settings.run_dir)
    try:
        _end_leftovers(settings)
        if changed := free_ports(settings):
            environment.write(settings.run_dir, environment.read(settings.run_dir) | changed)
            settings = load()
        return asyncio.run(_run(settings, choice))
    finally:
        (settings.run_dir / "state" / "up.pid").unlink(missing_ok=True)
        os.close(lock)


async def _run(settings: Settings, choice: Choice) -> int:
    _say("Starting Busbar")
    try:
        async with _supervised(settings) as supervisor:
            await _start(settings, supervisor, choice)
            await supervisor.wait()
            _say("\nStopping what was started")
    except asyncio.CancelledError:
        return 130
    except PartFailed as error:
        raise CannotStart(str(error)) from error
    return 0


async def _start(settings: Settings, supervisor: Supervisor, choice: Choice) -> None:
    await supervisor.start(composition.servers(settings))
    fresh = await _prepare(settings, supervisor)
    for name in composition.missing():
        _say(f"  {name}: not in this checkout")
    serving, following = composition.in_turns(composition.own_processes(settings, only=choice.only))
    await supervisor.start(serving)
    if choice.welcome or fresh:
        greet(settings, fresh=fresh)
    else:
        _say(f"Busbar runs: {address(settings)}  (Ctrl-C stops it)")
    # Only now: what serves a call has the cores for itself until it does, and at a first start the menu takes seconds
    # to speak its prompts: who calls before finds nobody there.
    if choice.calls and (callers := composition.calls_part(settings)):
        following.append(callers)
    await supervisor.start(following, quietly=True)


def address(settings: Settings) -> str:
    """Return where a browser on this machine finds the workstation."""
    return f"http://{settings.web_host}:{settings.web_port}"


def greet(settings: Settings, *, fresh: bool) -> None:
    """Print the address, the sample sign-ins and what to do next."""
    notes = people.notes(settings.run_dir)
    _say(f"\nBusbar runs: {address(settings)}\n")
    if notes.exists():
        if fresh:
            _say(notes.read_text(encoding="utf-8"))
        _say(f"Sign-ins are kept in {notes}")
    _say(
        "Next: sign in as anna, allow the microphone, press Ready. Sample subscribers call "
        f"{settings.master_extension} now and then;\n"
        "  busbar calls off   turns them off        busbar calls 3   lets three call at once\n"
        "  vera sees the whole floor, mark works in the office                Ctrl-C stops everything\n"
        f"({Path(sys.executable).parent / 'busbar'} is the command line.)"
    )
