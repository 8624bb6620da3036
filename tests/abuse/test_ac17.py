"""AC17: numbers of other people's things are guessed."""

from __future__ import annotations

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
