"""The one gate: whether this call or message may leave now. Every mode passes it, manual dialling included (pure).

It is asked last, at the moment of dialling, with what is true then; a yes given earlier is worth nothing. It joins what
the law says (outbound/law) with what the house says: campaign and schedule, debt still open, a number that is dialled
at all and is his, one call to a debtor at a time, a number of our own to show, and caps on how much may go out.
docs/contact-law.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from crm_core.callbacks import is_open, opening
from crm_core.errors import NeverWorked
from crm_core.outward import MayCall, judge
from crm_core.work.sla import WorkCalendar
from outbound.caps import Cap
from outbound.law.check import check, ordered
from outbound.law.hours import HORIZON
from outbound.law.profile import Profile
from outbound.terms import Allowed, Answer, Blocked, Channel, Contacted, Debtor, Mode, Reason

ROUNDS: Final = 1000
"""Most turns between schedule and law in the search for a moment that suits both; each is an opening or a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaigning:
    """The campaign for which he is called."""

    running: bool
    schedule: WorkCalendar | None = None
    """When it calls, by the house's clocks; None: whenever it runs."""
    ends_at: datetime | None = None
    """It places no call from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the house says of numbers, for every call alike."""

    country: str
    """ISO 3166, of numbers without a country code."""
    countries: frozenset[str] = frozenset()
    """Whose numbers are dialled; none: `country` alone."""
    ours: frozenset[str] = frozenset()
    """Our own lines in E.164: not dialled."""
    caller_ids: frozenset[str] = frozenset()
    """Numbers that may be shown, in E.164."""
    hours: WorkCalendar | None = None
    """When anything at all goes out, after-hours dialling by hand included; None: by law and campaign alone."""
    on_the_line: frozenset[int] = frozenset()
    """Accounts of subscribers who called us and are still there: nobody calls them meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The call or message that somebody or something wants to make."""

    debtor: Debtor
    mode: Mode
    channel: Channel = Channel.CALL
    caller_id: str = ""
    """What would be shown; for `Channel.CALL`."""
    campaign: Campaigning | None = None
    """None: by hand, for no campaign."""
    busy: bool = False
    """A call to or from this debtor is open, of whatever hand."""
    caps: tuple[Cap, ...] = ()
    """What `outbound.caps.judge` says of it."""


def ask(wanted: Wanted, contacts: Sequence[Contacted], profile: Profile, house: House, now: datetime) -> Answer:
    """Say whether it may leave now.

    Args:
        wanted: what is wanted, as true now.
        contacts: earlier ones, as `check` wants them; open attempts are among them.
        profile: contact law in force for it.
        house: the house's own rules.
        now: aware.

    Returns:
        A no has every reason; its `next_at` is the first moment when law, schedules and caps would all say yes if only
        time passes, None when time alone does not help.

    """
    law = _law(wanted, contacts, profile, now)
    lasting = _lasting(wanted, house)
    passing = _passing(wanted, house, now)
    if isinstance(law, Allowed) and not lasting and not passing:
        return Allowed(until=_until(law, wanted, house, now), policy=law.policy)
    reasons = lasting | passing | (set(law.reasons) if isinstance(law, Blocked) else set())
    helpless = bool(lasting) or (isinstance(law, Blocked) and law.next_at is None)
    next_at = None if helpless else _next(wanted, contacts, profile, house, now)
    return Blocked(reasons=ordered(reasons), next_at=next_at, policy=law.policy)


def _law(wanted: Wanted, contacts: Sequence[Contacted], profile: Profile, at: datetime) -> Answer:
    return check(wanted.debtor, contacts, profile, at, wanted.channel, mode=wanted.mode)


