"""Passwords: argon2id, at a price that is the same whether the login exists or not (shell: uses randomness)."""

from __future__ import annotations

import functools
import secrets

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from crm_core.errors import BadValue

SHORTEST = 8
LONGEST = 256
"""Hashing longer ones would be an invitation to keep the machine busy."""
# OWASP's second choice for argon2id, 19 MiB and two passes: about 20 ms of one core for each sign-in.
# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))


def hashed(password: str) -> str:
    """Return the argon2id hash to store.

    Raises:
        BadValue: shorter than eight characters, or absurdly long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadValue(f"a password has {SHORTEST} to {LONGEST} characters")
    return _hasher.hash(password)


def matches(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password belongs to the stored hash, and a newer hash to store when the old one is out of date.

    Without a stored hash (no such login) the same work is done, so that time does not tell logins apart.
    """
    known = stored is not None and len(password) <= LONGEST
    try:
        fits, newer = _hasher.verify_and_update(password[:LONGEST], stored if stored is not None else _nobodys())
    except UnknownHashError:
        return False, None
    return (True, newer) if fits and known else (False, None)


def generated() -> str:
    """Return a random password of 96 bits that can be read out and typed."""
    return secrets.token_urlsafe(12)


@functools.cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))
