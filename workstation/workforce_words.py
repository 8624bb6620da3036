"""What pages say of the workforce: standings, verdicts, leave, rules of rest (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from crm_core.workforce.adherence import Verdict
from crm_core.workforce.leave import LeaveKind, LeaveRefusal, LeaveState
from crm_core.workforce.plan import Standing
from crm_core.workforce.rest import Breach
from workstation.sentences import N_

Said = tuple[str, str, str]
"""Words, mood of the badge, icon."""
STANDINGS: Mapping[Standing, Said] = {
    Standing.NOBODY_NEEDED: (N_("nobody is needed"), "", "dot"),
    Standing.SHORT: (N_("short"), "bad", "alert"),
    Standing.EVEN: (N_("as needed"), "good", "check"),
    Standing.OVER: (N_("more than needed"), "warn", "info"),
}
VERDICTS: Mapping[Verdict, Said] = {
    Verdict.AS_PLANNED: (N_("As planned"), "good", "check"),
    Verdict.TURNING: (N_("Changing over"), "", "clock"),
    Verdict.MISSING: (N_("Not here"), "bad", "alert"),
    Verdict.IN_BREAK: (N_("In a pause, should work"), "warn", "pause"),
    Verdict.NO_BREAK: (N_("Works through the break"), "warn", "clock"),
    Verdict.EXTRA: (N_("Works without a shift"), "accent", "info"),
    Verdict.FREE: (N_("Off"), "", "off"),
}
KINDS: Mapping[LeaveKind, str] = {
    LeaveKind.VACATION: N_("Vacation"),
    LeaveKind.SICK: N_("Illness"),
    LeaveKind.UNPAID: N_("Unpaid leave"),
    LeaveKind.TRAINING: N_("Training"),
}
STATES: Mapping[LeaveState, Said] = {
    LeaveState.ASKED: (N_("Waits for an answer"), "accent", "clock"),
    LeaveState.APPROVED: (N_("Approved"), "good", "check"),
    LeaveState.DECLINED: (N_("Declined"), "bad", "cross"),
    LeaveState.WITHDRAWN: (N_("Withdrawn"), "", "back"),
}
REFUSALS: Mapping[LeaveRefusal, str] = {
    LeaveRefusal.ENDS_BEFORE: N_("The last day must not be before the first."),
    LeaveRefusal.PAST: N_("These days are over. Illness can be told up to two weeks afterwards."),
    LeaveRefusal.TOO_LONG: N_("At most 62 days at a time."),
    LeaveRefusal.TOO_FAR: N_("At most 400 days ahead."),
    LeaveRefusal.ASKED_ALREADY: N_("You have asked for some of these days already."),
}
BREACHES: Mapping[Breach, str] = {
    Breach.ON_LEAVE: N_("on leave"),
    Breach.TWO_SHIFTS: N_("has a shift on the day already"),
    Breach.TOO_SOON: N_("too little rest between two shifts"),
    Breach.WEEK_FULL: N_("the week's hours are full"),
    Breach.NO_WEEKLY_REST: N_("no weekly rest would be left"),
    Breach.TOO_MANY_DAYS: N_("too many days in a row"),
}
IDLE = N_("more would be idle than helped")
"""Why people who may come are not proposed."""
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def clock(minutes: int) -> str:
    """Write minutes from midnight as the time of day."""
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def minutes_of(text: str) -> int | None:
    """Read a time of day as minutes from midnight; None when it is none."""
    hours, colon, minutes = text.strip().partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and len(hours) <= 2 and len(minutes) == 2):
        return None
    found = int(hours) * 60 + int(minutes)
    return found if int(minutes) < 60 and found < 1440 else None
