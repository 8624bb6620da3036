"""The web application, wired by hand in one place (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI, WebSocket
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from crm_core.db import engine as open_engine
from crm_core.db import reading
from crm_core.errors import CrmError
from crm_core.settings import Settings
from workstation import (
    api,
    contacts,
    design,
    health,
    language_page,
    leading,
    my_shifts,
    openings,
    pages,
    passing,
    password_page,
    readings,
    refusals,
    report_links,
    sign_in,
    uploads,
    wallboard,
    whose,
)
from workstation.access import Person
from workstation.access_log import AccessLog
from workstation.bundle import Bundle
from workstation.cards import Cards
from workstation.deps import Parts
from workstation.errors import WebError
from workstation.floorline import FloorLine
from workstation.gate import Gate
from workstation.headers import Origins, security_headers
from workstation.hub import Hub
from workstation.later import Later
from workstation.office import (
    advice,
    callbacks,
    campaign_ledger,
    campaign_lists,
    campaigns,
    contact_law,
    dispatch,
    documents,
    exchange,
    fields,
    finding,
    flows,
    guard,
    guides,
    home,
    jobs,
    kpi,
    ledger,
    my_day,
    nodes,
    offers,
    people,
    processes,
    reasons,
    recordings,
    reports,
    reports_design,
    reports_sending,
    retention,
    segments,
    subscribers,
    tokens,
    transfers,
    voices,
    work,
    workforce,
    workforce_people,
    workforce_rules,
)
from workstation.office import templates as document_templates
from workstation.panels import advice as panel_advice
from workstation.panels import guides as panel_guides
from workstation.panels import keys as panel_keys
from workstation.panels import money as panel_money
from workstation.panels import notes as panel_notes
from workstation.panels import papers as panel_papers
from workstation.panels import people as panel_people
from workstation.panels import work as panel_work
from workstation.reach import EVERYTHING, Reach, reach
from workstation.redisline import RedisLine
from workstation.rest import PREFIX
from workstation.routes import ROUTES
from workstation.sessions import Sessions
from workstation.sockets import Sockets
from workstation.sweeper import Sweeper
from workstation.templates import Templates
from workstation.throttle import Throttle
from workstation.walls import Walls
from workstation.watchman import Watchman
from workstation.words import load_languages

ROUTERS = (
    sign_in.router,
    pages.router,
    design.router,
    api.router,
    openings.router,
    language_page.router,
    password_page.router,
    report_links.router,
    contacts.router,
    passing.router,
    leading.router,
    wallboard.router,
    my_shifts.router,
    readings.router,
    panel_money.router,
    panel_work.router,
    panel_people.router,
    panel_papers.router,
    panel_notes.router,
    panel_guides.router,
    panel_advice.router,
    panel_keys.router,
    health.router,
)
OFFICE = tuple(
    page.router
    for page in (home, jobs, tokens, guard, retention, people, subscribers, ledger, work, exchange, finding, segments)
) + tuple(
    page.router
    for page in (
        reasons,
        fields,
        document_templates,
        documents,
        flows,
        guides,
        advice,
        offers,
        processes,
        my_day,
        voices,
        dispatch,
        callbacks,
        transfers,
        recordings,
        nodes,
        campaign_lists,
        campaigns,
        campaign_ledger,
        contact_law,
        reports_design,
        reports_sending,
        reports,
        kpi,
        workforce_rules,
        workforce_people,
        workforce,
    )
)


def open_parts(settings: Settings, *, engine: AsyncEngine | None = None, line: FloorLine | None = None) -> Parts:
    """Open everything the application stands on; nothing is connected before its first use.

    Args:
        settings: of the house.
        engine: the customer base, opened from the settings when None.
        line: the way to the floor, over Valkey when None.

    """
    base = engine or open_engine(settings, name="busbar-web", size=8)
    floor = line or RedisLine(settings.redis_url, settings.run_dir)
    templates = Templates(
        settings, load_languages(kept=settings.run_dir / "words", with_pseudo=settings.pseudo_language)
    )
    access = AccessLog(base)
    cards = Cards(settings, base, templates, access)
    return Parts(
        settings=settings,
        engine=base,
        line=floor,
        hub=Hub(floor, cards, templates.translation),
        cards=cards,
        sessions=Sessions(base),
        templates=templates,
        throttle=Throttle(settings.redis_url),
        walls=Walls(settings.redis_url),
        access=access,
        origins=Origins(settings.web_host, settings.web_origin),
    )


def create_app(parts: Parts) -> FastAPI:
    """Build the application over opened parts; its lifespan starts and stops them."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=_lifespan, redirect_slashes=False)
    app.state.parts = parts
    for router in (*ROUTERS, *OFFICE):
        _add(app, router)
    _add_sockets(app, parts)
    app.state.rest = Later(partial(_create_api, parts))
    app.mount(PREFIX, app.state.rest)
    bundle = parts.settings.run_dir / "web"
    app.mount("/static", Bundle(directory=bundle, check_dir=False, follow_symlink=False))
    handlers: dict[type[Exception], Callable[[Request, Exception], object]] = {
        WebError: refusals.refuse,
        CrmError: refusals.refuse,
        HTTPException: refusals.refuse,
        ClientDisconnect: refusals.left,
        Exception: refusals.broken,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]
    return app


