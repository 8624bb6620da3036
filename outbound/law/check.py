"""May this debtor be reached now? Yes until when, or no, because of all of this, and not before then (pure).

The answer goes by the debtor's own clocks. Who may live in several zones is reached only when all of them allow it, and
what was in a window in one of them counts in all. docs/contact-law.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from outbound.law.counting import barred, blockers
from outbound.law.hours import first_open, is_open, known, last_open, resting
from outbound.law.profile import Hours, Profile, Rules
from outbound.terms import Allowed, Answer, Blocked, Channel, Contacted, Debtor, Mode, Reason

ORDER = {reason: place for place, reason in enumerate(Reason)}


def check(  # noqa: PLR0913 - everything the answer depends on
    debtor: Debtor,
    contacts: Sequence[Contacted],
    profile: Profile,
    now: datetime,
    channel: Channel = Channel.CALL,
    *,
    mode: Mode | None = None,
) -> Answer:
    """Say whether a profile lets a debtor be reached now.

    Args:
        debtor: whom, at which number, about which debt.
        contacts: what was before, of every campaign, hand and channel, at least `Profile.looks_back` back; others'
            do no harm.
        profile: the law.
        now: aware; also a moment of the future, to ask for it beforehand.
        channel: by what.
        mode: how; None: by an operator, and no wait is spared.

    Returns:
        `Allowed.until` is when its answer would turn to no by time alone; `Blocked.next_at` is the very first moment
        when it would be yes if nothing but time changes, None when time alone does not help (within 400 days).

    """
    rules = _of_mode(profile.channels.get(channel), mode)
    if rules is None:
        return Blocked(reasons=ordered({Reason.CHANNEL, *debtor.bars}), next_at=None, policy=profile.policy)
    zones = possible(debtor, profile)
    lasting = set(debtor.bars) | _missing(debtor, rules, mode) | barred(rules)
    if not zones and (rules.hours is not None or rules.limits or rules.waits):
        lasting.add(Reason.ZONE_UNKNOWN)
        return Blocked(reasons=ordered(lasting), next_at=None, policy=profile.policy)
    waits = [(one.reason, one.until(zone)) for one in blockers(debtor, contacts, profile, rules) for zone in zones]
    reasons = lasting | {reason for reason, until in waits if until > now} | _closed(rules.hours, profile, zones, now)
    if not reasons:
        return Allowed(until=_until(rules.hours, profile, zones, now), policy=profile.policy)
    next_at = None
    if not lasting:
        next_at = _first(rules.hours, profile, zones, max([now, *(until for _, until in waits)]))
    return Blocked(reasons=ordered(reasons), next_at=next_at, policy=profile.policy)


def possible(debtor: Debtor, profile: Profile) -> tuple[str, ...]:
    """Return the zones he may be in: his own when all of them are known ones, else every one of the profile."""
    if debtor.zones and all(known(zone) for zone in debtor.zones):
        return tuple(dict.fromkeys(debtor.zones))
    return profile.zones


def ordered(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return reasons once each, in the order of `Reason`."""
    return tuple(sorted(set(reasons), key=ORDER.__getitem__))


def _of_mode(rules: Rules | None, mode: Mode | None) -> Rules | None:
    if rules is None or not any(mode in wait.spares for wait in rules.waits):
        return rules
    return replace(rules, waits=tuple(wait for wait in rules.waits if mode not in wait.spares))


def _missing(debtor: Debtor, rules: Rules, mode: Mode | None) -> set[Reason]:
    needed = rules.consents | rules.notice_consents if mode is Mode.NOTICE else rules.consents
    return set() if needed <= debtor.consents else {Reason.NO_CONSENT}


def _closed(hours: Hours | None, profile: Profile, zones: Sequence[str], now: datetime) -> set[Reason]:
    """Return why the clocks say no: the hours of the day, those of a day of rest, and that he may live elsewhere."""
    if hours is None:
        return set()
    shut = [zone for zone in zones if not is_open(hours, profile.holidays, zone, now)]
    found = {Reason.HOLIDAY if resting(hours, profile.holidays, zone, now) else Reason.HOURS for zone in shut}
    return found | {Reason.ZONE_UNKNOWN} if 0 < len(shut) < len(zones) else found


def _first(hours: Hours | None, profile: Profile, zones: Sequence[str], start: datetime) -> datetime | None:
    return start if hours is None else first_open(hours, profile.holidays, zones, start)


def _until(hours: Hours | None, profile: Profile, zones: Sequence[str], now: datetime) -> datetime | None:
    return None if hours is None else last_open(hours, profile.holidays, zones, now)
