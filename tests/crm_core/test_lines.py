"""Operators' telephone lines."""

from __future__ import annotations

import re

import pytest

from crm_core import lines

pytestmark = pytest.mark.unit


def test_a_line_is_named_after_its_extension() -> None:
    assert (lines.endpoint("101"), lines.device("101")) == ("op101", "PJSIP/op101")


def test_every_line_has_a_password_of_its_own_under_each_secret() -> None:
    passwords = [lines.sip_password(secret, extension) for secret in ("a", "b") for extension in ("101", "102")]
    assert len(set(passwords)) == 4
    assert all(re.fullmatch("[0-9a-f]{40}", password) for password in passwords)
    assert passwords[0] == lines.sip_password("a", "101")
