"""Applications: filing one, finding one, lists of them (shell). What is done with them later: `application_work`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchAccount, NoSuchWork
from crm_core.store import kinds, processes_running, work_log, working_time
from crm_core.store.work_log import APPLICATION, Line
from crm_core.tables import IS_OPEN, accounts, application_numbers, applications, customers, meters, users
from crm_core.text import one_line, storable
from crm_core.work.fields import FieldKind
from crm_core.work.forms import Fault, Filled, Site, Stored, judge
from crm_core.work.kinds import Kind, alarms, began, first_alarm
from crm_core.work.lives import Stage
from crm_core.work.sla import WorkCalendar, due

CHANNELS = ("phone", "email", "web", "office", "ivr", "letter")
MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What somebody asks for."""

    account_id: int
    kind: str
    """Code of a kind."""
    values: Mapping[str, object] = field(default_factory=dict)
    """The form, by the code of each field."""
    channel: str = "phone"
    filed_by: int | None = None
    """The user at the screen; None for the IVR and the web."""
    call_id: str | None = None
    once: str = ""
    """What makes the same wish one wish however often it is sent; "" for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """It is on record."""

    application_id: int
    number: str
    due_at: datetime | None
    again: bool = False
    """The same wish was on record already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """The form is not right; nothing was stored."""

    faults: Mapping[str, Fault]
    """By field."""


async def file(db: Writing, filing: Filing, site: Site, now: datetime) -> Filed | Unfit:
    """File an application: the one way in, for desk, office, IVR and web.

    Args:
        db: the transaction.
        filing: what is asked for.
        site: where the utility is.
        now: the present moment, from which its deadline runs.

    Raises:
        NoSuchAccount: there is no such account.
        NoSuchKind: there is no such kind, or it is retired.

    """
    known = await _once(db, filing.once)
    if known is not None:
        return known
    kind_id, kind = await kinds.current(db, filing.kind)
    if (await db.execute(select(accounts.c.id).where(accounts.c.id == filing.account_id))).one_or_none() is None:
        raise NoSuchAccount(f"there is no account {filing.account_id}")
    filled = await judged(db, kind, filing.account_id, filing.values, site, now)
    if not filled.fine:
        return Unfit(faults=filled.faults)
    number = f"A-{site.today(now):%Y}-{await db.scalar(select(application_numbers.next_value())):06d}"
    calendar = await working_time.calendar(db, site)
    values = _values(filing, kind, began(kind, filled.values, now, calendar), calendar, now)
    values |= {"number": number, "kind_id": kind_id, "form": dict(filled.values)}
    new = upsert(applications).values(values)
    row = (
        await db.execute(
            new.on_conflict_do_nothing(index_elements=["once"]).returning(applications.c.id, applications.c.due_at)
        )
    ).one_or_none()
    if row is None:
        # Somebody sent the same wish in the same moment; his transaction has ended, or ours would still wait.
        known = await _once(db, filing.once)
        if known is None:
            raise NoSuchWork("the application was filed and went away in the same moment")
        return known
    line = Line(subject_id=row.id, what="filed", user_id=filing.filed_by, after=number)
    await work_log.add(db, APPLICATION, now, [line])
    await processes_running.begin(db, row.id, kind.code, calendar, now)
    return Filed(application_id=row.id, number=number, due_at=row.due_at)


def _values(filing: Filing, kind: Kind, since: datetime, calendar: WorkCalendar, now: datetime) -> dict[str, Any]:
    """Everything of a new row but its number and form."""
    deadline = None if kind.term is None else due(calendar, since, kind.term)
    alarm = first_alarm(alarms(kind, calendar, now, deadline), now)
    return {
        "account_id": filing.account_id,
        "kind": kind.code,
        "title": kind.titles["en"],
        "stage": Stage.FILED.value,
        "filed_on": calendar.local(now),
        "due_on": last_day(deadline, calendar),
        "channel": filing.channel if filing.channel in CHANNELS else "phone",
        "filed_at": now,
        "filed_by": filing.filed_by,
        "call_id": None if filing.call_id is None else one_line(filing.call_id, 80),
        "team": kind.team or None,
        "due_at": deadline,
        "alarm_at": None if alarm is None else alarm.at,
        "alarm": None if alarm is None else alarm.why,
        "once": storable(filing.once, 80) or None,
    }


async def _once(db: AsyncConnection, once: str) -> Filed | None:
    if not once:
        return None
    query = select(applications).where(applications.c.once == storable(once, 80))
    row = (await db.execute(query)).one_or_none()
    return None if row is None else Filed(application_id=row.id, number=row.number, due_at=row.due_at, again=True)


async def judged(  # noqa: PLR0913, PLR0917 -- a form, whose, and by what
    db: AsyncConnection, kind: Kind, account_id: int, values: Mapping[str, object], site: Site, now: datetime
) -> Filled:
    """Judge a form of a kind, also by what only the base knows: whose meter it is, whether an account exists."""
    filled = judge(kind.fields, values, site.place(now))
    faults = dict(filled.faults)
    for one in kind.fields:
        value = filled.values.get(one.code)
        if value is None:
            continue
        if one.kind is FieldKind.METER:
            query = select(meters.c.id).where(meters.c.account_id == account_id, meters.c.serial == value).limit(1)
            if (await db.execute(query)).one_or_none() is None:
                faults[one.code] = Fault(code="field-foreign-meter")
        elif one.kind is FieldKind.ACCOUNT:
            known = select(accounts.c.id).where(accounts.c.number == value)
            if (await db.execute(known)).one_or_none() is None:
                faults[one.code] = Fault(code="field-not-account")
    return Filled(values=filled.values, faults=faults)


