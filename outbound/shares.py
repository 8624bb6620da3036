"""What share of calls is answered, by segment and hour, and how surely that is known (pure).

Three levels, each leaning on the one before where it has seen little: the campaign's last calls, the segment's last
calls, the segment's calls in this hour of the day. Each is a beta distribution (answered and not, out of so many); what
the level before says stands in it as so many imagined calls. Forgetting by halves keeps it close to the day's drift.
"""

from __future__ import annotations

from dataclasses import dataclass

MEMORY = 2_000.0
"""Calls of which more than this are known count half from then on."""
LEAN = 100.0
"""So many imagined calls the level before is worth."""
PRIOR = (1.0, 1.0)
"""Nothing is known at first: any share is as likely as any other."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share, and the calls it rests on."""

    mean: float
    calls: float

    @property
    def variance(self) -> float:
        """Of the beta distribution."""
        return self.mean * (1.0 - self.mean) / (self.calls + 1.0)


class Seen:
    """Calls that were answered, and all."""

    __slots__ = ("answered", "calls")

    def __init__(self) -> None:
        self.answered = 0.0
        self.calls = 0.0

    def note(self, *, answered: bool) -> None:
        """Take in how a call ended."""
        self.calls += 1.0
        self.answered += answered
        if self.calls > MEMORY:
            self.calls /= 2
            self.answered /= 2

    def share(self, lean: Share) -> Share:
        """Return the share, leaning on another."""
        weight = min(LEAN, lean.calls)
        calls = self.calls + weight
        return Share((self.answered + weight * lean.mean) / calls, calls)


class Shares:
    """Answered calls of a campaign."""

    __slots__ = ("_all", "_cells", "_segments")

    def __init__(self) -> None:
        self._all = Seen()
        self._segments: dict[str, Seen] = {}
        self._cells: dict[tuple[str, int], Seen] = {}

    def note(self, segment: str, hour: int, *, answered: bool) -> None:
        """Take in how a call ended."""
        cell = (segment, hour)
        if cell not in self._cells:
            self._cells[cell] = Seen()
            self._segments.setdefault(segment, Seen())
        self._all.note(answered=answered)
        self._segments[segment].note(answered=answered)
        self._cells[cell].note(answered=answered)

    def of(self, segment: str, hour: int) -> Share:
        """Return what share of a segment's calls is answered in an hour of the day."""
        yes, no = PRIOR
        share = self._all.share(Share(yes / (yes + no), yes + no))
        for seen in (self._segments.get(segment), self._cells.get((segment, hour))):
            if seen is not None:
                share = seen.share(share)
        return share
