"""Pages of processes: steps drawn up, checked, published; walked by an application; what is late; suggestions."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import update

from crm_core import clock, tables
from crm_core.db import transaction
from crm_core.settings import Settings
from tests.support.servers import PostgresServer, ValkeyServer
from tests.workstation.house import House, peopled

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400), pytest.mark.asyncio(loop_scope="module")]
ROOT = "/office/processes"
EVIL = "<script>alert(1)</script>"
STEPS = {
    "steps": "2", "note": "First steps",
    "s0_code": "check", "s0_en": "Check", "s0_ru": "Проверка", "s0_owner": "same", "s0_amount": "2",
    "s0_unit": "working_hours", "s0_remind": "80", "s0_ways": "answer | Checked | ru:Проверено", "s0_needs": "",
    "s0_papers": "", "s0_tell_soon_owner": "1",
    "s1_code": "answer", "s1_en": "Answer", "s1_owner": "filer", "s1_remind": "80", "s1_ways": "", "s1_last": "1",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(_house: Settings, postgres: PostgresServer, valkey: ValkeyServer) -> AsyncIterator[House]:
    """One house for all of this module; each test has a kind of applications of its own."""
    url = postgres.plan.url("processes")
    with psycopg.connect(postgres.plan.conninfo("postgres", "postgres"), autocommit=True) as db:
        db.execute("create database processes template migrated owner busbar")
    async with peopled(_house.model_copy(update={"database_url": url, "redis_url": valkey.url})) as house:
        yield house


async def post(client: httpx.AsyncClient, path: str, expected: int = 303, **fields: Any) -> httpx.Response:
    answer = await client.post(path, data=fields)
    assert answer.status_code == expected, (path, answer.status_code, re.sub(r"<[^>]+>|\s+", " ", answer.text)[-800:])
    return answer


async def get(client: httpx.AsyncClient, path: str, expected: int = 200) -> str:
    answer = await client.get(path)
    assert answer.status_code == expected, (path, answer.status_code, re.sub(r"<[^>]+>|\s+", " ", answer.text)[-800:])
    return answer.text


def place(answer: httpx.Response) -> str:
    return answer.headers["location"].partition("?")[0]


async def published(client: httpx.AsyncClient, code: str, served: str = "0", **changes: str) -> str:
    """Keep steps of a kind and publish them; returns the version's address."""
    kept = place(await post(client, f"{ROOT}/kinds/{code}/edit", do="keep", **{**STEPS, **changes}))
    await post(client, f"{kept}/publish", served=served)
    return kept


async def filed(client: httpx.AsyncClient, kind: str, **fields: str) -> str:
    values = {f"f_{name}": value for name, value in fields.items()}
    return place(await post(client, "/office/applications/new", account="1", kind=kind, channel="phone", **values))


async def test_steps_are_drawn_up_checked_published_and_rolled_back(house: House) -> None:
    root = f"{ROOT}/kinds/certificate"
    async with house.signed_in("marta") as client:
        assert "No steps of its own" in await get(client, ROOT)
        assert "Draw the first steps" in await get(client, root)
        assert 'name="s0_code"' in await get(client, f"{root}/edit")
        wrong = {**STEPS, "s0_code": "Check!", "s0_en": EVIL, "s1_amount": "soon"}
        refused = await post(client, f"{root}/edit", 422, do="keep", **wrong)
        assert "small Latin letters" in refused.text
        assert "A whole number is needed" in refused.text
        assert "&lt;script&gt;" in refused.text, "what was typed is kept, and tame"
        assert EVIL not in refused.text
        more = await post(client, f"{root}/edit", 200, do="add", **STEPS)
        assert 'name="s2_code"' in more.text
        looked = await post(client, f"{root}/edit", 200, do="check", **{**STEPS, "s0_ways": "moon"})
        assert "Check leads to moon, and there is no such step." in looked.text
        assert "Answer: no way leads here." in looked.text
        assert "<svg" in looked.text
        bad = place(await post(client, f"{root}/edit", do="keep", **{**STEPS, "s1_last": ""}))
        told = await post(client, f"{bad}/publish", 422, served="0")
        assert "Answer leads nowhere." in told.text
        await post(client, f"{bad}/end")
        first = await published(client, "certificate")
        second = await published(client, "certificate", first.rpartition("/")[2], s0_en="Look")
        assert 'class="added"' in await get(client, f"{first}?against={second.rpartition('/')[2]}")
        await post(client, f"{first}/publish", 409, served=first.rpartition("/")[2])
        await post(client, f"{first}/publish", served=second.rpartition("/")[2])
        shown = await get(client, root)
        assert (shown.count("In force"), "Retired" in shown) == (1, True)
        await get(client, f"{root}/versions/99999", 404)
        await get(client, f"{ROOT}/kinds/moon", 404)
        await get(client, f"{ROOT}/kinds/seal/versions/{first.rpartition('/')[2]}", 404)


