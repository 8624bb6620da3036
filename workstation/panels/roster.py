"""The desk's list of work: one's own, one's teams', and what those have who are away; given in two clicks (shell)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from crm_core import access, clock
from crm_core.access import Action, hidden
from crm_core.db import reading, transaction
from crm_core.errors import CrmError
from crm_core.store import access_log, application_work, roster, tasks, teams
from crm_core.store.roster import Count, Item, ItemKind, Mark, Reader, Whose
from crm_core.text import one_line
from crm_core.work.fields import named
from workstation import sight
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number, translate
from workstation.errors import Missing, Refused, TooMany
from workstation.office.base import cut
from workstation.office.work_base import mover, site
from workstation.sentences import N_, sentence
from workstation.throttle import WRITE

router = APIRouter(prefix="/api/roster")
PAGE = 30
NOT_GIVEN = N_("This work has no owner: open it, and whoever does it first has done it.")
PAGES = {
    ItemKind.TASK: ("/office/tasks/{key}", Action.WORK_TASK),
    ItemKind.APPLICATION: ("/office/applications/{key}", Action.WORK_APPLICATION),
    ItemKind.CALLBACK: ("/office/callbacks/{key}", Action.SEE_CALLBACKS),
    ItemKind.READING: ("/office/readings/held", Action.CONFIRM_READING),
}
"""Where each kind is worked on, and who may."""
SHARED = {ItemKind.CALLBACK: Action.SEE_CALLBACKS, ItemKind.READING: Action.CONFIRM_READING}


@router.get("")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """Tell a page of work, what is due first before the others; with `lists=1` also to whom it can be given."""
    asked, now = request.query_params, clock.now()
    whose = asked.get("whose", "")
    wanted = Whose(whose) if whose in set(Whose) else Whose.MINE
    async with reading(parts.engine) as db:
        mine = await teams.of_user(db, who.user_id)
        by = Reader(
            user_id=who.user_id, teams=tuple(mine),
            shared=frozenset(kind for kind, action in SHARED.items() if access.may(who.role, action)),
        )  # fmt: skip
        today, mark = site(parts).today(now), _mark(asked.get("after", ""))
        rows = await roster.listing(db, wanted, by, now, today, after=mark, limit=PAGE + 1)
        counted = (await roster.counts(db, [who.user_id], now)).get(who.user_id, Count())
        titles = {one.code: named(one.titles, who.language) for one in await teams.everyone(db)}
        # A page that has been told once to whom work can be given does not ask again.
        workers = await teams.workers(db) if asked.get("lists") == "1" else []
    shown, more = cut(rows, PAGE, lambda row: row.mark)
    return JSONResponse(
        {
            "rows": [_row(one, who, titles) for one in shown],
            "more": _text(more) if more is not None else "",
            "mine": counted.mine,
            "late": counted.late,
            "people": [{"key": f"owner:{one.user_id}", "title": one.name} for one in workers],
            "teams": [{"key": f"team:{code}", "title": title} for code, title in titles.items()],
        }
    )


def _row(one: Item, who: Person, titles: dict[str, str]) -> dict[str, Any]:
    page, action = PAGES[one.kind]
    hides = hidden(who.role)
    return {
        "kind": one.kind.value, "id": one.item_id, "code": one.code, "title": sight.told(one.title, hides),
        "account_id": one.account_id, "account": one.account_number,
        "customer": sight.text(access.Field.NAME, one.customer, hides), "owner_id": one.owner_id, "owner": one.owner,
        "away": one.owner_away, "team": titles.get(one.team, one.team), "late": one.late,
        "due_at": one.due_at.isoformat() if one.due_at else "", "since": one.since.isoformat(),
        "given": one.kind in roster.GIVEN,
        "page": page.format(key=one.item_id) if access.may(who.role, action) else "",
    }  # fmt: skip


def _text(mark: Mark) -> str:
    return f"{mark.due_at.isoformat()}|{mark.kind}|{mark.item_id}"


def _mark(text: str) -> Mark | None:
    """Read where a page ended; what is no such place begins anew."""
    due, _, rest = text.partition("|")
    kind, _, key = rest.partition("|")
    item = number(key)
    try:
        at = datetime.fromisoformat(due)
    except ValueError:
        return None
    if item is None or kind not in set(ItemKind) or at.tzinfo is None:
        return None
    return Mark(due_at=at, kind=kind, item_id=item)


@router.post("/assignment")
async def assign(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Give work to somebody or to a team; what somebody has who is away, anybody of his team takes.

    Raises:
        Refused: it is not his to give, or nobody is there who could take it.

    """
    if not await parts.throttle.allows(WRITE, "roster", str(who.user_id)):
        raise TooMany
    (kind, _, item), (what, _, whom) = sent.get("item", "").partition("-"), sent.get("to", "").partition(":")
    key = number(item)
    if key is None or kind not in set(ItemKind):
        raise Missing("no-such-work")
    say = translate(request, who)
    if ItemKind(kind) not in roster.GIVEN:
        raise Refused({"to": say(NOT_GIVEN)})
    owner, team = (number(whom) if what == "owner" else None), (one_line(whom, 30) if what == "team" else None)
    try:
        await _give(request, parts, who, ItemKind(kind), key, owner, team or None)
    except CrmError as error:
        if error.status >= 500 or error.status == 404:
            raise
        raise Refused({"to": str(error) if error.code == "bad-value" else sentence(error.code, say)}) from error
    return JSONResponse({"done": True})


async def _give(  # noqa: PLR0913, PLR0917 - what, to whom, by whom
    request: Request, parts: Parts, who: Person, kind: ItemKind, key: int, owner: int | None, team: str | None
) -> None:
    now = clock.now()
    async with transaction(parts.engine) as db:
        mine = await teams.of_user(db, who.user_id)
        held = await roster.holder(db, kind, key, mine, site(parts).today(now))
        team = held.team if team is None else team
        if kind is ItemKind.TASK:
            await application_work.fit(db, owner, team)
            await tasks.assign(db, key, mover(who), owner_id=owner, team=team, now=now, away=held.away)
        else:
            await application_work.assign(db, key, mover(who), owner_id=owner, team=team, now=now, away=held.away)
        action = Action.WORK_TASK if kind is ItemKind.TASK else Action.WORK_APPLICATION
        said = f"given to {owner or team or 'nobody'}"
        await access_log.record(db, who.user_id, action, f"{kind.value} {key}", said, address(request))
