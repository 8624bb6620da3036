"""The ledger of a campaign: how many stand where, what happened when, each row down to its attempts (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from sqlalchemy import Row, and_, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.errors import NoSuchCampaign
from crm_core.tables import (
    accounts,
    attempts,
    campaign_row_events,
    campaign_rows,
    campaigns,
    customers,
    premises,
    recordings,
    users,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """A row of a list, as pages show it."""

    row_id: int
    campaign_id: int
    campaign: str
    account_id: int
    account: str
    """Its number."""
    customer_id: int
    customer: str
    zone: str
    klass: str
    classed_at: datetime
    priority: int
    next_at: datetime
    tries: int
    reasons: tuple[str, ...]
    policy: str
    note: str
    paid_at: datetime | None
    removed_at: datetime | None
    list_id: int
    last_at: datetime | None
    """When he was tried last."""
    last_outcome: str
    last_disposition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEvent:
    """A change of a row's class, or of the reasons why it may not be called."""

    at: datetime
    before: str
    after: str
    reasons: tuple[str, ...]
    policy: str
    next_at: datetime | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A recording of a call."""

    recording_id: int
    began_at: datetime
    seconds: float
    sha256: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptShown:
    """An attempt, as a row explains itself by it."""

    attempt_id: int
    campaign_id: int | None
    campaign: str
    mode: str
    channel: str
    number: str
    zones: tuple[str, ...]
    state: str
    call_id: str
    trunk: str
    caller_id: str
    operator: str
    planned_at: datetime
    placed_at: datetime | None
    answered_at: datetime | None
    talking_at: datetime | None
    ended_at: datetime | None
    outcome: str
    cause: int | None
    sip_code: int | None
    disposition: str
    policy: str
    why: Mapping[str, Any]
    sounds: tuple[Sound, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What a campaign did in an hour or a day."""

    at: datetime
    """Its beginning, UTC."""
    attempts: int
    answered: int
    talks: int
    abandoned: int
    reached: int
    """Rows whose right party was reached in it."""
    done: int
    """Rows that got their last word in it."""


async def counts(db: AsyncConnection, campaign_id: int) -> dict[str, int]:
    """Return how many rows are in each class; one statement, so they sum to the list at that moment."""
    query = (
        select(campaign_rows.c.klass, func.count())
        .where(campaign_rows.c.campaign_id == campaign_id)
        .group_by(campaign_rows.c.klass)
    )
    return {klass: int(many) for klass, many in await db.execute(query)}


