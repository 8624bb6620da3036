"""Texts for notes, with what is known of the account filled in (shell)."""

from __future__ import annotations

from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from crm_core.db import reading
from crm_core.store import guides
from crm_core.work.guides import GuideKind, filled
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Who
from workstation.panels.base import Asked, ask

router = APIRouter(prefix="/api")
MASK = "***"


@router.get("/notes")
async def texts(parts: PartsDep, who: Who) -> Response:
    """Return the texts as they are when no customer is known."""
    return await _texts(parts, who, {"operator": who.name})


@router.get("/notes/{account_id}")
async def texts_of(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Return the texts with what the card says."""
    asked = await ask(request, parts, who, account_id)
    return await _texts(parts, who, await facts_of(asked))


async def facts_of(asked: Asked) -> dict[str, str]:
    """Return what texts may name of an account, as this person may see it; what is masked is left open."""
    card = await asked.card()
    formats = asked.parts.templates.formats(asked.who.language)
    facts = {
        "account": card.account_number,
        "customer": card.customer,
        "address": card.address,
        "balance": formats.money(max(card.balance, Decimal(0)), card.currency),
        "overdue": formats.money(card.overdue, card.currency),
        "today": formats.day(asked.parts.cards.today()),
        "operator": asked.who.name,
    }
    return {name: value for name, value in facts.items() if MASK not in value}


async def _texts(parts: Parts, who: Person, facts: dict[str, str]) -> Response:
    async with reading(parts.engine) as db:
        found = await guides.offered(db, GuideKind.NOTE, who.language)
    return JSONResponse([{"title": one.title, "body": filled(one.body, facts)} for one in found])
