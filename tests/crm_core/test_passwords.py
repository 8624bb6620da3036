"""Passwords."""

from __future__ import annotations

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from crm_core import passwords
from crm_core.errors import BadValue

pytestmark = pytest.mark.unit


def test_a_password_fits_its_own_hash_only() -> None:
    stored = passwords.hashed("correct horse")
    assert stored.startswith("$argon2id$")
    assert passwords.matches("correct horse", stored) == (True, None)
    assert passwords.matches("correct hors", stored) == (False, None)


def test_nobodys_password_never_fits() -> None:
    assert passwords.matches("correct horse", None) == (False, None)


def test_a_broken_hash_lets_nobody_in() -> None:
    assert passwords.matches("correct horse", "!") == (False, None)


def test_an_older_hash_is_made_anew() -> None:
    weak = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1),)).hash("correct horse")
    fits, newer = passwords.matches("correct horse", weak)
    assert fits
    assert newer is not None
    assert passwords.matches("correct horse", newer) == (True, None)


@pytest.mark.parametrize("password", ["", "seven77", "x" * 257])
def test_too_short_and_too_long_are_refused(password: str) -> None:
    with pytest.raises(BadValue, match="8 to 256"):
        passwords.hashed(password)


def test_an_endless_password_is_not_hashed_whole() -> None:
    stored = passwords.hashed("x" * 256)
    assert passwords.matches("x" * 10_000_000, stored) == (False, None)


def test_generated_ones_differ_and_are_long_enough() -> None:
    made = {passwords.generated() for _ in range(50)}
    assert len(made) == 50
    assert all(len(one) == 16 for one in made)
