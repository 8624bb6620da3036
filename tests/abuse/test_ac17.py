"""AC17: numbers of other people's things are guessed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_core import clock
from crm_core.db import transaction
from crm_core.store import jobs, subjects
from tests.abuse.conftest import Logged
from tests.workstation.house import House

pytestmark = pytest.mark.integration


async def test_what_is_not_there_is_not_found_and_what_is_not_yours_is_refused(house: House, logged: Logged) -> None:
    async with transaction(house.parts.engine) as db:
        answer = await subjects.ask(db, 1, "letter 5", house.people["audrey"], clock.now())
        await subjects.keep(db, answer, b"PK", clock.now())
        job = await jobs.create(db, "subject_answer", "Answer", house.people["audrey"], {})
    async with house.signed_in("audrey") as client:
        assert (await client.get(f"/office/retention/answers/{answer}/file")).content == b"PK"
        for wrong in ("999999", "-1", "x", "1;2", "../1"):
            assert (await client.get(f"/office/retention/answers/{wrong}/file")).status_code == 404
        for path in (
            "/office/erasures/999/approve",
            "/office/retention/holds/999/lift",
            "/office/alerts/999",
        ):
            sent = {"lift_reason": "x", "finding": "x"}
            assert (await client.post(path, data=sent)).status_code == 404
    for login in ("olga", "sofia", "marta", "adam"):
        async with house.signed_in(login) as client:
            assert (await client.get(f"/office/retention/answers/{answer}/file")).status_code == 403
    async with house.signed_in("marta") as client:
        assert (await client.get(f"/office/jobs/{job.job_id}")).status_code == 404
    assert (await logged("refused", "olga", f"GET /office/retention/answers/{answer}/file")).result == "refused"


async def test_nobody_changes_himself(house: House, logged: Logged) -> None:
    me = house.people["adam"]
    async with house.signed_in("adam") as client:
        for path, sent in (
            (f"/office/people/{me}", {"name": "Adam", "role": "auditor"}),
            (f"/office/people/{me}/disable", {}),
            (f"/office/people/{me}/link", {}),
        ):
            assert (await client.post(path, data=sent)).status_code == 403
    assert (await logged("refused", "adam", f"POST /office/people/{me}")).reason == "second-person"


async def test_a_key_of_somebody_else_s_thing_leads_nowhere(house: House, logged: Logged) -> None:
    async with house.program("olga") as program:
        promise = await program.post("/accounts/1/promises", json={"amount": "100.00", "due_on": soon()})
        assert promise.status_code == 201, promise.text
        made = await program.post("/accounts/1/notices", json={"kind": "sms", "channel": "sms", "amount": "1.00"})
        assert made.status_code in {201, 422}
        for path in (
            "/accounts/4711", "/customers/4711", "/contacts/4711", "/applications/4711", "/tasks/4711",
            "/interactions/4711", "/accounts/2/documents/1", "/accounts/4711/statement", "/applications/1/files/1",
        ):  # fmt: skip
            assert (await program.get(path)).status_code == 404, path
    async with house.opened("olga", 1, 2) as client:
        key = promise.json()["key"]
        for path in (
            f"/office/accounts/2/promises/{key}/call-off",
            "/office/accounts/1/promises/4711/call-off",
            "/office/contacts/4711/corrections/1",
            "/office/customer-contacts/4711",
        ):
            assert (await client.post(path, data={"off_reason": "x", "reason": "x"})).status_code == 404, path
        for path in ("/office/accounts/4711/ledger", "/office/customers/4711", "/office/accounts/1/documents/4711"):
            assert (await client.get(path)).status_code == 404, path
    assert (await logged("refused", "olga", "GET /api/v1/customers/4711")).reason == "nobody"
    assert (await logged("refused", "olga", "GET /office/customers/4711")).reason == "nobody"


def soon() -> str:
    return (clock.now().date() + timedelta(days=3)).isoformat()
