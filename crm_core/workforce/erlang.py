"""Erlang's formulas: what queueing theory says of a centre with one kind of caller (pure).

Load is in erlangs (calls a second times seconds a call), times in seconds. C: everybody waits for ever. A: callers give
up after an exponential patience of their own.
Sources: A. K. Erlang (1917) for B and C; Mandelbaum and Zeltyn, "The Palm/Erlang-A Queue" (2005), for A.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

NEGLIGIBLE = 1e-17


class Unstable(ValueError):
    """The load is as much as the operators can bear, or more: the queue would grow for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What to expect of a centre in the long run."""

    waits: float
    """Share of callers who have to wait."""
    service_level: float
    """Share of callers who are answered within the threshold."""
    mean_wait: float
    """Seconds, over all callers, those who give up among them."""
    occupancy: float
    """Share of an operator's time that he talks."""
    abandoned: float = 0.0
    """Share of callers who give up."""


def blocked(load: float, operators: int) -> float:
    """Return the share of calls that find everybody busy when nobody can wait (Erlang B)."""
    inverse = 1.0
    for number in range(1, operators + 1):
        inverse = 1.0 + inverse * number / load
    return 1.0 / inverse


def erlang_c(load: float, operators: int, mean_call: float, threshold: float) -> Expected:
    """Return what to expect when everybody waits for ever.

    Args:
        load: erlangs, above 0.
        operators: how many.
        mean_call: seconds a call takes, with its writing up.
        threshold: seconds; answered within them counts for the service level.

    Raises:
        Unstable: load is not below operators.

    """
    if load >= operators:
        raise Unstable(f"{load:g} erlangs are too much for {operators} operators")
    loss = blocked(load, operators)
    waits = loss / (1.0 - load / operators * (1.0 - loss))
    spare = (operators - load) / mean_call
    return Expected(
        waits=waits,
        service_level=1.0 - waits * math.exp(-spare * threshold),
        mean_wait=waits / spare,
        occupancy=load / operators,
    )


def erlang_a(load: float, operators: int, mean_call: float, threshold: float, patience: float) -> Expected:
    """Return what to expect when callers give up after `patience` seconds on average; always stable.

    Args: as `erlang_c`.

    Service level is the share of callers served within the threshold. A caller who finds k-1 waiting is served when k
    have left: at rates operators/mean_call + j/patience, j < k. The exponential of the sum of such times is a beta
    variable, so that the share is a finite sum.
    """
    quitting = 1.0 / patience
    ratio = operators / mean_call / quitting
    # All states up to `operators`, where that of `operators` itself weighs 1.
    full = 1.0 / blocked(load, operators)
    total, queue, served = full, 0.0, 0.0
    term, place = 1.0, 0
    arriving = load / mean_call
    horizon = math.exp(-quitting * threshold)
    tail = _Tail(ratio + 1.0, horizon)
    while term > NEGLIGIBLE * total:
        place += 1
        served += term * ratio / (ratio + place) * tail.next()
        term *= arriving / (operators / mean_call + place * quitting)
        total += term
        queue += place * term
    all_busy = (total - full + 1.0) / total
    mean_queue = queue / total
    abandoned = quitting * mean_queue / arriving
    return Expected(
        waits=all_busy,
        service_level=max(0.0, 1.0 - all_busy + served / total),
        mean_wait=mean_queue / arriving,
        occupancy=load * (1.0 - abandoned) / operators,
        abandoned=abandoned,
    )


class _Tail:
    """P(Beta(a, k) >= x) for k = 1, 2, …: one less x^a times the sum of (a)_j (1-x)^j / j! over j < k."""

    def __init__(self, shape: float, point: float) -> None:
        self._shape, self._rest = shape, 1.0 - point
        self._power = math.pow(point, shape)
        self._term, self._sum, self._index = 1.0, 0.0, 0

    def next(self) -> float:
        self._sum += self._term
        self._term *= (self._shape + self._index) * self._rest / (self._index + 1)
        self._index += 1
        # Rounding may leave a hair less than nothing.
        return max(0.0, 1.0 - self._power * self._sum)
