"""What may be exchanged: final readings of the old meter, initial ones of the new (pure; DOMAIN D2 rule 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from crm_core.reading_policy import Policy
from crm_core.readings import Decision, RegisterState, Verdict, judge


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMeter:
    """The meter that is hung."""

    serial: str
    digits: int
    decimals: int = 0
    multiplier: int = 1
    model: str = ""
    verification_due: date | None = None


def judge_exchange(  # noqa: PLR0913, PLR0917 -- both sides of it
    old: Sequence[RegisterState],
    finals: Mapping[int, Decimal],
    meter: NewMeter,
    initials: Mapping[str, Decimal],
    on: date,
    policy: Policy,
) -> list[Verdict]:
    """Judge an exchange: the old meter's registers first, then the new one's, whose `register_id` is 0.

    Args:
        old: registers of the meter that is taken away.
        finals: what it showed at last, by register id.
        meter: the new one.
        initials: what the new one shows, by register code; it has the same registers as the old one.
        on: the day.
        policy: what is in force, for the source `exchange`.
    """
    verdicts = judge(old, finals, on, policy) or [
        _no(state.register_id, state.code, None, "incomplete") for state in old
    ]
    codes = [state.code for state in old]
    unknown = [code for code in initials if code not in codes]
    blanks = [replace(state, register_id=0, digits=meter.digits, decimals=meter.decimals, recent=(), held=None,
                      multiplier=meter.multiplier, serial=meter.serial, installed_on=on, sealed_on=None,
                      verification_due=None, carried=Decimal(0)) for state in old]  # fmt: skip
    for blank in blanks:
        value = initials.get(blank.code)
        if value is None:
            verdicts.append(_no(0, blank.code, None, "incomplete"))
        else:
            verdicts.extend(judge([blank], {0: value}, on, policy))
    verdicts.extend(_no(0, code, initials[code], "other-registers") for code in unknown)
    return verdicts or [_no(0, "", None, "no-such-meter")]


def _no(register_id: int, code: str, value: Decimal | None, rule: str) -> Verdict:
    return Verdict(register_id=register_id, code=code, serial="", value=value, decision=Decision.REFUSED, rule=rule)
