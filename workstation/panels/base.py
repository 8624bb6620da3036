"""What every panel of the desk does: opened with what is known, carried out once, its faults told by field (shell).

Rules, parsing and stores are those of the office's pages. A panel is asked for as a fragment and sent as a form; the
answer is JSON, so that what was typed stays where it is: `{"done": true, "said": …}`, or 422 with a sentence by field.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fastapi import Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, JSONResponse, Response

from crm_core.access import hidden
from crm_core.card import Card
from crm_core.cardnumbers import holds_card
from crm_core.db import Writing, reading, transaction
from crm_core.errors import ChangedMeanwhile, CrmError
from crm_core.masking import mask_card
from crm_core.store import access_log
from crm_core.store import cards as card_store
from workstation import openings
from workstation.access import Person
from workstation.deps import Parts, address, number, translate
from workstation.errors import Missing, Refused, TooMany
from workstation.forms import CARD_NUMBER, Form
from workstation.office.base import SentTwice, once
from workstation.openings import Opening
from workstation.sentences import N_, sentence
from workstation.throttle import WRITE

AGAIN = N_("This form was sent already, so it was not sent again.")
LONGEST_KNOWN = 400
"""Characters of a value that the address brings: what was typed into the command box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One panel that somebody opened or sent, on an account that is open for him."""

    request: Request
    parts: Parts
    who: Person
    account_id: int
    because: Opening
    sent: dict[str, str] = field(default_factory=dict)

    @property
    def call_id(self) -> str:
        """The call because of which the account is open, "" when there is none."""
        return self.because.contact_id

    def say(self, text: str, **values: object) -> str:
        """Say something in the person's language."""
        said = translate(self.request, self.who)(text)
        return said.format(**values) if values else said

    def known(self, name: str) -> str:
        """Return what the address says of a field: taken from what was typed into the command box."""
        return self.request.query_params.get(name, "")[:LONGEST_KNOWN]

    def form(self) -> Form:
        """Return what was sent, as a form."""
        return Form(self.sent, translate(self.request, self.who))

    async def card(self) -> Card:
        """Return the account's card as this person may see it.

        Raises:
            Missing: there is no such account.

        """
        async with reading(self.parts.engine) as db:
            found = await card_store.load_card(db, self.account_id, self.parts.cards.today())
        if found is None:
            raise Missing("no-such-account")
        return mask_card(found, hidden(self.who.role, reason=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A panel was carried out."""

    said: str
    """One sentence for its person, in his language."""
    object: str = ""
    """What the access log calls it; the account when it is "". """
    note: str = ""
    """What the access log keeps of it."""
    more: dict[str, str] = field(default_factory=dict)
    """What else the page wants to know."""


Work = Callable[[Writing], Awaitable[Done]]


class Unfit(Exception):
    """Ends the transaction: what was sent is not right, its form says where; the press is not used up."""


async def ask(request: Request, parts: Parts, who: Person, account_id: str) -> Asked:
    """Return an opened panel.

    Raises:
        Missing: there is no such account.
        ReasonNeeded: nobody said why it is opened.

    """
    key = account_key(account_id)
    return Asked(request=request, parts=parts, who=who, account_id=key, because=await openings.opened(parts, who, key))


async def receive(request: Request, parts: Parts, who: Person, account_id: str, sent: dict[str, str]) -> Asked:
    """Return a panel that was sent.

    Raises:
        TooMany: this person sends too much at once.
        Missing: there is no such account.
        ReasonNeeded: nobody said why it is opened.

    """
    if not await parts.throttle.allows(WRITE, "panel", str(who.user_id)):
        raise TooMany
    key = account_key(account_id)
    because = await openings.opened(parts, who, key)
    return Asked(request=request, parts=parts, who=who, account_id=key, because=because, sent=sent)


def account_key(text: str) -> int:
    """Return the account that an address names.

    Raises:
        Missing: it names none.

    """
    key = number(text)
    if key is None:
        raise Missing("no-such-account")
    return key


def show(asked: Asked, template: str, **values: Any) -> Response:
    """Return a panel as a fragment; `values` may bring `known`, what its fields begin with."""
    values.setdefault("known", {})
    html = asked.parts.templates.render(
        f"panels/{template}",
        asked.who.language,
        account_id=asked.account_id,
        known={name: _plain(value) for name, value in values.pop("known").items()},
        user=asked.who,
        **values,
    )
    return HTMLResponse(html)


def _plain(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


async def carry_out(asked: Asked, form: Form, action: str, work: Work) -> Response:
    """Do it once, in one transaction with its line in the access log; the same press again changes nothing.

    Args:
        asked: who sent what.
        form: with the faults that were found so far; then nothing is done.
        action: for the access log.
        work: does it; raises `Unfit` after it has told the form what is wrong.

    Raises:
        Refused: something is not right; nothing was changed.

    """
    for name in (name for name, value in asked.sent.items() if name != "once" and holds_card(value)):
        form.errors[name] = asked.say(CARD_NUMBER)
    if not form.fine:
        raise Refused(form.errors)
    try:
        async with transaction(asked.parts.engine) as db:
            await once(db, asked.who, asked.sent)
            done = await work(db)
            what = done.object or f"account {asked.account_id}"
            ip, contact = address(asked.request), asked.call_id
            await access_log.record(db, asked.who.user_id, action, what, done.note, ip, contact_id=contact)
    except SentTwice:
        return JSONResponse({"done": True, "again": True, "said": asked.say(AGAIN)})
    except Unfit:
        _note_refusal(asked, action, form)
        raise Refused(form.errors) from None
    except CrmError as error:
        if error.status >= 500 or error.status == 404:
            raise
        code = "changed-meanwhile" if isinstance(error, ChangedMeanwhile) else error.code
        form.errors["form"] = str(error) if code == "bad-value" else sentence(code, asked.say)
        _note_refusal(asked, action, form)
        raise Refused(form.errors) from error
    asked.parts.hub.ahead.changed(asked.account_id)
    return JSONResponse({"done": True, "said": done.said, **done.more})


def _note_refusal(asked: Asked, action: str, form: Form) -> None:
    reason = f"{action}: {', '.join(sorted(form.errors))}"
    asked.parts.access.note(
        asked.who.user_id, "refused", f"account {asked.account_id}", reason=reason, ip=address(asked.request)
    )


def paper(html: str) -> Markup:
    """Return HTML of ours that may stand in a fragment: every text in it was escaped where it was made."""
    return Markup(html)  # noqa: S704 -- see above
