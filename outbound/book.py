"""The book that the dialler goes by: campaigns and law as they are on record, attempts written and settled (shell).

It decides nothing: what is read becomes values of `dialler`, `gate` and `retry`, and what they say is written.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.recordings import Rule
from crm_core.settings import Settings
from crm_core.store import (
    ledger_promises,
    outbound_attempts,
    outbound_campaigns,
    outbound_due,
    outbound_running,
    recording_rules,
    tasks,
)
from crm_core.store.outbound_attempts import EndedAttempt, NewAttempt
from crm_core.store.outbound_campaigns import Campaign
from crm_core.work.forms import Site
from outbound import caps, facts, profiles, retry
from outbound.attempt import Attempt
from outbound.dialler import Call, Ground, Later, Running
from outbound.gate import House
from outbound.history import Abandoned, Answered, Connected, Fact, Talked, Unanswered
from outbound.law.profile import Profile
from outbound.outcome import Heard
from outbound.terms import Channel, Contacted, Klass, Mode, Outcome
from routing.outlook import Outlook

MOST_PAST = 20_000
"""Calls of a campaign that its pacing is reminded of at a start."""
PTP = "PTP"
"""Disposition of who promised to pay."""
log = logging.getLogger(__name__)


# --- read -------------------------------------------------------------------------------------------------------


async def running(db: AsyncConnection, settings: Settings, now: datetime) -> list[Running]:
    """Return the campaigns that call now, in the order in which they are served.

    One whose law or rules cannot be read calls nobody, and the log says so.
    """
    laws = await profiles.in_force(db)
    found = []
    for one in await outbound_campaigns.running(db):
        if one.channel != Channel.CALL or one.mode == Mode.MESSAGE:
            continue
        try:
            found.append(_running(one, laws[one.profile], settings, now))
        except (KeyError, retry.RetryError) as error:
            log.warning("campaign %d calls nobody: %s", one.campaign_id, error)
    return found


def _running(one: Campaign, profile: Profile, settings: Settings, now: datetime) -> Running:
    return Running(
        campaign_id=one.campaign_id,
        name=one.name,
        mode=Mode(one.mode),
        priority=one.priority,
        profile=profile,
        campaigning=facts.campaigning(one, settings.time_zone, now),
        skills=one.skills,
        lines=one.lines,
        caller_id=one.caller_id,
        language=one.language or settings.languages[0],
        cap=float(one.cap) / 100,
        grace=timedelta(milliseconds=one.grace_ms),
        ring=timedelta(seconds=one.ring_seconds),
        read=timedelta(seconds=one.read_seconds),
        detect=one.detects_machines,
        retries=facts.retries(one),
    )


HOUSE_LAW: Mapping[str, str] = {"RU": "RU-230", "US": "US", "GB": "UK", "IN": "IN", "KZ": "KZ"}
"""Contact law of calls that are of no campaign, by the country of the house."""


async def law(db: AsyncConnection, country: str) -> Profile:
    """Return the contact law by which operators call by hand.

    Raises:
        ProfileError: a text that is published cannot be read.

    """
    return (await profiles.in_force(db))[HOUSE_LAW.get(country, "none")]


def house(floor: Outlook, settings: Settings) -> House:
    """Return what the house says of numbers: ours may be shown, and are not dialled."""
    trunks = [one for there in (floor.outward or {}).values() for one in there]
    shown = {one.number for one in trunks} | {settings.outward_number}
    ours = shown | {number for one in trunks for number in one.numbers} | {settings.master_extension}
    return House(
        country=settings.country,
        countries=frozenset(settings.outward_countries),
        ours=frozenset(ours - {""}),
        caller_ids=frozenset(shown - {""}),
        on_the_line=floor.callers,
    )


async def ground(  # noqa: PLR0913, PLR0917 - of whom, by what law
    db: AsyncConnection,
    debtors: Sequence[outbound_due.DebtorFacts],
    profile: Profile,
    rules: House,
    now: datetime,
    own: datetime | None = None,
) -> Ground:
    """Return what the gate goes by for these debtors: every earlier contact as far back as the law looks.

    Args:
        db: a connection.
        debtors: whom.
        profile: the law.
        rules: of the house.
        now: UTC.
        own: when the attempt was planned that is asked for once more; it does not stand in its own way.

    """
    contacts: dict[int, list[Contacted]] = defaultdict(list)
    customers = sorted({one.customer_id for one in debtors})
    for one in await outbound_due.contacts_of(db, customers, now - profile.looks_back) if customers else ():
        if one.at != own or one.outcome:
            contacts[one.customer_id].append(facts.contacted(one))
    numbers = sorted({number.number for one in debtors for number in one.numbers})
    sent = await outbound_running.dialled(db, numbers, now - caps.DAY) if numbers else {}
    to_number = {number: [at for at in times if at != own] for number, times in sent.items()}
    since = await outbound_running.so_many_back(db, caps.Caps().house_day, now - caps.DAY)
    return Ground(house=rules, contacts=contacts, now=now, to_number=to_number, house_since=since)


async def rules_of_recording(db: AsyncConnection) -> tuple[Rule, ...]:
    """Return the rules by which talks are recorded now."""
    return tuple(one.rule for one in await recording_rules.standing(db))


async def history(db: AsyncConnection, one: Running, now: datetime) -> list[Fact]:
    """Return what a campaign has lived through in the window of its law, as its pacing learns it, in order."""
    since = now - max(one.profile.abandonment.window, timedelta(days=1))
    found: list[Fact] = []
    for call in await outbound_running.past_calls(db, one.campaign_id, since, MOST_PAST):
        found += _lived(call)
    return sorted(found, key=lambda fact: fact.at)


def _lived(call: outbound_running.PastCall) -> list[Fact]:
    if call.answered_at is None:
        if call.outcome in {Outcome.CANCELLED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.CONGESTION}:
            return []
        seconds = (call.ended_at - call.planned_at).total_seconds()
        return [Unanswered(at=call.ended_at, segment="", seconds=seconds)]
    seconds, person = (call.answered_at - call.planned_at).total_seconds(), call.outcome != Outcome.MACHINE
    found: list[Fact] = [Answered(at=call.answered_at, segment="", seconds=seconds, person=person)]
    if call.outcome == Outcome.ABANDONED:
        found.append(Abandoned(at=call.ended_at))
    elif call.talking_at is not None and call.operator_id is not None:
        found.append(Connected(at=call.talking_at, operator=call.operator_id))
        found.append(Talked(at=call.ended_at, operator=call.operator_id))
    return found


# --- written ----------------------------------------------------------------------------------------------------


async def take(db: Writing, call: Call, mode: Mode, leg: str, why: Mapping[str, Any], now: datetime) -> int | None:  # noqa: PLR0913, PLR0917 - an attempt's row
    """Put a call on record before it leaves; None when somebody else has the debtor, or he is not to be called."""
    return await outbound_attempts.take(
        db,
        call.row_id,
        NewAttempt(
            campaign_id=None if call.campaign is None else call.campaign.campaign_id,
            account_id=call.debtor.account_id,
            customer_id=call.debtor.customer_id,
            number=call.number,
            call_id=leg,
            mode=mode,
            policy=call.policy,
            planned_at=now,
            zones=call.debtor.zones,
            allowed_until=call.until,
            node=call.way.node,
            trunk=call.way.trunk.name,
            caller_id=call.shown,
            operator_id=call.operator_id,
            why=why,
        ),
    )


async def put_off(db: Writing, rows: Sequence[Later], now: datetime) -> None:
    """Write down why rows are not tried now."""
    told = [
        outbound_attempts.PutOff(
            row_id=one.row_id,
            klass=one.klass,
            reasons=tuple(one.reasons),
            next_at=one.next_at,
            policy=one.policy,
        )
        for one in rows
    ]
    await outbound_attempts.put_off(db, told, now)


PROMISED_DAYS = 3
"""The voice notice says so (ivr/wordings)."""


async def answered(  # noqa: PLR0913, PLR0917 - who answered what, and when
    db: Writing, attempt: Attempt, call_id: str, disposition: str, settings: Settings, now: datetime
) -> None:
    """Put on record what he answered to a voice notice: a promise by the rules of the ledger, or a task to look for it.

    Args:
        db: a transaction.
        attempt: his.
        call_id: of the call.
        disposition: `PTP` or `ALREADY_PAID`.
        settings: of this house.
        now: UTC.

    """
    site = Site(country=settings.country, time_zone=settings.time_zone)
    if disposition == PTP:
        known = await outbound_due.debtors(db, [attempt.account_id], now)
        due_on = site.today(now) + timedelta(days=PROMISED_DAYS)
        if known and known[0].owed > 0:
            amount = known[0].overdue or known[0].owed
            new = ledger_promises.NewPromise(amount=amount, due_on=due_on, by=None, call_id=call_id)
            await ledger_promises.promise(db, attempt.account_id, new)
        return
    task = tasks.NewTask(
        kind="check", title="Already paid", account_id=attempt.account_id, owner_id=None, team="billing",
        due_at=now + timedelta(days=1), source="contact", once=f"notice:{call_id}",
        facts={"result": disposition, "call_id": call_id}, made_by=None,
    )  # fmt: skip
    await tasks.add(db, [task], now)


async def settle(
    db: Writing, attempt: Attempt, row_id: int | None, rules: retry.Rules | None, disposition: str = ""
) -> str | None:
    """Put on record how an attempt ended and what follows for its row.

    Args:
        db: a transaction.
        attempt: ended.
        row_id: of the list; None when it was dialled by hand.
        rules: of the campaign; None for those that hold unless it says otherwise.
        disposition: what he answered to a voice notice.

    Returns:
        The row's class, "" without a row, None when it was settled before.

    """
    ended_at, outcome = attempt.ended_at or attempt.planned_at, attempt.outcome or Outcome.UNKNOWN
    klass, next_at, number = Klass.WAITING, None, ""
    if row_id is not None:
        klass, next_at, number = await _follows(db, attempt, row_id, rules or retry.Rules(), outcome, ended_at)
    if attempt.cancelled:
        await outbound_running.called_off(db, attempt.attempt_id, attempt.cancelled)
    ended = EndedAttempt(
        at=ended_at,
        outcome=outcome,
        cause=attempt.cause or None,
        sip_code=attempt.sip_code or None,
        disposition=disposition,
        operator_id=attempt.operator_id,
    )
    return await outbound_attempts.settle(db, attempt.attempt_id, ended, klass, next_at, number)


async def _follows(  # noqa: PLR0913, PLR0917 - what was tried, by which rules
    db: Writing, attempt: Attempt, row_id: int, rules: retry.Rules, outcome: Outcome, at: datetime
) -> tuple[Klass, datetime | None, str]:
    known = await outbound_due.debtors(db, [attempt.account_id], at)
    reach = facts.reach(known[0]) if known else retry.Reach((), facts.UNKNOWN_ZONE)
    before = [
        retry.Tried(one.number, Outcome(one.outcome), one.at)
        for one in await outbound_running.tried(db, row_id)
        if one.outcome in set(Outcome)
    ]
    tried = [*before, retry.Tried(attempt.number, outcome, attempt.planned_at)]
    heard = retry.Talk(right_party=True) if attempt.notice is Heard.WHOLE and outcome is Outcome.NOTICE_HEARD else None
    answer = retry.next_try(tried, reach, rules, at, heard)
    if isinstance(answer, retry.Again):
        return Klass.WAITING, answer.at, answer.number
    if outcome is Outcome.UNKNOWN:
        # Waiting for a person, not for a time: nothing brings it back by itself.
        return Klass.BLOCKED_BY_LAW, None, ""
    return answer.klass, None, ""
