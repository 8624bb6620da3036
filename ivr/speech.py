"""Speech: sentences become sound files for Asterisk; made once, kept by content, replaced by recordings (shell).

Files lie under `speech_dir/<language>/`. What every caller hears is made before the first call (`prepare`); sentences
with an amount or a reading in them are made when they are needed, under `spoken/`, and the oldest are removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shlex
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from ivr import sound
from ivr.effects import Sentence
from ivr.spoken import TONGUES, Digits, Key, Tongue, Value, Words, render, say
from ivr.wording import Wording, pieces

log = structlog.get_logger(__name__)

VERSION = "2"
"""Part of every file's name; a change in `sound.py` or in how the synthesiser is called makes all files anew."""


class SpeechFailed(Exception):
    """A sentence could not be made audible; `reason` is for the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechConfig:
    """Where speech comes from and where it is kept."""

    command: tuple[str, ...]
    """The synthesiser, its own loader before it where it needs one."""
    folder: Path
    recorded: Path
    """`<language>/<prompt>.wav` in here replaces the synthesised prompt."""
    workers: int = 2
    """Synthesisers at once; a sentence takes about 0.1 s of a core."""
    timeout: float = 8.0
    most_spoken: int = 4000
    """Sentences with values kept per language, about 60 kB each."""
    most_plain: int = 1000
    """Sentences without, and recordings converted, kept per language: those of former wordings go."""


def command(text: str) -> tuple[str, ...]:
    """Split a command line as a shell would, without one."""
    return tuple(shlex.split(text))


class Speaker:
    """Turns sentences into files. One a process; safe to ask from many tasks at once."""

    def __init__(
        self, config: SpeechConfig, wordings: Mapping[str, Wording], *, tongues: Mapping[str, Tongue] = TONGUES
    ) -> None:
        self._config = config
        self._wordings = wordings
        self._tongues = tongues
        self._slots = asyncio.Semaphore(config.workers)
        self._recordings: Mapping[tuple[str, str], Path] = {}
        self._making: dict[Path, asyncio.Task[None]] = {}
        self._made = 0

    def take(self, wordings: Mapping[str, Wording], recordings: Mapping[tuple[str, str], Path]) -> None:
        """Say other words from now on, and play recordings of the office, by language and name, before any file's."""
        self._wordings, self._recordings = wordings, recordings

    async def file(self, sentences: Sequence[Sentence]) -> Path:
        """Return one sound file of sentences, a breath between them.

        One file is one command to Asterisk, and between two commands it drops the keys a caller presses.

        Raises:
            SpeechFailed: one of them cannot be made.
        """
        parts = await self.files(sentences)
        if len(parts) == 1:
            return parts[0]
        target = self._config.folder / sentences[0].language / "spoken" / f"{_hash(*map(str, parts))}.wav"
        try:
            if not target.exists():
                await asyncio.to_thread(_join, parts, target)
        except (sound.BadSound, OSError) as error:
            raise SpeechFailed(f"sentences cannot be joined: {error}") from error
        return target

    async def files(self, sentences: Sequence[Sentence]) -> list[Path]:
        """Return the sound files of sentences, in order.

        Raises:
            SpeechFailed: one of them cannot be made.
        """
        found = await asyncio.gather(*(self._files(sentence) for sentence in sentences))
        return [file for files in found for file in files]

    async def prepare(self, sentences: Sequence[Sentence]) -> AsyncIterator[int]:
        """Make what is missing, yielding how many are ready; a failure is logged, the call will be passed on."""
        tasks = [asyncio.create_task(self._files(sentence)) for sentence in sentences]
        try:
            for ready, done in enumerate(asyncio.as_completed(tasks), 1):
                try:
                    await done
                except SpeechFailed as failure:
                    log.warning("prompt_failed", reason=str(failure))
                yield ready
        finally:
            for task in tasks:
                task.cancel()

    async def _files(self, sentence: Sentence) -> list[Path]:
        try:
            wording, tongue = self._wordings[sentence.language], self._tongues[sentence.language]
            values = dict(sentence.values)
            recorded = await self._recorded(sentence, wording, tongue)
            if recorded:
                return recorded
            kept = "" if _same_for_everyone(values, wording, sentence.prompt) else "spoken"
            return [await self._synthesised(render(wording, sentence.prompt, values, tongue), tongue, kept)]
        except (KeyError, OSError) as error:
            raise SpeechFailed(f"{sentence.language}: {sentence.prompt}: {error!r}") from error

    # --- recordings --------------------------------------------------------------------------------

    async def _recorded(self, sentence: Sentence, wording: Wording, tongue: Tongue) -> list[Path]:
        """Return recordings of a sentence: whole, or of its pieces with the values between; else nothing."""
        values = dict(sentence.values)
        if _same_for_everyone(values, wording, sentence.prompt):
            whole = await self._recording(sentence.prompt, tongue)
            return [whole] if whole else []
        parts = pieces(wording.prompts[sentence.prompt])
        recordings: dict[int, Path] = {}
        for number, (text, _) in enumerate(parts, 1):
            if any(char.isalnum() for char in text):
                piece = await self._recording(f"{sentence.prompt}.{number}", tongue)
                if piece is None:
                    return []
                recordings[number] = piece
        files: list[Path] = []
        for number, (_, place) in enumerate(parts, 1):
            files.extend([recordings[number]] if number in recordings else [])
            files.extend(await self._value(values[place], tongue) if place else [])
        return files

    async def _value(self, value: Value, tongue: Tongue) -> list[Path]:
        if isinstance(value, Digits):
            digits = [await self._recording(f"digit.{digit}", tongue) for digit in value.digits]
            if all(digits):
                return [digit for digit in digits if digit]
        return [await self._synthesised(say(value, tongue), tongue, "spoken")]

    async def _recording(self, name: str, tongue: Tongue) -> Path | None:
        """Return a recording fit for the line: the office's, else converted from whatever WAV somebody put there."""
        if own := self._recordings.get((tongue.language, name)):
            return own
        source = self._config.recorded / tongue.language / f"{name}.wav"
        try:
            stat = source.stat()
        except OSError:
            return None
        mark = _hash(str(source), str(stat.st_mtime_ns), str(stat.st_size))
        target = self._config.folder / tongue.language / "recorded" / f"{mark}.wav"
        try:
            if not target.exists():
                await asyncio.to_thread(_convert, source, target)
        except (sound.BadSound, OSError) as error:
            log.warning("recording_unusable", file=str(source), reason=str(error))
            return None
        return target

    # --- synthesis ---------------------------------------------------------------------------------

    async def _synthesised(self, text: str, tongue: Tongue, kept: str) -> Path:
        mark = _hash(tongue.voice, str(tongue.rate), str(tongue.pitch), text)
        target = self._config.folder / tongue.language / kept / f"{mark}.wav"
        if target.exists():
            return target
        task = self._making.get(target)
        if task is None:
            task = self._making[target] = asyncio.create_task(self._make(text, tongue, target))
            task.add_done_callback(lambda _: self._making.pop(target, None))
        await asyncio.shield(task)
        return target

    async def _make(self, text: str, tongue: Tongue, target: Path) -> None:
        async with self._slots:
            try:
                async with asyncio.timeout(self._config.timeout):
                    raw = await self._synthesise(text, tongue)
                await asyncio.to_thread(_store, raw, target)
            except TimeoutError as error:
                raise SpeechFailed(f"the synthesiser took more than {self._config.timeout:g} s") from error
            except (OSError, sound.BadSound) as error:
                raise SpeechFailed(f"{tongue.language}: {error}") from error
        self._made += 1
        if self._made % 200 == 0:
            await asyncio.to_thread(self.prune)

    async def _synthesise(self, text: str, tongue: Tongue) -> bytes:
        voice = ("-v", tongue.voice, "-s", str(tongue.rate), "-p", str(tongue.pitch), "-g", "1", "-b", "1")
        process = await asyncio.create_subprocess_exec(
            *self._config.command,
            *voice,
            "--stdin",
            "--stdout",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            # Double brackets would switch the synthesiser to phonemes.
            out, err = await process.communicate(text.replace("[", " ").replace("]", " ").encode() + b"\n")
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        if process.returncode or not out:
            reason = " ".join(err.decode(errors="replace").split())[:200]
            raise OSError(f"{self._config.command[-1]} ended with {process.returncode}: {reason}")
        return out

    def prune(self) -> None:
        """Remove the oldest files beyond what may be kept; one that is still wanted is made again."""
        kept = {"spoken": self._config.most_spoken, "recorded": self._config.most_plain, "": self._config.most_plain}
        for language in self._tongues:
            for place, most in kept.items():
                files = (self._config.folder / language / place).glob("*.wav")
                for file in sorted(files, key=_age)[most:]:
                    file.unlink(missing_ok=True)


def _age(file: Path) -> float:
    """Return a number that is less for newer files; one that another process removed meanwhile is the oldest."""
    try:
        return -file.stat().st_mtime
    except OSError:
        return 0.0


def _same_for_everyone(values: Mapping[str, Value], wording: Wording, prompt: str) -> bool:
    """A sentence whose values depend on settings alone: made at start, recorded as a whole."""
    return all(isinstance(values[place], Words | Key) for _, place in pieces(wording.prompts[prompt]) if place)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join((VERSION, *parts)).encode()).hexdigest()[:32]


def _store(raw: bytes, target: Path) -> None:
    _write(sound.for_telephone(*sound.from_wav(raw)), target)


def _convert(source: Path, target: Path) -> None:
    _store(source.read_bytes(), target)


def _join(parts: Sequence[Path], target: Path) -> None:
    _write(sound.joined([sound.from_wav(part.read_bytes())[0] for part in parts]), target)


def _write(samples: bytes, target: Path) -> None:
    put(sound.to_wav(samples), target)


def put(data: bytes, target: Path) -> None:
    """Write a file whole or not at all: another process may be making the same one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}.part")
    part.write_bytes(data)
    part.replace(target)
