"""Overrides: the office's own sentences and recordings, taken in before the next call (shell).

Recordings come out of the base as files beside the synthesised ones, once each. `ivr.published` says when to read.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.store import voices
from ivr import library, speech
from ivr.library import Library
from ivr.speech import Speaker

log = structlog.get_logger(__name__)


class Overrides:
    """Keeps a speaker's words and voices those of the office. One a process."""

    def __init__(self, books: Library, speaker: Speaker, folder: Path) -> None:
        """Begin with the words of files; `folder` is the speaker's."""
        self._files = books
        self._speaker = speaker
        self._folder = folder
        self._seen = 0
        self.books = books
        """The flow of files with the words that count now."""

    async def read(self, db: AsyncConnection) -> None:
        """Take in what is new."""
        if await voices.newest(db) == self._seen:
            return
        own = await voices.own(db)
        recordings = {
            (language, recording_name(prompt, part)): await self._file(db, language, sha256)
            for (language, prompt, part), sha256 in own.recordings.items()
        }
        self.books = library.with_own(self._files, own.sentences)
        self._speaker.take(self.books.wordings, recordings)
        self._seen = own.newest
        log.info("prompts_taken", newest=own.newest, sentences=len(own.sentences), recordings=len(recordings))

    async def _file(self, db: AsyncConnection, language: str, sha256: str) -> Path:
        file = place(self._folder, language, sha256)
        if not await asyncio.to_thread(file.exists):
            data = await voices.sound(db, sha256)
            await asyncio.to_thread(speech.put, data, file)
        return file


def recording_name(prompt: str, part: str) -> str:
    """Return how a recording is called among a speaker's: `main_menu`, `balance_due.2`."""
    return f"{prompt}.{part}" if part else prompt


def place(folder: Path, language: str, sha256: str) -> Path:
    """Return where a recording of the office lies; not among what `Speaker.prune` removes."""
    return folder / language / "office" / f"{sha256}.wav"
