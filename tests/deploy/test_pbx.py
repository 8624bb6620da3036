"""The Asterisk of this checkout: its configuration and the real server made from it."""

from __future__ import annotations

import re
import socket

import psutil
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
def test_everything_that_can_be_reached_is_on_loopback(asterisk: AsteriskServer) -> None:
    sockets = psutil.Process(asterisk.pid).net_connections("inet")
    served = {asterisk.settings.sip_port, asterisk.settings.ami_port, asterisk.plan.http_port}
    elsewhere = {c.laddr.port for c in sockets if c.laddr.ip != "127.0.0.1"}
    listening = {c.laddr.port for c in sockets if c.status == psutil.CONN_LISTEN}
    assert listening == served - {asterisk.settings.sip_port}
    # What is left are the two client sockets of pjproject's own name resolver, which serve nobody.
    assert not elsewhere & served
    assert all(c.type == socket.SOCK_DGRAM for c in sockets if c.laddr.port in elsewhere)


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
