"""AC33: too much, too deep, too many, look-alikes, numbers that are none: refused, and the next is served."""

from __future__ import annotations

import time

import pytest

from tests.abuse.test_ac17 import soon
from tests.abuse.test_ac26 import UNSAFE, filled
from tests.workstation.house import House
from workstation import uploads
from workstation.headers import BODY_LIMIT, body_limit

pytestmark = pytest.mark.integration
NO_MONEY = ("NaN", "sNaN", "Infinity", "1e309", "-1", "0", "0.001", "1" * 400, "\u202e5", "\u066b", "5;--")
DEEP = "[" * 30_000


async def test_no_form_takes_more_than_it_may(house: House) -> None:
    large = f"note={'x' * BODY_LIMIT}"
    kind = {"content-type": "application/x-www-form-urlencoded"}
    larger = uploads.limits(house.settings)
    async with house.signed_in("olga") as client:
        for path in UNSAFE:
            address = filled(path)
            if body_limit(address) == BODY_LIMIT and path not in larger:
                answer = await client.post(address, content=large, headers=kind)
                assert answer.status_code == 413, path
        assert (await client.get("/desk", headers={"x-long": "x" * 20_000})).status_code in {400, 413, 431}
        many = "&".join(f"f{place}=1" for place in range(9000))
        assert (await client.post("/api/keys", content=many, headers=kind)).status_code in {400, 413, 422}
        parts = "".join(f'--b\r\ncontent-disposition: form-data; name="f{n}"\r\n\r\n1\r\n' for n in range(1000))
        sent = {"content-type": "multipart/form-data; boundary=b"}
        assert (await client.post("/api/keys", content=f"{parts}--b--\r\n", headers=sent)).status_code in {
            400,
            413,
            422,
        }
        assert (await client.get("/api/phone")).status_code == 200


async def test_no_number_that_is_none_is_money(house: House) -> None:
    async with house.opened("olga", 1) as client, house.program("olga") as program:
        for amount in NO_MONEY:
            form = {"pro_amount": amount, "pro_due": soon(), "once": amount[:9]}
            refused = await client.post("/api/panels/1/promise", data=form)
            assert (refused.status_code, "pro_amount" in refused.json()) == (422, True), amount
            asked = await program.post("/accounts/1/promises", json={"amount": amount, "due_on": soon()})
            assert asked.status_code == 422, amount
        for raw in ('{"amount": NaN}', '{"amount": 1e309}', '{"amount": -5}', f'{{"amount": {DEEP}', DEEP, '"\\ud800"'):
            kind = {"content-type": "application/json"}
            asked = await program.post("/accounts/1/promises", content=raw, headers=kind)
            assert asked.status_code in {400, 422}, raw[:30]


async def test_a_search_is_quick_whatever_is_typed(house: House) -> None:
    async with house.signed_in("olga") as client:
        await client.get("/api/search", params={"q": "anna"})
        for typed in ("a" * 100, "%_" * 50, "(((((a+)+)+)+)+)$", "\u0301" * 100, "ﷺ" * 100, "' or 1=1 --"):
            began = time.monotonic()
            answer = await client.get("/api/search", params={"q": typed})
            assert answer.status_code in {200, 422}, typed
            assert time.monotonic() - began < 5, typed


async def test_nobody_signs_in_by_a_login_that_only_looks_alike(house: House) -> None:
    async with house.browser() as client:
        for login in ("\u043elga", "olga\u0301", "o\u029fga"):
            answer = await house.sign_in(client, login)
            assert answer.status_code in {400, 403, 422}, login
            assert (await client.get("/desk")).status_code == 303
        assert (await house.sign_in(client, "olga")).status_code == 303
