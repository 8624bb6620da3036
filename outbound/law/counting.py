"""When earlier contacts stop standing in the way: limits and waits as moments (pure).

A contact counts until its window is over, and a limit of N is free again when all but N - 1 have stopped counting. So
each limit and each wait is one moment "not before", and nothing of them begins to block by time alone. The clock of the
machine may have gone back: a contact of the future counts like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from outbound.law.hours import local_day, starts
from outbound.law.profile import After, Limit, Of, Per, Profile, Rules, Unit, Wait, Window
from outbound.terms import Contacted, Debtor, Outcome, Reason


class Blocker(NamedTuple):
    """A limit or a wait that blocks until the contact it hangs on stops counting."""

    reason: Reason
    at: datetime
    """Of that contact: when it is out, the limit has room again."""
    window: Window

    def until(self, zone: str) -> datetime:
        """Return the first moment when it blocks no more in a zone, in UTC."""
        return cleared(self.at, self.window, zone)


def blockers(debtor: Debtor, contacts: Sequence[Contacted], profile: Profile, rules: Rules) -> list[Blocker]:
    """Return which limits are used up and which waits have begun, whether they are over or not.

    What came later stops counting later, so each hangs on one contact: a limit of N on the Nth latest, a wait on the
    latest. A limit of none hangs on nothing and is no blocker: `barred` knows it.
    """
    his = sorted((one for one in contacts if one.customer_id == debtor.customer_id), key=_time, reverse=True)
    found = []
    for limit in rules.limits if his else ():
        counted = (contact for contact in his if _counts(limit, contact, debtor, profile))
        last = next(islice(counted, limit.most - 1, None), None) if limit.most else None
        if last is not None:
            found.append(Blocker(_reason(limit), last.at, limit.within))
    for wait in rules.waits if his else ():
        last = next((contact for contact in his if _begins(wait, contact, debtor)), None)
        if last is not None:
            found.append(Blocker(Reason.WAITING_TIME, last.at, wait.lasts))
    return found


def barred(rules: Rules) -> set[Reason]:
    """Return the reasons of limits that allow nothing at all."""
    return {_reason(limit) for limit in rules.limits if limit.most == 0}


def cleared(at: datetime, window: Window, zone: str) -> datetime:
    """Return the first moment when a contact of `at` is out of the window, in UTC."""
    if window.unit is Unit.HOURS:
        return at + timedelta(hours=window.amount)
    return starts(zone, _after(local_day(zone, at), window))


def _after(day: date, window: Window) -> date:
    """Return the first date out of the window of a contact on `day`."""
    match window.unit:
        case Unit.WEEK:
            return day + timedelta(days=7 - day.weekday())
        case Unit.MONTH:
            return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
        case Unit.DAY:
            return day + timedelta(days=1)
        case _:
            return day + timedelta(days=window.amount)


def _reason(limit: Limit) -> Reason:
    return Reason.ATTEMPTS if limit.of is Of.ATTEMPTS else Reason.CONVERSATIONS


def _time(contact: Contacted) -> datetime:
    return contact.at


def _counts(limit: Limit, contact: Contacted, debtor: Debtor, profile: Profile) -> bool:
    return (
        contact.by_us
        and contact.channel in limit.channels
        and contact.outcome not in profile.uncounted
        and (limit.of is Of.ATTEMPTS or contact.conversation)
        and _about(limit.per, contact, debtor)
    )


def _begins(wait: Wait, contact: Contacted, debtor: Debtor) -> bool:
    begins = contact.conversation if wait.after is After.CONVERSATION else contact.outcome == Outcome.ABANDONED
    return begins and _about(wait.per, contact, debtor)


def _about(per: Per, contact: Contacted, debtor: Debtor) -> bool:
    return per is Per.DEBTOR or contact.account_id is None or contact.account_id == debtor.account_id
