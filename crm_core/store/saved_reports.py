"""Reports that people keep: every version stays, shared with a team or a role, taken back by their owner (shell)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchReport, ReportChanged
from crm_core.store import access_log
from crm_core.tables import saved_report_shares, saved_report_versions, saved_reports, users
from crm_core.text import one_line

LONGEST_TITLE = 120
MOST_SHARES = 40
CHARTS = ("table", "line", "bars", "stacked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who looks."""

    user_id: int
    role: str
    teams: tuple[str, ...] = ()
    """Those he is in or leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Whom a report is shared with."""

    kind: str
    """`team` or `role`."""
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A report in its newest version, or in the one that was asked for."""

    report_id: int
    owner_id: int
    owner: str
    title: str
    query: Mapping[str, Any]
    chart: str
    period: str
    """A named one; "" keeps the days of the query."""
    version: int
    newest: int
    retired: bool
    changed_at: datetime

    @property
    def code(self) -> str:
        """What addresses call it."""
        return f"own-{self.report_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a report."""

    version: int
    title: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A report as it was put together."""

    report_id: int = 0
    """What to change; 0 for a new one."""
    title: str
    query: Mapping[str, Any]
    chart: str
    period: str = ""
    version: int = 0
    """The one the person saw."""


def _query() -> Select[Any]:
    kept, versions = saved_reports.c, saved_report_versions.c
    return (
        select(
            kept.id, kept.owner_id, users.c.name.label("owner"), versions.title, versions.query, versions.chart,
            versions.period, versions.version, kept.version.label("newest"), kept.retired, kept.changed_at,
        )
        .select_from(saved_reports)
        .join(saved_report_versions, versions.report_id == kept.id)
        .join(users, users.c.id == kept.owner_id)
    )  # fmt: skip


def _saved(row: Any) -> Saved:
    return Saved(
        report_id=row.id, owner_id=row.owner_id, owner=row.owner, title=row.title, query=row.query, chart=row.chart,
        period=row.period, version=row.version, newest=row.newest, retired=row.retired, changed_at=row.changed_at,
    )  # fmt: skip


def _shared_with(reader: Reader) -> ColumnElement[bool]:
    """Whether a report is shared with somebody, by a team of his or by his role."""
    share = saved_report_shares.c
    mine = or_(
        and_(share.kind == "role", share.code == reader.role),
        and_(share.kind == "team", share.code.in_(reader.teams)),
    )
    return exists().where(share.report_id == saved_reports.c.id, mine)


def _of(reader: Reader) -> ColumnElement[bool]:
    return or_(saved_reports.c.owner_id == reader.user_id, _shared_with(reader))


async def listing(
    db: AsyncConnection, reader: Reader, *, words: str = "", after: int | None = None, limit: int = 51
) -> list[Saved]:
    """Return somebody's own reports and those shared with him, the newest first."""
    query = _query().where(saved_report_versions.c.version == saved_reports.c.version, _of(reader))
    query = query.where(~saved_reports.c.retired)
    if words:
        query = query.where(saved_reports.c.title.icontains(words, autoescape=True))
    if after is not None:
        query = query.where(saved_reports.c.id < after)
    return [_saved(row) for row in await db.execute(query.order_by(saved_reports.c.id.desc()).limit(limit))]


async def one(db: AsyncConnection, report_id: int, reader: Reader, version: int | None = None) -> Saved:
    """Return a report that is somebody's own or shared with him.

    Raises:
        NoSuchReport: there is none of this key and version for him.

    """
    wanted = saved_reports.c.version if version is None else version
    query = _query().where(saved_reports.c.id == report_id, saved_report_versions.c.version == wanted, _of(reader))
    row = (await db.execute(query)).one_or_none()
    if row is None or (row.retired and row.owner_id != reader.user_id):
        raise NoSuchReport(f"there is no report own-{report_id} for this person")
    return _saved(row)


