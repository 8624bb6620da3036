"""Who may do what: roles by actions, nothing else decides it (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a user is."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What can be allowed; the value is also what the access log calls it."""

    TAKE_CALLS = "calls.take"
    """Have a desk and a telephone, take calls, write contacts up."""
    SEE_CARD = "card.viewed"
    SEARCH = "search"
    SUBMIT_READING = "reading.submitted"
    CONFIRM_READING = "reading.confirmed"
    """Accept a reading that a rule held, with a reason."""
    SEE_FLOOR = "floor.viewed"
    """See every operator, call and queue live."""
    SEE_ACCESS_LOG = "access_log.viewed"
    MANAGE_USERS = "users.managed"
    IMPORT = "import.run"


_DESK = frozenset({Action.TAKE_CALLS, Action.SEE_CARD, Action.SEARCH, Action.SUBMIT_READING, Action.CONFIRM_READING})
_FLOOR = frozenset({Action.SEE_FLOOR, Action.SEE_CARD, Action.SEARCH, Action.SEE_ACCESS_LOG})

ALLOWED: Mapping[Role, frozenset[Action]] = {
    Role.OPERATOR: _DESK,
    Role.SUPERVISOR: _FLOOR,
    # Who runs the system sees its users and logs, but has no business in subscribers' cards.
    Role.ADMINISTRATOR: frozenset({Action.SEE_FLOOR, Action.SEE_ACCESS_LOG, Action.MANAGE_USERS, Action.IMPORT}),
}


def may(role: Role | str, action: Action) -> bool:
    """Whether a role may do something; an unknown role may nothing."""
    try:
        return action in ALLOWED[Role(role)]
    except ValueError:
        return False
