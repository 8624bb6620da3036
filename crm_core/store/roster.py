"""One list of all work that waits for people: tasks, applications, promises to call back, held readings (shell).

What is due first stands first. Nobody's work vanishes with him: an owner is away when he does not work here any more or
is on approved leave today, and what he has is then offered to his teams.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    String,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.callbacks import LIVE
from crm_core.errors import NoSuchWork
from crm_core.held import HeldState
from crm_core.tables import (
    IS_OPEN,
    TASK_IS_OPEN,
    accounts,
    applications,
    callbacks,
    customers,
    held_readings,
    leave_requests,
    tasks,
    team_members,
    users,
)
from crm_core.workforce.leave import LeaveState

FAR: Final = datetime(9999, 12, 31, tzinfo=UTC)
MOST: Final = 100
COUNTED: Final = 1000
"""More than this is not counted further: a badge says "1,000"."""
CHANNEL: Final = "busbar_roster"


class ItemKind(StrEnum):
    """What kind of work it is."""

    TASK = "task"
    APPLICATION = "application"
    CALLBACK = "callback"
    READING = "reading"


class Whose(StrEnum):
    """Whose work a list shows."""

    MINE = "mine"
    TEAM = "team"
    """Of one's teams, but for one's own."""
    AWAY = "away"
    """Of one's teams, whose owner is not here today."""


GIVEN: Final = frozenset({ItemKind.TASK, ItemKind.APPLICATION})
"""Has an owner, and can be given to somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads the list."""

    user_id: int
    teams: tuple[str, ...]
    shared: frozenset[ItemKind]
    """Work that is everybody's and that he may do: promises to call back, held readings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a page ended."""

    due_at: datetime
    kind: str
    item_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One piece of work."""

    kind: ItemKind
    item_id: int
    code: str
    """What kind of task, application, topic or rule."""
    title: str
    account_id: int | None
    account_number: str
    customer: str
    owner_id: int | None
    owner: str
    owner_away: bool
    team: str
    due_at: datetime | None
    since: datetime
    late: bool

    @property
    def mark(self) -> Mark:
        """Return where a page ends that ends with it."""
        return Mark(due_at=self.due_at or FAR, kind=self.kind.value, item_id=self.item_id)


def _away(today: date) -> Select[Any]:
    on_leave = (
        select(leave_requests.c.operator_id)
        .where(leave_requests.c.state == LeaveState.APPROVED.value)
        .where(leave_requests.c.first <= today, leave_requests.c.last >= today)
    )
    return select(users.c.id).where(or_(~users.c.active, users.c.id.in_(on_leave)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has a piece of work."""

    team: str | None
    away: int | None
    """Its owner, when he is not here today and it is of a team of who asks."""


async def holder(db: AsyncConnection, kind: ItemKind, item_id: int, my_teams: Sequence[str], today: date) -> Holder:
    """Return who has a task or an application.

    Raises:
        NoSuchWork: there is no such piece of work.

    """
    table = tasks if kind is ItemKind.TASK else applications
    mates = select(team_members.c.user_id).where(team_members.c.team.in_(my_teams))
    offered = or_(table.c.team.in_(my_teams), table.c.owner_id.in_(mates)) & table.c.owner_id.in_(_away(today))
    query = select(table.c.team, table.c.owner_id, func.coalesce(offered, False).label("offered"))
    row = (await db.execute(query.where(table.c.id == item_id))).one_or_none()
    if row is None:
        raise NoSuchWork(f"there is no {kind.value} {item_id}")
    return Holder(team=row.team, away=row.owner_id if row.offered else None)


def _owned(owner: ColumnElement[Any], team: ColumnElement[Any], whose: Whose, by: Reader, today: date) -> Any:
    """Return which of what people and teams have a list shows."""
    if whose is Whose.MINE:
        return owner == by.user_id
    mates = select(team_members.c.user_id).where(team_members.c.team.in_(by.teams))
    ours = or_(team.in_(by.teams), owner.in_(mates)) & or_(owner.is_(None), owner != by.user_id)
    return ours if whose is Whose.TEAM else ours & owner.in_(_away(today))


def _arms(whose: Whose, by: Reader, today: date) -> dict[ItemKind, Select[Any]]:
    """Return a query for each kind of work, all with the same columns."""
    t, a, c, h = tasks.c, applications.c, callbacks.c, held_readings.c
    live = c.state.in_([one.value for one in LIVE])
    everybodys = whose is Whose.TEAM
    promised = (c.asked_by == by.user_id) if whose is Whose.MINE else _given(ItemKind.CALLBACK in by.shared, everybodys)
    return {
        ItemKind.TASK: _arm(
            ItemKind.TASK, t.id, t.kind, t.title, t.account_id, t.owner_id, t.team, t.due_at, t.created_at
        ).where(TASK_IS_OPEN, _owned(t.owner_id, t.team, whose, by, today)),
        ItemKind.APPLICATION: _arm(
            ItemKind.APPLICATION, a.id, a.kind, func.concat(a.number, " ", a.title), a.account_id, a.owner_id, a.team,
            a.due_at, func.coalesce(a.filed_at, func.now()),
        ).where(IS_OPEN, _owned(a.owner_id, a.team, whose, by, today)),
        ItemKind.CALLBACK: _arm(
            ItemKind.CALLBACK, c.id, c.topic, c.note, c.account_id, c.asked_by, null(), c.promised_until, c.asked_at
        ).where(live, promised),
        ItemKind.READING: _arm(
            ItemKind.READING, h.id, h.rule, literal(""), h.account_id, null(), null(), null(), h.held_at
        ).where(h.status == HeldState.WAITING.value, _given(ItemKind.READING in by.shared, everybodys)),
    }  # fmt: skip


