"""The floor's recent news, kept so that a browser that blinked is told what it missed (pure)."""

from __future__ import annotations

from collections import deque

from routing.news import Envelope


class Ring:
    """Last `size` envelopes of one epoch, in number order; a new epoch empties it."""

    def __init__(self, size: int = 2000) -> None:
        self.epoch = ""
        self.number = 0
        """Number of the newest envelope."""
        self._first = 0
        self._news: deque[Envelope] = deque(maxlen=size)

    def add(self, envelope: Envelope) -> bool:
        """Take the next envelope in.

        Returns:
            True when it continues what is here; False when numbers were missed or the epoch is new, so
            that every screen needs a snapshot.

        """
        continues = envelope.epoch == self.epoch and envelope.number == self.number + 1
        if not continues:
            self._news.clear()
            self.epoch = envelope.epoch
        self._news.append(envelope)
        self.number = envelope.number
        return continues

    def knows(self, envelope: Envelope) -> bool:
        """Say whether the envelope was taken in before (a reader that reconnected may repeat itself)."""
        return envelope.epoch == self.epoch and envelope.number <= self.number

    def since(self, epoch: str, after: int) -> list[Envelope] | None:
        """Return the news after a number, or None when some of it is gone and a snapshot is needed."""
        if epoch != self.epoch or after > self.number:
            return None
        if not self._news or self._news[0].number > after + 1:
            return None
        missed = self.number - after
        return [self._news[at] for at in range(len(self._news) - missed, len(self._news))]
