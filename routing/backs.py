"""Attempts to call somebody back that are under way, by call and by number; who is on the line by himself (pure)."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from crm_core.callbacks import Ending, Standing
from routing.calls import ENDED, WRAP_UP, Call
from routing.dials import is_out
from routing.views import BackStage, BackView
from telephony.events import CallId, LegSeen, Node

NAME = re.compile(r".+-back[0-9]+\.[0-9]+")
"""What `crm_core.callbacks.leg_of` makes."""
LONGEST_NOTE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """One attempt to call somebody back."""

    standing: Standing
    node: Node
    stage: BackStage = BackStage.STANDING
    dial_at: datetime | None = None
    made: bool = True
    """Its stand-in was ordered; False while its subscriber is on the line with us, mostly just asking for it."""
    asked: bool = False
    """The book was asked whether it may be dialled, and did not answer yet."""
    gone: bool = False
    """The stand-in ended meanwhile."""
    ending: Ending | None = None
    """We ended it, or know how it ended."""
    cause: int = 0
    """Q.850 cause with which the stand-in ended."""

    @property
    def call_id(self) -> CallId:
        """Of the stand-in."""
        return CallId(self.standing.call_id)

    @property
    def view(self) -> BackView:
        """What screens show."""
        return BackView(
            callback_id=self.standing.callback_id,
            stage=self.stage,
            tries=self.standing.tries,
            wanted_at=self.standing.wanted_at,
            note=self.standing.note[:LONGEST_NOTE],
            dial_at=self.dial_at if self.stage is BackStage.CARD else None,
        )


class Backs:
    """Attempts under way, and who is on the line by himself."""

    def __init__(self) -> None:
        self.by_call: dict[CallId, Back] = {}
        self._by_number: dict[str, set[CallId]] = defaultdict(set)
        self._on_line: dict[str, set[CallId]] = defaultdict(set)
        self.freed: list[str] = []
        """Numbers that have left the line, until `stand_held` has looked at them."""
        self.far: dict[CallId, LegSeen] = {}
        """Other halves of stand-ins, as a node told them in its snapshot."""

    def put(self, back: Back) -> Back:
        """Take an attempt's new value in."""
        self.by_call[back.call_id] = back
        for number in _numbers(back):
            self._by_number[number].add(back.call_id)
        return back

    def drop(self, call_id: CallId) -> None:
        """Forget an attempt that is over."""
        back = self.by_call.pop(call_id, None)
        for number in _numbers(back) if back is not None else ():
            _discard(self._by_number, number, call_id)

    def follow(self, call: Call, *, gone: bool = False) -> None:
        """Know who is on the line with us by himself."""
        if call.number and not is_back(call.call_id) and not is_out(call.call_id):
            if gone or call.phase in {WRAP_UP, ENDED}:
                _discard(self._on_line, call.number, call.call_id)
                if call.number in self._by_number:
                    self.freed.append(call.number)
            else:
                self._on_line[call.number].add(call.call_id)

    def of_number(self, number: str) -> list[Back]:
        """Return the attempts to call this number, or asked from it."""
        return [self.by_call[one] for one in sorted(self._by_number.get(number, ()))]

    def on_line(self, number: str) -> bool:
        """Whether whoever has this number is on the line with us by himself."""
        return number in self._on_line

    def calling(self, back: Back) -> bool:
        """Whether he whom we want to call is on the line with us already."""
        return any(number in self._on_line for number in _numbers(back))


def _numbers(back: Back) -> set[str]:
    return {back.standing.number, back.standing.caller} - {""}


def _discard(index: dict[str, set[CallId]], number: str, call_id: CallId) -> None:
    there = index.get(number)
    if there is not None:
        there.discard(call_id)
        if not there:
            del index[number]


def is_back(call_id: str) -> bool:
    """Whether a call is a stand-in's."""
    return NAME.fullmatch(call_id) is not None
