"""Meter readings: what may be accepted, what is held for a second look, what is refused, and why (pure).

The fifteen rules of DOMAIN.md D2, by the name each has in a verdict:

 1 `outside-window`      given outside the window of days: counts for the next month that is billed
 2 `incomplete`          all registers of a meter come together, or none
 3 `went-down`           not less than the last *actual* reading, unless
 4 `rollover`            the dial went over its end: only from its last tenth, and only a plausible amount
 5 `too-many-digits`, `too-many-decimals`   no more than the meter shows
 6 `too-high`, `too-low` far from the usual: held until confirmed with a reason or given twice (`verified`)
 7 `negative`, `zero`, `unchanged`          negative is refused, no use is noted, again and again is held
 8 `in-future`, `before-last-reading`, `before-installation`, `meter-removed`; the same day again supersedes
 9 exchange              use on the meter before counts with the first reading of the new one (`bridged`)
10 types                 who gave it decides its quality (`QUALITY`); inspectors and remote meters are trusted
11 `true-up`             an actual reading below an estimate corrects it
12 rounding              halves up, in the meter's decimals (`estimated`)
13 `verification-expired`  accepted and noted, or taken as an estimate, as the policy says
14 immutable             the store adds revisions, see `store.readings`
15 read back             digit by digit (`read_back`)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum

DAYS_A_MONTH = Decimal(365) / 12
ZERO = Decimal(0)
LARGEST = Decimal(10) ** 11
"""What NUMERIC(14,3) holds; more digits than any meter."""
QUALITY: Mapping[str, str] = {
    "ivr": "actual",
    "operator": "actual",
    "web": "actual",
    "inspector": "actual",
    "amr": "actual",
    "office": "estimate",
    "exchange": "exchange",
}
"""Who gave a reading, and what it is worth."""
TRUSTED = frozenset({"inspector", "amr", "exchange"})
"""Not asked whether they are sure."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a utility decided, and the day it is there."""

    today: date
    window_first: int = 15
    window_last: int = 26
    """Days of the month in which readings count for that month."""
    low: Decimal = Decimal("0.1")
    high: Decimal = Decimal(3)
    """Times the usual consumption; beyond it a reading is held."""
    high_least: Decimal = Decimal(100)
    """Consumption that is never too high: three times nearly nothing is still nearly nothing."""
    low_days: int = 20
    """A shorter time may pass without any use."""
    rollover_from: Decimal = Decimal("0.9")
    repeats: int = 3
    """So many equal readings in a row are held: the dial may be stuck."""
    verified_days: int = 31
    """How long a held reading waits for being given a second time."""
    expired: str = "accept"
    """Readings of a meter whose verification ran out: `accept`, or take as `estimate`."""
    source: str = "operator"
    """A key of `QUALITY`."""
    confirmed: bool = False
    """Somebody looked again and gave a reason."""


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
    """Between these a value is accepted without a question; with `rollover` in sight `most` is the dial's end."""


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
        wanted = self.before + max(ZERO, self.low - self.carried) / self.multiplier
        # May lie beyond the dial's end: then only a dial that went over it has shown enough.
        return wanted.quantize(self.step, ROUND_CEILING)

    @property
    def most(self) -> Decimal:
        end = self.full - self.step
        if self.before is None or self.high is None:
            return end
        wanted = self.before + max(ZERO, self.high - self.carried) / self.multiplier
        return min(wanted.quantize(self.step, ROUND_FLOOR), end)

    def rolled(self, value: Decimal) -> bool:
        """Whether a value below the last one can be a dial that went over its end."""
        if self.before is None or value >= self.before or not self.may_roll or self.high is None:
            return False
        return (self.full - self.before + value) * self.multiplier + self.carried <= self.high

    def used(self, value: Decimal) -> Decimal | None:
        """Use since the last actual reading."""
        if self.before is None:
            return None
        return self._difference(self.before, value) * self.multiplier + self.carried

    def consumption(self, value: Decimal) -> Decimal | None:
        """Use since the last reading of any kind: what is billed next."""
        if self.last is None or self.before is None:
            return None
        difference = value - self.last.value
        if self.rolled(value) and self.last.value >= self.before:
            difference += self.full
        return difference * self.multiplier + self.carried

    def _difference(self, before: Decimal, value: Decimal) -> Decimal:
        return value - before + (self.full if self.rolled(value) else ZERO)


