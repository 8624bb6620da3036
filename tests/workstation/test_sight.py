"""A subscriber is seen with a right and a reason, masked, and the view is written down: over pages and API alike."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import insert, select, text, update

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.store import access_log
from crm_core.tables import alert_rules, alerts, card_openings, contacts, customers
from tests.support.waiting import eventually
from tests.workstation.house import PHONE_OF_ONE, House
from tests.workstation.test_subscribers import form

pytestmark = pytest.mark.integration
PAGE, CONTACT = "/office/customers/1", "/office/customer-contacts/1"
EMAIL, MASK, MASKED_EMAIL = "anna@example.org", "+7 912 ***-**-01", "a***@…"


@pytest.fixture
async def known(house: House) -> House:
    """The house, where Anna has an e-mail address."""
    async with transaction(house.parts.engine) as db:
        await db.execute(update(contacts).where(contacts.c.id == 1).values(email=EMAIL))
    return house


async def viewed(house: House, login: str, object_: str) -> list[str]:
    """Why somebody saw something, the newest first."""
    async with reading(house.parts.engine) as db:
        lines = await access_log.recent(db, user_id=house.people[login], object_=object_)
    return [line.reason for line in lines if line.action == "card.viewed"]


async def stored(house: House) -> tuple[str, str]:
    async with reading(house.parts.engine) as db:
        row = (await db.execute(select(contacts.c.phone, contacts.c.email).where(contacts.c.id == 1))).one()
    return row.phone, row.email


def asked(page: httpx.Response, **said: str) -> dict[str, str]:
    """The question why as it is sent, with all that it holds."""
    assert page.status_code in {422, 428}, page.text[-400:]
    assert "Why do you open this card?" in page.text
    held = {name: value for name, value in httpx_fields(page) if name != "opening_reason"}
    return {**held, **{f"opening_{name}": value for name, value in said.items()}}


def httpx_fields(page: httpx.Response) -> list[tuple[str, str]]:
    from html.parser import HTMLParser  # noqa: PLC0415

    found: list[tuple[str, str]] = []

    class Fields(HTMLParser):
        inside = False

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "form":
                self.inside = given.get("id") == "reason-form"
            elif tag == "input" and self.inside and given.get("name"):
                found.append((str(given["name"]), given.get("value") or ""))

    Fields().feed(page.text)
    return found


@pytest.mark.parametrize("path", [PAGE, CONTACT, "/office/customers/1/contacts/new", "/office/accounts/1/points/new"])
async def test_a_page_asks_why_and_comes_back_to_what_was_wanted(known: House, path: str) -> None:
    async with known.signed_in("sofia") as client:
        page = await client.get(f"{path}?from=list")
        for personal in ("Anna", "Lenina", PHONE_OF_ONE, EMAIL, MASK):
            assert personal not in page.text
        empty = await client.post("/office/reasons", data=asked(page))
        assert "Choose why you open this card." in empty.text
        short = await client.post("/office/reasons", data=asked(empty, reason="other", words="no"))
        assert "Say in a sentence why" in short.text
        given = await client.post("/office/reasons", data=asked(short, reason="complaint", words="letter 5"))
        assert (given.status_code, given.headers["location"]) == (303, f"{path}?from=list")
        assert (await client.get(path)).status_code == 200
    object_ = "account 1" if "accounts" in path else "customer 1"
    await eventually(lambda: viewed(known, "sofia", object_))
    assert await viewed(known, "sofia", object_) == [f"reason complaint, {path}"]


async def test_a_form_that_must_say_why_first_loses_nothing(known: House) -> None:
    async with known.opened("sofia") as client:
        typed = await form(client, CONTACT, name="Anna K.", role="owner", phone=MASK, reason="asked by letter")
        async with transaction(known.parts.engine) as db:
            await db.execute(update(card_openings).values(opened_at=clock.now() - timedelta(hours=1)))
        refused = await client.post(CONTACT, data=typed)
        assert refused.status_code == 428
        assert "What you typed is kept" in refused.text
        again = asked(refused, reason="correction")
        on_its_way = await client.post("/office/reasons", data=again)
        assert (on_its_way.status_code, on_its_way.headers["location"]) == (307, CONTACT)
        # As a browser does: the same body once more.
        saved = await client.post(on_its_way.headers["location"], data=again)
        assert "done=saved" in saved.headers["location"]
        assert "asked by letter" in (await client.get(PAGE)).text


@pytest.mark.parametrize("then", ["//evil.example", "https://evil.example/office/", "/desk", "/office/\\evil", "x"])
async def test_nobody_is_sent_away_from_the_office(house: House, then: str) -> None:
    async with house.signed_in("olga") as client:
        sent = {"opening_of": "account 1", "opening_then": then, "opening_reason": "call_back"}
        assert (await client.post("/office/reasons", data=sent)).headers["location"] == "/office"
        assert (await client.post("/office/reasons", data=sent | {"opening_of": "user 1"})).status_code == 404


async def test_a_customer_is_masked_by_role_on_his_page_and_over_the_api(known: House) -> None:
    async with known.opened("olga") as client:
        page = (await client.get(PAGE)).text
        assert "+7 912 000-00-01" in page
        assert MASKED_EMAIL in page
        assert EMAIL not in page
    async with known.opened("sofia") as client:
        page = (await client.get(PAGE)).text
        assert MASK in page
        assert "000-00-01" not in page
    async with known.program("marta") as client:
        for path in ("/accounts/1", "/customers/1", "/contacts/1"):
            body = (await client.get(path)).text
            assert PHONE_OF_ONE not in body
            assert EMAIL not in body
            assert MASK in body


async def test_a_mask_that_comes_back_from_a_form_changes_nothing(known: House) -> None:
    async with known.opened("sofia") as client:
        shown = (await client.get(CONTACT)).text
        assert f'value="{MASK}"' in shown
        assert "leave it as it is" in shown
        typed = {"name": "Anna K.", "phone": MASK, "email": MASKED_EMAIL}
        assert (await client.post(CONTACT, data=await form(client, CONTACT, **typed))).status_code == 303
        assert await stored(known) == (PHONE_OF_ONE, EMAIL)
        typed |= {"phone": "8 912 111-22-33"}
        assert (await client.post(CONTACT, data=await form(client, CONTACT, **typed))).status_code == 303
        assert await stored(known) == ("+79121112233", EMAIL)
        history = (await client.get(PAGE)).text
        for number in (PHONE_OF_ONE, "+79121112233", "111-22-33"):
            assert number not in history
        other = await client.post(CONTACT, data=await form(client, CONTACT, name="Anna", phone="+7 913 ***-**-99"))
        assert (other.status_code, "A telephone number is needed" in other.text) == (422, True)
    async with known.program("marta") as client:
        version = (await client.get("/contacts/1")).json()["version"]
        body = {"version": version, "email": MASKED_EMAIL, "role": "owner"}
        assert (await client.put("/contacts/1", json=body)).json()["role"] == "owner"
        assert await stored(known) == ("+79121112233", EMAIL)
        assert (await client.put("/contacts/1", json={"version": version + 1, "email": ""})).status_code == 200
        assert await stored(known) == ("+79121112233", "")
        lines = (await client.get("/customers/1/changes")).text
        assert EMAIL not in lines


async def test_a_bait_stays_a_bait_and_says_so_to_nobody(house: House) -> None:
    async with transaction(house.parts.engine) as db:
        await db.execute(update(customers).where(customers.c.id == 1).values(flags=["honey", "vip"]))
    async with house.opened("olga") as client:
        assert "honey" not in (await client.get(PAGE)).text
        typed = {"status": "active", "priority": "high", "flag_legal": "1"}
        assert (await client.post(PAGE, data=await form(client, PAGE, **typed))).status_code == 303
        assert "honey" not in (await client.get(PAGE)).text
    async with house.program("marta") as client:
        shown = (await client.get("/customers/1")).json()
        assert shown["flags"] == ["legal"]
        changed = await client.patch("/customers/1", json={"version": shown["version"], "flags": []})
        assert changed.json()["flags"] == []
        assert "honey" not in (await client.get("/customers/1/changes")).text
        assert "honey" not in (await client.get("/accounts/1")).text
    async with reading(house.parts.engine) as db:
        assert (await db.execute(select(customers.c.flags).where(customers.c.id == 1))).scalar_one() == ["honey"]


async def test_a_program_says_why_in_a_header(house: House) -> None:
    async with house.program("marta", reason="") as client:
        refused = await client.get("/customers/1")
        assert (refused.status_code, refused.json()["code"]) == (428, "reason-needed")
        (field,) = refused.json()["fields"]
        assert field["name"] == "header.busbar-reason"
        assert "Busbar-Reason" in field["sentence"]
        assert "complaint" in field["sentence"]
        for wrong, said in (("curiosity", "Begin with one of these codes"), ("other no", "needs a sentence")):
            refused = await client.get("/customers/1", headers={"busbar-reason": wrong})
            assert (refused.status_code, refused.json()["fields"][0]["name"]) == (422, "header.busbar-reason")
            assert said in refused.json()["fields"][0]["sentence"]
        assert (await client.get("/customers/4711")).status_code == 404
        reason = "complaint %D0%BF%D0%B8%D1%81%D1%8C%D0%BC%D0%BE"
        assert (await client.get("/customers/1", headers={"busbar-reason": reason})).status_code == 200
    await eventually(lambda: viewed(house, "marta", "customer 1"))
    assert await viewed(house, "marta", "customer 1") == ["reason complaint письмо, test: GET /api/v1/customers/1"]


async def test_whose_alert_stands_opens_nothing_by_page_or_program(house: House) -> None:
    async with transaction(house.parts.engine) as db:
        # The watch itself must not find that it is over.
        await db.execute(update(alert_rules).values(enabled=False))
        row = {"rule": "mass_viewing", "value": 60, "raise_at": 60, "raised_at": clock.now()}
        await db.execute(insert(alerts).values(user_id=house.people["marta"], **row))
    async with house.opened("marta") as client:
        assert (await client.get(PAGE)).status_code == 429
    async with house.program("marta") as client:
        refused = await client.get("/customers/1")
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-cards")


async def test_who_has_no_account_is_opened_by_a_reason_that_the_log_keeps(house: House) -> None:
    async with transaction(house.parts.engine) as db:
        await db.execute(text("insert into customers (kind, name, name_key) values ('person', 'Gleb', 'gleb')"))
    async with house.signed_in("olga") as client:
        page = await client.get("/office/customers/4")
        given = await client.post("/office/reasons", data=asked(page, reason="call_back"))
        assert given.headers["location"] == "/office/customers/4"
        assert "Gleb" in (await client.get("/office/customers/4")).text
    async with house.signed_in("sofia") as client:
        assert (await client.get("/office/customers/4")).status_code == 428
