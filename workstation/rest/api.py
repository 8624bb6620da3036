"""The REST API as an application of its own under /api/v1, wired by hand in one place (shell)."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request

from crm_core.errors import CrmError
from workstation.deps import Parts
from workstation.errors import WebError
from workstation.rest import (
    debts,
    documents,
    exchange,
    fields,
    finding,
    guard,
    jobs,
    ledger,
    problem,
    segments,
    subscribers,
    supply,
    tokens,
    work,
)
from workstation.rest.caller import Present

PREFIX = "/api/v1"
ROUTERS: tuple[APIRouter, ...] = (
    tokens.router,
    jobs.router,
    guard.router,
    subscribers.router,
    supply.router,
    debts.router,
    ledger.router,
    work.router,
    exchange.router,
    finding.router,
    segments.router,
    fields.router,
    documents.router,
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
        for route in router.routes:
            if isinstance(route, APIRoute) and not _asks_for_a_right(route.dependant):
                raise RuntimeError(f"{route.path} asks for no right: give it a Caller by allowed(…)")
        api.include_router(router)
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


def _asks_for_a_right(dependant: Dependant) -> bool:
    return any(isinstance(one.call, Present) for one in dependant.dependencies)
