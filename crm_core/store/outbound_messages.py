"""Messages of campaigns: to which address, and put on record in the same moment as they go to the outbox (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.store import phone_service
from crm_core.store.outbound_due import DueDebtor
from crm_core.store.phone_service import NewLetter
from crm_core.tables import attempts, campaign_rows, campaigns

ADDRESSES: LiteralString = """
select a.id as account_id, a.number as account,
       coalesce(array_agg(k.number order by k.verified desc, k.place) filter (
           where k.number <> '' and not k.opt_out ? 'sms' and x.number is null), '{}') as numbers,
       coalesce(array_agg(k.email order by k.place) filter (where k.email <> '' and not k.opt_out ? 'email'), '{}')
           as emails,
       array(select kind from (select distinct on (kind) kind, given from consents
              where customer_id = a.customer_id order by kind, id desc) said where not given) as withdrawn
  from accounts a
  left join lateral (
       select c.phone as number, c.email, c.opt_out, c.verified, c.id as place from contacts c
        where c.customer_id = a.customer_id and c.ended_at is null
       union all
       select m.number, '', c.opt_out, m.verified_at is not null, 1000000000 + m.id
         from contacts c join contact_numbers m on m.contact_id = c.id
        where c.customer_id = a.customer_id and c.ended_at is null and m.ended_at is null) k on true
  left join do_not_call x on x.number = k.number and x.lifted_at is null
 where a.id = any(%(accounts)s::int[]) group by a.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Where messages about an account may go."""

    account_id: int
    account: str
    """Its number."""
    numbers: tuple[str, ...]
    """E.164, verified ones first; without those of contacts who want no SMS, and without silenced ones."""
    emails: tuple[str, ...]
    withdrawn: frozenset[str]
    """Consents that he took back (`crm_core.parties.ConsentKind`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message that may go."""

    address: str
    subject: str
    body: str
    language: str
    policy: str
    """`code@version` that allowed it."""


async def addressees(db: AsyncConnection, account_ids: Sequence[int]) -> dict[int, Addressee]:
    """Return where messages about these accounts may go."""
    return {
        row.account_id: Addressee(
            account_id=row.account_id,
            account=row.account,
            numbers=tuple(row.numbers),
            emails=tuple(row.emails),
            withdrawn=frozenset(row.withdrawn),
        )
        for row in await db.exec_driver_sql(ADDRESSES, {"accounts": list(account_ids)})
    }


async def send(  # noqa: PLR0913, PLR0917 -- to whom, what, and where his row stands by that
    db: Writing, due: DueDebtor, channel: str, new: NewMessage, klass: str, at: datetime, next_at: datetime
) -> bool:
    """Put a message into the outbox and on record as an attempt; False when the row is not to be tried any more.

    It is on record before any sender sees it, and once: the row's number of tries is in its key.
    """
    free = (
        select(campaign_rows.c.id)
        .where(
            campaign_rows.c.id == due.row_id,
            campaign_rows.c.klass == "waiting",
            campaign_rows.c.tries == due.tries,
            campaign_rows.c.paid_at.is_(None),
            exists().where(campaigns.c.id == campaign_rows.c.campaign_id, campaigns.c.state == "running"),
        )
        .with_for_update(skip_locked=True)
    )
    change = update(campaign_rows).where(campaign_rows.c.id.in_(free.scalar_subquery()))
    values = {"klass": klass, "classed_at": at, "tries": due.tries + 1, "next_at": next_at, "policy": new.policy}
    if not (await db.execute(change.values(values | {"reasons": []}))).rowcount:
        return False
    call_id = f"message-{due.row_id}-{due.tries + 1}"
    letter = NewLetter(
        channel=channel, address=new.address, subject=new.subject, body=new.body, language=new.language,
        account_id=due.debtor.account_id, call_id=call_id, once=call_id,
    )  # fmt: skip
    await phone_service.send_later(db, letter)
    attempt = {
        "campaign_id": due.campaign_id, "row_id": due.row_id, "account_id": due.debtor.account_id,
        "customer_id": due.debtor.customer_id, "channel": channel, "mode": "message", "state": "ended",
        "number": new.address if channel == "sms" else "", "zones": list(due.debtor.zones), "call_id": call_id,
        "planned_at": at, "placed_at": at, "ended_at": at, "outcome": "sent", "policy": new.policy,
    }  # fmt: skip
    await db.execute(insert(attempts).values(attempt))
    await db.execute(select(func.pg_notify("busbar_ledger", str(due.campaign_id))))
    return True
