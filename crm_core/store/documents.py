"""Documents on accounts in PostgreSQL: written once, never changed, gone only by erasure (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Integer, Row, bindparam, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from crm_core.db import Writing
from crm_core.errors import NoSuchDocument
from crm_core.store import access_log
from crm_core.tables import documents, templates, users

NUMBERS: TypeEngine[Any] = ARRAY(Integer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document on an account."""

    document_id: int
    account_id: int
    template_id: int
    code: str
    """Of the template."""
    version: int
    title: str
    language: str
    format: str
    """`pdf`, or `html` where no font for PDF was there."""
    sha256: str
    size: int
    pages: int
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A document that was just made; its bytes are in the vault."""

    account_id: int
    template_id: int
    version: int
    title: str
    language: str
    format: str
    sha256: str
    size: int
    pages: int


_all = (
    select(documents, templates.c.code, users.c.name.label("person"))
    .join(templates, templates.c.id == documents.c.template_id)
    .outerjoin(users, users.c.id == documents.c.made_by)
)


def _document(row: Row[Any]) -> Document:
    return Document(
        document_id=row.id,
        account_id=row.account_id,
        template_id=row.template_id,
        code=row.code,
        version=row.version,
        title=row.title,
        language=row.language,
        format=row.format,
        sha256=row.sha256,
        size=row.size,
        pages=row.pages,
        made_by=row.person or "",
        made_at=row.made_at,
    )


async def add(db: Writing, made: Made, by: int | None) -> int:
    """Note a document that was made; who made it is in the access log."""
    values = {name: getattr(made, name) for name in Made.__slots__}
    added = insert(documents).values(values | {"made_by": by}).returning(documents.c.id)
    key = int((await db.execute(added)).scalar_one())
    said = f"document {key}: {made.title}, {made.sha256[:12]}"
    await access_log.record(db, by, "document.made", f"account {made.account_id}", said)
    return key


async def listing(
    db: AsyncConnection, account_id: int, before_id: int | None = None, limit: int = 50
) -> list[Document]:
    """Return an account's documents, newest first."""
    query = _all.where(documents.c.account_id == account_id).order_by(documents.c.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(documents.c.id < before_id)
    return [_document(row) for row in await db.execute(query)]


async def one(db: AsyncConnection, account_id: int, document_id: int) -> Document:
    """Return a document of this account.

    Raises:
        NoSuchDocument: there is none of this key on this account: another account's document is as good as none.

    """
    found = _all.where(documents.c.id == document_id, documents.c.account_id == account_id)
    row = (await db.execute(found)).one_or_none()
    if row is None:
        raise NoSuchDocument(f"there is no document {document_id}")
    return _document(row)


async def erase(db: Writing, account_ids: Sequence[int]) -> list[str]:
    """Take away the documents of accounts that are erased.

    Returns:
        Hashes that no document refers to any more: the caller has the vault forget them after the transaction.

    """
    theirs = documents.c.account_id == func.any(bindparam(None, list(account_ids), NUMBERS))
    gone = set((await db.execute(delete(documents).where(theirs).returning(documents.c.sha256))).scalars())
    held = documents.c.sha256 == func.any(bindparam(None, sorted(gone), ARRAY(documents.c.sha256.type)))
    kept = set((await db.execute(select(documents.c.sha256).where(held))).scalars())
    return sorted(gone - kept)
