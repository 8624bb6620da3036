"""AC25: script in a name, in a supervisor's words or in a caller's name reaches floor, wall and desk as text alone."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from crm_core.db import transaction
from crm_core.settings import ROOT
from crm_core.tables import users
from routing.news import Said
from routing.views import CallPhase, OperatorId, OperatorState, SaidView
from tests.workstation.conftest import house
from tests.workstation.house import NOON, House, call_view, operator_view

__all__ = ["house"]

HOSTILE = "</script><img src=x onerror=alert(1)>"
SOURCES = ROOT / "workstation" / "assets" / "src"
MAKES_HTML = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|document\.write|eval\(|Function\("
)
IMPORT = re.compile(r'from "\./([\w-]+)\.ts"')


def _reached(name: str, seen: set[str]) -> set[str]:
    if name not in seen:
        seen.add(name)
        for other in IMPORT.findall((SOURCES / f"{name}.ts").read_text("utf-8")):
            _reached(other, seen)
    return seen


@pytest.mark.unit
@pytest.mark.parametrize("page", ["floor", "wall", "helped"])
def test_what_draws_names_and_words_makes_text_of_them_and_never_markup(page: str) -> None:
    found = [name for name in _reached(page, set()) if MAKES_HTML.search((SOURCES / f"{name}.ts").read_text("utf-8"))]
    assert found == []


@pytest.mark.integration
async def test_pages_that_show_them_run_no_script_of_theirs(house: House) -> None:
    olga, sofia = house.people["olga"], house.people["sofia"]
    async with transaction(house.parts.engine) as db:
        await db.execute(update(users).where(users.c.id.in_([olga, sofia])).values(name=HOSTILE))
    house.floor.seat(operator_view(olga, name=HOSTILE, state=OperatorState.TALKING))
    house.floor.ring(call_view("main-9.1", phase=CallPhase.TALKING, operator_id=OperatorId(olga), name=HOSTILE))
    async with house.signed_in("sofia") as client:
        for path in ("/floor", "/office/skills", (await client.post("/api/floor/wall")).json()["address"]):
            page = await client.get(path, follow_redirects=True)
            assert page.status_code == 200, path
            policy = page.headers["content-security-policy"]
            assert "unsafe-inline" not in policy
            assert "unsafe-eval" not in policy
            assert HOSTILE not in page.text
    async with house.desk() as desk:
        words = SaidView(said_id="s", by_name=HOSTILE, text=HOSTILE, at=NOON)
        house.floor.tell(Said(said=words), olga)
        said = await desk.hear("said")
        assert (said["said"]["text"], said["said"]["by_name"]) == (HOSTILE, HOSTILE)
