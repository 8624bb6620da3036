"""The formulas of DOMAIN.md B5 over counts; live figures and reports judge by the same ones (pure).

A ratio is worked out from sums, never from other ratios; nothing is divided by zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

SHORT = timedelta(seconds=5)
"""Who gives up sooner has dialled wrongly or changed his mind; not counted against the service level."""
Number = Decimal | int


@dataclass(frozen=True, slots=True)
class Figure:
    """What a measure came to; `n` is what a ratio was worked out over."""

    value: Number | None
    n: int | None = None


def in_time(waited: timedelta, threshold: timedelta) -> bool:
    """Whether an answer came within the threshold."""
    return waited <= threshold


def is_short(waited: timedelta) -> bool:
    """Whether somebody gave up so soon that it is held against nobody."""
    return waited <= SHORT


def count(number: Number) -> Figure:
    """Return a sum as it is."""
    return Figure(number)


def share(part: Number, whole: Number) -> Figure:
    """Return per cent of a whole; none when the whole is nothing."""
    return Figure(Decimal(100) * part / whole if whole > 0 else None, int(whole))


def mean(total: Number, number: Number) -> Figure:
    """Return how much there is for each one; none when there is none."""
    return Figure(Decimal(total) / number if number > 0 else None, int(number))


def service_level(in_threshold: Number, offered: Number, short: Number) -> Figure:
    """Return the strict service level: answered in time over offered less short abandons."""
    return share(in_threshold, offered - short)


def service_level_answered(in_threshold: Number, answered: Number) -> Figure:
    """Return the flattering one: answered in time over answered."""
    return share(in_threshold, answered)


def service_level_ignoring(in_threshold: Number, offered: Number, gave_up_in_threshold: Number) -> Figure:
    """Return the one that ignores who gave up within the threshold."""
    return share(in_threshold, offered - gave_up_in_threshold)


def service_level_positive(in_threshold: Number, gave_up_in_threshold: Number, offered: Number) -> Figure:
    """Return the one that counts who gave up within the threshold as served."""
    return share(in_threshold + gave_up_in_threshold, offered)


def service_level_decided(in_threshold: Number, answered: Number, abandoned: Number) -> Figure:
    """Return the negative one: whoever gave up counts against it, whoever left otherwise is not counted."""
    return share(in_threshold, answered + abandoned)


def abandon_rate(abandoned: Number, offered: Number, short: Number) -> Figure:
    """Return who gave up, short abandons counted on neither side."""
    return share(abandoned - short, offered - short)


def handle_time(talk: Number, hold: Number, wrap_up: Number, handled: Number) -> Figure:
    """Return the average handling time: talk, hold and wrap-up for each handled contact."""
    return mean(talk + hold + wrap_up, handled)


def occupancy(talking: Number, wrap_up: Number, ready: Number, reserved: Number) -> Figure:
    """Return contact time over contact and available time; a telephone that rings is available time."""
    return share(talking + wrap_up, talking + wrap_up + ready + reserved)


def utilisation(talking: Number, wrap_up: Number, signed_in: Number) -> Figure:
    """Return contact time over all time signed in."""
    return share(talking + wrap_up, signed_in)


def rest(part: Number, whole: Number) -> Figure:
    """Return per cent of a whole that is not the part."""
    return share(whole - part, whole)
