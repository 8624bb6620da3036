"""Prompts in the house's own words and voices, by version: the newest of each kind is what callers hear (shell).

Nothing is overwritten. Taking something back is a version too, one without a sentence or without a sound.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, func, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchPrompt, PromptChanged
from crm_core.store import access_log
from crm_core.tables import prompt_versions, users
from crm_core.text import one_line

LONGEST_SENTENCE = 1000
LONGEST_FILE_NAME = 120


class Kind(StrEnum):
    """What a version is of."""

    SENTENCE = "sentence"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A prompt in a language; of a recording also which part of it, "" for the whole."""

    language: str
    prompt: str
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVersion:
    """A version as pages show it."""

    version_id: int
    place: Place
    kind: Kind
    sentence: str | None
    sha256: str | None
    file_name: str
    seconds: float | None
    loudness: float | None
    peak: float | None
    made_by: str
    made_at: datetime

    @property
    def taken_back(self) -> bool:
        """It only says that what came with the software counts again."""
        return self.sentence is None and self.sha256 is None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecording:
    """A recording that was found fit, as Asterisk plays it, and what was measured before it was levelled."""

    sound: bytes
    file_name: str
    seconds: float
    loudness: float
    peak: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Everything of the house's own that callers hear now."""

    newest: int
    """Key of the newest version of all; with the same one nothing has changed."""
    sentences: Mapping[tuple[str, str], str]
    """By language and prompt."""
    recordings: Mapping[tuple[str, str, str], str]
    """By language, prompt and part: the sound's hash."""


async def newest(db: AsyncConnection) -> int:
    """Return the key of the newest version, 0 when there is none: one look at the end of an index."""
    return int((await db.execute(select(func.coalesce(func.max(prompt_versions.c.id), 0)))).scalar_one())


async def own(db: AsyncConnection) -> Own:
    """Return what of the house's own counts now."""
    columns = prompt_versions.c
    where = (columns.language, columns.prompt, columns.part, columns.kind)
    query = (
        select(*where, columns.id, columns.sentence, columns.sha256)
        .ext(distinct_on(*where))
        .order_by(*where, columns.id.desc())
    )
    rows = (await db.execute(query)).all()
    return Own(
        newest=max((row.id for row in rows), default=0),
        sentences={(row.language, row.prompt): row.sentence for row in rows if row.sentence is not None},
        recordings={(row.language, row.prompt, row.part): row.sha256 for row in rows if row.sha256 is not None},
    )


async def sound(db: AsyncConnection, sha256: str) -> bytes:
    """Return a recording as Asterisk plays it.

    Raises:
        NoSuchPrompt: there is none of this hash.

    """
    query = select(prompt_versions.c.sound).where(prompt_versions.c.sha256 == sha256).limit(1)
    found = (await db.execute(query)).scalar_one_or_none()
    if found is None:
        raise NoSuchPrompt(f"there is no recording {sha256[:12]}")
    return bytes(found)


async def history(
    db: AsyncConnection, language: str, prompt: str, *, before: int | None = None, limit: int = 50
) -> list[PromptVersion]:
    """Return the versions of a prompt, newest first, sentences and recordings together."""
    columns = [column for column in prompt_versions.c if column.name != "sound"]
    query = (
        select(*columns, users.c.name.label("maker"))
        .outerjoin(users, users.c.id == prompt_versions.c.made_by)
        .where(prompt_versions.c.language == language, prompt_versions.c.prompt == prompt)
        .order_by(prompt_versions.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(prompt_versions.c.id < before)
    return [_version(row) for row in await db.execute(query)]


def _version(row: Row[*tuple[Any, ...]]) -> PromptVersion:
    return PromptVersion(
        version_id=row.id,
        place=Place(language=row.language, prompt=row.prompt, part=row.part),
        kind=Kind(row.kind),
        sentence=row.sentence,
        sha256=row.sha256,
        file_name=row.file_name,
        seconds=row.seconds,
        loudness=row.loudness,
        peak=row.peak,
        made_by=row.maker or "",
        made_at=row.made_at,
    )


async def say(db: Writing, place: Place, sentence: str | None, by: int | None, *, instead_of: int) -> int:
    """Say a prompt in the house's own words; None returns to those that came with the software.

    Its recordings say the former words: they are taken back with it, and may be used again one by one.

    Args:
        db: the transaction.
        place: which.
        sentence: checked before against the values that its prompt is given.
        by: who.
        instead_of: key of the newest version of this prompt that the person saw, 0 when there was none.

    Raises:
        PromptChanged: it was changed meanwhile.

    """
    said = None if sentence is None else one_line(sentence, LONGEST_SENTENCE)
    made = await _keep(db, place, Kind.SENTENCE, {"sentence": said}, by, instead_of)
    for language, prompt, part in (await own(db)).recordings:
        if (language, prompt) == (place.language, place.prompt):
            made = await _keep(db, replace(place, part=part), Kind.RECORDING, {}, by, made)
    return made


async def record(db: Writing, place: Place, new: NewRecording | None, by: int | None, *, instead_of: int) -> int:
    """Let callers hear a recording; None returns to the synthesised voice.

    Raises:
        PromptChanged: the prompt was changed meanwhile.

    """
    values: dict[str, object] = {}
    if new is not None:
        values = {
            "sound": new.sound,
            "sha256": hashlib.sha256(new.sound).hexdigest(),
            "file_name": one_line(new.file_name, LONGEST_FILE_NAME),
            "seconds": new.seconds,
            "loudness": new.loudness,
            "peak": new.peak,
        }
    return await _keep(db, place, Kind.RECORDING, values, by, instead_of)


async def again(db: Writing, where: Place, version_id: int, by: int | None, *, instead_of: int) -> int:
    """Let an older version count again.

    Raises:
        NoSuchPrompt: this prompt has no such version.
        PromptChanged: the prompt was changed meanwhile.

    """
    columns = prompt_versions.c
    wanted = columns.id == version_id, columns.language == where.language, columns.prompt == where.prompt
    row = (await db.execute(select(prompt_versions).where(*wanted))).one_or_none()
    if row is None:
        raise NoSuchPrompt(f"{where.language} {where.prompt} has no version {version_id}")
    copied = ("sentence", "sound", "sha256", "file_name", "seconds", "loudness", "peak")
    values = {name: getattr(row, name) for name in copied}
    return await _keep(db, replace(where, part=row.part), Kind(row.kind), values, by, instead_of)


async def _keep(  # noqa: PLR0913, PLR0917 -- one row
    db: Writing, place: Place, kind: Kind, values: Mapping[str, object], by: int | None, instead_of: int
) -> int:
    columns = prompt_versions.c
    await db.execute(text("select pg_advisory_xact_lock(hashtextextended('prompts', 10))"))
    latest = select(func.coalesce(func.max(columns.id), 0)).where(
        columns.language == place.language, columns.prompt == place.prompt
    )
    if (await db.execute(latest)).scalar_one() != instead_of:
        raise PromptChanged(f"{place.language} {place.prompt} was changed meanwhile")
    new = insert(prompt_versions).values(
        language=place.language, prompt=place.prompt, part=place.part, kind=kind.value, made_by=by, **values
    )
    made = int((await db.execute(new.returning(columns.id))).scalar_one())
    what = "taken back" if not any(values.get(name) for name in ("sentence", "sha256")) else "changed"
    part = f" part {place.part}" if place.part else ""
    await access_log.record(
        db, by, "prompts.managed", f"{kind} of prompt {place.prompt}{part} in {place.language}", what
    )
    return made
