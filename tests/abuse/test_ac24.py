"""AC24: SQL is put where a name, a number, a filter or a header is expected; it stays a text, or is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from limits import RateLimitItemPerMinute
from sqlalchemy import text

from crm_core.access import Role
from crm_core.db import reading
from tests.abuse.conftest import Logged
from tests.workstation.house import House
from workstation import api, openings
from workstation.access import may
from workstation.rest import because, caller, finding
from workstation.routes import ROUTES

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]
EVIL = (
    "' or '1'='1", "1; create table pwned (x int); --", "'); create table pwned (x int); --",
    "1 union select login, password from users --", "\\'; create table pwned (x int); --",
    "1) and pg_sleep(9) is null --", "${jndi:x}%27%22\x00", "id desc; drop table payments",
)  # fmt: skip
NAMES = (
    "q", "after", "before", "state", "kind", "stage", "team", "whose", "order", "sort", "number", "account", "action",
    "user", "since", "until", "rule", "late", "retired", "survivor", "all", "call_id", "from", "everything", "limit",
)  # fmt: skip
"""What pages read from their addresses, and what a prober would try."""
PEOPLE = {"marta": Role.MANAGER, "audrey": Role.AUDITOR, "adam": Role.ADMINISTRATOR, "olga": Role.OPERATOR}


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for place, name in ((api, "SEARCH"), (api, "CARD"), (openings, "CARD"), (caller, "CALLS"), (finding, "SEARCH")):
        monkeypatch.setattr(place, name, RateLimitItemPerMinute(1_000_000))


async def unharmed(house: House) -> None:
    """No statement of a stranger ran: no table is new, none is gone, nobody became anything else."""
    query = "select to_regclass('pwned') is null, (select count(*) from payments), (select count(*) from users)"
    async with reading(house.parts.engine) as db:
        assert (await db.execute(text(query))).one() == (True, 10, 6)


async def asked(client: httpx.AsyncClient, address: str, evil: str) -> tuple[int, str, str]:
    """Return what a page answers to hostile parameters; of one that is pushed and never ends, its first piece."""
    async with client.stream("GET", address, params=dict.fromkeys(NAMES, evil)) as answer:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            return answer.status_code, await anext(answer.aiter_text()), address
        return answer.status_code, (await answer.aread()).decode(errors="replace"), address


def judged(answer: httpx.Response, address: str) -> None:
    harmless(answer.status_code, answer.text, address)


def harmless(status: int, said: str, address: str) -> None:
    assert status < 500, (address, status, said[-200:])
    for told in ("psycopg", "sqlalchemy", "syntax error", "argon2"):
        assert told not in said.lower(), (address, told)


@pytest.mark.usefixtures("unhurried")
async def test_in_addresses_of_pages(house: House) -> None:
    for login, role in PEOPLE.items():
        async with house.signed_in(login) as client:
            for path in [path for method, path in ROUTES if method == "GET" and may(role, "GET", path)]:
                if path.startswith("/ws") or path.endswith("/events"):
                    continue
                for evil in EVIL[1:3] if "{" in path else EVIL:
                    address = re.sub(
                        r"\{[^}]+\}", lambda _, evil=evil: httpx.URL(f"/{evil}").raw_path[1:].decode(), path
                    )
                    harmless(*await asked(client, address, evil))
    await unharmed(house)


@pytest.mark.usefixtures("unhurried")
async def test_in_forms(house: House) -> None:
    async with house.opened("marta", 1) as client:
        for path in ("/office/customers/1", "/office/accounts/1/ledger", "/office/exports", "/office/fields"):
            page = await client.get(path)
            for action, fields in _forms(page.text):
                for evil in EVIL[1:4]:
                    sent = {name: evil for name in fields if name != "csrf"}
                    judged(await client.post(action, data=sent), action)
    await unharmed(house)


def _forms(page: str) -> Iterator[tuple[str, list[str]]]:
    for form in re.findall(r'<form method="post" action="([^"]+)".*?</form>', page, re.DOTALL):
        whole = page[page.index(f'action="{form}"') :].split("</form>", maxsplit=1)[0]
        if form != "/sign-out":
            yield form, re.findall(r'name="([^"]+)"', whole)


@pytest.mark.usefixtures("unhurried")
async def test_in_the_api_and_in_headers(house: House, logged: Logged) -> None:
    async with house.program("marta") as client:
        document = (await client.get("/openapi.json")).json()
        for path, operations in document["paths"].items():
            if "get" not in operations:
                continue
            given: list[dict[str, Any]] = operations["get"].get("parameters", [])
            queries = {one["name"]: EVIL[1] for one in given if one["in"] == "query"}
            address = re.sub(r"\{[^}]+\}", "1", path)
            for evil in EVIL[:2]:
                judged(await client.get(address, params=dict.fromkeys(queries, evil)), address)
        for evil in EVIL[:6]:
            headers = dict.fromkeys(("accept-language", "idempotency-key", "user-agent", because.HEADER), evil)
            answer = await client.get("/customers/1", headers=headers)
            judged(answer, "headers")
            assert answer.status_code == 422
            wrong = await client.get("/customers/1", headers={"authorization": f"Bearer {evil}"})
            assert wrong.status_code == 401
    async with house.browser(cookies={"busbar": EVIL[3]}) as stranger:
        assert (await stranger.get("/office")).status_code in {303, 403}
        refused = await house.sign_in(stranger, EVIL[3])
        assert refused.status_code == 403
    assert (await logged("sign_in.refused")).object == EVIL[3]
    await unharmed(house)


@pytest.mark.usefixtures("unhurried")
async def test_a_search_keeps_it_a_text_and_writes_it_down(house: House, logged: Logged) -> None:
    async with house.signed_in("olga") as client:
        for evil in EVIL:
            found = await client.get("/api/search", params={"q": evil})
            assert (found.status_code, "data-account-id" in found.text) == (400 if "\x00" in evil else 200, False), evil
        assert (await logged("search", "olga")).object
    await unharmed(house)