def _lasting(wanted: Wanted, house: House) -> set[Reason]:
    """Return what time alone does not lift."""
    debtor, campaign, found = wanted.debtor, wanted.campaign, set[Reason]()
    if debtor.open_debt <= 0:
        found.add(Reason.PAID)
    if wanted.busy or debtor.account_id in house.on_the_line:
        found.add(Reason.BUSY_NOW)
    if campaign is not None and not campaign.running:
        found.add(Reason.CAMPAIGN)
    if not debtor.number:
        found.add(Reason.NO_NUMBER)
    elif wanted.channel is not Channel.EMAIL and not _dialled(debtor.number, house):
        found.add(Reason.NUMBER_NOT_ALLOWED)
    if wanted.channel is Channel.CALL and wanted.caller_id not in house.caller_ids:
        found.add(Reason.CALLER_ID)
    if any(cap.full and cap.free_at is None for cap in wanted.caps):
        found.add(Reason.CAPS)
    return found


def _passing(wanted: Wanted, house: House, at: datetime) -> set[Reason]:
    """Return what says no at a moment and may say yes at a later one."""
    found = {Reason.CAPS for cap in wanted.caps if cap.full and (cap.free_at is None or cap.free_at > at)}
    campaign = wanted.campaign
    if campaign is not None and not _runs(campaign, at):
        found.add(Reason.CAMPAIGN)
    if house.hours is not None and not is_open(house.hours, at):
        found.add(Reason.HOURS)
    return found


def _runs(campaign: Campaigning, at: datetime) -> bool:
    if campaign.ends_at is not None and at >= campaign.ends_at:
        return False
    return campaign.schedule is None or is_open(campaign.schedule, at)


def _dialled(number: str, house: House) -> bool:
    judged = judge(number, house.country, house.countries, house.ours)
    # What is stored otherwise than it would be dialled was never judged.
    return isinstance(judged, MayCall) and judged.number == number


def _next(
    wanted: Wanted, contacts: Sequence[Contacted], profile: Profile, house: House, now: datetime
) -> datetime | None:
    """Return the first moment that suits everybody: whoever says no names his own next one, until nobody does."""
    moment = max([now, *(cap.free_at for cap in wanted.caps if cap.full and cap.free_at is not None)])
    last = now + timedelta(days=HORIZON)
    for _ in range(ROUNDS):
        law = _law(wanted, contacts, profile, moment)
        later = moment if isinstance(law, Allowed) else law.next_at
        later = later and _open_from(_calendars(wanted, house), later)
        if later is None or later > last or _over(wanted.campaign, later):
            return None
        if later == moment:
            return moment
        moment = later
    return None


def _calendars(wanted: Wanted, house: House) -> list[WorkCalendar]:
    schedule = wanted.campaign.schedule if wanted.campaign else None
    return [calendar for calendar in (schedule, house.hours) if calendar is not None]


def _open_from(calendars: Sequence[WorkCalendar], at: datetime) -> datetime | None:
    """Return the first moment from `at` on at which the first calendar that is shut opens; `at` when none is."""
    for calendar in calendars:
        try:
            opens = opening(calendar, at)
        except NeverWorked:
            return None
        if opens != at:
            return opens
    return at


def _over(campaign: Campaigning | None, at: datetime) -> bool:
    return campaign is not None and campaign.ends_at is not None and at >= campaign.ends_at


def _until(law: Allowed, wanted: Wanted, house: House, now: datetime) -> datetime | None:
    """Return when the yes ends by time alone: the first of law, schedules and the campaign's end."""
    ends = [law.until, wanted.campaign.ends_at if wanted.campaign else None]
    ends += [_closes(calendar, now) for calendar in _calendars(wanted, house)]
    return min((end for end in ends if end is not None), default=None)


def _closes(calendar: WorkCalendar, at: datetime) -> datetime | None:
    """Return when the calendar shuts, open at `at`; None: not within `HORIZON`."""
    day, end = calendar.local(at), at
    for ahead in range(HORIZON):
        for opens, closes in calendar.spans(day + timedelta(days=ahead)):
            if opens > end:
                return end
            end = max(end, closes)
        if end < calendar.end_of(day + timedelta(days=ahead)):
            return end
    return None
