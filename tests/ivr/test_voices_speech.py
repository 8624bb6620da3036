"""What the office recorded is played before everything else; what is kept has a bound."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from ivr import speech
from ivr.effects import Sentence
from ivr.spoken import Money
from ivr.wording import Fault, Wording, faults
from tests.ivr.test_sound import tone, wav
from tests.ivr.test_speech import GREETING, WORDINGS, asked, record, speaker

pytestmark = pytest.mark.integration


def office(folder: Path, name: str) -> Path:
    file = folder / "made" / "en" / "office" / f"{name}.wav"
    speech.put(wav(tone(500, 8000), 8000), file)
    return file


async def test_the_offices_recording_is_played_before_a_files_and_the_voice(tmp_path: Path) -> None:
    record(tmp_path, "greeting")
    voice, mine = speaker(tmp_path), office(tmp_path, "greeting")
    voice.take(WORDINGS, {("en", "greeting"): mine})
    assert await voice.files([GREETING]) == [mine]
    voice.take(WORDINGS, {})
    assert (await voice.files([GREETING]))[0].parent.name == "recorded"
    assert asked(tmp_path) == []


async def test_other_words_are_said_from_the_next_sentence_on(tmp_path: Path) -> None:
    voice = speaker(tmp_path)
    await voice.files([GREETING])
    words = {**WORDINGS, "en": Wording(language="en", prompts={"greeting": "Good day."})}
    voice.take(words, {})
    await voice.files([GREETING])
    assert asked(tmp_path) == ["Thank you for calling Sample Energy.", "Good day."]


async def test_everything_that_is_kept_has_a_bound_and_the_offices_own_is_never_removed(tmp_path: Path) -> None:
    voice = speaker(tmp_path, most_spoken=2, most_plain=3)
    mine = office(tmp_path, "greeting")
    for number in range(6):
        words = Wording(language="en", prompts={"greeting": f"Number {number}.", "b": "It is {amount}."})
        voice.take({"en": words}, {})
        value = (("amount", Money(Decimal(number), "RUB")),)
        files = await voice.files([Sentence(prompt="greeting", language="en"),
                                   Sentence(prompt="b", language="en", values=value)])  # fmt: skip
        for file in files:
            os.utime(file, (number, number))
    voice.prune()
    made = tmp_path / "made" / "en"
    assert (len(list(made.glob("*.wav"))), len(list((made / "spoken").glob("*.wav")))) == (3, 2)
    assert mine.exists()
    newest = await voice.files([Sentence(prompt="greeting", language="en")])
    assert newest[0].exists()
    assert asked(tmp_path).count("Number 5.") == 1, "the newest ones stay"


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("You owe {amount} by {due}, says {utility}.", ()),
        ("By {due}: {amount}.", ()),
        ("You owe {amount}.", ((Fault.MISSING_PLACE, "due"),)),
        ("{amount} {due} {name}!?", ((Fault.EMPTY, ""),)),
        ("You owe {amount} by {due} {name}", ((Fault.UNKNOWN_PLACE, "name"),)),
        ("You owe {amount", ((Fault.BRACES, ""),)),
        ("You owe {amount!r} by {due:>9}", ((Fault.BRACES, ""),)),
        ("You owe {0} {due.year}", ((Fault.BRACES, ""),)),
    ],
)
def test_other_words_must_name_the_same_values(sentence: str, found: tuple[tuple[Fault, str], ...]) -> None:
    shipped = Wording(language="en", prompts={"b": "Pay {amount} until {due}."})
    assert faults(sentence, shipped, "b") == found
