"""Where alerts are told outside: set on a page by who may, shown with every word and why one was not taken."""

from __future__ import annotations

import re

import pytest

from crm_core import clock
from crm_core.alerting import DeliveryStep, Word
from crm_core.db import reading, transaction
from crm_core.store import alerting
from tests.workstation.house import House

pytestmark = pytest.mark.integration
EVIL = "<script>alert(1)</script>"


async def test_a_way_is_added_with_a_secret_shown_once_turned_off_and_taken_away(house: House) -> None:
    async with house.signed_in("sofia") as client:
        page = await client.get("/office/alert-ways")
        assert "Alerts are told on the floor only." in page.text
        hook = {"channel": "webhook", "address": "https://example.com/alerts", "kind_node": "1", "kind_trunk": "1"}
        made = await client.post("/office/alert-ways", data=hook)
        assert made.status_code == 200, made.text
        secret = re.search(r'id="secret">([0-9a-f]{64})<', made.text)
        assert secret is not None
        async with reading(house.parts.engine) as db:
            (way,) = await alerting.ways(db)
        assert (way.secret, way.kinds) == (secret[1], ("node", "trunk"))
        assert secret[1] not in (await client.get("/office/alert-ways")).text
        path = f"/office/alert-ways/{way.way_id}"
        assert (await client.post(path, data={"do": "off"})).status_code == 303
        assert "Turned off" in (await client.get("/office/alert-ways")).text
        assert (await client.post(path, data={"do": "drop"})).status_code == 303
        assert (await client.post(path, data={"do": "drop"})).status_code == 404


async def test_what_cannot_be_told_is_refused_beside_its_field_and_stays_typed(house: House) -> None:
    async with house.signed_in("sofia") as client:
        for data, sentence in (
            ({"channel": "webhook", "address": "http://127.0.0.1/", "kind_node": "1"}, "Without TLS only programs"),
            ({"channel": "webhook", "address": EVIL, "kind_node": "1"}, "This is no address of a program"),
            ({"channel": "email", "address": "nobody", "kind_node": "1"}, "This is no address of mail"),
            ({"channel": "email", "address": "watch@example.com"}, "Choose at least one alert."),
            ({"channel": "pigeon", "address": "x", "kind_node": "1"}, "Choose one of the list."),
        ):
            page = await client.post("/office/alert-ways", data=data)
            assert page.status_code == 422
            assert sentence in page.text
            assert EVIL not in page.text
    async with reading(house.parts.engine) as db:
        assert await alerting.ways(db) == []


async def test_every_word_stands_in_the_log_with_why_it_was_not_taken(house: House) -> None:
    now = clock.now()
    async with house.signed_in("sofia") as client:
        new = {"channel": "email", "address": "watch@example.com", "kind_longest_wait": "1"}
        assert (await client.post("/office/alert-ways", data=new)).status_code == 303
        async with transaction(house.parts.engine) as db:
            await alerting.note(db, Word(kind="longest_wait", subject="debts", over=False, at=now))
            (one,) = await alerting.log(db)
            await alerting.stepped(db, one, DeliveryStep.PUT_OFF, now, trouble="answered 500 " + EVIL)
        page = await client.get("/office/alert-ways")
        assert "answered 500" in page.text
        assert "On its way" in page.text
        assert EVIL not in page.text


async def test_who_does_not_manage_routing_sees_none_of_it(house: House) -> None:
    async with house.signed_in("olga") as client:
        assert (await client.get("/office/alert-ways")).status_code == 403
        assert (await client.post("/office/alert-ways", data={"channel": "email"})).status_code == 403
