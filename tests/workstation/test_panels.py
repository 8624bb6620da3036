# ruff: noqa: RUF001 - digits of another script are what is typed
"""Forms of the desk at the server: opened with what is known, carried out once, refused beside their fields.

Hostile amounts and text (AC25, AC31, AC33), contacts of others (AC17), masks that come back (AC16), two tabs (AC42),
cards' numbers (AC43).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from crm_core import clock, tables
from crm_core.db import reading
from crm_core.store import access_log
from tests.workstation.house import House

pytestmark = pytest.mark.integration
EVIL = "<script>alert(1)</script>\u202e{{7*7}}'; drop table tasks--"


async def send(client: httpx.AsyncClient, panel: str, expected: int = 200, **fields: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/panels/1/{panel}", data=fields)
    assert answer.status_code == expected, (answer.status_code, answer.text[:500])
    body: dict[str, Any] = answer.json()
    return body


async def shown(client: httpx.AsyncClient, panel: str, **asked: str) -> str:
    answer = await client.get(f"/api/panels/1/{panel}", params=asked)
    assert answer.status_code == 200, (answer.status_code, answer.text[:500])
    return answer.text


async def count(house: House, table: Any, *where: Any) -> int:
    async with reading(house.parts.engine) as db:
        return int(await db.scalar(select(func.count()).select_from(table).where(*where)) or 0)


def soon(days: int) -> str:
    return (clock.now().date() + timedelta(days)).isoformat()


async def test_a_promise_pressed_twice_is_one_promise(house: House) -> None:
    async with house.opened("olga", 1) as client:
        page = await shown(client, "promise", due=soon(5))
        amount = re.search(r'name="pro_amount"[^>]*value="([\d.]+)"', page)
        assert amount, page
        assert f'value="{soon(5)}"' in page
        form = {"pro_amount": amount[1], "pro_due": soon(5), "once": "press-1"}
        first = await send(client, "promise", **form)
        again = await send(client, "promise", **form)
        assert (first["done"], first["said"]) == (True, "The promise is recorded.")
        assert (again["done"], again["again"]) == (True, True)
        known = await send(client, "promise", **form | {"once": "press-2"})
        assert "already" in known["said"]
        assert "A promise is open already" in await shown(client, "promise")
    assert await count(house, tables.promises, tables.promises.c.account_id == 1) == 1
    async with reading(house.parts.engine) as db:
        lines = [one.action for one in await access_log.recent(db, object_="account 1")]
    assert "promise.recorded" in lines


async def test_what_the_ledger_refuses_stands_beside_its_field_and_uses_up_no_press(house: House) -> None:
    async with house.opened("olga", 1) as client:
        form = {"pro_amount": "10", "pro_due": soon(400), "once": "far"}
        assert "pro_due" in await send(client, "promise", 422, **form)
        much = form | {"pro_amount": "99999999", "pro_due": soon(3)}
        assert "pro_amount" in await send(client, "promise", 422, **much)
        assert set(await send(client, "promise", 422, once="far")) == {"pro_amount", "pro_due"}
        for amount in ("NaN", "1e309", "-5", "0", "1" * 400, "\u202e5", "5;drop table promises"):
            assert "pro_amount" in await send(client, "promise", 422, **much | {"pro_amount": amount}), amount
        assert (await send(client, "promise", **form | {"pro_due": soon(3)}))["said"] == "The promise is recorded."


async def test_a_plan_is_agreed_and_its_terms_are_judged(house: House) -> None:
    async with house.opened("olga", 1) as client:
        assert 'name="plan_parts"' in await shown(client, "plan", amount="60", parts="2")
        wrong = await send(client, "plan", 422, plan_amount="60", plan_parts="1", plan_first=soon(5), once="p")
        assert set(wrong) == {"plan_parts"}
        done = await send(client, "plan", plan_amount="60", plan_parts="2", plan_first=soon(5), once="p")
        assert done["said"] == "The plan is recorded."
    assert await count(house, tables.plans, tables.plans.c.account_id == 1) == 1


async def test_an_application_opens_filled_is_judged_and_filed_once(house: House) -> None:
    async with house.opened("olga", 1) as client:
        page = await shown(client, "application", kind="certificate", text="For the bank")
        assert "For the bank" in page
        assert 'name="f_purpose"' in page
        wrong = await send(client, "application", 422, kind="certificate", f_purpose="", once="a")
        assert set(wrong) == {"f_purpose"}
        assert "kind" in await send(client, "application", 422, kind="no such", once="a")
        done = await send(client, "application", kind="certificate", f_purpose="For the bank", once="a")
        assert re.fullmatch(r"A-\d{4}-\d{6}", done["number"])
        assert done["number"] in done["said"]
        assert (await send(client, "application", kind="certificate", f_purpose="For the bank", once="a"))["again"]
        assert done["number"] in await shown(client, "application", kind="certificate"), "one of this kind is open"
    assert await count(house, tables.applications, tables.applications.c.number == done["number"]) == 1


async def test_a_task_takes_hostile_text_as_text(house: House) -> None:
    async with house.opened("olga", 1) as client:
        form = {"title": EVIL, "kind": "call", "due_at": f"{soon(1)}T10:30", "told": EVIL, "once": "t"}
        assert (await send(client, "task", **form | {"owner_id": str(house.people["olga"])}))["done"]
        assert (await send(client, "task", **form))["again"]
        card = await send(client, "task", 422, **form | {"told": "paid by 4111 1111 1111 1111", "once": "card"})
        assert set(card) == {"told"}
        assert set(await send(client, "task", 422, title="", kind="x", due_at="soon", once="u")) == {
            "title",
            "kind",
            "due_at",
        }
        assert "form" in await send(client, "task", 422, **form | {"owner_id": "99999", "once": "v"})
        for panel in ("task", "application"):
            page = await shown(client, panel, kind="certificate", text=EVIL)
            assert "&lt;script&gt;" in page
            assert "<script>alert" not in page
        assert "<script>alert" not in await shown(client, "promise", amount=EVIL, due=EVIL)
    assert await count(house, tables.tasks, tables.tasks.c.account_id == 1) == 1


async def test_a_contact_is_changed_added_and_its_mask_changes_nothing(house: House) -> None:
    async with house.opened("olga", 1) as client:
        page = await shown(client, "contact")
        version, key = (re.search(rf'name="{name}"[^>]*value="(\d+)"', page) for name in ("version", "contact"))
        chosen = re.search(r'<option value="(\d+)" selected', page)
        assert version, page
        assert chosen, page
        email = re.search(r'name="email"[^>]*value="([^"]*)"', page)
        form = {"contact": chosen[1], "version": version[1], "name": "Анна Новая", "phone": "8 (916) 123-45-67"}
        form |= {"email": email[1] if email else "", "once": "c"}
        assert set(await send(client, "contact", 422, **form | {"phone": "12"})) == {"phone"}
        assert (await send(client, "contact", **form))["said"] == "The contact was changed."
        late = await send(client, "contact", 422, **form | {"once": "d", "name": EVIL[:40]})
        assert "form" in late, "the version that was seen is not the newest any more"
        added = await send(client, "contact", contact="new", name=EVIL[:60], phone="", once="e")
        assert added["said"] == "The contact was added."
        strange = await send(client, "contact", 422, contact="999999", name="X", once="f")
        assert "form" in strange
        assert "<script>alert" not in await shown(client, "contact")
    async with reading(house.parts.engine) as db:
        row = (await db.execute(select(tables.contacts).where(tables.contacts.c.id == int(chosen[1])))).one()
    assert (row.name, row.phone) == ("Анна Новая", "+79161234567")
    assert "***" not in row.email
    assert key is None


async def test_a_consent_is_withdrawn_and_then_nobody_writes_this_way(house: House) -> None:
    async with house.opened("olga", 1) as client:
        await send(client, "contact", contact="new", name="Анна", phone="+79161234567", once="0")
        page = await shown(client, "notice", channel="sms")
        contact = re.findall(
            r'<option value="(\d+)"', page.partition('name="contact_id"')[2].partition("</select>")[0]
        )[-1]
        form = {"channel": "sms", "contact_id": contact, "body": EVIL, "once": "m"}
        assert (await send(client, "notice", **form))["said"] == "The message is on its way."
        assert (await send(client, "notice", **form))["again"]
        assert set(await send(client, "notice", 422, **form | {"body": "", "once": "n"})) == {"body"}
        assert "contact_id" in await send(client, "notice", 422, **form | {"contact_id": "999999", "once": "n"})
        said = {"kind": "sms", "given": "no", "how": "phone", "once": "o"}
        assert (await send(client, "consent", **said))["said"] == "What was said is kept."
        assert "contact_id" in await send(client, "notice", 422, **form | {"once": "p"})
        voice = await send(client, "consent", 422, kind="biometric", given="yes", how="phone", once="q")
        assert "how" in voice
    assert await count(house, tables.outbox, tables.outbox.c.account_id == 1) == 1


async def test_a_document_is_shown_before_it_is_made_once(house: House) -> None:
    async with house.opened("olga", 1) as client:
        page = await shown(client, "document")
        choices = page.partition('name="template_id"')[2].partition("</select>")[0]
        template = re.findall(r'<option value="(\d+)">[^<]*\(en\)', choices)[-1]
        form = {"template_id": template, "parts": "3", "first_on": soon(10), "once": "doc"}
        preview = await send(client, "document", do="preview", **form)
        assert preview["stay"]
        assert "<" in preview["html"]
        assert await count(house, tables.documents) == 0
        made = await send(client, "document", **form)
        assert made["document"].startswith("/office/accounts/1/documents/")
        assert (await send(client, "document", **form))["again"]
        assert set(await send(client, "document", 422, template_id="", once="x")) == {"template_id"}
    assert await count(house, tables.documents) == 1


async def test_forms_are_for_who_may_and_for_a_card_that_is_open(house: House) -> None:
    async with house.signed_in("olga") as client:
        assert (await client.get("/api/panels/1/promise")).status_code == 428
        assert (await client.post("/api/panels/1/task", data={"title": "x", "kind": "call"})).status_code == 428
        assert (await client.get("/api/panels/999999/promise")).status_code == 404
    for login in ("adam", "audrey"):
        async with house.signed_in(login) as client:
            for panel in ("promise", "plan", "application", "task", "contact", "consent", "document", "notice"):
                assert (await client.get(f"/api/panels/1/{panel}")).status_code == 403
                assert (await client.post(f"/api/panels/1/{panel}", data={"once": "1"})).status_code == 403
    assert await count(house, tables.tasks) == 0


async def test_texts_for_notes_are_filled_with_the_card_and_never_with_a_mask(house: House) -> None:
    async with house.opened("olga", 1) as client:
        texts = (await client.get("/api/notes/1")).json()
        balance = next(one for one in texts if one["title"] == "Balance told")
        assert re.search(r"account \d+: \S", balance["body"])
        plain = (await client.get("/api/notes")).json()
        assert "account …" in next(one for one in plain if one["title"] == "Balance told")["body"]
        assert not any("***" in one["body"] for one in texts)


async def test_a_person_has_keys_of_his_own_and_nobody_else_does(house: House) -> None:
    async with house.signed_in("olga") as client:
        answer = await client.post("/api/keys", data={"action": "promise", "key": "Alt+KeyY"})
        assert answer.json()["shown"]["promise"] == "Alt Y"
        taken = await client.post("/api/keys", data={"action": "plan", "key": "Alt+KeyR"})
        assert taken.status_code == 422
        assert "Take a reading" in taken.json()["key"]
        for key in ("KeyA", "Ctrl+KeyW", "Alt+Digit3", "<script>", "Ctrl+Alt+KeyQ", "x" * 500):
            assert (await client.post("/api/keys", data={"action": "plan", "key": key})).status_code == 422
        assert (await client.post("/api/keys", data={"action": EVIL, "key": "Alt+KeyZ"})).status_code == 404
        assert "Alt Y" in (await client.get("/desk")).text
        assert (await client.post("/api/keys", data={"reset": "1"})).json()["keys"]["promise"] == "Alt+KeyP"


async def test_a_person_chooses_his_language_and_types_its_digits(house: House) -> None:
    async with house.signed_in("olga") as client:
        page = await client.get("/language")
        assert 'lang="fa" dir="rtl"' in page.text
        assert (await client.post("/language", data={"language": EVIL})).status_code == 422
        try:
            assert (await client.post("/language", data={"language": "fa"})).status_code == 303
            assert '<html lang="fa" dir="rtl">' in (await client.get("/desk")).text
            await house.because(client)
            day = {"account_id": "1", "taken_on": "۲۰۲۶-۱۱-۲۱"}
            doubtful = await client.post("/api/readings", data={**day, "r_1": "۹۹٬۰۰۰٫۰"})
            assert (doubtful.status_code, 'name="confirm"' in doubtful.text) == (200, True)
        finally:
            await client.post("/language", data={"language": "en"})
