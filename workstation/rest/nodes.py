"""REST: Asterisk nodes, trunks, endpoints, line checks (shell)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from crm_core.access import Action
from crm_core.db import reading
from crm_core.store import lines, linewatch
from crm_core.store.linewatch import LineAlert
from crm_core.trunks import Trunk
from workstation.deps import parts_of
from workstation.rest.caller import Caller, allowed
from workstation.rest.paging import Page, PageAsk

router = APIRouter(tags=["nodes"])
Watcher = Annotated[Caller, allowed(Action.SEE_FLOOR)]
State = Literal["up", "down", "unknown"]
Direction = Literal["both", "in", "out"]


class NodeOut(BaseModel):
    """An Asterisk: whether the floor sees it, and whether what is on record is in effect there."""

    node: str
    state: State
    since: datetime | None
    applied_at: datetime | None
    trouble: str


class NodesOut(BaseModel):
    """Every node of the settings."""

    items: list[NodeOut]


class TrunkOut(BaseModel):
    """A trunk without its password, and how it stands at each node that told of it."""

    trunk_id: int
    name: str
    host: str
    port: int
    direction: Direction
    lines: int
    reserved: int
    enabled: bool
    states: dict[str, State]


class TrunksOut(BaseModel):
    """Every trunk on record."""

    items: list[TrunkOut]


class LineAlertOut(BaseModel):
    """Something of the line that is down, or was."""

    alert_id: int
    kind: str
    node: str
    name: str
    detail: str
    raised_at: datetime
    cleared_at: datetime | None

    @classmethod
    def of(cls, one: LineAlert) -> LineAlertOut:
        """Show an alert."""
        return cls(
            alert_id=one.alert_id,
            kind=one.kind,
            node=one.node,
            name=one.name,
            detail=one.detail,
            raised_at=one.raised_at,
            cleared_at=one.cleared_at,
        )


@router.get("/nodes", operation_id="list_nodes")
async def list_nodes(request: Request, caller: Watcher) -> NodesOut:  # noqa: ARG001 -- the right
    """List the nodes and how they stand."""
    parts = parts_of(request)
    async with reading(parts.engine) as db:
        standing = {one.node: one for one in await linewatch.standings(db, [linewatch.NODE])}
        applied = {one.node: one for one in await lines.everywhere(db)}
    items = []
    for node in (one.node for one in parts.settings.nodes):
        told, taken = standing.get(node), applied.get(node)
        items.append(
            NodeOut(
                node=node,
                state=_state(told.state if told else ""),
                since=told.since if told else None,
                applied_at=taken.applied_at if taken else None,
                trouble=taken.trouble if taken else "",
            )
        )
    return NodesOut(items=items)


def _state(text: str) -> State:
    match text:
        case "up" | "down":
            return text
        case _:
            return "unknown"


@router.get("/trunks", operation_id="list_trunks")
async def list_trunks(request: Request, caller: Watcher) -> TrunksOut:  # noqa: ARG001 -- the right
    """List the trunks and how they stand."""
    async with reading(parts_of(request).engine) as db:
        found = await lines.everyone(db)
        told = await linewatch.standings(db, [linewatch.TRUNK])
    return TrunksOut(items=[_trunk(one, told) for one in found])


def _direction(text: str) -> Direction:
    match text:
        case "in" | "out":
            return text
        case _:
            return "both"


def _trunk(one: Trunk, told: list[linewatch.Told]) -> TrunkOut:
    return TrunkOut(
        trunk_id=one.trunk_id,
        name=one.name,
        host=one.host,
        port=one.port,
        direction=_direction(one.direction),
        lines=one.lines,
        reserved=one.reserved,
        enabled=one.enabled,
        states={each.node: _state(each.state) for each in told if each.name == one.name},
    )


@router.get("/line-alerts", operation_id="list_line_alerts")
async def list_line_alerts(
    request: Request,
    caller: Watcher,  # noqa: ARG001 -- the right
    ask: PageAsk,
    standing: bool = True,
) -> Page[LineAlertOut]:
    """List alerts of the line, newest first: those that stand, or all."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts_of(request).engine) as db:
        rows = await linewatch.alerts(db, standing=standing, before=before, limit=ask.more)
    return ask.page(rows, LineAlertOut.of, lambda one: (one.alert_id,))
