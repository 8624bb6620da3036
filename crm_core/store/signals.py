"""Rules that make contacts recur: keeping them, trying them, running them in batches, what they found (shell).

A run is one rule in one period. Its row is locked for each batch, so however many workers look, a batch is done once
and in order; a worker that dies leaves the run where its last batch ended. What was found is unique by rule, account
and period, so asking again finds nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import BadValue, NoSuchSegment, NoSuchWork, SegmentBroken, WorkRefused
from crm_core.store import application_work, segments, signal_sql, teams, working_time
from crm_core.store.signal_sql import Members
from crm_core.tables import accounts, customers, signal_hits, signal_rules, signal_runs, users
from crm_core.text import one_line
from crm_core.work import signals
from crm_core.work.fields import Defect
from crm_core.work.forms import Site
from crm_core.work.signals import Rule, Then
from crm_core.work.sla import Term, Unit, due

BATCH = 20_000
"""Accounts one statement looks at."""
LOOKS, LOOK = 20, 2_500
"""A preview looks at so many ranges of so many accounts, spread over the base."""
SAMPLE = 10
SLOW = "60s"
"""What one batch may take: it reads what nobody else has read for a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A rule as it is kept."""

    rule_id: int
    rule: Rule
    active: bool
    previewed_at: datetime | None
    changed_at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A rule's run in one period."""

    rule_id: int
    period: date
    started_at: datetime
    finished_at: datetime | None
    done_to: int
    last_id: int
    found: int
    capped: bool
    trouble: str
    """Code of what keeps it from going on; "" while nothing does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An account a rule found, and why."""

    hit_id: int
    account_id: int
    account_number: str
    customer: str
    period: date
    at: datetime
    facts: Mapping[str, Any]
    task_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a rule would find now."""

    looked: int
    """Accounts that were looked at, of those the rule looks at."""
    found: int
    of: int
    """Account keys there are; where only a part was looked at, `found` is of that part."""
    whole: bool
    """Everything was looked at."""
    expected: int
    """Of the whole base, by the share found."""
    sample: tuple[Mapping[str, Any], ...]


async def save(
    db: Writing, rule_id: int | None, data: object, by: int, now: datetime
) -> tuple[int | None, tuple[Defect, ...]]:
    """Make a rule or change one. A change switches it off until it was previewed again.

    Returns:
        Its key, or what is wrong with what was given; then nothing was stored.

    Raises:
        NoSuchWork: there is no such rule.
        BadValue: its owner does not work here, or there is no such team.

    """
    rule, defects = signals.read(data)
    if rule is None:
        return None, defects
    if rule.then.task:
        await application_work.fit(db, rule.then.owner_id, rule.then.team)
    try:
        await members(db, rule, now.date())
    except (NoSuchSegment, SegmentBroken):
        return None, (Defect(code="rule-segment", place="segment"),)
    values = {
        "title": one_line(rule.title, 200), "spec": signals.dump(rule), "active": False, "previewed_at": None,
        "by_user": by, "changed_at": now,
    }  # fmt: skip
    if rule_id is None:
        return int(
            (await db.execute(insert(signal_rules).values(values).returning(signal_rules.c.id))).scalar_one()
        ), ()
    known = await _row(db, rule_id, lock=True)
    if known.spec == values["spec"]:
        return rule_id, ()
    await db.execute(update(signal_rules).where(signal_rules.c.id == rule_id).values(values))
    # The period that runs is looked through again by the new rule; who was found stays found.
    await db.execute(
        update(signal_runs)
        .where(signal_runs.c.rule_id == rule_id, signal_runs.c.period == signals.period(now.date(), rule.every))
        .values(done_to=0, finished_at=None, capped=False)
    )
    return rule_id, ()


async def _row(db: AsyncConnection, rule_id: int, *, lock: bool = False) -> Row[*tuple[Any, ...]]:
    query = select(signal_rules).where(signal_rules.c.id == rule_id)
    row = (await db.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise NoSuchWork(f"there is no rule {rule_id}")
    return row


def _rule(row: Row[*tuple[Any, ...]]) -> Rule:
    rule, defects = signals.read(row.spec)
    if rule is None:
        raise BadValue(f"rule {row.id}: {defects[0].code} at {defects[0].place}")
    return rule


async def rules(db: AsyncConnection, *, active: bool = False, before: int | None = None, limit: int = 50) -> list[Kept]:
    """Return a page of rules, the newest first.

    Args:
        db: a connection, `reading` will do.
        active: only those that are on.
        before: key of the last one shown; None begins.
        limit: at most this many, and at most 200.

    """
    r = signal_rules.c
    query = select(signal_rules, users.c.name).outerjoin(users, users.c.id == r.by_user).order_by(r.id.desc())
    if active:
        query = query.where(r.active)
    if before is not None:
        query = query.where(r.id < before)
    return [_kept(row) for row in await db.execute(query.limit(min(limit, 201)))]


async def by_id(db: AsyncConnection, rule_id: int) -> Kept:
    """Return a rule.

    Raises:
        NoSuchWork: there is none.

    """
    query = (
        select(signal_rules, users.c.name)
        .outerjoin(users, users.c.id == signal_rules.c.by_user)
        .where(signal_rules.c.id == rule_id)
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchWork(f"there is no rule {rule_id}")
    return _kept(row)


def _kept(row: Row[*tuple[Any, ...]]) -> Kept:
    return Kept(
        rule_id=row.id, rule=_rule(row), active=row.active, previewed_at=row.previewed_at, changed_at=row.changed_at,
        by=row.name or "",
    )  # fmt: skip


async def switch(db: Writing, rule_id: int, *, active: bool) -> None:
    """Switch a rule on or off.

    Raises:
        NoSuchWork: there is no such rule.
        WorkRefused: it was not previewed as it is now.

    """
    row = await _row(db, rule_id, lock=True)
    if active and row.previewed_at is None:
        raise WorkRefused("preview-first")
    await db.execute(update(signal_rules).where(signal_rules.c.id == rule_id).values(active=active))


async def members(db: AsyncConnection, rule: Rule, day: date) -> Members:
    """Return who belongs to the segment a rule names, as a condition; everybody where it names none.

    Raises:
        NoSuchSegment: there is no such segment.
        SegmentBroken: it asks what is not known any more.

    """
    key = rule.who.segment
    if key is None:
        return signal_sql.EVERYBODY
    tree = await segments.resolved(db, key)
    return signal_sql.members(tree, (await segments.one(db, key)).name, day)


async def preview(db: AsyncConnection, rule: Rule, day: date) -> Preview:
    """Say what a rule would find now: exactly in a small base, by ranges spread over a large one.

    Raises:
        NoSuchSegment: it names a segment that is not there.
        SegmentBroken: its segment asks what is not known any more.

    """
    last = int(await db.scalar(select(func.max(accounts.c.id))) or 0)
    whole = last <= LOOKS * LOOK
    step = LOOK if whole else last // LOOKS
    inside = await members(db, rule, day)
    statement, values = signal_sql.find(rule, inside), signal_sql.values(rule, day, inside)
    looked = found = covered = 0
    sample: list[Mapping[str, Any]] = []
    for low in range(0, last, max(step, 1)):
        high = min(low + LOOK, last)
        more = {"low": low, "high": high, "sample": max(SAMPLE - len(sample), 0)}
        row = (await db.exec_driver_sql(statement, values | more)).one()
        looked, found, covered = looked + row.looked, found + row.found, covered + high - low
        sample += row.sample
    expected = found if whole else round(found * last / max(covered, 1))
    return Preview(looked=looked, found=found, of=last, whole=whole, expected=expected, sample=tuple(sample))


async def previewed(db: Writing, rule_id: int, rule: Rule, now: datetime) -> None:
    """Note that a rule was previewed, if it is still that rule."""
    await db.execute(
        update(signal_rules)
        .where(signal_rules.c.id == rule_id, signal_rules.c.spec == signals.dump(rule))
        .values(previewed_at=now)
    )


async def begin(db: Writing, kept: Kept, site: Site, now: datetime) -> date:
    """Make sure that a rule's run of this period is there; return the period."""
    period = signals.period(site.today(now), kept.rule.every)
    last = int(await db.scalar(select(func.max(accounts.c.id))) or 0)
    new = upsert(signal_runs).values(rule_id=kept.rule_id, period=period, last_id=last, started_at=now, beat_at=now)
    await db.execute(new.on_conflict_do_nothing(index_elements=["rule_id", "period"]))
    return period


