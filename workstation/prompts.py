"""Prompts as pages and programs see them: what callers hear now, what can be recorded, how it sounds (shell).

Everything is made of the same library, speaker and rules that `busbar ivr` uses, so that what is heard here is what a
caller hears.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.errors import NoSuchPrompt
from crm_core.settings import Settings
from crm_core.store import voices
from crm_core.store.voices import Own
from ivr import converting, library, overrides, recording, speech, wording
from ivr.effects import Sentence
from ivr.library import Library
from ivr.recording import Fit, Measured, Unfit
from ivr.speech import Speaker, SpeechConfig
from ivr.spoken import TONGUES, Day, Digits, Hour, Key, Money, Value, Words
from ivr.wording import Wording
from workstation.sentences import N_, Translate

DIGIT = "digit"
"""Recordings of 0 to 9, which are read one by one; no flow says it."""
SAYING = 2
"""Sentences made at once for those who listen here: callers come first."""
FAULTS: Mapping[recording.Fault, str] = {
    recording.Fault.UNREADABLE: N_("This is no sound file that can be read: WAV, MP3, OGG or FLAC is wanted."),
    recording.Fault.TOO_LARGE: N_("The file is too large: at most {megabytes} MB are taken."),
    recording.Fault.TOO_SHORT: N_("The recording lasts {seconds} s: at least {least} s are wanted."),
    recording.Fault.TOO_LONG: N_("The recording is too long: at most {most} s are taken."),
    recording.Fault.SILENT: N_("There is nothing but silence in this recording."),
    recording.Fault.TOO_QUIET: N_(
        "The recording is too quiet: {loudness} dBFS were measured, at least {quietest} dBFS are wanted. "
        "Speak closer to the microphone or raise its level."
    ),
    recording.Fault.TOO_LOUD: N_(
        "The recording is too loud: {loudness} dBFS were measured, at most {loudest} dBFS are wanted. "
        "Lower the level of the microphone."
    ),
    recording.Fault.CLIPPED: N_(
        "The recording is overdriven: {clipped} % of it stand at the limit and would crackle. "
        "Lower the level of the microphone and record again."
    ),
}
TAKEN = N_(
    "Taken: {seconds} s, measured {loudness} dBFS with peaks of {peak} dBFS, changed by {raised} dB. "
    "Callers hear it from the next call on."
)
WORDING: Mapping[wording.Fault, str] = {
    wording.Fault.EMPTY: N_("There is nothing to say in it."),
    wording.Fault.BRACES: N_("A brace is left open: a value stands in braces, such as {example}."),
    wording.Fault.UNKNOWN_PLACE: N_("This prompt has no value {place}."),
    wording.Fault.MISSING_PLACE: N_("The value {place} is missing: callers would not hear it."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRow:
    """A prompt as lists show it."""

    language: str
    prompt: str
    sentence: str
    changed: bool
    """The office's own words."""
    recorded: int
    """Parts that are recorded."""
    parts: int
    """Parts that can be."""

    @property
    def key(self) -> tuple[str, str]:
        """Its place in lists."""
        return self.language, self.prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something that can be recorded: a sentence, a piece of one between values, a digit."""

    part: str
    text: str
    recorded: bool


async def books(settings: Settings) -> Library:
    """Return the words of files; they are read again when one of them changed."""
    own = settings.run_dir / "ivr"
    return await asyncio.to_thread(_books, settings.languages, own)


def _books(languages: tuple[str, ...], own: Path) -> Library:
    names = ["main", *languages]
    stamp = tuple(_stamp(own / f"{name}.yaml") for name in names)
    return _read(languages, own, stamp)


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=4)
def _read(languages: tuple[str, ...], own: Path, stamp: object) -> Library:  # noqa: ARG001 -- the key of the cache
    return library.load(languages, own)


def rows(files: Library, own: Own, *, language: str = "", words: str = "", state: str = "") -> list[PromptRow]:
    """Return what callers hear, in the order of the house's languages and of the wording.

    Args:
        files: words of files.
        own: the office's.
        language: only this one; "" for all.
        words: only prompts whose name or sentence has these words.
        state: `changed`, `recorded` or `synthesised`; "" for all.

    """
    heard = library.with_own(files, own.sentences)
    recorded: dict[tuple[str, str], set[str]] = {}
    for said_in, prompt, part in own.recordings:
        recorded.setdefault((said_in, prompt), set()).add(part)
    found = []
    for code, said in heard.wordings.items():
        if language and code != language:
            continue
        prompts = {**said.prompts, DIGIT: " ".join(TONGUES[code].number(digit, "m") for digit in range(10))}
        for prompt, sentence in prompts.items():
            parts = recordable(said, prompt)
            row = PromptRow(
                language=code,
                prompt=prompt,
                sentence=sentence,
                changed=(code, prompt) in own.sentences,
                recorded=len(recorded.get((code, prompt), set()) & {part for part, _ in parts}),
                parts=len(parts),
            )
            if _fits(row, words.casefold().split(), state):
                found.append(row)
    return found


def _fits(row: PromptRow, words: Iterable[str], state: str) -> bool:
    text = f"{row.prompt} {row.sentence}".casefold()
    if not all(word in text for word in words):
        return False
    states = {"changed": row.changed, "recorded": row.recorded > 0, "synthesised": row.recorded < row.parts}
    return states.get(state, True)


def after(found: list[PromptRow], key: tuple[str, str] | None, limit: int) -> list[PromptRow]:
    """Return the rows behind the one of a key, at most `limit`; all of them from the start when it is gone."""
    start = next((at for at, row in enumerate(found, 1) if row.key == key), 0)
    return found[start : start + limit]


def recordable(said: Wording, prompt: str) -> list[tuple[str, str]]:
    """Return what of a prompt can be recorded: part and its text."""
    if prompt == DIGIT:
        return [(str(digit), TONGUES[said.language].number(digit, "m")) for digit in range(10)]
    sentence = said.prompts[prompt]
    if said.places(prompt) <= {"key"}:
        return [("", sentence)]
    return [
        (str(number), text.strip())
        for number, (text, _) in enumerate(wording.pieces(sentence), 1)
        if any(char.isalnum() for char in text)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One prompt with everything there is to see of it."""

    language: str
    prompt: str
    sentence: str
    shipped: str
    """As files say it."""
    changed: bool
    places: tuple[str, ...]
    parts: tuple[Part, ...]
    newest: int
    """Key of its newest version, 0 when there is none."""


