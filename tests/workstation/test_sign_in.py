"""Signing in and out, and everything that is refused at the door."""

from __future__ import annotations

import contextlib
import re

import httpx
import pytest
from sqlalchemy import select

from crm_core.db import open_pools, reading, transaction
from crm_core.store import users
from crm_core.tables import access_log
from tests.support.waiting import eventually
from tests.workstation.house import PASSWORD, House
from workstation.sweeper import Sweeper

pytestmark = pytest.mark.integration


async def test_an_operator_signs_in_and_comes_to_the_desk(house: House) -> None:
    async with house.browser() as client:
        answer = await house.sign_in(client, "olga")
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
        cookie = next(value.lower() for value in answer.headers.get_list("set-cookie") if value.startswith("busbar="))
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        desk = await client.get("/desk")
        assert desk.status_code == 200
        assert 'id="status"' in desk.text
        assert desk.headers["cache-control"] == "no-store"


async def test_a_supervisor_comes_to_the_floor(house: House) -> None:
    async with house.signed_in("sofia") as client:
        assert (await client.get("/sign-in")).headers["location"] == "/floor"
        page = await client.get("/floor")
        assert page.status_code == 200
        assert 'id="operators"' in page.text


async def test_a_wrong_password_and_an_unknown_login_read_the_same(house: House) -> None:
    async with house.browser() as client:
        wrong = await house.sign_in(client, "olga", "not it at all")
        unknown = await house.sign_in(client, "nobody", "not it at all")
    assert wrong.status_code == unknown.status_code == 403

    def sentence(answer: httpx.Response) -> str:
        found = re.search(r'role="alert">(.*?)</p>', answer.text, re.DOTALL)
        assert found
        return found[1]

    assert sentence(wrong) == sentence(unknown)
    assert "busbar=" not in str(wrong.headers)


async def test_guessing_is_stopped_for_one_login_even_with_the_right_password(house: House) -> None:
    async with house.browser() as client:
        for _ in range(5):
            assert (await house.sign_in(client, "ivan", "wrong wrong wrong")).status_code == 403
        assert (await house.sign_in(client, "IVAN", PASSWORD)).status_code == 429
        assert (await house.sign_in(client, "olga", PASSWORD)).status_code == 303


async def test_a_form_of_another_browser_signs_nobody_in(house: House) -> None:
    async with house.browser() as mine, house.browser() as theirs:
        form = await theirs.get("/sign-in")
        csrf = re.search(r'name="csrf" value="([^"]+)"', form.text)
        assert csrf
        await mine.get("/sign-in")
        data = {"login": "olga", "password": PASSWORD, "csrf": csrf[1]}
        assert (await mine.post("/sign-in", data=data)).status_code == 403
        assert (await mine.post("/sign-in", data={**data, "csrf": ""})).status_code == 403
        assert "busbar" not in mine.cookies


async def test_a_planted_session_is_not_carried_over(house: House) -> None:
    async with house.browser() as client:
        client.cookies.set("busbar", "planted", domain="127.0.0.1")
        await house.sign_in(client, "olga")
        assert client.cookies.get("busbar", domain="127.0.0.1") not in {None, "planted"}
        assert await house.parts.sessions.find("planted") is None


async def test_a_session_dies_with_sign_out(house: House) -> None:
    async with house.signed_in("olga") as client:
        token = client.cookies["busbar"]
        assert (await client.post("/sign-out")).headers["location"] == "/sign-in"
        client.cookies.set("busbar", token, domain="127.0.0.1")
        assert (await client.get("/desk")).headers["location"] == "/sign-in"


async def test_a_disabled_user_is_out_at_once_and_his_sockets_follow(house: House) -> None:
    async with house.signed_in("ivan") as client, house.page(client) as page:
        await page.resume()
        await page.hear("desk_snapshot")
        database = open_pools(house.settings.database_url)
        async with transaction(database) as db:
            await users.disable(db, house.people["ivan"])
        await database.dispose()
        assert (await client.get("/desk")).status_code == 303
        assert (await client.get("/api/phone")).status_code == 401
        await Sweeper(house.parts.hub, house.parts.sessions).sweep()
        assert await page.closed() == 4401


MATRIX: tuple[tuple[str | None, str, str, int], ...] = (
    (None, "GET", "/desk", 303),
    (None, "GET", "/floor", 303),
    (None, "GET", "/api/phone", 401),
    (None, "GET", "/api/search?q=anna", 401),
    (None, "GET", "/api/card/1", 401),
    (None, "GET", "/api/timeline/1", 401),
    (None, "POST", "/api/readings", 401),
    (None, "POST", "/api/calls/main-1/close", 401),
    (None, "POST", "/sign-out", 303),
    ("olga", "GET", "/floor", 403),
    ("sofia", "GET", "/desk", 403),
    ("sofia", "GET", "/api/phone", 403),
    ("sofia", "GET", "/api/card/1", 200),
    ("sofia", "POST", "/api/readings", 403),
    ("sofia", "POST", "/api/calls/main-1/close", 403),
    ("adam", "GET", "/floor", 200),
    ("adam", "GET", "/api/card/1", 403),
    ("adam", "GET", "/api/search?q=anna", 403),
)


