"""The board of processes: what is late and whose, by process, by step, by person (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.db import reading
from crm_core.store import kinds, processes, processes_board
from crm_core.store.processes import Kept
from crm_core.store.processes_board import Filter, Standing
from crm_core.text import one_line
from crm_core.work.fields import named
from workstation import process_words as said
from workstation.access import Person
from workstation.deps import PartsDep, Who, number, translate
from workstation.office.base import cut, form_of, show
from workstation.office.processes_base import ROOT
from workstation.office.work_base import PAGE, people_and_teams

router = APIRouter(prefix=ROOT)
NOBODY = "nobody"


@router.get("/board")
async def board(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show how much is late and with whom, and the applications behind it."""
    asked, now = request.query_params, clock.now()
    async with reading(parts.engine) as db:
        lists = await people_and_teams(db, who)
        wanted = _filter(asked, lists["my_teams"])
        rows = await processes_board.listing(db, wanted, now, number(asked.get("after")), PAGE + 1)
        loads = await processes_board.loads(db, wanted, now)
        behind = await processes_board.behind(db, wanted, now)
        versions = await processes.some(db, {row.version_id for row in rows})
        newest = {code: await processes.published(db, code) for code in {load.kind for load in loads}}
        titles = await kinds.titles(db)
    shown, more = cut(rows, PAGE, lambda row: row.application_id)
    kept = {name: value for name, value in asked.items() if value and name not in {"after", "done"}}
    say = translate(request, who)
    return show(
        request, who, "processes/board.html", form=form_of(request, who, dict(asked)),
        rows=[(row, _step(row, versions[row.version_id], who), _over(row, now)) for row in shown],
        more=f"{ROOT}/board?{urlencode({**kept, 'after': more})}" if more else "",
        loads=[(load, _title(load.step, newest[load.kind], who)) for load in loads], behind=behind,
        kinds=[(load_kind, named(titles.get(load_kind, {}), who.language))
               for load_kind in sorted({load.kind for load in loads})],
        kind_titles={code: named(words, who.language) for code, words in titles.items()},
        roles={role: say(words) for role, words in said.ROLES.items()}, nobody=NOBODY, **lists,
    )  # fmt: skip


def _filter(asked: Mapping[str, str], my_teams: list[str]) -> Filter:
    owner, team = asked.get("owner", ""), one_line(asked.get("team", ""), 30)
    return Filter(
        kind=one_line(asked.get("kind", ""), 30),
        step=one_line(asked.get("step", ""), 30),
        owner_id=number(owner) if owner != NOBODY else None,
        nobodys=owner == NOBODY,
        teams=tuple(my_teams or ["-"]) if asked.get("whose") == "team" else (team,) if team else (),
        late=asked.get("show") != "all",
    )


def _step(row: Standing, kept: Kept, who: Person) -> str:
    return _title(row.step, kept, who)


def _title(code: str, kept: Kept | None, who: Person) -> str:
    """What a step is called in a version; its code where that version has no such step."""
    step = kept.process.step(code) if kept else None
    return named(step.titles, who.language) if step else code


def _over(row: Standing, now: datetime) -> tuple[int, int]:
    """Whole days and hours past the limit."""
    over = int((now - row.due_at).total_seconds() // 3600) if row.late and row.due_at else 0
    return over // 24, over % 24
