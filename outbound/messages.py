"""Reminders by SMS and e-mail: through the same gate as calls, into the outbox (shell around `written` and `judged`).

A campaign of mode `message` writes to each debtor `most_tries` times at most, `BETWEEN` apart. A message is no talk:
who was written to as often as that and did not pay counts as not reached.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.outward import MayCall, judge
from crm_core.settings import Settings
from crm_core.store import outbound_attempts, outbound_due, outbound_messages
from crm_core.store.outbound_attempts import PutOff
from crm_core.store.outbound_campaigns import Campaign
from crm_core.store.outbound_due import DueDebtor
from crm_core.store.outbound_messages import Addressee, NewMessage
from outbound import facts, ledger
from outbound.gate import Campaigning, House, Wanted, ask
from outbound.law.profile import Profile
from outbound.terms import Allowed, Answer, Channel, Contacted, Debtor, Klass, Mode, Reason

BETWEEN: Final = timedelta(days=3)
BATCH, MOST_BATCHES = 200, 50
"""Debtors looked at together; of one campaign in one run."""


def address(one: Addressee, channel: Channel, house: House) -> str:
    """Return where a message goes; "" when there is nowhere."""
    if channel is Channel.EMAIL:
        return next(iter(one.emails), "")
    dialled = (judge(number, house.country, house.countries, house.ours) for number in one.numbers)
    return next((found.number for found in dialled if isinstance(found, MayCall)), "")


def judged(  # noqa: PLR0913, PLR0917 - everything the answer depends on
    due: DueDebtor, to: Addressee, channel: Channel, campaign: Campaigning, contacts: Sequence[Contacted],
    profile: Profile, house: House, now: datetime,
) -> tuple[str, Answer]:  # fmt: skip
    """Ask the gate for a message; returns where it would go, too."""
    where = address(to, channel, house)
    # What he said of calls is said of calls; of this channel he may have said something else.
    bars = {Reason(code) for code in due.debtor.bars if code != Reason.NO_CONSENT}
    if channel.value in to.withdrawn:
        bars.add(Reason.NO_CONSENT)
    debtor = Debtor(
        customer_id=due.debtor.customer_id,
        account_id=due.debtor.account_id,
        number=where,
        zones=due.debtor.zones,
        bars=frozenset(bars),
        consents=due.debtor.consents,
        open_debt=due.debt,
    )
    wanted = Wanted(debtor=debtor, mode=Mode.MESSAGE, channel=channel, campaign=campaign)
    return where, ask(wanted, contacts, profile, house, now)


def written(text: str, due: DueDebtor, account: str, currency: str) -> str:
    """Return a message's text with what is his; nothing but these three names means anything in it."""
    values = {"{name}": due.debtor.name, "{account}": account, "{debt}": f"{due.debt:.2f} {currency}"}
    for name, value in values.items():
        text = text.replace(name, value)
    return text


async def send_due(engine: AsyncEngine, settings: Settings, campaign: Campaign, profile: Profile) -> int:
    """Write to everybody of a campaign who may be written to now; return how many messages went to the outbox."""
    sent = 0
    for _ in range(MOST_BATCHES):
        now = clock.now()
        async with reading(engine) as db:
            due = await outbound_due.due(db, campaign.campaign_id, now, BATCH)
            customers = [one.debtor.customer_id for one in due]
            contacts = await outbound_due.contacts_of(db, customers, now - profile.looks_back) if due else []
            to = await outbound_messages.addressees(db, [one.debtor.account_id for one in due])
        by_customer: dict[int, list[Contacted]] = defaultdict(list)
        for contact in map(facts.contacted, contacts):
            by_customer[contact.customer_id].append(contact)
        for one in due:
            mine = by_customer[one.debtor.customer_id]
            if await _one(engine, settings, campaign, profile, one, to[one.debtor.account_id], mine):
                sent += 1
                mine.append(_sent(one, campaign, now))
        if len(due) < BATCH:
            break
    return sent


def _sent(one: DueDebtor, campaign: Campaign, now: datetime) -> Contacted:
    """Return the contact that a message just was: another account of his in the same batch is judged with it."""
    return Contacted(
        at=now, channel=Channel(campaign.channel), conversation=False, customer_id=one.debtor.customer_id,
        account_id=one.debtor.account_id, outcome="sent",
    )  # fmt: skip


async def _one(  # noqa: PLR0913, PLR0917 -- what one message depends on
    engine: AsyncEngine, settings: Settings, campaign: Campaign, profile: Profile, due: DueDebtor, to: Addressee,
    contacts: Sequence[Contacted],
) -> bool:  # fmt: skip
    now, channel = clock.now(), Channel(campaign.channel)
    house = House(country=settings.country, countries=frozenset(settings.outward_countries))
    asked = facts.campaigning(campaign, settings.time_zone, now)
    where, answer = judged(due, to, channel, asked, contacts, profile, house, now)
    async with transaction(engine) as db:
        if not isinstance(answer, Allowed):
            klass = ledger.put_off(answer.reasons, answer.next_at)
            said = tuple(reason.value for reason in answer.reasons)
            put = PutOff(row_id=due.row_id, klass=klass, reasons=said, next_at=answer.next_at, policy=answer.policy)
            await outbound_attempts.put_off(db, [put], now)
            return False
        new = NewMessage(
            address=where, subject=settings.utility, policy=answer.policy,
            body=written(campaign.message, due, to.account, settings.currency),
            language=campaign.language or due.debtor.language or settings.languages[0],
        )  # fmt: skip
        last = due.tries + 1 >= campaign.most_tries
        klass = Klass.NOT_REACHED if last else Klass.WAITING
        return await outbound_messages.send(db, due, channel.value, new, klass, now, now + BETWEEN)
