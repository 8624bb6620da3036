"""Pages of the ledger, of what waits for a second person, of held readings and of the rules."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import select

from crm_core import clock, promise_job
from crm_core.db import reading, transaction
from crm_core.ledger.approvals import ApprovalEvent
from crm_core.store import jobs as job_store
from crm_core.store import policies
from crm_core.store import readings as reading_store
from crm_core.tables import access_log, accounts, held_readings, payments, promises
from tests.workstation.house import House

pytestmark = pytest.mark.integration
LEDGER = "/office/accounts/1/ledger"


def today() -> str:
    return clock.now().date().isoformat()


def ahead(days: int) -> str:
    return (clock.now().date() + timedelta(days)).isoformat()


async def value(house: House, query: object) -> object:
    async with reading(house.parts.engine) as db:
        return (await db.execute(query)).scalar_one()  # type: ignore[call-overload]


async def balance(house: House) -> object:
    return await value(house, select(accounts.c.balance).where(accounts.c.id == 1))


async def said(house: House, action: str) -> list[str]:
    async with reading(house.parts.engine) as db:
        rows = await db.execute(select(access_log.c.reason).where(access_log.c.action == action))
        return list(rows.scalars())


def nonce(page: httpx.Response) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page.text)
    assert found
    return found[1]


async def test_a_ledger_shows_what_stands_and_takes_a_payment_once(house: House) -> None:
    async with house.opened("marta", 1, 2) as client:
        page = await client.get(LEDGER)
        assert "Opening balance" in page.text
        form = {"pay_amount": "234,50", "pay_day": today(), "pay_channel": "bank", "pay_reference": "R-1",
                "once": nonce(page)}  # fmt: skip
        posted = await client.post("/office/accounts/1/payments", data=form)
        assert posted.headers["location"] == f"{LEDGER}?done=posted"
        assert (await client.post("/office/accounts/1/payments", data=form)).status_code == 409
        known = await client.post("/office/accounts/1/payments", data={**form, "once": "another"})
        assert known.headers["location"] == f"{LEDGER}?done=known"
        assert "R-1" in (await client.get(LEDGER)).text
    assert await balance(house) == Decimal("1000.00")
    assert await said(house, "payment.posted") != []


async def test_what_a_rule_refuses_is_said_at_its_field_and_what_was_typed_stays(house: House) -> None:
    async with house.opened("marta", 1, 2) as client:
        refused = await client.post(
            "/office/accounts/1/payments",
            data={"pay_amount": "5", "pay_day": ahead(1), "pay_channel": "bank", "pay_note": "<i>"},
        )
        assert refused.status_code == 422
        assert 'id="pay_day-error"' in refused.text
        assert 'value="&lt;i&gt;"' in refused.text
        wrong = await client.post("/office/accounts/1/payments", data={"pay_amount": "x"})
        assert wrong.status_code == 422
        assert 'id="pay_amount-error"' in wrong.text
    assert (
        await value(house, select(payments.c.seq).where(payments.c.posted_at.is_not(None)).exists().select()) is False
    )


async def test_an_operator_sees_the_ledger_and_may_promise_but_not_post(house: House) -> None:
    async with house.opened("olga", 1, 2) as client:
        page = await client.get(LEDGER)
        assert 'id="promise"' in page.text
        assert 'id="pay"' not in page.text
        assert (await client.post("/office/accounts/1/payments", data={})).status_code == 403
        made = await client.post("/office/accounts/1/promises", data={"pro_amount": "500", "pro_due": ahead(5)})
        assert made.headers["location"] == f"{LEDGER}?done=promised"
        key = await value(house, select(promises.c.id))
        gone = f"/office/accounts/1/promises/{key}/call-off"
        assert (
            await client.post(f"/office/accounts/2/promises/{key}/call-off", data={"off_reason": "x"})
        ).status_code == 404
        assert (await client.post(gone, data={"off_reason": ""})).status_code == 422
        assert (await client.post(gone, data={"off_reason": "moved"})).status_code == 303
    assert await value(house, select(promises.c.status)) == "cancelled"


async def test_a_payment_is_taken_back_with_a_reason(house: House) -> None:
    async with house.opened("marta", 1, 2) as client:
        await client.post(
            "/office/accounts/1/payments", data={"pay_amount": "34.50", "pay_day": today(), "pay_channel": "card"}
        )
        path = f"/office/accounts/1/payments/{today()}/0/reversal"
        assert (await client.post(path, data={})).status_code == 422
        assert (await client.post(path, data={"back_reason": "bounced"})).status_code == 303
        assert (await client.post(path.replace("/0/", "/9/"), data={"back_reason": "x"})).status_code == 404
        assert (await client.post(path.replace(today(), "yesterday"), data={"back_reason": "x"})).status_code == 404
        assert "Taken back" in (await client.get(LEDGER)).text
    assert await balance(house) == Decimal("1234.50")


async def test_a_waiver_above_the_limit_waits_and_another_person_approves_it(house: House) -> None:
    async with house.opened("sofia", 1, 2) as client:
        asked = await client.post(
            "/office/accounts/1/adjustments",
            data={"adj_kind": "waiver", "adj_amount": "1200", "adj_reason": "flood"},
        )
        assert asked.headers["location"] == f"{LEDGER}?done=waiting"
        page = await client.get("/office/approvals")
        assert 'value="withdraw"' in page.text
        own = await client.post("/office/approvals/1", data={"decision": "approve"})
        assert own.status_code == 422
        assert "second person" in own.text
    async with house.opened("marta", 1, 2) as client:
        assert 'value="approve"' in (await client.get("/office/approvals")).text
        assert (await client.post("/office/approvals/1", data={"decision": "refuse"})).status_code == 422
        done = await client.post("/office/approvals/1", data={"decision": "approve", "note": "seen"})
        assert done.headers["location"] == "/office/approvals?done=approve"
        assert (await client.post("/office/approvals/99", data={"decision": "approve"})).status_code == 404
    assert await balance(house) == Decimal("34.50")
    assert any(ApprovalEvent.APPROVE in one for one in await said(house, "adjustment.approved"))


async def test_a_dispute_is_raised_and_settled_on_the_page(house: House) -> None:
    async with house.opened("sofia", 1, 2) as client:
        raised = await client.post(
            "/office/accounts/1/disputes",
            data={"dis_period": "2026-10", "dis_amount": "500", "dis_reason": "the meter was read wrongly"},
        )
        assert raised.headers["location"] == f"{LEDGER}?done=disputed"
        assert "In dispute" in (await client.get(LEDGER)).text
        settle = "/office/accounts/1/disputes/1/settlement"
        wrong = await client.post(settle, data={"set_event": "uphold", "set_credit": "501", "set_words": "yes"})
        assert wrong.status_code == 422
        done = await client.post(settle, data={"set_event": "uphold", "set_credit": "500", "set_words": "yes"})
        assert done.headers["location"] == f"{LEDGER}?done=settled"
    assert await balance(house) == Decimal("734.50")


async def test_a_penalty_is_counted_by_the_rules_in_force(house: House) -> None:
    async with house.opened("marta", 1, 2) as client:
        none = await client.post("/office/accounts/1/penalties", data={"pen_period": "2026-10"})
        assert none.status_code == 422
        assert "no penalty" in none.text


async def test_held_readings_are_confirmed_or_refused_with_a_reason(house: House) -> None:
    async with transaction(house.parts.engine) as db:
        await reading_store.submit(db, 1, {1: Decimal(99_000)}, "ivr", clock.now().date(), None)
    key = await value(house, select(held_readings.c.id))
    async with house.opened("olga", 1, 2) as client:
        page = await client.get("/office/readings/held?rule=too-high")
        assert "is accepted without a question" in page.text
        assert (await client.get("/office/readings/held?rule=too-low")).text.count("99") == 0
        path = f"/office/readings/held/{key}"
        assert (await client.post(path, data={"decision": "confirm"})).status_code == 422
        done = await client.post(path, data={"decision": "confirm", "reason": "a sauna"})
        assert done.headers["location"] == "/office/readings/held?done=confirmed"
        again = await client.post(path, data={"decision": "refuse", "reason": "no"})
        assert again.status_code == 409
        assert (
            await client.post("/office/readings/held/99", data={"decision": "refuse", "reason": "x"})
        ).status_code == 404


def typed(page: str) -> dict[str, str]:
    """Return a form's fields as the page fills them in."""
    form = page[page.index("<form method") :]
    found = dict(re.findall(r'<input id="(\w+)"[^>]*? value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea id="(\w+)"[^>]*>([^<]*)</textarea>', form))
    for name, options in re.findall(r'<select id="(\w+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


@pytest.mark.parametrize("which", ["readings", "money"])
async def test_rules_are_shown_in_words_tried_and_saved_as_a_version(house: House, which: str) -> None:
    path = f"/office/rules/{which}"
    async with house.opened("marta", 1, 2) as client:
        page = await client.get(path)
        form = typed(page.text[page.text.index('id="now-head"') :])
        tried = await client.post(path, data={**form, "action": "try"})
        assert tried.status_code == 200
        assert 'id="tried"' in tried.text
        no_note = await client.post(path, data={**form, "action": "save"})
        assert 'id="note-error"' in no_note.text
        early = await client.post(path, data={**form, "action": "save", "note": "x", "valid_from": "2020-01-01"})
        assert early.status_code == 422
        change = {"readings": {"high": "5"}, "money": {"adjustment": "2000"}}[which]
        wrong = {"readings": {"window_last": "3"}, "money": {"ageing": "30 a\n20 b"}}[which]
        refused = await client.post(path, data={**form, **wrong, "action": "save", "note": "x"})
        assert refused.status_code == 422
        saved = await client.post(path, data={**form, **change, "action": "save", "note": "a new year"})
        assert saved.headers["location"] == f"{path}?done=saved", saved.text[-2000:]
        assert "a new year" in (await client.get(path)).text
    async with reading(house.parts.engine) as db:
        assert (await policies.readings_on(db, clock.now().date())).high == (5 if which == "readings" else 3)
        limit = (await policies.money_on(db, clock.now().date())).limits.adjustment
    assert limit == (2000 if which == "money" else 1000)


async def test_promises_are_settled_by_a_background_job(house: House) -> None:
    due = clock.now().date() - timedelta(10)
    async with transaction(house.parts.engine) as db:
        await db.execute(promises.insert().values(account_id=1, amount=Decimal(5), due_on=due, made_on=due))
        job = await job_store.create(db, promise_job.KIND, "Promises", None, {})
    import asyncio  # noqa: PLC0415

    await asyncio.to_thread(promise_job.perform, house.settings, job.job_id)
    assert await value(house, select(promises.c.status)) == "broken"
