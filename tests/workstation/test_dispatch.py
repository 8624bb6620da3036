"""Routing on the running workstation: rules with their check, queues, what operators can do; for pages and programs."""

from __future__ import annotations

import asyncio
import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.async_api import Browser
from redis import Redis
from sqlalchemy import insert

from crm_core import clock, tables, worker
from crm_core.db import reading, transaction
from crm_core.store import dispatch, jobs, lines, operators, users
from routing import rulebook, trial, why, words
from tests.workstation.house import PASSWORD, House
from workstation.words import load_languages

pytestmark = pytest.mark.integration
SHORT = """name: short
rules:
  - name: debts
    when: {topics: [debt], flags: [vip]}
    queue: debts
    needs: {law: 2}
    steps:
      - {after: 20, needs: {}}
"""
EVIL = "<script>alert(1)</script>"
QUEUE = {
    "code": "debts", "title": "Debts " + EVIL, "opening": "own", "hours_0": "08:00-12:00, 13:00\u201320:00",
    "threshold": "30", "most_waiting": "5", "overflow_after": "90",
    "when_closed": "voicemail", "when_late": "queue/main",
}  # fmt: skip


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text[:800]
    return found[1]


async def in_force(house: House) -> int:
    async with reading(house.parts.engine) as db:
        found = await dispatch.published(db)
    assert found is not None
    return found.version


# --- rules ---------------------------------------------------------------------------------------------------------


async def test_rules_are_checked_published_and_rolled_back(house: House) -> None:
    async with house.signed_in("sofia") as client:
        listing = await client.get("/office/routing")
        assert "As it came with the software" in listing.text
        assert "life-support: who is marked life_support stands as if he had waited 900 s longer." in listing.text
        editor = await client.get("/office/routing/new")
        form = {"body": SHORT, "note": EVIL, "served": hidden(editor, "served"), "once": hidden(editor, "once")}
        check = await client.post("/office/routing/new", data=form | {"do": "check"})
        assert check.status_code == 200
        assert "who calls about debt and is marked vip waits in queue debts" in check.text
        made = await client.post("/office/routing/new", data=form)
        assert made.status_code == 303, made.text
        assert (await client.post("/office/routing/new", data=form)).status_code == 409, "sent twice"
        page = await client.get(made.headers["location"])
        assert 'class="added"' in page.text
        assert EVIL not in page.text
        publish = await client.post(
            "/office/routing/2/publish", data={"served": form["served"], "once": hidden(page, "once")}
        )
        assert publish.status_code == 303
        assert await in_force(house) == 2
        assert (await client.post("/office/routing/1/publish", data={"served": "9"})).status_code == 409
        assert (await client.post("/office/routing/1/publish", data={"served": "2"})).status_code == 303
        assert await in_force(house) == 1
        assert (await client.get("/office/routing/77")).status_code == 404
        assert (await client.post("/office/routing/2/discard", data={})).status_code == 409


WRONG = (
    (SHORT.replace("law: 2", "law: 12"), "rule debts: needs.law:"),
    (SHORT.replace("queue: debts", "queue: Debts!"), "rule debts: queue:"),
    (SHORT.replace("needs: {}", "needs: {tax: 1}"), "steps ask less"),
    (SHORT + "  - {name: debts}\n", "there are two rules debts"),
    ("rules: [" * 3000, "This cannot be used as routing rules"),
    ("name: x\nrules: 2024-99-99", "This cannot be used as routing rules"),
    ("x" * 40_000, "at most 30000 characters"),
    ("", "There is nothing here yet."),
)


async def test_rules_that_cannot_be_used_are_refused_by_rule_and_field_and_nothing_is_lost(
    house: House,
) -> None:
    await rulebook.ship(house.parts.engine)
    async with house.signed_in("sofia") as client:
        for number, (wrong, sentence) in enumerate(WRONG):
            do = "publish" if number % 2 else ""
            page = await client.post("/office/routing/new", data={"body": wrong, "note": "typed note", "do": do})
            assert page.status_code == 422
            assert sentence in page.text.replace("&#39;", "'")
            assert "typed note" in page.text
            assert wrong[:40] in page.text
    assert await in_force(house) == 1


