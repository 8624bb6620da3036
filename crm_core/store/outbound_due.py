"""Who of a campaign's list may be tried now, and what must be known of him before he is (shell).

Nothing is locked and nothing is promised here: who is returned may be taken by somebody else a moment later
(`outbound_attempts.take` says who has him).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.store.outbound_sql import CONTACTS, DUE, FACTS


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNumber:
    """One number of a debtor."""

    number: str
    """E.164."""
    label: str
    """`crm_core.parties.Label`, "" for the one of the contact itself."""
    verified: bool
    talked: int
    """Times somebody of ours talked there within half a year."""
    tried: int
    """Times it was dialled within half a year."""
    bad: bool
    """The network said last that there is no such number."""
    barred: str
    """`do_not_call`, `wrong_number`, "" when it may be dialled."""

    @property
    def usable(self) -> bool:
        """Whether it may be dialled as far as the number itself goes."""
        return not self.barred and not self.bad


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtorFacts:
    """What must be known of a debtor, about one account, before he is called."""

    account_id: int
    customer_id: int
    name: str
    language: str
    zones: tuple[str, ...]
    """IANA; of his premises, or of all his other ones when theirs is not known. Empty: nobody knows."""
    numbers: tuple[DueNumber, ...]
    """The best first: not barred, not bad, talked at before, verified, tried least."""
    bars: frozenset[str]
    """Codes of `outbound.terms.Reason` that stand against any call: dispute, hold, do_not_call …"""
    consents: frozenset[str]
    """What he consents to now (`crm_core.parties.ConsentKind`): the newest word of each kind holds."""
    overdue: Decimal
    """Undisputed, of bills that fell due before today at his premises."""
    owed: Decimal
    """Undisputed, bills not yet due included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDebtor:
    """A row that waits, and whose time has come."""

    row_id: int
    campaign_id: int
    priority: int
    next_at: datetime
    next_number: str
    """The number that the retry rule wants tried next, "" for the best one."""
    tries: int
    """Attempts of this row so far."""
    debt: Decimal
    """As the campaign counts it: overdue, or all that is owed."""
    debtor: DebtorFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """One earlier attempt, talk or message; fields as `outbound.terms.Contacted` has them."""

    at: datetime
    channel: str
    conversation: bool
    customer_id: int
    account_id: int | None
    outcome: str
    by_us: bool


async def due(db: AsyncConnection, campaign_id: int, now: datetime, most: int) -> list[DueDebtor]:
    """Return whom a campaign may try now as far as time goes, the most urgent first; the law is not asked here.

    Left out is whom somebody is calling now, for whatever campaign.

    Args:
        db: a connection.
        campaign_id: whose list.
        now: UTC.
        most: at most so many rows are looked at.

    """
    found = await db.exec_driver_sql(DUE, {"campaign": campaign_id, "now": now, "most": most})
    return [
        DueDebtor(
            row_id=row.row_id,
            campaign_id=row.campaign_id,
            priority=row.priority,
            next_at=row.next_at,
            next_number=row.next_number,
            tries=row.tries,
            debt=row.owed if row.counts == "open" else row.overdue,
            debtor=_facts(row),
        )
        for row in found
    ]


async def debtors(db: AsyncConnection, account_ids: Sequence[int], now: datetime) -> list[DebtorFacts]:
    """Return what must be known of the debtors of these accounts, in the order of keys; unknown ones are left out."""
    found = await db.exec_driver_sql(FACTS, {"accounts": list(account_ids), "now": now})
    return [_facts(row) for row in found]


async def bars_of(db: AsyncConnection, account_ids: Sequence[int], now: datetime) -> dict[int, frozenset[str]]:
    """Return what stands against calling these accounts, by account."""
    return {one.account_id: one.bars for one in await debtors(db, account_ids, now)}


async def contacts_of(db: AsyncConnection, customer_ids: Sequence[int], since: datetime) -> list[ContactRow]:
    """Return every contact with these customers since a moment, oldest first, whoever made it and by what channel.

    Attempts of every campaign and hand, talks either way, messages that went out or are about to.
    """
    found = await db.exec_driver_sql(CONTACTS, {"customers": list(customer_ids), "since": since})
    return [
        ContactRow(
            at=row.at,
            channel=row.channel,
            conversation=row.conversation,
            customer_id=row.customer_id,
            account_id=row.account_id,
            outcome=row.outcome,
            by_us=row.by_us,
        )
        for row in found
    ]


def _facts(row: Row[Any]) -> DebtorFacts:
    return DebtorFacts(
        account_id=row.account_id,
        customer_id=row.customer_id,
        name=row.name,
        language=row.language,
        zones=tuple(row.zones),
        numbers=tuple(
            DueNumber(number=number, label=label, verified=verified, talked=talked, tried=tried, bad=bad, barred=barred)
            for number, label, verified, talked, tried, bad, barred in row.numbers
        ),
        bars=frozenset(row.bars),
        consents=frozenset(row.given),
        overdue=row.overdue,
        owed=row.owed,
    )
