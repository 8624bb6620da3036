"""Articles and scripts at the server: written by who may, found by words and topics, marked, walked (AC25, AC31)."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_core import clock, tables
from crm_core.db import reading
from crm_core.store import guides
from crm_core.work.guides import GuideKind
from tests.workstation.house import House

pytestmark = pytest.mark.integration
EVIL = "<script>alert(1)</script>"
TEXT = {"kind": "article", "code": "cold_radiators", "language": "en", "topic_outage": "1"}


async def made(house: House, kind: str, code: str, language: str) -> int:
    async with reading(house.parts.engine) as db:
        query = select(tables.guides.c.id).where(
            tables.guides.c.kind == kind, tables.guides.c.code == code, tables.guides.c.language == language
        )
        return int(await db.scalar(query) or 0)


async def test_an_article_is_written_found_by_bent_words_changed_and_kept(house: House) -> None:
    async with house.signed_in("marta") as editor, house.signed_in("olga") as operator:
        page = {**TEXT, "title": "Cold radiators", "body": f"Ask which rooms are cold. {EVIL}", "once": "1"}
        answer = await editor.post("/office/guides/new", data=page)
        assert answer.status_code == 303
        here = answer.headers["location"].partition("?")[0]
        key = int(here.rpartition("/")[2])
        assert (await editor.post("/office/guides/new", data=page | {"once": "2"})).status_code == 422, (
            "the code is taken"
        )
        for words in ("radiator", "room", "radi", "cold rooms"):
            hits = (await operator.get("/api/guides", params={"q": words})).json()
            assert key in [one["guide_id"] for one in hits], words
        for nothing in ("zzzz", "&|!():*", "' or 1=1"):
            assert (await operator.get("/api/guides", params={"q": nothing})).status_code == 200
        suggested = (await operator.get("/api/guides", params={"topic": "outage"})).json()
        assert {"Cold radiators", "No supply"} <= {one["title"] for one in suggested}
        assert all(one["suggested"] for one in suggested)
        shown = (await operator.get(f"/api/guides/{key}")).text
        assert "&lt;script&gt;" in shown
        assert EVIL not in shown
        second = {"title": "Cold radiators", "body": "Ask for the floor.", "version": "1", "once": "3"}
        assert (await editor.post(here, data=second)).status_code == 303
        assert (await editor.post(here, data=second | {"once": "4"})).status_code == 409
        assert "rooms are cold" in (await editor.get(f"{here}?version=1")).text
        await operator.post(f"/api/guides/{key}/mark", data={"useful": "yes"})
        await operator.post(f"/api/guides/{key}/mark", data={"useful": "no"})
        async with reading(house.parts.engine) as db:
            (newest, _) = await guides.versions(db, key)
        assert (newest.useful, newest.useless) == (0, 1), "who changes his mind has one mark"
        retired = second | {"version": "2", "retired": "1", "once": "5"}
        assert (await editor.post(here, data=retired)).status_code == 303
        assert (await operator.get(f"/api/guides/{key}")).status_code == 404


async def test_a_script_that_makes_no_sense_is_refused_with_its_place_and_kept_as_typed(house: House) -> None:
    async with house.signed_in("marta") as editor:
        page = {"kind": "script", "code": "odd", "language": "en", "title": "Odd", "once": "1"}
        body = "[begin]\nHello\n- Yes -> nowhere"
        refused = await editor.post("/office/guides/new", data=page | {"body": body})
        assert refused.status_code == 422
        assert "begin: nowhere: This answer leads to a step that there is not." in refused.text
        assert "- Yes -&gt; nowhere" in refused.text
        page = {"kind": "note", "code": "odd", "language": "en", "title": "Odd", "once": "2", "body": "{password}"}
        assert "not known" in (await editor.post("/office/guides/new", data=page)).text


async def test_a_walk_is_one_row_whose_answers_are_counted(house: House) -> None:
    key = await made(house, "script", "no_supply", "en")
    async with house.signed_in("olga") as client:
        assert "wires on the ground" in (await client.get(f"/api/guides/{key}")).text
        sent = {"version": "1", "once": "walk-1"}
        for way in ([["begin", 1]], [["begin", 1], ["whole", 0]], [["begin", 1], ["whole", 0]]):
            answer = await client.post(f"/api/guides/{key}/walk", data=sent | {"answers": json.dumps(way)})
            assert answer.status_code == 200, answer.text
        for odd in ('[["whole", 0]]', "nonsense", "[" * 900, '[["begin", "0"]]', "{}", '[["begin", 9]]'):
            assert (await client.post(f"/api/guides/{key}/walk", data=sent | {"answers": odd})).status_code == 422
        late = await client.post(f"/api/guides/{key}/walk", data={"version": "7", "once": "w", "answers": "[]"})
        assert late.status_code == 422
    async with reading(house.parts.engine) as db:
        rows = (await db.execute(select(tables.script_walks))).all()
        told = await guides.told(db, key, clock.now() - timedelta(1))
    assert [(row.ending, row.answers) for row in rows] == [
        ("street", [["begin", "No"], ["whole", "No, all is dark"]]),
    ]
    assert {(one.step, one.answer, one.times) for one in told} == {("begin", "No", 1), ("whole", "No, all is dark", 1)}
    async with house.signed_in("sofia") as editor:
        assert re.search(
            "No, all is dark.*?\N{MULTIPLICATION SIGN} 1", (await editor.get(f"/office/guides/{key}")).text, re.DOTALL
        )


async def test_a_reader_gets_his_language_and_english_where_there_is_none(house: House) -> None:
    async with reading(house.parts.engine) as db:
        russian = await guides.offered(db, GuideKind.NOTE, "ru")
        hungarian = await guides.offered(db, GuideKind.NOTE, "hu")
    assert {one.language for one in russian} == {"ru"}
    assert {one.language for one in hungarian} == {"en"}
    assert len(russian) == len(hungarian)


async def test_who_may_not_write_does_not(house: House) -> None:
    for login in ("olga", "adam", "audrey"):
        async with house.signed_in(login) as client:
            assert (await client.get("/office/guides")).status_code == 403
            assert (await client.post("/office/guides/new", data=TEXT)).status_code == 403
    async with house.signed_in("marta") as client:
        for kind in ("article", "script", "note", "message", "nonsense"):
            assert (await client.get("/office/guides", params={"kind": kind})).status_code == 200
        assert (await client.get("/office/guides", params={"q": "power"})).status_code == 200
        assert (await client.get("/office/guides/999999")).status_code == 404
        assert (await client.get("/office/guides/new?kind=script")).status_code == 200