async def one(db: AsyncConnection, settings: Settings, language: str, prompt: str) -> Shown:
    """Return a prompt.

    Raises:
        NoSuchPrompt: this house says no such prompt in that language.

    """
    files = await books(settings)
    own = await voices.own(db)
    said = library.with_own(files, own.sentences).wordings.get(language)
    if said is None or (prompt not in said.prompts and prompt != DIGIT):
        raise NoSuchPrompt(f"there is no prompt {prompt} in {language}")
    parts = tuple(
        Part(part=part, text=text, recorded=(language, prompt, part) in own.recordings)
        for part, text in recordable(said, prompt)
    )
    history = await voices.history(db, language, prompt, limit=1)
    return Shown(
        language=language,
        prompt=prompt,
        sentence=said.prompts.get(prompt, ""),
        shipped=files.wordings[language].prompts.get(prompt, ""),
        changed=(language, prompt) in own.sentences,
        places=() if prompt == DIGIT else tuple(sorted(said.places(prompt))),
        parts=parts,
        newest=history[0].version_id if history else 0,
    )


async def unsayable(settings: Settings, language: str, prompt: str, sentence: str, say: Translate) -> list[str]:
    """Return every sentence against saying this for a prompt."""
    shipped = (await books(settings)).wordings[language]
    found = wording.faults(sentence, shipped, prompt)
    return [say(WORDING[fault]).format(place=f"{{{place}}}", example="{amount}") for fault, place in found]


# --- listening -----------------------------------------------------------------------------------


