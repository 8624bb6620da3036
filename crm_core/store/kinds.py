"""Kinds of applications and their versions (shell)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import BadValue, NoSuchKind
from crm_core.tables import application_kinds
from crm_core.text import one_line
from crm_core.work import kinds
from crm_core.work.fields import Defect
from crm_core.work.kinds import Kind

LOCK = 0x4B494E44
"""Advisory lock of kinds ("KIND"), with a hash of the code."""


def _kind(row: Row[*tuple[object, ...]]) -> Kind:
    kind, defects = kinds.read(row.code, row.version, row.titles, row.spec)
    if kind is None:
        # What is stored was judged before; somebody has changed the row by hand.
        raise BadValue(f"kind {row.code} version {row.version}: {defects[0].code} at {defects[0].place}")
    return kind


async def offered(db: AsyncConnection) -> list[Kind]:
    """Return the kinds that can be filed, in their order."""
    query = (
        select(application_kinds)
        .where(application_kinds.c.current, ~application_kinds.c.retired)
        .order_by(application_kinds.c.position, application_kinds.c.code)
        .limit(300)
    )
    return [_kind(row) for row in await db.execute(query)]


async def retired(db: AsyncConnection) -> list[Kind]:
    """Return the kinds that can no longer be filed."""
    query = select(application_kinds).where(application_kinds.c.current, application_kinds.c.retired).limit(300)
    return [_kind(row) for row in await db.execute(query.order_by(application_kinds.c.code))]


async def current(db: AsyncConnection, code: str) -> tuple[int, Kind]:
    """Return the version new applications of a kind are filed on, and its key.

    Raises:
        NoSuchKind: there is none, or it is retired.

    """
    query = select(application_kinds).where(
        application_kinds.c.code == code, application_kinds.c.current, ~application_kinds.c.retired
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchKind(f"there is no kind of application {one_line(code, 30)}")
    return row.id, _kind(row)


async def by_id(db: AsyncConnection, kind_id: int) -> Kind:
    """Return one version, current or not."""
    return _kind((await db.execute(select(application_kinds).where(application_kinds.c.id == kind_id))).one())


async def latest(db: AsyncConnection, code: str) -> Kind | None:
    """Return the newest version of a kind, retired or not; None when there never was one."""
    query = select(application_kinds).where(application_kinds.c.code == code, application_kinds.c.current)
    row = (await db.execute(query)).one_or_none()
    return None if row is None else _kind(row)


async def titles(db: AsyncConnection) -> dict[str, Mapping[str, str]]:
    """Return what each kind is called, retired ones too."""
    query = select(application_kinds.c.code, application_kinds.c.titles).where(application_kinds.c.current).limit(1000)
    return {row.code: row.titles for row in await db.execute(query)}


async def save(
    db: Writing, code: str, titles_: object, spec: object, by: int | None
) -> tuple[Kind | None, tuple[Defect, ...]]:
    """Make a kind, or a new version of it: what is running stays on its own version.

    Saving what is current already makes no version.

    Returns:
        The kind as it is now, or what is wrong with what was given; then nothing was stored.

    """
    kind, defects = kinds.read(code, 1, titles_, spec)
    if kind is None:
        return None, defects
    # One at a time for each kind, also when it is new and has no row to lock.
    await db.execute(select(func.pg_advisory_xact_lock(LOCK, func.hashtext(code))))
    query = select(application_kinds).where(application_kinds.c.code == code)
    rows = (await db.execute(query)).all()
    known = max(rows, key=lambda row: row.version, default=None)
    written = {"titles": dict(kind.titles), "spec": kinds.dump(kind)}
    if known is not None and kinds.dump(_kind(known)) == written["spec"] and known.titles == written["titles"]:
        return _kind(known), ()
    await db.execute(update(application_kinds).where(application_kinds.c.code == code).values(current=False))
    values = {
        "code": code,
        "version": 1 if known is None else known.version + 1,
        "position": select(func.coalesce(func.max(application_kinds.c.position), 0) + 1).scalar_subquery()
        if known is None
        else known.position,
        "retired": False if known is None else known.retired,
        "by_user": by,
        **written,
    }
    row = (await db.execute(insert(application_kinds).values(values).returning(application_kinds))).one()
    return _kind(row), ()


async def retire(db: Writing, code: str, *, retired_: bool = True) -> None:
    """Take a kind from the list of what can be filed, or put it back; nothing is deleted.

    Raises:
        NoSuchKind: there is none.

    """
    change = update(application_kinds).where(application_kinds.c.code == code).values(retired=retired_)
    if (await db.execute(change)).rowcount == 0:
        raise NoSuchKind(f"there is no kind of application {one_line(code, 30)}")
