"""Was it lawful? An independent reading of the laws, by counting what was done; knows nothing of outbound.law.

It is written from the texts that the profiles cite, law by law, in the plainest way: look at one thing that was done,
at everything that was done before, and at the clocks where the person may be. It allows what the law allows, so a
profile that is stricter than its law passes, and one that is laxer does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

NOTHING_RANG = {"bad_number", "congestion", "failed"}
ZONES = {
    "RU-230": (
        *("Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Tomsk"),
        *("Asia/Novosibirsk", "Asia/Irkutsk", "Asia/Chita", "Asia/Vladivostok", "Asia/Sakhalin", "Asia/Anadyr"),
    ),
    "US": (
        *("America/New_York", "America/Detroit", "America/Chicago", "America/Denver", "America/Boise"),
        *("America/Phoenix", "America/Los_Angeles", "America/Juneau", "America/Adak", "Pacific/Honolulu"),
    ),
    "UK": ("Europe/London", "Europe/Belfast"),
    "IN": ("Asia/Calcutta",),
    "KZ": ("Asia/Almaty", "Asia/Aqtau", "Asia/Oral"),
    "none": ("Etc/UTC",),
}
"""Where people live under each law, by other names than the profiles use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Something that was done, or that came from him."""

    at: datetime
    kind: str
    """`call`, `sms`, `email`, or `he-called`."""
    debt: int
    zones: tuple[str, ...]
    """Where he may have been, as was known then; () is anywhere under that law."""
    mode: str = "manual"
    outcome: str = ""
    talked: bool = False
    barred: bool = False
    """Something stood against it: do not call, dispute, deceased …"""
    consents: frozenset[str] = frozenset()
    owed: bool = True
    open_call: bool = False


def breaches(law: str, done: Sequence[Done]) -> list[str]:
    """Return what was unlawful, in words, oldest first."""
    found = []
    for place, one in enumerate(done):
        if one.kind == "he-called":
            continue
        earlier = done[:place]
        found += [f"{one.at:%Y-%m-%d %H:%M:%S} {one.kind}: {what}" for what in _always(one)]
        for zone in one.zones or ZONES[law]:
            said = LAWS[law](one, [other for other in earlier if other.kind != "he-called"], earlier, ZoneInfo(zone))
            found += [f"{one.at:%Y-%m-%d %H:%M:%S} {one.kind} in {zone}: {what}" for what in said]
    return found


def _always(one: Done) -> list[str]:
    said = []
    if one.barred:
        said.append("he was not to be contacted")
    if not one.owed:
        said.append("nothing was owed")
    if one.open_call:
        said.append("a call to him was open")
    return said


Law = Callable[[Done, Sequence[Done], Sequence[Done], ZoneInfo], list[str]]


def _hours(one: Done, zone: ZoneInfo, opens: int, closes: int) -> list[str]:
    clock = one.at.astimezone(zone)
    return [] if opens <= clock.hour < closes else [f"at {clock:%H:%M} on {clock:%A}, between {closes} and {opens}"]


def _rang(done: Sequence[Done], kinds: set[str]) -> list[Done]:
    return [one for one in done if one.kind in kinds and one.outcome not in NOTHING_RANG]


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _more_than(most: int, what: str, days: Sequence[date], same: Callable[[date], bool]) -> list[str]:
    """Say so when with this one there are more than `most` of the kind in the period."""
    many = 1 + sum(1 for day in days if same(day))
    return [f"{many} times {what}"] if many > most else []


def _russia(one: Done, earlier: Sequence[Done], _: Sequence[Done], zone: ZoneInfo) -> list[str]:
    """230-FZ, article 7: part 3 of talks by telephone, part 5 of messages.

    A week and a month are both the calendar's and any seven and thirty days in a row: nobody may say that it was more.
    """
    today = _day(one.at, zone)
    # Labour Code of the Russian Federation, article 112.
    public = today.month == 1 and today.day <= 8
    public = public or (today.month, today.day) in {(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)}
    rests = public or today.isoweekday() in {6, 7}
    said = _hours(one, zone, *((9, 20) if rests else (8, 22)))
    kinds = {"call"} if one.kind == "call" else {"sms", "email"}
    a_day, a_week, a_month = (1, 2, 8) if one.kind == "call" else (2, 4, 16)
    days = [_day(other.at, zone) for other in _rang(earlier, kinds)]
    said += _more_than(a_day, "that day", days, lambda day: day == today)
    said += _more_than(a_week, "that week", days, lambda day: day.isocalendar()[:2] == today.isocalendar()[:2])
    said += _more_than(a_week, "in seven days", days, lambda day: today - timedelta(days=6) <= day <= today)
    said += _more_than(a_month, "that month", days, lambda day: (day.year, day.month) == (today.year, today.month))
    said += _more_than(a_month, "in thirty days", days, lambda day: today - timedelta(days=29) <= day <= today)
    return said


def _states(one: Done, earlier: Sequence[Done], everything: Sequence[Done], zone: ZoneInfo) -> list[str]:
    """12 CFR 1006.6(b)(1)(i) of hours; 1006.14(b)(2)(i) of calls; 47 U.S.C. 227(b)(1) of voices without a person."""
    said = _hours(one, zone, 8, 21)
    today = _day(one.at, zone)
    if one.kind != "call":
        return said + ([] if one.kind == "email" or "sms" in one.consents else ["a text without consent"])
    about = [other for other in _rang(earlier, {"call"}) if other.debt == one.debt]
    days = [_day(other.at, zone) for other in about]
    said += _more_than(7, "about a debt in seven days", days, lambda day: today - timedelta(days=6) <= day <= today)
    for other in everything:
        since = (today - _day(other.at, zone)).days
        # The date of the conversation is the first day of the seven; who called does not matter.
        if other.talked and other.debt == one.debt and since + 1 <= 7:
            said.append(f"on day {since + 1} after a conversation")
    if one.mode == "notice" and "calls" not in one.consents:
        said.append("a recorded voice without consent")
    return said


def _kingdom(one: Done, earlier: Sequence[Done], _: Sequence[Done], zone: ZoneInfo) -> list[str]:
    """CONC 7.9: no unreasonable times; Ofcom: 72 hours after an abandoned call, unless a person is sure to be there."""
    said = _hours(one, zone, 8, 21)
    if one.kind != "call" or one.mode in {"manual", "preview"}:
        return said
    lately = [other for other in earlier if other.outcome == "abandoned"]
    if any(one.at - other.at < timedelta(hours=72) for other in lately):
        said.append("sooner than 72 hours after an abandoned call")
    return said


def _india(one: Done, _: Sequence[Done], __: Sequence[Done], zone: ZoneInfo) -> list[str]:
    """RBI/2022-23/108: not before 8:00 a.m. and after 7:00 p.m.; the three national holidays as we promise besides."""
    today = _day(one.at, zone)
    rests = (today.month, today.day) in {(1, 26), (8, 15), (10, 2)}
    return _hours(one, zone, 8, 19) + (["on a national holiday"] if rests else [])


def _kazakhstan(one: Done, earlier: Sequence[Done], _: Sequence[Done], zone: ZoneInfo) -> list[str]:
    """Law 62-VI of 6 May 2017: contacts on workdays, from 8 to 21, no more than three a day."""
    said = _hours(one, zone, 8, 21)
    today = _day(one.at, zone)
    fixed = {
        (1, 1),
        (1, 2),
        (1, 7),
        (3, 8),
        (3, 21),
        (3, 22),
        (3, 23),
        (5, 1),
        (5, 7),
        (5, 9),
        (7, 6),
        (10, 25),
        (12, 16),
    }
    if today.isoweekday() in {6, 7} or (today.month, today.day) in fixed:
        said.append("on a day of rest")
    kinds = {"call"} if one.kind == "call" else {"sms", "email"}
    days = [_day(other.at, zone) for other in _rang(earlier, kinds)]
    return said + _more_than(3, "that day", days, lambda day: day == today)


LAWS: dict[str, Law] = {
    "RU-230": _russia,
    "US": _states,
    "UK": _kingdom,
    "IN": _india,
    "KZ": _kazakhstan,
    "none": lambda *_: [],
}
