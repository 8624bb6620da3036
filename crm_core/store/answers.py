"""Answers that were given once: the same request again gets the same answer and changes nothing (shell).

After the IETF draft "The Idempotency-Key HTTP Header Field". The row is written in the transaction of what it answers,
so that neither stays without the other; whoever asks the same at the same time waits for that transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from crm_core.db import Writing
from crm_core.errors import KeyReused
from crm_core.tables import answers

KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered the first time."""

    status: int
    """HTTP status; 0 when only the claim is kept."""
    body: Any


async def claim(db: Writing, owner: str, key: str, asked: str) -> Answer | None:
    """Claim a key for this request; None when it is new and the work must be done, else what was answered before.

    Args:
        db: the transaction of the work.
        owner: whose key, `token 5` or `user 7`: keys of others do not meet.
        key: chosen by who asks, at most 80 characters.
        asked: fingerprint of what is asked.

    Raises:
        KeyReused: the key was used for another request.

    """
    values = {"owner": owner, "key": key, "asked": asked}
    claimed = await db.execute(insert(answers).values(values).on_conflict_do_nothing().returning(answers.c.key))
    if claimed.one_or_none() is not None:
        return None
    row = (await db.execute(select(answers).where(answers.c.owner == owner, answers.c.key == key))).one()
    if row.asked != asked:
        raise KeyReused("this idempotency key was used for another request: choose a new one")
    return Answer(status=row.status or 0, body=row.body)


async def give(db: Writing, owner: str, key: str, answer: Answer) -> None:
    """Keep what was answered."""
    change = update(answers).where(answers.c.owner == owner, answers.c.key == key)
    await db.execute(change.values(status=answer.status, body=answer.body))


async def sweep(db: Writing, now: datetime) -> int:
    """Forget answers of long ago; returns how many."""
    return (await db.execute(delete(answers).where(answers.c.created_at < now - KEPT))).rowcount
