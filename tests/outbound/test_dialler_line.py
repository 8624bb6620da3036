"""The dialler on a real Asterisk: every outcome, the message, paid while it rings, a floor that is killed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest

from crm_core.trunks import Trunk
from deploy import parts
from deploy.bench.town import Behaviour
from routing.views import DebtStage, OperatorState
from routing.wishes import DialBack, DialDebtor
from tests.outbound.dialling import OURS, Dialling, dialling, line
from tests.support.house import PROMPTS, HouseProcess
from tests.support.servers import AsteriskServer, ValkeyServer

pytestmark = pytest.mark.integration
OUTCOMES = {
    Behaviour.HUMAN: "talked",
    Behaviour.BUSY: "busy",
    Behaviour.NO_ANSWER: "no_answer",
    Behaviour.BAD_NUMBER: "bad_number",
    Behaviour.REJECTED: "rejected",
    Behaviour.UNREACHABLE: "unreachable",
    Behaviour.CONGESTION: "congestion",
}


@pytest.fixture(scope="module")
def node(postgres_url: str, valkey: ValkeyServer) -> Iterator[tuple[AsteriskServer, Trunk]]:
    PROMPTS.mkdir(parents=True, exist_ok=True)
    # By hand the law of the house's country holds: of this one we have none, so that tests know no night.
    speech = {
        "country": "AM",
        "outward_countries": ("RU",),
        "speech_dir": PROMPTS,
        "espeak": parts.speech(),
        "languages": ("en",),
    }
    with line(postgres_url, valkey.url, **speech) as running:
        yield running


@pytest.fixture
def voice(node: tuple[AsteriskServer, Trunk], database: str, redis_url: str) -> Iterator[None]:
    """The menus' process, which says what debtors hear."""
    settings = node[0].settings.model_copy(update={"database_url": database, "redis_url": redis_url})
    process = HouseProcess("ivr", settings)
    process.start()
    yield
    process.stop()


@pytest.fixture
async def here(node: tuple[AsteriskServer, Trunk], database: str, redis_url: str) -> AsyncIterator[Dialling]:
    asterisk, trunk = node
    settings = asterisk.settings.model_copy(update={"database_url": database, "redis_url": redis_url})
    async with dialling(asterisk, settings, trunk) as running:
        yield running


async def test_every_ending_is_known_by_its_name(here: Dialling) -> None:
    debtors = {behaviour: await here.debtor(behaviour, stays=1.0) for behaviour in OUTCOMES}
    await here.operator("anna", "101")
    campaign = await here.campaign(*(account for account, _ in debtors.values()))
    found = {one["account_id"]: one for one in await here.ended(campaign, len(debtors), seconds=60)}
    assert {behaviour: found[account]["outcome"] for behaviour, (account, _) in debtors.items()} == OUTCOMES
    assert all(len(here.calls(number)) == 1 for _, number in debtors.values())
    assert {one.shown for one in here.town.rung if one.number.startswith("+7916")} == {OURS}
    assert all(one["policy"] == "none@0" and one["planned_at"] <= one["placed_at"] for one in found.values())
    talked = found[debtors[Behaviour.HUMAN][0]]
    (rung,) = here.calls(debtors[Behaviour.HUMAN][1])
    assert rung.heard_at - rung.answered_at < 1
    row = await here.house.row(talked["call_id"], lambda row: row["ended_at"] is not None)
    assert (row["direction"], row["outcome"], row["account_id"]) == ("out", "answered", talked["account_id"])
    assert row["operator_id"] == talked["operator_id"]


@pytest.mark.usefixtures("voice")
async def test_nobody_free_within_the_grace_hears_who_called(here: Dialling) -> None:
    account, number = await here.debtor(Behaviour.HUMAN, rings=1.5, stays=20.0)
    anna = await here.operator("anna", "101")
    campaign = await here.campaign(account)
    await here.rung(lambda: here.calls(number), "it rings")
    await here.pause(anna)
    (attempt,) = await here.ended(campaign, 1)
    assert attempt["outcome"] == "abandoned"
    assert attempt["talking_at"] is None
    (rung,) = here.calls(number)
    assert 1.4 < rung.heard_at - rung.answered_at < 3.5
    assert rung.ended_at - rung.heard_at > 3
    assert not rung.by_us
    assert "abandoned" in await here.house.history(attempt["call_id"])
    assert (await here.klass(campaign))[account] == "waiting"