def sealed(app: FastAPI) -> Gate:
    """Put the gate before the application: outermost, so that even an unforeseen error leaves with our headers."""
    parts: Parts = app.state.parts

    async def refuse(request: Request, error: Exception) -> Response:
        request.scope["app"] = app
        return await refusals.refuse(request, error)

    headers = security_headers(parts.settings, secure=parts.origins.secure)
    return Gate(app, parts.origins, headers, refuse, uploads.limits(parts.settings))


def _create_api(parts: Parts) -> FastAPI:
    # Imported only now: its modules are a third of what a start costs.
    from workstation.rest.api import create_api  # noqa: PLC0415

    return create_api(parts)


def _add(app: FastAPI, router: APIRouter) -> None:
    for route in router.routes:
        if isinstance(route, APIRoute):
            for method in route.methods or ():
                # A KeyError here is a route without a rule: see workstation/routes.py.
                _ = ROUTES[method, route.path]
            if unknown := whose.unknown(route.path):
                raise RuntimeError(f"{route.path}: say in workstation/whose.py whether {unknown[0]} is a subscriber's")
    app.include_router(router, dependencies=[openings.OPENED])


def _add_sockets(app: FastAPI, parts: Parts) -> None:
    def noted(person: Person | None, code: str, path: str) -> None:
        parts.access.note(person.user_id if person else None, "refused", path, reason=code)

    async def reach_of(person: Person) -> Reach:
        if not person.helps:
            return EVERYTHING
        async with reading(parts.engine) as db:
            return await reach(db, person)

    async def wall_of(token: str) -> Person | None:
        return await wallboard.person(parts, token)

    sockets = Sockets(parts.hub, parts.sessions, parts.origins, noted, reach_of)

    @app.websocket("/ws")
    async def desk(socket: WebSocket) -> None:
        await sockets.serve(socket, "/ws")

    @app.websocket("/ws/floor")
    async def floor(socket: WebSocket) -> None:
        await sockets.serve(socket, "/ws/floor")

    @app.websocket("/ws/wall")
    async def wall(socket: WebSocket) -> None:
        await sockets.serve_wall(socket, wallboard.COOKIE, wall_of)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
    parts.access.start()
    parts.hub.start()
    parts.cards.advisor.start()
    # After a fault every screen is waiting for us to listen: what makes later requests quick is done while they come.
    watch = Watchman(parts.settings, parts.engine).run()
    sweeper = Sweeper(parts.hub, parts.sessions, partial(wallboard.person, parts))
    jobs = (parts.templates.compile_all(), parts.cards.warm(), sweeper.run(), watch, app.state.rest.prepare())
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await parts.hub.stop()
        await parts.access.stop()
        await parts.cards.advisor.stop()
        await parts.throttle.close()
        await parts.line.close()
        await parts.cards.reader.close()
        await parts.engine.dispose()