def _span(state: RegisterState, on: date, policy: Policy) -> _Span:
    earlier = [one for one in state.recent if one.taken_on < on]
    actual = next((one for one in earlier if one.quality != "estimate"), None)
    before = actual or (earlier[0] if earlier else None)
    low, high = ZERO, None
    if before is not None and state.usual is not None:
        days = max(1, (on - before.taken_on).days)
        expected = state.usual * days / DAYS_A_MONTH
        high = max(expected * policy.high, policy.high_least)
        low = expected * policy.low if days >= policy.low_days else ZERO
    full = Decimal(10) ** state.digits
    return _Span(
        before=before.value if before else None,
        last=earlier[0] if earlier else None,
        full=full,
        step=Decimal(1).scaleb(-state.decimals),
        multiplier=state.multiplier,
        low=low,
        high=high,
        may_roll=before is not None and before.value >= policy.rollover_from * full,
        carried=state.carried,
    )


def _wrong_day(state: RegisterState, on: date, policy: Policy) -> str:
    if on > policy.today:
        return "in-future"
    if on < state.installed_on:
        return "before-installation"
    if state.removed_on is not None and on > state.removed_on:
        return "meter-removed"
    if any(one.taken_on > on for one in state.recent):
        return "before-last-reading"
    return ""


def _wrong_figures(state: RegisterState, value: Decimal) -> str:
    if not value.is_finite() or abs(value) >= LARGEST:
        return "too-many-digits"
    if value < 0:
        return "negative"
    if value >= Decimal(10) ** state.digits:
        return "too-many-digits"
    if value != value.quantize(Decimal(1).scaleb(-state.decimals), ROUND_FLOOR):
        return "too-many-decimals"
    return ""


def _went_down(span: _Span, value: Decimal) -> str:
    return "went-down" if span.before is not None and value < span.before and not span.rolled(value) else ""


def _doubt(  # noqa: PLR0913, PLR0917 -- everything that is known, looked at once
    state: RegisterState, span: _Span, value: Decimal, used: Decimal | None, on: date, policy: Policy
) -> str:
    """Return the rule that wants a second look, "" for none."""
    if policy.source in TRUSTED or used is None:
        return ""
    before = [one.value for one in state.recent if one.taken_on < on][: policy.repeats - 1]
    if before == [value] * (policy.repeats - 1) and state.usual:
        return "unchanged"
    if span.high is not None and used > span.high:
        return "too-high"
    return "too-low" if used < span.low else ""


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
    if on.day <= policy.window_last:
        return month
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def storable(verdicts: Sequence[Verdict]) -> bool:
    """Whether a submission may be stored: all of it or nothing."""
    return bool(verdicts) and all(one.decision is not Decision.REFUSED for one in verdicts)


def bridged(before: Decimal, final: Decimal, initial: Decimal, now: Decimal, multipliers: tuple[int, int]) -> Decimal:
    """Return the use across an exchange: on the old meter up to its final reading, on the new one since its initial."""
    return (final - before) * multipliers[0] + (now - initial) * multipliers[1]


def estimated(last: Known, usual: Decimal, on: date, state: RegisterState) -> Decimal:
    """Return what the dial would show on a day after usual use, halves up in the meter's decimals, over its end."""
    use = usual * max(0, (on - last.taken_on).days) / DAYS_A_MONTH / state.multiplier
    shown = (last.value + use).quantize(Decimal(1).scaleb(-state.decimals), ROUND_HALF_UP)
    return shown % Decimal(10) ** state.digits


def read_back(value: Decimal, state: RegisterState) -> tuple[str, ...]:
    """Return the signs to say one by one, as the dial shows them: leading zeros left out, `.` before decimals."""
    return tuple(f"{value:.{state.decimals}f}")
