"""Lists page by page: where a page ended travels as a signed cursor (shell: reads the request).

A cursor is made of the key of the last row, so that pages neither skip nor repeat when rows come and go, and a
far page costs what the first one does. It is signed together with the route: a cursor that was changed, or
belongs to another list, is refused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from workstation.deps import parts_of
from workstation.errors import WebError

LONGEST = 1_000
MOST = 200
USUAL = 50
Row = TypeVar("Row")
Item = TypeVar("Item")
Key = tuple[str | int, ...]


class BadCursor(WebError):
    """A cursor that we did not give, or not for this list."""

    status = 422

    def __init__(self) -> None:
        super().__init__("bad-cursor")


class Page(BaseModel, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next: str | None = None
    """Cursor of the next page (`?after=…`); absent on the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Which page is asked for."""

    limit: int
    after: Key | None
    """Key of the last row shown; None for the first page."""
    place: str
    secret: str

    @property
    def more(self) -> int:
        """How many rows to read: one more than shown tells whether there is another page."""
        return self.limit + 1

    def page(self, rows: Sequence[Row], show: Callable[[Row], Item], row_key: Callable[[Row], Key]) -> Page[Item]:
        """Make the page of up to `more` rows that were read."""
        shown = rows[: self.limit]
        last = cursor(self.secret, self.place, row_key(shown[-1])) if len(rows) > self.limit else None
        return Page(items=[show(row) for row in shown], next=last)


def ask(
    request: Request,
    after: Annotated[str, Query(max_length=LONGEST, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST, description="Rows of a page.")] = USUAL,
) -> Ask:
    """Read which page is asked for.

    Raises:
        BadCursor: `after` is not a cursor of this list.

    """
    secret = parts_of(request).settings.session_secret
    place: str = request.scope["route"].path
    return Ask(limit=limit, after=key_of(secret, place, after) if after else None, place=place, secret=secret)


def cursor(secret: str, place: str, key: Key) -> str:
    """Return the signed cursor of a row's key."""
    said = json.dumps(key, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_seal(secret, place, said) + said).decode().rstrip("=")


def key_of(secret: str, place: str, text: str) -> Key:
    """Return the key that a cursor carries.

    Raises:
        BadCursor: it was not made for this list, or was changed.

    """
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        if not hmac.compare_digest(raw[:16], _seal(secret, place, raw[16:])):
            raise BadCursor
        return tuple(json.loads(raw[16:]))
    except ValueError as error:
        raise BadCursor from error


def _seal(secret: str, place: str, said: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"cursor\0" + place.encode() + b"\0" + said, hashlib.sha256)[:16]


PageAsk = Annotated[Ask, Depends(ask)]
