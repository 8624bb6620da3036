"""REST of rules as data: versions of the rules of readings and of money (shell)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.ledger.rules import MoneyRules
from crm_core.reading_policy import ReadingRules
from crm_core.store import access_log, policies
from workstation.deps import PartsDep
from workstation.errors import AgainstRule
from workstation.rest.caller import Caller, allowed
from workstation.rest.ledger_answers import Body
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk

router = APIRouter(prefix="/policies", tags=["rules"])
Ruler = Annotated[Caller, allowed(Action.MANAGE_MONEY_RULES)]
Note = Annotated[str, Field(max_length=500)]


class ReadingRulesIn(Body):
    """A version of the rules of readings."""

    valid_from: date
    rules: ReadingRules
    note: Note = ""


class MoneyRulesIn(Body):
    """A version of the rules of money."""

    valid_from: date
    rules: MoneyRules
    note: Note = ""


class ReadingVersionOut(BaseModel):
    """A version of the rules of readings on record."""

    version_id: int
    valid_from: date
    rules: ReadingRules
    note: str
    created_at: datetime


class MoneyVersionOut(BaseModel):
    """A version of the rules of money on record."""

    version_id: int
    valid_from: date
    rules: MoneyRules
    note: str
    created_at: datetime


class MadeOut(BaseModel):
    """The number of the new version."""

    version_id: int


@router.get("/readings", operation_id="list_reading_rules")
async def list_readings(parts: PartsDep, _caller: Ruler, ask: PageAsk) -> Page[ReadingVersionOut]:
    """List versions of the rules of readings, newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await policies.readings_versions(db, before=before, limit=ask.more)
    return ask.page(rows, _reading_version, lambda row: (row.version_id,))


@router.post("/readings", operation_id="add_reading_rules", status_code=201, response_model=MadeOut)
async def add_readings(body: ReadingRulesIn, parts: PartsDep, caller: Ruler, once: OnceDep) -> Response:
    """Add a version of the rules of readings, valid from today or later."""
    _from_today(body.valid_from, parts.cards.today())

    async def work(db: Writing) -> MadeOut:
        key = await policies.add_readings(db, body.rules, body.valid_from, body.note, caller.user_id)
        await _note(db, caller, f"reading rules {key}", body.note)
        return MadeOut(version_id=key)

    return await once.run(caller, work, 201)


@router.get("/money", operation_id="list_money_rules")
async def list_money(parts: PartsDep, _caller: Ruler, ask: PageAsk) -> Page[MoneyVersionOut]:
    """List versions of the rules of money, newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await policies.money_versions(db, before=before, limit=ask.more)
    return ask.page(rows, _money_version, lambda row: (row.version_id,))


@router.post("/money", operation_id="add_money_rules", status_code=201, response_model=MadeOut)
async def add_money(body: MoneyRulesIn, parts: PartsDep, caller: Ruler, once: OnceDep) -> Response:
    """Add a version of the rules of money, valid from today or later."""
    _from_today(body.valid_from, parts.cards.today())

    async def work(db: Writing) -> MadeOut:
        key = await policies.add_money(db, body.rules, body.valid_from, body.note, caller.user_id)
        await _note(db, caller, f"money rules {key}", body.note)
        return MadeOut(version_id=key)

    return await once.run(caller, work, 201)


def _from_today(valid_from: date, today: date) -> None:
    if valid_from < today:
        raise AgainstRule("rules-in-past")


async def _note(db: Writing, caller: Caller, object_: str, note: str) -> None:
    await access_log.record(db, caller.user_id, Action.MANAGE_MONEY_RULES, object_, note, caller.ip)


def _reading_version(row: policies.Version[ReadingRules]) -> ReadingVersionOut:
    return ReadingVersionOut(
        version_id=row.version_id, valid_from=row.valid_from, rules=row.rules, note=row.note, created_at=row.created_at
    )


def _money_version(row: policies.Version[MoneyRules]) -> MoneyVersionOut:
    return MoneyVersionOut(
        version_id=row.version_id, valid_from=row.valid_from, rules=row.rules, note=row.note, created_at=row.created_at
    )
