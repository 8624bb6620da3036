"""The REST API as an application of its own under /api/v1, wired by hand in one place (shell)."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import Request

from crm_core.errors import CrmError
from workstation import whose
from workstation.deps import Parts
from workstation.errors import WebError
from workstation.rest import (
    PREFIX,
    because,
    callbacks,
    campaigns,
    dispatch,
    documents,
    exchange,
    fields,
    finding,
    flows,
    guard,
    jobs,
    ledger,
    nodes,
    problem,
    recordings,
    segments,
    subscribers,
    supply,
    tokens,
    transfers,
    voices,
    work,
)
from workstation.rest.caller import Present

ROUTERS: tuple[APIRouter, ...] = (
    tokens.router,
    jobs.router,
    guard.router,
    subscribers.router,
    supply.router,
    ledger.router,
    work.router,
    exchange.router,
    finding.router,
    segments.router,
    fields.router,
    documents.router,
    flows.router,
    voices.router,
    dispatch.router,
    callbacks.router,
    campaigns.router,
    transfers.router,
    recordings.router,
    nodes.router,
)


def create_api(parts: Parts) -> FastAPI:
    """Build the API; its document is at /api/v1/openapi.json.

    Raises:
        RuntimeError: a route asks for no right.

    """
    api = FastAPI(
        title="Busbar",
        version="1",
        summary="The customer base of a utility's contact centre.",
        docs_url=None,
        redoc_url=None,
        responses=problem.DOCUMENTED,
        redirect_slashes=False,
        servers=[{"url": PREFIX}],
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.parts = parts
    for router in ROUTERS:
        api.include_router(router)
    for route in iter_route_contexts(api.routes):
        if isinstance(route.original_route, APIRoute):
            _judge(route.path or "", route.dependant)
    document = api.openapi
    api.openapi = lambda: api.openapi_schema or because.document(document())  # type: ignore[method-assign]
    handlers: dict[type[Exception], Callable[[Request, Exception], object]] = {
        WebError: problem.refuse,
        CrmError: problem.refuse,
        HTTPException: problem.refuse,
        RequestValidationError: problem.misunderstood,
        Exception: problem.broken,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)  # type: ignore[arg-type]
    return api


def _judge(path: str, dependant: Dependant) -> None:
    if not any(isinstance(one.call, Present) for one in dependant.dependencies):
        raise RuntimeError(f"{path} asks for no right: give it a Caller by allowed(…)")
    if unknown := whose.unknown(path):
        raise RuntimeError(f"{path}: say in workstation/whose.py whether {unknown[0]} is a subscriber's")
