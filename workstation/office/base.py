"""What every page of the office is made with: the frame around it, forms, what was done, sent once (shell)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from crm_core.db import Writing
from crm_core.store import answers
from workstation.access import Person
from workstation.deps import parts_of, translate
from workstation.errors import WebError
from workstation.forms import Form
from workstation.office.places import menu
from workstation.sentences import N_, Translate

Row = TypeVar("Row")
Key = TypeVar("Key")
SAID: Mapping[str, str] = {
    "saved": N_("Saved."),
    "made": N_("Made."),
    "ended": N_("Ended."),
    "sent": N_("Sent on its way."),
    "cancelled": N_("Cancelled."),
}
"""What a page says after a form was carried out (`?done=…`); slices add theirs by `done_sentences`."""
_more: dict[str, str] = {}


class SentTwice(WebError):
    """The form was sent before: a double press, a reload."""

    status = 409

    def __init__(self) -> None:
        super().__init__("sent-twice")


def done_sentences(said: Mapping[str, str]) -> None:
    """Add sentences that pages may say after a form was carried out; marked with `N_` where they are written."""
    _more.update(said)


def show(request: Request, who: Person, template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page of the office: `template` extends `office/frame.html`.

    Args:
        request: the one that is answered.
        who: for whom; decides language and menu.
        template: of `templates/office`, without the folder.
        status: 422 when a form is shown again.
        values: what the template shows; `form` is an empty one when not given.

    """
    said = translate(request, who)
    code = request.query_params.get("done", "")
    sentence = SAID.get(code) or _more.get(code)
    values.setdefault("form", Form({}, said))
    html = parts_of(request).templates.render(
        f"office/{template}",
        who.language,
        user=who,
        csrf=who.csrf,
        rooms=menu(who),
        here=request.url.path,
        done=said(sentence) if sentence else "",
        **values,
    )
    return HTMLResponse(html, status_code=status)


def cut(rows: Sequence[Row], size: int, key: Callable[[Row], Key]) -> tuple[Sequence[Row], Key | None]:
    """Return the rows of a page and, when one more was read, the key that the next page begins after."""
    shown = rows[:size]
    return shown, key(shown[-1]) if len(rows) > size else None


def form_of(request: Request, who: Person, sent: Mapping[str, str]) -> Form:
    """Return what was sent as a form whose faults are told in the person's language."""
    return Form(sent, translate(request, who))


def words(request: Request, who: Person) -> Translate:
    """Return gettext of the person's language."""
    return translate(request, who)


def go(path: str, done: str = "", **query: str | int) -> Response:
    """Send the browser to a page after a form was carried out (303); `done` is a code of `SAID`."""
    query = {**query, **({"done": done} if done else {})}
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, status_code=303)


async def once(db: Writing, who: Person, sent: Mapping[str, str]) -> None:
    """Carry a form out once: its hidden field `once` is claimed in the transaction of the work.

    Raises:
        SentTwice: it was carried out before.

    """
    nonce = sent.get("once", "")[:80]
    if nonce and await answers.claim(db, f"user {who.user_id}", nonce, hashlib.sha256(b"form").hexdigest()):
        raise SentTwice
