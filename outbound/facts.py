"""What the base holds, as the law, the gate and the retry rules want it (pure)."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal

from crm_core.store.outbound_campaigns import Campaign
from crm_core.store.outbound_due import ContactRow, DebtorFacts, DueNumber
from outbound import campaign as life
from outbound import retry
from outbound.gate import Campaigning
from outbound.terms import Channel, Contacted, Debtor, Reason

UNKNOWN_ZONE = "UTC"


def debtor(facts: DebtorFacts, number: str, debt: Decimal) -> Debtor:
    """Return a debtor at one of his numbers.

    Args:
        facts: of his account.
        number: "" when he has none that may be dialled.
        debt: as the campaign counts it.

    """
    barred = next((one.barred for one in facts.numbers if one.number == number), "")
    return Debtor(
        customer_id=facts.customer_id,
        account_id=facts.account_id,
        number=number,
        zones=facts.zones,
        bars=frozenset(Reason(code) for code in (*facts.bars, *([barred] if barred else ()))),
        consents=facts.consents,
        open_debt=debt,
    )


def best_number(facts: DebtorFacts, wanted: str = "") -> str:
    """Return the number to be tried: that of the retry rule if it still may be, else the best; "" for none."""
    usable = [one.number for one in facts.numbers if one.usable]
    return wanted if wanted in usable else next(iter(usable), "")


def barred_number(facts: DebtorFacts) -> DueNumber | None:
    """Return a number that is barred, for the reason why he has none; None when he simply has none."""
    return next((one for one in facts.numbers if one.barred), None)


def contacted(row: ContactRow) -> Contacted:
    """Return an earlier contact."""
    return Contacted(
        at=row.at,
        channel=Channel(row.channel),
        conversation=row.conversation,
        customer_id=row.customer_id,
        account_id=row.account_id,
        outcome=row.outcome,
        by_us=row.by_us,
    )


def reach(facts: DebtorFacts) -> retry.Reach:
    """Return how he can be reached."""
    usable = tuple(one.number for one in facts.numbers if one.usable)
    return retry.Reach(numbers=usable, zone=next(iter(facts.zones), UNKNOWN_ZONE))


def retries(campaign: Campaign) -> retry.Rules:
    """Return a campaign's rules of trying again.

    Raises:
        RetryError: what is on record is no rule.

    """
    return retry.parse({**campaign.retries, "most": campaign.most_tries})


def hours(campaign: Campaign) -> tuple[life.Hours, ...]:
    """Return the hours of a campaign."""
    return tuple(
        life.Hours(weekday=day, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))
        for day, opens, closes in campaign.hours
    )


def campaigning(campaign: Campaign, zone: str, now: datetime, *, running: bool | None = None) -> Campaigning:
    """Return a campaign as the gate wants it.

    Args:
        campaign: as on record.
        zone: of the utility, IANA.
        now: UTC.
        running: None for as it is; a preview asks as if it ran.

    """
    return Campaigning(
        running=campaign.state == life.State.RUNNING if running is None else running,
        schedule=life.schedule(hours(campaign), campaign.starts_on, zone, now),
        ends_at=life.ends_at(campaign.ends_on, zone),
    )
