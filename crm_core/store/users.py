"""People who work here: logins, roles, telephones, and the sessions they opened (shell)."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import passwords
from crm_core.access import Role
from crm_core.db import Writing
from crm_core.errors import BadValue, LoginTaken, NoFreeExtension, NoSuchUser
from crm_core.tables import api_tokens, password_links, sessions, users
from crm_core.text import one_line

LONGEST_SESSION = timedelta(hours=13)
"""A shift and its overtime; then everyone signs in again."""
IDLE_SESSION = timedelta(hours=2)
"""Without a request for so long the session is dead; an open desk keeps asking."""
SEEN_EVERY = timedelta(minutes=1)
"""`seen_at` is written at most so often."""
EXTENSION_LOCK = 0x65787431
"""Advisory lock: two users made at once get two telephones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One who works here; never carries the password."""

    user_id: int
    login: str
    name: str
    role: Role
    extension: str | None
    """Number of the telephone; None for those without a desk."""
    language: str
    """Of the screen."""
    languages: tuple[str, ...]
    """Spoken with callers."""
    skills: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """What it takes to make a user."""

    login: str
    name: str
    role: Role
    password: str
    extension: str | None = None
    language: str = "en"
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSession:
    """A fresh session; the token is told once and never stored."""

    token: str
    csrf: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A living session and whose it is."""

    user: User
    csrf: str
    expires_at: datetime
    unseen: bool
    """Its last sign of life is older than a minute: call `session_seen`."""


def _user(row: Row[*tuple[Any, ...]]) -> User:
    return User(
        user_id=row.id,
        login=row.login,
        name=row.name,
        role=Role(row.role),
        extension=row.extension,
        language=row.language,
        languages=tuple(row.languages),
        skills=tuple(row.skills),
        active=row.active,
    )


def login_of(text: str) -> str:
    """Return a login as it is stored: small letters, no spaces around."""
    return one_line(text, 60).casefold()[:60]


async def by_login(db: AsyncConnection, login: str) -> User | None:
    """Return the user of a login, active or not; letters' case does not matter."""
    row = (await db.execute(select(users).where(users.c.login == login_of(login)))).one_or_none()
    return None if row is None else _user(row)


async def by_id(db: AsyncConnection, user_id: int) -> User | None:
    """Return the user of a key, active or not."""
    row = (await db.execute(select(users).where(users.c.id == user_id))).one_or_none()
    return None if row is None else _user(row)


async def everyone(db: AsyncConnection) -> list[User]:
    """Return all users by name, the active first."""
    rows = await db.execute(select(users).order_by(users.c.active.desc(), users.c.name, users.c.id))
    return [_user(row) for row in rows]


async def active(db: AsyncConnection, ids: Collection[int], role: Role) -> set[int]:
    """Return which of these users are not locked out and have this role."""
    query = select(users.c.id).where(users.c.id.in_(sorted(ids)), users.c.active, users.c.role == role.value)
    return set((await db.execute(query)).scalars())


async def create(db: Writing, new: NewUser) -> User:
    """Make a user.

    Raises:
        LoginTaken: a user of that login exists.
        NoFreeExtension: the telephone asked for has an owner.
        BadValue: login or name is empty, or the password too short.
    """
    login, name = login_of(new.login), one_line(new.name, 200)
    if not login or not name:
        raise BadValue("a user needs a login and a name")
    password = await asyncio.to_thread(passwords.hashed, new.password)
    values = {
        "login": login,
        "name": name,
        "role": new.role.value,
        "password": password,
        "extension": new.extension,
        "language": new.language,
        "languages": list(new.languages),
        "skills": list(new.skills),
    }
    try:
        async with db.begin_nested():
            row = (await db.execute(insert(users).values(values).returning(users))).one()
    except IntegrityError as error:
        if "uq_users_extension" in str(error.orig):
            raise NoFreeExtension(f"telephone {new.extension} has an owner") from error
        raise LoginTaken(f"there is a user {login} already") from error
    return _user(row)


async def free_extension(db: Writing, first: int, lines: int) -> str:
    """Return the lowest telephone nobody owns and keep others from taking it until the transaction ends.

    Args:
        db: the transaction that goes on to create or change the user.
        first: `Settings.first_extension`.
        lines: `Settings.lines`.

    Raises:
        NoFreeExtension: all of them have owners.
    """
    await db.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": EXTENSION_LOCK})
    taken = set((await db.execute(select(users.c.extension).where(users.c.extension.is_not(None)))).scalars())
    for number in range(first, first + lines):
        if str(number) not in taken:
            return str(number)
    raise NoFreeExtension(f"all {lines} telephones have owners: raise BUSBAR_LINES or disable a user")


async def disable(db: Writing, user_id: int) -> None:
    """Lock a user out at once: sessions, tokens and links die and stay dead, the telephone is free for another.

    Raises:
        NoSuchUser: there is no such user.
    """
    change = update(users).where(users.c.id == user_id).values(active=False, extension=None)
    if (await db.execute(change)).rowcount == 0:
        raise NoSuchUser(f"there is no user {user_id}")
    await close_sessions(db, user_id)
    mine = (api_tokens.c.user_id == user_id, api_tokens.c.revoked_at.is_(None))
    await db.execute(update(api_tokens).where(*mine).values(revoked_at=func.now()))
    await db.execute(delete(password_links).where(password_links.c.user_id == user_id))