async def test_a_file_of_the_house_stands_before_what_is_published_and_the_page_says_so(house: House) -> None:
    own = house.parts.settings.run_dir / "routing"
    own.mkdir(exist_ok=True)
    (own / "main.yaml").write_text(SHORT, "utf-8")
    try:
        async with house.signed_in("sofia") as client:
            assert "stands before everything published here" in (await client.get("/office/routing")).text
        async with reading(house.parts.engine) as db:
            assert (await rulebook.in_force(db, own)).name == "short"
    finally:
        (own / "main.yaml").unlink()


@pytest.mark.unit
def test_everything_rules_and_waits_say_is_said_in_russian_with_the_same_places() -> None:
    russian = load_languages()["ru"].words.gettext
    for phrase in (*words.PHRASES, *why.PHRASES):
        said = russian(phrase)
        assert said != phrase or phrase == words.RULE, phrase
        assert sorted(re.findall(r"{\w+}", said)) == sorted(re.findall(r"{\w+}", phrase))


# --- queues --------------------------------------------------------------------------------------------------------


async def test_a_queue_is_made_changed_and_taken_away(house: House) -> None:
    async with house.signed_in("sofia") as client:
        assert (await client.post("/office/queues/new", data=QUEUE)).status_code == 303
        again = await client.post("/office/queues/new", data=QUEUE)
        assert again.status_code == 422
        assert "There is a queue of this name already." in again.text
        listing = await client.get("/office/queues")
        assert EVIL not in listing.text
        assert "When it is closed: <bdi>Leaves a message</bdi>" in listing.text
        page = await client.get("/office/queues/debts")
        assert 'value="08:00-12:00, 13:00-20:00"' in page.text
        changed = await client.post("/office/queues/debts", data=QUEUE | {"title": "Debts", "threshold": ""})
        assert changed.status_code == 303
        async with reading(house.parts.engine) as db:
            kept = await dispatch.queue(db, "debts")
        assert (kept.title, kept.threshold, kept.when_late) == ("Debts", None, "queue/main")
        assert kept.hours == ((0, "08:00", "12:00"), (0, "13:00", "20:00"))
        assert (await client.post("/office/queues/debts", data={"do": "drop"})).status_code == 303
        assert (await client.get("/office/queues/debts")).status_code == 404


BAD_QUEUES = (
    ({"code": "Debts"}, "Small Latin letters"),
    ({"hours_0": "8-12"}, "Hours are written like"),
    ({"hours_0": "18:00-09:00"}, "Hours are written like"),
    ({"overflow_after": ""}, "Say after how many seconds."),
    ({"when_full": "closed", "most_waiting": ""}, "Say how many may wait."),
    ({"when_late": "queue/debts"}, "Callers would go round in a circle"),
    ({"when_closed": "mars"}, "neither callback, voicemail, closed nor queue/"),
    ({"threshold": "soon"}, "A whole number is needed"),
)


async def test_a_queue_that_cannot_be_is_refused_and_keeps_what_was_typed(house: House) -> None:
    async with house.signed_in("sofia") as client:
        for wrong, sentence in BAD_QUEUES:
            page = await client.post("/office/queues/new", data=QUEUE | wrong)
            assert page.status_code == 422
            assert sentence in page.text
            assert 'value="voicemail" selected' in page.text or "mars" in wrong.values()
            assert "Debts &lt;script&gt;" in page.text
    async with reading(house.parts.engine) as db:
        assert [one.code for one in await dispatch.every_queue(db)] == ["main"]


# --- what operators can do -------------------------------------------------------------------------------------------


