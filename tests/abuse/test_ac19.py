"""AC19: the log is changed, emptied, read in secret, or turned off."""

from __future__ import annotations

import psycopg
import pytest

from crm_core.store import chain
from tests.abuse.conftest import Logged
from tests.workstation.house import House
from workstation.routes import ROUTES

pytestmark = pytest.mark.integration


async def test_who_reads_the_log_is_in_it(house: House, logged: Logged) -> None:
    async with house.signed_in("adam") as client:
        page = await client.get("/office/audit", params={"user": str(house.people["olga"])})
        assert page.status_code == 200
    line = await logged("access_log.viewed", "adam")
    assert (line.role, line.object) == ("administrator", f"user {house.people['olga']}")
    async with house.program("audrey") as program:
        assert (await program.get("/audit", params={"action": "access_log.viewed"})).json()["items"]
    assert (await logged("access_log.viewed", "audrey")).session.startswith("token ")


async def test_no_route_changes_the_log(house: House) -> None:
    assert [method for method, path in ROUTES if "audit" in path and method != "GET"] == []
    async with house.signed_in("adam") as client:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert (await client.request(method, "/office/audit")).status_code == 405
    async with house.program("audrey") as program:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert (await program.request(method, "/audit")).status_code == 405


async def test_a_line_changed_behind_our_back_is_named(house: House, logged: Logged) -> None:
    async with house.signed_in("olga") as client:
        await client.get("/api/search?q=Kuznetsova")
        await house.because(client)
    line = await logged("search", "olga")
    await logged("card.reason_given", "olga")
    await chain.seal_all(house.parts.engine)
    conninfo = house.settings.database_url.replace("+psycopg", "")
    with psycopg.connect(conninfo) as owner:
        for change in ("update access_log set action = 'x'", "delete from access_log", "truncate access_log"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grow"):
                owner.execute(change.encode())
            owner.rollback()
        owner.execute("alter table access_log disable trigger user")
        owner.execute("update access_log set object = 'Ivanova' where id = %s", (line.access_id,))
        owner.execute("alter table access_log enable trigger user")
    broken = (await chain.verify(house.parts.engine)).broken
    assert broken is not None
    assert (broken.access_id, broken.why) == (line.access_id, "changed")
