"""Alerts of the live floor: raised and cleared with hysteresis, so that none flickers (pure).

A figure that crosses its limit is watched for a while before it is news, and one that is back must be well back, for a
while, before the alert is over. docs/lives/alert.md is drawn from TRANSITIONS. Nothing is polled: `judge` says when to
look again, should nothing else happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What an alert is about."""

    LONGEST_WAIT = "longest_wait"
    """Seconds that somebody waits in a queue."""
    SERVICE_LEVEL = "service_level"
    """Share answered in time, of a queue (DOMAIN.md B5 "strict")."""
    ABANDONMENT = "abandonment"
    """Share that gave up, short ones left out."""
    WRAP_UP = "wrap_up"
    """Seconds that an operator writes up."""
    NODE = "node"
    """A telephone exchange does not answer."""
    TRUNK = "trunk"
    """A trunk does not answer a node."""
    RECORDING = "recording"
    """Recordings that failed, and that nobody has looked at."""
    IMPORT = "import"
    """The newest import failed."""


class Stage(StrEnum):
    """How far an alert is."""

    QUIET = "quiet"
    RISING = "rising"
    """The limit is crossed, not for long enough yet."""
    RAISED = "raised"
    EASING = "easing"
    """It is well back, not for long enough yet; still shown."""


class Step(StrEnum):
    """What a figure does."""

    CROSS = "crosses its limit"
    RETURN = "is well back"
    LAST = "stays so"


TRANSITIONS: Final[Mapping[tuple[Stage, Step], Stage]] = {
    (Stage.QUIET, Step.CROSS): Stage.RISING,
    (Stage.RISING, Step.RETURN): Stage.QUIET,
    (Stage.RISING, Step.LAST): Stage.RAISED,
    (Stage.RAISED, Step.RETURN): Stage.EASING,
    (Stage.EASING, Step.CROSS): Stage.RAISED,
    (Stage.EASING, Step.LAST): Stage.QUIET,
}
SHOWN: Final = frozenset({Stage.RAISED, Stage.EASING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """When a figure is alarming, and when it is well back."""

    raise_at: float
    clear_at: float
    """On the good side of `raise_at`: between the two nothing changes."""
    hold: timedelta
    """So long it must have crossed before anybody is told."""
    calm: timedelta
    """So long it must be well back before the alert is over."""

    @property
    def falls(self) -> bool:
        """Whether low figures are the alarming ones."""
        return self.raise_at < self.clear_at

    def crossed(self, value: float) -> bool:
        """Whether a figure is alarming."""
        return value <= self.raise_at if self.falls else value >= self.raise_at

    def back(self, value: float) -> bool:
        """Whether a figure is well back."""
        return value >= self.clear_at if self.falls else value <= self.clear_at


_NOW, _SHORT, _LONG = timedelta(), timedelta(seconds=10), timedelta(seconds=60)
LIMITS: Final[Mapping[Kind, Limit]] = {
    Kind.LONGEST_WAIT: Limit(raise_at=120, clear_at=60, hold=_NOW, calm=_SHORT),
    Kind.SERVICE_LEVEL: Limit(raise_at=0.6, clear_at=0.7, hold=_LONG, calm=_LONG),
    Kind.ABANDONMENT: Limit(raise_at=0.1, clear_at=0.07, hold=_LONG, calm=_LONG),
    Kind.WRAP_UP: Limit(raise_at=300, clear_at=0, hold=_NOW, calm=_NOW),
    Kind.NODE: Limit(raise_at=1, clear_at=0, hold=timedelta(seconds=5), calm=_SHORT),
    Kind.TRUNK: Limit(raise_at=1, clear_at=0, hold=_SHORT, calm=_SHORT),
    Kind.RECORDING: Limit(raise_at=1, clear_at=0, hold=_NOW, calm=_NOW),
    Kind.IMPORT: Limit(raise_at=1, clear_at=0, hold=_NOW, calm=_NOW),
}
"""What a house is alarmed by: among them a wait of two minutes, and a service level of 60 %."""

Key = tuple[Kind, str]
"""Of an alert: what, and which queue, operator or node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A figure as it is now."""

    kind: Kind
    subject: str
    value: float
    grows: bool = False
    """By one each second, as a time that somebody waits."""

    @property
    def key(self) -> Key:
        """Whose alert it is."""
        return self.kind, self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One figure under watch."""

    kind: Kind
    subject: str
    stage: Stage
    since: datetime
    """Of the stage."""
    raised_at: datetime | None = None
    value: float = 0.0
    """When it was raised, or the last one that was worse."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a look."""

    alerts: Mapping[Key, Alert]
    """All that are not quiet."""
    raised: tuple[Alert, ...] = ()
    cleared: tuple[Alert, ...] = ()
    again_at: datetime | None = None
    """When to look again, should nothing happen before."""


@dataclass(slots=True)
class _Look:
    now: datetime
    limits: Mapping[Kind, Limit]
    alerts: dict[Key, Alert] = field(default_factory=dict)
    raised: list[Alert] = field(default_factory=list)
    cleared: list[Alert] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)


def judge(
    before: Mapping[Key, Alert], readings: Iterable[Reading], now: datetime, limits: Mapping[Kind, Limit] = LIMITS
) -> Judged:
    """Look at every figure; one that is not there any more is well back.

    Args:
        before: alerts as the last look left them.
        readings: figures now.
        now: UTC.
        limits: of each kind; what is not in it is not watched.

    """
    look = _Look(now, limits)
    seen: set[Key] = set()
    for one in readings:
        if one.kind in limits:
            seen.add(one.key)
            _watch(look, before.get(one.key), one, limits[one.kind])
    for key, known in before.items():
        if key not in seen:
            limit = limits.get(known.kind)
            gone = Reading(kind=known.kind, subject=known.subject, value=limit.clear_at if limit else 0.0)
            _watch(look, known, gone, limit or LIMITS[known.kind])
    return Judged(look.alerts, tuple(look.raised), tuple(look.cleared), min(look.times, default=None))


def _watch(look: _Look, known: Alert | None, one: Reading, limit: Limit) -> None:
    now = look.now
    alert = known or Alert(kind=one.kind, subject=one.subject, stage=Stage.QUIET, since=now)
    shown = alert.stage in SHOWN
    alert = _step(alert, Step.CROSS if limit.crossed(one.value) else None, now)
    alert = _step(alert, Step.RETURN if limit.back(one.value) else None, now)
    lasts = {Stage.RISING: limit.hold, Stage.EASING: limit.calm}.get(alert.stage)
    if lasts is not None:
        if now >= alert.since + lasts:
            alert = _step(alert, Step.LAST, now)
        else:
            look.times.append(alert.since + lasts)
    if alert.stage in SHOWN and not shown:
        alert = replace(alert, raised_at=now, value=one.value)
        look.raised.append(alert)
    elif alert.stage in SHOWN and _worse(limit, one.value, alert.value):
        alert = replace(alert, value=one.value)
    if shown and alert.stage not in SHOWN:
        look.cleared.append(alert)
    if alert.stage is not Stage.QUIET:
        look.alerts[one.key] = alert
    elif one.grows and not limit.crossed(one.value):
        look.times.append(now + timedelta(seconds=limit.raise_at - one.value))


def _step(alert: Alert, step: Step | None, now: datetime) -> Alert:
    stage = TRANSITIONS.get((alert.stage, step)) if step is not None else None
    return alert if stage is None else replace(alert, stage=stage, since=now)


def _worse(limit: Limit, value: float, before: float) -> bool:
    return value < before if limit.falls else value > before
