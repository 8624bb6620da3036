"""AC26: another site's page, a form without its token, plain text, a read that would change: nothing is carried out."""

from __future__ import annotations

import contextlib
import re

import pytest

from tests.workstation.house import House
from workstation.access import may
from workstation.routes import ROUTES, Door

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]
PEOPLE = ("olga", "sofia", "marta", "adam", "audrey")
PLAIN = {"content-type": "text/plain"}
FOREIGN = ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"})
UNSAFE = sorted({path for (method, path), rule in ROUTES.items() if method == "POST" and rule is not Door.PUBLIC})
"""Addresses that change something; signing in has a token of its own (tests/workstation/test_sign_in.py)."""


def filled(path: str) -> str:
    """The address of something that may or may not be there."""
    return re.sub(r"\{[^}]+\}", "1", path)


def readable(address: str) -> bool:
    """Whether a route answers a plain read of this address."""
    patterns = (re.sub(r"\{[^}]+\}", "[^/]+", path) for method, path in ROUTES if method == "GET")
    return any(re.fullmatch(pattern, address) for pattern in patterns)


async def test_no_unsafe_route_is_carried_out_for_a_stranger_s_page(house: House) -> None:
    assert len(UNSAFE) > 100
    async with contextlib.AsyncExitStack() as stack:
        clients = {login: await stack.enter_async_context(house.signed_in(login)) for login in PEOPLE}
        roles = {login: (await house.parts.sessions.find(one.cookies["busbar"])) for login, one in clients.items()}
        for place, path in enumerate(UNSAFE):
            who = next(login for login in PEOPLE if (known := roles[login]) and may(known.role, "POST", path))
            client, address = clients[who], filled(path)
            token = client.headers["x-csrf-token"]
            foreign = FOREIGN[place % len(FOREIGN)]
            answer = await client.post(address, data={"csrf": token}, headers=foreign)
            assert answer.status_code == 403, (path, foreign, answer.status_code)
            without = await client.post(address, data={"csrf": "no"}, headers={"x-csrf-token": ""})
            # What takes no form but a file says so first; it carries nothing out either.
            assert without.status_code in {400, 403}, (path, who, without.status_code)
            plain = await client.post(address, content=f"csrf={token}", headers=PLAIN | {"x-csrf-token": ""})
            assert plain.status_code in {400, 403}, (path, plain.status_code)


async def test_no_read_carries_out_what_a_form_does(house: House) -> None:
    async with house.signed_in("marta") as client:
        tried = [address for address in map(filled, UNSAFE) if not readable(address)]
        assert len(tried) > 30
        for address in tried:
            claim = {"x-http-method-override": "POST"}
            answer = await client.get(address, params={"_method": "POST"}, headers=claim)
            assert answer.status_code in {404, 405}, (address, answer.status_code)
