"""Pages of tokens: which programs may speak to us, and for whom (shell)."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import ALLOWED, Action
from crm_core.db import reading, transaction
from crm_core.errors import BadValue
from crm_core.store import access_log, tokens, users
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.errors import Missing
from workstation.forms import Form
from workstation.office.base import cut, form_of, go, once, show

router = APIRouter(prefix="/office")
PAGE = 50
RIGHT = "right_"
"""Fields of rights are named `right_<action>`."""
LONGEST_DAYS = tokens.LONGEST.days


@router.get("/tokens")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List tokens, newest first, with the form for another one."""
    return await _page(request, parts, who)


@router.post("/tokens")
async def make(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Make a token and show it once."""
    form = form_of(request, who, sent)
    name = form.text("name", 60, required=True)
    user_id = form.whole("user_id", least=1, required=True)
    days = form.whole("days", least=1, most=LONGEST_DAYS, required=True)
    actions = [action for action in Action if form.flag(RIGHT + action)]
    if not form.fine or user_id is None or days is None:
        return await _page(request, parts, who, form=form)
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            token = await tokens.create(
                db,
                name=name,
                user_id=user_id,
                actions=actions,
                created_by=who.user_id,
                now=clock.now(),
                lasts=timedelta(days=days),
            )
            said = f"token {token.split('_')[1]} for user {user_id}"
            await access_log.record(db, who.user_id, Action.MANAGE_TOKENS, said, ", ".join(actions), address(request))
    except BadValue as error:
        form.errors["rights"] = str(error)
        return await _page(request, parts, who, form=form)
    return await _page(request, parts, who, token=token)


@router.post("/tokens/{token_id}/end")
async def end(request: Request, parts: PartsDep, who: Who, token_id: str) -> Response:
    """End a token at once."""
    key = number(token_id)
    if key is None:
        raise Missing("no-such-token")
    async with transaction(parts.engine) as db:
        await tokens.revoke(db, key, clock.now())
        await access_log.record(db, who.user_id, Action.MANAGE_TOKENS, f"token {key}", "ended", address(request))
    return go("/office/tokens", "ended")


async def _page(request: Request, parts: Parts, who: Person, *, form: Form | None = None, token: str = "") -> Response:
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        found = await tokens.listing(db, before_id=before, limit=PAGE + 1)
        people = [user for user in await users.everyone(db) if user.active]
    shown, more = cut(found, PAGE, lambda one: one.token_id)
    return show(
        request,
        who,
        "tokens.html",
        status=422 if form and not form.fine else 200,
        form=form or form_of(request, who, {"days": "90"}),
        tokens=shown,
        more=more,
        people=people,
        rights={user.user_id: ALLOWED[user.role] for user in people},
        actions=list(Action),
        token=token,
        now=clock.now(),
    )
