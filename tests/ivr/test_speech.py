"""Speech: made once, kept by content, replaced by recordings; a broken synthesiser is said so."""

from __future__ import annotations

import asyncio
import os
import sys
import wave
from decimal import Decimal
from pathlib import Path

import pytest

from ivr import sound, speech
from ivr.effects import Sentence
from ivr.speech import Speaker, SpeechConfig, SpeechFailed
from ivr.spoken import Digits, Key, Money, Words
from ivr.wording import Wording
from tests.ivr.speaking import espeak
from tests.ivr.test_sound import tone, wav

pytestmark = pytest.mark.integration

UTILITY = ("utility", Words("Sample Energy"))
WORDINGS = {
    "en": Wording(
        language="en",
        prompts={
            "greeting": "Thank you for calling {utility}.",
            "balance": "The balance is {amount}. Thank you.",
            "confirm": "You keyed: {digits}.",
            "choose": "Press {key}.",
        },
    ),
    "ru": Wording(language="ru", prompts={"greeting": "Здравствуйте, это {utility}."}),
}
GREETING = Sentence(prompt="greeting", language="en", values=(UTILITY,))
BALANCE = Sentence(prompt="balance", language="en", values=(("amount", Money(Decimal("12.50"), "RUB")), UTILITY))

STUB = """
import sys, struct, math, pathlib
log, mode = sys.argv[1], sys.argv[2]
text = sys.stdin.read()
with open(log, "a") as file: file.write(text)
if mode == "fail": sys.exit("no such voice\\nreally")
if mode == "hang": __import__("signal").pause()
samples = b"" if mode == "empty" else b"".join(
    struct.pack("<h", int(9000 * math.sin(n / 9)) if mode != "silent" else 0) for n in range(22050))
head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 0x7ffff024, b"WAVE", b"fmt ", 16, 1, 1, 22050, 44100, 2, 16, b"data", 0x7ffff000)
sys.stdout.buffer.write(head + samples)
"""  # noqa: E501
"""A synthesiser that notes what it is asked, so that the cache can be seen at work."""


def speaker(folder: Path, mode: str = "speak", **more: object) -> Speaker:
    command = (sys.executable, "-c", STUB, str(folder / "asked"), mode)
    config = SpeechConfig(command=command, folder=folder / "made", recorded=folder / "recorded", **more)  # type: ignore[arg-type]
    return Speaker(config, WORDINGS)


def asked(folder: Path) -> list[str]:
    file = folder / "asked"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def record(folder: Path, name: str) -> Path:
    file = folder / "recorded" / "en" / f"{name}.wav"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(wav(tone(700, 16000), 16000))
    return file


async def test_a_real_voice_speaks_both_languages_fit_for_the_line(tmp_path: Path) -> None:
    config = SpeechConfig(command=espeak(), folder=tmp_path, recorded=tmp_path / "none")
    sentences = [GREETING, Sentence(prompt="greeting", language="ru", values=(UTILITY,)), BALANCE]
    for file in await Speaker(config, WORDINGS).files(sentences):
        with wave.open(str(file)) as heard:
            assert (heard.getnchannels(), heard.getsampwidth(), heard.getframerate()) == (1, 2, 8000)
            assert 1.0 < heard.getnframes() / 8000 < 6.0
        samples, _ = sound.from_wav(file.read_bytes())
        assert sound.audioop.rms(samples, 2) == pytest.approx(sound.LEVEL, rel=0.35)
        assert sound.audioop.max(samples, 2) <= sound.CEILING + 1


async def test_a_sentence_is_made_once_however_many_want_it(tmp_path: Path) -> None:
    voice = speaker(tmp_path)
    found = await asyncio.gather(*(voice.files([GREETING]) for _ in range(20)))
    assert len({file for files in found for file in files}) == 1
    assert asked(tmp_path) == ["Thank you for calling Sample Energy."]
    assert await speaker(tmp_path).files([GREETING]) == found[0]
    assert len(asked(tmp_path)) == 1


async def test_a_caller_who_leaves_does_not_spoil_it_for_the_next(tmp_path: Path) -> None:
    voice = speaker(tmp_path)
    first = asyncio.create_task(voice.files([GREETING]))
    second = asyncio.create_task(voice.files([GREETING]))
    await asyncio.wait({first}, timeout=0.01)
    first.cancel()
    assert await second
    assert len(asked(tmp_path)) == 1


