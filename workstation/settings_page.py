"""The page that joins what a person sets for himself: language, appearance, telephone, keys (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.db import reading
from crm_core.store import user_keys
from workstation import keymap
from workstation.deps import PartsDep, Who
from workstation.office.base import show, words
from workstation.panels.keys import shown_actions

router = APIRouter(prefix="/my")


@router.get("/settings")
async def settings(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show what is set, each with the place where it is changed; appearance is kept by the browser itself."""
    async with reading(parts.engine) as db:
        own = keymap.read(await user_keys.of_user(db, who.user_id)) if who.takes_calls else {}
    changed = [one for one in shown_actions(own, words(request, who)) if one["code"] in own]
    language = parts.templates.language(who.language)
    return show(request, who, "my_settings.html", reads=language, changed=changed)
