"""The IVR as a caller meets it: a real call through a real Asterisk to the real process and a real base."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from redis.asyncio import Redis

from crm_core.accounts import with_check_digit
from crm_core.settings import Settings
from deploy.bench.caller import Caller, CallFailed
from ivr.attempts import Attempts
from telephony.events import CallMarked, LegEnded, LinkUp, Mark
from tests.ivr.house import KNOWN, ONE, SHARED, THREE, TWO, IvrProcess, account_id, readings
from tests.support.servers import AsteriskServer
from tests.support.waiting import eventually
from tests.telephony.diary import Diary

pytestmark = [pytest.mark.integration, pytest.mark.timeout(90)]


async def follow(caller: Caller, *presses: str) -> None:
    """Hear a prompt begin, press, and so on."""
    for keys in presses:
        await caller.hear()
        await caller.press(keys)


def call(settings: Settings, number: str = KNOWN) -> Caller:
    return Caller((settings.sip_host, settings.sip_port), settings.master_extension, number)


async def mark(diary: Diary, wanted: Mark) -> dict[str, str]:
    """Fields of the first such mark."""
    return (await diary.one(CallMarked, mark=wanted)).fields


async def test_a_recognised_caller_comes_to_the_queue_with_everything_known(
    house: Settings, ivr: IvrProcess, diary: Diary
) -> None:
    await diary.one(LinkUp)
    async with call(house) as caller:
        await follow(caller, "2", "0")
        waiting = await mark(diary, Mark.WAITING)
        assert caller.voiced > 20
    assert waiting["Account"] == str(account_id(house.database_url, ONE))
    assert waiting["Candidates"] == waiting["Account"]
    assert waiting["Language"] == "ru"
    assert waiting["Queue"] == "main"
    assert waiting["Path"] == "greeting;language=ru;recognise=1;events=0;menu=operator;operator"


async def test_two_accounts_on_a_number_are_candidates(house: Settings, ivr: IvrProcess, diary: Diary) -> None:
    await diary.one(LinkUp)
    async with call(house, SHARED) as caller:
        await follow(caller, "1", "0")
        waiting = await mark(diary, Mark.WAITING)
    ids = [str(account_id(house.database_url, number)) for number in (TWO, THREE)]
    assert waiting["Candidates"] == ",".join(ids)
    assert waiting["Account"] == ""


async def test_a_keyed_account_hears_its_balance_and_says_goodbye(
    house: Settings, ivr: IvrProcess, diary: Diary
) -> None:
    await diary.one(LinkUp)
    async with call(house, "+74955559999") as caller:
        await follow(caller, "1", "1", ONE)
        assert await caller.hear() < 5
        await caller.press("9")
        await caller.is_hung_up_on()
        served = await mark(diary, Mark.SERVED)
    assert served["Account"] == str(account_id(house.database_url, ONE))
    assert "account_for_balance=ok;balance=told;more=9;goodbye" in served["Path"]
    assert ONE not in served["Path"]
    assert not diary.all(CallMarked, mark=Mark.WAITING)


async def test_three_wrong_accounts_come_to_an_operator(house: Settings, ivr: IvrProcess, diary: Diary) -> None:
    await diary.one(LinkUp)
    async with call(house, "+74955559999") as caller:
        await follow(caller, "1", "1", "1234567890", "11#", "2222222222")
        waiting = await mark(diary, Mark.WAITING)
    assert waiting["Account"] == ""
    assert "account_for_balance=wrong" in waiting["Path"]
    assert waiting["Topic"] == "balance"


async def test_a_reading_is_read_back_and_stored(house: Settings, ivr: IvrProcess, diary: Diary) -> None:
    await diary.one(LinkUp)
    async with call(house) as caller:
        await follow(caller, "1", "2", "12210#", "1", "9")
        await caller.is_hung_up_on()
        served = await mark(diary, Mark.SERVED)
    assert readings(house.database_url) == [(ONE, 12210, "actual", "single")]
    assert "reading=saved" in served["Path"] or "reading=next_month" in served["Path"]


async def test_both_registers_are_stored_together(house: Settings, ivr: IvrProcess) -> None:
    async with call(house, SHARED) as caller:
        await follow(caller, "1", "2", TWO, "12210#", "1", "12110#")
        await caller.hear()
        assert readings(house.database_url) == []
        await caller.press("1")
        await caller.hear()
    assert readings(house.database_url) == [(TWO, 12210, "actual", "day"), (TWO, 12110, "actual", "night")]


async def test_a_refused_reading_is_explained_and_not_stored(house: Settings, ivr: IvrProcess, diary: Diary) -> None:
    await diary.one(LinkUp)
    async with call(house) as caller:
        await follow(caller, "1", "2", "11000#", "1", "0#")
        waiting = await mark(diary, Mark.WAITING)
    assert readings(house.database_url) == []
    assert "reading=operator" in waiting["Path"]
    assert waiting["Topic"] == "reading"


async def test_who_hangs_up_in_the_middle_has_stored_nothing(house: Settings, ivr: IvrProcess, diary: Diary) -> None:
    await diary.one(LinkUp)
    async with call(house) as caller:
        await follow(caller, "1", "2", "12210#")
        await caller.hear()
    await diary.one(LegEnded)
    await eventually(lambda: "caller_hung_up" in ivr.log(), 5, "the IVR noticed")
    assert readings(house.database_url) == []


async def test_a_killed_ivr_loses_no_caller(house: Settings, ivr: IvrProcess, diary: Diary) -> None:
    await diary.one(LinkUp)
    async with call(house) as caller:
        await follow(caller, "2")
        await caller.hear()
        ivr.kill()
        waiting = await mark(diary, Mark.WAITING)
    assert diary.all(CallMarked, mark=Mark.IVR_FAILED)
    assert waiting["Account"] == str(account_id(house.database_url, ONE))
    assert waiting["Language"] == "ru"


async def test_without_an_ivr_a_caller_comes_to_the_queue(
    house: Settings, asterisk: AsteriskServer, diary: Diary
) -> None:
    await diary.one(LinkUp)
    async with call(house):
        await mark(diary, Mark.WAITING)


async def test_a_stopped_ivr_lets_its_callers_finish(
    house: Settings, asterisk: AsteriskServer, diary: Diary, tmp_path: Path
) -> None:
    # Another caller dials, and one presses a key, while it drains: as long as that takes here, it must not give up.
    ivr = IvrProcess(house, tmp_path, drain=60)
    ivr.start()
    try:
        await diary.one(LinkUp)
        async with call(house) as caller:
            await follow(caller, "1")
            await caller.hear()
            assert ivr.process is not None
            ivr.process.send_signal(signal.SIGTERM)
            await eventually(lambda: "draining" in ivr.log(), 20, "the IVR drains")
            async with call(house, SHARED):
                await diary.one(CallMarked, mark=Mark.IVR_FAILED)
            await caller.press("0")
            await eventually(lambda: diary.all(CallMarked, mark=Mark.WAITING)[1:], 20, "both wait")
            assert len(diary.all(CallMarked, mark=Mark.IVR_FAILED)) == 1
            await eventually(lambda: ivr.process is not None and ivr.process.poll() == 0, 20, "it ended cleanly")
    finally:
        ivr.stop()
        print(ivr.log())  # noqa: T201 - shown when the test fails


async def test_who_connects_and_closes_disturbs_nobody(house: Settings, ivr: IvrProcess) -> None:
    for data in (b"", b"agi_network: yes\n", b"\n\n", b"\x00" * 10_000, b"GET / HTTP/1.1\r\n\r\n"):
        _, writer = await asyncio.open_connection(house.agi_host, house.agi_port)
        writer.write(data)
        writer.close()
    async with call(house) as caller:
        await follow(caller, "1")
        assert await caller.hear() < 5


async def test_without_a_base_the_caller_is_told_and_passed_on(
    house: Settings, asterisk: AsteriskServer, diary: Diary, tmp_path: Path
) -> None:
    broken = house.model_copy(update={"database_url": "postgresql+psycopg://nobody@127.0.0.1:1/none"})
    process = IvrProcess(broken, tmp_path)
    process.start()
    try:
        await diary.one(LinkUp)
        async with call(house) as caller:
            await follow(caller, "1")
            await caller.hear()
            waiting = await mark(diary, Mark.WAITING)
        assert waiting["Path"] == "greeting;language=en;recognise=failed;trouble"
    finally:
        process.stop()


async def test_without_a_voice_the_caller_comes_to_the_queue(
    house: Settings, asterisk: AsteriskServer, diary: Diary, tmp_path: Path
) -> None:
    mute = house.model_copy(update={"espeak": "/nonexistent/espeak-ng", "speech_dir": tmp_path / "speech"})
    process = IvrProcess(mute, tmp_path)
    process.start()
    try:
        await diary.one(LinkUp)
        async with call(house):
            await mark(diary, Mark.WAITING)
        assert not diary.all(CallMarked, mark=Mark.IVR_FAILED)
    finally:
        process.stop()


async def test_a_number_that_guesses_is_told_wrong_even_when_it_is_right(
    house: Settings, ivr: IvrProcess, diary: Diary
) -> None:
    await diary.one(LinkUp)
    async with Redis.from_url(house.redis_url) as redis:
        attempts = Attempts(redis)
        for _ in range(8):
            await attempts.note("+74955550666")
    async with call(house, "+74955550666") as caller:
        await follow(caller, "1", "1", with_check_digit("999999999"), ONE, "0#")
        waiting = await mark(diary, Mark.WAITING)
    assert waiting["Account"] == ""


async def test_a_caller_nobody_answers_fails_loudly(house: Settings) -> None:
    with pytest.raises(CallFailed):
        async with Caller((house.sip_host, 9), "100", KNOWN):
            pass
