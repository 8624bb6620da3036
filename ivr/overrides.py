"""Overrides: the office's own sentences and recordings, taken in before the next call (shell).

Which version is the newest is one look at the end of an index. Recordings come out of the base as files beside the
synthesised ones, once each. A base that does not answer leaves everything as it was.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import db as database
from crm_core.store import voices
from ivr import library, speech
from ivr.library import Library
from ivr.shelf import BROKEN, PAUSE_SECONDS, SECONDS
from ivr.speech import Speaker

log = structlog.get_logger(__name__)

TAKING_SECONDS = 5.0
"""For everything of the office's own, recordings that are new here included."""


class Overrides:
    """Keeps a speaker's words and voices those of the office. One a process."""

    def __init__(self, engine: AsyncEngine, books: Library, speaker: Speaker, folder: Path) -> None:
        """Begin with the words of files; `folder` is the speaker's."""
        self._engine = engine
        self._files = books
        self._speaker = speaker
        self._folder = folder
        self._seen = 0
        self._quiet_until = 0.0
        self._taking = asyncio.Lock()
        self.books = books
        """The flow of files with the words that count now."""

    async def refresh(self) -> None:
        """Take in what changed since the last look; never fails and never keeps a caller waiting for a silent base."""
        if time.monotonic() < self._quiet_until or self._taking.locked():
            return
        try:
            async with self._taking:
                async with asyncio.timeout(SECONDS), database.reading(self._engine) as db:
                    newest = await voices.newest(db)
                if newest != self._seen:
                    async with asyncio.timeout(TAKING_SECONDS), database.reading(self._engine) as db:
                        await self._take(db)
        except BROKEN as error:
            self._quiet_until = time.monotonic() + PAUSE_SECONDS
            log.warning("prompts_not_looked_up", reason=f"{type(error).__name__}: {error}"[:200])

    async def _take(self, db: AsyncConnection) -> None:
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
