"""A person's own keys: changed one at a time on the sheet of keys, kept with him (shell)."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from crm_core.db import transaction
from crm_core.store import user_keys
from workstation import keymap
from workstation.deps import PartsDep, Sent, Who, translate
from workstation.errors import Missing, Refused, TooMany
from workstation.sentences import N_, Translate
from workstation.throttle import WRITE

router = APIRouter(prefix="/api")
TABS = N_("Tabs of the card")


def shown_actions(own: Mapping[str, str], words: Translate) -> list[dict[str, str]]:
    """Return what the desk does, in the reader's words, each with its key as it is shown."""
    keys = keymap.merged(own)
    return [
        {
            "code": one.code,
            "title": words(one.title),
            "words": words(one.words) if one.words else "",
            "icon": one.icon,
            "shown": keymap.shown(keys[one.code]),
        }
        for one in keymap.ACTIONS
    ]


@router.post("/keys")
async def change(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Give an action another key, or all of them those they came with (`reset`)."""
    if not await parts.throttle.allows(WRITE, "keys", str(who.user_id)):
        raise TooMany
    action, key = sent.get("action", ""), sent.get("key", "")
    async with transaction(parts.engine) as db:
        own = keymap.read(await user_keys.of_user(db, who.user_id))
        if sent.get("reset"):
            own = {}
        elif action not in keymap.KNOWN:
            raise Missing("no-such-value")
        else:
            _judged(action, key, own, translate(request, who))
            own |= {action: key}
        await user_keys.keep(db, who.user_id, {code: one for code, one in own.items() if keymap.KNOWN[code].key != one})
    keys = keymap.merged(own)
    return JSONResponse({"keys": keys, "shown": {code: keymap.shown(one) for code, one in keys.items()}})


def _judged(action: str, key: str, own: Mapping[str, str], words: Translate) -> None:
    """Refuse a key that cannot be had.

    Raises:
        Refused: with a sentence that says why.

    """
    no = keymap.judge(action, key, own)
    if no is None:
        return
    fault, taken = no
    title = words(keymap.KNOWN[taken].title if taken in keymap.KNOWN else TABS)
    raise Refused({"key": words(keymap.FAULTS[fault]).replace("{action}", title)})
