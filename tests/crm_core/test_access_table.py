"""The matrix on paper is the matrix in the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_core.access import Action, Field, Role, may, shows
from crm_core.access_table import BEGIN, END, actions_of, markdown, written_into

pytestmark = pytest.mark.unit
PAGE = Path(__file__).resolve().parents[2] / "docs" / "SECURITY.md"


def test_the_page_says_what_the_code_does() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written_into(page) == page, "run `busbar access --write`"


def test_every_action_and_every_field_has_its_row() -> None:
    rows = markdown().splitlines()
    assert [row for row in rows if row.startswith("| `")] == [
        f"| `{action.value}` | {' | '.join('yes' if may(role, action) else '' for role in Role)} |" for action in Action
    ]
    assert sum(row.startswith(tuple(f"| {field.value} |" for field in Field)) for row in rows) == len(Field)


def test_no_role_sees_more_without_a_reason_than_with_one() -> None:
    assert all(shows(role, field, reason=True) for role in Role for field in Field if shows(role, field))


def test_actions_of_a_role_come_in_the_order_of_the_table() -> None:
    assert actions_of(Role.AUDITOR) == [action for action in Action if may(Role.AUDITOR, action)]


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        written_into("nothing here")
    assert written_into(f"a\n{BEGIN}old{END}\nz").startswith("a\n")
