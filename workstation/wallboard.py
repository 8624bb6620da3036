"""The wallboard: a page for a wall, opened by a single-use ticket of a supervisor (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.store import access_log, users
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Who
from workstation.errors import Away, Forbidden, TooMany
from workstation.throttle import WRITE
from workstation.walls import Shown

router = APIRouter()
COOKIE = "busbar_wall"
NO_TICKET = "wall-ticket-used"


@router.post("/api/floor/wall")
async def ticket(parts: PartsDep, who: Who) -> Response:
    """Give a ticket that opens one wallboard, once, within two minutes."""
    if not await parts.throttle.allows(WRITE, "wall", str(who.user_id)):
        raise TooMany
    async with transaction(parts.engine) as db:
        await access_log.record(db, who.user_id, Action.LEAD, "wallboard", "ticket given")
    try:
        token = await parts.walls.ticket(Shown(by=who.user_id, language=who.language))
    except RedisError as error:
        raise Away("floor-away") from error
    return JSONResponse({"address": f"/wall?ticket={token}"})


@router.get("/wall")
async def wall(request: Request, parts: PartsDep, ticket: str = "") -> Response:
    """Show the wallboard; a ticket is taken first, and does not stay in the address."""
    if ticket:
        try:
            token = await parts.walls.open(ticket)
        except RedisError as error:
            raise Away("floor-away") from error
        if token is None:
            raise Forbidden(NO_TICKET)
        answer: Response = RedirectResponse("/wall", status_code=303)
        answer.set_cookie(COOKIE, token, secure=parts.origins.secure, httponly=True, samesite="strict", max_age=129_600)
        return answer
    try:
        shown = await parts.walls.find(request.cookies.get(COOKIE, ""))
    except RedisError as error:
        raise Away("floor-away") from error
    if shown is None:
        raise Forbidden(NO_TICKET)
    language = parts.templates.language(shown.language)
    config = {
        "ws": "/ws/wall", "locale": language.code, "dir": language.dir, "time_zone": parts.settings.time_zone,
        "service_level_seconds": parts.settings.service_level_seconds,
    }  # fmt: skip
    return HTMLResponse(parts.templates.render("wall.html", shown.language, config=config))


async def person(parts: Parts, token: str) -> Person | None:
    """Return in whose name an open wall watches; None when it is not open, or he may not lead any more."""
    shown = await parts.walls.find(token)
    if shown is None:
        return None
    async with reading(parts.engine) as db:
        user = await users.by_id(db, shown.by)
    if user is None or not user.active:
        return None
    return Person(
        user_id=user.user_id, login=user.login, name="", role=user.role, extension="", language=shown.language,
        languages=(), skills=(), csrf="", token=token,
    )  # fmt: skip
