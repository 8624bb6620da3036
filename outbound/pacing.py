"""How many calls to place now, so that operators are kept busy and the cap on abandoned calls is kept (pure).

A call that is dialled now is answered, if at all, after the usual ring. By then some of the busy operators are free,
and some of the calls that ring already have been answered by people who come first. With B the former and K the
latter, both sums of trials of known probabilities, a call that finds `idle + B - K <= 0` is abandoned. Two limits are
put on the distribution of K - B (Cornish and Fisher's expansion by its first three cumulants; the uncertainty of the
share of answered calls is in its variance):

pace: one more call is placed while the chance that it finds nobody is at most `allowed`. What is allowed follows the
    credit of the window (cap x answered - abandoned): it settles where abandoned calls are just within the cap,
    whatever the number of operators, the share that is answered or the error of the forecast.
promise: one more call is placed only if, were nothing dialled afterwards, the upper confidence bound of the abandoned
    calls would stay within the credit; where none is left, nobody more may be abandoned by that bound.

A call for each idle operator whom no ringing call is for (progressive dialling) can be abandoned only when that
operator goes, and is always placed; with a cap of 0 there is nothing else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import NormalDist

from outbound.abandonment import Cap, Counts, Denominator
from outbound.history import Past

USUAL_RING = 12
"""Seconds until an answer, while none was seen."""
AHEAD = 0.85
"""Of the usual ring: so far ahead is looked; calls that ring longer find more operators free."""
LONGEST_AHEAD = 30
"""Seconds; nobody looks further."""
MIDDLE, POWER = 0.03, 0.4
"""What is allowed at the usual credit: MIDDLE x operators ^ POWER. The flow of many is smoother than that of few, so
that of calls equally likely to find nobody when dialled fewer are abandoned in the end."""
LEAST, MOST = 0.005, 0.5
"""Between these is what is allowed."""
USUAL_CREDIT = 1.0
"""The usual credit: so many times sqrt(1 + cap x answers to come), calls. A window's abandoned calls vary by chance as
the root of their number; such variation may not be taken for news."""
FALL = 1.5
"""Below the usual credit what is allowed falls with this power of it."""
RISE = 0.5
"""Of a credit beyond the usual only this part raises what is allowed."""
LOAN, MOST_LOAN = 0.1, 2.0
"""Of the credit that answers to come will earn, this part may be used before, and never more calls than that: the first
answers of a day have earned nothing yet, and would be dialled for as if none might ever be abandoned. Were only one for
each idle operator dialled from then on, the day would still end within its cap."""
KEPT_BACK = 2.0
"""Calls. Of the credit so many are kept where answers to come will not earn them again: a call that is lost in the
last minutes stays lost."""
NORMAL = NormalDist()


class Code(StrEnum):
    """Why it is so many."""

    NOBODY = "nobody"
    """No operator is at work."""
    LINES = "lines"
    """No more lines are free."""
    PROGRESSIVE = "progressive"
    """The cap is 0: one for each idle operator."""
    PROMISE = "promise"
    """One more might break the cap."""
    PACE = "pace"
    """One more would too likely find nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What there is at the moment; only operators who will take this campaign's next calls."""

    idle: int
    talking: tuple[int, ...] = ()
    """Whole seconds each has talked."""
    wrapping: tuple[int, ...] = ()
    """Whole seconds each has written up."""
    ringing: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """By segment: whole seconds since each call was dialled."""
    waiting: int = 0
    """People who answered and have no operator yet."""
    lines: int
    """That may still be taken."""
    segment: str = ""
    """Of the debtors who are next."""
    left: float | None = None
    """Seconds until dialling ends in this window (hours, schedule); None: nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """All that a decision rests on; `place` makes the same of it at any time."""

    idle: int
    busy: int
    ringing: int
    waiting: int
    lines: int
    soon: float
    """Busy operators expected to be free when a call dialled now is answered."""
    coming: float
    """Calls that ring and are expected to be answered."""
    spread: float
    """Variance of the difference, if the share were known."""
    skew: float
    """Its third cumulant."""
    share: float
    """Of calls dialled now that will be answered."""
    doubt: float
    """Variation coefficient of that share."""
    answered: int
    abandoned: int
    """In the window."""
    left: float | None
    """Answers still to come in the window, at the rate so far."""
    cap: float
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """So many calls, and why."""

    calls: int
    code: Code
    """What stopped the next one."""
    allowed: float
    """The chance of finding nobody that was allowed."""
    grounds: Grounds


def calls_to_place(load: Load, history: Past, cap: Cap, now: datetime) -> Decision:
    """Decide how many calls to place at this moment.

    Args:
        load: operators, calls and lines.
        history: what was lived through so far.
        cap: on abandoned calls.
        now: aware; its hour is that of the shares.

    """
    return place(look(load, history, cap, now))


def look(load: Load, history: Past, cap: Cap, now: datetime) -> Grounds:
    """Return what the decision rests on."""
    ledger = history.people if cap.denominator is Denominator.PEOPLE else history.everything
    counts = ledger.counts(cap.opened(now))
    fresh = history.share(load.segment, now)
    ahead = min(LONGEST_AHEAD, max(1, round(history.ring() * AHEAD) or USUAL_RING))
    free = history.talking(ahead).added(load.talking), history.wrapping(ahead).added(load.wrapping)
    coming, spread, skew, ringing = 0.0, 0.0, 0.0, 0
    for segment, ages in load.ringing:
        share = fresh if segment == load.segment else history.share(segment, now)
        mean, second, third = history.answer(share.mean).added(ages)
        coming, spread, skew, ringing = coming + mean, spread + second, skew + third, ringing + len(ages)
    return Grounds(
        idle=load.idle,
        busy=len(load.talking) + len(load.wrapping),
        ringing=ringing,
        waiting=load.waiting,
        lines=load.lines,
        soon=free[0][0] + free[1][0],
        coming=coming,
        spread=spread + free[0][1] + free[1][1],
        skew=skew - free[0][2] - free[1][2],
        share=fresh.mean,
        doubt=math.sqrt(fresh.variance) / fresh.mean,
        answered=counts.answered,
        abandoned=counts.abandoned,
        left=_left(load, counts, now),
        cap=cap.share,
        confidence=cap.confidence,
    )


def _left(load: Load, counts: Counts, now: datetime) -> float | None:
    if load.left is None or counts.first is None:
        return None
    return counts.answered * load.left / max(1.0, now.timestamp() - counts.first)


def place(grounds: Grounds) -> Decision:
    """Decide by the grounds alone."""
    allowed = allowance(grounds)
    each = max(0, grounds.idle - grounds.waiting - grounds.ringing)
    if grounds.idle + grounds.busy == 0:
        calls, code = 0, Code.NOBODY
    elif grounds.cap <= 0.0:
        calls, code = each, Code.PROGRESSIVE
    else:
        calls, code = _ahead(grounds, allowed)
        calls = max(calls, each)
    if calls >= grounds.lines:
        calls, code = max(0, grounds.lines), Code.LINES
    return Decision(calls=calls, code=code, allowed=allowed, grounds=grounds)


def credit(grounds: Grounds) -> float:
    """Return how many calls may still be abandoned in the window; negative when the cap is passed."""
    return Counts(grounds.answered, grounds.abandoned).credit(grounds.cap)


def usable(grounds: Grounds) -> float:
    """Return how many calls may be abandoned now: the credit, a loan on what will be earned, less what is kept."""
    earned = 0.0 if grounds.left is None else grounds.cap * grounds.left
    return credit(grounds) + min(MOST_LOAN, LOAN * earned) - max(0.0, KEPT_BACK - earned)


def allowance(grounds: Grounds) -> float:
    """Return the chance of finding nobody that a call may have, by the credit of the window."""
    coming = grounds.answered if grounds.left is None else min(grounds.answered, grounds.left)
    usual = USUAL_CREDIT * math.sqrt(1.0 + grounds.cap * coming)
    ratio = max(0.0, usable(grounds)) / usual
    ratio = math.pow(ratio, FALL) if ratio < 1.0 else 1.0 + (ratio - 1.0) * RISE
    middle = MIDDLE * math.pow(max(1, grounds.idle + grounds.busy), POWER)
    return min(MOST, max(LEAST, middle * ratio))


def _ahead(grounds: Grounds, allowed: float) -> tuple[int, Code]:
    pace, promise = NORMAL.inv_cdf(1.0 - allowed), NORMAL.inv_cdf(grounds.confidence)
    spare = grounds.idle + max(0, math.floor(usable(grounds))) + 0.5
    calls = 0
    while calls < grounds.lines:
        if _upper(grounds, calls, pace) > grounds.idle - 0.5:
            return calls, Code.PACE
        calls += 1
        if _upper(grounds, calls, promise) > spare:
            return calls - 1, Code.PROMISE
    return calls, Code.LINES


def _upper(grounds: Grounds, more: int, z: float) -> float:
    """Return a quantile of how many more people come than operators get free, with so many more calls.

    Cornish and Fisher, Moments and cumulants in the specification of distributions (1938), to the third cumulant.
    """
    trial = grounds.share * (1.0 - grounds.share)
    coming = grounds.coming + more * grounds.share
    variance = grounds.spread + more * trial + (coming * grounds.doubt) ** 2
    middle = grounds.waiting + coming - grounds.soon
    if variance <= 0.0:
        return middle
    skew = (grounds.skew + more * trial * (1.0 - 2.0 * grounds.share)) / variance
    return middle + math.sqrt(variance) * z + skew * (z * z - 1.0) / 6.0


def said(decision: Decision) -> str:
    """Return the decision in one line of English, for logs; pages say it from the code and the numbers."""
    one = decision.grounds
    calls = f"{decision.calls} call" if decision.calls == 1 else f"{decision.calls} calls"
    return (
        f"{calls}: {_SAID[decision.code]}; {one.idle} idle, {one.soon:.1f} of {one.busy} busy soon free, "
        f"{one.ringing} ringing bring {one.coming:.1f}, {one.waiting} waiting, {one.share:.0%} answer "
        f"(give or take {one.doubt * one.share:.1%}), allowed to find nobody {decision.allowed:.1%}, "
        f"abandoned {one.abandoned} of {one.answered}, cap {one.cap:.1%}"
    )


_SAID = {
    Code.NOBODY: "no operator is at work",
    Code.LINES: "no more lines are free",
    Code.PROGRESSIVE: "one for each idle operator, as the cap is 0",
    Code.PROMISE: "one more might break the cap",
    Code.PACE: "one more would too likely find nobody",
}
