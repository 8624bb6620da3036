"""Campaigns on the running workstation: made, fed, checked, run, stopped at once; the ledger explains each row."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from datetime import timedelta

import httpx
import openpyxl
import pytest
from redis import Redis
from sqlalchemy import select

from crm_core import clock, tables, worker
from crm_core.db import Database, reading, transaction
from crm_core.store import outbound_attempts, outbound_campaigns, outbound_ledger
from crm_core.store.outbound_attempts import EndedAttempt, NewAttempt
from outbound import jobs
from tests.crm_core.conftest import Base
from tests.crm_core.outbound_base import Lists
from tests.workstation.house import House

pytestmark = pytest.mark.integration
EVIL = "<script>alert(1)</script>"
FORM = {
    "name": "October debts", "mode": "progressive", "channel": "call", "priority": "5", "counts": "overdue",
    "least_debt": "100.00", "profile": "none", "lines": "0", "cap": "3", "grace_ms": "2000", "ring_seconds": "25",
    "read_seconds": "30", "most_tries": "3",
}  # fmt: skip


@pytest.fixture
def lists(house: House, monkeypatch: pytest.MonkeyPatch) -> Lists:
    """Debtors put into the house's base; its jobs are done by `work_off`."""
    monkeypatch.setattr(jobs, "Settings", lambda: house.settings)
    assert isinstance(house.parts.engine, Database)
    return Lists(Base(house.parts.engine))


async def work_off(house: House) -> None:
    """Do what waits for a worker."""

    def perform() -> None:
        with Redis.from_url(house.settings.redis_url) as valkey:
            worker.work_off(valkey)

    await asyncio.to_thread(perform)


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text[:800]
    return found[1]


async def made(client: httpx.AsyncClient, **more: str) -> int:
    """Make a campaign by its form."""
    page = await client.get("/office/campaigns/new")
    answer = await client.post("/office/campaigns/new", data=FORM | {"once": hidden(page, "once")} | more)
    assert answer.status_code == 303, re.findall(r'field-error"[^>]*>([^<]*)', answer.text)
    return int(re.findall(r"/campaigns/(\d+)", answer.headers["location"])[0])


async def added(client: httpx.AsyncClient, campaign: int, name: str, content: bytes) -> httpx.Response:
    token = client.headers["x-csrf-token"]
    data = {"csrf": token, "campaign": str(campaign)}
    return await client.post("/office/campaigns/files", data=data, files={"file": (name, content, "text/csv")})


async def number_of(lists: Lists, account: int) -> str:
    return str(await lists.value(tables.accounts, "number", account))


async def step(client: httpx.AsyncClient, campaign: int, do: str, **more: str) -> httpx.Response:
    return await client.post(f"/office/campaigns/{campaign}/steps", data={"do": do, **more})


async def state(house: House, campaign: int) -> str:
    async with reading(house.parts.engine) as db:
        return (await outbound_campaigns.one(db, campaign)).state


async def test_a_manager_makes_feeds_checks_runs_and_stops_one(house: House, lists: Lists) -> None:
    owing = [await lists.debtor(f"Debtor {at}", f"+7916200000{at}") for at in range(3)]
    numbers = [await number_of(lists, one) for one in owing]
    async with house.signed_in("marta") as client:
        campaign = await made(client, note=EVIL)
        early = await step(client, campaign, "starts")
        assert early.status_code == 409, "nobody runs what was not checked"
        rows = [
            "Account number;Name",
            *(f"{one};x" for one in numbers),
            f"{numbers[0]};twice",
            "1234567890;no",
            "=1+1;no",
        ]
        sent = await added(client, campaign, "debtors.csv", "\n".join(rows).encode())
        assert sent.status_code == 303, sent.text[-400:]
        await work_off(house)
        page = await client.get(f"/office/campaigns/{campaign}")
        assert EVIL not in page.text
        assert "=1+1" in page.text, "what was refused is shown"
        assert (await client.post(f"/office/campaigns/{campaign}/check")).status_code == 303
        await work_off(house)
        assert await state(house, campaign) == "checked"
        checked = await client.get(f"/office/campaigns/{campaign}")
        assert re.search(r'id="callable-now">3<', checked.text), re.findall(r'callable-now">[^<]*', checked.text)
        assert (await step(client, campaign, "starts")).status_code == 303
        assert await state(house, campaign) == "running"
        stopped = await step(client, campaign, "is paused", halt="1")
        assert stopped.headers["location"].endswith("done=stopped")
        assert (await step(client, campaign, "is finished")).status_code == 303
    async with reading(house.parts.engine) as db:
        assert await outbound_ledger.counts(db, campaign) == {"expired": 3}


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", " ", "This is needed"),
        ("least_debt", "lots", "An amount is needed here"),
        ("cap", "101", "At most 100"),
        ("profile", "XX", "Choose a contact law"),
        ("caller_id", "+19005550100", "no number of our trunks"),
        ("hours_0", "9 to 5", "Hours are written like"),
        ("ends_on", "2026-02-30", "A date is needed here"),
        ("mode", "message", "Messages go by SMS"),
        ("segment_id", "999", "Choose a segment of the list"),
    ],
)
async def test_what_is_wrong_is_told_where_it_stands_and_nothing_typed_is_lost(
    house: House, field: str, typed: str, said: str
) -> None:
    async with house.signed_in("marta") as client:
        sent = await client.post("/office/campaigns/new", data=FORM | {"note": "kept words", field: typed})
    assert sent.status_code == 422
    assert said in sent.text
    assert "kept words" in sent.text
    assert 'class="field-error"' in sent.text


