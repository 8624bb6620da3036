"""AC32: nobody is led elsewhere by an address or a host's name; no page is kept or framed."""

from __future__ import annotations

import re

import pytest

from crm_core.access import Role
from tests.workstation.house import House
from workstation.access import may
from workstation.routes import ROUTES

pytestmark = pytest.mark.integration
ELSEWHERE = ("//evil.example", "https://evil.example", "/\\evil.example", "/%09/evil.example", "javascript:alert(1)")
PAGES = sorted(path for method, path in ROUTES if method == "GET" and "{" not in path and not path.startswith("/ws"))


async def test_nobody_is_led_elsewhere_by_an_address(house: House) -> None:
    async with house.browser() as client:
        for evil in ELSEWHERE:
            for name in ("next", "url", "return", "redirect"):
                answer = await client.get("/desk", params={name: evil})
                assert answer.headers["location"] == "/sign-in"
            page = await client.get("/sign-in", params={"next": evil})
            assert "evil.example" not in page.text
            csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
            assert csrf
            sent = {"login": "olga", "password": "correct horse battery", "csrf": csrf[1], "next": evil}
            entered = await client.post("/sign-in", params={"next": evil}, data=sent)
            assert (entered.status_code, entered.headers["location"]) == (303, "/desk")
            client.cookies.clear()


async def test_a_link_for_a_password_names_our_own_address_whatever_the_request_says(house: House) -> None:
    claims = {"x-forwarded-host": "evil.example", "x-original-url": "//evil.example", "forwarded": "host=evil.example"}
    async with house.signed_in("adam") as admin:
        path = f"/office/people/{house.people['olga']}/link"
        assert (await admin.post(path, headers={"host": "evil.example"})).status_code == 403
        made = await admin.post(path, headers=claims)
        assert re.search(r"/password/[\w-]{20,}", made.text)
        assert "evil.example" not in made.text


async def test_no_page_is_kept_nor_framed(house: House) -> None:
    seen = 0
    async with house.signed_in("marta") as manager, house.signed_in("olga") as operator, house.browser() as nobody:
        for path in PAGES:
            clients = [(manager, Role.MANAGER), (operator, Role.OPERATOR)]
            client = next((one for one, role in clients if may(role, "GET", path)), nobody)
            # One of them never ends: it is pushed.
            async with client.stream("GET", path) as answer:
                assert answer.status_code < 500, path
            assert answer.headers["cache-control"] == "no-store", path
            assert answer.headers["x-frame-options"] == "DENY", path
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
            seen += answer.status_code == 200
    assert seen > 25
