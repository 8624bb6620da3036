"""One at a time on an account: what reads it in order to change it takes this lock first (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select

from crm_core import clock
from crm_core.db import Writing
from crm_core.errors import NoSuchAccount
from crm_core.tables import accounts, premises


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """What is known of an account that is locked."""

    today: date
    """At its premises."""
    opened_on: date


async def account(db: Writing, account_id: int) -> date:
    """Keep others off an account until the transaction ends; return the date at its premises.

    Raises:
        NoSuchAccount: there is no such account.
    """
    return (await take(db, account_id)).today


async def take(db: Writing, account_id: int) -> Locked:
    """Do the same, and return what is known of it.

    Raises:
        NoSuchAccount: there is no such account.
    """
    lock = (
        select(premises.c.time_zone, accounts.c.opened_on)
        .join(accounts, accounts.c.premises_id == premises.c.id)
        .where(accounts.c.id == account_id)
        .with_for_update(of=accounts)
    )
    row = (await db.execute(lock)).one_or_none()
    if row is None:
        raise NoSuchAccount(f"there is no account {account_id}")
    return Locked(today=clock.now().astimezone(ZoneInfo(row.time_zone)).date(), opened_on=row.opened_on)
