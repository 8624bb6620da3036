"""The Asterisk of this checkout: its configuration and the real server made from it."""

from __future__ import annotations

import asyncio
import re

import psycopg
import pytest
import redis

from crm_core.settings import Settings
from deploy import pbx
from tests.support.servers import AsteriskServer


@pytest.mark.integration
def test_asterisk_boots_from_our_templates_without_a_complaint(asterisk: AsteriskServer) -> None:
    complaints = [line for line in asterisk.log().splitlines() if re.search(r"\b(ERROR|WARNING)\b", line)]
    assert complaints == []


@pytest.mark.integration
def test_every_listener_is_on_loopback(asterisk: AsteriskServer) -> None:
    import psutil

    addresses = {c.laddr.ip for c in psutil.Process(asterisk.pid).net_connections("inet") if not c.raddr}
    assert addresses == {"127.0.0.1"}


@pytest.mark.integration
async def test_a_wrong_secret_is_refused(asterisk: AsteriskServer) -> None:
    wrong = asterisk.settings.model_copy(update={"ami_secret": "guess"})
    assert not await pbx.Pbx(wrong, asterisk.plan.program).is_ready()


@pytest.mark.integration
def test_each_test_has_a_database_and_an_empty_valkey(settings: Settings) -> None:
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as db:
        rows = db.execute("select count(*) from customers").fetchone()
        role = db.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    assert (rows, role) == ((0,), (False,))
    assert redis.Redis.from_url(settings.redis_url).dbsize() == 0