Known = dict[int | None, Members]
"""Segments that were worked out before, by their keys: once for all batches of a worker's turn."""


async def batch(  # noqa: PLR0913, PLR0917 -- which run, where, when and how far
    db: Writing,
    rule_id: int,
    period: date,
    site: Site,
    now: datetime,
    size: int = BATCH,
    known: Known | None = None,
) -> Run | None:
    """Do the next batch of a run; None when another worker is at it, it is finished, or the rule is off.

    Args:
        db: the transaction; the run stays locked until it ends.
        rule_id: which rule.
        period: which run of it.
        site: where the utility is.
        now: the present moment.
        size: accounts to look at.
        known: kept by whoever does many batches; filled here.

    Raises:
        NoSuchSegment: the rule names a segment that is not there.
        SegmentBroken: its segment asks what is not known any more.

    """
    known = {} if known is None else known
    locked = (
        select(signal_runs)
        .where(signal_runs.c.rule_id == rule_id, signal_runs.c.period == period, signal_runs.c.finished_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    run = (await db.execute(locked)).one_or_none()
    if run is None:
        return None
    rule_row = await _row(db, rule_id)
    if not rule_row.active:
        return None
    rule = _rule(rule_row)
    if rule.who.segment not in known:
        known[rule.who.segment] = await members(db, rule, site.today(now))
    low, high = run.done_to, min(run.done_to + size, run.last_id)
    span = (low, high, max(rule.limit - run.found, 0))
    inside, left = known[rule.who.segment], span[2]
    hits = await _act(db, rule_id, rule, inside, period, span, site, now) if left and low < high else 0
    capped = hits >= left
    done = capped or high >= run.last_id
    values = {
        "done_to": high, "found": run.found + hits, "capped": capped, "beat_at": now,
        "finished_at": now if done else None, "trouble": "",
    }  # fmt: skip
    await db.execute(update(signal_runs).where(signal_runs.c.id == run.id).values(values))
    return _run((await db.execute(select(signal_runs).where(signal_runs.c.id == run.id))).one())


async def _act(  # noqa: PLR0913, PLR0917 -- one statement's values
    db: Writing,
    rule_id: int,
    rule: Rule,
    inside: Members,
    period: date,
    span: tuple[int, int, int],
    site: Site,
    now: datetime,
) -> int:
    low, high, left = span
    calendar = await working_time.calendar(db, site)
    then = rule.then
    owner_id, people = await _hands(db, then)
    values = signal_sql.values(rule, site.today(now), inside) | {
        "low": low, "high": high, "left": left, "rule_id": rule_id, "period": period, "now": now,
        "title": then.title or rule.title, "rule_title": rule.title, "what": rule.what.value, "task": then.task,
        "owner_id": owner_id, "people": people, "team": then.team or None,
        "due_at": due(calendar, now, Term(amount=then.due_days, unit=Unit.WORKING_DAYS)),
        "set_flag": then.set_flag, "drop_flag": then.drop_flag, "turn": then.turn, "turns": list(signals.TURNS),
    }  # fmt: skip
    await db.exec_driver_sql(f"set local statement_timeout = '{SLOW}'")
    hits = int((await db.exec_driver_sql(signal_sql.act(rule, inside), values)).one().hits)
    if hits and then.task:
        await db.exec_driver_sql(signal_sql.LINK, values)
    return hits


async def _hands(db: AsyncConnection, then: Then) -> tuple[int | None, list[int]]:
    """Return who gets the tasks, or among whom they are shared out; whoever has left since gets none."""
    here = {one.user_id for one in await teams.workers(db)} if then.share or then.owner_id else set()
    if then.owner_id in here:
        return then.owner_id, []
    members = [one.members for one in await teams.everyone(db) if one.code == then.team] if then.share else []
    return None, [user for one in members for user in one if user in here]


async def stuck(db: Writing, rule_id: int, period: date, code: str) -> None:
    """Note why a run cannot go on; its next batch, when there is one, forgets it."""
    change = update(signal_runs).where(signal_runs.c.rule_id == rule_id, signal_runs.c.period == period)
    await db.execute(change.values(trouble=code[:40]))


def _run(row: Row[*tuple[Any, ...]]) -> Run:
    return Run(
        rule_id=row.rule_id, period=row.period, started_at=row.started_at, finished_at=row.finished_at,
        done_to=row.done_to, last_id=row.last_id, found=row.found, capped=row.capped, trouble=row.trouble,
    )  # fmt: skip


async def runs(db: AsyncConnection, rule_id: int, before: date | None = None, limit: int = 24) -> list[Run]:
    """Return a rule's runs, the newest first; `before` is the period of the last one shown."""
    query = select(signal_runs).where(signal_runs.c.rule_id == rule_id).order_by(signal_runs.c.period.desc())
    if before is not None:
        query = query.where(signal_runs.c.period < before)
    return [_run(row) for row in await db.execute(query.limit(min(limit, 201)))]


async def last_runs(db: AsyncConnection, rule_ids: Sequence[int]) -> dict[int, Run]:
    """Return the newest run of each of these rules that has one."""
    r = signal_runs.c
    newest = select(signal_runs).where(r.rule_id.in_(rule_ids)).ext(distinct_on(r.rule_id))
    return {row.rule_id: _run(row) for row in await db.execute(newest.order_by(r.rule_id, r.period.desc()))}


async def hits(
    db: AsyncConnection, *, rule_id: int | None = None, account_id: int | None = None, before: int | None = None,
    limit: int = 50,
) -> list[Hit]:  # fmt: skip
    """Return whom rules found, newest first; of one rule or about one account when asked."""
    h = signal_hits.c
    query = (
        select(signal_hits, accounts.c.number, customers.c.name)
        .join(accounts, accounts.c.id == h.account_id)
        .join(customers, customers.c.id == accounts.c.customer_id)
        .order_by(h.id.desc())
        .limit(min(limit, 100))
    )
    if rule_id is not None:
        query = query.where(h.rule_id == rule_id)
    if account_id is not None:
        query = query.where(h.account_id == account_id)
    if before is not None:
        query = query.where(h.id < before)
    return [
        Hit(
            hit_id=row.id, account_id=row.account_id, account_number=row.number, customer=row.name, period=row.period,
            at=row.at, facts=row.facts, task_id=row.task_id,
        )
        for row in await db.execute(query)
    ]  # fmt: skip
