"""Meter readings at the desk: typed, judged by the customer base's rules, shown again with what they said (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from crm_core.card import Card
from crm_core.db import reading, transaction
from crm_core.readings import Decision, Verdict
from crm_core.store import cards as card_store
from crm_core.store import readings as reading_store
from workstation import openings, typed
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number, translate
from workstation.errors import Missing, TooMany
from workstation.sentences import Translate, rule_sentence
from workstation.throttle import WRITE

router = APIRouter(prefix="/api")
CALL_ID_LIMIT = 80


@dataclass(frozen=True, slots=True)
class Said:
    """What the rules said of one register, for the form."""

    rule: str
    """"" when the value is fine."""
    sentence: str
    """In the reader's language."""
    fine: bool
    confirmable: bool
    """It may be stored as it is once the operator says that the caller read it twice."""


@router.post("/readings")
async def submit(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Store the readings of all registers, or none, and show the form with what the rules said."""
    if not await parts.throttle.allows(WRITE, "reading", str(who.user_id)):
        raise TooMany
    account_id = number(sent.get("account_id"))
    if account_id is None:
        raise Missing("no-such-account")
    because = await openings.opened(parts, who, account_id)
    words = translate(request, who)
    texts = typed.registers(sent)
    values = {key: value for key, text in texts.items() if (value := typed.decimal(text)) is not None}
    on = typed.day(sent.get("taken_on", ""), parts.cards.today())
    card = await _card(parts, account_id)
    said = _unreadable(card, texts, values, on, words)
    if not said and on is not None:
        said = await _store(parts, who, account_id, values, on, sent, words)
        _note(request, parts, who, account_id, sent, said, because.contact_id)
        card = await _card(parts, account_id)
    saved = bool(said) and all(one.fine for one in said.values())
    # A doubtful value is stored as held; a refused one leaves nothing behind.
    refused = not saved and not any(one.confirmable for one in said.values())
    shown: dict[int | str, str] = {} if saved else {"taken_on": sent.get("taken_on", "")}
    if not saved:
        shown = {**shown, **dict(texts.items())}
    html = parts.templates.render(
        "readings_form.html",
        who.language,
        card=card,
        verdicts={} if saved else said,
        values=shown,
        saved=saved,
        csrf=who.csrf,
    )
    return HTMLResponse(html, status_code=422 if refused else 200)


async def _store(  # noqa: PLR0913, PLR0917 -- one submission
    parts: Parts, who: Person, account_id: int, values: Mapping[int, Decimal], on: date, sent: Sent, words: Translate
) -> dict[int, Said]:
    async with transaction(parts.engine) as db:
        verdicts = await reading_store.submit(
            db,
            account_id,
            values,
            "operator",
            on,
            who.user_id,
            confirmed=bool(sent.get("confirm")),
            call_id=sent.get("call_id", "")[:CALL_ID_LIMIT] or None,
        )
    parts.hub.ahead.changed(account_id)
    return _said(verdicts, words)


async def _card(parts: Parts, account_id: int) -> Card:
    async with reading(parts.engine) as db:
        card = await card_store.load_card(db, account_id, parts.cards.today())
    if card is None:
        raise Missing("no-such-account")
    return card


def _note(  # noqa: PLR0913, PLR0917 -- one row
    request: Request, parts: Parts, who: Person, account_id: int, sent: Sent, said: Mapping[int, Said], contact_id: str
) -> None:
    action = "reading.confirmed" if sent.get("confirm") else "reading.submitted"
    rules = ", ".join(one.rule for one in said.values() if one.rule) or "accepted"
    parts.access.note(
        who.user_id, action, f"account {account_id}", reason=rules, ip=address(request), contact_id=contact_id
    )


def _said(verdicts: Sequence[Verdict], words: Translate) -> dict[int, Said]:
    """Say it of every register: when one is refused nothing was stored, and the others are merely not at fault."""
    return {
        one.register_id: Said(
            rule=one.rule,
            sentence=rule_sentence(one.rule, words) if one.rule else "",
            fine=one.decision is Decision.ACCEPTED,
            confirmable=one.decision is Decision.HELD,
        )
        for one in verdicts
    }


def _unreadable(
    card: Card, texts: Mapping[int, str], values: Mapping[int, Decimal], on: date | None, words: Translate
) -> dict[int, Said]:
    """Say what cannot even be judged: nothing typed, no numbers, no day."""
    if not texts:
        wrong = {one.register_id: "incomplete" for meter in card.meters for one in meter.registers}
    elif on is None:
        wrong = dict.fromkeys(texts, "not-a-day")
    else:
        wrong = {key: "not-a-number" for key in texts if key not in values}
    return {
        key: Said(rule=rule, sentence=rule_sentence(rule, words), fine=False, confirmable=False)
        for key, rule in wrong.items()
    }