async def test_only_who_runs_a_process_changes_it_whatever_his_role(house: House) -> None:
    root = f"{ROOT}/kinds/seal"
    olga = str(house.people["olga"])
    async with house.signed_in("olga") as client:
        assert "Suggest something" in await get(client, root)
        assert "run by others" in await get(client, f"{root}/edit", 409)
        await post(client, f"{root}/edit", 409, do="keep", **STEPS)
        await post(client, f"{root}/owners", 403, person=olga, do="add")
    async with house.signed_in("marta") as boss:
        await post(boss, f"{root}/owners", 422, person="moon", do="add")
        await post(boss, f"{root}/owners", person=olga, do="add")
    async with house.signed_in("olga") as client:
        await published(client, "seal")
    async with house.signed_in("marta") as boss:
        await post(boss, f"{root}/owners", person=olga, do="remove")
    async with house.signed_in("olga") as client:
        await get(client, f"{root}/edit", 409)


async def test_an_application_walks_and_the_board_says_what_is_late_and_whose(house: House) -> None:
    async with house.signed_in("marta") as client:
        await published(client, "tariff_change")
    async with house.opened("olga") as client:
        page = await filed(client, "tariff_change", tariff="single")
        shown = await get(client, page)
        assert "process-strip" in shown
        assert "Checked" not in shown, "it is for those it lies with"
        key = int(page.rpartition("/")[2])
        async with transaction(house.parts.engine) as db:
            late = clock.now() - timedelta(hours=26)
            runs = tables.process_runs
            await db.execute(update(runs).where(runs.c.application_id == key).values(due_at=late))
        board = await get(client, f"{ROOT}/board?kind=tariff_change")
        assert "late by 1 d 2 h" in board
        assert f'href="/office/applications/{key}"' in board
        assert "Late" in await get(client, page)
        assert "Nothing like that." in await get(client, f"{ROOT}/board?kind=tariff_change&step=answer")
        begun = await post(client, f"{page}/steps", step="start")
        assert begun.status_code == 303
        assert "Checked" in await get(client, page)
        refused = await post(client, f"{page}/steps", 422, step="finish", said="Done")
        assert "The process is not over" in refused.text
        await post(client, f"{page}/process", 422, to="moon")
        await post(client, f"{page}/process", to="answer", process_said=EVIL)
        shown = await get(client, page)
        assert EVIL not in shown
        assert "&lt;script&gt;" in shown
        assert "Nobody is late." in await get(client, f"{ROOT}/board?kind=tariff_change")
        assert f'href="/office/applications/{key}"' in await get(client, f"{ROOT}/board?kind=tariff_change&show=all")
        await post(client, f"{page}/steps", step="finish", said="Changed")


async def test_a_suggestion_is_answered_accepted_and_taken_up_by_a_version(house: House) -> None:
    talk = f"{ROOT}/kinds/contract/suggestions"
    async with house.signed_in("ivan") as ivan, house.signed_in("marta") as marta:
        first = await published(marta, "contract")
        await post(ivan, talk, 422, body=" ")
        await post(ivan, talk, body=f"Ask for the passport first {EVIL}", step="check")
        await post(ivan, talk, body="Paint it green")
        page = await get(ivan, talk)
        assert EVIL not in page
        green, passport = re.findall(r'id="suggestion-(\d+)"', page)
        await post(ivan, f"{talk}/{passport}/decision", 422, step="accept")
        await post(marta, f"{talk}/{green}/decision", 422, step="decline", answer="")
        await post(marta, f"{talk}/{green}/decision", step="decline", answer="It is red by law")
        await post(marta, f"{talk}/{passport}/answers", answer="A good one")
        await post(marta, f"{talk}/{passport}/decision", step="accept")
        await post(ivan, f"{talk}/{passport}/decision", 422, step="withdraw")
        await post(ivan, f"{talk}/{passport}/answers", 422, answer="")
        await post(ivan, f"{talk}/99999/answers", 404, answer="x")
        kept = place(await post(marta, f"{ROOT}/kinds/contract/edit", do="keep", **{**STEPS, "s0_en": "Passport"}))
        assert f'name="takes_{passport}"' in await get(marta, kept)
        await post(marta, f"{kept}/publish", served=first.rpartition("/")[2], **{f"takes_{passport}": "1"})
        page = await get(ivan, f"{talk}?state=taken_up")
        assert "Taken up" in page
        assert "A good one" in page
        assert "It is red by law" in await get(ivan, f"{talk}?state=declined")
