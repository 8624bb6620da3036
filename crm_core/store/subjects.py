"""Everything known of a subscriber, gathered for him (GDPR art. 15, 152-FZ art. 14) (shell)."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import to_json
from sqlalchemy import ColumnElement, LargeBinary, Table, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import BadValue, NoSuchAnswer, NoSuchCustomer
from crm_core.store import his, retention
from crm_core.subject_page import page
from crm_core.tables import (
    access_log,
    accounts,
    metadata,
    subject_exports,
    users,
)
from crm_core.text import storable

LASTS = timedelta(days=7)
"""How long an answer can be fetched."""
MOST_ROWS = 50_000
"""Of one table: the largest customers have meters by the hundred."""
MOST_BYTES = 64_000_000
"""Of the files in an answer, before they are packed."""
OURS = frozenset({"subject_exports", "erasures", "legal_holds", "card_openings", "access_seals", "account_pins"})
"""What the house notes about how it treats him, and about its own people."""
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, as its page shows it."""

    answer_id: int
    customer_id: int
    reason: str
    asker: str
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    taken_at: datetime | None
    sha256: str
    size: int


async def ask(db: Writing, customer_id: int, reason: str, by: int, now: datetime) -> int:
    """Ask for everything known of a customer; returns the answer's id, which a worker fills.

    Raises:
        BadValue: no reason was given.
        NoSuchCustomer: there is no such customer.
    """
    said = storable(reason.strip(), LONGEST_REASON)
    if not said:
        raise BadValue("reason: say who asked and when, the number of the letter")
    if not await retention.is_customer(db, customer_id):
        raise NoSuchCustomer(f"there is no customer {customer_id}")
    row = insert(subject_exports).values(customer_id=customer_id, reason=said, asked_by=by, asked_at=now)
    return int((await db.execute(row.returning(subject_exports.c.id))).scalar_one())


async def customer_of(db: AsyncConnection, answer_id: int) -> int:
    """Return whose answer this is.

    Raises:
        NoSuchAnswer: there is none of that id.
    """
    query = select(subject_exports.c.customer_id).where(subject_exports.c.id == answer_id)
    found = (await db.execute(query)).scalar_one_or_none()
    if found is None:
        raise NoSuchAnswer(f"there is no answer {answer_id}")
    return int(found)


async def gathered(db: AsyncConnection, customer_id: int) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """Yield everything known of a customer, table by table, and who looked at it when."""
    mine = list((await db.execute(select(accounts.c.id).where(accounts.c.customer_id == customer_id))).scalars())
    for table in metadata.sorted_tables:
        where = his.rows(table, [customer_id], mine)
        if where is not None and table.name not in OURS:
            yield table.name, await _rows(db, table, where)
    looked = access_log.c.object.in_([*(f"account {one}" for one in mine), f"customer {customer_id}"])
    columns = (access_log.c.at, access_log.c.role, access_log.c.action, access_log.c.object, access_log.c.fields)
    rows = await db.execute(select(*columns).where(looked).order_by(access_log.c.at).limit(MOST_ROWS))
    yield "who_looked", [dict(row._mapping) for row in rows]  # noqa: SLF001 -- SQLAlchemy's public name for it


def files_of(parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[tuple[str, str, str]]:
    """Return which files belong to an answer: folder, what it is known by, what it is called in the answer."""
    attached = [
        ("files", str(row["digest"]), f"files/{row['id']}-{plain_name(str(row['name']))}")
        for row in parts.get("application_files", ())
    ]
    made = [
        ("documents", str(row["sha256"]), f"documents/{row['id']}.{row['format']}")
        for row in parts.get("documents", ())
    ]
    return [*attached, *made]


def plain_name(name: str) -> str:
    """Return a name that leads nowhere when a ZIP is unpacked."""
    return re.sub(r"[^\w.-]+", "_", name).strip(".")[-80:] or "file"


def packed(customer_id: int, parts: dict[str, list[dict[str, Any]]], files: Iterable[tuple[str, bytes]] = ()) -> bytes:
    """Return the answer as a ZIP with one file for machines, one for people, and the files that are kept of him.

    Files beyond `MOST_BYTES` are named in `left_out.txt`: they are handed over by another way.
    """
    packet = io.BytesIO()
    left_out, size = [], 0
    with zipfile.ZipFile(packet, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data.json", to_json(parts, indent=1))
        file.writestr("data.html", page(f"Customer {customer_id}", parts))
        for name, data in files:
            size += len(data)
            if size > MOST_BYTES:
                left_out.append(name)
            else:
                file.writestr(name, data)
        if left_out:
            file.writestr("left_out.txt", "\n".join(left_out))
    return packet.getvalue()


async def keep(db: Writing, answer_id: int, packet: bytes, now: datetime) -> None:
    """Lay an answer ready to be fetched."""
    change = update(subject_exports).where(subject_exports.c.id == answer_id)
    await db.execute(
        change.values(file=packet, sha256=hashlib.sha256(packet).hexdigest(), ready_at=now, expires_at=now + LASTS)
    )


async def take(db: Writing, answer_id: int, now: datetime) -> tuple[int, bytes]:
    """Return whose answer it is and the answer; noted as fetched.

    Raises:
        NoSuchAnswer: it is not ready, or its time is over.
    """
    change = (
        update(subject_exports)
        .where(
            subject_exports.c.id == answer_id,
            subject_exports.c.file.is_not(None),
            subject_exports.c.expires_at > now,
        )
        .values(taken_at=func.coalesce(subject_exports.c.taken_at, now))
        .returning(subject_exports.c.customer_id, subject_exports.c.file)
    )
    row = (await db.execute(change)).one_or_none()
    if row is None:
        raise NoSuchAnswer(f"there is no answer {answer_id} to be fetched")
    return row.customer_id, bytes(row.file)


async def listing(db: AsyncConnection, *, before_id: int | None = None, limit: int = 50) -> list[Answer]:
    """Return answers, the newest first."""
    query = (
        select(
            *(column for column in subject_exports.c if column.name != "file"),
            func.coalesce(func.octet_length(subject_exports.c.file), 0).label("size"),
            users.c.name.label("asker"),
        )
        .join(users, users.c.id == subject_exports.c.asked_by)
        .order_by(subject_exports.c.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        query = query.where(subject_exports.c.id < before_id)
    return [
        Answer(
            answer_id=row.id,
            customer_id=row.customer_id,
            reason=row.reason,
            asker=row.asker,
            asked_at=row.asked_at,
            ready_at=row.ready_at,
            expires_at=row.expires_at,
            taken_at=row.taken_at,
            sha256=row.sha256,
            size=row.size,
        )
        for row in await db.execute(query)
    ]


async def _rows(db: AsyncConnection, table: Table, where: ColumnElement[bool]) -> list[dict[str, Any]]:
    columns = [column for column in table.c if not isinstance(column.type, LargeBinary)]
    rows = await db.execute(select(*columns).where(where).order_by(*table.primary_key.columns).limit(MOST_ROWS))
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 -- SQLAlchemy's public name for it
