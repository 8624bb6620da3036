"""Languages, recordings and the survey as callers meet them: real Asterisk, real synthesiser, real base."""

from __future__ import annotations

import math
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from crm_core import db
from crm_core.settings import Settings
from crm_core.store import phone_service, voices
from crm_core.store.voices import NewRecording, Place
from deploy.bench.caller import Caller
from ivr import library, sound
from ivr.effects import Sentence
from ivr.process import switchboard
from ivr.speech import Speaker, SpeechConfig
from ivr.spoken import TONGUES
from routing.views import CallPhase, OperatorState
from telephony.agi import AgiServer
from tests.ivr.house import KNOWN
from tests.ivr.speaking import espeak
from tests.ivr.test_voices import GOLDEN, SEVEN
from tests.routing.process import Station, only_call, operator_of, station
from tests.support.servers import AsteriskServer
from tests.support.waiting import eventually
from workstation.prompts import samples

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

BYE = (
    "name: main\nstart: bye\noperator: operator\nsteps: {bye: {hang_up: goodbye}, operator: {transfer: to_operator}}\n"
)
ASKED = "name: main\nstart: operator\noperator: operator\nsteps: {operator: {transfer: to_operator, survey: true}}\n"


@asynccontextmanager
async def serving(settings: Settings, flow: str = "") -> AsyncIterator[None]:
    """The IVR on this loop: prompts are made as they are needed, so that seven languages need no minute to start."""
    own = settings.run_dir / "ivr" / "main.yaml"
    if flow:
        own.parent.mkdir(exist_ok=True)
        own.write_text(flow, "utf-8")
    try:
        async with switchboard(settings) as board, AgiServer(settings.agi_host, settings.agi_port, board.answer):
            yield
            await board.drain(5)
    finally:
        own.unlink(missing_ok=True)


def call(settings: Settings, number: str = KNOWN) -> Caller:
    return Caller((settings.sip_host, settings.sip_port), settings.master_extension, number)


@pytest.mark.parametrize("language", SEVEN)
async def test_each_language_is_audible_and_level(language: str, tmp_path: Path) -> None:
    wordings = library.load((language,), tmp_path / "none").wordings
    voice = Speaker(SpeechConfig(command=espeak(), folder=tmp_path, recorded=tmp_path / "none"), wordings)
    day = next(value for value, _ in GOLDEN["ar"] if type(value).__name__ == "Day")
    values = samples("Sample Energy", "EUR", day.day)  # type: ignore[union-attr]
    sentences = [
        Sentence(prompt=prompt, language=language, values=tuple(sorted(values.items())))
        for prompt in ("greeting", "balance_due", "event_until", "status_due")
    ]
    lengths = []
    for file in await voice.files(sentences):
        heard, rate = sound.from_wav(file.read_bytes())
        assert rate == sound.RATE
        assert sound.audioop.rms(heard, 2) == pytest.approx(sound.LEVEL, rel=0.4)
        assert sound.audioop.max(heard, 2) <= sound.CEILING + 1
        lengths.append(sound.seconds(heard))
    assert all(0.8 < length < 20 for length in lengths), lengths
    assert len(set(lengths)) == len(lengths)


async def test_all_seven_are_offered_in_one_breath_and_the_chosen_one_is_spoken(
    house: Settings, asterisk: AsteriskServer
) -> None:
    settings = house.model_copy(update={"languages": SEVEN})
    async with serving(settings), call(settings) as caller:
        await caller.hear()
        await caller.press("5")
        await caller.hear()
        await caller.press("2")
        await caller.hear()
        before = caller.voiced
        await eventually(lambda: caller.voiced > before + 100, 20, "two seconds of Hungarian")
        await caller.hang_up()
        engine = db.engine(settings)
        walked = await eventually(lambda: _walked(engine), 10, "the way is kept")
        await engine.dispose()
    assert "language=hu" in walked


async def _walked(engine: object) -> str:
    from sqlalchemy import text  # noqa: PLC0415

    async with db.reading(engine) as connection:  # type: ignore[arg-type]
        row = (await connection.execute(text("select path::text from flow_walks limit 1"))).one_or_none()
    return "" if row is None else str(row[0])


def tone(seconds: float) -> bytes:
    count = int(seconds * sound.RATE)
    samples_ = (int(9000 * math.sin(2 * math.pi * 500 * at / sound.RATE)) for at in range(count))
    return sound.to_wav(b"".join(struct.pack("<h", one) for one in samples_))


