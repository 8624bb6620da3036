"""What the IVR keeps and asks besides accounts: PINs, marks, messages left, the outbox (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import passwords
from crm_core.card import Candidate
from crm_core.db import Writing
from crm_core.errors import BadValue
from crm_core.store import access_log, tasks
from crm_core.store.subscribers import BASE, candidate
from crm_core.store.tasks import NewTask
from crm_core.tables import account_pins, accounts, customers, meters, outbox, survey_marks, voice_messages
from crm_core.text import one_line, storable

MOST_WRONG = 5
"""Wrong PINs in a row after which none is right until a new one is set."""
PIN_DIGITS = (4, 8)


async def pinned(db: AsyncConnection, ids: Sequence[int]) -> frozenset[int]:
    """Return which of some accounts have a PIN."""
    if not ids:
        return frozenset()
    rows = await db.execute(select(account_pins.c.account_id).where(account_pins.c.account_id.in_(ids)))
    return frozenset(rows.scalars())


async def set_pin(db: Writing, account_id: int, pin: str, by: int | None) -> None:
    """Give an account a PIN, or another one; it is kept as an argon2id hash alone.

    Raises:
        BadValue: it has not four to eight digits, or is one digit over and over.

    """
    least, most = PIN_DIGITS
    if not (least <= len(pin) <= most and pin.isascii() and pin.isdigit()) or len(set(pin)) == 1:
        raise BadValue(f"a PIN has {least} to {most} digits, not all the same")
    values = {"account_id": account_id, "pin": passwords.hashed(_padded(account_id, pin)), "set_by": by, "wrong": 0}
    new = upsert(account_pins).values(values)
    changed = {name: new.excluded[name] for name in ("pin", "set_by", "wrong")} | {"set_at": func.now()}
    await db.execute(new.on_conflict_do_update(index_elements=["account_id"], set_=changed))
    await access_log.record(db, by, "customer.changed", f"account {account_id}", "PIN set")


async def forget_pin(db: Writing, account_id: int, by: int | None) -> None:
    """Take an account's PIN away."""
    if (await db.execute(account_pins.delete().where(account_pins.c.account_id == account_id))).rowcount:
        await access_log.record(db, by, "customer.changed", f"account {account_id}", "PIN taken away")


def _padded(account_id: int, pin: str) -> str:
    """A PIN is shorter than any password; bound to its account it is long enough and of no use elsewhere."""
    return f"pin:{account_id}:{pin}"


async def is_pin(db: Writing, account_id: int, pin: str) -> bool:
    """Whether it is the account's PIN. Counts what is wrong; after `MOST_WRONG` in a row nothing is right."""
    query = select(account_pins.c.pin, account_pins.c.wrong).where(account_pins.c.account_id == account_id)
    row = (await db.execute(query.with_for_update())).one_or_none()
    stored = row.pin if row is not None and row.wrong < MOST_WRONG else None
    right, _ = passwords.matches(_padded(account_id, pin), stored)
    wrong = 0 if right else account_pins.c.wrong + 1
    if row is not None and row.wrong < MOST_WRONG:
        await db.execute(update(account_pins).where(account_pins.c.account_id == account_id).values(wrong=wrong))
    return right


async def by_meter(db: AsyncConnection, digits: str) -> list[Candidate]:
    """Return the accounts that have a meter of this number in use, at most two: then it proves nothing."""
    has = select(meters.c.account_id).where(meters.c.serial == digits, meters.c.removed_on.is_(None))
    query = BASE.where(accounts.c.id.in_(has)).order_by(accounts.c.id).limit(2)
    return [candidate(row, "meter") for row in await db.execute(query)]


async def serials(db: AsyncConnection, account_id: int) -> list[str]:
    """Return the numbers of an account's meters in use."""
    query = select(meters.c.serial).where(meters.c.account_id == account_id, meters.c.removed_on.is_(None))
    return list((await db.execute(query.order_by(meters.c.id))).scalars())


