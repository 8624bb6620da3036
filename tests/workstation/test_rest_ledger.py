"""The API of the ledger, of readings and of rules."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_core import clock
from crm_core.access import Action
from tests.workstation.ledger_house import Mine, mine, shared

__all__ = ["mine", "shared"]  # fixtures

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


def day(ahead: int = 0) -> str:
    return (clock.now().date() + timedelta(ahead)).isoformat()


async def test_a_program_posts_a_payment_once_and_reads_it_back(mine: Mine) -> None:
    body = {"amount": "234.50", "paid_on": day(), "channel": "bank", "reference": "R-1"}
    async with mine.house.program("marta") as client:
        first = await client.post(f"{mine.api}/payments", json=body, headers={"idempotency-key": "k1"})
        assert (first.status_code, first.json()["state"]) == (201, "posted")
        again = await client.post(f"{mine.api}/payments", json=body, headers={"idempotency-key": "k1"})
        assert again.headers["idempotency-replayed"] == "true"
        other_key = await client.post(f"{mine.api}/payments", json=body, headers={"idempotency-key": "k2"})
        assert other_key.json() == {"state": "known", "rule": "", "key": first.json()["key"]}
        ledger = (await client.get(f"{mine.api}/ledger")).json()
        assert (ledger["balance"], ledger["currency"]) == ("1000.00", "RUB")
        page = (await client.get(f"{mine.api}/statement?limit=5")).json()
        assert (page["items"][0]["what"], page["items"][0]["amount"]) == ("payment", "-234.50")
        more = (await client.get(f"{mine.api}/statement", params={"limit": 200, "after": page["next"]})).json()
        assert len(page["items"]) + len(more["items"]) == 22
        assert more["next"] is None
        bills = (await client.get(f"{mine.api}/invoices?limit=3")).json()
        assert [one["period"] for one in bills["items"]] == ["2026-10-01", "2026-09-01", "2026-08-01"]
        for what in ("ledger", "statement", "invoices", "promises", "plans", "disputes", "notices"):
            assert (await client.get(f"/accounts/4711/{what}")).json()["code"] == "no-such-account"
            assert (await client.get(f"/accounts/3/{what}")).status_code == 200


REFUSED = (
    ("{api}/payments", {"amount": "5.00", "paid_on": day(1), "channel": "bank"}, "payment-in-future"),
    ("{api}/payments", {"amount": "NaN", "paid_on": day(), "channel": "bank"}, "bad-fields"),
    ("{api}/payments", {"amount": "1e309", "paid_on": day(), "channel": "bank"}, "bad-fields"),
    ("{api}/payments", {"amount": "5", "paid_on": day(), "channel": "bank", "posted_by": 1}, "bad-fields"),
    ("{api}/adjustments", {"kind": "fee", "amount": "-5", "reason": "x"}, "adjustment-sign"),
    ("{api}/adjustments", {"kind": "opening", "amount": "5", "reason": "x"}, "adjustment-kind"),
    ("{api}/promises", {"amount": "99999.00", "due_on": day(3)}, "promise-above-debt"),
    ("{api}/disputes", {"period": "2026-10-01", "amount": "9999", "reason": "x"}, "dispute-amount"),
    ("{api}/disputes", {"period": "1999-10-01", "amount": "1", "reason": "x"}, "no-such-posting"),
    ("{api}/penalties", {"period": "2026-10-01"}, "penalty-nothing"),
    ("/policies/money", {"valid_from": day(-1), "rules": {}}, "rules-in-past"),
    ("/policies/money", {"valid_from": day(), "rules": {"ageing": []}}, "bad-fields"),
    ("{api}/plans", {"amount": "99999.00", "parts": 3, "first_on": day()}, "plan-above-debt"),
    ("{api}/plans", {"amount": "9.00", "parts": 1, "first_on": day()}, "bad-fields"),
    ("{api}/notices", {"kind": "restriction", "channel": "sms", "amount": "9.00"}, "restriction-small-debt"),
    ("/plans/4711/cancellation", {"reason": "x"}, "no-such-posting"),
    ("/promises/99/cancellation", {"reason": "x"}, "no-such-posting"),
    ("/disputes/99/settlement", {"event": "reject", "settlement": "x"}, "no-such-posting"),
    ("/notices/99/told", {"event": "arrived"}, "no-such-posting"),
    ("/approvals/99/decision", {"decision": "approve"}, "no-such-posting"),
)  # fmt: skip


async def test_what_a_rule_refuses_has_its_code(mine: Mine) -> None:
    async with mine.house.program("marta") as client:
        for path, body, code in REFUSED:
            answer = await client.post(path.format(api=mine.api), json=body)
            assert answer.json()["code"] == code, (path, answer.text)
            assert answer.status_code in {404, 422}


async def test_what_needs_two_people_waits_for_the_second(mine: Mine) -> None:
    async with mine.house.program("sofia") as client:
        asked = await client.post(
            f"{mine.api}/adjustments", json={"kind": "waiver", "amount": "-1200", "reason": "flood"}
        )
        assert (asked.json()["state"], asked.json()["rule"]) == ("waiting", "above-limit")
        key = asked.json()["key"]
        own = await client.post(f"/approvals/{key}/decision", json={"decision": "approve"})
        assert own.json()["code"] == "approval-own"
    async with mine.house.program("marta") as client:
        found = (await client.get("/approvals")).json()["items"]
        (waits,) = [one for one in found if one["account_id"] == mine.account]
        assert (waits["approval_id"], waits["amount"], waits["asked_by"]) == (int(key), "-1200.00", "Sofia")
        done = await client.post(f"/approvals/{key}/decision", json={"decision": "approve", "note": "seen"})
        assert done.json()["state"] == "posted"
        assert (await client.get(f"{mine.api}/ledger")).json()["balance"] == "34.50"


async def test_promises_disputes_and_notices_are_kept_and_listed(mine: Mine) -> None:
    async with mine.house.program("sofia") as client:
        made = await client.post(f"{mine.api}/promises", json={"amount": "500", "due_on": day(5)})
        assert made.status_code == 201
        off = await client.post(f"/promises/{made.json()['key']}/cancellation", json={"reason": "moved"})
        assert off.json()["state"] == "posted"
        (promise,) = (await client.get(f"{mine.api}/promises")).json()["items"]
        assert (promise["status"], promise["amount"]) == ("cancelled", "500.00")
        raised = await client.post(
            f"{mine.api}/disputes", json={"period": "2026-10-01", "amount": "500", "reason": "read wrongly"}
        )
        settled = await client.post(
            f"/disputes/{raised.json()['key']}/settlement", json={"event": "reject", "settlement": "read rightly"}
        )
        assert settled.json()["state"] == "posted"
        (dispute,) = (await client.get(f"{mine.api}/disputes")).json()["items"]
        assert (dispute["status"], dispute["settlement"]) == ("rejected", "read rightly")
        sent = await client.post(f"{mine.api}/notices", json={"kind": "debt", "channel": "sms", "amount": "1234.50"})
        told = await client.post(f"/notices/{sent.json()['key']}/told", json={"event": "arrived"})
        assert told.json()["state"] == "posted"
        (notice,) = (await client.get(f"{mine.api}/notices")).json()["items"]
        assert notice["status"] == "delivered"


async def test_a_plan_is_agreed_once_and_stops_collecting(mine: Mine) -> None:
    async with mine.house.program("olga") as client:
        body = {"amount": "600.00", "parts": 3, "first_on": day()}
        made = [await client.post(f"{mine.api}/plans", json=body) for _ in range(2)]
        assert [one.json()["state"] for one in made] == ["posted", "known"]
        ledger = (await client.get(f"{mine.api}/ledger")).json()
        assert ledger["restriction"]["rule"] == "restriction-plan"
        (plan,) = (await client.get(f"{mine.api}/plans")).json()["items"]
        assert [one["amount"] for one in plan["instalments"]] == ["200.00"] * 3
        off = await client.post(f"/plans/{plan['plan_id']}/cancellation", json={"reason": "moved"})
        assert off.json()["state"] == "posted"
        again = await client.post(f"/plans/{plan['plan_id']}/cancellation", json={"reason": "moved"})
        assert again.json()["code"] == "plan-settled-already"


async def test_who_may_not_confirm_cannot_say_that_an_inspector_read_it(mine: Mine) -> None:
    body = {"taken_on": day(), "values": {str(mine.register): "99000"}, "source": "inspector"}
    async with mine.house.program("olga", Action.SUBMIT_READING) as client:
        assert (await client.post(f"{mine.api}/readings", json=body)).json()["code"] == "token-without-right"
        held = await client.post(
            f"{mine.api}/readings", json=body | {"source": "web", "confirmed": True, "reason": "x"}
        )
        assert held.json()["verdicts"][0]["decision"] == "held"


async def test_readings_are_judged_for_programs_as_for_people(mine: Mine) -> None:
    async with mine.house.program("olga") as client:
        (known,) = (await client.get(f"{mine.api}/registers")).json()["items"]
        assert (known["code"], known["last"]["value"]) == ("single", "12000.000")
        assert int(known["expected"]) > 12_200
        register = str(mine.register)
        low = await client.post(f"{mine.api}/readings", json={"taken_on": day(), "values": {register: "11000"}})
        assert low.json()["stored"] is False
        verdict = low.json()["verdicts"][0]
        assert (verdict["rule"], verdict["decision"]) == ("went-down", "refused")
        assert "is accepted without a question" in verdict["sentence"]
        high = await client.post(
            f"{mine.api}/readings", json={"taken_on": day(), "values": {register: "99000"}, "source": "bot"}
        )
        assert high.json()["verdicts"][0]["decision"] == "held"
        found = (await client.get("/readings/held")).json()["items"]
        (held,) = [one for one in found if one["account_id"] == mine.account]
        done = await client.post(f"/readings/held/{held['held_id']}/confirmation", json={"reason": "a sauna"})
        assert (done.json()["stored"], done.json()["verdicts"][0]["flag"]) == (True, "ACTUAL")
        late = await client.post(f"/readings/held/{held['held_id']}/refusal", json={"reason": "no"})
        assert late.json()["code"] == "held-decided"
        swap = {"on": day(), "finals": {register: "99100"}, "meter": {"serial": "N-2", "digits": 6},
                "initials": {"single": "0"}, "reason": "worn out"}  # fmt: skip
        exchanged = await client.post(f"{mine.api}/meters/{mine.meter}/exchange", json=swap)
        assert exchanged.json()["stored"] is True, exchanged.text
        (new,) = (await client.get(f"{mine.api}/registers")).json()["items"]
        assert new["serial"] == "N-2"
        missed = await client.post(
            f"{mine.api}/meters/{new['meter_id']}/no-reads", json={"on": day(), "why": "no_access"}
        )
        assert missed.status_code == 201


async def test_rules_are_versions_that_programs_read_and_add(mine: Mine) -> None:
    async with mine.house.program("marta") as client:
        for which, change in (("readings", {"high": "4"}), ("money", {"limits": {"adjustment": "10"}})):
            made = await client.post(f"/policies/{which}", json={"valid_from": day(1), "rules": change, "note": "x"})
            assert made.status_code == 201, made.text
            page = (await client.get(f"/policies/{which}?limit=1")).json()
            assert page["items"][0]["version_id"] == made.json()["version_id"]
            older = (await client.get(f"/policies/{which}", params={"after": page["next"]})).json()
            assert [one["note"] for one in older["items"]] == ["as delivered"]
    async with mine.house.program("olga") as client:
        assert (await client.get("/policies/money")).status_code == 403