def _given(may: bool, everybodys: bool) -> ColumnElement[bool]:
    return literal(value=True) if may and everybodys else false()


def _arm(  # noqa: PLR0913, PLR0917 - one row, column by column
    kind: ItemKind, key: Any, code: Any, title: Any, account: Any, owner: Any, team: Any, due: Any, since: Any
) -> Select[Any]:
    return select(
        cast(literal(kind.value), String).label("kind"), key.label("item_id"), cast(code, String).label("code"),
        cast(title, String).label("title"), account.label("account_id"), cast(owner, users.c.id.type).label("owner_id"),
        cast(team, String).label("team"), cast(due, tasks.c.due_at.type).label("due_at"), since.label("since"),
    )  # fmt: skip


async def listing(  # noqa: PLR0913 - whose, for whom, when, and which page
    db: AsyncConnection,
    whose: Whose,
    by: Reader,
    now: datetime,
    today: date,
    *,
    after: Mark | None = None,
    limit: int = 50,
) -> list[Item]:
    """Return a page of work, what is due first before the others, without a due moment last.

    Args:
        db: a connection, `reading` will do.
        whose: which list.
        by: who reads it.
        now: what is late is late now.
        today: at the utility, for who is away.
        after: where the page before ended; None begins.
        limit: at most so many, and at most 100.

    """
    most = min(limit, MOST)
    found = _union([_page(one, after, most) for one in _arms(whose, by, today).values()]).subquery()
    away = found.c.owner_id.in_(_away(today))
    query = (
        select(
            found,
            accounts.c.number.label("account_number"),
            customers.c.name.label("customer"),
            users.c.name.label("owner"),
            func.coalesce(away, False).label("owner_away"),
            func.coalesce(found.c.due_at < now, False).label("late"),
        )
        .outerjoin(accounts, accounts.c.id == found.c.account_id)
        .outerjoin(customers, customers.c.id == accounts.c.customer_id)
        .outerjoin(users, users.c.id == found.c.owner_id)
        .order_by(func.coalesce(found.c.due_at, FAR), found.c.kind, found.c.item_id)
        .limit(most)
    )
    return [_item(row) for row in await db.execute(query)]


def _union(arms: Sequence[Select[Any]]) -> CompoundSelect[Any]:
    return union_all(*(select(one.subquery()) for one in arms))


def _page(arm: Select[Any], after: Mark | None, limit: int) -> Select[Any]:
    one = arm.subquery()
    place = tuple_(func.coalesce(one.c.due_at, FAR), one.c.kind, one.c.item_id)
    query = select(one)
    if after is not None:
        query = query.where(place > tuple_(literal(after.due_at), literal(after.kind), literal(after.item_id)))
    return query.order_by(func.coalesce(one.c.due_at, FAR), one.c.kind, one.c.item_id).limit(limit)


def _item(row: Row[Any]) -> Item:
    return Item(
        kind=ItemKind(row.kind), item_id=row.item_id, code=row.code or "", title=row.title or "",
        account_id=row.account_id, account_number=row.account_number or "", customer=row.customer or "",
        owner_id=row.owner_id, owner=row.owner or "", owner_away=row.owner_away, team=row.team or "",
        due_at=row.due_at, since=row.since, late=row.late,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How much work waits for somebody."""

    mine: int = 0
    late: int = 0
    """Of his own."""


async def counts(db: AsyncConnection, user_ids: Collection[int], now: datetime) -> dict[int, Count]:
    """Return how much each of some people has, in one query; who has nothing is left out."""
    t, a, c = tasks.c, applications.c, callbacks.c
    live = c.state.in_([one.value for one in LIVE])
    arms = (
        select(t.owner_id.label("owner_id"), t.due_at.label("due_at")).where(TASK_IS_OPEN, t.owner_id.in_(user_ids)),
        select(a.owner_id, a.due_at).where(IS_OPEN, a.owner_id.in_(user_ids)),
        select(c.asked_by, c.promised_until).where(live, c.asked_by.in_(user_ids)),
    )
    work = union_all(*arms).subquery()
    late = func.count().filter(work.c.due_at < now)
    query = select(work.c.owner_id, func.count(), late).group_by(work.c.owner_id)
    return {
        owner: Count(mine=min(mine, COUNTED), late=min(overdue, COUNTED))
        for owner, mine, overdue in await db.execute(query)
    }
