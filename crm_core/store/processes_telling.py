"""Who is told of a step: tasks for colleagues, a message for the customer (shell)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.processes.process import Moment, Step, Whom
from crm_core.processes.running import Colleague
from crm_core.store import outbound_messages, phone_service, tasks, work_log
from crm_core.store.phone_service import NewLetter
from crm_core.store.tasks import NewTask
from crm_core.store.teams import WORKERS
from crm_core.store.work_log import APPLICATION, Line
from crm_core.tables import accounts, customers, team_members, teams, users

SOURCE = "process"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """An application in a step, as it is told of."""

    application_id: int
    number: str
    kind: str
    title: str
    account_id: int
    owner_id: int | None
    team: str
    filed_by: int | None
    step: Step
    entered_at: datetime
    due_at: datetime | None


async def colleagues(db: AsyncConnection, ids: Collection[int | None]) -> Mapping[int, Colleague]:
    """Return those of some users who can be given work, with their teams."""
    wanted = [one for one in ids if one is not None]
    if not wanted:
        return {}
    query = (
        select(users.c.id, users.c.role, func.array_remove(func.array_agg(team_members.c.team), None).label("teams"))
        .outerjoin(team_members, team_members.c.user_id == users.c.id)
        .where(users.c.id.in_(wanted), users.c.active, users.c.role.in_(WORKERS))
        .group_by(users.c.id, users.c.role)
    )
    return {row.id: Colleague(role=row.role, teams=frozenset(row.teams)) for row in await db.execute(query)}


async def tell(
    db: Writing, moment: Moment, about: Iterable[About], now: datetime, *, unless: int | None = None
) -> None:
    """Make a task for everybody who is to hear of a step; who did it himself (`unless`) need not be told."""
    some = list(about)
    leads = {row.code: row.lead_id for row in await db.execute(select(teams.c.code, teams.c.lead_id))}
    people = await colleagues(db, [key for one in some for key in (one.owner_id, one.filed_by)])
    new = [
        task
        for one in some
        for task in _tasks(moment, one, _lead(one, leads, people), people)
        if task.owner_id != unless or unless is None
    ]
    await tasks.add(db, new, now)


def _lead(one: About, leads: Mapping[str, int | None], people: Mapping[int, Colleague]) -> int | None:
    """The supervisor of the team that has it, else of a team of who has it."""
    owner = people.get(one.owner_id) if one.owner_id is not None else None
    if (lead := leads.get(one.team)) is not None or owner is None:
        return lead
    of_owner = (leads.get(team) for team in sorted(owner.teams))
    return next((found for found in of_owner if found is not None), None)


def _tasks(moment: Moment, one: About, lead: int | None, people: Mapping[int, Colleague]) -> list[NewTask]:
    whom = {who for when, who in one.step.told if when is moment}
    found: dict[int | Whom, NewTask] = {}
    # The lead comes first: who leads and has it himself hears once, and as the lead.
    for who, key in ((Whom.LEAD, lead), (Whom.OWNER, one.owner_id), (Whom.FILER, one.filed_by)):
        if who not in whom or (who is Whom.FILER and key not in people):
            continue
        kind = "other" if moment is Moment.ENTRY else "escalation" if who is Whom.LEAD else "reminder"
        found.setdefault(
            key or who,
            NewTask(
                kind=kind, title=f"{one.number} {one.title}", account_id=one.account_id,
                application_id=one.application_id, owner_id=key, team=one.team or None, due_at=one.due_at,
                source=SOURCE, facts={"why": f"step_{moment}", "number": one.number, "kind": one.kind},
                once=f"step:{one.application_id}:{one.entered_at:%Y%m%d%H%M%S%f}:{moment}:{who}",
            ),
        )  # fmt: skip
    return list(found.values())


async def write(db: Writing, about: About, now: datetime) -> None:
    """Write to the customer that a step begins, where he can be reached so and has not said no to it."""
    message = about.step.message
    if message is None:
        return
    found = (await outbound_messages.addressees(db, [about.account_id])).get(about.account_id)
    places = () if found is None or message.channel in found.withdrawn else found.numbers
    if found is not None and message.channel == "email":
        places = () if "email" in found.withdrawn else found.emails
    if not places:
        return
    query = (
        select(customers.c.language)
        .join(accounts, accounts.c.customer_id == customers.c.id)
        .where(accounts.c.id == about.account_id)
    )
    language = str(await db.scalar(query) or "en")
    body = message.texts.get(language) or message.texts["en"]
    letter = NewLetter(
        channel=message.channel, address=places[0], subject=about.number if message.channel == "email" else "",
        body=body.replace("{number}", about.number), language=language, account_id=about.account_id,
        once=f"step {about.application_id} {about.entered_at:%Y%m%d%H%M%S%f}",
    )  # fmt: skip
    if await phone_service.send_later(db, letter):
        line = Line(subject_id=about.application_id, what="message", after=message.channel, said=letter.body)
        await work_log.add(db, APPLICATION, now, [line])
