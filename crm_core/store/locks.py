"""One at a time on an account: what reads it in order to change it takes this lock first (shell)."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select

from crm_core import clock
from crm_core.db import Writing
from crm_core.errors import NoSuchAccount
from crm_core.tables import accounts, premises


async def account(db: Writing, account_id: int) -> date:
    """Keep others off an account until the transaction ends; return the date at its premises.

    Raises:
        NoSuchAccount: there is no such account.
    """
    lock = (
        select(premises.c.time_zone)
        .join(accounts, accounts.c.premises_id == premises.c.id)
        .where(accounts.c.id == account_id)
        .with_for_update(of=accounts)
    )
    time_zone = (await db.execute(lock)).scalar_one_or_none()
    if time_zone is None:
        raise NoSuchAccount(f"there is no account {account_id}")
    return clock.now().astimezone(ZoneInfo(time_zone)).date()
