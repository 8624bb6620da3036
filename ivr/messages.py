"""Messages that callers leave, as files of the run folder: where they lie, whether anything is said in one (shell)."""

from __future__ import annotations

import array
import hashlib
import sys
import wave
from dataclasses import dataclass
from pathlib import Path

FOLDER = "messages"
FRAME_SECONDS = 0.02
LOUD = 600
"""Of 32,767: a quiet voice on a telephone reaches it, the hiss of a line does not."""
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