async def test_every_route_is_for_its_roles_only(house: House) -> None:
    async with contextlib.AsyncExitStack() as stack:
        clients = {None: await stack.enter_async_context(house.browser())}
        for login in house.people:
            clients[login] = await stack.enter_async_context(house.signed_in(login))
        for login, method, path, status in MATRIX:
            answer = await clients[login].request(method, path)
            assert answer.status_code == status, (login, method, path, answer.text[:200])


async def test_an_unsafe_request_needs_token_origin_and_site(house: House) -> None:
    path, good = "/api/calls/main-1/close", {"disposition": "x"}
    async with house.signed_in("olga") as client:
        token = client.headers.pop("x-csrf-token")
        assert (await client.post(path, data=good)).status_code == 403
        assert (await client.post(path, data={**good, "csrf": "no"})).status_code == 403
        plain = {"content-type": "text/plain"}
        assert (await client.post(path, content=f"csrf={token}", headers=plain)).status_code == 403
        ours = {"x-csrf-token": token}
        for foreign in (
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
        ):
            assert (await client.post(path, data=good, headers=ours | foreign)).status_code == 403
        assert (await client.get(path, headers=ours)).status_code == 405
        override = {"x-http-method-override": "POST"}
        assert (await client.get(path, headers=ours | override)).status_code == 405


async def test_headers_that_claim_an_identity_are_not_believed(house: House) -> None:
    claims = {
        "authorization": "Basic b2xnYTpvbGdh",
        "x-forwarded-user": "olga",
        "x-real-ip": "10.0.0.1",
        "x-forwarded-for": "10.0.0.1",
    }
    async with house.browser() as client:
        assert (await client.get("/api/phone", headers=claims)).status_code == 401
        await client.get("/sign-in")
        await client.post("/sign-in", data={"login": "claimed", "password": "x", "csrf": ""}, headers=claims)
    await eventually(lambda: _logged(house, "sign_in.refused", "claimed"))
    rows = await _logged(house, "sign_in.refused", "claimed")
    assert {row.ip for row in rows} == {"127.0.0.1"}


async def test_a_strange_host_is_not_served_and_nobody_is_redirected_elsewhere(house: House) -> None:
    async with house.browser() as client:
        assert (await client.get("/sign-in", headers={"host": "evil.example"})).status_code == 403
        answer = await client.get("/desk?next=//evil.example")
        assert answer.headers["location"] == "/sign-in"
        evil = await client.get(f"{house.base}//evil.example/..")
        assert evil.headers.get("location", "/sign-in") == "/sign-in"


async def test_every_answer_carries_the_headers(house: House) -> None:
    async with house.signed_in("olga") as client:
        for path in ("/sign-in", "/desk", "/api/card/1", "/no-such-page", "/static/none.js", "/health"):
            headers = (await client.get(path)).headers
            policy = headers["content-security-policy"]
            assert "frame-ancestors 'none'" in policy
            assert "unsafe-inline" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            if not path.startswith("/static/"):
                assert headers["cache-control"] == "no-store"


async def test_too_large_bodies_and_headers_are_refused(house: House) -> None:
    async with house.signed_in("olga") as client:
        body = {"note": "x" * 100_000, "disposition": "x"}
        assert (await client.post("/api/calls/main-1/close", data=body)).status_code == 413

        async def chunks() -> object:
            for _ in range(100):
                yield b"note=" + b"x" * 2000

        kind = {"content-type": "application/x-www-form-urlencoded"}
        sent = await client.post("/api/calls/main-1/close", content=chunks(), headers=kind)  # type: ignore[arg-type]
        assert sent.status_code == 413
        assert (await client.get("/sign-in", headers={"x-long": "x" * 20_000})).status_code in {400, 413, 431}


async def test_an_unknown_page_is_one_sentence_in_the_reader_s_language(house: House) -> None:
    async with house.browser() as client:
        english = await client.get("/no-such-page")
        russian = await client.get("/no-such-page", headers={"accept-language": "ru-RU,ru;q=0.9"})
        program = await client.get("/api/no-such-thing")
    assert english.status_code == russian.status_code == program.status_code == 404
    assert 'lang="ru"' in russian.text
    assert english.text != russian.text
    assert program.json()["code"] == "no-such-page"


async def test_sign_ins_refusals_and_cards_are_written_down(house: House) -> None:
    async with house.signed_in("olga") as client:
        await house.because(client)
        await client.get("/api/card/1")
        await client.get("/api/search?q=Kuznetsova")
        await client.get("/floor")
    for action, what in (
        ("sign_in", "olga"),
        ("card.viewed", "account 1"),
        ("search", "Kuznetsova"),
        ("refused", "GET /floor"),
    ):
        await eventually(lambda action=action, what=what: _logged(house, action, what), what=action)


async def _logged(house: House, action: str, what: str) -> list[object]:
    async with reading(house.parts.engine) as db:
        query = select(access_log).where(access_log.c.action == action, access_log.c.object == what)
        return list(await db.execute(query))
