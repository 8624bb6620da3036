"""How the line does: standings of nodes, trunks and telephones, alerts over them, checks of the line (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.tables import line_alerts, line_checks, line_states, trunks
from crm_core.text import one_line

NODE, TRUNK, REGISTRATION, PHONE, CHECK = "node", "trunk", "registration", "phone", "check"
"""Kinds of standings and alerts; a telephone that is turned off is nobody's alarm."""
UP, DOWN = "up", "down"
LONGEST_DETAIL = 200
KEPT = timedelta(days=90)
"""Checks of the line and alerts that are over are kept so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How one thing stands."""

    node: str
    kind: str
    name: str
    state: str
    """up, down, unknown."""
    detail: str
    rtt_us: int | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAlert:
    """Something of the line that is down, or was."""

    alert_id: int
    kind: str
    node: str
    name: str
    detail: str
    raised_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A check of the line."""

    check_id: int = 0
    node: str
    trunk: str
    """Empty: the menu itself."""
    began_at: datetime
    legs: tuple[tuple[str, int], ...]
    """What was done, and how many milliseconds each took."""
    failed: str = ""
    """The leg that was not done; empty when all were."""
    detail: str = ""


async def stand(db: Writing, told: Sequence[Told], now: datetime | None) -> None:
    """Write down how things stand; what is down raises an alert, once, and what is up again ends it.

    Args:
        db: the transaction.
        told: the newest of each.
        now: the moment; None when there is nothing.

    """
    if not told or now is None:
        return
    rows = [{**asdict(one), "detail": one_line(one.detail, 120), "told_at": now} for one in told]
    new = upsert(line_states)
    changed = {name: new.excluded[name] for name in ("state", "detail", "rtt_us", "since", "told_at")}
    await db.execute(new.on_conflict_do_update(index_elements=["node", "kind", "name"], set_=changed), rows)
    over = [(one.kind, one.node, one.name) for one in told if one.state == UP]
    if over:
        await _clear(db, tuple_(line_alerts.c.kind, line_alerts.c.node, line_alerts.c.name).in_(over), now)
    for one in told:
        if one.state == DOWN and one.kind in {NODE, TRUNK, REGISTRATION}:
            await raise_alert(db, one.kind, one.node, one.name, one.detail, now)
    await forget(db, now)


async def raise_alert(db: Writing, kind: str, node: str, name: str, detail: str, now: datetime) -> bool:  # noqa: PLR0913, PLR0917
    """Raise an alert unless it stands already; return whether it was raised."""
    values = {"kind": kind, "node": node, "name": name, "detail": one_line(detail, LONGEST_DETAIL), "raised_at": now}
    new = upsert(line_alerts).values(values)
    unless = new.on_conflict_do_nothing(
        index_elements=["kind", "node", "name"], index_where=line_alerts.c.cleared_at.is_(None)
    )
    return (await db.execute(unless.returning(line_alerts.c.id))).scalar_one_or_none() is not None


async def forget(db: Writing, now: datetime) -> None:
    """End alerts over trunks and registrations that are on record no more, or turned off."""
    wanted = and_(
        trunks.c.enabled,
        or_(trunks.c.node == "", trunks.c.node == line_alerts.c.node),
        or_(
            and_(line_alerts.c.kind != REGISTRATION, trunks.c.name == line_alerts.c.name),
            and_(line_alerts.c.kind == REGISTRATION, trunks.c.registers, _registration() == line_alerts.c.name),
        ),
    )
    of_trunks = line_alerts.c.kind.in_([TRUNK, REGISTRATION, CHECK]) & (line_alerts.c.name != "")
    await _clear(db, of_trunks & ~select(literal(1)).where(wanted).exists(), now)


def _registration() -> ColumnElement[str]:
    """How the line names a trunk's registration: `login@host:port`."""
    return func.concat(trunks.c.login, "@", trunks.c.host, ":", trunks.c.port)


async def _clear(db: Writing, which: ColumnElement[bool], now: datetime) -> None:
    await db.execute(update(line_alerts).where(line_alerts.c.cleared_at.is_(None), which).values(cleared_at=now))


async def standings(db: AsyncConnection, kinds: Sequence[str], limit: int = 1_000) -> list[Told]:
    """Return how everything of some kinds stands."""
    query = (
        select(line_states)
        .where(line_states.c.kind.in_(kinds))
        .order_by(line_states.c.kind, line_states.c.name, line_states.c.node)
        .limit(limit)
    )
    return [_told(row) for row in await db.execute(query)]


async def phones(db: AsyncConnection, endpoints: Sequence[str]) -> list[Told]:
    """Return how some telephones stand, at each node."""
    query = select(line_states).where(line_states.c.kind == PHONE, line_states.c.name.in_(list(endpoints)))
    return [_told(row) for row in await db.execute(query)]


def _told(row: Row[*tuple[Any, ...]]) -> Told:
    return Told(
        node=row.node, kind=row.kind, name=row.name, state=row.state, detail=row.detail, rtt_us=row.rtt_us,
        since=row.since,
    )  # fmt: skip


async def alerts(
    db: AsyncConnection, *, standing: bool = True, before: int | None = None, limit: int = 50
) -> list[LineAlert]:
    """Return alerts of the line, newest first; only those that stand, or all."""
    query = select(line_alerts).order_by(line_alerts.c.id.desc()).limit(limit)
    if standing:
        query = query.where(line_alerts.c.cleared_at.is_(None))
    if before is not None:
        query = query.where(line_alerts.c.id < before)
    return [
        LineAlert(
            alert_id=row.id, kind=row.kind, node=row.node, name=row.name, detail=row.detail, raised_at=row.raised_at,
            cleared_at=row.cleared_at,
        )
        for row in await db.execute(query)
    ]  # fmt: skip


async def checked(db: Writing, done: Checked) -> bool:
    """Write a check down: one that failed raises an alert, one that went well ends it; return whether one is new."""
    values: Mapping[str, Any] = {
        "node": done.node,
        "trunk": done.trunk,
        "began_at": done.began_at,
        "legs": [list(leg) for leg in done.legs],
        "failed": done.failed,
        "detail": one_line(done.detail, LONGEST_DETAIL),
    }
    await db.execute(insert(line_checks).values(values))
    await db.execute(delete(line_checks).where(line_checks.c.began_at < done.began_at - KEPT))
    old = (line_alerts.c.raised_at < done.began_at - KEPT) & line_alerts.c.cleared_at.is_not(None)
    await db.execute(delete(line_alerts).where(old))
    if done.failed:
        said = f"{done.failed}: {done.detail}"
        return await raise_alert(db, CHECK, done.node, done.trunk, said, done.began_at)
    here = (line_alerts.c.kind == CHECK) & (line_alerts.c.node == done.node) & (line_alerts.c.name == done.trunk)
    await _clear(db, here, done.began_at)
    return False


async def checks(db: AsyncConnection, *, before: int | None = None, limit: int = 20) -> list[Checked]:
    """Return checks of the line, newest first."""
    query = select(line_checks).order_by(line_checks.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(line_checks.c.id < before)
    return [
        Checked(
            check_id=row.id,
            node=row.node,
            trunk=row.trunk,
            began_at=row.began_at,
            legs=tuple((str(name), int(took)) for name, took in row.legs),
            failed=row.failed,
            detail=row.detail,
        )
        for row in await db.execute(query)
    ]