async def test_a_file_that_is_none_is_refused_in_one_sentence(house: House, lists: Lists) -> None:
    del lists
    async with house.signed_in("marta") as client:
        campaign = await made(client)
        for name, content in (("a.exe", b"MZ"), ("a.csv", b""), ("a.xlsx", b"PK\x03\x04 not a book")):
            sent = await added(client, campaign, name, content)
            if sent.status_code == 303:
                await work_off(house)
                page = await client.get(f"/office/campaigns/{campaign}")
                assert "Failed" in page.text, name
            else:
                assert sent.status_code == 422, name
                assert 'id="file-error"' in sent.text


async def talked(house: House, lists: Lists, campaign: int, account: int, row: int) -> None:
    """Have a debtor called and talked with."""
    now = clock.now()
    async with transaction(house.parts.engine) as db:
        new = NewAttempt(
            campaign_id=campaign, account_id=account, customer_id=await lists.customer_of(account), mode="progressive",
            number="+79162000000", call_id="main-77.1", policy="none@0", planned_at=now, zones=("Asia/Vladivostok",),
        )  # fmt: skip
        attempt = await outbound_attempts.take(db, row, new)
        assert attempt is not None
        await outbound_attempts.step(db, attempt, "talking", now, operator_id=house.people["olga"])
        ended = EndedAttempt(at=now + timedelta(minutes=1), outcome="talked", disposition="PTP")
        await outbound_attempts.settle(db, attempt, ended, "reached_right_party", None)


async def test_a_row_explains_itself_and_the_evidence_proves_it(house: House, lists: Lists) -> None:
    campaign = await lists.campaign()
    account = await lists.debtor("Evidence", "+79162000000")
    row = await lists.row(campaign, account)
    await talked(house, lists, campaign, account, row)
    await lists.add(
        tables.recordings, call_id="main-77.1", leg="101", account_id=account, state="stored", began_at=clock.now(),
        sha256="ab" * 32, keep_until=clock.now() + timedelta(days=30),
    )  # fmt: skip
    async with house.opened("marta", account) as client:
        page = await client.get(f"/office/campaigns/{campaign}/accounts/{account}")
        assert page.status_code == 200, page.text[:300]
        for expected in ("Talked with", "none@0", "Asia/Vladivostok", "abababababab", "Olga"):
            assert expected in page.text
        assert "+79162000000" not in page.text.replace(" ", ""), "a manager sees no telephone in full"
        pack = await client.get(f"/office/campaigns/{campaign}/accounts/{account}/evidence")
    with zipfile.ZipFile(io.BytesIO(pack.content)) as archive:
        assert set(archive.namelist()) == {"SHA256SUMS", "evidence.html", "evidence.json", "law/none@0.yaml"}
        told = json.loads(archive.read("evidence.json"))
    (attempt,) = told["attempts"]
    assert attempt["sounds"][0]["sha256"] == "ab" * 32
    assert attempt["local_time"].endswith("+10:00 Asia/Vladivostok")
    assert [(one["before"], one["after"]) for one in told["events"]] == [
        ("waiting", "in_work"), ("in_work", "reached_right_party"),
    ]  # fmt: skip