async def test_a_queue_of_last_resort_is_set_shown_and_leads_nowhere_in_a_circle(house: House) -> None:
    async with house.signed_in("sofia") as client:
        first = {"code": "law", "opening": "always", "last_resort": "main"}
        assert (await client.post("/office/queues/new", data=first)).status_code == 303
        assert 'Queue of last resort: <code dir="ltr">main</code>' in (await client.get("/office/queues")).text
        for wanted, sentence in (("law", "lead round in a circle"), ("mars", "There is no such queue")):
            page = await client.post("/office/queues/main", data={"opening": "always", "last_resort": wanted})
            assert page.status_code == 422
            assert sentence in page.text
        assert '<option value="main" selected>' in (await client.get("/office/queues/law")).text
        assert "law</code> → <code" in (await client.get("/office/nodes")).text
    async with reading(house.parts.engine) as db:
        wanted = await lines.wanted(db)
    assert wanted.of_node("main").resorts == {"law": "main"}


async def test_skills_are_edited_in_a_table_and_one_slip_changes_nothing(house: House) -> None:
    async with reading(house.parts.engine) as db:
        olga = next(one for one in await users.everyone(db) if one.login == "olga")
    key = olga.user_id
    form = {f"skills_{key}": "Payments:3, law", f"queues_{key}": "debts:2; main", f"languages_{key}": "ru, en"}
    async with house.signed_in("sofia") as client:
        assert f'name="skills_{key}"' in (await client.get("/office/skills")).text
        for wrong, sentence in (
            ({f"skills_{key}": "pay ments"}, "pay ments is no skill"),
            ({f"skills_{key}": "law, law:2"}, "law:2 stands there twice."),
            ({f"languages_{key}": "russian"}, "russian is no language"),
            ({f"queues_{key}": "debts:0" + EVIL}, "is no queue"),
        ):
            page = await client.post("/office/skills", data=form | wrong)
            assert page.status_code == 422
            assert sentence in page.text
            assert EVIL not in page.text
            assert "main" in page.text
        assert (await client.post("/office/skills", data=form)).status_code == 303
        assert (await client.post("/office/skills", data={"skills_99999": "law"})).status_code == 404
    async with reading(house.parts.engine) as db:
        kept = next(one for one in await dispatch.operators(db) if one.operator_id == key)
    assert kept.skills == ("payments:3", "law", "queue/debts:2", "queue/main")
    assert kept.languages == ("ru", "en")


async def test_who_may_not_manage_routing_gets_none_of_it(house: House) -> None:
    async with house.signed_in("olga") as client:
        for path in ("/office/routing", "/office/queues", "/office/skills"):
            assert (await client.get(path)).status_code == 403
    async with transaction(house.parts.engine) as db:
        assert [one.code for one in await dispatch.every_queue(db)] == ["main"]


# --- what if -------------------------------------------------------------------------------------------------------


async def fill_day(house: House, operator: int, day: date) -> None:
    """A morning of twenty calls, of which the operator took most."""
    nine = datetime.combine(day, time(9), ZoneInfo(house.parts.settings.time_zone))
    calls, events = [], []
    for number in range(20):
        at = nine + timedelta(minutes=3 * number)
        answered = number % 5 != 0
        calls.append({
            "call_id": f"main-{number}", "channel": "phone", "direction": "in", "topic": "debt" if number % 2 else "",
            "queue": "main", "outcome": "answered" if answered else "abandoned", "began_at": at, "waiting_since": at,
            "answered_at": at + timedelta(seconds=10) if answered else None, "ended_at": at + timedelta(seconds=100),
            "operator_id": operator if answered else None,
        })  # fmt: skip
        events.append({"call_id": f"main-{number}", "at": at, "what": "waiting", "detail": "flags=vip"})
    async with transaction(house.parts.engine) as db:
        await db.execute(insert(tables.interactions), calls)
        await db.execute(insert(tables.call_events), events)
        await operators.state_changed(db, operator, "ready", "", nine)
        await operators.state_changed(db, operator, "offline", "", nine + timedelta(hours=8))


