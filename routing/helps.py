"""A supervisor's help in a talk: its life as one table, and who helps whom now (pure).

docs/lives/help.md is drawn from TRANSITIONS. A pair that is not there changes nothing, so late and doubled words of the
switch do no harm. What is wished and what the switch reports of it is in `routing.helping`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from routing.effects import Effect, Tell
from routing.news import HelpChanged, HelpGone
from routing.views import HelpView, How, OperatorId
from telephony.events import CallId, ChannelName, LegId, Node

HELP: Final = "help-"
"""Legs of who helps: neither offers nor anybody's contact."""


class Stage(StrEnum):
    """How far a help is."""

    REQUESTED = "requested"
    """Ordered; the switch has not said yet that it is so."""
    CONFIRMED = "confirmed"
    """The switch's word."""
    PAUSED = "paused"
    """A card number is read out: who helps hears and says nothing."""
    TAKING = "taking"
    """The caller is being given to him."""
    TAKEN = "taken"
    """He has the caller; the operator writes up."""
    OVER = "over"


class Step(StrEnum):
    """What happens to a help."""

    CHANGE = "wishes another way, or another talk"
    HEAR = "the switch lets him in"
    SILENCE = "a payment begins, or still goes on"
    TAKE = "wishes to take the caller over"
    FAIL = "the switch refuses to give him the caller"
    MEET = "he and the caller are together"
    LEAVE = "his leg, or the talk, is over"


_REQUESTED, _CONFIRMED, _PAUSED = Stage.REQUESTED, Stage.CONFIRMED, Stage.PAUSED
_TAKING, _TAKEN, _OVER = Stage.TAKING, Stage.TAKEN, Stage.OVER

TRANSITIONS: Final[Mapping[tuple[Stage, Step], Stage]] = {
    (_REQUESTED, Step.CHANGE): _REQUESTED,
    (_REQUESTED, Step.HEAR): _CONFIRMED,
    (_REQUESTED, Step.SILENCE): _PAUSED,
    (_REQUESTED, Step.LEAVE): _OVER,
    (_CONFIRMED, Step.CHANGE): _REQUESTED,
    (_CONFIRMED, Step.SILENCE): _PAUSED,
    (_CONFIRMED, Step.TAKE): _TAKING,
    (_CONFIRMED, Step.LEAVE): _OVER,
    (_PAUSED, Step.CHANGE): _REQUESTED,  # Of another talk; the switch itself keeps him out of this one.
    (_PAUSED, Step.HEAR): _CONFIRMED,
    (_PAUSED, Step.LEAVE): _OVER,
    (_TAKING, Step.FAIL): _CONFIRMED,
    (_TAKING, Step.MEET): _TAKEN,
    (_TAKING, Step.LEAVE): _OVER,
    (_TAKEN, Step.LEAVE): _OVER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """One help now."""

    leg: LegId
    node: Node
    by: OperatorId
    """Who helps; no operator of the floor."""
    by_name: str
    operator_id: OperatorId
    """Whom he helps."""
    call_id: CallId
    spied: LegId
    """The operator's leg."""
    how: How
    stage: Stage = Stage.REQUESTED
    since: datetime
    told: bool = True
    """The operator sees it."""
    channel: ChannelName | None = None

    @property
    def view(self) -> HelpView:
        """What screens show."""
        return HelpView(
            help_id=self.leg, by=self.by, by_name=self.by_name, operator_id=self.operator_id, call_id=self.call_id,
            how=self.how, stage=self.stage.value, since=self.since, told=self.told,
        )  # fmt: skip


def advance(one: Help, step: Step, now: datetime) -> Help:
    """Return the help after a step; one out of turn changes nothing."""
    stage = TRANSITIONS.get((one.stage, step))
    return one if stage is None or stage is one.stage else replace(one, stage=stage, since=now)


class Helps:
    """All of them, by the leg of who helps, and what screens were told of them."""

    def __init__(self) -> None:
        self.by_leg: dict[LegId, Help] = {}
        self.names: dict[OperatorId, str] = {}
        """What those were called who helped when an earlier floor ended: no channel says it."""
        self._told: dict[LegId, HelpView] = {}
        self._dirty: dict[LegId, str] = {}

    def put(self, one: Help) -> Help:
        """Take a help's new value in."""
        self.by_leg[one.leg] = one
        self._dirty[one.leg] = ""
        return one

    def drop(self, leg: LegId, reason: str) -> None:
        """Forget a help that is over."""
        self.by_leg.pop(leg, None)
        self._dirty[leg] = reason

    def by(self, who: OperatorId) -> Help | None:
        """Return what somebody helps with: one talk at a time."""
        return next((one for one in self.by_leg.values() if one.by == who), None)

    def of_call(self, call_id: str) -> list[Help]:
        """Return who helps in a talk."""
        return [one for one in self.by_leg.values() if one.call_id == call_id]

    def views(self) -> tuple[HelpView, ...]:
        """Return all, by their legs."""
        return tuple(self.by_leg[leg].view for leg in sorted(self.by_leg))

    def told_views(self) -> tuple[HelpView, ...]:
        """Return all as they were told last."""
        return tuple(self._told[leg] for leg in sorted(self._told))

    def at_desk(self, operator_id: OperatorId) -> tuple[HelpView, ...]:
        """Return what an operator is to see of help in his talk."""
        return tuple(one for one in self.told_views() if one.operator_id == operator_id and one.told)

    def drain(self) -> Iterable[Effect]:
        """Yield the news that brings every screen up to date."""
        dirty, self._dirty = self._dirty, {}
        for leg, reason in dirty.items():
            told, one = self._told.get(leg), self.by_leg.get(leg)
            view = one.view if one is not None else None
            if view == told:
                continue
            gone = told is not None and (view is None or view.operator_id != told.operator_id)
            if told is not None and gone:
                yield Tell(HelpGone(help_id=leg, reason=reason or "moved"), _desks(told))
            if view is None:
                self._told.pop(leg, None)
            else:
                self._told[leg] = view
                yield Tell(HelpChanged(help=view), _desks(view))


def _desks(view: HelpView) -> tuple[OperatorId, ...]:
    return (view.operator_id,) if view.told else ()
