"""The voice: prompts played to one caller, and a key asked for (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ivr.effects import Sentence
from ivr.speech import Speaker, SpeechFailed
from telephony.agi import AgiCall, Digits
from telephony.errors import SwitchRefused

KEY_MS = 6000
"""How long a caller may think about a question that one key answers."""


class Voice:
    """Speaks to one caller.

    Args:
        call: his.
        speaker: makes the prompts.

    """

    def __init__(self, call: AgiCall, speaker: Speaker) -> None:
        self._call, self._speaker = call, speaker

    async def say(self, *parts: Sentence) -> None:
        """Say sentences to their end.

        Raises:
            SpeechFailed: they could not be made, or played.
            AgiHungUp: he is gone.

        """
        if parts:
            prompt = await self._speaker.file(parts)
            try:
                await self._call.say(for_asterisk(prompt))
            except SwitchRefused as refusal:
                raise SpeechFailed(f"Asterisk cannot play {prompt}: {refusal}") from refusal

    async def ask(self, question: Sentence) -> str:
        """Say a question and return the one key that answers it, "" for none.

        Raises:
            SpeechFailed: it could not be made, or played.
            AgiHungUp: he is gone.

        """
        return (await self.keys([question], KEY_MS, 1)).keys

    async def keys(self, parts: Sequence[Sentence], timeout_ms: int, digits: int) -> Digits:
        """Say sentences that any key interrupts, and take at most so many keys.

        Raises:
            SpeechFailed: they could not be made, or played.
            AgiHungUp: he is gone.

        """
        prompt = await self._speaker.file(parts)
        try:
            return await self._call.get_data(for_asterisk(prompt), timeout_ms, digits)
        except SwitchRefused as refusal:
            raise SpeechFailed(f"Asterisk cannot play {prompt}: {refusal}") from refusal


def for_asterisk(file: Path) -> str:
    """Return a file as Asterisk names it: absolute, without its suffix."""
    return str(file.with_suffix(""))
