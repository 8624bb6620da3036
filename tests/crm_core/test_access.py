"""Who may do what."""

from __future__ import annotations

import pytest

from crm_core.access import ALLOWED, Action, Role, may

pytestmark = pytest.mark.unit


def test_every_role_and_every_action_is_somewhere_in_the_matrix() -> None:
    assert set(ALLOWED) == set(Role)
    assert frozenset[Action]().union(*ALLOWED.values()) == set(Action)


@pytest.mark.parametrize(
    ("role", "action", "allowed"),
    [
        ("operator", Action.TAKE_CALLS, True),
        ("operator", Action.SEE_FLOOR, False),
        ("operator", Action.MANAGE_USERS, False),
        ("operator", Action.SEE_ACCESS_LOG, False),
        ("supervisor", Action.SEE_FLOOR, True),
        ("supervisor", Action.TAKE_CALLS, False),
        ("supervisor", Action.CONFIRM_READING, False),
        ("administrator", Action.MANAGE_USERS, True),
        ("administrator", Action.SEE_CARD, False),
        ("root", Action.SEE_CARD, False),
        ("", Action.SEE_CARD, False),
    ],
)
def test_a_role_may_what_its_work_needs_and_no_more(role: str, action: Action, allowed: bool) -> None:
    assert may(role, action) is allowed
