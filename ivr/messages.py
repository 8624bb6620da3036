"""Messages that callers leave, as files of the run folder: where they lie, whether anything is said in one (shell)."""

from __future__ import annotations

import array
import hashlib
import math
import os
import sys
import wave
from dataclasses import dataclass
from pathlib import Path

FOLDER = "messages"
FRAME_SECONDS = 0.02
LOUD = 600
"""Of 32,767: a quiet voice on a telephone reaches it, the hiss of a line does not."""
RATE, TONE_HERTZ, TONE_SECONDS = 8000, 880, 0.3
LEAST_SECONDS = 0.5
"""Of voice, or nothing was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a file holds."""

    seconds: int
    voiced: float

    @property
    def empty(self) -> bool:
        """Nobody said anything."""
        return self.voiced < LEAST_SECONDS


def place(run_dir: Path, call_id: str) -> Path:
    """Return where the message of a call lies; nothing of the call's name stands in the file's."""
    folder = (run_dir / FOLDER).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{hashlib.sha256(call_id.encode()).hexdigest()[:32]}.wav"


def tone(run_dir: Path) -> Path:
    """Return the tone that says when to speak: a third of a second, soft at both ends; made when it is not there."""
    file = (run_dir / FOLDER).resolve() / "tone.wav"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        count = int(RATE * TONE_SECONDS)
        samples = array.array(
            "h",
            (
                int(9000 * math.sin(math.pi * at / count) * math.sin(2 * math.pi * TONE_HERTZ * at / RATE))
                for at in range(count)
            ),
        )
        if sys.byteorder == "big":
            samples.byteswap()
        part = file.with_suffix(f".{os.getpid()}.part")
        with wave.open(str(part), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(RATE)
            sound.writeframes(samples.tobytes())
        part.replace(file)
    return file


def listen(file: Path) -> Heard:
    """Measure a message as Asterisk wrote it: 16 bit, one channel; a file that is none holds nothing."""
    try:
        with wave.open(str(file), "rb") as sound:
            rate, width = sound.getframerate(), sound.getsampwidth()
            samples = array.array("h", sound.readframes(sound.getnframes())) if width == 2 else array.array("h")
    except (OSError, EOFError, wave.Error, ValueError):
        return Heard(seconds=0, voiced=0.0)
    if sys.byteorder == "big":
        samples.byteswap()
    frame = max(1, int(rate * FRAME_SECONDS))
    frames = (samples[at : at + frame] for at in range(0, len(samples), frame))
    loud = sum(max(map(abs, one), default=0) > LOUD for one in frames)
    return Heard(seconds=round(len(samples) / rate), voiced=loud * FRAME_SECONDS)
