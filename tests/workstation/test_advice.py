"""Advice and offers at the server: shown with a call's card, answered once, measured, counted; refused to others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from crm_core import clock, tables
from crm_core.advice_jobs import measure_all
from crm_core.db import reading, transaction
from tests.workstation.house import House, call_view

pytestmark = pytest.mark.integration
EVIL = "<script>alert(1)</script>"
OFFER = {
    "kind": "tariff", "title": f"Night {EVIL}", "text_en": f"Cheaper at night {EVIL}", "priority": "5",
    "valid_from": "2026-01-01", "quiet_days": "30", "opens": "application:tariff_change",
}  # fmt: skip
RULES = {
    "least_debt": "0", "promise_days": "3", "broken_days": "60", "estimates": "2", "verification_days": "60",
    "again_days": "7", "most": "5", "on_no_consent": "1", "on_offer_plan": "1", "note": "few",
}  # fmt: skip


async def rows(house: House) -> list[tuple[str, str, str, bool]]:
    async with reading(house.parts.engine) as db:
        found = await db.execute(select(tables.advice).order_by(tables.advice.c.rule))
        return [(row.rule, row.answer, row.reason, row.happened_at is not None) for row in found]


async def consent(house: House, account_id: int, *, given: bool) -> None:
    async with transaction(house.parts.engine) as db:
        owner = select(tables.accounts.c.customer_id).where(tables.accounts.c.id == account_id).scalar_subquery()
        row = {"customer_id": owner, "kind": "marketing", "given": given, "at": clock.now(), "how": "phone"}
        await db.execute(insert(tables.consents).values(row))
    house.parts.cards.forget_account(account_id)


async def account_of(house: House) -> int:
    async with reading(house.parts.engine) as db:
        return int(await db.scalar(select(tables.accounts.c.id).order_by(tables.accounts.c.id).limit(1)) or 0)


async def test_advice_is_shown_answered_measured_and_counted(house: House) -> None:
    account_id = await account_of(house)
    async with house.signed_in("marta") as editor, house.signed_in("olga") as operator:
        today = house.parts.cards.today().isoformat()
        assert (await editor.post("/office/advice", data=RULES | {"valid_from": today, "once": "1"})).status_code == 303
        wrong = await editor.post("/office/advice", data=RULES | {"valid_from": today, "most": "9", "once": "2"})
        assert wrong.status_code == 422
        assert 'value="9"' in wrong.text
        assert (await editor.post("/office/offers/new", data=OFFER | {"text_en": "", "once": "3"})).status_code == 422
        assert (
            await editor.post("/office/offers/new", data=OFFER | {"opens": "rm -rf", "once": "4"})
        ).status_code == 422
        made = await editor.post("/office/offers/new", data=OFFER | {"once": "5"})
        assert made.status_code == 303
        here = made.headers["location"].partition("?")[0]
        offer_id = here.rpartition("/")[2]
        changed = OFFER | {"version": "1", "priority": "7", "once": "6"}
        assert (await editor.post(here, data=changed)).status_code == 303
        assert (await editor.post(here, data=changed | {"once": "7"})).status_code == 409, "somebody was quicker"
        who = await house.parts.sessions.find(operator.cookies["busbar"])
        assert who
        call = call_view(account_id=account_id)
        first = (await house.parts.cards.for_call(call, who)).html
        assert 'data-rule="no_consent"' in first
        assert "data-offer" not in first, "who was never asked is offered nothing"
        await house.parts.cards.advisor.write()
        assert [one[0] for one in await rows(house)].count("no_consent") == 1
        await consent(house, account_id, given=True)
        second = (await house.parts.cards.for_call(call, who)).html
        assert f'data-offer="{offer_id}"' in second
        assert EVIL not in second
        assert 'data-rule="no_consent"' not in second
        await house.parts.cards.advisor.write()
        await measure_all(house.parts.engine)
        assert ("no_consent", "", "", True) in await rows(house)
        page = (await editor.get("/office/advice")).text
        assert "100 %" in page
        assert EVIL not in (await editor.get("/office/offers")).text
        assert EVIL not in (await editor.get(here)).text


async def test_an_answer_is_kept_once_and_a_refusal_needs_its_reason(house: House) -> None:
    account_id = await account_of(house)
    await consent(house, account_id, given=True)
    async with house.signed_in("marta") as editor:
        made = await editor.post("/office/offers/new", data=OFFER | {"once": "1"})
        offer_id = made.headers["location"].partition("?")[0].rpartition("/")[2]
    async with house.signed_in("olga") as client:
        await house.because(client, account_id)
        path = f"/api/panels/{account_id}/advice"
        offer = {"rule": "offer", "offer": offer_id}
        for sent in (
            offer | {"answer": "refused"},
            offer | {"answer": "refused", "reason": "because"},
            offer | {"answer": "taken"},
            {"rule": "offer", "answer": "accepted"},
            {"rule": "nonsense", "answer": "taken"},
            {"rule": "reading", "answer": "refused", "reason": "done"},
            {"rule": "reading", "answer": "dismissed"},
        ):
            assert (await client.post(path, data=sent | {"once": str(sent)})).status_code == 422, sent
        assert (await client.post(path, data=offer | {"offer": "99999", "answer": "later"})).status_code == 404
        assert await rows(house) == []
        told = offer | {"answer": "refused", "reason": "unwilling", "once": "x"}
        assert (await client.post(path, data=told)).json()["done"]
        assert (await client.post(path, data=told)).json()["again"]
        aside = {"rule": "reading", "answer": "dismissed", "reason": "untimely", "once": "y"}
        assert (await client.post(path, data=aside)).status_code == 200
        assert await rows(house) == [
            ("offer", "refused", "unwilling", False),
            ("reading", "dismissed", "untimely", False),
        ]
        card = await house.parts.cards.read(account_id)
        assert card is not None
        assert {(one.rule, one.answer) for one in card.said} == {("offer", "refused"), ("reading", "dismissed")}
        worth = house.parts.cards.advisor.worth(card)
        assert worth.offer is None, "it rests after a refusal"
        assert "reading" not in [one.rule.value for one in worth.advice]


async def test_what_is_old_is_thrown_away(house: House) -> None:
    account_id, user_id = await account_of(house), house.people["olga"]
    async with transaction(house.parts.engine) as db:
        for days in (1, 401):
            row = {"at": clock.now() - timedelta(days), "account_id": account_id, "call_id": f"c{days}"}
            await db.execute(insert(tables.advice).values(row | {"user_id": user_id, "rule": "reading"}))
    await measure_all(house.parts.engine)
    assert [one[0] for one in await rows(house)] == ["reading"]


async def test_who_may_not_write_does_not(house: House) -> None:
    for login in ("olga", "adam", "audrey"):
        async with house.signed_in(login) as client:
            for path in ("/office/advice", "/office/offers", "/office/offers/new"):
                assert (await client.get(path)).status_code == 403
            assert (await client.post("/office/offers/new", data=OFFER)).status_code == 403
    async with house.signed_in("sofia") as client:
        assert (await client.get("/office/offers?retired=1")).status_code == 200
        assert (await client.get("/office/offers/999999")).status_code == 404
        assert (await client.get("/office/offers/x")).status_code == 404
    async with house.signed_in("marta") as client:
        assert (
            await client.post("/api/panels/1/advice", data={"rule": "reading", "answer": "taken"})
        ).status_code == 403
