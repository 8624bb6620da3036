"""The office: who sees which places, forms that keep what was typed, tokens, background jobs that are followed."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from decimal import Decimal

import httpx
import pytest
import redis.asyncio as aioredis
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from crm_core import clock, jobs, worker
from crm_core.db import reading, transaction
from crm_core.errors import BadValue, NoSuchJob
from crm_core.joblife import TRANSITIONS, State
from crm_core.settings import Settings
from crm_core.store import jobs as job_store
from tests.workstation.house import House
from workstation.forms import Form

MADE: dict[str, object] = {}


def count_to_five(job_id: int) -> None:
    """A job of these tests."""
    settings = MADE["settings"]
    assert isinstance(settings, Settings)

    async def work(progress: jobs.Progress) -> Mapping[str, int]:
        for number in range(6):
            await progress.advance(number, 5, f"at {number}", now=True)
        if progress.job.detail.get("fail") == "crm":
            raise BadValue("row 3: there is no such tariff")
        if progress.job.detail.get("fail"):
            raise RuntimeError("secret detail")
        return {"rows": 5}

    jobs.perform(settings, job_id, work)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> str:
    """Let workers count to five."""
    name = f"{count_to_five.__module__}.count_to_five"
    monkeypatch.setattr(worker, "JOBS", {name: "for this test"})
    monkeypatch.setattr(jobs, "FUNCTIONS", {"count": name})
    return "count"


async def asked(house: House, kind: str, login: str = "marta", **detail: str) -> job_store.Job:
    async with transaction(house.parts.engine) as db:
        return await job_store.create(db, kind, "Count to five", house.people[login], detail)


async def now(house: House, job_id: int) -> job_store.Job:
    async with reading(house.parts.engine) as db:
        job = await job_store.by_id(db, job_id)
    assert job
    return job


def once_of(page: httpx.Response) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page.text)
    assert found
    return found[1]


@pytest.mark.integration
async def test_everybody_comes_to_the_page_they_work_on_and_sees_only_their_places(house: House) -> None:
    for login, home, sees, not_sees in (
        ("marta", "/office", "/office/jobs", "/office/tokens"),
        ("audrey", "/office", "/office/jobs", "/office/tokens"),
        ("adam", "/floor", "/office/tokens", "/desk"),
    ):
        async with house.signed_in(login) as client:
            assert (await client.get("/")).headers["location"] == home
            page = (await client.get("/office")).text
            assert f'href="{sees}"' in page
            assert f'href="{not_sees}"' not in page
    async with house.signed_in("marta") as client:
        assert (await client.get("/office/tokens")).status_code == 403


@pytest.mark.integration
async def test_a_token_is_made_shown_once_and_ended(house: House) -> None:
    async with house.signed_in("adam") as client:
        page = await client.get("/office/tokens")
        form = {
            "name": "Bill run",
            "user_id": str(house.people["marta"]),
            "days": "30",
            "right_search": "1",
            "once": once_of(page),
        }
        made = await client.post("/office/tokens", data=form)
        token = re.search(r'id="token">(bb_\d+_[^<]+)<', made.text)
        assert token, made.text
        again = await client.post("/office/tokens", data=form)
        assert again.status_code == 409
        assert token[1] not in (await client.get("/office/tokens")).text
        async with httpx.AsyncClient(base_url=f"{house.base}/api/v1") as program:
            headers = {"authorization": f"Bearer {token[1]}"}
            assert (await program.get("/token", headers=headers)).json()["actions"] == ["search"]
            ended = await client.post(f"/office/tokens/{token[1].split('_')[1]}/end")
            assert ended.headers["location"] == "/office/tokens?done=ended"
            assert (await program.get("/token", headers=headers)).status_code == 401


@pytest.mark.integration
async def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong(house: House) -> None:
    async with house.signed_in("adam") as client:
        form = {"name": "<b>x</b>", "user_id": "", "days": "9999", "right_search": "1"}
        answer = await client.post("/office/tokens", data=form)
    assert answer.status_code == 422
    assert 'value="&lt;b&gt;x&lt;/b&gt;"' in answer.text
    assert 'id="days-error"' in answer.text
    assert 'id="user_id-error"' in answer.text
    assert "bb_" not in answer.text


@pytest.mark.integration
async def test_a_job_is_done_with_progress_that_a_page_follows(house: House, counting: str) -> None:
    job = await asked(house, counting)
    MADE["settings"] = house.settings
    async with house.signed_in("marta") as client:
        assert "Count to five" in (await client.get("/office/jobs")).text
        async with client.stream("GET", f"/office/jobs/{job.job_id}/events") as stream:
            lines = stream.aiter_lines()
            assert json.loads((await anext(lines)).removeprefix("data: "))["state"] == "waiting"
            await run(house, job)
            told = [json.loads(line.removeprefix("data: ")) async for line in lines if line]
        assert told[-1]["state"] == "done"
        assert "Done" in (await client.get(f"/office/jobs/{job.job_id}")).text
    ended = await now(house, job.job_id)
    assert (ended.state, ended.done, ended.total, ended.detail["rows"]) == (State.DONE, 5, 5, 5)


async def run(house: House, *sent: job_store.Job) -> None:
    """Hand jobs over and work them off, in a thread: a worker is a process of its own."""

    def perform() -> None:
        with Redis.from_url(house.settings.redis_url) as valkey:
            for job in sent:
                jobs.send(valkey, job)
                jobs.send(valkey, job)
            worker.work_off(valkey)

    await asyncio.to_thread(perform)


@pytest.mark.integration
async def test_what_a_job_may_say_is_said_and_what_broke_is_not(house: House, counting: str) -> None:
    MADE["settings"] = house.settings
    said, broke = await asked(house, counting, fail="crm"), await asked(house, counting, fail="other")
    await run(house, said, broke)
    assert (await now(house, said.job_id)).trouble == "row 3: there is no such tariff"
    ended = await now(house, broke.job_id)
    assert ended.state is State.FAILED
    assert "secret" not in ended.trouble


@pytest.mark.integration
async def test_a_cancelled_job_does_not_run_and_one_that_runs_stops(house: House, counting: str) -> None:
    MADE["settings"] = house.settings
    job = await asked(house, counting)
    async with house.signed_in("marta") as client:
        assert (await client.post(f"/office/jobs/{job.job_id}/cancel")).status_code == 303
    await run(house, job)
    assert (await now(house, job.job_id)).state is State.CANCELLED
    other = await asked(house, counting)
    async with transaction(house.parts.engine) as db:
        taken = await job_store.started(db, other.job_id, clock.now())
        assert taken
        assert await job_store.started(db, other.job_id, clock.now()) is None
        await job_store.cancelled(db, other.job_id, clock.now())
    async with aioredis.Redis.from_url(house.settings.redis_url) as valkey:
        with pytest.raises(jobs.Cancelled):
            await jobs.Progress(house.parts.engine, valkey, taken).advance(1, 5, now=True)


@pytest.mark.integration
async def test_a_job_whose_worker_died_is_handed_over_again(house: House, counting: str) -> None:
    MADE["settings"] = house.settings
    job = await asked(house, counting)
    long_ago = clock.now() - 2 * job_store.SILENT
    async with transaction(house.parts.engine) as db:
        await job_store.started(db, job.job_id, long_ago)
    with Redis.from_url(house.settings.redis_url) as valkey:
        assert await jobs.send_waiting(house.parts.engine, valkey) == 1
    await run(house)
    assert (await now(house, job.job_id)).state is State.DONE


@pytest.mark.integration
async def test_jobs_of_others_are_not_shown_and_unknown_kinds_are_refused(house: House) -> None:
    job = await asked(house, "nobody-does-this", "adam")
    async with house.signed_in("marta") as client:
        for path in (f"/office/jobs/{job.job_id}", f"/office/jobs/{job.job_id}/events", "/office/jobs/x"):
            assert (await client.get(path)).status_code == 404
        assert (await client.post(f"/office/jobs/{job.job_id}/cancel")).status_code == 404
    with Redis.from_url(house.settings.redis_url) as valkey, pytest.raises(NoSuchJob):
        jobs.send(valkey, job)


@pytest.mark.unit
def test_what_is_over_stays_over() -> None:
    assert set(TRANSITIONS) == set(State)
    assert not TRANSITIONS[State.DONE] | TRANSITIONS[State.FAILED] | TRANSITIONS[State.CANCELLED]


@pytest.mark.unit
@given(st.text(max_size=40))
def test_no_text_breaks_a_form_and_every_fault_has_a_sentence(text: str) -> None:
    form = Form({"a": text, "b": text, "c": text, "d": text}, str)
    whole, amount = form.whole("a", 1, 9), form.amount("b", Decimal(0), Decimal(10))
    day, choice = form.day("c"), form.choice("d", {"x"})
    assert (whole is None) or 1 <= whole <= 9
    assert amount is None or 0 <= amount <= 10
    assert choice in {"", "x"}
    for name, value in (("a", whole), ("b", amount), ("c", day)):
        assert value is not None or not text.strip() or form.errors[name]
    assert form.values["a"] == text


@pytest.mark.unit
def test_a_form_says_what_would_be_right() -> None:
    form = Form({"sum": "1.005", "many": "7,5", "day": "2026-02-30", "long": "x" * 9}, str)
    assert form.amount("sum", Decimal(0), Decimal(9)) is None
    assert form.whole("many") is None
    assert form.day("day") is None
    assert form.text("long", 5) == "xxxxx"
    assert form.text("none", 5, required=True) == ""
    assert set(form.errors) == {"sum", "many", "day", "long", "none"}
    assert form.errors["long"] == "At most 5 characters."
