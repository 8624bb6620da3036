"""Converting: a file that somebody uploaded becomes samples, in a process of its own that cannot do harm (shell).

What it is, its first bytes say, never its name. The decoder runs with little memory and time and reads and writes
pipes only: a file made to break it breaks nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
from collections.abc import Sequence
from typing import cast

import structlog

from ivr import recording, sound
from ivr.recording import Fault, Fit, Unfit

log = structlog.get_logger(__name__)

LARGEST = 12 * 2**20
"""Bytes: a minute of stereo at 48 kHz."""
RATE = 16000
SECONDS = 20.0
MOST_SAMPLES = (int(recording.LONGEST) + 2) * RATE * sound.WIDTH
MOST_SAID = 65536
"""Bytes that the decoder may give and complain."""
MEMORY = 512 * 2**20
CPU_SECONDS = 10
BOUNDED = (
    "import os, resource as r, sys; "
    f"r.setrlimit(r.RLIMIT_AS, ({MEMORY}, {MEMORY})); r.setrlimit(r.RLIMIT_CPU, ({CPU_SECONDS}, {CPU_SECONDS})); "
    "r.setrlimit(r.RLIMIT_FSIZE, (0, 0)); r.setrlimit(r.RLIMIT_CORE, (0, 0)); os.execvp(sys.argv[1], sys.argv[1:])"
)
"""A small program between us and the decoder sets its limits: no code of ours runs between fork and exec."""
Pipes = tuple[asyncio.StreamWriter, asyncio.StreamReader, asyncio.StreamReader]
KINDS: tuple[tuple[bytes, str], ...] = (
    (b"RIFF", "wav"), (b"OggS", "ogg"), (b"fLaC", "flac"), (b"ID3", "mp3"), (b"\xff\xfb", "mp3"), (b"\xff\xf3", "mp3"),
    (b"\xff\xf2", "mp3"), (b"\xff\xfa", "mp3"),
)  # fmt: skip


def kind(data: bytes) -> str:
    """Return what a file is by its first bytes: `wav`, `mp3`, `ogg`, `opus`, `flac`, or "" for anything else."""
    found = next((name for start, name in KINDS if data.startswith(start)), "")
    return "opus" if found == "ogg" and b"OpusHead" in data[:64] else found


async def convert(command: Sequence[str], data: bytes) -> Fit | Unfit:
    """Return an uploaded recording as Asterisk plays it, or why it is not taken.

    Args:
        command: sox, its own loader before it where it needs one; without it only WAV files are read.
        data: the file.

    """
    if len(data) > LARGEST:
        return Unfit(fault=Fault.TOO_LARGE)
    is_ = kind(data)
    if not is_:
        return Unfit(fault=Fault.UNREADABLE)
    try:
        raw = await _decode(command, data, is_)
    except FileNotFoundError:
        raw = data if is_ == "wav" else b""
    except (OSError, TimeoutError) as error:
        log.warning("recording_not_decoded", kind=is_, reason=f"{type(error).__name__}: {error}"[:200])
        raw = b""
    try:
        return await asyncio.to_thread(lambda: recording.fit(*sound.from_wav(raw)))
    except sound.BadSound:
        return Unfit(fault=Fault.UNREADABLE)


async def _decode(command: Sequence[str], data: bytes, kind_: str) -> bytes:
    if not command or shutil.which(command[0]) is None:
        raise FileNotFoundError(command[0] if command else "sox")
    asked = ("-V1", "-t", kind_, "-", "-t", "wav", "-b", "16", "-e", "signed-integer", "-r", str(RATE), "-c", "1", "-")
    # A second more than is allowed, so that what is too long is seen to be.
    trimmed = ("trim", "0", str(int(recording.LONGEST) + 1))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-c",
        BOUNDED,
        *command,
        *asked,
        *trimmed,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    into, from_it, said = cast("Pipes", (process.stdin, process.stdout, process.stderr))
    pipes = [
        asyncio.ensure_future(one) for one in (_read(from_it, MOST_SAMPLES), _read(said, MOST_SAID), _feed(into, data))
    ]
    try:
        async with asyncio.timeout(SECONDS):
            out, err, _ = await asyncio.gather(*pipes)
            await process.wait()
    finally:
        for pipe in pipes:
            pipe.cancel()
        await asyncio.gather(*pipes, return_exceptions=True)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        # What still lies in the pipes is read and thrown away, or they would stay open.
        await process.communicate()
    if process.returncode or not out:
        raise OSError(f"the decoder ended with {process.returncode}: {' '.join(err.decode(errors='replace').split())}")
    return out


async def _feed(pipe: asyncio.StreamWriter, data: bytes) -> bytes:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        pipe.write(data)
        await pipe.drain()
    pipe.close()
    return b""


async def _read(pipe: asyncio.StreamReader, most: int) -> bytes:
    """Read a pipe to its end; one that says more than there can be to say is not listened to."""
    found = bytearray()
    while data := await pipe.read(65536):
        found += data
        if len(found) > most:
            raise OSError(f"the decoder said more than {most} bytes")
    return bytes(found)
