"""Operators for `bench pop`: made for it, with a session each, and locked out afterwards (shell)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core.access import Role
from crm_core.db import reading, transaction
from crm_core.store import subscribers, users
from crm_core.tables import accounts, interactions, promises

PREFIX = "bench-"
LEAST_DEBT = 100
"""What somebody owes who may well promise to pay it, in units of the base's currency."""


class EmptyBase(RuntimeError):
    """There is nobody to call; the message says what makes subscribers."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One operator of the bench."""

    user_id: int
    extension: str
    token: str


async def hire(engine: AsyncEngine, count: int, role: Role = Role.OPERATOR) -> list[Worker]:
    """Make people (or wake those of an earlier bench) with telephones of their own, and open a session for each."""
    letter = "b" if role is Role.OPERATOR else "s"
    workers = []
    async with transaction(engine) as db:
        for number in range(count):
            login, extension = f"{PREFIX}{letter}{number:04}", f"{letter}{number:04}"
            known = await users.by_login(db, login)
            if known is None:
                password = secrets.token_urlsafe(16)
                new = users.NewUser(
                    login=login, name=f"Bench {number}", role=role, password=password, extension=extension
                )
                known = await users.create(db, new)
            else:
                await users.enable(db, known.user_id, extension)
            session = await users.open_session(db, known.user_id, clock.now())
            workers.append(Worker(known.user_id, extension, session.token))
    return workers


async def dismiss(engine: AsyncEngine, workers: Sequence[Worker]) -> None:
    """Lock the operators out again and forget the calls; logs that can only grow keep what they have."""
    async with transaction(engine) as db:
        await db.execute(delete(interactions).where(interactions.c.call_id.like("bench-%")))
        for worker in workers:
            await users.disable(db, worker.user_id)


async def sample_accounts(engine: AsyncEngine, count: int) -> list[int]:
    """Return accounts of the base, picked at random.

    Raises:
        EmptyBase: it has no subscribers.

    """
    found: list[int] = []
    async with reading(engine) as db:
        for number in await subscribers.sample_numbers(db, count):
            found += [one.account_id for one in await subscribers.by_phone(db, number, 1)]
    if not found:
        raise EmptyBase("there are no subscribers to call: busbar sample makes some")
    return [found[place % len(found)] for place in range(count)]


async def debtors(engine: AsyncEngine, count: int) -> list[int]:
    """Return accounts that owe money and have promised nothing yet, picked at random; fewer come round again.

    Raises:
        RuntimeError: there are none.

    """
    promised = select(promises.c.account_id).where(promises.c.status == "open")
    wanted = select(accounts.c.id).where(accounts.c.balance >= LEAST_DEBT, accounts.c.id.not_in(promised))
    async with reading(engine) as db:
        found = list((await db.execute(wanted.order_by(func.random()).limit(count))).scalars())
    if not found:
        raise RuntimeError("there are no subscribers who owe anything: busbar sample makes some")
    return [found[place % len(found)] for place in range(count)]


async def count_subscribers(engine: AsyncEngine) -> int:
    """Return how many accounts the base has."""
    async with reading(engine) as db:
        return int(await db.scalar(select(func.count()).select_from(accounts)) or 0)
