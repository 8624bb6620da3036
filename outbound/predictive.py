"""The pacing of a house at work: a history for each campaign, progressive ones bound to their operators (pure).

`outbound.pacing` decides; here the dialler's words become its load, cap and facts. A history begins with what is on
record of the window (`remember`), so that a floor that starts again does not forget what was abandoned.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, tzinfo

from outbound.abandonment import Cap
from outbound.history import Abandoned, Answered, Connected, Fact, History, Talked, Unanswered, Wrapped
from outbound.pace import Lot, Placing
from outbound.pacing import Load, calls_to_place
from outbound.terms import Mode


class Predictive:
    """Paces every campaign of a house.

    Args:
        zone: of the house, whose days the windows are made of.

    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._histories: dict[int, History] = {}

    def knows(self, campaign_id: int) -> bool:
        """Whether a campaign's past was read."""
        return campaign_id in self._histories

    def remember(self, campaign_id: int, facts: Iterable[Fact]) -> None:
        """Begin a campaign's history with what is on record, in the order of its moments."""
        history = self._histories[campaign_id] = History()
        for fact in facts:
            history.note(fact)

    def calls(self, lot: Lot, now: datetime) -> Placing:
        """Return how many calls a campaign places now, with what replays the decision."""
        load = Load(
            idle=lot.idle,
            talking=tuple(map(int, lot.talking)),
            wrapping=tuple(map(int, lot.wrapping)),
            ringing=(("", tuple(map(int, lot.ringing))),) if lot.ringing else (),
            waiting=lot.waiting,
            lines=lot.lines,
            left=lot.left,
        )
        share = lot.cap if lot.mode is Mode.PREDICTIVE else 0.0
        cap = Cap(share=min(share, 0.999), days=lot.days, zone=self._zone)
        decision = calls_to_place(load, self._history(lot.campaign_id), cap, now)
        why = {"code": decision.code.value, "allowed": round(decision.allowed, 5), "grounds": asdict(decision.grounds)}
        return Placing(calls=max(0, min(decision.calls, lot.lines)), why=why)

    def saw(self, campaign_id: int, what: str, seconds: float, now: datetime, operator_id: int | None) -> None:
        """Learn what became of a call of a campaign."""
        fact = fact_of(what, seconds, now, operator_id)
        if fact is not None:
            self._history(campaign_id).note(fact)

    def _history(self, campaign_id: int) -> History:
        return self._histories.setdefault(campaign_id, History())


def fact_of(what: str, seconds: float, at: datetime, operator_id: int | None) -> Fact | None:  # noqa: PLR0911 - one each
    """Return a lesson of the dialler as a fact of the history; None for what it does not know."""
    match what:
        case "answered" | "machine":
            return Answered(at=at, segment="", seconds=max(0.0, seconds), person=what == "answered")
        case "unanswered":
            return Unanswered(at=at, segment="", seconds=max(0.0, seconds))
        case "abandoned":
            return Abandoned(at=at)
        case "connected" if operator_id is not None:
            return Connected(at=at, operator=operator_id)
        case "talked" if operator_id is not None:
            return Talked(at=at, operator=operator_id)
        case "wrapped" if operator_id is not None:
            return Wrapped(at=at, operator=operator_id)
        case _:
            return None
