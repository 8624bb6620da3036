"""Links that let a person set a password once (shell): made by an administrator, who never learns the password."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import LinkOver, NoSuchUser
from crm_core.store import users as user_store
from crm_core.store.users import User
from crm_core.tables import password_links, users

LASTS = timedelta(hours=24)


async def make(db: Writing, user_id: int, by: int | None, now: datetime) -> str:
    """Return the token of a new link; earlier links of this person end.

    Raises:
        NoSuchUser: there is no such active user.
    """
    person = await user_store.by_id(db, user_id)
    if person is None or not person.active:
        raise NoSuchUser(f"there is no active user {user_id}")
    await end(db, user_id)
    token = secrets.token_urlsafe(32)
    await db.execute(
        insert(password_links).values(
            token_hash=_hash(token), user_id=user_id, made_by=by, made_at=now, expires_at=now + LASTS
        )
    )
    return token


async def owner(db: AsyncConnection, token: str, now: datetime) -> User:
    """Return whose link this is.

    Raises:
        LinkOver: it was used, its time is over, its person was disabled, or there never was one.
    """
    query = (
        select(password_links.c.user_id)
        .join(users, users.c.id == password_links.c.user_id)
        .where(
            password_links.c.token_hash == _hash(token),
            password_links.c.expires_at > now,
            password_links.c.used_at.is_(None),
            users.c.active,
        )
    )
    user_id = (await db.execute(query)).scalar_one_or_none()
    person = None if user_id is None else await user_store.by_id(db, user_id)
    if person is None:
        raise LinkOver("this link was used, or its time is over")
    return person


async def use(db: Writing, token: str, password: str, now: datetime) -> User:
    """Set the password; the link ends, and every session of the person.

    Raises:
        LinkOver: as `owner`.
        BadValue: the password is too short.
    """
    change = (
        update(password_links)
        .where(
            password_links.c.token_hash == _hash(token),
            password_links.c.expires_at > now,
            password_links.c.used_at.is_(None),
        )
        .values(used_at=now)
    )
    person = await owner(db, token, now)
    if (await db.execute(change)).rowcount == 0:
        raise LinkOver("this link was used a moment ago")
    await user_store.set_password(db, person.user_id, password)
    return person


async def end(db: Writing, user_id: int) -> None:
    """End all links of a person."""
    await db.execute(
        delete(password_links).where(password_links.c.user_id == user_id, password_links.c.used_at.is_(None))
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