def last_day(deadline: datetime | None, calendar: WorkCalendar) -> date | None:
    """Return the last day something may be done on: the end of a day belongs to it."""
    return None if deadline is None else calendar.local(deadline - timedelta(microseconds=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An application in a list."""

    application_id: int
    number: str
    kind: str
    title: str
    stage: str
    account_id: int
    account_number: str
    customer: str
    filed_on: date
    due_on: date | None
    due_at: datetime | None
    late: bool
    owner_id: int | None
    owner: str
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application(Listed):
    """An application with all that was filed."""

    kind_id: int | None
    form: Mapping[str, Stored]
    channel: str
    filed_at: datetime | None
    filed_by: str
    call_id: str
    waiting_since: datetime | None
    closed_at: datetime | None
    result: str
    language: str
    """Of the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which applications a list shows; an empty part shows all."""

    stages: tuple[str, ...] = ()
    kind: str = ""
    teams: tuple[str, ...] = ()
    owner_id: int | None = None
    nobodys: bool = False
    """Only what nobody has."""
    late: bool = False
    account_id: int | None = None
    number: str = ""
    """Begins with."""
    by_due: bool = False
    """What is due first comes first, only what is open; else the newest."""


def is_late(now: datetime, today: date) -> ColumnElement[bool]:
    """Past its deadline and open; while it waits for the customer its clock stands."""
    a = applications.c
    return and_(
        IS_OPEN,
        case(
            (a.due_at.is_not(None), a.due_at < func.coalesce(a.waiting_since, now)),
            else_=func.coalesce(a.due_on < today, literal(False)),
        ),
    )


def _listed(now: datetime, today: date, *more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            applications,
            is_late(now, today).label("late"),
            accounts.c.number.label("account_number"),
            customers.c.name.label("customer"),
            users.c.name.label("owner"),
            *more,
        )
        .join(accounts, accounts.c.id == applications.c.account_id)
        .join(customers, customers.c.id == accounts.c.customer_id)
        .outerjoin(users, users.c.id == applications.c.owner_id)
    )


def _facts(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "application_id": row.id,
        "number": row.number,
        "kind": row.kind,
        "title": row.title,
        "stage": row.stage,
        "account_id": row.account_id,
        "account_number": row.account_number,
        "customer": row.customer,
        "filed_on": row.filed_on,
        "due_on": row.due_on,
        "due_at": row.due_at,
        "late": row.late,
        "owner_id": row.owner_id,
        "owner": row.owner or "",
        "team": row.team or "",
    }


async def listing(  # noqa: PLR0913, PLR0917 -- which, where, when, and which page of them
    db: AsyncConnection, wanted: Filter, site: Site, now: datetime, after: int | None = None, limit: int = 50
) -> list[Listed]:
    """Return a page of applications.

    Args:
        db: a connection, `reading` will do.
        wanted: which.
        site: where the utility is.
        now: what is late is late now.
        after: key of the last one shown; None begins.
        limit: at most this many, and at most 100.

    """
    a = applications.c
    today = site.today(now)
    query = _listed(now, today).where(*_conditions(wanted, now, today)).limit(min(limit, MOST))
    if wanted.by_due:
        far = date(9999, 12, 31)
        place = tuple_(func.coalesce(a.due_on, far), a.id)
        query = query.where(IS_OPEN).order_by(a.due_on.nulls_last(), a.id)
        if after is not None:
            mark = select(func.coalesce(a.due_on, far), a.id).where(a.id == after).scalar_subquery()
            query = query.where(place > mark)
    else:
        query = query.order_by(a.id.desc())
        if after is not None:
            query = query.where(a.id < after)
    return [Listed(**_facts(row)) for row in await db.execute(query)]


def _conditions(wanted: Filter, now: datetime, today: date) -> list[ColumnElement[bool]]:
    a = applications.c
    found: list[ColumnElement[bool]] = []
    if wanted.stages:
        found.append(a.stage.in_(wanted.stages))
    if wanted.kind:
        found.append(a.kind == wanted.kind)
    if wanted.teams:
        found.append(a.team.in_(wanted.teams))
    if wanted.owner_id is not None:
        found.append(a.owner_id == wanted.owner_id)
    if wanted.nobodys:
        found.append(a.owner_id.is_(None))
    if wanted.account_id is not None:
        found.append(a.account_id == wanted.account_id)
    if wanted.number:
        found.append(a.number.startswith(wanted.number, autoescape=True))
    if wanted.late:
        # The date finds them by an index, the moment decides.
        found += [or_(a.due_on <= today, a.due_on.is_(None)), is_late(now, today)]
    return found


async def by_id(db: AsyncConnection, application_id: int, site: Site, now: datetime) -> Application:
    """Return an application.

    Raises:
        NoSuchWork: there is none.

    """
    filer = users.alias("filer")
    query = (
        _listed(now, site.today(now), filer.c.name.label("filer"), customers.c.language.label("language"))
        .outerjoin(filer, filer.c.id == applications.c.filed_by)
        .where(applications.c.id == application_id)
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchWork(f"there is no application {application_id}")
    return Application(
        **_facts(row),
        kind_id=row.kind_id,
        form=row.form or {},
        channel=row.channel or "",
        filed_at=row.filed_at,
        filed_by=row.filer or "",
        call_id=row.call_id or "",
        waiting_since=row.waiting_since,
        closed_at=row.closed_at,
        result=row.result or "",
        language=row.language,
    )


async def by_number(db: AsyncConnection, number: str) -> int | None:
    """Return the key of the application of a number, None when there is none."""
    return await db.scalar(select(applications.c.id).where(applications.c.number == one_line(number, 20)))
