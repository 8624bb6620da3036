"""The whole customer over pages and API: changed by people and programs, never written over unseen."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.async_api import Browser

from crm_core.db import reading, transaction
from crm_core.store import access_log, phone_service, subscribers
from tests.support.waiting import eventually
from tests.workstation.house import House
from tests.workstation.test_office_places import look, page_of

pytestmark = pytest.mark.integration
PAGE = "/office/customers/1"
EVIL = '<img src=x onerror="boom()">'


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text[-600:]
    return found[1]


async def form(client: httpx.AsyncClient, path: str, **typed: str) -> dict[str, str]:
    """What a form holds when it is sent, with what was typed into it."""
    page = await client.get(path)
    assert page.status_code == 200, page.text[-600:]
    return {"csrf": hidden(page, "csrf"), "once": hidden(page, "once"), "version": hidden(page, "version"), **typed}


async def logged(house: House, object_: str) -> list[str]:
    async with reading(house.parts.engine) as db:
        return [line.action for line in await access_log.recent(db, object_=object_)]


async def test_a_customer_s_page_shows_him_whole_and_is_written_down(house: House) -> None:
    async with house.opened("olga") as client:
        page = await client.get(PAGE)
        assert "Anna Kuznetsova" in page.text
        assert "Nothing was changed yet" in page.text
        assert (await client.get("/office/customers/4711")).status_code == 404
        assert (await client.get("/office/customers/nobody")).status_code == 404
    await eventually(lambda: logged(house, "customer 1"))
    async with house.signed_in("adam") as client:
        assert (await client.get(PAGE)).status_code == 403


async def test_what_is_changed_of_a_customer_is_on_his_page_and_in_his_history(house: House) -> None:
    async with house.opened("olga") as client:
        typed = {"status": "active", "priority": "high", "language": "ru", "flag_vip": "1", "reason": "asked twice"}
        saved = await client.post(PAGE, data=await form(client, PAGE, **typed))
        assert saved.headers["location"] == f"{PAGE}?done=saved"
        page = await client.get(PAGE)
        assert "asked twice" in page.text
        assert "Key customer" in page.text
        assert "Key customer" in (await client.get("/api/card/1")).text
    assert "customer.changed" in await logged(house, "customer 1")


async def test_who_saves_over_somebody_else_is_told_and_loses_nothing(house: House) -> None:
    async with house.opened("olga") as client:
        typed = {"status": "former", "priority": "normal", "special_need": "deaf"}
        mine = await form(client, PAGE, **typed)
        other = await form(client, PAGE, status="active", priority="critical")
        assert (await client.post(PAGE, data=other)).status_code == 303
        refused = await client.post(PAGE, data=mine)
        assert refused.status_code == 409
        assert "Somebody else changed this meanwhile" in refused.text
        assert 'value="deaf"' in refused.text
        again = {**mine, "version": hidden(refused, "version"), "once": hidden(refused, "once")}
        assert (await client.post(PAGE, data=again)).status_code == 303


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"status": "gone", "priority": "normal"}, "Choose one of the list."),
        ({"status": "active", "priority": "normal", "language": "russian"}, "A language code is needed here"),
    ],
)
async def test_a_customer_that_is_not_right_is_shown_again(house: House, typed: dict[str, str], sentence: str) -> None:
    async with house.opened("olga") as client:
        refused = await client.post(PAGE, data=await form(client, PAGE, special_need="deaf", **typed))
    assert refused.status_code == 422
    assert sentence in refused.text
    assert 'value="deaf"' in refused.text


async def test_a_contact_is_added_with_a_repaired_number_and_recognised(house: House) -> None:
    async with house.opened("olga") as client:
        new = "/office/customers/1/contacts/new"
        typed = {"name": EVIL, "phone": "8 (912) 000-11-22", "channel": "phone", "opt_out_sms": "1"}
        sent = await form(client, new, **typed)
        assert (await client.post("/office/customers/1/contacts", data=sent)).status_code == 303
        assert (await client.post("/office/customers/1/contacts", data=sent)).status_code == 409
        page = await client.get(PAGE)
        assert EVIL not in page.text
        assert "&lt;img" in page.text
    async with reading(house.parts.engine) as db:
        assert [one.account_id for one in await subscribers.by_phone(db, "+79120001122")][:1] == [1]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "This is needed."),
        ({"name": "B", "phone": "12"}, "A telephone number is needed here"),
        ({"name": "B", "email": "b"}, "An e-mail address is needed here"),
        ({"name": "B", "channel": "email"}, "There is no number or address for this way yet"),
        ({"name": "B", "channel": "post", "opt_out_post": "1"}, "He does not want to be reached this way"),
    ],
)
async def test_a_contact_that_is_not_right_is_shown_again(house: House, typed: dict[str, str], sentence: str) -> None:
    async with house.opened("olga") as client:
        sent = await form(client, "/office/customers/1/contacts/new", role="neighbour", **typed)
        refused = await client.post("/office/customers/1/contacts", data=sent)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert 'value="neighbour"' in refused.text


async def test_a_contact_is_changed_verified_gets_a_second_number_and_is_ended(house: House) -> None:
    path = "/office/customer-contacts/1"
    async with house.opened("olga") as client:
        verified = await client.post(f"{path}/verify", data=await form(client, path))
        assert verified.status_code == 303
        changed = await client.post(path, data=await form(client, path, name="Anna K.", phone="+79120001122"))
        assert changed.status_code == 303
        assert "Verified" in (await client.get(PAGE)).text
        added = await client.post(f"{path}/numbers", data=await form(client, path, number="+74951234567"))
        assert added.headers["location"].startswith(path)
        twice = await client.post(f"{path}/numbers", data=await form(client, path, number="8 495 123 45 67"))
        assert twice.status_code == 422
        page = await client.get(path)
        number = re.search(r"/office/numbers/(\d+)", page.text)
        assert number
        for what in ({}, {"end": "1"}):
            sent = {"csrf": hidden(page, "csrf"), **what}
            assert (await client.post(f"/office/numbers/{number[1]}", data=sent)).status_code == 303
        assert (await client.post(f"/office/numbers/{number[1]}", data=sent)).status_code == 404
        stale = await form(client, path, end="1")
        assert (await client.post(path, data={**stale, "version": "1"})).status_code == 409
        ended = await client.post(path, data={**stale, "once": "another"})
        assert "contact-ended" in ended.headers["location"]
        assert (await client.get(path)).status_code == 404


async def test_a_consent_is_given_and_withdrawn_on_the_page(house: House) -> None:
    async with house.opened("olga") as client:
        path = f"{PAGE}/consents"
        for given in ("yes", "no"):
            sent = await form(client, PAGE, kind="marketing", given=given, how="phone")
            assert (await client.post(path, data=sent)).status_code == 303
        page = await client.get(PAGE)
        assert "Everything that was said" in page.text
        sent = await form(client, PAGE, kind="biometric", given="yes", how="phone")
        refused = await client.post(path, data=sent)
        assert refused.status_code == 422
        assert "in writing only" in refused.text


async def test_agreements_and_service_points_are_written_down_and_changed(house: House) -> None:
    async with house.opened("olga") as client:
        new = "/office/accounts/1/agreements/new"
        typed = {"number": "D-7", "supply": "connected", "started_on": "2020-01-01"}
        made = await client.post("/office/accounts/1/agreements", data=await form(client, new, **typed))
        assert made.status_code == 303
        page = await client.get(PAGE)
        agreement = re.search(r"/office/agreements/\d+", page.text)
        assert agreement
        early = {**typed, "ended_on": "2019-01-01"}
        refused = await client.post(agreement[0], data=await form(client, agreement[0], **early))
        assert refused.status_code == 422
        assert "It cannot end before it began." in refused.text
        assert 'value="2019-01-01"' in refused.text
        cut = await form(client, agreement[0], **{**typed, "supply": "cut_off", "prepay": "1"})
        assert (await client.post(agreement[0], data=cut)).status_code == 303
        assert (await client.post(agreement[0], data={**cut, "once": "x"})).status_code == 409
        new = "/office/accounts/1/points/new"
        point = {"service": "power", "phases": "3", "max_kw": "15", "node": "TP-9"}
        assert (
            await client.post("/office/accounts/1/points", data=await form(client, new, **point))
        ).status_code == 303
        place = re.search(r"/office/points/\d+", (await client.get(PAGE)).text)
        assert place
        wrong = await client.post(place[0], data=await form(client, place[0], service="power", phases="2"))
        assert wrong.status_code == 422
        right = await form(client, place[0], service="gas", phases="1")
        assert (await client.post(place[0], data=right)).status_code == 303
        assert (await client.post(place[0], data={**right, "once": "y"})).status_code == 409
        page = await client.get(PAGE)
        assert "Paid in advance" in page.text
        assert "TP-9" in page.text
        for missing in ("/office/accounts/4711/agreements/new", "/office/agreements/4711", "/office/points/x"):
            assert (await client.get(missing)).status_code == 404


async def test_a_program_reads_the_card_and_changes_a_customer(house: House) -> None:
    async with house.program("marta") as client:
        card = (await client.get("/accounts/1")).json()
        assert (card["customer"], card["customer_id"]) == ("Anna Kuznetsova", 1)
        assert isinstance(card["balance"], str)
        assert (await client.get("/accounts/4711")).json()["code"] == "no-such-account"
        customer = (await client.get("/customers/1")).json()
        body = {"version": customer["version"], "priority": "critical", "reason": "from the hospital"}
        changed = await client.patch("/customers/1", json=body, headers={"idempotency-key": "one"})
        assert changed.json()["priority"] == "critical"
        replayed = await client.patch("/customers/1", json=body, headers={"idempotency-key": "one"})
        assert replayed.json() == changed.json()
        late = await client.patch("/customers/1", json=body)
        assert (late.status_code, late.json()["code"]) == (409, "changed-meanwhile")
        (line,) = (await client.get("/customers/1/changes")).json()["items"]
        assert (line["what"], line["before"], line["after"]) == ("priority", "normal", "critical")
        assert line["reason"] == "from the hospital"
        wrong = await client.patch("/customers/1", json={"version": 2, "flags": ["debt"]})
        assert (wrong.status_code, wrong.json()["fields"][0]["name"]) == (422, "flags")


async def test_a_program_keeps_contacts_and_consents(house: House) -> None:
    async with house.program("olga") as client:
        made = await client.post("/customers/1/contacts", json={"name": "Boris", "phone": "8 912 000 11 22"})
        assert made.status_code == 201
        contact = made.json()
        assert contact["phone"] == "+79120001122"
        path = f"/contacts/{contact['contact_id']}"
        verified = await client.post(f"{path}/verify", json={"version": 1})
        assert verified.json()["verified"] is True
        numbers = await client.post(f"{path}/numbers", json={"number": "+7 495 123-45-67", "label": "work"})
        assert [one["number"] for one in numbers.json()["numbers"]] == ["+74951234567"]
        wrong = await client.post(f"{path}/numbers", json={"number": "12"})
        assert wrong.json()["fields"][0]["name"] == "number"
        changed = await client.put(path, json={"version": 2, "name": "Boris", "phone": "nonsense"})
        assert changed.json()["fields"][0]["name"] == "phone"
        said = {"version": 2, "name": "Boris", "phone": "", "email": "b@example.org"}
        changed = await client.put(path, json=said)
        assert (changed.json()["verified"], changed.json()["phone"]) == (False, "")
        ended = await client.post(f"{path}/end", json={"version": 3})
        assert [one["name"] for one in ended.json()["contacts"]] == ["Owner"]
        assert (await client.get(path)).status_code == 404
        for given in (True, False):
            said = await client.post("/customers/1/consents", json={"kind": "sms", "given": given, "how": "web"})
            assert said.status_code == 201
        first = (await client.get("/customers/1/consents?limit=1")).json()
        assert first["items"][0]["given"] is False
        older = (await client.get(f"/customers/1/consents?limit=1&after={first['next']}")).json()
        assert older["items"][0]["given"] is True
        spoken = await client.post("/customers/1/consents", json={"kind": "biometric", "given": True, "how": "phone"})
        assert spoken.json()["fields"][0]["name"] == "how"


async def test_a_pin_is_set_and_taken_away_and_never_shown(house: House) -> None:
    path = "/office/accounts/1/billing"
    async with house.opened("olga") as client:
        sent = await form(client, path)
        assert "There is none" in (await client.get(path)).text
        for wrong in ("12", "11111", "12a4", ""):
            refused = await client.post("/office/accounts/1/pin", data=sent | {"pin": wrong})
            assert refused.status_code == 422
            assert "four to eight digits, not all the same" in refused.text
            assert 'value="12a4"' not in refused.text
        await client.post("/office/accounts/1/pin", data=sent | {"pin": "4711"})
        page = (await client.get(path)).text
        assert "There is one." in page
        assert "4711" not in page
        async with transaction(house.parts.engine) as db:
            assert await phone_service.is_pin(db, 1, "4711")
        await client.post("/office/accounts/1/pin", data=sent | {"take": "1"})
        assert "There is none" in (await client.get(path)).text
        assert (await client.post("/office/accounts/4711/pin", data=sent | {"pin": "4711"})).status_code == 404
    assert "customer.changed" in await logged(house, "account 1")
    async with house.program("olga") as client:
        assert (await client.put("/accounts/1/pin", json={"pin": "2580"})).status_code == 204
        assert (await client.put("/accounts/1/pin", json={"pin": "1111"})).json()["code"] == "bad-value"
        assert (await client.put("/accounts/1/pin", json={"pin": "1a"})).status_code == 422
        async with transaction(house.parts.engine) as db:
            assert await phone_service.is_pin(db, 1, "2580")
        assert (await client.delete("/accounts/1/pin")).status_code == 204
    async with reading(house.parts.engine) as db:
        assert await phone_service.pinned(db, [1]) == frozenset()


async def test_a_program_may_not_set_what_is_not_its_to_set(house: House) -> None:
    async with house.program("marta") as client:
        for body in ({"version": 1, "balance": "0"}, {"version": 1, "name": "X"}, {"version": 1, "tax_number": "1"}):
            assert (await client.patch("/customers/1", json=body)).status_code == 422
    async with house.program("audrey") as client:
        assert (await client.get("/accounts/1")).status_code == 403
        assert (await client.patch("/customers/1", json={"version": 1})).status_code == 403


@pytest.mark.timeout(240)
async def test_the_pages_of_a_customer_are_accessible_in_light_and_dark(bundled: House, browser: Browser) -> None:
    found: dict[str, object] = {}
    async with bundled.opened("olga") as client:
        new = "/office/customers/1/contacts/new"
        typed = {"name": "Boris Volkov", "role": "accountant", "phone": "+79120001122", "opt_out_sms": "1"}
        await client.post("/office/customers/1/contacts", data=await form(client, new, **typed))
        typed = {"number": "D-7", "supply": "connected", "started_on": "2020-01-01"}
        agreed = await form(client, "/office/accounts/1/agreements/new", **typed)
        await client.post("/office/accounts/1/agreements", data=agreed)
        point = await form(client, "/office/accounts/1/points/new", service="power", phases="3", max_kw="15")
        await client.post("/office/accounts/1/points", data=point)
        for given in ("yes", "no"):
            said = await form(client, PAGE, kind="marketing", given=given, how="phone")
            await client.post(f"{PAGE}/consents", data=said)
        page = await page_of(browser, bundled, client, found)
        for path in (PAGE, "/office/customer-contacts/1", new, "/office/agreements/1", "/office/points/1"):
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                await page.goto(bundled.base + path)
                await look(page, f"{path} {scheme}", found)
        await page.context.close()
    assert found == {}