async def test_no_half_file_is_ever_seen(tmp_path: Path) -> None:
    await speaker(tmp_path).files([GREETING, BALANCE])
    assert not [file for file in (tmp_path / "made").rglob("*") if file.name.endswith(".part")]


@pytest.mark.parametrize("mode", ["fail", "empty", "silent"])
async def test_a_synthesiser_that_fails_is_said_so(tmp_path: Path, mode: str) -> None:
    with pytest.raises(SpeechFailed) as failure:
        await speaker(tmp_path, mode).files([GREETING])
    assert "\n" not in str(failure.value)


async def test_a_synthesiser_that_hangs_is_ended(tmp_path: Path) -> None:
    with pytest.raises(SpeechFailed, match="more than"):
        await speaker(tmp_path, "hang", timeout=0.3).files([GREETING])


async def test_a_synthesiser_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    config = SpeechConfig(command=("/nonexistent/espeak-ng",), folder=tmp_path, recorded=tmp_path)
    with pytest.raises(SpeechFailed):
        await Speaker(config, WORDINGS).files([GREETING])


async def test_a_sentence_nobody_wrote_is_said_so(tmp_path: Path) -> None:
    voice = speaker(tmp_path)
    for sentence in (
        Sentence(prompt="missing", language="en"),
        Sentence(prompt="balance", language="en"),
        Sentence(prompt="greeting", language="xx"),
    ):
        with pytest.raises(SpeechFailed):
            await voice.files([sentence])


async def test_preparing_goes_on_after_a_failure_and_tells_how_far_it_is(tmp_path: Path) -> None:
    sentences = [Sentence(prompt="missing", language="en"), GREETING]
    assert [ready async for ready in speaker(tmp_path).prepare(sentences)] == [1, 2]
    assert asked(tmp_path) == ["Thank you for calling Sample Energy."]


async def test_a_recording_replaces_its_prompt_and_a_newer_one_replaces_it(tmp_path: Path) -> None:
    file = record(tmp_path, "greeting")
    voice = speaker(tmp_path)
    first = await voice.files([GREETING])
    assert asked(tmp_path) == []
    assert sound.from_wav(first[0].read_bytes())[1] == 8000
    os.utime(file, (1, 1))
    assert await voice.files([GREETING]) != first
    file.unlink()
    await voice.files([GREETING])
    assert asked(tmp_path) == ["Thank you for calling Sample Energy."]


async def test_a_recording_that_is_none_is_passed_over(tmp_path: Path) -> None:
    record(tmp_path, "greeting").write_bytes(b"MP3, honestly")
    await speaker(tmp_path).files([GREETING])
    assert len(asked(tmp_path)) == 1


async def test_pieces_are_recorded_around_a_synthesised_value(tmp_path: Path) -> None:
    record(tmp_path, "balance.1")
    voice = speaker(tmp_path)
    assert len(await voice.files([BALANCE])) == 1, "one piece alone does not fit a synthesised rest"
    record(tmp_path, "balance.2")
    assert len(await voice.files([BALANCE])) == 3
    assert asked(tmp_path) == ["The balance is twelve rubles fifty kopecks. Thank you.", "twelve rubles fifty kopecks"]


async def test_digits_are_recorded_one_by_one(tmp_path: Path) -> None:
    for name in ("confirm.1", "digit.1", "digit.2"):
        record(tmp_path, name)
    sentence = Sentence(prompt="confirm", language="en", values=(("digits", Digits("1211")), UTILITY))
    assert len(await speaker(tmp_path).files([sentence])) == 5
    assert asked(tmp_path) == []


async def test_values_with_amounts_do_not_pile_up(tmp_path: Path) -> None:
    voice = speaker(tmp_path, most_spoken=2)
    for amount in range(4):
        await voice.files(
            [Sentence(prompt="balance", language="en", values=(("amount", Money(Decimal(amount), "RUB")),))]
        )
    voice.prune()
    assert len(list((tmp_path / "made" / "en" / "spoken").glob("*.wav"))) == 2


async def test_an_offer_that_names_a_key_is_the_same_for_everyone(tmp_path: Path) -> None:
    record(tmp_path, "choose")
    files = await speaker(tmp_path).files([Sentence(prompt="choose", language="en", values=(("key", Key(1)),))])
    assert files[0].parent.name == "recorded"


def test_a_command_line_is_split_as_a_shell_would() -> None:
    assert speech.command("'/my parts/ld.so' --path x espeak-ng") == ("/my parts/ld.so", "--path", "x", "espeak-ng")
