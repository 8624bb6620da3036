"""Who may ask for what: every route with the roles that may use it, in one table (pure).

A route that is not in the table cannot be added to the application, so nothing is public by accident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a user is; stored in `users.role`."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


EVERYONE = frozenset(Role)
OPERATORS = frozenset({Role.OPERATOR})
SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
PUBLIC: frozenset[Role] = frozenset()
"""No role asked for: the page is for people who are not signed in yet, or for machines."""

ROUTES: Mapping[tuple[str, str], frozenset[Role]] = {
    ("GET", "/"): PUBLIC,
    ("GET", "/health"): PUBLIC,
    ("GET", "/sign-in"): PUBLIC,
    ("POST", "/sign-in"): PUBLIC,
    ("POST", "/sign-out"): EVERYONE,
    ("GET", "/desk"): OPERATORS,
    ("GET", "/floor"): SUPERVISORS,
    ("GET", "/ws"): OPERATORS,
    ("GET", "/ws/floor"): SUPERVISORS,
    ("GET", "/api/phone"): OPERATORS,
    ("GET", "/api/search"): EVERYONE,
    ("GET", "/api/card/{account_id}"): EVERYONE,
    ("GET", "/api/timeline/{account_id}"): EVERYONE,
    ("POST", "/api/readings"): OPERATORS,
    ("POST", "/api/calls/{call_id}/close"): OPERATORS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in, for the time of one session."""

    user_id: int
    login: str
    name: str
    role: Role
    extension: str
    """Telephone line, "" for people without one."""
    language: str
    """Of the screen."""
    languages: tuple[str, ...]
    """Spoken with callers."""
    skills: tuple[str, ...]
    csrf: str
    """Token of this session for unsafe methods."""
    token: str
    """The session's cookie; never shown, never logged."""

    @property
    def home(self) -> str:
        """Page this person works on."""
        return "/desk" if self.role in OPERATORS else "/floor"


def may(role: Role | None, method: str, path: str) -> bool:
    """Say whether a role may use a route (`path` is the route's template).

    Args:
        role: of the signed-in person, None for nobody.
        method: HTTP method; HEAD is judged as GET.
        path: as in `ROUTES`.

    Raises:
        KeyError: the route is not in the table.

    """
    roles = ROUTES["GET" if method == "HEAD" else method, path]
    return roles is PUBLIC or (role is not None and role in roles)
