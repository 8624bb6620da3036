"""Reports at the server: put together, kept by version, shared, drilled, taken away, sent by themselves; schemes."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import openpyxl
import pytest
from sqlalchemy import select, update

from crm_core import clock, tables
from crm_core.db import reading, transaction
from crm_core.store import teams
from tests.workstation.house import House
from workstation import report_files, reporting, reporting_jobs

pytestmark = pytest.mark.integration
EVIL = "<script>alert(1)</script>"
PIVOT = {
    "subject": "visits", "m_offered": "1", "m_service_level": "1", "by_1": "day", "across": "queue",
    "period": "last_7_days", "chart": "stacked",
}  # fmt: skip


async def kept(client: httpx.AsyncClient, once: str, **more: str) -> str:
    """Keep a report; return its address."""
    answer = await client.post("/office/reports/design", data={**PIVOT, "name": "Mine", "once": once, **more})
    assert answer.status_code == 303, answer.text[-2000:]
    return urlsplit(answer.headers["location"]).path


async def test_a_report_is_put_together_kept_by_version_shared_and_taken_back(house: House) -> None:
    async with house.signed_in("marta") as owner, house.signed_in("sofia") as other:
        typed = {**PIVOT, "compare": "previous", "name": EVIL, "once": "0"}
        refused = await owner.post("/office/reports/design", data=typed)
        assert refused.status_code == 422
        assert "A pivot is not compared" in refused.text
        assert "&lt;script&gt;" in refused.text
        assert EVIL not in refused.text
        here = await kept(owner, "1")
        assert (await owner.post("/office/reports/design", data={**PIVOT, "name": "M", "once": "1"})).status_code == 409
        page = (await owner.get(here)).text
        assert "Mine" in page
        assert 'id="why-service_level"' in page, "every figure says what it means"
        key = here.rpartition("-")[2]
        await kept(owner, "2", name="Better", report_id=key, version="1")
        late = {**PIVOT, "name": "Late", "report_id": key, "version": "1", "once": "3"}
        assert (await owner.post("/office/reports/design", data=late)).status_code == 409
        assert (await other.get(here)).status_code == 404, "nobody else sees it before it is shared"
        assert (await other.post(f"{here}/shares", data={"role_supervisor": "1"})).status_code == 404
        assert (await owner.post(f"{here}/shares", data={"role_supervisor": "1"})).status_code == 303
        assert "Better" in (await other.get("/office/reports")).text
        assert (await other.get(here)).status_code == 200
        taken = {**PIVOT, "name": "Taken over", "report_id": key, "version": "2", "once": "4"}
        assert (await other.post("/office/reports/design", data=taken)).status_code == 404
        assert (await other.post(f"{here}/retire", data={"retired": "1"})).status_code == 404
        assert (await owner.post(f"{here}/retire", data={"retired": "1"})).status_code == 303
        assert (await other.get(here)).status_code == 404


async def test_the_library_opens_and_an_address_typed_by_hand_stays_within_its_report(house: House) -> None:
    async with house.signed_in("sofia") as client:
        listed = (await client.get("/office/reports")).text
        assert all(f'href="/office/reports/{one.code}"' in listed for one in reporting.OFFERED)
        found = (await client.get("/office/reports", params={"q": "abandon"})).text
        assert "No report is called that." in (await client.get("/office/reports", params={"q": "zzzz"})).text
        assert found.count("/office/reports/") < listed.count("/office/reports/")
        typed = {"subject": "payments", "m_paid": "1", "asked": "1", "period": "yesterday"}
        shown = (await client.get("/office/reports/queue-days", params=typed)).text
        assert 'id="why-offered"' in shown
        assert 'id="why-paid"' not in shown
        for odd in ({"f_1": "nonsense", "v_1": "1"}, {"period": "days", "first": "x"}, {"compare": "' or 1=1"}):
            answer = await client.get("/office/reports/queue-days", params={"asked": "1", **odd})
            assert answer.status_code == 422, odd
        for code in ("nothing", "own-1", "own-x", "own-99999999999", "..%2f"):
            assert (await client.get(f"/office/reports/{code}")).status_code == 404
        assert (await client.get("/office/reports/queue-days/rows", params={"k_account": "=1"})).status_code == 404
        assert (await client.get("/office/reports/payments/rows")).status_code == 404, "no contact stands behind it"
        assert (await client.get("/office/reports/queue-days/rows", params={"k_queue": "=main"})).status_code == 200


async def test_a_file_needs_a_reason_and_comes_back_as_it_was_shown(house: House) -> None:
    async with house.signed_in("marta") as client:
        asked = {"form": "xlsx", "period": "last_7_days", "reason": "why"}
        short = await client.post("/office/reports/queue-days/file", data=asked)
        assert short.status_code == 422
        assert 'value="why"' in short.text
        file = await client.post("/office/reports/queue-days/file", data={**asked, "reason": "for the board"})
        assert file.headers["content-disposition"] == 'attachment; filename="report-queue-days.xlsx"'
        sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
        assert sheet is not None
        assert "for the board" in str(sheet.cell(1, 1).value)
        assert [sheet.cell(2, place).value for place in (1, 2, 3)] == ["Day", "Queue", "Offered"]
        assert not list(report_files.folder(house.settings).iterdir()), "nothing stays on the disk"
    async with reading(house.parts.engine) as db:
        log = tables.access_log.c
        said = (await db.execute(select(log.object, log.reason).where(log.action == "report.exported"))).all()
    assert [one[0] for one in said] == ["report queue-days"]
    assert "for the board" in said[0][1]


async def test_a_schedule_makes_files_that_are_fetched_once_and_mails_no_figure(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(house.parts.settings.__dict__, "report_domains", ("utility.example",))
    new = {"report": "queue-days", "form": "csv", "every": "day", "weekday": "1", "day": "1", "at": "07:30"}
    people = {f"person_{house.people['sofia']}": "1", f"person_{house.people['olga']}": "1"}
    async with house.signed_in("marta") as owner, house.signed_in("sofia") as reader, house.browser() as anybody:
        for wrong in (
            {"addresses": "boss@evil.example"}, {"addresses": "boss@utility.example", "report": "handling"},
            {"at": "25:00", **people}, {"report": "own-1", **people}, {},
        ):  # fmt: skip
            answer = await owner.post("/office/reports/schedules", data={**new, **wrong, "once": "0"})
            assert answer.status_code == 422, wrong
        sent = {**new, **people, "addresses": "boss@utility.example", "once": "1"}
        assert (await owner.post("/office/reports/schedules", data=sent)).status_code == 303
        past = clock.now() - timedelta(minutes=1)
        async with transaction(house.parts.engine) as db:
            await db.execute(update(tables.report_schedules).values(next_at=past))
        settings = house.parts.settings
        assert await reporting_jobs.sent(settings, house.parts.engine, clock.now()) == 2, "Sofia and the address"
        assert await reporting_jobs.sent(settings, house.parts.engine, clock.now()) == 0
        async with reading(house.parts.engine) as db:
            letters = (await db.execute(select(tables.outbox))).all()
        assert [one.address for one in letters] == ["boss@utility.example"]
        assert not re.search("Sofia|Marta|Olga", letters[0].body + letters[0].subject)
        link = urlsplit(re.findall(r"http\S+", letters[0].body)[0]).path
        assert (await anybody.get(link)).status_code == 200
        assert (await anybody.get(link)).status_code == 200, "a program that looks at links uses none up"
        file = await anybody.post(link)
        assert "by schedule 1" in file.text.replace("sent ", "")
        assert (await anybody.post(link)).status_code == 410
        key = re.findall(r"/office/reports/files/(\d+)", (await reader.get("/office/reports")).text)[0]
        assert (await owner.post(f"/office/reports/files/{key}")).status_code == 410, "it waits for Sofia alone"
        assert "Offered" in (await reader.post(f"/office/reports/files/{key}")).text
        assert (await reader.post(f"/office/reports/files/{key}")).status_code == 410
        assert (await reader.post("/office/reports/schedules/1/end")).status_code == 404
        assert (await owner.post("/office/reports/schedules/1/end")).status_code == 303


async def test_a_team_s_scheme_is_kept_by_version_and_scores_what_the_reports_measure(house: House) -> None:
    async with transaction(house.parts.engine) as db:
        for code, lead in (("day", "sofia"), ("night", "marta")):
            people = [house.people["olga"]]
            await teams.save(db, code, {"en": code.title()}, lead_id=house.people[lead], members=people)
    scheme = {
        "title": "Service", "since": "2026-01-01", "version": "0", "measure_1": "visits.answer_speed",
        "weight_1": "60", "better_1": "less", "target_1": "240", "steps_1": "300:60 200:120",
    }  # fmt: skip
    async with house.signed_in("marta") as manager, house.signed_in("sofia") as lead:
        odd = await manager.post("/office/kpi/day", data={**scheme, "steps_1": "1:100 x", "once": "0"})
        assert odd.status_code == 422
        assert "1:100 x" in odd.text
        falling = await manager.post("/office/kpi/day", data={**scheme, "steps_1": "200:60", "once": "0"})
        assert "A better value must bring more points" in falling.text
        assert (await manager.post("/office/kpi/day", data={**scheme, "once": "1"})).status_code == 303
        assert (await manager.post("/office/kpi/day", data={**scheme, "once": "2"})).status_code == 409
        shown = (await lead.get("/office/kpi/day")).text
        assert "Average speed of answer" in shown
        assert "by_1=operator" in shown, "a score opens its measure"
        assert "/office/kpi/night" not in (await lead.get("/office/kpi")).text
        assert (await lead.get("/office/kpi/night")).status_code == 404
