"""The Asterisk of this checkout: which program, its configuration, its start and its readiness (shell).

Configuration is rendered from `deploy/asterisk/*.j2` into `<run folder>/asterisk/etc`. Every port is on loopback,
every secret is generated, and the AMI user may only call, originate, work with queues and report.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import jinja2

from crm_core import lines, resorts, trunks
from crm_core.settings import Settings
from crm_core.trunks import Telephone, Trunk, Wanted
from deploy import folders, melody, parts

TEMPLATES = folders.ROOT / "deploy" / "asterisk"
LINES = ("pjsip_lines.conf", "extensions_lines.conf", "queues_lines.conf")
"""Files made from what is on record, from templates of the same names below `lines`."""
SEEDED = "; From the settings, until the record is read.\n"
CONSOLE_SECONDS = 10.0
FORBIDDEN = re.compile(r"[\x00-\x1f\x7f;]")
"""A control character would start a new line of configuration, a semicolon a comment."""


class AsteriskMissing(RuntimeError):
    """There is no Asterisk that is new enough."""


class NotForConfiguration(ValueError):
    """A setting holds characters that would change the meaning of a configuration file."""


@dataclass(frozen=True, slots=True)
class Program:
    """One Asterisk that can be started."""

    command: tuple[str, ...]
    """The program, with its own loader before it when it is unpacked and not installed."""
    modules: Path
    share: Path
    """The folder with `sounds`, `documentation` and the like."""
    sbin: Path


def unpacked(root: Path) -> Program | None:
    """Return the Asterisk that was unpacked into `root`, None when there is none."""
    program = root / "usr" / "sbin" / "asterisk"
    loader = parts.loader(root)
    modules = sorted(root.glob("usr/lib/*/asterisk/modules"))
    if not (program.exists() and loader and modules):
        return None
    share = root / "usr/share/asterisk"
    return Program(command=(*loader, str(program)), modules=modules[0], share=share, sbin=program.parent)


def installed() -> Program | None:
    """Return the machine's own Asterisk when it is new enough."""
    found = parts.installed_asterisk()
    modules = [path for place in ("usr/lib", "usr/lib64", "usr/local/lib") for path in _modules(Path("/") / place)]
    if not (found and modules):
        return None
    shares = [Path("/usr/share/asterisk"), Path("/var/lib/asterisk")]
    share = next((path for path in shares if (path / "sounds").is_dir()), shares[0])
    return Program(command=(found,), modules=modules[0], share=share, sbin=Path(found).parent)


def _modules(library: Path) -> list[Path]:
    return sorted(library.glob("asterisk/modules")) + sorted(library.glob("*/asterisk/modules"))


def find(root: Path = folders.ROOT) -> Program:
    """Return the Asterisk of this checkout: the unpacked one, else the machine's.

    Raises:
        AsteriskMissing: there is none that is new enough.

    """
    program = unpacked(parts.folder(root) / "asterisk") or installed()
    if program is None:
        raise AsteriskMissing(f"no Asterisk {'.'.join(map(str, parts.OLDEST))} or newer here: run deploy/run --setup")
    return program


def _refuse_meaning(value: object) -> object:
    """Let through only what cannot leave its place in a configuration file."""
    if FORBIDDEN.search(str(value)):
        raise NotForConfiguration(f"not allowed in Asterisk's configuration: {value!r}")
    return value


def websocket_port(settings: Settings) -> int:
    """Return the port of Asterisk's websocket, which the softphones' address names."""
    return urlsplit(settings.sip_ws_url).port or 8088


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        finalize=_refuse_meaning,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - these are no pages; _refuse_meaning is their escape
        # Asterisk's own ${...} and {# stay what they are.
        comment_start_string="{#-",
        comment_end_string="-#}",
    )


def _numbers_in(found: Sequence[Trunk], master: str) -> list[str]:
    """Return the numbers that lead to the menu besides the one that is written there."""
    return sorted({number for one in found if one.brings_calls for number in one.numbers} - {master})


