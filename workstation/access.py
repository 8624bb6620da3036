"""Who is signed in, and whether he may ask for a route: its action is in `workstation.routes` (pure)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from crm_core import access
from crm_core.access import Action, Role
from workstation.routes import ROUTES, Door


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
    def session(self) -> str:
        """What the access log calls this session: a beginning of the hash of its token."""
        return hashlib.sha256(self.token.encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def home(self) -> str:
        """Page this person works on."""
        if self.takes_calls:
            return "/desk"
        return "/floor" if self.sees_floor else "/office"

    @property
    def takes_calls(self) -> bool:
        """Whether this person sits at a desk."""
        return access.may(self.role, Action.TAKE_CALLS)

    @property
    def helps(self) -> bool:
        """Whether this person has a telephone by which operators are helped."""
        return access.may(self.role, Action.LISTEN)

    @property
    def sees_floor(self) -> bool:
        """Whether this person watches the floor."""
        return access.may(self.role, Action.SEE_FLOOR)


def may(role: Role | None, method: str, path: str) -> bool:
    """Say whether a role may use a route (`path` is the route's template).

    Args:
        role: of the signed-in person, None for nobody.
        method: HTTP method; HEAD is judged as GET.
        path: as in `ROUTES`.

    Raises:
        KeyError: the route is not in the table.

    """
    rule = ROUTES["GET" if method == "HEAD" else method, path]
    if isinstance(rule, Door):
        return rule is Door.PUBLIC or role is not None
    return role is not None and access.may(role, rule)
