"""The API of the ledger, of readings and of rules."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_core import clock
from tests.workstation.house import House

pytestmark = pytest.mark.integration


def day(ahead: int = 0) -> str:
    return (clock.now().date() + timedelta(ahead)).isoformat()


async def test_a_program_posts_a_payment_once_and_reads_it_back(house: House) -> None:
    body = {"amount": "234.50", "paid_on": day(), "channel": "bank", "reference": "R-1"}
    async with house.program("marta") as client:
        first = await client.post("/accounts/1/payments", json=body, headers={"idempotency-key": "k1"})
        assert (first.status_code, first.json()["state"]) == (201, "posted")
        again = await client.post("/accounts/1/payments", json=body, headers={"idempotency-key": "k1"})
        assert again.headers["idempotency-replayed"] == "true"
        other_key = await client.post("/accounts/1/payments", json=body, headers={"idempotency-key": "k2"})
        assert other_key.json() == {"state": "known", "rule": "", "key": first.json()["key"]}
        ledger = (await client.get("/accounts/1/ledger")).json()
        assert (ledger["balance"], ledger["currency"]) == ("1000.00", "RUB")
        page = (await client.get("/accounts/1/statement?limit=5")).json()
        assert (page["items"][0]["what"], page["items"][0]["amount"]) == ("payment", "-234.50")
        more = (await client.get("/accounts/1/statement", params={"limit": 200, "after": page["next"]})).json()
        assert len(page["items"]) + len(more["items"]) == 22
        assert more["next"] is None
        bills = (await client.get("/accounts/1/invoices?limit=3")).json()
        assert [one["period"] for one in bills["items"]] == ["2026-10-01", "2026-09-01", "2026-08-01"]
        for what in ("ledger", "statement", "invoices", "promises", "disputes", "notices"):
            assert (await client.get(f"/accounts/99/{what}")).json()["code"] == "no-such-account"
            assert (await client.get(f"/accounts/3/{what}")).status_code == 200


REFUSED = (
    ("/accounts/1/payments", {"amount": "5.00", "paid_on": day(1), "channel": "bank"}, "payment-in-future"),
    ("/accounts/1/payments", {"amount": "NaN", "paid_on": day(), "channel": "bank"}, "bad-fields"),
    ("/accounts/1/payments", {"amount": "1e309", "paid_on": day(), "channel": "bank"}, "bad-fields"),
    ("/accounts/1/payments", {"amount": "5", "paid_on": day(), "channel": "bank", "posted_by": 1}, "bad-fields"),
    ("/accounts/1/adjustments", {"kind": "fee", "amount": "-5", "reason": "x"}, "adjustment-sign"),
    ("/accounts/1/adjustments", {"kind": "opening", "amount": "5", "reason": "x"}, "adjustment-kind"),
    ("/accounts/1/promises", {"amount": "99999.00", "due_on": day(3)}, "promise-above-debt"),
    ("/accounts/1/disputes", {"period": "2026-10-01", "amount": "9999", "reason": "x"}, "dispute-amount"),
    ("/accounts/1/disputes", {"period": "1999-10-01", "amount": "1", "reason": "x"}, "no-such-posting"),
    ("/accounts/1/penalties", {"period": "2026-10-01"}, "penalty-nothing"),
    ("/policies/money", {"valid_from": day(-1), "rules": {}}, "rules-in-past"),
    ("/policies/money", {"valid_from": day(), "rules": {"ageing": []}}, "bad-fields"),
    ("/promises/99/cancellation", {"reason": "x"}, "no-such-posting"),
    ("/disputes/99/settlement", {"event": "reject", "settlement": "x"}, "no-such-posting"),
    ("/notices/99/told", {"event": "arrived"}, "no-such-posting"),
    ("/approvals/99/decision", {"decision": "approve"}, "no-such-posting"),
)  # fmt: skip


async def test_what_a_rule_refuses_has_its_code(house: House) -> None:
    async with house.program("marta") as client:
        for path, body, code in REFUSED:
            answer = await client.post(path, json=body)
            assert answer.json()["code"] == code, (path, answer.text)
            assert answer.status_code in {404, 422}


async def test_what_needs_two_people_waits_for_the_second(house: House) -> None:
    async with house.program("sofia") as client:
        asked = await client.post(
            "/accounts/1/adjustments", json={"kind": "waiver", "amount": "-1200", "reason": "flood"}
        )
        assert (asked.json()["state"], asked.json()["rule"]) == ("waiting", "above-limit")
        key = asked.json()["key"]
        own = await client.post(f"/approvals/{key}/decision", json={"decision": "approve"})
        assert own.json()["code"] == "approval-own"
    async with house.program("marta") as client:
        (waits,) = (await client.get("/approvals")).json()["items"]
        assert (waits["approval_id"], waits["amount"], waits["asked_by"]) == (int(key), "-1200.00", "Sofia")
        done = await client.post(f"/approvals/{key}/decision", json={"decision": "approve", "note": "seen"})
        assert done.json()["state"] == "posted"
        assert (await client.get("/accounts/1/ledger")).json()["balance"] == "34.50"


async def test_promises_disputes_and_notices_are_kept_and_listed(house: House) -> None:
    async with house.program("sofia") as client:
        made = await client.post("/accounts/1/promises", json={"amount": "500", "due_on": day(5)})
        assert made.status_code == 201
        off = await client.post(f"/promises/{made.json()['key']}/cancellation", json={"reason": "moved"})
        assert off.json()["state"] == "posted"
        (promise,) = (await client.get("/accounts/1/promises")).json()["items"]
        assert (promise["status"], promise["amount"]) == ("cancelled", "500.00")
        raised = await client.post(
            "/accounts/1/disputes", json={"period": "2026-10-01", "amount": "500", "reason": "read wrongly"}
        )
        settled = await client.post(
            f"/disputes/{raised.json()['key']}/settlement", json={"event": "reject", "settlement": "read rightly"}
        )
        assert settled.json()["state"] == "posted"
        (dispute,) = (await client.get("/accounts/1/disputes")).json()["items"]
        assert (dispute["status"], dispute["settlement"]) == ("rejected", "read rightly")
        sent = await client.post("/accounts/1/notices", json={"kind": "debt", "channel": "sms", "amount": "1234.50"})
        told = await client.post(f"/notices/{sent.json()['key']}/told", json={"event": "arrived"})
        assert told.json()["state"] == "posted"
        (notice,) = (await client.get("/accounts/1/notices")).json()["items"]
        assert notice["status"] == "delivered"


async def test_readings_are_judged_for_programs_as_for_people(house: House) -> None:
    async with house.program("olga") as client:
        (register,) = (await client.get("/accounts/1/registers")).json()["items"]
        assert (register["code"], register["last"]["value"]) == ("single", "12000.000")
        low = await client.post("/accounts/1/readings", json={"taken_on": day(), "values": {"1": "11000"}})
        assert low.json()["stored"] is False
        verdict = low.json()["verdicts"][0]
        assert (verdict["rule"], verdict["decision"]) == ("went-down", "refused")
        assert "is accepted without a question" in verdict["sentence"]
        high = await client.post(
            "/accounts/1/readings", json={"taken_on": day(), "values": {"1": "99000"}, "source": "bot"}
        )
        assert high.json()["verdicts"][0]["decision"] == "held"
        (held,) = (await client.get("/readings/held")).json()["items"]
        done = await client.post(f"/readings/held/{held['held_id']}/confirmation", json={"reason": "a sauna"})
        assert (done.json()["stored"], done.json()["verdicts"][0]["flag"]) == (True, "ACTUAL")
        late = await client.post(f"/readings/held/{held['held_id']}/refusal", json={"reason": "no"})
        assert late.json()["code"] == "held-decided"
        swap = {"on": day(), "finals": {"1": "99100"}, "meter": {"serial": "N-2", "digits": 6},
                "initials": {"single": "0"}, "reason": "worn out"}  # fmt: skip
        exchanged = await client.post("/accounts/1/meters/1/exchange", json=swap)
        assert exchanged.json()["stored"] is True, exchanged.text
        (register,) = (await client.get("/accounts/1/registers")).json()["items"]
        assert register["serial"] == "N-2"
        missed = await client.post(
            f"/accounts/1/meters/{register['meter_id']}/no-reads", json={"on": day(), "why": "no_access"}
        )
        assert missed.status_code == 201


async def test_rules_are_versions_that_programs_read_and_add(house: House) -> None:
    async with house.program("marta") as client:
        for which, change in (("readings", {"high": "4"}), ("money", {"limits": {"adjustment": "10"}})):
            made = await client.post(f"/policies/{which}", json={"valid_from": day(), "rules": change, "note": "x"})
            assert made.status_code == 201, made.text
            page = (await client.get(f"/policies/{which}?limit=1")).json()
            assert page["items"][0]["version_id"] == made.json()["version_id"]
            older = (await client.get(f"/policies/{which}", params={"after": page["next"]})).json()
            assert [one["note"] for one in older["items"]] == ["as delivered"]
    async with house.program("olga") as client:
        assert (await client.get("/policies/money")).status_code == 403