class Pbx:
    """One Asterisk under a run folder, for one set of settings."""

    def __init__(self, settings: Settings, program: Program) -> None:
        self.settings = settings
        self.program = program
        self.folder = settings.run_dir / "asterisk"
        self.etc = self.folder / "etc"
        self.sockets = folders.sockets(settings.run_dir) / "asterisk" / "run"

    @property
    def http_port(self) -> int:
        """Where softphones reach the websocket."""
        return websocket_port(self.settings)

    def initialise(self) -> bool:
        """Make folders, links, music and configuration; safe to repeat. Return whether the configuration changed."""
        for name in ("etc", "var", "log", "run", "spool", "keys", "sounds", "moh", "agi", "cache", "spool/calls"):
            folders.private(self.folder / name)
        folders.private(self.sockets)
        self._link(self.folder / "documentation", self.program.share / "documentation")
        # Debian names the voice's folder, Asterisk looks for the language's: without the link no bare name is found.
        voices = sorted(self.program.share.glob("sounds/en*"))
        if voices:
            self._link(self.folder / "sounds" / "en", voices[0])
        self._compose()
        return self.render()

    @staticmethod
    def _link(link: Path, target: Path) -> None:
        if link.is_symlink() and link.readlink() == target:
            return
        link.unlink(missing_ok=True)
        link.symlink_to(target)

    def _compose(self) -> None:
        music = self.folder / "moh" / "waiting.wav"
        if music.exists():
            return
        fresh = music.with_suffix(".part")
        with wave.open(str(fresh), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(melody.RATE)
            file.writeframes(melody.loop())
        fresh.replace(music)

    def of_settings(self) -> Wanted:
        """Return what a house has of which nothing is on record yet: the telephones that settings name, no trunk."""
        first = self.settings.first_extension
        phones = tuple(Telephone(extension=str(number)) for number in range(first, first + self.settings.lines))
        return Wanted(telephones=phones, trunks=())

    def render(self) -> bool:
        """Write every configuration file from its template; return whether any of them changed.

        Raises:
            NotForConfiguration: a setting would change the meaning of a file.

        """
        values = {
            "settings": self.settings,
            "check_password": lines.sip_password(self.settings.sip_secret, lines.LINE_CHECK),
            "http_host": urlsplit(self.settings.sip_ws_url).hostname or "127.0.0.1",
            "http_port": self.http_port,
            "folder": self.folder,
            "sockets": self.sockets,
            "program": self.program,
        }
        wanted = {
            template.stem: _environment().get_template(template.name).render(values)
            for template in sorted(TEMPLATES.glob("*.j2"))
        }
        found = {file.name: file.read_text(encoding="utf-8") for file in self.etc.iterdir()}
        # What the record said last stays in force, whether or not the database is there to be asked now.
        kept = {name: text for name, text in found.items() if name in LINES and not text.startswith(SEEDED)}
        wanted |= {name: SEEDED + text for name, text in self.lines_files(self.of_settings()).items()} | kept
        for name in found.keys() - wanted.keys():
            (self.etc / name).unlink()
        for name, text in wanted.items():
            if found.get(name) != text:
                folders.write_private(self.etc / name, text)
        return found != wanted

    def lines_files(self, wanted: Wanted) -> dict[str, str]:
        """Return the files that say what is on record: telephones, trunks, the queue of last resort.

        Raises:
            NotForConfiguration: something of it would change the meaning of a file.

        """
        mine = wanted.of_node(self.settings.node)
        settings = self.settings
        values = {
            "settings": settings,
            "telephones": mine.telephones,
            "passwords": {
                one.extension: lines.sip_password(settings.sip_secret, one.extension) for one in mine.telephones
            },
            "trunks": mine.trunks,
            "queue": mine.queue,
            "resorts": [(one, resorts.chain(one, mine.resorts)) for one in sorted(mine.resorts)],
            "app_queues": ["busbar", *(f"busbar-{one}" for one in sorted(resorts.needed(mine.resorts)))],
            "routes": trunks.routes(mine.trunks),
            "simple": bool(settings.outward_uri) and not mine.trunks,
            "own_numbers": _numbers_in(mine.trunks, settings.master_extension),
            "shown_numbers": sorted({one.number.removeprefix("+") for one in mine.trunks if one.number}),
        }
        environment = _environment()
        return {name: environment.get_template(f"lines/{name}.j2").render(values) for name in LINES}

    def write_lines(self, wanted: Wanted) -> set[str]:
        """Write those files, each as a whole or not at all; return the names of those that changed.

        Raises:
            NotForConfiguration: as `lines_files`; nothing was written.

        """
        changed = set()
        for name, text in self.lines_files(wanted).items():
            file = self.etc / name
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                folders.write_private(file, text)
                changed.add(name)
        return changed

    async def ask(self, command: str) -> str:
        """Have the running Asterisk carry out one command of its console, over the socket that only its user opens.

        Args:
            command: one of ours; nothing that anybody typed.

        Raises:
            OSError: there is no Asterisk at the socket, or it does not answer.

        """
        argv = [*self.program.command, "-C", str(self.etc / "asterisk.conf"), "-rx", command]
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        try:
            async with asyncio.timeout(CONSOLE_SECONDS):
                said, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise OSError("Asterisk's console does not answer") from None
        if process.returncode:
            raise OSError("there is no Asterisk at its console's socket")
        return said.decode(errors="replace")

    def argv(self) -> list[str]:
        """Return the command line of the server in the foreground."""
        return [*self.program.command, "-C", str(self.etc / "asterisk.conf"), "-f", "-n"]

    async def is_ready(self) -> bool:
        """Tell whether AMI lets us in and says that everything is booted."""
        try:
            async with asyncio.timeout(3):
                return await self._is_booted()
        except (OSError, TimeoutError, EOFError):
            return False

    async def _is_booted(self) -> bool:
        reader, writer = await asyncio.open_connection(self.settings.ami_host, self.settings.ami_port)
        try:
            user, secret = self.settings.ami_user, self.settings.ami_secret
            writer.write(f"Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\nEvents: system\r\n\r\n".encode())
            while line := await reader.readline():
                if line.startswith(b"Event: FullyBooted"):
                    return True
                if line.startswith(b"Response: Error"):
                    return False
            return False
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
