"""How many there are, from a sample of pages: the estimate and how far it may be off (pure).

Accounts of one page are alike (they were opened together), so the error is that of pages drawn, not of accounts: a
ratio estimate over clusters (Cochran, Sampling Techniques, 3rd ed., chapters 2.11 and 9A).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

CONFIDENCE = 1.96
"""Standard errors of an interval that holds 19 times out of 20."""
NOBODY_SEEN = 3.0
"""Rule of three: what nobody of n shows is at most 3/n, 19 times out of 20."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What a sample of pages came to: n accounts and k members on each of `pages`."""

    pages: int
    n: int
    k: int
    nn: int
    nk: int
    kk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many members there are; says itself whether that was counted or estimated."""

    members: int
    exact: bool
    error: int = 0
    """The truth lies within so many of it, 19 times out of 20; 0 when counted."""
    looked_at: int = 0
    """Accounts that an estimate rests on."""


def estimate(sums: Sums, total: int) -> Counted:
    """Return how many of `total` accounts are members.

    Args:
        sums: of the sample; a sample without accounts says nothing: anything from none to all.
        total: accounts altogether.

    """
    if not sums.n:
        return Counted(members=0, exact=False, error=total)
    share = sums.k / sums.n
    members = round(share * total)
    left = max(0.0, 1 - sums.n / total) if total else 0.0
    if sums.k in {0, sums.n} or sums.pages < 2:
        error = NOBODY_SEEN / sums.n * total * left
    else:
        # The sum over pages of (k - share * n)^2, from the sums of squares.
        spread = max(0.0, sums.kk - 2 * share * sums.nk + share * share * sums.nn)
        variance = spread * sums.pages / (sums.pages - 1) / sums.n**2 * left
        error = CONFIDENCE * math.sqrt(variance) * total
    return Counted(members=members, exact=False, error=math.ceil(error), looked_at=sums.n)
