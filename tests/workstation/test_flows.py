"""Menus on the running workstation: edited, checked, published, rolled back, drawn; events announced."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from playwright.async_api import Browser

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.store import flows, mass_events
from crm_core.store.flows import Text, Walk
from ivr import shelf
from tests.workstation.house import PASSWORD, House
from workstation import flow_words

pytestmark = pytest.mark.integration
SHORT = """name: main
start: bye
operator: operator
steps:
  bye: {hang_up: goodbye}
  operator: {transfer: to_operator}
"""
EVIL = "<script>alert(1)</script>"


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text[:800]
    return found[1]


async def served(house: House) -> Text | int | None:
    async with reading(house.parts.engine) as db:
        return await flows.published(db, "main")


async def test_a_version_is_checked_published_and_rolled_back(house: House) -> None:
    async with house.signed_in("marta") as client:
        first = await client.get("/office/flows")
        assert "<svg" in first.text
        assert "prove_for_balance" in first.text
        editor = await client.get("/office/flows/new")
        assert "start: greeting" in editor.text
        form = {"body": SHORT, "note": EVIL, "served": hidden(editor, "served"), "once": hidden(editor, "once")}
        assert (await client.post("/office/flows/new", data=form | {"do": "check"})).status_code == 200
        made = await client.post("/office/flows/new", data=form)
        assert made.status_code == 303, made.text
        assert (await client.post("/office/flows/new", data=form)).status_code == 409, "sent twice"
        page = await client.get(made.headers["location"])
        assert 'class="removed"' in page.text
        assert EVIL not in page.text
        assert page.text.count("start: greeting") >= 1
        answer = await client.post("/office/flows/2/publish", data={"served": "1", "once": hidden(page, "once")})
        assert answer.status_code == 303
        now = await served(house)
        assert isinstance(now, Text)
        assert now.version == 2
        assert (await client.post("/office/flows/1/publish", data={"served": "9"})).status_code == 409
        back = await client.post("/office/flows/1/publish", data={"served": "2"})
        assert back.status_code == 303
        listing = await client.get("/office/flows")
        assert "Callers hear it" in listing.text
        assert "<script>alert" not in listing.text
    now = await served(house)
    assert isinstance(now, Text)
    assert now.version == 1


WRONG = (
    (SHORT.replace("hang_up: goodbye", "say: goodbye, next: nowhere"), "bye leads to nowhere"),
    (SHORT.replace("hang_up: goodbye", "say: goodbye, next: bye"), "bye: from here the call never ends"),
    (SHORT + "  lost: {hang_up: goodbye}\n", "lost: no caller can get here"),
    (SHORT.replace("goodbye", "farewell"), "bye says ru: farewell"),
    (SHORT.replace("hang_up", "explode"), "step bye: exactly one of"),
    ("steps: [" * 3000, "This cannot be read as menus"),
    ("name: 2024-99-99\nsteps: {}", "This cannot be read as menus"),
    ("x" * 40_000, "at most 30000 characters"),
    ("", "There is nothing here yet."),
)


async def test_what_cannot_be_served_is_refused_with_a_sentence_and_nothing_is_lost(house: House) -> None:
    async with house.signed_in("marta") as client:
        for number, (wrong, sentence) in enumerate(WRONG):
            do = "publish" if number % 2 else ""
            page = await client.post("/office/flows/new", data={"body": wrong, "note": "typed note", "do": do})
            assert page.status_code == 422
            assert sentence in page.text
            assert "typed note" in page.text
            assert wrong[:40] in page.text
    assert not isinstance(await served(house), Text)


async def test_how_callers_went_is_drawn_with_where_they_gave_up(house: House) -> None:
    await shelf.ship(house.parts.engine)
    now = clock.now()
    async with transaction(house.parts.engine) as db:
        for number in range(7):
            way = ("greeting", "language=en", "recognise=1", "menu")
            walk = Walk(call_id=f"c{number}", version_id=1, began_at=now, ended_at=now, ending="gone", path=way)
            await flows.walked(db, walk)
    async with house.signed_in("marta") as client:
        page = await client.get("/office/flows")
        assert re.search(r'<tspan class="left">.7</tspan>', page.text)
        yesterday = (now - timedelta(days=1)).date().isoformat()
        assert "Nobody went through" in (await client.get(f"/office/flows?day={yesterday}")).text
        assert (await client.get("/office/flows?day=nonsense&before=x")).status_code == 200


async def test_events_are_announced_in_every_language_and_ended(house: House) -> None:
    form = {
        "title": "Cable " + EVIL,
        "area": "Lenina",
        "text_en": "No supply in Lenina street.",
        "text_ru": "Нет света.",
    }
    async with house.signed_in("marta") as client:
        page = await client.post("/office/flows/events", data=form | {"text_ru": "", "ends_at": "soon"})
        assert page.status_code == 422
        assert page.text.count("field-error") == 2
        assert "No supply in Lenina street." in page.text
        assert (await client.post("/office/flows/events", data=form)).status_code == 303
        async with reading(house.parts.engine) as db:
            told = await mass_events.told(db, 1, clock.now())
            assert [one.texts["ru"] for one in told] == ["Нет света."]
            assert await mass_events.told(db, None, clock.now()) == []
        listing = await client.get("/office/flows/events")
        assert "Announced" in listing.text
        assert EVIL not in listing.text
        assert (await client.post("/office/flows/events/1/end", data={})).status_code == 303
        assert (await client.post("/office/flows/events/77/end", data={})).status_code == 404
    async with reading(house.parts.engine) as db:
        assert await mass_events.told(db, 1, clock.now()) == []


async def test_a_program_keeps_publishes_and_counts(house: House) -> None:
    await shelf.ship(house.parts.engine)
    async with house.program("marta") as client:
        wrong = await client.post("/flows", json={"body": SHORT.replace("goodbye", "farewell")})
        assert wrong.status_code == 422
        assert [field["sentence"].split()[0] for field in wrong.json()["fields"]] == ["bye", "bye"]
        made = await client.post("/flows", json={"body": SHORT, "note": "short"})
        assert made.status_code == 201, made.text
        key = made.json()["version_id"]
        assert (await client.post(f"/flows/{key}/publish", json={"instead_of": key})).status_code == 409
        done = await client.post(f"/flows/{key}/publish", json={"instead_of": 1})
        assert done.json()["state"] == "published"
        first = (await client.get("/flows?limit=1")).json()
        assert [one["state"] for one in first["items"]] == ["published"]
        assert (await client.get(f"/flows?after={first['next']}")).json()["items"][0]["state"] == "retired"
        assert (await client.get(f"/flows/{key}")).json()["body"] == SHORT
        assert (await client.get("/flow-steps?day=2026-01-01")).json() == {"items": []}
    async with house.program("sofia") as client:
        assert (await client.get("/flows")).status_code == 403


async def test_only_who_may_changes_what_callers_hear(house: House) -> None:
    for login in ("olga", "sofia", "adam", "audrey"):
        async with house.signed_in(login) as client:
            for address in ("/office/flows", "/office/flows/new", "/office/flows/events", "/office/flows/1"):
                assert (await client.get(address)).status_code == 403
            assert (await client.post("/office/flows/1/publish", data={"served": "0"})).status_code == 403


def test_two_texts_are_compared_line_by_line() -> None:
    before = "\n".join(f"line {number}" for number in range(20))
    changes = flow_words.compared(before, before.replace("line 3", "third").replace("line 17", "later"))
    assert [(one.sign, one.text) for one in changes if one.sign] == [
        ("-", "line 3"), ("+", "third"), ("…", ""), ("-", "line 17"), ("+", "later")
    ]  # fmt: skip
    assert flow_words.compared(before, before) == ()


async def test_in_chromium_the_pages_stand_in_both_themes_and_in_russian(bundled: House, browser: Browser) -> None:
    async with bundled.browser() as client:
        await client.get("/sign-in")
    for scheme, width in (("light", 1440), ("dark", 900)):
        context = await browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 900}
        )
        page = await context.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.on("console", lambda line, said=said: said.append(line.text) if line.type == "error" else None)
        await page.goto(f"{bundled.base}/sign-in")
        await page.fill("input[name=login]", "marta")
        await page.fill("input[name=password]", PASSWORD)
        await page.click("form button[type=submit], form button:not([type])")
        await page.goto(f"{bundled.base}/office/flows")
        assert await page.locator(".flow-graph .step").count() > 10
        await page.goto(f"{bundled.base}/office/flows/new")
        body = page.locator("#body")
        assert await body.evaluate("one => one.scrollHeight <= one.clientHeight + 2"), "numbers stay beside lines"
        await body.fill(SHORT.replace("goodbye", "farewell"))
        await page.click("button[value=check]")
        assert await page.locator(".flow-findings li").count() == 2
        assert await body.input_value() == SHORT.replace("goodbye", "farewell")
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        assert said == []
        await context.close()