async def test_a_draft_is_tried_on_the_calls_of_yesterday_and_told_beside_the_rules_in_force(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = house.parts.settings
    for name, value in (("DATABASE_URL", settings.database_url), ("REDIS_URL", settings.redis_url)):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(trial, "Settings", lambda: settings)
    await rulebook.ship(house.parts.engine)
    async with reading(house.parts.engine) as db:
        olga = next(one for one in await users.everyone(db) if one.login == "olga")
    day = clock.now().astimezone(ZoneInfo(settings.time_zone)).date() - timedelta(days=1)
    await fill_day(house, olga.user_id, day)
    async with transaction(house.parts.engine) as db:
        await dispatch.keep(db, SHORT, "short", None)
        await dispatch.save_queue(db, dispatch.Queue(code="debts", most_waiting=0, when_full="queue/main"), None)
    async with house.signed_in("sofia") as client:
        page = await client.get("/office/routing/2")
        assert f'value="{day.isoformat()}"' in page.text
        asked = await client.post(
            "/office/routing/2/trial", data={"day": day.isoformat(), "once": hidden(page, "once")}
        )
        assert asked.status_code == 303
        waiting = await client.get(asked.headers["location"])
        assert "data-job" in waiting.text
        with Redis.from_url(settings.redis_url) as valkey:
            await asyncio.to_thread(worker.work_off, valkey)
        shown = await client.get(asked.headers["location"])
        assert "20 calls and 1 operators of this day" in shown.text, shown.text[-3000:]
        assert re.search(r"As it was</th><td[^>]*>20</td>", shown.text)
        # Olga has no skills written down, so she serves both queues; `debts` catches every second call.
        assert re.search(r"<code[^>]*>debts</code></th><td[^>]*>0</td><td[^>]*>10</td>", shown.text)
        assert "Olga" in shown.text
        overflow = shown.text[shown.text.index(">Overflow</h2>") :]
        assert re.search(r"debts</code></th><td>When so many wait already</td><td><bdi>To queue main</bdi>", overflow)
        assert overflow.count('<code dir="ltr">main-') == 10, "each call that would overflow"
        key = int(shown.url.path.rpartition("/")[2])
        async with reading(house.parts.engine) as db:
            first = await jobs.by_id(db, key)
        again = await client.post("/office/routing/2/trial", data={"day": day.isoformat()})
        with Redis.from_url(settings.redis_url) as valkey:
            await asyncio.to_thread(worker.work_off, valkey)
        async with reading(house.parts.engine) as db:
            second = await jobs.by_id(db, int(httpx.URL(again.headers["location"]).path.rpartition("/")[2]))
        assert first is not None
        assert second is not None
        assert first.detail == second.detail, "the same seed makes the same figures"
        assert (await client.get("/office/routing/trials/9999")).status_code == 404


# --- why this operator ---------------------------------------------------------------------------------------------

HISTORY = (
    ("waiting", None, "flags=vip,promise_due"),
    ("overflow", None, "late queue/debts"),
    ("offered", "olga", "choice=only-one held=no-match waited=42 relaxed=1 needs=law:2 rules=vip,debts"),
    ("offered", "olga", "nothing that is understood " + EVIL),
)


SAID = (
    ("en", ("Known of the caller: vip, promise_due.", "The operator was the only one free who could serve.",
            "When the caller has waited so long here: To queue debts.", "Rules: vip, debts.",
            "Of those free when the caller came nobody had what was needed; offered after 42 s.")),
    # ruff: noqa: RUF001 - Russian is meant
    ("ru", ("О звонящем известно: vip, promise_due.", "Оператор был единственным свободным, кто мог ответить.",
            "вызов пошёл через 42 с.", "Требовалось: law 2.")),
)  # fmt: skip


async def test_a_contact_says_why_this_operator_and_why_the_wait(house: House) -> None:
    now = clock.now()
    async with transaction(house.parts.engine) as db:
        olga = next(one for one in await users.everyone(db) if one.login == "olga")
        key = (
            await db.execute(
                insert(tables.interactions)
                .values(call_id="main-1.1", channel="phone", direction="in", began_at=now, operator_id=olga.user_id)
                .returning(tables.interactions.c.id)
            )
        ).scalar_one()
        await db.execute(
            insert(tables.call_events),
            [{"call_id": "main-1.1", "at": now, "what": what, "detail": detail,
              "operator_id": olga.user_id if who else None} for what, who, detail in HISTORY],
        )  # fmt: skip
    for language, sentences in SAID:
        async with transaction(house.parts.engine) as db:
            await db.execute(tables.users.update().where(tables.users.c.login == "sofia").values(language=language))
        async with house.signed_in("sofia") as client:
            page = await client.get(f"/office/interactions/{key}", params={"reason": "call_back"})
            assert page.status_code == 200
            for sentence in sentences:
                assert sentence in page.text
            assert page.text.count("<strong><bdi>Olga") >= 1
            assert EVIL not in page.text


# --- programs ------------------------------------------------------------------------------------------------------


async def test_a_program_publishes_rules_sets_queues_and_skills(house: House) -> None:
    await rulebook.ship(house.parts.engine)
    async with reading(house.parts.engine) as db:
        olga = next(one for one in await users.everyone(db) if one.login == "olga")
    async with house.program("sofia") as client:
        wrong = await client.post("/routing-rules", json={"body": SHORT.replace("law: 2", "law: 12")})
        assert wrong.status_code == 422
        assert "rule debts: needs.law:" in wrong.json()["fields"][0]["sentence"]
        made = await client.post("/routing-rules", json={"body": SHORT, "note": "short"})
        assert made.status_code == 201, made.text
        key = made.json()["version_id"]
        assert (await client.post(f"/routing-rules/{key}/publish", json={"instead_of": key})).status_code == 409
        assert (await client.post(f"/routing-rules/{key}/publish", json={"instead_of": 1})).status_code == 200
        assert [one["version"] for one in (await client.get("/routing-rules")).json()["items"]] == [2, 1]
        assert (await client.get(f"/routing-rules/{key}")).json()["body"] == SHORT
        queue = {"title": "Debts", "opening": "own", "hours": [{"weekday": 0, "opens": "09:00", "closes": "18:00"}],
                 "when_closed": "voicemail"}  # fmt: skip
        assert (await client.put("/queues/debts", json=queue)).status_code == 200
        for bad in (
            {"when_closed": "mars"},
            {"when_late": "callback"},
            {"when_late": "queue/debts", "overflow_after": 5},
        ):
            assert (await client.put("/queues/debts", json=queue | bad)).status_code == 422
        assert [one["code"] for one in (await client.get("/queues")).json()["items"]] == ["debts", "main"]
        path = f"/operator-skills/{olga.user_id}"
        assert (
            await client.put(path, json={"skills": ["law:2", "queue/debts"], "languages": ["ru"]})
        ).status_code == 200
        assert (await client.put(path, json={"skills": ["no skill"]})).status_code == 422
        assert (await client.put("/operator-skills/99999", json={"skills": ["law"]})).status_code == 404
        listed = (await client.get("/operator-skills")).json()["items"]
        assert next(one for one in listed if one["user_id"] == olga.user_id)["skills"] == ["law:2", "queue/debts"]


# --- in the browser ------------------------------------------------------------------------------------------------


async def test_in_chromium_rules_are_checked_while_they_are_typed(bundled: House, browser: Browser) -> None:
    await rulebook.ship(bundled.parts.engine)
    for scheme, width in (("light", 1440), ("dark", 900)):
        context = await browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 900}
        )
        page = await context.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.on("console", lambda line, said=said: said.append(line.text) if line.type == "error" else None)
        await page.goto(f"{bundled.base}/sign-in")
        await page.fill("input[name=login]", "sofia")
        await page.fill("input[name=password]", PASSWORD)
        await page.click("form button[type=submit], form button:not([type])")
        await page.goto(f"{bundled.base}/office/routing/new")
        body = page.locator("#body")
        await body.fill(SHORT.replace("law: 2", "law: 12"))
        await page.wait_for_selector("#rules-said .notice.bad")
        await body.fill(SHORT)
        await page.wait_for_selector("#rules-said .rules-said li")
        assert await body.input_value() == SHORT
        assert await page.locator("#rules-said .rules-said li").count() == 1
        for path in ("routing", "routing/new", "queues", "queues/main", "skills"):
            await page.goto(f"{bundled.base}/office/{path}")
            wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, path
        assert not said
        await context.close()
