"""The API for programs: tokens and their rights, refusals, pages, requests sent twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from sqlalchemy import select
from starlette.requests import Request

from crm_core import clock
from crm_core.access import Action, Role
from crm_core.db import Writing, reading, transaction
from crm_core.errors import BadValue, KeyReused
from crm_core.store import tokens, users
from crm_core.tables import access_log, answers
from tests.support.waiting import eventually
from tests.workstation.house import House
from workstation.rest import api
from workstation.rest.caller import Caller
from workstation.rest.once import Once
from workstation.rest.paging import BadCursor, cursor, key_of


class Sum(BaseModel):
    """An answer of these tests."""

    count: int


@pytest.mark.integration
async def test_a_token_says_whose_it_is_and_what_it_may_do(house: House) -> None:
    async with house.program("sofia", Action.SEE_CARD, Action.SEARCH) as client:
        said = (await client.get("/token")).json()
    assert said["user_id"] == house.people["sofia"]
    assert said["actions"] == ["card.viewed", "search"]


@pytest.mark.integration
@pytest.mark.parametrize("token", ["x", "bb", "bb_1_x", "bb_99999999999_x", "bb_1_" + "x" * 500, "\u0661", "Basic"])
async def test_without_a_living_token_nothing_is_said(house: House, token: str) -> None:
    async with httpx.AsyncClient(base_url=f"{house.base}/api/v1") as client:
        answer = await client.get("/token", headers={"authorization": f"Bearer {token}".encode()})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "signed-out"


@pytest.mark.integration
async def test_a_session_of_a_browser_is_no_token(house: House) -> None:
    async with house.signed_in("sofia") as client:
        assert (await client.get("/api/v1/token")).status_code == 401


@pytest.mark.integration
async def test_a_token_ends_when_it_is_revoked_when_it_runs_out_and_with_its_user(house: House) -> None:
    now = clock.now()
    async with transaction(house.parts.engine) as db:
        made = [
            await tokens.create(
                db,
                name=f"program {number}",
                user_id=house.people["sofia"],
                actions=[Action.SEARCH],
                created_by=house.people["adam"],
                now=now,
                lasts=timedelta(days=1),
            )
            for number in (1, 2)
        ]
    revoked, kept = made
    async with transaction(house.parts.engine) as db:
        await tokens.revoke(db, int(revoked.split("_")[1]), now)
    async with reading(house.parts.engine) as db:
        assert await tokens.bearer(db, revoked, now) is None
        assert await tokens.bearer(db, kept, now) is not None
        assert await tokens.bearer(db, kept[:-1] + ("a" if kept[-1] != "a" else "b"), now) is None
        assert await tokens.bearer(db, kept, now + timedelta(days=2)) is None
    async with transaction(house.parts.engine) as db:
        await users.disable(db, house.people["sofia"])
    async with reading(house.parts.engine) as db:
        assert await tokens.bearer(db, kept, now) is None


@pytest.mark.integration
async def test_a_token_never_holds_more_than_its_user_may(house: House) -> None:
    wrong = (
        {"actions": [Action.MANAGE_USERS]},
        {"actions": []},
        {"name": " "},
        {"lasts": timedelta(days=800)},
        {"user_id": 999},
    )
    usual = {
        "name": "bill run",
        "user_id": house.people["olga"],
        "actions": [Action.SEARCH],
        "created_by": house.people["adam"],
        "now": clock.now(),
        "lasts": timedelta(days=1),
    }
    for change in wrong:
        with pytest.raises(BadValue):
            async with transaction(house.parts.engine) as db:
                await tokens.create(db, **(usual | change))  # type: ignore[arg-type]


@pytest.mark.integration
async def test_what_is_not_there_is_a_problem_with_a_code(house: House) -> None:
    async with house.program("marta") as client:
        for path, status, code in (
            ("/jobs/7", 404, "no-such-job"),
            ("/jobs/x", 422, "bad-fields"),
            ("/jobs/99999999999", 422, "bad-fields"),
            ("/nothing", 404, "no-such-page"),
        ):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
            assert answer.json()["type"] == f"/problems/{code}"
        assert (await client.delete("/token")).status_code == 405


@pytest.mark.integration
async def test_a_token_without_the_right_is_refused_and_it_is_written_down(house: House) -> None:
    path = "/openapi.json"
    async with house.program("olga", Action.SEARCH) as client:
        document = (await client.get(path)).json()
        assert document["openapi"].startswith("3.1")
        assert document["servers"] == [{"url": "/api/v1"}]
        refused = await client.get("/duplicates") if "/duplicates" in document["paths"] else None
    if refused is not None:
        assert refused.status_code == 403

        async def noted() -> bool:
            async with reading(house.parts.engine) as db:
                found = await db.execute(select(access_log.c.id).where(access_log.c.reason == "token-without-right"))
                return found.first() is not None

        await eventually(noted, 5, "the refusal is in the access log")


@pytest.mark.integration
async def test_a_request_sent_again_gets_the_same_answer_and_does_nothing(house: House) -> None:
    done: list[int] = []

    async def work(_: Writing) -> Sum:
        done.append(1)
        return Sum(count=len(done))

    caller = Caller(
        token_id=1, name="t", user_id=1, role=Role.MANAGER, language="en", actions=frozenset(), ip="127.0.0.1"
    )
    first = await Once(house.parts.engine, "k1", "asked").run(caller, work, 201)
    again = await Once(house.parts.engine, "k1", "asked").run(caller, work, 201)
    assert (first.body, first.status_code) == (again.body, again.status_code)
    assert again.headers["idempotency-replayed"] == "true"
    assert done == [1]
    with pytest.raises(KeyReused):
        await Once(house.parts.engine, "k1", "something else").run(caller, work)
    await Once(house.parts.engine, None, "asked").run(caller, work)
    assert done == [1, 1]


@pytest.mark.integration
async def test_ten_at_once_with_one_key_do_the_work_once(house: House) -> None:
    done: list[int] = []

    async def work(_: Writing) -> Sum:
        done.append(1)
        await asyncio.sleep(0)
        return Sum(count=1)

    caller = Caller(
        token_id=1, name="t", user_id=1, role=Role.MANAGER, language="en", actions=frozenset(), ip="127.0.0.1"
    )
    answered = await asyncio.gather(*(Once(house.parts.engine, "k", "a").run(caller, work) for _ in range(10)))
    assert {answer.body for answer in answered} == {b'{"count":1}'}
    assert done == [1]


@pytest.mark.integration
async def test_work_that_failed_may_be_sent_again_under_its_key(house: House) -> None:
    tries: list[int] = []

    async def work(_: Writing) -> Sum:
        tries.append(1)
        if len(tries) == 1:
            raise BadValue("not now")
        return Sum(count=2)

    caller = Caller(
        token_id=1, name="t", user_id=1, role=Role.MANAGER, language="en", actions=frozenset(), ip="127.0.0.1"
    )
    with pytest.raises(BadValue):
        await Once(house.parts.engine, "k", "a").run(caller, work)
    async with reading(house.parts.engine) as db:
        assert (await db.execute(select(answers.c.key))).first() is None
    assert (await Once(house.parts.engine, "k", "a").run(caller, work)).status_code == 200


@pytest.mark.unit
@given(st.lists(st.one_of(st.integers(), st.text(max_size=20)), max_size=4), st.text(max_size=10))
def test_a_cursor_brings_its_key_back_and_only_to_its_own_list(key: list[int | str], place: str) -> None:
    made = cursor("secret", place, tuple(key))
    assert key_of("secret", place, made) == tuple(key)
    for secret, other, text in (
        ("other", place, made),
        ("secret", place + "x", made),
        ("secret", place, made[:-1]),
        ("secret", place, "\u0661" + made),
        ("secret", place, ""),
    ):
        with pytest.raises(BadCursor):
            key_of(secret, other, text)


@pytest.mark.unit
def test_a_route_that_asks_for_no_right_cannot_be_added(monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()

    @router.get("/open")
    async def open_to_all(request: Request) -> None:
        del request

    monkeypatch.setattr(api, "ROUTERS", (router,))
    with pytest.raises(RuntimeError, match="/open asks for no right"):
        api.create_api(None)  # type: ignore[arg-type]
