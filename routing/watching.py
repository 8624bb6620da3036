"""The floor under watch: its figures are judged at most once a second, and alerts are told to supervisors (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crm_core.store.troubles import Troubles
from routing.alerts import SHOWN, Alert, Key, Kind, Reading, judge
from routing.effects import AlertFact, Effect, Record, Tell
from routing.news import AlertGone, AlertRaised, TrunkChanged
from routing.views import AlertView, OperatorState, TrunkView
from telephony import health
from telephony.events import CallEvent

if TYPE_CHECKING:
    from routing.hall import Hall
    from routing.telling import Queue

EVERY = timedelta(seconds=1)
"""Between two looks: so many events may come meanwhile as will."""
FEWEST = 10
"""Callers of the last half hour below which a share says nothing."""


class Watch:
    """What is alarming now."""

    def __init__(self) -> None:
        self._alerts: Mapping[Key, Alert] = {}
        self._told: dict[Key, AlertView] = {}
        self._standings: dict[health.Key, health.Standing] = {}
        self._trunks: dict[tuple[str, str], TrunkView] = {}
        self._moved: dict[tuple[str, str], None] = {}
        self.troubles = Troubles()
        """What went wrong beside the line, as the record says."""
        self._looked: datetime | None = None
        self._again_at: datetime | None = None

    def hear(self, event: CallEvent, now: datetime) -> None:
        """Take in what an event says of trunks; most say nothing of them and cost a look."""
        if type(event) not in health.HEARD:
            return
        for one in health.learn(self._standings, event, now):
            self._standings[one.key] = one
            if one.kind is health.Kind.TRUNK:
                up = None if one.state is health.State.UNKNOWN else one.state is health.State.UP
                key = (str(one.node), one.name)
                self._trunks[key] = TrunkView(node=one.node, trunk=one.name, up=up, since=one.since)
                self._moved[key] = None

    def drain(self) -> Iterator[Effect]:
        """Yield the news of trunks."""
        moved, self._moved = self._moved, {}
        for key in moved:
            yield Tell(TrunkChanged(trunk=self._trunks[key]))

    def trunks(self) -> tuple[TrunkView, ...]:
        """Return all trunks that were heard of."""
        return tuple(self._trunks[key] for key in sorted(self._trunks))

    def due(self, now: datetime) -> bool:
        """Whether it is time to look; when it is not, look soon, for something has happened."""
        if self._looked is None or now >= self._looked + EVERY:
            return True
        if self._again_at is None or self._again_at > self._looked + EVERY:
            self._again_at = self._looked + EVERY
        return False

    def next_look(self) -> datetime | None:
        """Return when to look should nothing happen before; None when there is nothing to look at."""
        return self._again_at

    def look(self, hall: Hall, now: datetime) -> Iterator[Effect]:
        """Judge the figures; yield the news."""
        judged = judge(self._alerts, readings(hall, now), now)
        self._alerts, self._looked, self._again_at = judged.alerts, now, judged.again_at
        if self._again_at is not None:
            self._again_at = max(self._again_at, now + EVERY)
        shown = {key: _view(one) for key, one in judged.alerts.items() if one.stage in SHOWN}
        for key in [one for one in self._told if one not in shown]:
            view = self._told.pop(key)
            yield Tell(AlertGone(kind=view.kind, subject=view.subject))
            yield Record(AlertFact(kind=view.kind, subject=view.subject, over=True, at=now))
        for key, view in shown.items():
            if self._told.get(key) != view:
                self._told[key] = view
                yield Tell(AlertRaised(alert=view))
                yield Record(AlertFact(kind=view.kind, subject=view.subject, over=False, at=view.raised_at))

    def views(self) -> tuple[AlertView, ...]:
        """Return what is alarming, as it was told."""
        return tuple(self._told[key] for key in sorted(self._told))


def _view(one: Alert) -> AlertView:
    return AlertView(kind=one.kind.value, subject=one.subject, raised_at=one.raised_at or one.since)


def readings(hall: Hall, now: datetime) -> Iterable[Reading]:
    """Yield every figure that is watched."""
    for name, queue in hall.queues.items():
        yield from _of_queue(name, queue, now)
    for operator in hall.operators.values():
        if operator.state is OperatorState.WRAP_UP:
            seconds = (now - operator.since).total_seconds()
            yield Reading(kind=Kind.WRAP_UP, subject=str(operator.operator_id), value=seconds, grows=True)
    for node, up in hall.nodes.items():
        yield Reading(kind=Kind.NODE, subject=node, value=0.0 if up else 1.0)
    yield Reading(kind=Kind.RECORDING, subject="", value=hall.watch.troubles.recordings)
    yield Reading(kind=Kind.IMPORT, subject="", value=hall.watch.troubles.imports)
    for trunk in hall.watch.trunks():
        if trunk.up is not None:
            yield Reading(kind=Kind.TRUNK, subject=f"{trunk.node}/{trunk.trunk}", value=0.0 if trunk.up else 1.0)


def _of_queue(name: str, queue: Queue, now: datetime) -> Iterator[Reading]:
    if queue.standing:
        waited = (now - queue.standing[0][0]).total_seconds()
        yield Reading(kind=Kind.LONGEST_WAIT, subject=name, value=waited, grows=True)
    figures = queue.figures
    counted = figures.answered + figures.abandoned - figures.abandoned_short
    if counted >= FEWEST:
        yield Reading(kind=Kind.SERVICE_LEVEL, subject=name, value=figures.answered_in_threshold / counted)
        yield Reading(
            kind=Kind.ABANDONMENT, subject=name, value=(figures.abandoned - figures.abandoned_short) / counted
        )