def samples(utility: str, currency: str, today: date) -> dict[str, Value]:
    """Return values to hear a prompt with; invented ones."""
    return {
        "utility": Words(utility),
        "key": Key(1),
        "amount": Money(Decimal("1021.50"), currency),
        "due": Day(today, today),
        "day": Day(today, today),
        "hour": Hour(14),
        "digits": Digits("0123456789"),
        "serial": Digits("6789"),
        "code": Digits("1"),
        "text": Words("…"),
    }


async def hear(request: Request, db: AsyncConnection, settings: Settings, shown: Shown, today: date) -> bytes:
    """Return a prompt as callers hear it now, with invented values in it.

    Raises:
        ivr.speech.SpeechFailed: it cannot be made audible.

    """
    files = await books(settings)
    own = await voices.own(db)
    config = speech_config(settings)
    speaker = Speaker(config, files.wordings)
    taken: dict[tuple[str, str], Path] = {}
    for (language, prompt, part), sha256 in own.recordings.items():
        # Only what this prompt is made of: its own recordings and the digits of its language.
        if language == shown.language and prompt in (shown.prompt, DIGIT):
            file = overrides.place(config.folder, language, sha256)
            if not await asyncio.to_thread(file.exists):
                await asyncio.to_thread(speech.put, await voices.sound(db, sha256), file)
            taken[language, overrides.recording_name(prompt, part)] = file
    heard = library.with_own(files, own.sentences).wordings
    if shown.prompt == DIGIT:
        heard = {shown.language: Wording(language=shown.language, prompts={DIGIT: "{digits}"})}
    speaker.take(heard, taken)
    values = samples(settings.utility, settings.currency, today)
    said = Sentence(prompt=shown.prompt, language=shown.language, values=tuple(sorted(values.items())))
    slots: asyncio.Semaphore | None = getattr(request.app.state, "saying", None)
    if slots is None:
        slots = request.app.state.saying = asyncio.Semaphore(SAYING)
    async with slots:
        file = await speaker.file([said])
    return await asyncio.to_thread(file.read_bytes)


def speech_config(settings: Settings) -> SpeechConfig:
    """Return where speech comes from and where it is kept, as `busbar ivr` has it."""
    return SpeechConfig(
        command=speech.command(settings.espeak),
        folder=settings.speech_dir.resolve(),
        recorded=settings.sounds_dir / "recorded",
    )


# --- recordings ----------------------------------------------------------------------------------


async def converted(settings: Settings, data: bytes) -> Fit | Unfit:
    """Return an uploaded file as Asterisk plays it, or why it is not taken."""
    return await converting.convert(shlex.split(settings.sox), data)


def refusal(unfit: Unfit, say: Translate) -> str:
    """Say why a recording is not taken, with what was measured."""
    measured = unfit.measured or Measured(seconds=0, loudness=recording.SILENCE, peak=recording.SILENCE, clipped=0)
    return say(FAULTS[unfit.fault]).format(
        megabytes=converting.LARGEST // 2**20,
        seconds=f"{measured.seconds:.1f}",
        least=f"{recording.SHORTEST:g}",
        most=f"{recording.LONGEST:g}",
        loudness=f"{measured.loudness:.1f}",
        quietest=f"{recording.QUIETEST:g}",
        loudest=f"{recording.LOUDEST:g}",
        clipped=f"{measured.clipped * 100:.1f}",
    )


def verdict(fit: Fit, say: Translate) -> str:
    """Say what was measured of a recording that is taken."""
    measured = fit.measured
    return say(TAKEN).format(
        seconds=f"{measured.seconds:.1f}",
        loudness=f"{measured.loudness:.1f}",
        peak=f"{measured.peak:.1f}",
        raised=f"{fit.raised:+.1f}",
    )


def kept(fit: Fit, file_name: str) -> voices.NewRecording:
    """Return what is kept of a recording."""
    measured = fit.measured
    return voices.NewRecording(
        sound=fit.wav,
        file_name=file_name,
        seconds=measured.seconds,
        loudness=measured.loudness,
        peak=measured.peak,
    )
