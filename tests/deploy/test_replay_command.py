"""The command that plays a recorded day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import redis
from sqlalchemy import insert
from typer.testing import CliRunner

from crm_core import clock, db
from crm_core.settings import Settings
from crm_core.tables import interactions
from deploy.cli import app
from deploy.commands.common import Refused
from routing.rehearsal_board import BOARD

pytestmark = pytest.mark.integration
EVENING = datetime(2026, 11, 23, 23, 58, tzinfo=UTC)


@pytest.fixture
def house(settings: Settings, database: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("BUSBAR_TIME_ZONE", "UTC")
    for name in ("session_secret", "sip_secret", "ami_secret"):
        monkeypatch.setenv(f"BUSBAR_{name.upper()}", "x" * 40)
    return settings


async def fill(url: str) -> None:
    engine = db.open_pools(url)
    call = {
        "call_id": "main-1.1", "channel": "phone", "direction": "in", "queue": "main", "outcome": "abandoned",
        "began_at": EVENING, "waiting_since": EVENING, "ended_at": EVENING + timedelta(seconds=40),
    }  # fmt: skip
    async with db.transaction(engine) as writing:
        await writing.execute(insert(interactions).values(call))
    await engine.dispose()


def test_a_day_is_played_to_its_end_and_is_gone_from_the_board(house: Settings, database: str) -> None:
    asyncio.run(fill(database))
    played = CliRunner().invoke(app, ["replay", "2026-11-23", "--speed", "120", "--from", "23:57"])
    assert played.exit_code == 0, played.output
    head, *told = played.output.splitlines()
    assert "calls on record: 1; watch at /office/training/floor?replay=" in head
    assert told[0][:3] == "23:", "by the clock of the utility's zone"
    assert told[-1] == "00:00:00  waiting 0  talking 0  offered 1  answered 0  gave up 1"
    with redis.Redis.from_url(house.redis_url) as client:
        assert not client.exists(BOARD)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["2026-11-24"], "nothing is on record"),
        (["2026-11-23", "--queue", "no-such"], "nothing is on record"),
        ([str(clock.now().date() + timedelta(days=1))], "is not over yet"),
    ],
)
def test_what_cannot_be_played_is_said_with_exit_code_1(
    house: Settings, database: str, words: list[str], said: str
) -> None:
    asyncio.run(fill(database))
    refused = CliRunner().invoke(app, ["replay", *words])
    assert refused.exit_code == 1
    assert said in refused.output


@pytest.mark.parametrize(("words", "right"), [(["yesterday"], "2026-11-23"), (["2026-11-23", "--from", "8"], "08:00")])
def test_a_day_or_time_that_is_none_is_refused_with_what_would_be_right(words: list[str], right: str) -> None:
    refused = CliRunner().invoke(app, ["replay", *words])
    assert isinstance(refused.exception, Refused)
    assert right in str(refused.exception)
