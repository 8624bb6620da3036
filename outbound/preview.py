"""Before launch: how many may be called now, who may not and why, when each may, how long it takes (pure).

The law is asked for groups of debtors that are alike to it. Nothing of this is promised: at the moment of dialling the
gate is asked anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import phonenumbers

from crm_core.store.outbound_preview import Alike, Measured
from outbound.gate import Campaigning, House, Wanted, ask
from outbound.law.profile import Profile, Unit
from outbound.terms import Allowed, Channel, Contacted, Debtor, Mode, Reason

STANDS_IN: Final = "+0"
"""Caller id of the question: a preview does not depend on which of our numbers is shown."""
RATE, TALK, WRAP_UP, RING = 0.30, 120.0, 20.0, 25.0
"""Assumed while nothing was measured: answered of attempts, seconds of a talk, of wrap-up, of ringing in vain."""
OCCUPANCY: Final[Mapping[Mode, float]] = {Mode.PREDICTIVE: 0.85}
"""Part of the time operators work of their calls; of the other modes it follows from the ringing they wait through."""
MOST_MOMENTS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """How many are not called for a reason; one debtor may have several."""

    reason: str
    later: int
    """They may be, once time has passed."""
    never: int
    """Not before something else changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a campaign would meet if it started now."""

    at: datetime
    policy: str
    total: int
    now: int
    """May be called now."""
    later: int
    never: int
    moments: tuple[tuple[datetime, int], ...]
    """When those of `later` become callable, the first moments first; the last one stands for all behind it."""
    why: tuple[Why, ...]
    """The most frequent first."""
    debt: Decimal
    """Of all that may be called, now or later."""


def by_minute(profile: Profile) -> bool:
    """Whether a profile counts hours, so that contacts must not be rounded to days."""
    windows = [
        window
        for rules in profile.channels.values()
        for window in (*(one.within for one in rules.limits), *(one.lasts for one in rules.waits))
    ]
    return any(window.unit is Unit.HOURS for window in windows)


def look(  # noqa: PLR0913, PLR0917 - all that the answers depend on
    groups: Iterable[Alike],
    profile: Profile,
    campaign: Campaigning,
    mode: Mode,
    channel: Channel,
    country: str,
    now: datetime,
) -> Preview:
    """Ask the law for every group and add up.

    Args:
        groups: debtors by what is alike.
        profile: the law.
        campaign: as if it ran.
        mode: how they are called.
        channel: by what.
        country: of the utility, ISO 3166.
        now: UTC.

    """
    house = House(country=country, caller_ids=frozenset({STANDS_IN}))
    sample = _sample(country)
    total = callable_now = later = never = 0
    debt, moments, whys = Decimal(0), Counter[datetime](), Counter[tuple[Reason, bool]]()
    for group in groups:
        wanted = _wanted(group, campaign, mode, channel, sample)
        answer = ask(wanted, _contacts(group), profile, house, now)
        total += group.debtors
        if isinstance(answer, Allowed):
            callable_now += group.debtors
            debt += group.debt
            continue
        if answer.next_at is None:
            never += group.debtors
        else:
            later += group.debtors
            debt += group.debt
            moments[_quarter(answer.next_at)] += group.debtors
        for reason in answer.reasons:
            whys[reason, answer.next_at is None] += group.debtors
    return Preview(
        at=now, policy=profile.policy, total=total, now=callable_now, later=later, never=never,
        moments=_shortened(moments), why=_why(whys), debt=debt,
    )  # fmt: skip


def _sample(country: str) -> str:
    found = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164) if found else ""


def _wanted(group: Alike, campaign: Campaigning, mode: Mode, channel: Channel, sample: str) -> Wanted:
    bars = {Reason(code) for code in group.bars}
    if group.any_number and not group.usable:
        bars.add(Reason.DO_NOT_CALL)
    debtor = Debtor(
        customer_id=1,
        account_id=1,
        number=sample if group.any_number else "",
        zones=(group.zone,) if group.zone else (),
        bars=frozenset(bars),
        consents=group.consents,
        open_debt=Decimal(0) if group.paid else max(group.debt, Decimal(1)),
    )
    return Wanted(debtor=debtor, mode=mode, channel=channel, caller_id=STANDS_IN, campaign=campaign)


def _contacts(group: Alike) -> list[Contacted]:
    return [
        Contacted(
            at=one.at,
            channel=Channel(one.channel),
            conversation=one.conversation,
            customer_id=1,
            account_id=1 if one.same_account else 2,
            outcome=one.outcome,
            by_us=one.by_us,
        )
        for one in group.heard
    ]


def _quarter(at: datetime) -> datetime:
    """Round up to a quarter of an hour."""
    over = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at - over + timedelta(minutes=15) if over else at


def _shortened(moments: Counter[datetime]) -> tuple[tuple[datetime, int], ...]:
    ordered = sorted(moments.items())
    if len(ordered) <= MOST_MOMENTS:
        return tuple(ordered)
    rest = ordered[MOST_MOMENTS - 1 :]
    return (*ordered[: MOST_MOMENTS - 1], (rest[0][0], sum(many for _, many in rest)))


def _why(whys: Counter[tuple[Reason, bool]]) -> tuple[Why, ...]:
    each = {reason for reason, _ in whys}
    told = [Why(reason=one.value, later=whys[one, False], never=whys[one, True]) for one in each]
    return tuple(sorted(told, key=lambda one: (-(one.later + one.never), one.reason)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How long one pass takes: everybody who may be called is tried once."""

    operators: int
    calls: int
    talks: int
    calls_an_hour: float
    hours: float
    """Of all these operators working at it."""
    measured: bool
    """False: nothing was measured yet, usual figures were taken."""


