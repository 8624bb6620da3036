"""Articles, scripts and texts for notes: every version is kept; found by words and topics, marked, walked (shell)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from sqlalchemy import ColumnElement, Select, case, cast, func, insert, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import JSONB, REGCONFIG, distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import GuideChanged, NoSuchGuide
from crm_core.store import access_log
from crm_core.tables import guide_marks, guide_versions, guides, script_walks, users
from crm_core.text import one_line, storable
from crm_core.work.fields import Defect
from crm_core.work.guides import CODE, LONGEST_BODY, LONGEST_TITLE, MOST_TOPICS, GuideKind, judge

CONFIGS = {"en": "english", "ru": "russian", "ar": "arabic", "hu": "hungarian"}
"""PostgreSQL's dictionaries by language; words of the others are found as they are written."""
MOST_WORDS = 8
TOLD: LiteralString = """
select pair ->> 0 as step, pair ->> 1 as answer, count(*) as times
  from script_walks w cross join lateral jsonb_array_elements(w.answers) as told(pair)
 where w.guide_id = %(guide_id)s and w.began_at >= %(since)s
 group by 1, 2 order by 1, 3 desc limit %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """A guide in its newest version, or in the one that was asked for."""

    guide_id: int
    kind: GuideKind
    code: str
    language: str
    title: str
    topics: tuple[str, ...]
    version: int
    retired: bool
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a guide."""

    version: int
    title: str
    made_by: str
    made_at: datetime
    useful: int
    useless: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A guide as it was typed."""

    guide_id: int = 0
    """What to change; 0 for a new one."""
    kind: GuideKind
    code: str
    language: str
    title: str
    topics: tuple[str, ...] = ()
    body: str
    version: int = 0
    """The one the person saw."""
    retired: bool = False


_joined = guides.join(guide_versions, guide_versions.c.guide_id == guides.c.id)


def _query() -> Select[Any]:
    columns = (guides.c[name] for name in ("id", "kind", "code", "language", "topics", "retired"))
    return select(*columns, guide_versions.c.title, guide_versions.c.version, guide_versions.c.body).select_from(
        _joined
    )


def _newest() -> Select[Any]:
    return _query().where(guide_versions.c.version == guides.c.version)


def _guide(row: Any) -> Guide:
    return Guide(
        guide_id=row.id, kind=GuideKind(row.kind), code=row.code, language=row.language, title=row.title,
        topics=tuple(row.topics), version=row.version, retired=row.retired, body=row.body,
    )  # fmt: skip


async def listing(
    db: AsyncConnection, kind: GuideKind, *, retired: bool = False, after: int | None = None, limit: int = 51
) -> list[Guide]:
    """Return guides of a kind in their newest versions, by their keys."""
    query = _newest().where(guides.c.kind == kind.value).order_by(guides.c.id).limit(limit)
    if not retired:
        query = query.where(~guides.c.retired)
    if after is not None:
        query = query.where(guides.c.id > after)
    return [_guide(row) for row in await db.execute(query)]


async def offered(db: AsyncConnection, kind: GuideKind, language: str, topic: str = "", limit: int = 60) -> list[Guide]:
    """Return what a person may use: one of each code, in his language or in English, those of the topic first."""
    fits = guides.c.topics.contains(cast([topic], JSONB)) if topic else literal(value=False)
    own = (guides.c.language == language).desc()
    chosen = (
        _newest()
        .add_columns(fits.label("fits"))
        .where(guides.c.kind == kind.value, ~guides.c.retired, guides.c.language.in_((language, "en")))
        .ext(distinct_on(guides.c.code))
        .order_by(guides.c.code, own)
        .subquery()
    )
    query = select(chosen).order_by(chosen.c.fits.desc(), chosen.c.title).limit(limit)
    return [_guide(row) for row in await db.execute(query)]


async def found(  # noqa: PLR0913 -- what, of what, for whom
    db: AsyncConnection, kind: GuideKind, language: str, query: str, *, topic: str = "", limit: int = 12
) -> list[Guide]:
    """Return guides in which the words stand, bent or begun, the likeliest first."""
    words = re.findall(r"\w+", query)[:MOST_WORDS]
    if not words:
        return await offered(db, kind, language, topic, limit)
    config = cast(literal(CONFIGS.get(language, "simple")), REGCONFIG)
    begun = func.to_tsquery(cast(literal("simple"), REGCONFIG), " & ".join(f"{word}:*" for word in words))
    asked: ColumnElement[Any] = func.plainto_tsquery(config, " ".join(words)).op("||")(begun)
    rank = func.ts_rank(guides.c.words, asked)
    liked = case((guides.c.topics.contains(cast([topic], JSONB)), 0.2), else_=0.0) if topic else literal(0.0)
    hits = (
        _newest()
        .where(guides.c.kind == kind.value, ~guides.c.retired, guides.c.language.in_((language, "en")))
        .where(guides.c.words.op("@@")(asked))
        .order_by((guides.c.language == language).desc(), (rank + liked).desc(), guides.c.id)
        .limit(limit)
    )
    return [_guide(row) for row in await db.execute(hits)]


async def one(db: AsyncConnection, guide_id: int, version: int | None = None) -> Guide:
    """Return a guide, in its newest version when none is named.

    Raises:
        NoSuchGuide: there is none of this key and version.

    """
    wanted = guides.c.version if version is None else version
    row = (await db.execute(_query().where(guides.c.id == guide_id, guide_versions.c.version == wanted))).one_or_none()
    if row is None:
        raise NoSuchGuide(f"there is no guide {guide_id}")
    return _guide(row)


async def versions(db: AsyncConnection, guide_id: int, limit: int = 50) -> list[Version]:
    """Return the versions of a guide with how they were marked, newest first."""
    useful = func.count().filter(guide_marks.c.useful)
    useless = func.count(guide_marks.c.user_id).filter(~guide_marks.c.useful)
    marks = (
        select(guide_marks.c.version, useful.label("useful"), useless.label("useless"))
        .where(guide_marks.c.guide_id == guide_id)
        .group_by(guide_marks.c.version)
        .subquery()
    )
    query = (
        select(guide_versions, users.c.name, marks.c.useful, marks.c.useless)
        .outerjoin(users, users.c.id == guide_versions.c.made_by)
        .outerjoin(marks, marks.c.version == guide_versions.c.version)
        .where(guide_versions.c.guide_id == guide_id)
        .order_by(guide_versions.c.version.desc())
        .limit(limit)
    )
    return [
        Version(
            version=row.version, title=row.title, made_by=row.name or "", made_at=row.made_at,
            useful=row.useful or 0, useless=row.useless or 0,
        )
        for row in await db.execute(query)
    ]  # fmt: skip


# Spelled out: a bound parameter is no "char", which the function takes.
TITLES: ColumnElement[Any] = literal_column("'A'")
BODIES: ColumnElement[Any] = literal_column("'B'")
AS_WRITTEN: ColumnElement[Any] = literal_column("'C'")


def words_of(language: str, title: str, body: str) -> ColumnElement[Any]:
    """Return what a guide is found by: its words bent as its language bends them, and as they are written."""
    config = cast(literal(CONFIGS.get(language, "simple")), REGCONFIG)
    simple = cast(literal("simple"), REGCONFIG)
    bent = func.setweight(func.to_tsvector(config, title), TITLES).op("||")(
        func.setweight(func.to_tsvector(config, body), BODIES)
    )
    plain = func.setweight(func.to_tsvector(simple, title), TITLES).op("||")(
        func.setweight(func.to_tsvector(simple, body), AS_WRITTEN)
    )
    words: ColumnElement[Any] = bent.op("||")(plain)
    return words


async def save(db: Writing, draft: Draft, by: int | None) -> int | tuple[Defect, ...]:
    """Store a new guide, or a new version of one.

    Returns:
        The key, or everything that is wrong: then nothing is stored.

    Raises:
        NoSuchGuide: what should be changed is not there.
        GuideChanged: somebody else changed it meanwhile.

    """
    body = storable(draft.body.replace("\r\n", "\n"), LONGEST_BODY + 1)
    title, code = one_line(draft.title, LONGEST_TITLE), draft.code.strip().lower()
    defects = list(judge(draft.kind, body))
    if not title:
        defects.append(Defect(code="field-required", place="title"))
    if not CODE.fullmatch(code):
        defects.append(Defect(code="form-bad-code", place="code"))
    if not re.fullmatch(r"[a-z]{2,3}", draft.language):
        defects.append(Defect(code="guide-language", place="language"))
    if defects:
        return tuple(defects)
    topics = [one for one in dict.fromkeys(draft.topics) if CODE.fullmatch(one)][:MOST_TOPICS]
    words = words_of(draft.language, title, body)
    values = {"title": title, "topics": topics, "retired": draft.retired, "words": words}
    found = await _changed(db, draft, values) if draft.guide_id else await _added(db, draft, code, values)
    if found is None:
        return (Defect(code="guide-code-taken", place="code"),)
    key, version = found
    await db.execute(insert(guide_versions).values(guide_id=key, version=version, title=title, body=body, made_by=by))
    told = f"{title}: version {version}{', retired' if draft.retired else ''}"
    await access_log.record(db, by, "guides.managed", f"guide {key}", told)
    return key


async def _changed(db: Writing, draft: Draft, values: dict[str, Any]) -> tuple[int, int]:
    known = await one(db, draft.guide_id)
    version = draft.version + 1
    changed = update(guides).where(guides.c.id == known.guide_id, guides.c.version == draft.version)
    if not (await db.execute(changed.values(values | {"version": version}))).rowcount:
        raise GuideChanged(f"guide {known.code} was changed by somebody else")
    return known.guide_id, version


async def _added(db: Writing, draft: Draft, code: str, values: dict[str, Any]) -> tuple[int, int] | None:
    new = insert(guides).values(values | {"kind": draft.kind.value, "code": code, "language": draft.language})
    try:
        async with db.begin_nested():
            return int((await db.execute(new.returning(guides.c.id))).scalar_one()), 1
    except IntegrityError:
        return None


async def mark(db: Writing, guide: Guide, user_id: int, said: str, *, useful: bool) -> None:
    """Keep what a person thinks of a version; the same person again changes his mark."""
    values = {
        "guide_id": guide.guide_id, "version": guide.version, "user_id": user_id, "useful": useful,
        "said": storable(said, 1000),
    }  # fmt: skip
    row = upsert(guide_marks).values(values)
    keys = ["guide_id", "version", "user_id"]
    change = {"useful": row.excluded.useful, "said": row.excluded.said, "at": func.now()}
    await db.execute(row.on_conflict_do_update(index_elements=keys, set_=change))


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How somebody went through a script."""

    guide_id: int
    version: int
    user_id: int
    account_id: int | None
    call_id: str
    answers: Sequence[tuple[str, str]]
    ending: str
    once: str


async def keep_walk(db: Writing, walk: Walk, now: datetime) -> None:
    """Keep how far a walk has come; only he who goes goes on with it."""
    values = {
        "guide_id": walk.guide_id, "version": walk.version, "user_id": walk.user_id, "account_id": walk.account_id,
        "call_id": one_line(walk.call_id, 80), "answers": [list(one) for one in walk.answers],
        "ending": one_line(walk.ending, 40), "began_at": now, "changed_at": now,
        "once": f"{walk.user_id} {one_line(walk.once, 60)}",
    }  # fmt: skip
    row = upsert(script_walks).values(values)
    change = {name: row.excluded[name] for name in ("answers", "ending", "changed_at")}
    await db.execute(row.on_conflict_do_update(index_elements=["once"], set_=change))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How often an answer was given."""

    step: str
    answer: str
    times: int


async def told(db: AsyncConnection, guide_id: int, since: datetime, limit: int = 500) -> list[Told]:
    """Return how often each answer of a script was given since a moment."""
    values = {"guide_id": guide_id, "since": since, "limit": limit}
    rows = await db.exec_driver_sql(TOLD, values)
    return [Told(step=row.step, answer=row.answer, times=row.times) for row in rows]