@pytest.mark.usefixtures("voice")
async def test_a_voice_tells_the_debt_to_who_proves_that_it_is_his(here: Dialling) -> None:
    heard, number = await here.debtor(Behaviour.HUMAN, stays=80.0)
    cut, _ = await here.debtor(Behaviour.HUMAN, stays=2.0)
    (row,) = await here.rows("select number from accounts where id = :key", key=heard)
    here.town.press(number, (5.0, "1"), (14.0, row["number"][-4:] + "#"), (26.0, "2"))
    campaign = await here.campaign(heard, cut, mode="notice")
    found = {one["account_id"]: one for one in await here.ended(campaign, 2, seconds=90)}
    assert (found[heard]["outcome"], found[heard]["disposition"]) == ("notice_heard", "PTP")
    assert found[cut]["outcome"] == "notice_cut"
    promises = await here.rows("select * from promises where account_id = :key", key=heard)
    assert [(one["call_id"], one["amount"]) for one in promises] == [(found[heard]["call_id"], Decimal("500.00"))]
    assert (await here.klass(campaign))[heard] == "reached_right_party"


async def test_who_pays_while_it_rings_is_not_rung_any_more(here: Dialling) -> None:
    account, number = await here.debtor(Behaviour.NO_ANSWER)
    anna = await here.operator("anna", "101")
    campaign = await here.campaign(account, ring_seconds=60)
    await here.rung(lambda: here.calls(number), "it rings")
    await here.house.sees(
        lambda floor: [(one.campaign_id, one.operators, one.ringing) for one in floor.campaigns] == [(campaign, 1, 1)],
        "supervisors see the campaign and that it rings",
    )
    await here.execute("update campaign_rows set paid_at = now() where campaign_id = :key", key=campaign)
    await here.execute("select pg_notify('busbar_outbound', 'paid')")
    await here.rung(lambda: here.calls(number)[0].ended_at, "it does not ring any more", 5)
    (attempt,) = await here.ended(campaign, 1)
    assert attempt["outcome"] == "cancelled"
    assert attempt["why"]["called_off"] == "paid"
    assert (await here.klass(campaign))[account] == "paid"
    await here.state(anna, OperatorState.READY)


async def test_a_floor_that_is_killed_calls_nobody_twice(here: Dialling) -> None:
    debtors = [await here.debtor(Behaviour.NO_ANSWER) for _ in range(2)]
    talker = await here.debtor(Behaviour.HUMAN, stays=60.0)
    for number, name in enumerate(("anna", "boris", "vera"), 101):
        await here.operator(name, str(number))
    campaign = await here.campaign(talker[0], *(account for account, _ in debtors), ring_seconds=12)
    await here.rung(lambda: all(here.calls(number) for _, number in debtors), "they ring")
    await here.rung(lambda: any(one.heard_at for one in here.calls(talker[1])), "he is talked to")
    here.house.floor.kill()
    here.house.floor.start()
    here.town.hang_up(talker[1])
    found = {one["account_id"]: one["outcome"] for one in await here.ended(campaign, 3, seconds=40)}
    assert found[talker[0]] == "talked"
    assert {found[account] for account, _ in debtors} <= {"no_answer", "unknown"}
    assert all(len(here.calls(number)) == 1 for _, number in [*debtors, talker])


async def test_a_card_is_read_before_the_number_is_dialled(here: Dialling) -> None:
    account, number = await here.debtor(Behaviour.HUMAN, stays=4.0)
    anna = await here.operator("anna", "101")
    campaign = await here.campaign(account, mode="preview", read_seconds=60)
    floor = await here.house.sees(lambda floor: floor.calls and floor.calls[0].debt, "the card")
    (call,) = floor.calls
    assert call.debt is not None
    assert (call.account_id, call.operator_id, call.debt.stage) == (account, anna, DebtStage.CARD)
    assert not here.calls(number)
    await here.wish(DialBack, anna, call_id=call.call_id)
    (attempt,) = await here.ended(campaign, 1)
    assert (attempt["outcome"], attempt["operator_id"]) == ("talked", anna)
    (rung,) = here.calls(number)
    assert rung.heard_at - rung.answered_at < 1


async def test_by_hand_the_gate_is_the_same(here: Dialling) -> None:
    owes, number = await here.debtor(Behaviour.HUMAN, stays=4.0)
    disputes, other = await here.debtor(Behaviour.HUMAN)
    statement = "update accounts set flags = flags || '[\"dispute\"]'::jsonb where id = :key"
    await here.execute(statement, key=disputes)
    anna = await here.operator("anna", "101")
    await here.wish(DialDebtor, anna, account_id=disputes, number=other)
    await here.wish(DialDebtor, anna, account_id=owes, number="+79169999999")
    await here.wish(DialDebtor, anna, account_id=owes, number=number)
    await here.rung(lambda: here.calls(number) and here.calls(number)[0].ended_at, "he was called", 20)
    found = await here.rows("select account_id, mode, campaign_id, policy from attempts")
    assert found == [{"account_id": owes, "mode": "manual", "campaign_id": None, "policy": "none@0"}]
    assert not here.calls(other)
