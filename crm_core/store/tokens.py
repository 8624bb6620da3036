"""Tokens of programs: made once, told once, kept only as a hash (shell)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import ALLOWED, Action, Role
from crm_core.db import Writing
from crm_core.errors import BadValue, NoSuchToken
from crm_core.tables import api_tokens, users
from crm_core.text import one_line

PREFIX = "bb"
LONGEST = timedelta(days=366)
USED_EVERY = timedelta(minutes=1)
"""`used_at` is written at most so often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as its owner sees it; the secret is told once and never stored."""

    token_id: int
    name: str
    user_id: int
    user: str
    actions: frozenset[Action]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Who speaks with a living token."""

    token_id: int
    name: str
    user_id: int
    role: Role
    language: str
    actions: frozenset[Action]
    """What the token allows of what its user may do."""
    unseen: bool
    """Its last use on record is older than a minute: call `used`."""


async def create(  # noqa: PLR0913 -- what a token is made of
    db: Writing, *, name: str, user_id: int, actions: Sequence[Action], created_by: int, now: datetime, lasts: timedelta
) -> str:
    """Make a token and return it; nobody can read it again.

    Raises:
        BadValue: no name, no action, an action its user may not do, or more than a year.

    """
    name = one_line(name, 60)
    role = (await db.execute(select(users.c.role).where(users.c.id == user_id, users.c.active))).scalar_one_or_none()
    if role is None:
        raise BadValue("a token acts for an active user: choose one")
    if not name:
        raise BadValue("a token needs a name that says which program holds it")
    if not actions or not ALLOWED[Role(role)].issuperset(actions):
        raise BadValue("choose at least one right, all of them among those of its user")
    if not timedelta() < lasts <= LONGEST:
        raise BadValue(f"a token lasts between a day and {LONGEST.days} days")
    secret = secrets.token_urlsafe(32)
    values = {
        "name": name,
        "user_id": user_id,
        "secret_hash": _hash(secret),
        "actions": sorted(actions),
        "created_by": created_by,
        "created_at": now,
        "expires_at": now + lasts,
    }
    token_id = (await db.execute(insert(api_tokens).values(values).returning(api_tokens.c.id))).scalar_one()
    return f"{PREFIX}_{token_id}_{secret}"


async def bearer(db: AsyncConnection, token: str, now: datetime) -> Bearer | None:
    """Return who holds a token; None when it is not one, is over, was revoked, or its user was disabled."""
    token_id, secret = _parts(token)
    if token_id is None:
        return None
    query = (
        select(api_tokens, users.c.role, users.c.language)
        .join(users, users.c.id == api_tokens.c.user_id)
        .where(
            api_tokens.c.id == token_id,
            api_tokens.c.revoked_at.is_(None),
            api_tokens.c.expires_at > now,
            users.c.active,
        )
    )
    row = (await db.execute(query)).one_or_none()
    if row is None or not hmac.compare_digest(row.secret_hash, _hash(secret)):
        return None
    role = Role(row.role)
    return Bearer(
        token_id=row.id,
        name=row.name,
        user_id=row.user_id,
        role=role,
        language=row.language,
        actions=_actions(row.actions) & ALLOWED[role],
        unseen=row.used_at is None or row.used_at < now - USED_EVERY,
    )


async def used(db: Writing, token_id: int, now: datetime) -> None:
    """Note that a token was used."""
    await db.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(used_at=now))


async def revoke(db: Writing, token_id: int, now: datetime) -> None:
    """End a token at once; one that is over stays over.

    Raises:
        NoSuchToken: there is no such token.

    """
    change = update(api_tokens).where(api_tokens.c.id == token_id)
    if (await db.execute(change.values(revoked_at=now))).rowcount == 0:
        raise NoSuchToken(f"there is no token {token_id}")


async def listing(db: AsyncConnection, *, before_id: int | None = None, limit: int = 50) -> list[Token]:
    """Return tokens, newest first, ended ones too."""
    query = (
        select(api_tokens, users.c.name.label("user"))
        .join(users, users.c.id == api_tokens.c.user_id)
        .order_by(api_tokens.c.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        query = query.where(api_tokens.c.id < before_id)
    return [_token(row) for row in await db.execute(query)]


def _token(row: Row[*tuple[Any, ...]]) -> Token:
    return Token(
        token_id=row.id,
        name=row.name,
        user_id=row.user_id,
        user=row.user,
        actions=_actions(row.actions),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=row.used_at,
    )


def _actions(names: Sequence[str]) -> frozenset[Action]:
    # An action that a later release dropped gives no right.
    return frozenset(Action(name) for name in names if name in set(Action))


def _parts(token: str) -> tuple[int | None, str]:
    prefix, _, rest = token.partition("_")
    number, _, secret = rest.partition("_")
    if prefix != PREFIX or not number.isascii() or not number.isdecimal() or len(number) > 9 or len(secret) > 100:
        return None, ""
    return int(number), secret


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
