"""REST: flows of the IVR: versions, publishing, how callers went (shell)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.store import flows
from crm_core.store.flows import LONGEST, LONGEST_NOTE, Draft
from ivr.shelf import MAIN
from workstation.deps import parts_of
from workstation.errors import Refused
from workstation.office.flows import judged, traffic
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk
from workstation.rest.versions import Publishing, TextOut, VersionOut

router = APIRouter(tags=["flows"])
KEY = Path(ge=1, lt=2**31)
Manager = Annotated[Caller, allowed(Action.MANAGE_FLOWS)]


class NewVersion(BaseModel):
    """Menus to be kept as a draft; they are checked first."""

    model_config = ConfigDict(extra="forbid")

    body: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""


class StepOut(BaseModel):
    """How callers went through a step."""

    step: str
    callers: int
    hung_up: int


class StepsOut(BaseModel):
    """How callers went on one day."""

    items: list[StepOut]


@router.get("/flows", operation_id="list_flow_versions")
async def list_flow_versions(request: Request, caller: Manager, ask: PageAsk) -> Page[VersionOut]:  # noqa: ARG001 -- the right
    """List versions of the menus, newest first."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts_of(request).engine) as db:
        rows = await flows.versions(db, MAIN, before=before, limit=ask.more)
    return ask.page(rows, VersionOut.of, lambda one: (one.version,))


@router.get("/flows/{version_id}", operation_id="read_flow_version")
async def read_flow_version(request: Request, version_id: Annotated[int, KEY], caller: Manager) -> TextOut:  # noqa: ARG001
    """Read a version."""
    async with reading(parts_of(request).engine) as db:
        return TextOut.of(await flows.one(db, version_id))


@router.post("/flows", operation_id="keep_flow_version", status_code=201, response_model=TextOut)
async def keep_flow_version(request: Request, body: NewVersion, caller: Manager, once: OnceDep) -> Response:
    """Keep a draft; menus that cannot be served are refused with every reason."""
    await _fine(request, caller, body.body)

    async def work(db: Writing) -> TextOut:
        key = await flows.keep(db, Draft(name=MAIN, body=body.body, note=body.note), caller.user_id)
        return TextOut.of(await flows.one(db, key))

    return await once.run(caller, work, 201)


@router.post("/flows/{version_id}/publish", operation_id="publish_flow_version", response_model=TextOut)
async def publish_flow_version(
    request: Request, version_id: Annotated[int, KEY], body: Publishing, caller: Manager, once: OnceDep
) -> Response:
    """Serve a version from the next call on."""
    async with reading(parts_of(request).engine) as db:
        wanted = await flows.one(db, version_id)
    await _fine(request, caller, wanted.body)

    async def work(db: Writing) -> TextOut:
        await flows.publish(db, version_id, caller.user_id, clock.now(), instead_of=body.instead_of)
        return TextOut.of(await flows.one(db, version_id))

    return await once.run(caller, work)


@router.get("/flow-steps", operation_id="count_flow_steps")
async def count_flow_steps(request: Request, caller: Manager, day: date) -> StepsOut:  # noqa: ARG001 -- the right
    """Count how callers went on a day of the utility's."""
    parts = parts_of(request)
    async with reading(parts.engine) as db:
        went = await traffic(db, parts, day)
    return StepsOut(
        items=[
            StepOut(step=name, callers=callers, hung_up=went.left.get(name, 0)) for name, callers in went.steps.items()
        ]
    )


async def _fine(request: Request, caller: Caller, body: str) -> None:
    found = await judged(parts_of(request), caller.language, body)
    if not found.fine:
        raise Refused({f"body {number}": said for number, said in enumerate(found.findings[:30], 1)})
