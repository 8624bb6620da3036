"""REST: numbers that callers may be passed on to (shell)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.outward import NoCall
from crm_core.store import transfers as store
from crm_core.store.transfers import TransferNumber
from workstation.deps import parts_of
from workstation.errors import Refused
from workstation.passing import NOT_A_SKILL, REFUSALS, SKILL, judge_number, way_out
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk

router = APIRouter(tags=["transfers"])
Manager = Annotated[Caller, allowed(Action.MANAGE_RECORDING)]
Row = Annotated[int, Path(ge=1, lt=2**31)]


class NumberIn(BaseModel):
    """A number that callers may be passed on to."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=80, pattern=r"\S")]
    number: Annotated[str, Field(min_length=1, max_length=40)]
    """In any spelling; kept in E.164."""
    skill: Annotated[str, Field(max_length=40)] = ""
    """Only operators with this skill may use it; "" everybody."""


class NumberOut(BaseModel):
    """A number of the list."""

    row_id: int
    title: str
    number: str
    """E.164."""
    skill: str

    @classmethod
    def of(cls, one: TransferNumber) -> NumberOut:
        """Show a number."""
        return cls(row_id=one.number_id, title=one.title, number=one.number, skill=one.skill)


@router.get("/transfer-numbers", operation_id="list_transfer_numbers")
async def list_transfer_numbers(request: Request, caller: Manager, ask: PageAsk) -> Page[NumberOut]:  # noqa: ARG001 -- the right
    """List the numbers in the order they were added."""
    after = int(ask.after[0]) if ask.after else 0
    async with reading(parts_of(request).engine) as db:
        rows = await store.listing(db, after=after, limit=ask.more)
    return ask.page(rows, NumberOut.of, lambda one: (one.number_id,))


@router.post("/transfer-numbers", operation_id="add_transfer_number", status_code=201, response_model=NumberOut)
async def add_transfer_number(request: Request, body: NumberIn, caller: Manager, once: OnceDep) -> Response:
    """Put a number on the list; 422 names the field that cannot be, 409 says that it is there already."""
    return await once.run(caller, lambda db: _saved(request, caller, db, body, None), 201)


@router.put("/transfer-numbers/{row_id}", operation_id="change_transfer_number", response_model=NumberOut)
async def change_transfer_number(
    request: Request, row_id: Row, body: NumberIn, caller: Manager, once: OnceDep
) -> Response:
    """Change a number of the list."""
    return await once.run(caller, lambda db: _saved(request, caller, db, body, row_id))


@router.delete("/transfer-numbers/{row_id}", operation_id="remove_transfer_number", response_model=NumberOut)
async def remove_transfer_number(row_id: Row, caller: Manager, once: OnceDep) -> Response:
    """Take a number off the list; the answer is what it was."""

    async def work(db: Writing) -> NumberOut:
        gone = NumberOut.of(await store.one(db, row_id))
        await store.remove(db, row_id, caller.user_id)
        return gone

    return await once.run(caller, work)


async def _saved(request: Request, caller: Caller, db: Writing, body: NumberIn, row_id: int | None) -> NumberOut:
    parts = parts_of(request)
    say = parts.templates.translation(caller.language)
    if body.skill and not SKILL.fullmatch(body.skill):
        raise Refused({"skill": say(NOT_A_SKILL)})
    verdict = judge_number(parts.settings, await way_out(db, parts.settings), body.number)
    if isinstance(verdict, NoCall):
        raise Refused({"number": say(REFUSALS[verdict])})
    key = await store.save(db, row_id, body.title.strip(), verdict.number, body.skill, caller.user_id)
    return NumberOut.of(await store.one(db, key))