async def test_a_recording_is_heard_from_the_next_call_on_and_taken_back_without_a_restart(
    house: Settings, asterisk: AsteriskServer
) -> None:
    engine = db.engine(house)
    place = Place(language="en", prompt="goodbye")

    async def voiced() -> int:
        async with call(house) as caller:
            await caller.is_hung_up_on()
            return caller.voiced

    try:
        async with serving(house, BYE):
            short = await voiced()
            new = NewRecording(sound=tone(5), file_name="me.wav", seconds=5, loudness=-14, peak=-11)
            async with db.transaction(engine) as connection:
                made = await voices.record(connection, place, new, None, instead_of=0)
            assert await voiced() > 230
            async with db.transaction(engine) as connection:
                back = await voices.record(connection, place, None, None, instead_of=made)
            assert await voiced() == pytest.approx(short, abs=15)
            async with db.transaction(engine) as connection:
                await voices.say(connection, place, "Goodbye, and many thanks once more for this call to us.", None,
                                 instead_of=back)  # fmt: skip
            assert await voiced() > short + 50
            assert short < 150
    finally:
        await engine.dispose()


@asynccontextmanager
async def talking(settings: Settings, floor: Station, caller: Caller) -> AsyncIterator[tuple[int, object]]:
    """A caller who talks with Anna, whose operator's leg is then hung up."""
    anna, phone = await floor.operator("anna", "101")
    ringing = await phone.incoming()
    ringing.answer()
    ringing.say()
    await floor.sees(lambda seen: only_call(seen) and seen.calls[0].phase is CallPhase.TALKING)
    yield anna, ringing


async def test_after_the_talk_the_caller_gives_marks_while_the_operator_writes_up(
    house: Settings, asterisk: AsteriskServer
) -> None:
    quick = house.model_copy(update={"wrap_up_seconds": 60})
    async with AsyncExitStack() as stack:
        floor = await stack.enter_async_context(station(quick))
        await stack.enter_async_context(serving(quick, ASKED))
        caller = await stack.enter_async_context(call(quick))
        async with talking(quick, floor, caller) as (anna, ringing):
            seen = await floor.sees(only_call)
            call_id = seen.calls[0].call_id
            ringing.hang_up()  # type: ignore[attr-defined]
            seen = await floor.sees(lambda seen: operator_of(seen, anna).state is OperatorState.WRAP_UP)  # type: ignore[arg-type]
            assert seen.calls[0].phase is CallPhase.WRAP_UP, "for everybody else the contact is over"
            await _asked(caller)
            await caller.press("5")
            await eventually(lambda: _marks(floor, call_id, {"service": 5}), 10, "the first mark is kept at once")
            await caller.hear()
            await caller.press("4")
            await caller.is_hung_up_on()
            await eventually(lambda: _marks(floor, call_id, {"service": 5, "solved": 4}), 10, "both marks")
            seen = await floor.sees(lambda seen: operator_of(seen, anna).state is OperatorState.WRAP_UP)  # type: ignore[arg-type]
            assert len(seen.calls) == 1
            row = await floor.row(call_id, lambda row: row["ended_at"] is not None)
            assert row["outcome"] == "answered"


async def test_hanging_up_in_the_survey_keeps_what_was_pressed(house: Settings, asterisk: AsteriskServer) -> None:
    async with AsyncExitStack() as stack:
        floor = await stack.enter_async_context(station(house))
        await stack.enter_async_context(serving(house, ASKED))
        caller = await stack.enter_async_context(call(house))
        async with talking(house, floor, caller) as (_, ringing):
            seen = await floor.sees(only_call)
            ringing.hang_up()  # type: ignore[attr-defined]
            await floor.sees(lambda seen: seen.calls[0].phase is CallPhase.WRAP_UP)
            await _asked(caller)
            await caller.press("2")
            await eventually(lambda: _marks(floor, seen.calls[0].call_id, {"service": 2}), 10, "the mark")
            await caller.hang_up()
        assert await _marks(floor, seen.calls[0].call_id, {"service": 2})


async def test_who_did_not_agree_is_not_asked(house: Settings, asterisk: AsteriskServer) -> None:
    async with AsyncExitStack() as stack:
        floor = await stack.enter_async_context(station(house))
        await stack.enter_async_context(serving(house, ASKED.replace(", survey: true", "")))
        caller = await stack.enter_async_context(call(house))
        async with talking(house, floor, caller) as (_, ringing):
            ringing.hang_up()  # type: ignore[attr-defined]
            await caller.is_hung_up_on(3)


async def _asked(caller: Caller) -> None:
    """Wait for a second of the survey's voice: the operator's, of the talk, is over."""
    before = caller.voiced
    await eventually(lambda: caller.voiced > before + 50, 20, "the first question")


async def _marks(floor: Station, call_id: str, wanted: dict[str, int]) -> bool:
    async with db.reading(floor.engine) as connection:
        return await phone_service.mark(connection, call_id) == wanted


def test_a_voice_that_nobody_can_follow_is_named() -> None:
    assert [code for code, tongue in TONGUES.items() if tongue.caution] == ["th"]
