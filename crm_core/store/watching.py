"""Alerts over the access log: rules, what they look at, what was raised and what came of it (shell)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchAlert, NotYours
from crm_core.store import access_log as log_store
from crm_core.tables import access_log, accounts, alert_rules, alerts, customers, users
from crm_core.text import storable
from crm_core.watch import WATCHED, Kind, Level, Rule, Seen, Step, level, step

WATCH_LOCK = 0x77617463
"""Advisory lock of the watcher ("watc")."""
MOST_LINES = 50_000
"""Lines looked at in one round, the newest: a day of a thousand operators is less."""
HISTORY = timedelta(days=14)
LONGEST_FINDING = 500
ACCOUNT = re.compile(r"(?:account )?(\d{1,10})")
CUSTOMER = re.compile(r"customer (\d{1,10})")
HONEY: ColumnElement[bool] = text("flags @> '[\"honey\"]'::jsonb")  # type: ignore[assignment]
"""Spelled as in the partial indexes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert, as its page shows it."""

    alert_id: int
    rule: str
    title: str
    user_id: int
    user: str
    detail: str
    value: int
    raise_at: int
    raised_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    finding: str
    blocks: bool


async def rules(db: AsyncConnection) -> list[Rule]:
    """Return the rules that are on."""
    query = select(alert_rules).where(alert_rules.c.enabled).order_by(alert_rules.c.code)
    return [_rule(row) for row in await db.execute(query)]


async def newcomers(db: AsyncConnection, after: int) -> tuple[int, set[int]]:
    """Return the newest line's number, and who did something watched since another one.

    A line whose transaction ends after that of a later number is missed here; a look at everybody finds it.
    """
    newest = (await db.execute(select(func.max(access_log.c.id)))).scalar_one() or 0
    query = (
        select(access_log.c.user_id)
        .distinct()
        .where(
            access_log.c.id > max(after, newest - MOST_LINES),
            access_log.c.user_id.is_not(None),
            access_log.c.action.in_(sorted(WATCHED)),
        )
    )
    return newest, set((await db.execute(query)).scalars())


async def look(
    db: Writing, now: datetime, zone: tzinfo, people: Collection[int] | None = None
) -> list[tuple[Step, Level]]:
    """Hold the log against the rules once; returns what was raised and what is over.

    Nothing is done while another watcher is at it.

    Args:
        db: a transaction of its own.
        now: the present moment.
        zone: of the utility, for hours of the day.
        people: only these, who did something just now; None: everybody.
    """
    if not (await db.execute(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": WATCH_LOCK})).scalar_one():
        return []
    known = await rules(db)
    if not known:
        return []
    lines = await _lines(db, now - max(rule.window for rule in known), now, people)
    standing = await _standing(db)
    if people is None:
        people = {*lines, *(user_id for _, user_id in standing)}
    roles = await _roles(db, people)
    usual = await _usual(db, known, lines, now)
    told: list[tuple[Step, Level]] = []
    for user_id in sorted(people):
        for rule in known:
            if rule.role not in {"", roles.get(user_id, "")}:
                continue
            here = level(rule, user_id, lines.get(user_id, []), usual.get(user_id, 0.0), now, zone)
            what = step((rule.code, user_id) in standing, here)
            if what is not None and await _carry_out(db, what, here, standing, now):
                told.append((what, here))
    return told


async def listing(
    db: AsyncConnection, *, everything: bool = False, before: int | None = None, limit: int = 50
) -> list[Alert]:
    """Return alerts, the newest first; only those nobody has acknowledged unless everything is asked for."""
    by = users.alias("by")
    query = (
        select(
            alerts,
            alert_rules.c.title,
            alert_rules.c.blocks,
            users.c.name.label("user"),
            func.coalesce(by.c.name, "").label("by"),
        )
        .join(alert_rules, alert_rules.c.code == alerts.c.rule)
        .join(users, users.c.id == alerts.c.user_id)
        .outerjoin(by, by.c.id == alerts.c.acknowledged_by)
        .order_by(alerts.c.id.desc())
        .limit(limit)
    )
    if not everything:
        query = query.where(alerts.c.acknowledged_at.is_(None))
    if before is not None:
        query = query.where(alerts.c.id < before)
    return [_alert(row) for row in await db.execute(query)]


async def acknowledge(db: Writing, alert_id: int, by: int, finding: str, now: datetime) -> Alert:
    """Say of an alert what it was; the first word stays.

    Raises:
        NoSuchAlert: there is no such alert that nobody has acknowledged.
        NotYours: it is about the person himself.
    """
    query = select(alerts.c.user_id).where(alerts.c.id == alert_id, alerts.c.acknowledged_at.is_(None))
    row = (await db.execute(query.with_for_update())).one_or_none()
    if row is None:
        raise NoSuchAlert(f"there is no open alert {alert_id}")
    if row.user_id == by:
        raise NotYours("an alert is acknowledged by somebody else")
    said = storable(finding.strip(), LONGEST_FINDING)
    change = update(alerts).where(alerts.c.id == alert_id)
    await db.execute(change.values(acknowledged_at=now, acknowledged_by=by, finding=said))
    found = await listing(db, everything=True, before=alert_id + 1, limit=1)
    return found[0]


async def count_open(db: AsyncConnection) -> int:
    """Return how many alerts nobody has acknowledged."""
    query = select(func.count()).select_from(alerts).where(alerts.c.acknowledged_at.is_(None))
    return int((await db.execute(query)).scalar_one())


async def _lines(
    db: AsyncConnection, since: datetime, now: datetime, people: Collection[int] | None
) -> dict[int, list[Seen]]:
    """Return what rules look at, by person, the oldest first."""
    query = (
        select(
            access_log.c.id,
            access_log.c.at,
            access_log.c.user_id,
            access_log.c.action,
            access_log.c.object,
            access_log.c.contact_id,
        )
        .where(
            access_log.c.at > since,
            access_log.c.at <= now,
            access_log.c.user_id.is_not(None),
            access_log.c.result == log_store.DONE,
            access_log.c.action.in_(sorted(WATCHED)),
        )
        .order_by(access_log.c.at.desc(), access_log.c.id.desc())
        .limit(MOST_LINES)
    )
    if people is not None:
        query = query.where(access_log.c.user_id.in_(sorted(people)))
    rows = (await db.execute(query)).all()
    honey = await _honey(db)
    firsts = await _firsts(db, {key for row in rows if (key := _key_of(CUSTOMER, row.object))})
    found: dict[int, list[Seen]] = defaultdict(list)
    for row in reversed(rows):
        account = _key_of(ACCOUNT, row.object) or firsts.get(_key_of(CUSTOMER, row.object) or 0)
        found[row.user_id].append(
            Seen(
                at=row.at,
                action=row.action,
                account_id=account,
                with_call=bool(row.contact_id),
                honey=account in honey,
            )
        )
    return dict(found)


def _key_of(pattern: re.Pattern[str], object_: str) -> int | None:
    """Return the account, or the customer, that a line of the log is about; None when it is about something else."""
    found = pattern.fullmatch(object_)
    return int(found[1]) if found else None


async def _firsts(db: AsyncConnection, owners: Collection[int]) -> Mapping[int, int]:
    """Return the first account of each customer: who looks at all of one looked at one card."""
    if not owners:
        return {}
    query = (
        select(accounts.c.customer_id, func.min(accounts.c.id))
        .where(accounts.c.customer_id == func.any(bindparam("owners", sorted(owners))))
        .group_by(accounts.c.customer_id)
    )
    return {row[0]: row[1] for row in await db.execute(query)}


async def _honey(db: AsyncConnection) -> frozenset[int]:
    bait = select(customers.c.id).where(HONEY)
    query = select(accounts.c.id).where(accounts.c.customer_id.in_(bait))
    own = select(accounts.c.id).where(HONEY)
    return frozenset((await db.execute(query.union(own))).scalars())


async def _standing(db: AsyncConnection) -> Mapping[tuple[str, int], int]:
    query = select(alerts.c.rule, alerts.c.user_id, alerts.c.value).where(alerts.c.cleared_at.is_(None))
    return {(row.rule, row.user_id): row.value for row in await db.execute(query)}


async def _roles(db: AsyncConnection, people: Iterable[int]) -> Mapping[int, str]:
    query = select(users.c.id, users.c.role).where(users.c.id.in_(sorted(people)))
    return {row.id: row.role for row in await db.execute(query)}


async def _usual(
    db: AsyncConnection, known: Sequence[Rule], lines: Mapping[int, Sequence[Seen]], now: datetime
) -> Mapping[int, float]:
    """Return the usual distinct cards an hour of those for whom it may matter: who views much now."""
    least = min((rule.own_least for rule in known if rule.own_factor), default=0)
    many = [user_id for user_id, seen in lines.items() if least and len(seen) >= least]
    if not many:
        return {}
    an_hour = func.date_trunc("hour", access_log.c.at)
    hours = (
        select(access_log.c.user_id, func.count(access_log.c.object.distinct()).label("cards"))
        .where(
            access_log.c.user_id == func.any(bindparam("people", many)),
            access_log.c.action == "card.viewed",
            access_log.c.at > now - HISTORY,
            access_log.c.at < now - timedelta(hours=1),
        )
        .group_by(access_log.c.user_id, an_hour)
        .subquery()
    )
    query = select(hours.c.user_id, func.avg(hours.c.cards).label("usual")).group_by(hours.c.user_id)
    return {row.user_id: float(row.usual) for row in await db.execute(query)}


async def _carry_out(
    db: Writing, what: Step, here: Level, standing: Mapping[tuple[str, int], int], now: datetime
) -> bool:
    """Write down what happens to an alert; False when nobody need hear of it."""
    mine = update(alerts).where(
        alerts.c.rule == here.rule, alerts.c.user_id == here.user_id, alerts.c.cleared_at.is_(None)
    )
    match what:
        case Step.RAISED:
            row = upsert(alerts).values(
                rule=here.rule,
                user_id=here.user_id,
                detail=here.detail,
                value=here.value,
                raise_at=here.raise_at,
                raised_at=now,
            )
            await db.execute(
                row.on_conflict_do_nothing(index_elements=["rule", "user_id"], index_where=text("cleared_at is null"))
            )
            said = f"{here.rule}: {here.value} of {here.raise_at}, {here.detail}"
            await log_store.record(db, None, "alert.raised", f"user {here.user_id}", said)
            return True
        case Step.GREW:
            if here.value > standing[here.rule, here.user_id]:
                await db.execute(mine.values(value=here.value))
            return False
        case Step.CLEARED:
            await db.execute(mine.values(cleared_at=now))
            return True


def _rule(row: Row[*tuple[Any, ...]]) -> Rule:
    return Rule(
        code=row.code,
        kind=Kind(row.kind),
        role=row.role,
        window=timedelta(minutes=row.window_minutes),
        raise_at=row.raise_at,
        clear_at=row.clear_at,
        own_factor=row.own_factor,
        own_least=row.own_least,
        from_hour=row.from_hour,
        to_hour=row.to_hour,
        blocks=row.blocks,
    )


def _alert(row: Row[*tuple[Any, ...]]) -> Alert:
    return Alert(
        alert_id=row.id,
        rule=row.rule,
        title=row.title,
        user_id=row.user_id,
        user=row.user,
        detail=row.detail,
        value=row.value,
        raise_at=row.raise_at,
        raised_at=row.raised_at,
        cleared_at=row.cleared_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.by,
        finding=row.finding,
        blocks=row.blocks,
    )
