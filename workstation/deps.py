"""What route functions ask for: the parts of the application, who is asking, what was sent (shell)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.datastructures import UploadFile

from crm_core.asking import Asking, asking
from crm_core.settings import Settings
from routing.rehearsal_board import Board
from workstation import typed
from workstation.access import Person, may
from workstation.access_log import AccessLog
from workstation.cards import Cards
from workstation.errors import Forbidden, NotSignedIn, WebError
from workstation.floorline import FloorLine
from workstation.headers import BODY_LIMIT, SAFE_METHODS, Origins, body_limit
from workstation.hub import Hub
from workstation.rehearsals import Rehearsals
from workstation.sentences import Translate
from workstation.sessions import Sessions
from workstation.templates import Templates
from workstation.throttle import Throttle
from workstation.walls import Walls

MOST_FIELDS = 400
"""Of one form: a segment of forty conditions with what is chosen in each."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The application's parts, wired once in `workstation/app.py`."""

    settings: Settings
    engine: AsyncEngine
    line: FloorLine
    hub: Hub
    cards: Cards
    sessions: Sessions
    templates: Templates
    throttle: Throttle
    walls: Walls
    board: Board
    rehearsals: Rehearsals
    access: AccessLog
    origins: Origins


def parts_of(request: Request) -> Parts:
    """Return the application's parts."""
    return cast("Parts", request.app.state.parts)


def address(request: Request) -> str:
    """Return where a request came from; headers that claim something else are not believed."""
    return request.client.host if request.client else ""


async def signed_in(request: Request) -> Person:
    """Return who is asking, if this route is for them; unsafe methods also need the session's token.

    Raises:
        NotSignedIn: there is no living session.
        Forbidden: not this role's route, or the token is missing.

    """
    person = await in_session(request)
    if request.method not in SAFE_METHODS:
        sent = request.headers.get("x-csrf-token") or (await fields(request)).get("csrf", "")
        if not parts_of(request).sessions.same(sent, person.csrf):
            raise Forbidden("foreign-origin")
    return person


async def in_session(request: Request) -> Person:
    """Return who is asking, if this route is for them; the token of an unsafe method is still to be judged.

    Raises:
        NotSignedIn: there is no living session.
        Forbidden: not this role's route.

    """
    known: Person | None = getattr(request.state, "let_in", None)
    if known is not None:
        return known
    parts = parts_of(request)
    person = await parts.sessions.find(request.cookies.get(parts.origins.cookie, ""))
    if person is None:
        raise NotSignedIn
    request.state.person = person
    asking.set(Asking(role=person.role.value, session=person.session, ip=address(request)))
    if not may(person.role, request.method, request.scope["route"].path):
        raise Forbidden("forbidden")
    request.state.let_in = person
    return person


async def fields(request: Request) -> dict[str, str]:
    """Return the fields of a form or of a flat JSON object, as text; files and nested values are refused.

    Figures in the digits of any script arrive as `0` to `9`: this is the one place where that is done.
    At an address of `headers.UPLOADS` a form may hold one file: the route takes it by `upload`.

    Raises:
        WebError: the body is neither.

    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return await _json_fields(request)
    if kind not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return {}
    takes_file = body_limit(request.scope["path"]) > BODY_LIMIT
    form = await request.form(max_files=int(takes_file), max_fields=MOST_FIELDS)
    return {name: typed.sent(name, value) for name, value in form.items() if not isinstance(value, UploadFile)}


async def upload(request: Request, name: str, most: int) -> tuple[str, bytes]:
    """Return a file of a form by the name of its field: what it is called, and at most `most` and one bytes of it.

    A form without one gives an empty name and no bytes.
    """
    found = (await request.form(max_files=1, max_fields=MOST_FIELDS)).get(name)
    if not isinstance(found, UploadFile):
        return "", b""
    try:
        return found.filename or "", await found.read(most + 1)
    finally:
        await found.close()


async def _json_fields(request: Request) -> dict[str, str]:
    try:
        body = await request.json()
    except (ValueError, RecursionError) as error:
        raise WebError("bad-request") from error
    if not isinstance(body, dict):
        raise WebError("bad-request")
    taken = {name: value for name, value in body.items() if value is not None}
    if any(not isinstance(value, str | int | bool) for value in taken.values()):
        raise WebError("bad-request")
    return {name: typed.sent(name, str(value)) for name, value in taken.items()}


def number(text: str | None) -> int | None:
    """Return a key of the database as it came from outside; None when it is none."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 10:
        return None
    value = int(text)
    return value if value < 2**31 else None


def translate(request: Request, person: Person) -> Translate:
    """Return gettext of a person's language."""
    return parts_of(request).templates.translation(person.language)


PartsDep = Annotated[Parts, Depends(parts_of)]
Who = Annotated[Person, Depends(signed_in)]
Sent = Annotated[dict[str, str], Depends(fields)]