def forecast(preview: Preview, mode: Mode, operators: int, measured: Measured) -> Forecast | None:
    """Return how long one pass takes with so many operators; None without any, or where none are needed.

    An operator's cycle is what one call costs him: ringing he waits through (manual, preview, progressive), and for
    the answered part talk and wrap-up; predictive dialling spares him the ringing at `OCCUPANCY`.
    """
    if operators <= 0 or mode in {Mode.NOTICE, Mode.MESSAGE}:
        return None
    rate = measured.answer_rate if measured.answer_rate is not None else RATE
    busy = rate * ((measured.talk_seconds or TALK) + WRAP_UP)
    spared = OCCUPANCY.get(mode)
    cycle = busy / spared if spared else busy + RING
    calls = preview.now + preview.later
    hourly = operators * 3600 / max(cycle, 1.0)
    return Forecast(
        operators=operators,
        calls=calls,
        talks=round(calls * rate),
        calls_an_hour=hourly,
        hours=calls / hourly,
        measured=measured.answer_rate is not None,
    )


def stored(preview: Preview) -> dict[str, Any]:
    """Return a preview as JSON."""
    return {
        "at": preview.at.isoformat(),
        "policy": preview.policy,
        "total": preview.total,
        "now": preview.now,
        "later": preview.later,
        "never": preview.never,
        "moments": [[at.isoformat(), many] for at, many in preview.moments],
        "why": [[one.reason, one.later, one.never] for one in preview.why],
        "debt": str(preview.debt),
    }


def read(data: Mapping[str, Any]) -> Preview:
    """Return the preview that was stored."""
    return Preview(
        at=datetime.fromisoformat(data["at"]),
        policy=data["policy"],
        total=data["total"],
        now=data["now"],
        later=data["later"],
        never=data["never"],
        moments=tuple((datetime.fromisoformat(at), many) for at, many in data["moments"]),
        why=tuple(Why(reason=reason, later=later, never=never) for reason, later, never in data["why"]),
        debt=Decimal(data["debt"]),
    )


def days(preview: Preview, zone: Any) -> Sequence[tuple[Any, int]]:
    """Return on which local days those of `later` become callable, and how many."""
    found = Counter[Any]()
    for at, many in preview.moments:
        found[at.astimezone(zone).date()] += many
    return sorted(found.items())
