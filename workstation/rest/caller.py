"""Who calls the API: a program with a token, and whether it may do this (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from limits import RateLimitItemPerMinute

from crm_core import clock
from crm_core.access import Action, Role
from crm_core.asking import Asking, asking
from crm_core.db import reading, transaction
from crm_core.store import tokens
from workstation.deps import address, parts_of
from workstation.errors import Forbidden, NotSignedIn, TooMany
from workstation.rest import because

CALLS = RateLimitItemPerMinute(600)
"""Requests of one token."""
BEARER = HTTPBearer(auto_error=False, description="A token made under Office, Tokens: `bb_…`.")
Said = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A program that speaks for a person."""

    token_id: int
    name: str
    user_id: int
    role: Role
    language: str
    actions: frozenset[Action]
    ip: str

    @property
    def owner(self) -> str:
        """Whose idempotency keys these are."""
        return f"token {self.token_id}"

    def may(self, action: Action) -> bool:
        """Tell whether the token allows an action that its user may do."""
        return action in self.actions


class Present:
    """Dependency of a route for every living token; returns who holds it.

    Raises:
        NotSignedIn: there is no living token.
        TooMany: more than 600 requests a minute.

    """

    async def __call__(self, request: Request, said: Said) -> Caller:
        """Judge one request."""
        caller = await _caller(request, said.credentials if said else "")
        if not await parts_of(request).throttle.allows(CALLS, "api", caller.owner):
            raise TooMany
        return caller


class Allowed(Present):
    """The same for tokens that allow one of `actions`; what shows a subscriber also needs a reason.

    Raises:
        Forbidden: the token allows none of them; written to the access log.
        Refused: the route shows a subscriber, and no reason was given (`workstation.rest.because`).

    """

    def __init__(self, *actions: Action) -> None:
        self.actions = frozenset(actions)

    async def __call__(self, request: Request, said: Said) -> Caller:
        """Judge one request."""
        caller = await super().__call__(request, said)
        if not self.actions & caller.actions:
            raise Forbidden("token-without-right")
        await because.judge(request, caller)
        return caller


async def _caller(request: Request, token: str) -> Caller:
    parts = parts_of(request)
    now = clock.now()
    async with reading(parts.engine) as db:
        bearer = await tokens.bearer(db, token, now)
    if bearer is None:
        raise NotSignedIn
    if bearer.unseen:
        async with transaction(parts.engine) as writing:
            await tokens.used(writing, bearer.token_id, now)
    caller = Caller(
        token_id=bearer.token_id,
        name=bearer.name,
        user_id=bearer.user_id,
        role=bearer.role,
        language=bearer.language,
        actions=bearer.actions,
        ip=address(request),
    )
    request.state.caller = caller
    asking.set(Asking(role=caller.role.value, session=caller.owner, ip=caller.ip))
    return caller


def allowed(*actions: Action) -> Any:
    """Let in whoever may do one of `actions`, as the annotation of a parameter `caller`."""
    return Depends(Allowed(*actions))
