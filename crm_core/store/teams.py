"""Teams: who is in them, and who hears of what is late (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, func, insert, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Action, Role, may
from crm_core.db import Writing
from crm_core.errors import BadValue
from crm_core.tables import team_members, teams, users
from crm_core.work.fields import CODE, words

WORKERS = tuple(role.value for role in Role if may(role, Action.WORK_TASK))
MOST_MEMBERS = 500
MOST_OPERATORS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team."""

    code: str
    titles: Mapping[str, str]
    lead_id: int | None
    members: tuple[int, ...]
    retired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Somebody who can be given work."""

    user_id: int
    name: str
    role: str


async def everyone(db: AsyncConnection, *, retired: bool = False) -> list[Team]:
    """Return the teams, with the retired ones when asked."""
    members = (
        select(func.array_agg(aggregate_order_by(team_members.c.user_id, team_members.c.user_id)))
        .where(team_members.c.team == teams.c.code)
        .scalar_subquery()
    )
    query = select(teams, members.label("members")).order_by(teams.c.code).limit(200)
    if not retired:
        query = query.where(~teams.c.retired)
    return [
        Team(
            code=row.code,
            titles=row.titles,
            lead_id=row.lead_id,
            members=tuple(row.members or ()),
            retired=row.retired,
        )
        for row in await db.execute(query)
    ]


async def of_user(db: AsyncConnection, user_id: int) -> list[str]:
    """Return the teams somebody is in or leads."""
    mine = select(team_members.c.team).where(team_members.c.user_id == user_id)
    led = select(teams.c.code).where(teams.c.lead_id == user_id, ~teams.c.retired)
    return sorted({row[0] for row in await db.execute(mine.union(led))})


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """An operator, and whether somebody leads him."""

    user_id: int
    skills: tuple[str, ...]
    led: bool
    """He is in a team that this somebody leads or is in, or in no team: then he is everybody's."""


async def led_by(db: AsyncConnection, user_id: int) -> list[Led]:
    """Return the operators who work here, each with whether somebody leads him."""
    open_ones = select(teams.c.code).where(~teams.c.retired)
    mine = select(team_members.c.team).where(team_members.c.user_id == user_id)
    leading = select(teams.c.code).where(teams.c.lead_id == user_id)
    of_him = team_members.c.user_id == users.c.id
    inside = exists().where(of_him, team_members.c.team.in_(open_ones))
    with_me = exists().where(of_him, team_members.c.team.in_(open_ones), team_members.c.team.in_(mine.union(leading)))
    query = (
        select(users.c.id, users.c.skills, or_(~inside, with_me).label("led"))
        .where(users.c.active, users.c.role == Role.OPERATOR.value)
        .order_by(users.c.id)
        .limit(MOST_OPERATORS)
    )
    return [Led(user_id=row.id, skills=tuple(row.skills), led=row.led) for row in await db.execute(query)]


async def workers(db: AsyncConnection) -> list[Worker]:
    """Return who can be given work, by name."""
    query = (
        select(users.c.id, users.c.name, users.c.role)
        .where(users.c.active, users.c.role.in_(WORKERS))
        .order_by(users.c.name, users.c.id)
        .limit(1000)
    )
    return [Worker(user_id=row.id, name=row.name, role=row.role) for row in await db.execute(query)]


async def save(  # noqa: PLR0913 -- one row, column by column
    db: Writing,
    code: str,
    titles: Mapping[str, str],
    *,
    lead_id: int | None,
    members: Sequence[int],
    retired: bool = False,
) -> None:
    """Make a team or change it, with its members.

    Raises:
        BadValue: the code or the title is none, or somebody in it cannot be given work.

    """
    named = words(titles)
    if not CODE.fullmatch(code):
        raise BadValue("code: small Latin letters, digits and _, at most 30, a letter first")
    if not named.get("en"):
        raise BadValue("titles: an English title is needed")
    wanted = {*members, *([lead_id] if lead_id is not None else [])}
    fit = select(users.c.id).where(users.c.id.in_(wanted), users.c.role.in_(WORKERS), users.c.active)
    missing = wanted - {row.id for row in await db.execute(fit)}
    if missing or len(members) > MOST_MEMBERS:
        raise BadValue(f"members: nobody who works here has the number {min(missing, default=0)}")
    new = upsert(teams).values(code=code, titles=named, lead_id=lead_id, retired=retired)
    changed = {name: new.excluded[name] for name in ("titles", "lead_id", "retired")}
    await db.execute(new.on_conflict_do_update(index_elements=["code"], set_=changed))
    await db.execute(delete(team_members).where(team_members.c.team == code))
    if members:
        await db.execute(insert(team_members), [{"team": code, "user_id": one} for one in sorted(set(members))])
