"""Pages of people who are signed in (shell)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from crm_core.access import Action
from crm_core.access import may as role_may
from crm_core.db import reading
from crm_core.store import dispositions as disposition_store
from crm_core.store import guides, kinds, user_keys
from crm_core.store.guides import Guide
from crm_core.work.fields import named
from crm_core.work.guides import GuideKind
from crm_core.work.kinds import Kind
from workstation import keymap
from workstation.access import Person
from workstation.advice_words import REASONS
from workstation.deps import Parts, PartsDep, Who
from workstation.faults import shown_fields
from workstation.hub import STALE_SECONDS
from workstation.panels.keys import shown_actions

router = APIRouter()
SAID = (GuideKind.SCRIPT, GuideKind.ARTICLE)
"""What the desk offers by the call's topic."""
WARNING_SECONDS = 10
"""Before wrap-up ends by itself."""


@router.get("/desk")
async def desk(parts: PartsDep, who: Who) -> Response:
    """Show the operator's desk; what is on it comes by websocket."""
    async with reading(parts.engine) as db:
        dispositions = await disposition_store.choices(db, who.role.value)
        titles = await disposition_store.titles(db)
        own = await disposition_store.own_titles(db, who.language)
        known = await kinds.offered(db)
        own_keys = await user_keys.of_user(db, who.user_id)
        said = [one for kind in SAID for one in await guides.offered(db, kind, who.language)]
    # The kind of application a result is about has the result's own name, where there is such a kind.
    offered = {one.code for one in known}
    files = {one.code: one.code.lower() if one.code.lower() in offered else "" for one in dispositions if one.files}
    needs = {one.code: shown_fields(one.needs, who.language) for one in dispositions if one.needs}
    words = parts.templates.translation(who.language)
    html = parts.templates.render(
        "desk.html",
        who.language,
        user=who,
        csrf=who.csrf,
        dispositions=dispositions,
        actions=shown_actions(keymap.read(own_keys), words),
        reasons={code: words(reason) for code, reason in REASONS.items()},
        config=config_of(parts, who, "/ws")
        | {"titles": {code: own.get(code) or words(title) for code, title in titles.items()}, "needs": needs}
        | {"files": files, "kinds": [_kind(one, who.language) for one in known]}
        | {"guides": [_guide(one) for one in said if one.topics]}
        | {"actions": shown_actions({}, words), "keys": keymap.merged(keymap.read(own_keys))},
    )
    return HTMLResponse(html)


def _kind(one: Kind, language: str) -> dict[str, Any]:
    """A kind of application with everything it may be called: titles of all languages, and its code."""
    return {"code": one.code, "title": named(one.titles, language), "words": [*one.titles.values(), one.code]}


def _guide(one: Guide) -> dict[str, Any]:
    """An article or a script that topics suggest: it is there when a call rings, without a request."""
    return {"guide_id": one.guide_id, "kind": one.kind.value, "title": one.title, "topics": list(one.topics)}


@router.get("/floor")
async def floor(parts: PartsDep, who: Who) -> Response:
    """Show the supervisor's floor."""
    html = parts.templates.render(
        "floor.html",
        who.language,
        user=who,
        csrf=who.csrf,
        config=config_of(parts, who, "/ws/floor")
        | {
            "helps": who.helps,
            "phone": "/api/floor/phone",
            "runs_campaigns": role_may(who.role, Action.RUN_CAMPAIGN),
        },
    )
    return HTMLResponse(html)


def config_of(parts: Parts, who: Person, ws: str) -> dict[str, Any]:
    """Return what a page's script is told: who looks, and where its news comes from."""
    language = parts.templates.language(who.language)
    return {
        "csrf": who.csrf,
        "user": {
            "id": who.user_id,
            "name": who.name,
            "role": who.role.value,
            "extension": who.extension,
            "language": who.language,
        },
        "ws": ws,
        "locale": language.code,
        "dir": language.dir,
        "utility": parts.settings.utility,
        "time_zone": parts.settings.time_zone,
        "currency": parts.settings.currency,
        "wrap_up_warning_seconds": WARNING_SECONDS,
        "stale_seconds": STALE_SECONDS,
        "service_level_seconds": parts.settings.service_level_seconds,
    }
