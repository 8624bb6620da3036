"""Talks with debtors on record, on a real Asterisk: he is told before he is joined, and the evidence has the hash."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crm_core import clock, db, recording_jobs
from crm_core.recordings import Mode, Rule, parse_name
from crm_core.store import outbound_ledger, recording_rules
from crm_core.trunks import Trunk
from deploy import parts
from deploy.bench.town import Behaviour
from routing.views import OperatorId
from routing.wishes import DialDebtor
from tests.outbound.dialling import Dialling, dialling, line
from tests.support.house import PROMPTS, HouseProcess
from tests.support.servers import AsteriskServer, ValkeyServer
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration
LOUD = 3000


@pytest.fixture(scope="module")
def node(postgres_url: str, valkey: ValkeyServer) -> Iterator[tuple[AsteriskServer, Trunk]]:
    PROMPTS.mkdir(parents=True, exist_ok=True)
    speech = {
        "country": "AM",
        "outward_countries": ("RU",),
        "speech_dir": PROMPTS,
        "espeak": parts.speech(),
        "languages": ("ru",),
    }
    with line(postgres_url, valkey.url, **speech) as running:
        yield running


@pytest.fixture
async def here(node: tuple[AsteriskServer, Trunk], database: str, redis_url: str) -> AsyncIterator[Dialling]:
    asterisk, trunk = node
    settings = asterisk.settings.model_copy(update={"database_url": database, "redis_url": redis_url})
    async with dialling(asterisk, settings, trunk) as running:
        yield running


@pytest.fixture
def voice(here: Dialling) -> Iterator[None]:
    """The menus' process, which tells whom we call."""
    process = HouseProcess("ivr", here.house.settings)
    process.start()
    yield
    process.stop()


async def rule(here: Dialling, by: OperatorId, rule: Rule) -> int:
    async with db.transaction(here.house.engine) as writing:
        return await recording_rules.put(writing, rule, int(by), clock.now(), instead_of=None)


async def talker(here: Dialling) -> tuple[int, str]:
    """Somebody who speaks for six seconds from when he has answered."""
    return await here.debtor(Behaviour.MACHINE, stays=8.0)


def files(here: Dialling, call_id: str) -> list[Path]:
    spool = here.house.settings.run_dir / "asterisk" / "spool" / "calls"
    return [one for one in spool.iterdir() if one.name.startswith(f"{call_id}~")] if spool.is_dir() else []


def loudest(file: Path) -> tuple[int, int]:
    """Return how loud operator and debtor are, 0 to 32,767."""
    samples = array("h", file.read_bytes())
    return max(map(abs, samples[0::2])), max(map(abs, samples[1::2]))


@pytest.mark.usefixtures("voice")
async def test_a_campaigns_talk_is_announced_recorded_and_its_hash_is_in_the_evidence(here: Dialling) -> None:
    account, number = await talker(here)
    anna = await here.operator("anna", "101")
    campaign = await here.campaign()
    key = await rule(here, anna, Rule(campaign=str(campaign), mode=Mode.ALWAYS))
    await here.lists.row(campaign, account)
    (attempt,) = await here.ended(campaign, 1, seconds=90)
    assert (attempt["outcome"], attempt["operator_id"]) == ("talked", anna)
    (rung,) = here.calls(number)
    talking = attempt["talking_at"] - attempt["answered_at"]
    assert rung.heard_at - rung.answered_at < talking.total_seconds(), "he hears it before he is joined"
    (file,) = files(here, attempt["call_id"])
    raw = parse_name(file.name)
    assert raw is not None
    assert (raw.rule_id, raw.extension) == (key, "101")
    assert min(await eventually(lambda: loudest(file), 10, "both voices")) > LOUD
    told = await here.rows("select call_id, answer, rule_id from recording_notices")
    assert told == [{"call_id": attempt["call_id"], "answer": "told", "rule_id": key}]
    await here.house.row(attempt["call_id"], lambda row: row["ended_at"] is not None)
    later = clock.now() + timedelta(minutes=2)
    put = await recording_jobs.collected(here.house.settings, here.house.engine, later)
    assert (put.kept, put.faulty) == (1, 0)
    async with db.reading(here.house.engine) as reading:
        (shown,) = await outbound_ledger.attempts_of(reading, account_id=account)
    kept = await here.rows("select sha256 from recordings where call_id = :call", call=attempt["call_id"])
    assert [one.sha256 for one in shown.sounds] == [one["sha256"] for one in kept]
    assert len(kept) == 1


@pytest.mark.usefixtures("voice")
async def test_a_call_by_hand_goes_by_the_rule_of_calls_from_us(here: Dialling) -> None:
    account, number = await talker(here)
    anna = await here.operator("anna", "101")
    key = await rule(here, anna, Rule(direction="out", mode=Mode.ALWAYS, announced=False))
    await here.wish(DialDebtor, anna, account_id=account, number=number)
    await here.rung(lambda: here.calls(number) and here.calls(number)[0].ended_at, "he was called", 60)
    (attempt,) = await here.rows("select * from attempts")
    (file,) = files(here, attempt["call_id"])
    raw = parse_name(file.name)
    assert raw is not None
    assert raw.rule_id == key
    assert min(await eventually(lambda: loudest(file), 10, "both voices")) > LOUD
    assert [one["answer"] for one in await here.rows("select answer from recording_notices")] == ["silent"]


async def test_who_cannot_be_told_talks_and_is_on_no_record(here: Dialling) -> None:
    account, _ = await talker(here)
    anna = await here.operator("anna", "101")
    campaign = await here.campaign()
    await rule(here, anna, Rule(direction="out", mode=Mode.ALWAYS))
    await here.lists.row(campaign, account)
    (attempt,) = await here.ended(campaign, 1, seconds=90)
    assert attempt["outcome"] == "talked"
    assert files(here, attempt["call_id"]) == []