async def flags(db: AsyncConnection, account_id: int) -> frozenset[str]:
    """Return the flags of an account and of its customer."""
    query = (
        select(accounts.c.flags, customers.c.flags)
        .join(customers, customers.c.id == accounts.c.customer_id)
        .where(accounts.c.id == account_id)
    )
    row = (await db.execute(query)).one_or_none()
    return frozenset() if row is None else frozenset([*row[0], *row[1]])


async def keep_mark(db: Writing, call_id: str, question: str, mark: int) -> None:
    """Keep a caller's mark; the last one he gave to a question counts."""
    new = upsert(survey_marks).values(call_id=one_line(call_id, 80), question=question, mark=mark)
    await db.execute(
        new.on_conflict_do_update(index_elements=["call_id", "question"], set_={"mark": new.excluded.mark})
    )


async def mark(db: AsyncConnection, call_id: str) -> dict[str, int]:
    """Return the marks a caller gave, by question."""
    rows = await db.execute(select(survey_marks).where(survey_marks.c.call_id == call_id))
    return {row.question: row.mark for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message that a caller left."""

    call_id: str
    account_id: int | None
    number: str
    language: str
    file: str
    seconds: int
    team: str | None


async def keep_message(db: Writing, new: NewMessage, now: datetime) -> int:
    """Keep a message and give somebody the task to hear it; the same call's message twice is one. Returns its key."""
    title = f"Voice message, {new.seconds} s"
    wanted = NewTask(
        kind="callback",
        title=f"{title}, from {new.number}" if new.number else title,
        account_id=new.account_id,
        team=new.team,
        source="contact",
        facts={"voice_message": new.file, "language": new.language},
        once=f"voice-message {one_line(new.call_id, 60)}",
    )
    made = await tasks.add(db, [wanted], now)
    values = {
        "call_id": one_line(new.call_id, 80),
        "account_id": new.account_id,
        "number": one_line(new.number, 40),
        "language": new.language,
        "file": new.file,
        "seconds": min(new.seconds, 32_000),
        "task_id": made[0] if made else None,
    }
    row = upsert(voice_messages).values(values)
    kept = row.on_conflict_do_update(index_elements=["call_id"], set_={"seconds": row.excluded.seconds})
    return int((await db.execute(kept.returning(voice_messages.c.id))).scalar_one())


async def forget_messages(db: Writing, account_ids: Sequence[int]) -> int:
    """Mark the messages of some accounts as gone: their files are swept soon after. Returns how many."""
    mine = voice_messages.c.account_id.in_(account_ids), ~voice_messages.c.erased
    return (await db.execute(update(voice_messages).where(*mine).values(erased=True, number=""))).rowcount


async def forgotten_messages(db: AsyncConnection, names: Sequence[str]) -> Sequence[str]:
    """Return which of some files no message speaks of any more."""
    known = select(voice_messages.c.file).where(voice_messages.c.file.in_(names), ~voice_messages.c.erased)
    there = set((await db.execute(known)).scalars())
    return [name for name in names if name not in there]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetter:
    """A message to be sent."""

    channel: str
    """`sms` or `email`."""
    address: str
    subject: str
    body: str
    language: str
    account_id: int | None
    call_id: str = ""
    once: str = ""


async def send_later(db: Writing, new: NewLetter) -> bool:
    """Put a message into the outbox; False when the same one is in it already."""
    values = {
        "channel": new.channel,
        "address": one_line(new.address, 200),
        "subject": one_line(new.subject, 200),
        "body": storable(new.body, 2000),
        "language": new.language,
        "account_id": new.account_id,
        "call_id": one_line(new.call_id, 80) or None,
        "once": one_line(new.once, 80) or None,
    }
    row = upsert(outbox).values(values).on_conflict_do_nothing(index_elements=["once"]).returning(outbox.c.id)
    return (await db.execute(row)).one_or_none() is not None
