"""Meter readings: what may be accepted, what is held for a second look, what is refused, and why (pure).

The fifteen rules of DOMAIN.md D2, by the name each has in a verdict:

 1 `outside-window`      given outside the window of days: counts for the month billed next, or as the policy says
 2 `incomplete`          all registers of a meter come together, or none
 3 `went-down`           not less than the last *actual* reading, unless
 4 `rollover`            the dial went over its end: only from its last tenth, and only a plausible amount
 5 `too-many-digits`, `too-many-decimals`   no more than the meter shows
 6 `too-high`, `too-low` far from the usual, by factors of the service and of who gave it: held until confirmed with a
   reason or given twice (`verified`)
 7 `negative`, `zero`, `unchanged`          negative is refused, no use is noted, again and again is held
 8 `in-future`, `before-last-reading`, `before-installation`, `before-seal`, `meter-removed`, `account-closed`; the same
   day again supersedes; `disconnected`: use while supply is cut off is held
 9 exchange              use on the meter before counts with the first reading of the new one (`bridged`)
10 types                 who gave it decides its quality (`reading_types`); inspectors and remote meters are trusted
11 `true-up`             an actual reading below an estimate corrects it
12 rounding              an average day's use halves up to two places, an estimate to whole units (`estimated`)
13 `verification-expired`  accepted and noted, or taken as an estimate, as the policy says
14 immutable             the store adds revisions with who and why, see `store.readings`
15 read back             digit by digit, by whoever speaks (`ivr.meter`)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from crm_core.reading_policy import Policy
from crm_core.reading_types import QUALITY, TRUSTED

DAYS_A_MONTH = Decimal(365) / 12
HUNDREDTH = Decimal("0.01")
ZERO = Decimal(0)
LARGEST = Decimal(10) ** 11
"""What NUMERIC(14,3) holds; more digits than any meter."""
LAST_MONTH = date(9999, 12, 1)
EXACT = Context(prec=60)
"""More places than any dial and any of its fractions have."""


class Decision(StrEnum):
    """What happens to a value."""

    ACCEPTED = "accepted"
    HELD = "held"
    """Stored, not billed, until somebody confirms it."""
    REFUSED = "refused"
    """Not stored; nothing of its submission is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A reading on record."""

    taken_on: date
    value: Decimal
    quality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterState:
    """A register, its meter, and what is known of it."""

    register_id: int
    meter_id: int
    serial: str
    code: str
    """`single`, `day` or `night`."""
    service: str = ""
    """What is supplied (`crm_core.parties.Service`); "" when an account has several and the meter could be of any."""
    digits: int
    decimals: int
    multiplier: int
    installed_on: date
    removed_on: date | None = None
    verification_due: date | None = None
    usual: Decimal | None = None
    """Consumption in a month, multiplier included."""
    recent: tuple[Known, ...] = ()
    """Accepted readings, newest first, one a day."""
    held: Known | None = None
    """The last reading that was held and is newer than all accepted ones."""
    carried: Decimal = ZERO
    """Used on the meter before this one since its last reading; only until the new one has a reading of its own."""
    sealed_on: date | None = None
    closed_on: date | None = None
    """Of the account."""
    cut_off: bool = False
    """Supply is cut off: nothing should be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of one value."""

    register_id: int
    code: str
    serial: str
    value: Decimal | None
    decision: Decision
    rule: str = ""
    """Name of the rule that held or refused it; "" when accepted."""
    notes: tuple[str, ...] = ()
    """Rules that took notice without objecting: `rollover`, `true-up`, `zero`, `outside-window` …"""
    consumption: Decimal | None = None
    """Since the last reading on record, multiplier included; below zero only with `true-up`."""
    quality: str = ""
    period: date | None = None
    """First day of the month it counts for."""
    least: Decimal | None = None
    most: Decimal | None = None
    """Between these a value is accepted without a question; with `rollover` in sight `most` is the dial's end, and
    `least` beyond it when nothing below the end is enough."""
    perhaps: Decimal | None = None
    """What was meant, when a tenth or a hundredth of a value that is too high would have been usual."""


def judge(registers: Sequence[RegisterState], values: Mapping[int, Decimal], on: date, policy: Policy) -> list[Verdict]:
    """Judge one submission: every register of every meter it touches, in the order of `registers`.

    Args:
        registers: all registers of the account, with what is known of them.
        values: what was given, by register id.
        on: the day the values were read.
        policy: what the utility decided.

    Returns:
        One verdict for each register of the meters concerned, then one for each value of an unknown register. When
        one is refused, nothing may be stored.
    """
    touched = {state.meter_id for state in registers if state.register_id in values}
    known = {state.register_id for state in registers}
    verdicts = [
        _judge(state, values.get(state.register_id), on, policy) for state in registers if state.meter_id in touched
    ]
    strangers = [
        Verdict(register_id=one, code="", serial="", value=value, decision=Decision.REFUSED, rule="unknown-register")
        for one, value in values.items()
        if one not in known
    ]
    return verdicts + strangers


def _judge(state: RegisterState, value: Decimal | None, on: date, policy: Policy) -> Verdict:
    span = _span(state, on, policy)
    blank = Verdict(
        register_id=state.register_id,
        code=state.code,
        serial=state.serial,
        value=value,
        decision=Decision.REFUSED,
        least=span.least,
        most=span.most,
    )
    if value is None:
        return replace(blank, rule="incomplete")
    rule = _wrong_day(state, on, policy) or _wrong_figures(state, value) or _went_down(span, value)
    if rule:
        return replace(blank, rule=rule)
    used = span.used(value)
    doubt = _doubt(state, span, value, used, on, policy)
    answered = doubt and _answered(state, value, on, policy)
    held = bool(doubt) and not answered
    return replace(
        blank,
        decision=Decision.HELD if held else Decision.ACCEPTED,
        rule=doubt if held else "",
        notes=_notes(state, span, value, used, on, policy) + ((doubt, "verified") if answered else ()),
        consumption=span.consumption(value),
        quality="held" if held else _quality(state, on, policy),
        period=period(on, policy),
        perhaps=_perhaps(span, value) if held and doubt == "too-high" else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """From the reading before to the one being judged."""

    before: Decimal | None
    """Last actual reading before that day; the last of any kind when there is no actual one."""
    last: Known | None
    """Last accepted reading of any kind before that day."""
    full: Decimal
    """Where the dial starts over."""
    step: Decimal
    multiplier: int
    low: Decimal
    high: Decimal | None
    """Plausible use; None when nothing is known of what is usual."""
    may_roll: bool
    carried: Decimal

    @property
    def least(self) -> Decimal:
        if self.before is None:
            return ZERO
        # May lie beyond the dial's end: then only a dial that went over it has shown enough.
        return (self.before + self.low / self.multiplier).quantize(self.step, ROUND_CEILING, EXACT)

    @property
    def most(self) -> Decimal:
        end = self.full - self.step
        if self.before is None or self.high is None:
            return end
        wanted = self.before + self.high / self.multiplier
        return min(wanted.quantize(self.step, ROUND_FLOOR, EXACT), end)

    def rolled(self, value: Decimal) -> bool:
        """Whether a value below the last one can be a dial that went over its end."""
        if self.before is None or value >= self.before or not self.may_roll or self.high is None:
            return False
        return (self.full - self.before + value) * self.multiplier <= self.high

    def used(self, value: Decimal) -> Decimal | None:
        """Use of this meter since the last actual reading; what the one before used was judged when it was removed."""
        if self.before is None:
            return None
        return (value - self.before + (self.full if self.rolled(value) else ZERO)) * self.multiplier

    def consumption(self, value: Decimal) -> Decimal | None:
        """Use since the last reading of any kind: what is billed next."""
        if self.last is None or self.before is None:
            return None
        difference = value - self.last.value
        if self.rolled(value) and self.last.value >= self.before:
            difference += self.full
        return difference * self.multiplier + self.carried


def _span(state: RegisterState, on: date, policy: Policy) -> _Span:
    earlier = [one for one in state.recent if one.taken_on < on]
    actual = next((one for one in earlier if one.quality != "estimate"), None)
    before = actual or (earlier[0] if earlier else None)
    low, high = ZERO, None
    if before is not None and state.usual is not None and state.usual.is_finite():
        days = max(1, (on - before.taken_on).days)
        expected = state.usual * days / DAYS_A_MONTH
        factors = policy.factors_for(state.service, state.code)
        high = max(expected * factors.high, factors.high_least)
        low = expected * factors.low if days >= policy.low_days else ZERO
    full = Decimal(10) ** state.digits
    return _Span(
        before=before.value if before else None,
        last=earlier[0] if earlier else None,
        full=full,
        step=Decimal(1).scaleb(-state.decimals),
        multiplier=max(1, state.multiplier),
        low=low,
        high=high,
        may_roll=before is not None and before.value >= policy.rollover_from * full,
        carried=state.carried,
    )


def _wrong_day(state: RegisterState, on: date, policy: Policy) -> str:
    faults = {
        "in-future": on > policy.today,
        "before-installation": on < state.installed_on,
        "before-seal": state.sealed_on is not None and on < state.sealed_on,
        "meter-removed": state.removed_on is not None and on > state.removed_on,
        "account-closed": state.closed_on is not None and on > state.closed_on,
        "before-last-reading": any(one.taken_on > on for one in state.recent),
        "outside-window": policy.outside == "refuse" and _is_outside(on, policy),
    }
    return next((rule for rule, is_so in faults.items() if is_so), "")


def _is_outside(on: date, policy: Policy) -> bool:
    return policy.source not in TRUSTED and not policy.window_first <= on.day <= policy.window_last


def _wrong_figures(state: RegisterState, value: Decimal) -> str:
    if not value.is_finite() or abs(value) >= LARGEST:
        return "too-many-digits"
    if value < 0:
        return "negative"
    if value >= Decimal(10) ** state.digits:
        return "too-many-digits"
    if value != value.quantize(Decimal(1).scaleb(-state.decimals), ROUND_FLOOR, EXACT):
        return "too-many-decimals"
    return ""


def _went_down(span: _Span, value: Decimal) -> str:
    return "went-down" if span.before is not None and value < span.before and not span.rolled(value) else ""


def _doubt(  # noqa: PLR0913, PLR0917 -- everything that is known, looked at once
    state: RegisterState, span: _Span, value: Decimal, used: Decimal | None, on: date, policy: Policy
) -> str:
    """Return the rule that wants a second look, "" for none."""
    if policy.outside == "hold" and _is_outside(on, policy):
        return "outside-window"
    if policy.source in TRUSTED or used is None:
        return ""
    if state.cut_off and used > 0:
        return "disconnected"
    before = [one.value for one in state.recent if one.taken_on < on][: policy.repeats - 1]
    if before == [value] * (policy.repeats - 1) and state.usual:
        return "unchanged"
    if span.high is not None and used > span.high:
        return "too-high"
    return "too-low" if used < span.low else ""


def _perhaps(span: _Span, value: Decimal) -> Decimal | None:
    """Read a value that is ten or a hundred times too high as one whose decimal point was overlooked."""
    for factor in (10, 100):
        meant = (value / factor).quantize(span.step, ROUND_FLOOR, EXACT)
        if span.least <= meant <= span.most:
            return meant
    return None


def _answered(state: RegisterState, value: Decimal, on: date, policy: Policy) -> bool:
    """Whether the doubt was met: confirmed with a reason, or the same value given a second time on another day."""
    if policy.confirmed:
        return True
    held = state.held
    return held is not None and held.value == value and 0 < (on - held.taken_on).days <= policy.verified_days


def _notes(  # noqa: PLR0913, PLR0917 -- everything that is known, looked at once
    state: RegisterState, span: _Span, value: Decimal, used: Decimal | None, on: date, policy: Policy
) -> tuple[str, ...]:
    seen = {
        "rollover": span.rolled(value),
        "true-up": span.last is not None and span.last.quality == "estimate" and value < span.last.value,
        "zero": used == 0,
        "outside-window": not policy.window_first <= on.day <= policy.window_last,
        "verification-expired": _expired(state, on),
    }
    return tuple(name for name, is_so in seen.items() if is_so)


def _expired(state: RegisterState, on: date) -> bool:
    return state.verification_due is not None and on > state.verification_due


def _quality(state: RegisterState, on: date, policy: Policy) -> str:
    if _expired(state, on) and policy.expired == "estimate":
        return "estimate"
    return QUALITY.get(policy.source, "actual")


def period(on: date, policy: Policy) -> date:
    """Return the first day of the month a reading counts for: after the window's last day, the next month."""
    month = on.replace(day=1)
    if on.day <= policy.window_last or month >= LAST_MONTH:
        return month
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def storable(verdicts: Sequence[Verdict]) -> bool:
    """Whether a submission may be stored: all of it or nothing."""
    return bool(verdicts) and all(one.decision is not Decision.REFUSED for one in verdicts)


def average_day(usual: Decimal) -> Decimal:
    """Return the use of an average day, in the meter's unit, halves up to two places.

    Args:
        usual: use in a month.
    """
    return (usual / DAYS_A_MONTH).quantize(HUNDREDTH, ROUND_HALF_UP, EXACT)


def estimated(last: Known, usual: Decimal, on: date, state: RegisterState) -> Decimal:
    """Return what the dial would show on a day after average use: whole units, halves up, over the dial's end."""
    use = average_day(usual) * max(0, (on - last.taken_on).days) / max(1, state.multiplier)
    shown = (last.value + use).quantize(Decimal(1), ROUND_HALF_UP, EXACT)
    return shown % Decimal(10) ** state.digits
