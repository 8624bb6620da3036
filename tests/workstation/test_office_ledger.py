"""Pages of the ledger, of what waits for a second person, of held readings and of the rules."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import insert, select

from crm_core import clock, promise_job
from crm_core.db import reading, transaction
from crm_core.ledger.approvals import ApprovalEvent
from crm_core.store import jobs as job_store
from crm_core.store import policies
from crm_core.store import readings as reading_store
from crm_core.tables import (
    access_log,
    accounts,
    agreements,
    approvals,
    disputes,
    held_readings,
    invoices,
    notices,
    payments,
    plans,
    promises,
)
from tests.workstation.ledger_house import Mine, mine, shared

__all__ = ["mine", "shared"]  # fixtures

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


def today() -> str:
    return clock.now().date().isoformat()


def ahead(days: int) -> str:
    return (clock.now().date() + timedelta(days)).isoformat()


async def value(mine: Mine, query: object) -> object:
    async with reading(mine.house.parts.engine) as db:
        return (await db.execute(query)).scalar_one()  # type: ignore[call-overload]


async def balance(mine: Mine) -> object:
    return await value(mine, select(accounts.c.balance).where(accounts.c.id == mine.account))


async def said(mine: Mine, action: str, object_: str) -> list[str]:
    async with reading(mine.house.parts.engine) as db:
        own = (access_log.c.action == action) & (access_log.c.object == object_)
        rows = await db.execute(select(access_log.c.reason).where(own))
        return list(rows.scalars())


def nonce(page: httpx.Response) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page.text)
    assert found
    return found[1]


async def test_a_ledger_shows_what_stands_and_takes_a_payment_once(mine: Mine) -> None:
    async with mine.house.opened("marta", mine.account, 2) as client:
        page = await client.get(mine.ledger)
        assert "Opening balance" in page.text
        form = {"pay_amount": "234,50", "pay_day": today(), "pay_channel": "bank", "pay_reference": "R-1",
                "once": nonce(page)}  # fmt: skip
        posted = await client.post(f"{mine.office}/payments", data=form)
        assert posted.headers["location"] == f"{mine.ledger}?done=posted"
        assert (await client.post(f"{mine.office}/payments", data=form)).status_code == 409
        known = await client.post(f"{mine.office}/payments", data={**form, "once": "another"})
        assert known.headers["location"] == f"{mine.ledger}?done=known"
        assert "R-1" in (await client.get(mine.ledger)).text
    assert await balance(mine) == Decimal("1000.00")
    assert await said(mine, "payment.posted", f"account {mine.account}") != []


async def test_what_a_rule_refuses_is_said_at_its_field_and_what_was_typed_stays(mine: Mine) -> None:
    async with mine.house.opened("marta", mine.account, 2) as client:
        refused = await client.post(
            f"{mine.office}/payments",
            data={"pay_amount": "5", "pay_day": ahead(1), "pay_channel": "bank", "pay_note": "<i>"},
        )
        assert refused.status_code == 422
        assert 'id="pay_day-error"' in refused.text
        assert 'value="&lt;i&gt;"' in refused.text
        wrong = await client.post(f"{mine.office}/payments", data={"pay_amount": "x"})
        assert wrong.status_code == 422
        assert 'id="pay_amount-error"' in wrong.text
    assert (
        await value(
            mine,
            select(payments.c.seq)
            .where(payments.c.account_id == mine.account, payments.c.posted_at.is_not(None))
            .exists()
            .select(),
        )
        is False
    )


async def test_an_operator_sees_the_ledger_and_may_promise_but_not_post(mine: Mine) -> None:
    async with mine.house.opened("olga", mine.account, 2) as client:
        page = await client.get(mine.ledger)
        assert 'id="promise"' in page.text
        assert 'id="pay"' not in page.text
        assert (await client.post(f"{mine.office}/payments", data={})).status_code == 403
        made = await client.post(f"{mine.office}/promises", data={"pro_amount": "500", "pro_due": ahead(5)})
        assert made.headers["location"] == f"{mine.ledger}?done=promised"
        key = await value(mine, select(promises.c.id).where(promises.c.account_id == mine.account))
        gone = f"{mine.office}/promises/{key}/call-off"
        assert (
            await client.post(f"/office/accounts/2/promises/{key}/call-off", data={"off_reason": "x"})
        ).status_code == 404
        assert (await client.post(gone, data={"off_reason": ""})).status_code == 422
        assert (await client.post(gone, data={"off_reason": "moved"})).status_code == 303
    assert await value(mine, select(promises.c.status).where(promises.c.id == key)) == "cancelled"


async def test_a_payment_is_taken_back_with_a_reason(mine: Mine) -> None:
    async with mine.house.opened("marta", mine.account, 2) as client:
        await client.post(
            f"{mine.office}/payments", data={"pay_amount": "34.50", "pay_day": today(), "pay_channel": "card"}
        )
        path = f"{mine.office}/payments/{today()}/0/reversal"
        assert (await client.post(path, data={})).status_code == 422
        assert (await client.post(path, data={"back_reason": "bounced"})).status_code == 303
        assert (await client.post(path.replace("/0/", "/9/"), data={"back_reason": "x"})).status_code == 404
        assert (await client.post(path.replace(today(), "yesterday"), data={"back_reason": "x"})).status_code == 404
        assert "Reversed" in (await client.get(mine.ledger)).text
    assert await balance(mine) == Decimal("1234.50")


async def test_a_waiver_above_the_limit_waits_and_another_person_approves_it(mine: Mine) -> None:
    async with mine.house.opened("sofia", mine.account, 2) as client:
        asked = await client.post(
            f"{mine.office}/adjustments",
            data={"adj_kind": "waiver", "adj_amount": "1200", "adj_reason": "flood"},
        )
        assert asked.headers["location"] == f"{mine.ledger}?done=waiting"
        page = await client.get("/office/approvals")
        assert 'value="withdraw"' in page.text
        key = await value(mine, select(approvals.c.id).where(approvals.c.account_id == mine.account))
        own = await client.post(f"/office/approvals/{key}", data={"decision": "approve"})
        assert own.status_code == 422
        assert "second person" in own.text
    async with mine.house.opened("marta", mine.account, 2) as client:
        assert 'value="approve"' in (await client.get("/office/approvals")).text
        assert (await client.post(f"/office/approvals/{key}", data={"decision": "refuse"})).status_code == 422
        done = await client.post(f"/office/approvals/{key}", data={"decision": "approve", "note": "seen"})
        assert done.headers["location"] == "/office/approvals?done=approve"
        assert (await client.post("/office/approvals/4711", data={"decision": "approve"})).status_code == 404
    assert await balance(mine) == Decimal("34.50")
    assert any(ApprovalEvent.APPROVE in one for one in await said(mine, "adjustment.approved", f"approval {key}"))


async def test_a_dispute_is_raised_and_settled_on_the_page(mine: Mine) -> None:
    async with mine.house.opened("sofia", mine.account, 2) as client:
        raised = await client.post(
            f"{mine.office}/disputes",
            data={"dis_period": "2026-10", "dis_amount": "500", "dis_reason": "the meter was read wrongly"},
        )
        assert raised.headers["location"] == f"{mine.ledger}?done=disputed"
        assert "In dispute" in (await client.get(mine.ledger)).text
        key = await value(mine, select(disputes.c.id).where(disputes.c.account_id == mine.account))
        settle = f"{mine.office}/disputes/{key}/settlement"
        wrong = await client.post(settle, data={"set_event": "uphold", "set_credit": "501", "set_words": "yes"})
        assert wrong.status_code == 422
        done = await client.post(settle, data={"set_event": "uphold", "set_credit": "500", "set_words": "yes"})
        assert done.headers["location"] == f"{mine.ledger}?done=settled"
    assert await balance(mine) == Decimal("734.50")


async def test_a_penalty_is_counted_by_the_rules_in_force(mine: Mine) -> None:
    async with mine.house.opened("marta", mine.account, 2) as client:
        none = await client.post(f"{mine.office}/penalties", data={"pen_period": "2026-10"})
        assert none.status_code == 422
        assert "no penalty" in none.text


async def test_held_readings_are_confirmed_or_refused_with_a_reason(mine: Mine) -> None:
    async with transaction(mine.house.parts.engine) as db:
        await reading_store.submit(db, mine.account, {mine.register: Decimal(99_000)}, "ivr", clock.now().date(), None)
    key = await value(mine, select(held_readings.c.id).where(held_readings.c.account_id == mine.account))
    async with mine.house.opened("olga", mine.account, 2) as client:
        path = f"/office/readings/held/{key}"
        page = await client.get("/office/readings/held?rule=too-high")
        assert path in page.text
        assert "is accepted without a question" in page.text
        assert path not in (await client.get("/office/readings/held?rule=too-low")).text
        assert (await client.post(path, data={"decision": "confirm"})).status_code == 422
        done = await client.post(path, data={"decision": "confirm", "reason": "a sauna"})
        assert done.headers["location"] == "/office/readings/held?done=confirmed"
        again = await client.post(path, data={"decision": "refuse", "reason": "no"})
        assert again.status_code == 409
        assert (
            await client.post("/office/readings/held/4711", data={"decision": "refuse", "reason": "x"})
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


WRONG = {
    "readings": {"window_last": "3", "factors": "beer, *, *, 0, 3, 1", "high": "many"},
    "money": {"ageing": "30 a\n20 b", "path": "reminder 0 5", "res_months": "-1", "plan_parts": "1", "rates": "x 9.5"},
}


@pytest.mark.parametrize("which", ["readings", "money"])
async def test_rules_are_shown_in_words_tried_and_saved_as_a_version(mine: Mine, which: str) -> None:
    path = f"/office/rules/{which}"
    async with mine.house.opened("marta", mine.account, 2) as client:
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
        for name, text in WRONG[which].items():
            refused = await client.post(path, data={**form, name: text, "action": "save", "note": "x"})
            assert (refused.status_code, f'id="{name}-error"' in refused.text) == (422, True), name
        new = {**form, **change, "action": "save", "note": "a new year", "valid_from": ahead(1)}
        saved = await client.post(path, data=new)
        assert saved.headers["location"] == f"{path}?done=saved", saved.text[-2000:]
        assert "a new year" in (await client.get(path)).text
    tomorrow = clock.now().date() + timedelta(1)
    async with reading(mine.house.parts.engine) as db:
        if which == "readings":
            assert (await policies.readings_on(db, tomorrow)).high == 5
            assert (await policies.readings_on(db, clock.now().date())).high == 3
        else:
            assert (await policies.money_on(db, tomorrow)).limits.adjustment == 2000
            assert (await policies.money_on(db, clock.now().date())).limits.adjustment == 1000


async def test_promises_are_settled_by_a_background_job(mine: Mine) -> None:
    due = clock.now().date() - timedelta(10)
    async with transaction(mine.house.parts.engine) as db:
        await db.execute(promises.insert().values(account_id=mine.account, amount=Decimal(5), due_on=due, made_on=due))
        job = await job_store.create(db, promise_job.KIND, "Promises", None, {})
    import asyncio  # noqa: PLC0415

    await asyncio.to_thread(promise_job.perform, mine.house.settings, job.job_id)
    assert await value(mine, select(promises.c.status).where(promises.c.account_id == mine.account)) == "broken"


async def test_instalments_are_agreed_and_called_off_on_the_page(mine: Mine) -> None:
    async with mine.house.opened("olga", mine.account, 2) as client:
        plan = {"plan_amount": "600", "plan_parts": "3", "plan_first": today()}
        for name, text in (("plan_amount", "99999"), ("plan_parts", "13"), ("plan_first", ahead(60))):
            refused = await client.post(f"{mine.office}/plans", data={**plan, name: text})
            assert (refused.status_code, f'id="{name}-error"' in refused.text) == (422, True), name
        made = await client.post(f"{mine.office}/plans", data=plan)
        assert made.headers["location"] == f"{mine.ledger}?done=planned"
        key = await value(mine, select(plans.c.id).where(plans.c.account_id == mine.account))
        gone = f"{mine.office}/plans/{key}/call-off"
        assert (
            await client.post(f"/office/accounts/2/plans/{key}/call-off", data={"plan_off_reason": "x"})
        ).status_code == 404
        assert (await client.post(gone, data={})).status_code == 422
        assert (await client.post(gone, data={"plan_off_reason": "lost his job"})).status_code == 303
        assert "lost his job" in (await client.get(mine.ledger)).text


async def test_a_notice_is_recorded_and_what_became_of_it(mine: Mine) -> None:
    async with mine.house.opened("sofia", mine.account, 2) as client:
        sent = {"not_kind": "debt", "not_channel": "letter", "not_amount": "1234.50", "not_note": "RR-7"}
        assert (await client.post(f"{mine.office}/notices", data={**sent, "not_kind": "threat"})).status_code == 422
        early = await client.post(f"{mine.office}/notices", data={**sent, "not_kind": "restriction_warning"})
        assert (early.status_code, "too small" in early.text) == (422, True)
        done = await client.post(f"{mine.office}/notices", data=sent)
        assert done.headers["location"] == f"{mine.ledger}?done=noticed"
        found = re.search(rf"{mine.office}/notices/(\d+)/told", (await client.get(mine.ledger)).text)
        assert found
        told = await client.post(found[0], data={"told_event": "arrived", "told_note": "signed"})
        assert told.headers["location"] == f"{mine.ledger}?done=told"
        assert (await client.post(found[0], data={"told_event": "came back"})).status_code == 422


async def test_readings_are_taken_in_the_office_by_who_read_them(mine: Mine) -> None:
    page = f"{mine.office}/readings"
    field = f"value_{mine.register}"
    async with mine.house.signed_in("marta") as client:
        assert (await client.get(page)).status_code == 428
        await mine.house.because(client, mine.account)
        assert f'id="{field}"' in (await client.get(page)).text
        form = {"taken_on": today(), "source": "inspector", "reason": "seen", field: "11000"}
        low = await client.post(page, data=form)
        assert (low.status_code, f'id="{field}-error"' in low.text, 'value="11000"' in low.text) == (422, True, True)
        assert (await client.post(page, data={**form, field: ""})).status_code == 422
        assert (await client.post(page, data={**form, "source": "ivr"})).status_code == 422
        held = await client.post(page, data={**form, "source": "operator", field: "99000"})
        assert held.headers["location"] == f"{page}?done=held"
        taken = await client.post(page, data={**form, field: "12400"})
        assert taken.headers["location"] == f"{page}?done=taken"
        shown = (await client.get(page)).text
        assert "Superseded" in shown
        older = (await client.get(f"{page}?before={today()}_{mine.register}_0")).text
        assert ("Superseded" in older, ">12000<" in older) == (False, True)
        swap = {"ex_on": today(), "ex_serial": "B-2", "ex_digits": "5", f"final_{mine.register}": "11999",
                "initial_single": "3", "ex_reason": "worn out"}  # fmt: skip
        wrong = await client.post(f"{mine.office}/meters/{mine.meter}/exchange", data=swap)
        assert (wrong.status_code, f'id="final_{mine.register}-error"' in wrong.text) == (422, True)
        swap[f"final_{mine.register}"] = "12410"
        done = await client.post(f"{mine.office}/meters/{mine.meter}/exchange", data=swap)
        assert done.headers["location"] == f"{page}?done=exchanged"
        visit = {"no_on": today(), "no_why": "no_access", "no_note": "a dog"}
        seen = await client.post(f"{mine.office}/meters/{mine.meter}/no-reads", data=visit)
        assert seen.headers["location"] == f"{page}?done=not-read"
        assert "a dog" in (await client.get(page)).text
        assert (await client.post(f"{mine.office}/meters/1/no-reads", data=visit)).status_code == 422


async def test_a_restriction_is_ordered_carried_out_and_lifted_by_page_and_program(mine: Mine) -> None:
    sent = {"ord_kind": "cut_off", "ord_day": today(), "ord_reason": "four months"}
    async with mine.house.opened("olga", mine.account, 2) as client:
        assert 'id="order"' not in (await client.get(mine.ledger)).text
        assert (await client.post(f"{mine.office}/restrictions", data=sent)).status_code == 403
    async with mine.house.opened("sofia", mine.account, 2) as client:
        small = await client.post(f"{mine.office}/restrictions", data=sent)
        assert (small.status_code, "The debt is too small" in small.text) == (422, True)
        assert 'value="four months"' in small.text
        await _warned_debtor(mine)
        past = await client.post(f"{mine.office}/restrictions", data={**sent, "ord_day": ahead(-1)})
        assert (past.status_code, 'id="ord_day-error"' in past.text) == (422, True)
        given = await client.post(f"{mine.office}/restrictions", data=sent)
        assert given.headers["location"] == f"{mine.ledger}?done=ordered"
        page = (await client.get(mine.ledger)).text
        found = re.search(rf"{mine.office}/restrictions/(\d+)/step", page)
        assert found
        assert "Cut off, planned for" in page
        other = found[0].replace(mine.office, "/office/accounts/2")
        assert (await client.post(other, data={"step_event": "carry_out"})).status_code == 404
        assert (await client.post(found[0], data={"step_event": "explode"})).status_code == 422
        done = await client.post(found[0], data={"step_event": "carry_out"})
        assert done.headers["location"] == f"{mine.ledger}?done=stepped"
        card = (await client.get(f"/api/card/{mine.account}")).text
        assert '"status":"carried_out"' in card
    async with mine.house.program("sofia") as client:
        (order,) = (await client.get(f"{mine.api}/restrictions")).json()["items"]
        assert (order["kind"], order["status"], order["reason"]) == ("cut_off", "carried_out", "four months")
        again = await client.post(f"{mine.api}/restrictions", json={"kind": "restricted", "planned_on": today(),
                                                                     "reason": "x"})  # fmt: skip
        assert again.json()["code"] == "restriction-ordered-already"
        lifted = await client.post(f"/restrictions/{order['order_id']}/steps", json={"event": "lift", "note": "paid"})
        assert lifted.json()["state"] == "posted"
        assert (await client.get("/accounts/4711/restrictions")).json()["code"] == "no-such-account"
    supply = select(agreements.c.supply).where(agreements.c.account_id == mine.account)
    assert await value(mine, supply) == "connected"
    assert len(await said(mine, "restriction.ordered", f"account {mine.account}")) == 2


async def _warned_debtor(mine: Mine) -> None:
    """Debt of five months that a warning reached three weeks ago, and an agreement whose supply flows."""
    then = clock.now() - timedelta(21)
    async with transaction(mine.house.parts.engine) as db:
        whose = {"account_id": mine.account}
        due = {"issued_on": then.date() - timedelta(60), "due_on": then.date() - timedelta(40)}
        await db.execute(
            insert(invoices).values(
                **whose, **due, period=date(2020, 1, 1), amount=Decimal(9000), open_amount=Decimal(9000)
            )
        )
        await db.execute(
            insert(notices).values(
                **whose,
                kind="restriction_warning",
                channel="letter",
                amount=Decimal(9000),
                status="delivered",
                sent_at=then,
                told_at=then,
            )
        )
        await db.execute(insert(agreements).values(**whose, number="R-1", started_on=date(2020, 1, 1)))