async def versions(db: AsyncConnection, report_id: int, limit: int = 50) -> list[Version]:
    """Return the versions of a report, newest first."""
    query = (
        select(saved_report_versions, users.c.name)
        .outerjoin(users, users.c.id == saved_report_versions.c.made_by)
        .where(saved_report_versions.c.report_id == report_id)
        .order_by(saved_report_versions.c.version.desc())
        .limit(limit)
    )
    return [
        Version(version=row.version, title=row.title, made_by=row.name or "", made_at=row.made_at)
        for row in await db.execute(query)
    ]


async def save(db: Writing, draft: Draft, by: int) -> int:
    """Store a new report, or a new version of one's own; return its key.

    Raises:
        NoSuchReport: what should be changed is not there, or it is another person's.
        ReportChanged: it was changed meanwhile.

    """
    title = one_line(draft.title, LONGEST_TITLE)
    if draft.report_id:
        version = draft.version + 1
        await _own(db, draft.report_id, by)
        change = update(saved_reports).where(
            saved_reports.c.id == draft.report_id, saved_reports.c.version == draft.version
        )
        values = {"title": title, "version": version, "retired": False, "changed_at": func.now()}
        if not (await db.execute(change.values(values))).rowcount:
            raise ReportChanged(f"report own-{draft.report_id} was changed by somebody else")
        key = draft.report_id
    else:
        version = 1
        new = insert(saved_reports).values(owner_id=by, title=title).returning(saved_reports.c.id)
        key = int((await db.execute(new)).scalar_one())
    await db.execute(
        insert(saved_report_versions).values(
            report_id=key, version=version, title=title, query=dict(draft.query), chart=draft.chart,
            period=draft.period, made_by=by,
        )
    )  # fmt: skip
    await access_log.record(db, by, "report.designed", f"report own-{key}", f"{title}: version {version}")
    return key


async def retire(db: Writing, report_id: int, by: int, *, retired: bool) -> None:
    """Take one's own report from the lists, or bring it back.

    Raises:
        NoSuchReport: it is another person's, or there is none.

    """
    await _own(db, report_id, by)
    await db.execute(update(saved_reports).where(saved_reports.c.id == report_id).values(retired=retired))
    await access_log.record(db, by, "report.designed", f"report own-{report_id}", "retired" if retired else "back")


async def shares(db: AsyncConnection, report_id: int) -> list[Share]:
    """Return whom a report is shared with."""
    share = saved_report_shares.c
    query = select(share.kind, share.code).where(share.report_id == report_id).order_by(share.kind, share.code)
    return [Share(kind=row.kind, code=row.code) for row in await db.execute(query.limit(MOST_SHARES))]


async def share(db: Writing, report_id: int, wanted: Sequence[Share], by: int) -> None:
    """Set whom one's own report is shared with: those and nobody else.

    Raises:
        NoSuchReport: it is another person's, or there is none.

    """
    await _own(db, report_id, by)
    few = list(dict.fromkeys(wanted))[:MOST_SHARES]
    await db.execute(delete(saved_report_shares).where(saved_report_shares.c.report_id == report_id))
    if few:
        rows = [{"report_id": report_id, "kind": one.kind, "code": one.code, "shared_by": by} for one in few]
        await db.execute(insert(saved_report_shares), rows)
    told = ", ".join(f"{one.kind} {one.code}" for one in few) or "nobody"
    await access_log.record(db, by, "report.shared", f"report own-{report_id}", told)


async def owners(db: AsyncConnection, report_ids: Collection[int]) -> dict[int, int]:
    """Return whose some reports are."""
    query = select(saved_reports.c.id, saved_reports.c.owner_id).where(saved_reports.c.id.in_(report_ids))
    return {row.id: row.owner_id for row in await db.execute(query)}


async def _own(db: AsyncConnection, report_id: int, by: int) -> None:
    if (await owners(db, [report_id])).get(report_id) != by:
        raise NoSuchReport(f"there is no report own-{report_id} of this person")