async def enable(db: Writing, user_id: int, extension: str | None) -> None:
    """Let a user in again, with a telephone (`free_extension`) or without.

    Raises:
        NoSuchUser: there is no such user.
    """
    change = update(users).where(users.c.id == user_id).values(active=True, extension=extension)
    if (await db.execute(change)).rowcount == 0:
        raise NoSuchUser(f"there is no user {user_id}")


async def change(db: Writing, user_id: int, name: str, role: Role, extension: str | None) -> None:
    """Change who somebody is here; another role ends every session, so that no page goes on with the old one.

    Raises:
        BadValue: the name is empty.
        NoSuchUser: there is no such active user.
    """
    known = await by_id(db, user_id)
    if known is None or not known.active:
        raise NoSuchUser(f"there is no active user {user_id}")
    said = one_line(name, 200)
    if not said:
        raise BadValue("name: a person needs a name")
    mine = update(users).where(users.c.id == user_id)
    await db.execute(mine.values(name=said, role=role.value, extension=extension))
    if role is not known.role:
        await close_sessions(db, user_id)


async def set_language(db: Writing, user_id: int, language: str) -> None:
    """Change the language somebody reads.

    Raises:
        NoSuchUser: there is no such active user.
    """
    change = update(users).where(users.c.id == user_id, users.c.active).values(language=language)
    if (await db.execute(change)).rowcount == 0:
        raise NoSuchUser(f"there is no active user {user_id}")


async def set_password(db: Writing, user_id: int, password: str) -> None:
    """Change a password; every session opened with the old one dies.

    Raises:
        BadValue: the password is too short.
        NoSuchUser: there is no such user.
    """
    stored = await asyncio.to_thread(passwords.hashed, password)
    if (await db.execute(update(users).where(users.c.id == user_id).values(password=stored))).rowcount == 0:
        raise NoSuchUser(f"there is no user {user_id}")
    await close_sessions(db, user_id)


async def verify_password(db: Writing, login: str, password: str) -> User | None:
    """Return the active user of this login and password, else None; takes as long for a login that does not exist.

    A hash made with older parameters is replaced on the way.
    """
    row = (await db.execute(select(users).where(users.c.login == login_of(login)))).one_or_none()
    # 20 ms of hashing would hold up everyone else in the event loop.
    fits, newer = await asyncio.to_thread(passwords.matches, password, None if row is None else row.password)
    if row is None or not fits or not row.active:
        return None
    if newer is not None:
        await db.execute(update(users).where(users.c.id == row.id).values(password=newer))
    return _user(row)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


async def open_session(db: Writing, user_id: int, now: datetime, ip: str = "") -> OpenedSession:
    """Open a session; always a new token, so that a planted cookie is worth nothing."""
    opened = OpenedSession(
        token=secrets.token_urlsafe(32), csrf=secrets.token_urlsafe(24), expires_at=now + LONGEST_SESSION
    )
    await db.execute(
        insert(sessions).values(
            token_hash=_hash(opened.token),
            user_id=user_id,
            csrf=opened.csrf,
            created_at=now,
            seen_at=now,
            expires_at=opened.expires_at,
            ip=one_line(ip, 45),
        )
    )
    return opened


async def session(db: AsyncConnection, token: str, now: datetime) -> Session | None:
    """Return the living session of a token: not too old, not idle too long, its user not disabled."""
    query = (
        select(users, sessions.c.csrf, sessions.c.expires_at, sessions.c.seen_at)
        .join(sessions, sessions.c.user_id == users.c.id)
        .where(
            sessions.c.token_hash == _hash(token),
            sessions.c.expires_at > now,
            sessions.c.seen_at > now - IDLE_SESSION,
            users.c.active,
        )
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        return None
    return Session(user=_user(row), csrf=row.csrf, expires_at=row.expires_at, unseen=row.seen_at <= now - SEEN_EVERY)


async def session_seen(db: Writing, token: str, now: datetime) -> None:
    """Note that the session is in use; an older moment than the noted one changes nothing."""
    mine = sessions.c.token_hash == _hash(token)
    await db.execute(update(sessions).where(mine).values(seen_at=func.greatest(sessions.c.seen_at, now)))


async def close_session(db: Writing, token: str) -> None:
    """End a session; one that does not exist is ended already."""
    await db.execute(delete(sessions).where(sessions.c.token_hash == _hash(token)))


async def close_sessions(db: Writing, user_id: int) -> None:
    """End all sessions of a user."""
    await db.execute(delete(sessions).where(sessions.c.user_id == user_id))


async def sweep_sessions(db: Writing, now: datetime) -> int:
    """Remove sessions that are dead by themselves; returns how many."""
    dead = (sessions.c.expires_at <= now) | (sessions.c.seen_at <= now - IDLE_SESSION)
    return (await db.execute(delete(sessions).where(dead))).rowcount


def operators_of(people: Sequence[User]) -> list[User]:
    """Return those of them who can take calls: active operators with a telephone."""
    return [one for one in people if one.active and one.role is Role.OPERATOR and one.extension is not None]
