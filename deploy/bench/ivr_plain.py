"""The same prompts without us: an Asterisk of its own that plays them by dialplan alone, beside the bench (shell).

What our control costs is what a house spends on callers above what this one spends on the same callers.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path

from crm_core.settings import Settings
from deploy import pbx, ports
from ivr import library
from ivr.effects import Sentence
from ivr.process import speech_config
from ivr.speech import Speaker
from ivr.spoken import Key, Money, Value, Words

START_SECONDS = 30.0
TICKS = os.sysconf("SC_CLK_TCK")


def busy(pid: int) -> float:
    """Processor seconds of a process; 0 when it is not there."""
    return _seconds(pid, 11)


def helpers(pid: int) -> float:
    """Processor seconds of a process's children that ended: the synthesiser's, under our process."""
    return _seconds(pid, 13)


def _seconds(pid: int, first: int) -> float:
    with suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return sum(map(int, fields[first : first + 2])) / TICKS
    return 0.0


def listening(port: int) -> list[int]:
    """Return the processes that listen on a TCP port of this machine, as far as we may look."""
    wanted = set()
    with suppress(OSError):
        for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                wanted.add(f"socket:[{fields[9]}]")
    found = []
    for folder in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):
            if any(str(link.readlink()) in wanted for link in folder.iterdir()):
                found.append(int(folder.parent.name))
    return found


async def prompts(settings: Settings) -> list[Path]:
    """Return the files that a caller of the bench hears, one for each time that he is asked, and the last words."""
    books = library.load(settings.languages, settings.run_dir / "ivr")
    speaker = Speaker(speech_config(settings), books.wordings)
    first = books.languages[0]

    def said(prompt: str, language: str = first, **values: Value) -> Sentence:
        everything = {"utility": Words(settings.utility), **values}
        return Sentence(prompt=prompt, language=language, values=tuple(sorted(everything.items())))

    offer = [said("choose_language", code, key=Key(key)) for key, code in enumerate(books.languages, 1)]
    money = Money(Decimal("1021.50"), settings.currency)
    beginning = [[said("greeting"), *offer], [said("main_menu")]]
    heard: Sequence[Sequence[Sentence]] = (
        *(beginning if len(offer) > 1 else [[said("greeting"), said("main_menu")]]),
        [said("ask_last_four")],
        [said("balance_owed", amount=money), said("anything_else")],
        [said("goodbye")],
    )
    return [await speaker.file(parts) for parts in heard]


def dialplan(extension: str, files: Sequence[Path]) -> str:
    """Return a dialplan that plays files and reads keys between them, as our menus do."""
    lines = ["[general]", "static = yes", "writeprotect = yes", "", "[inbound]", f"exten => {extension},1,Answer()"]
    for number, file in enumerate(files[:-1]):
        digits = "4" if number == len(files) - 3 else "1"
        lines.append(f" same => n,Read(KEYS,{file.with_suffix('')},{digits},,1,8)")
    lines += [f" same => n,Playback({files[-1].with_suffix('')})", " same => n,Hangup(16)"]
    others = ("queue", "connect", "parted", "announce", "internal")
    lines += [f"\n[{name}]\nexten => s,1,Hangup(16)" for name in others]
    return "\n".join(lines) + "\n"


@asynccontextmanager
async def plain_asterisk(settings: Settings) -> AsyncIterator[tuple[Settings, int]]:
    """Run an Asterisk that does the bench's calls by dialplan alone; yields where it is and its process."""
    files = await prompts(settings)
    with tempfile.TemporaryDirectory(prefix="bb-", dir="/tmp") as name:
        rtp = min(max(ports.free_port(udp=True) // 2 * 2, 10_000), 60_000)
        mine = settings.model_copy(
            update={
                "run_dir": Path(name),
                "node": "plain",
                "ami_port": ports.free_port(),
                "ami_secret": secrets.token_hex(16),
                "ami_nodes": (),
                "sip_host": "127.0.0.1",
                "sip_port": ports.free_port(udp=True),
                "sip_ws_url": f"ws://127.0.0.1:{ports.free_port()}/ws",
                "rtp_first": rtp,
                "rtp_last": rtp + 1_999,
                "lines": 1,
            }
        )
        plan = pbx.Pbx(mine, pbx.find())
        plan.initialise()
        (plan.etc / "extensions.conf").write_text(dialplan(mine.master_extension, files), encoding="utf-8")
        with (Path(name) / "asterisk.log").open("wb") as log:
            process = subprocess.Popen(plan.argv(), stdout=log, stderr=log)  # noqa: ASYNC220 - our own command
        try:
            await _booted(plan)
            yield mine, process.pid
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, 10)


async def _booted(plan: pbx.Pbx) -> None:
    until = time.monotonic() + START_SECONDS
    while not await plan.is_ready():
        if time.monotonic() > until:
            raise TimeoutError("the Asterisk to compare with did not start")
        await asyncio.sleep(0.2)
