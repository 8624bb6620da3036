"""Texts of contact law by code and version: a body never changes, one version of each code is published (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchPolicy, PolicyOutOfTurn
from crm_core.flowlife import FlowState, publishing
from crm_core.store import access_log
from crm_core.tables import law_versions, users
from crm_core.text import one_line

ACTION = "contact_law.managed"
LONGEST_NOTE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class LawText:
    """A version of a profile."""

    version_id: int
    code: str
    version: int
    body: str
    state: FlowState
    note: str
    made_by: str
    made_at: datetime


_all = select(law_versions, users.c.name.label("person")).outerjoin(users, users.c.id == law_versions.c.made_by)


async def published(db: AsyncConnection) -> list[LawText]:
    """Return the version in force of every code that has one of its own."""
    query = _all.where(law_versions.c.state == FlowState.PUBLISHED.value).order_by(law_versions.c.code)
    return [_text(row) for row in await db.execute(query)]


async def versions(db: AsyncConnection, code: str, *, before: int | None = None, limit: int = 50) -> list[LawText]:
    """Return the versions of a code, newest first."""
    query = _all.where(law_versions.c.code == code).order_by(law_versions.c.version.desc()).limit(limit)
    if before is not None:
        query = query.where(law_versions.c.version < before)
    return [_text(row) for row in await db.execute(query)]


async def one(db: AsyncConnection, version_id: int) -> LawText:
    """Return a version.

    Raises:
        NoSuchPolicy: there is none of this key.

    """
    row = (await db.execute(_all.where(law_versions.c.id == version_id))).one_or_none()
    if row is None:
        raise NoSuchPolicy(f"there is no version {version_id}")
    return _text(row)


def _text(row: object) -> LawText:
    values = row._mapping  # type: ignore[attr-defined]  # noqa: SLF001 -- SQLAlchemy's public way to names
    return LawText(
        version_id=values["id"],
        code=values["code"],
        version=values["version"],
        body=values["body"],
        state=FlowState(values["state"]),
        note=values["note"],
        made_by=values["person"] or "",
        made_at=values["made_at"],
    )


async def keep(db: Writing, code: str, body: str, note: str, by: int | None) -> int:
    """Keep a new version as a draft and return its key; the very text of the newest one is that one."""
    newest = (await db.execute(_all.where(law_versions.c.code == code).order_by(law_versions.c.version.desc()))).first()
    if newest is not None and newest.body == body:
        return int(newest.id)
    values = {
        "code": code, "version": newest.version + 1 if newest else 1, "body": body,
        "note": one_line(note, LONGEST_NOTE), "made_by": by,
    }  # fmt: skip
    key = int((await db.execute(insert(law_versions).values(values).returning(law_versions.c.id))).scalar_one())
    await access_log.record(db, by, ACTION, f"law {code}", f"version {values['version']} kept")
    return key


async def publish(db: Writing, version_id: int, by: int | None) -> None:
    """Put a version in force; who asks the law from now on is answered by it.

    Raises:
        NoSuchPolicy: there is none of this key.
        PolicyOutOfTurn: it is in force already.

    """
    wanted = await one(db, version_id)
    if publishing(wanted.state) is None:
        raise PolicyOutOfTurn(f"version {wanted.version} of {wanted.code} is in force already")
    others = law_versions.c.code == wanted.code, law_versions.c.state == FlowState.PUBLISHED.value
    await db.execute(update(law_versions).where(*others).values(state=FlowState.RETIRED.value))
    this = update(law_versions).where(law_versions.c.id == version_id)
    await db.execute(this.values(state=FlowState.PUBLISHED.value, published_by=by, published_at=func.now()))
    await access_log.record(db, by, ACTION, f"law {wanted.code}", f"version {wanted.version} is in force")
    await db.exec_driver_sql("select pg_notify('busbar_outbound', 'law')")
