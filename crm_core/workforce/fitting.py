"""Weights that explain counts: a Poisson regression that a few wild days cannot bend (pure).

Counts are `exp(sum of weight times cause)`. Weights are found by iterated least squares (Nelder and Wedderburn 1972);
a ridge keeps those that few days speak of near nothing (Hoerl and Kennard 1970); days far beyond the usual scatter
count less (Huber 1964). Rows name what is not nothing, so a fit of two years takes a fraction of a second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median

Row = Mapping[str, float]
ALWAYS = "always"
"""The cause that every row has; no ridge holds it back."""
ROUNDS = 25
SETTLED = 1e-6
TAME = 1.345
"""Scatters beyond which a row counts less; at this one 95 % of what a normal scatter tells is kept."""
USUAL = 0.6745
"""Median of the absolute value of a standard normal variable."""
LEAST, MOST = 1e-3, 1e9


def fit(rows: Sequence[Row], counts: Sequence[float], ridge: float = 0.25) -> dict[str, float]:
    """Return the weight of every cause.

    Args:
        rows: causes of each count, `ALWAYS` among them.
        counts: what was counted, at least 0.
        ridge: how many rows of usual evidence a weight must overcome to leave nothing.

    """
    if not rows:
        return {}
    names = sorted({name for row in rows for name in row})
    place = {name: number for number, name in enumerate(names)}
    sparse = [[(place[name], value) for name, value in row.items() if value] for row in rows]
    mean = max(sum(counts) / len(counts), LEAST)
    weights = [0.0] * len(names)
    if ALWAYS in place:
        weights[place[ALWAYS]] = math.log(mean)
    held = [0.0 if name == ALWAYS else ridge * mean for name in names]
    # Wild is what is far from the fit of all: before that fit stands, a rare cause would look wild.
    for careful in (False, True):
        weights = _settled(sparse, counts, weights, held, careful=careful)
    return dict(zip(names, weights, strict=True))


def _settled(
    sparse: Sequence[Sequence[tuple[int, float]]],
    counts: Sequence[float],
    weights: list[float],
    held: Sequence[float],
    *,
    careful: bool,
) -> list[float]:
    for _ in range(ROUNDS):
        found = _round(sparse, counts, weights, held, careful=careful)
        moved = max(abs(new - old) for new, old in zip(found, weights, strict=True))
        weights = found
        if moved < SETTLED:
            break
    return weights


def expected(weights: Mapping[str, float], row: Row) -> float:
    """Return the count that a row lets expect; a cause without a weight does nothing."""
    return _exp(math.fsum(weights.get(name, 0.0) * value for name, value in row.items()))


def _exp(power: float) -> float:
    return math.exp(max(math.log(LEAST), min(power, math.log(MOST))))


def _round(
    sparse: Sequence[Sequence[tuple[int, float]]],
    counts: Sequence[float],
    weights: Sequence[float],
    held: Sequence[float],
    *,
    careful: bool,
) -> list[float]:
    powers = [math.fsum(weights[number] * value for number, value in row) for row in sparse]
    means = [_exp(power) for power in powers]
    trust = [1.0] * len(counts)
    if careful:
        trust = _trust([(count - mean) / math.sqrt(mean) for count, mean in zip(counts, means, strict=True)])
    size = len(weights)
    left = [[0.0] * size for _ in range(size)]
    right = [0.0] * size
    for number in range(size):
        # A hair keeps what no row tells apart from another from dividing by nothing.
        left[number][number] = held[number] + 1e-9
    for row, count, mean, power, trusted in zip(sparse, counts, means, powers, trust, strict=True):
        share = mean * trusted
        aim = share * (power + (count - mean) / mean)
        for first, value in row:
            right[first] += value * aim
            line = left[first]
            for second, other in row:
                line[second] += share * value * other
    return solve(left, right)


def _trust(scatters: Sequence[float]) -> list[float]:
    usual = median(abs(one) for one in scatters) / USUAL
    bound = TAME * max(usual, 1.0)
    return [1.0 if abs(one) <= bound else bound / abs(one) for one in scatters]


def solve(left: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """Return what times `left`, a symmetric matrix that is above nothing, gives `right` (Cholesky)."""
    size = len(right)
    root = [[0.0] * size for _ in range(size)]
    for row in range(size):
        for column in range(row + 1):
            rest = left[row][column] - math.fsum(root[row][k] * root[column][k] for k in range(column))
            root[row][column] = math.sqrt(max(rest, 1e-12)) if row == column else rest / root[column][column]
    middle = [0.0] * size
    for row in range(size):
        middle[row] = (right[row] - math.fsum(root[row][k] * middle[k] for k in range(row))) / root[row][row]
    found = [0.0] * size
    for row in reversed(range(size)):
        below = math.fsum(root[k][row] * found[k] for k in range(row + 1, size))
        found[row] = (middle[row] - below) / root[row][row]
    return found