async def test_the_ledger_pages_and_leaves_as_a_spreadsheet_that_runs_nothing(house: House, lists: Lists) -> None:
    campaign = await lists.campaign(name="=cmd|' /C calc'!A0")
    for at in range(4):
        note = "=HYPERLINK(1)" if at == 0 else ""
        klass = "removed" if at == 0 else "waiting"
        await lists.row(campaign, await lists.debtor(f"L{at}", f"+7916300000{at}"), klass=klass, note=note)
    async with house.signed_in("marta") as client:
        page = await client.get(f"/office/campaigns/{campaign}/ledger?klass=waiting")
        assert len(re.findall(r"/accounts/\d+\"", page.text)) == 3
        sheet = await client.get(f"/office/campaigns/{campaign}/ledger.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(sheet.content))
    cells = [cell for line in book.worksheets[0].iter_rows() for cell in line if cell.value is not None]
    assert all(cell.data_type != "f" for cell in cells)
    assert "=HYPERLINK(1)" in {cell.value for cell in cells}


async def test_a_page_is_told_when_the_ledger_moves(house: House, lists: Lists) -> None:
    campaign, account = await lists.campaign(), await lists.debtor("Live", "+79162000001")
    row = await lists.row(campaign, account)
    async with house.signed_in("marta") as client, client.stream("GET", f"/office/campaigns/{campaign}/live") as heard:
        lines = heard.aiter_lines()
        first = json.loads((await _next(lines)).removeprefix("data: "))
        assert first["counts"]["waiting"] == 1
        await talked(house, lists, campaign, account, row)
        after = json.loads((await _next(lines)).removeprefix("data: "))
    assert (after["counts"]["waiting"], after["counts"]["reached_right_party"], after["rate"]) == (0, 1, 1.0)


async def _next(lines: object) -> str:
    async with asyncio.timeout(30):
        async for line in lines:  # type: ignore[attr-defined]
            if line.startswith("data: "):
                return str(line)
    raise AssertionError("the stream ended")


async def test_roles_see_run_or_manage(house: House, lists: Lists) -> None:
    campaign = await lists.campaign(state="checked")
    async with house.signed_in("sofia") as supervisor:
        assert (await supervisor.get(f"/office/campaigns/{campaign}")).status_code == 200
        assert (await step(supervisor, campaign, "starts")).status_code == 303
        assert (await supervisor.post("/office/campaigns/new", data=FORM)).status_code == 403
    for login in ("olga", "adam", "audrey"):
        async with house.signed_in(login) as client:
            assert (await client.get("/office/campaigns")).status_code == 403
            assert (await step(client, campaign, "is paused")).status_code == 403


async def test_broken_promises_become_a_segment_that_a_campaign_begins_with(house: House) -> None:
    async with house.signed_in("marta") as client:
        sent = await client.post("/office/campaigns/broken-promises", data={})
        assert sent.status_code == 303
        form = await client.get(sent.headers["location"])
        again = await client.post("/office/campaigns/broken-promises", data={})
    assert "Broken promises" in form.text
    assert again.headers["location"] == sent.headers["location"], "it is made once"


async def test_contact_law_is_changed_by_versions_and_numbers_are_silenced(house: House) -> None:
    async with house.signed_in("marta") as client:
        page = await client.get("/office/contact-law/none")
        found = re.search(r'<textarea id="body"[^>]*>(.*?)</textarea>', page.text, re.DOTALL)
        assert found
        bad = await client.post("/office/contact-law/none", data={"body": "code: [", "do": "publish"})
        assert bad.status_code == 422
        body = "code: none\ntitle: Ours\nnote: Asked our lawyer\nchannels:\n  call: {}\n"
        kept = await client.post("/office/contact-law/none", data={"body": body, "do": "publish", "note": "sms is out"})
        assert kept.status_code == 303, kept.text[:500]
        assert "Asked our lawyer" in (await client.get("/office/contact-law")).text
        silenced = await client.post("/office/do-not-call", data={"number": "8 916 555-44-33", "reason": "asked us to"})
        assert silenced.status_code == 303
        assert "asked us to" in (await client.get("/office/do-not-call?number=%2B79165554433")).text
    async with reading(house.parts.engine) as db:
        entry = await db.scalar(select(tables.do_not_call.c.id).where(tables.do_not_call.c.number == "+79165554433"))
    async with house.signed_in("marta") as client:
        lifted = await client.post("/office/do-not-call/lift", data={"entry": str(entry), "lift_reason": "a mistake"})
        assert lifted.status_code == 303