async def counts_of(db: AsyncConnection, campaign_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return the same of several campaigns."""
    query = (
        select(campaign_rows.c.campaign_id, campaign_rows.c.klass, func.count())
        .where(campaign_rows.c.campaign_id.in_(list(campaign_ids)))
        .group_by(campaign_rows.c.campaign_id, campaign_rows.c.klass)
    )
    found: dict[int, dict[str, int]] = {key: {} for key in campaign_ids}
    for campaign_id, klass, many in await db.execute(query):
        found[campaign_id][klass] = int(many)
    return found


async def reasons(db: AsyncConnection, campaign_id: int) -> dict[str, int]:
    """Return how many rows that wait or are blocked were last refused for each reason."""
    one = func.unnest(campaign_rows.c.reasons).label("reason")
    asked = select(one).where(
        campaign_rows.c.campaign_id == campaign_id, campaign_rows.c.klass.in_(["waiting", "blocked_by_law"])
    )
    each = asked.subquery()
    query = select(each.c.reason, func.count()).group_by(each.c.reason).order_by(func.count().desc())
    return {reason: int(many) for reason, many in await db.execute(query)}


OVER_TIME: LiteralString = """
with calls as (
    select date_trunc(%(unit)s, planned_at, %(zone)s) as at, count(*) as attempts,
           count(answered_at) as answered, count(talking_at) as talks,
           count(*) filter (where outcome = 'abandoned') as abandoned
      from attempts where campaign_id = %(campaign)s and planned_at >= %(since)s group by 1
), words as (
    select date_trunc(%(unit)s, classed_at, %(zone)s) as at,
           count(*) filter (where klass = 'reached_right_party') as reached, count(*) as done
      from campaign_rows
     where campaign_id = %(campaign)s and classed_at >= %(since)s
       and klass not in ('waiting', 'in_work', 'blocked_by_law') group by 1
)
select coalesce(c.at, w.at) as at, coalesce(attempts, 0) as attempts, coalesce(answered, 0) as answered,
       coalesce(talks, 0) as talks, coalesce(abandoned, 0) as abandoned, coalesce(reached, 0) as reached,
       coalesce(done, 0) as done
  from calls c full join words w on w.at = c.at order by 1
"""


async def over_time(
    db: AsyncConnection, campaign_id: int, since: datetime, *, unit: str = "day", zone: str = "UTC"
) -> list[Stretch]:
    """Return what a campaign did, stretch by stretch; those in which nothing happened are left out.

    Args:
        db: a connection.
        campaign_id: which.
        since: UTC.
        unit: `hour` or `day`.
        zone: where days begin, IANA.

    """
    asked = {"campaign": campaign_id, "since": since, "unit": "hour" if unit == "hour" else "day", "zone": zone}
    return [
        Stretch(
            at=row.at,
            attempts=row.attempts,
            answered=row.answered,
            talks=row.talks,
            abandoned=row.abandoned,
            reached=row.reached,
            done=row.done,
        )
        for row in await db.exec_driver_sql(OVER_TIME, asked)
    ]


_last = (
    select(attempts.c.planned_at, attempts.c.outcome, attempts.c.disposition)
    .where(attempts.c.row_id == campaign_rows.c.id)
    .order_by(attempts.c.id.desc())
    .limit(1)
    .lateral("last")
)
_rows = (
    select(
        campaign_rows,
        _last.c.planned_at.label("last_at"),
        _last.c.outcome.label("last_outcome"),
        _last.c.disposition.label("last_disposition"),
        campaigns.c.name.label("campaign"),
        accounts.c.number.label("account"),
        accounts.c.customer_id,
        customers.c.name.label("customer"),
        premises.c.time_zone.label("zone"),
    )
    .join(campaigns, campaigns.c.id == campaign_rows.c.campaign_id)
    .join(accounts, accounts.c.id == campaign_rows.c.account_id)
    .join(customers, customers.c.id == accounts.c.customer_id)
    .join(premises, premises.c.id == accounts.c.premises_id)
    .outerjoin(_last, true())
)


async def rows(  # noqa: PLR0913 -- which of them
    db: AsyncConnection, campaign_id: int, *, klass: str = "", account: str = "", after: int = 0, limit: int = 50
) -> list[LedgerRow]:
    """Return rows of a list by key, from behind `after` on; of one class, or of one account's number."""
    query = _rows.where(campaign_rows.c.campaign_id == campaign_id, campaign_rows.c.id > after)
    if klass:
        query = query.where(campaign_rows.c.klass == klass)
    if account:
        query = query.where(accounts.c.number == account)
    return [_row(row) for row in await db.execute(query.order_by(campaign_rows.c.id).limit(limit))]


async def one_row(db: AsyncConnection, campaign_id: int, account_id: int) -> LedgerRow:
    """Return the row of an account on a campaign's list.

    Raises:
        NoSuchCampaign: it is not on this list.

    """
    this = campaign_rows.c.campaign_id == campaign_id, campaign_rows.c.account_id == account_id
    row = (await db.execute(_rows.where(*this))).one_or_none()
    if row is None:
        raise NoSuchCampaign(f"account {account_id} is not on the list of campaign {campaign_id}")
    return _row(row)


def _row(row: Row[Any]) -> LedgerRow:
    return LedgerRow(
        row_id=row.id,
        campaign_id=row.campaign_id,
        campaign=row.campaign,
        account_id=row.account_id,
        account=row.account,
        customer_id=row.customer_id,
        customer=row.customer,
        zone=row.zone,
        klass=row.klass,
        classed_at=row.classed_at,
        priority=row.priority,
        next_at=row.next_at,
        tries=row.tries,
        reasons=tuple(row.reasons),
        policy=row.policy,
        note=row.note,
        paid_at=row.paid_at,
        removed_at=row.removed_at,
        list_id=row.list_id,
        last_at=row.last_at,
        last_outcome=row.last_outcome or "",
        last_disposition=row.last_disposition or "",
    )


async def events(db: AsyncConnection, row_id: int, limit: int = 500) -> list[RowEvent]:
    """Return what happened to a row, oldest first."""
    newest = (
        select(campaign_row_events, users.c.name.label("person"))
        .outerjoin(users, users.c.id == campaign_row_events.c.by_user)
        .where(campaign_row_events.c.row_id == row_id)
        .order_by(campaign_row_events.c.id.desc())
        .limit(limit)
    )
    return [
        RowEvent(
            at=row.at,
            before=row.before,
            after=row.after,
            reasons=tuple(row.reasons),
            policy=row.policy,
            next_at=row.next_at,
            by=row.person or "",
        )
        for row in reversed((await db.execute(newest)).all())
    ]


async def attempts_of(db: AsyncConnection, *, account_id: int, after: int = 0, limit: int = 500) -> list[AttemptShown]:
    """Return attempts about an account, in all campaigns and by hand, oldest first, with their recordings.

    Args:
        db: a connection.
        account_id: whose.
        after: key of the last one of the page before; 0 at the beginning.
        limit: at most so many.

    """
    query = (
        select(attempts, campaigns.c.name.label("campaign"), users.c.name.label("operator"))
        .outerjoin(campaigns, campaigns.c.id == attempts.c.campaign_id)
        .outerjoin(users, users.c.id == attempts.c.operator_id)
        .where(attempts.c.account_id == account_id, attempts.c.id > after)
        .order_by(attempts.c.id)
        .limit(limit)
    )
    found = (await db.execute(query)).all()
    sounds = await _sounds(db, [row.call_id for row in found])
    return [_attempt(row, sounds.get(row.call_id, ())) for row in found]


async def _sounds(db: AsyncConnection, call_ids: Sequence[str]) -> dict[str, tuple[Sound, ...]]:
    heard = and_(recordings.c.call_id.in_(list(call_ids)), recordings.c.sha256 != "")
    query = select(recordings).where(heard).order_by(recordings.c.call_id, recordings.c.began_at)
    found: dict[str, tuple[Sound, ...]] = {}
    for row in await db.execute(query):
        one = Sound(recording_id=row.id, began_at=row.began_at, seconds=row.seconds, sha256=row.sha256, state=row.state)
        found[row.call_id] = (*found.get(row.call_id, ()), one)
    return found


def _attempt(row: Row[Any], sounds: tuple[Sound, ...]) -> AttemptShown:
    return AttemptShown(
        attempt_id=row.id,
        campaign_id=row.campaign_id,
        campaign=row.campaign or "",
        mode=row.mode,
        channel=row.channel,
        number=row.number,
        zones=tuple(row.zones),
        state=row.state,
        call_id=row.call_id,
        trunk=row.trunk,
        caller_id=row.caller_id,
        operator=row.operator or "",
        planned_at=row.planned_at,
        placed_at=row.placed_at,
        answered_at=row.answered_at,
        talking_at=row.talking_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        cause=row.cause,
        sip_code=row.sip_code,
        disposition=row.disposition,
        policy=row.policy,
        why=row.why,
        sounds=sounds,
    )
