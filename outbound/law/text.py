"""Profiles of contact law read from YAML: parsed once, here; a fault is one sentence (pure, but for `texts`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final

import holidays as library
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from crm_core.parties import ConsentKind
from crm_core.work.sla import Span
from outbound.law.hours import known
from outbound.law.profile import (
    NEVER_RANG,
    Abandonment,
    After,
    Clock,
    Holidays,
    Hours,
    Limit,
    Of,
    Per,
    Profile,
    Rules,
    Scope,
    Source,
    Spans,
    Unit,
    Wait,
    Window,
)
from outbound.terms import Channel, Mode, Outcome

FOLDER: Final = Path(__file__).parent / "profiles"
LARGEST: Final = 60_000
"""Characters of a profile's text."""
SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
WINDOW = re.compile(r"(day|week|month)|([1-9]\d{0,2}) (days?|hours?)")
MOST_DAYS = 366


class ProfileError(ValueError):
    """A profile's text cannot be used; the message says where and why, in one sentence."""


def _span(text: object) -> Span:
    found = SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError('hours are written as "08:00-22:00", the last one at most "24:00"')
    opens, closes = time(int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
    if closes == (24, 0):
        return Span(opens=opens, closes=time())
    if closes[0] == 24 or time(*closes) <= opens:
        raise ValueError(f"{text} ends before it begins; hours that pass midnight are two spans")
    return Span(opens=opens, closes=time(*closes))


def _window(text: object) -> Window:
    found = WINDOW.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError('a window is "day", "week", "month", "7 days" or "72 hours"')
    if found[1]:
        return Window(Unit(found[1]))
    amount, unit = int(found[2]), Unit.DAYS if found[3].startswith("day") else Unit.HOURS
    if unit is Unit.DAYS and amount > MOST_DAYS:
        raise ValueError(f"a window has at most {MOST_DAYS} days")
    return Window(unit, amount)


def _zone(text: object) -> str:
    if not isinstance(text, str) or not known(text):
        raise ValueError(f"there is no zone {str(text)[:60]!r}; zones are named as Europe/Moscow")
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
Spelled = Annotated[Span, BeforeValidator(_span)]
Day = Annotated[tuple[Spelled, ...], Field(max_length=6)]
Lasting = Annotated[Window, BeforeValidator(_window)]
Zone = Annotated[str, BeforeValidator(_zone)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,23}$")]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class _Hours(_Data):
    workdays: Day
    saturdays: Day
    sundays: Day
    holidays: Day

    def value(self) -> Hours:
        week: tuple[Spans, ...] = (*([self.workdays] * 5), self.saturdays, self.sundays)
        return Hours(week=week, holidays=self.holidays)


class _Limit(_Data):
    most: Annotated[int, Field(ge=0, le=1000)]
    of: Of = Of.ATTEMPTS
    per: Per = Per.DEBTOR
    within: Lasting
    together: Annotated[tuple[Channel, ...], Field(max_length=3)] = ()

    def value(self, channel: Channel) -> Limit:
        channels = frozenset({channel, *self.together})
        return Limit(most=self.most, of=self.of, per=self.per, within=self.within, channels=channels)


class _Wait(_Data):
    after: After
    per: Per = Per.DEBTOR
    lasts: Lasting
    spares: tuple[Mode, ...] = ()

    @model_validator(mode="after")
    def _is_a_length(self) -> _Wait:
        if self.lasts.unit not in {Unit.DAYS, Unit.HOURS}:
            raise ValueError('a wait lasts "7 days" or "72 hours"')
        return self

    def value(self) -> Wait:
        return Wait(after=self.after, per=self.per, lasts=self.lasts, spares=frozenset(self.spares))


class _Rules(_Data):
    hours: _Hours | None = None
    limits: Annotated[tuple[_Limit, ...], Field(max_length=20)] = ()
    waits: Annotated[tuple[_Wait, ...], Field(max_length=10)] = ()
    consents: tuple[ConsentKind, ...] = ()
    notice_consents: tuple[ConsentKind, ...] = ()

    def value(self, channel: Channel) -> Rules:
        return Rules(
            hours=self.hours.value() if self.hours else None,
            limits=tuple(limit.value(channel) for limit in self.limits),
            waits=tuple(wait.value() for wait in self.waits),
            consents=frozenset(map(str, self.consents)),
            notice_consents=frozenset(map(str, self.notice_consents)),
        )


class _Holidays(_Data):
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""
    subdivision: Annotated[str, StringConstraints(max_length=10)] = ""
    # Not `off`, which YAML takes for a no.
    days_off: Annotated[tuple[date, ...], Field(max_length=1000)] = ()
    days_worked: Annotated[tuple[date, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _are_known(self) -> _Holidays:
        known_ones = library.list_supported_countries(include_aliases=False)
        if self.country and self.country not in known_ones:
            raise ValueError(f"the public holidays of {self.country} are not known; list them under days_off")
        if self.subdivision and self.subdivision not in known_ones.get(self.country, []):
            raise ValueError(f"{self.country or 'no country'} has no part {self.subdivision}")
        if both := set(self.days_off) & set(self.days_worked):
            raise ValueError(f"{min(both)} is both off and worked")
        return self

    def value(self) -> Holidays:
        return Holidays(
            country=self.country,
            subdivision=self.subdivision,
            off=frozenset(self.days_off),
            worked=frozenset(self.days_worked),
        )


class _Abandonment(_Data):
    cap_percent: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(3)
    window_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 30
    per: Scope = Scope.CAMPAIGN
    grace_seconds: Annotated[int, Field(ge=0, le=60)] = 2
    grace_from: Clock = Clock.GREETING
    ring_seconds: Annotated[int, Field(ge=5, le=120)] = 15

    def value(self) -> Abandonment:
        return Abandonment(
            cap=self.cap_percent / 100,
            window=timedelta(days=self.window_days),
            scope=self.per,
            grace=timedelta(seconds=self.grace_seconds),
            clock=self.grace_from,
            ring=timedelta(seconds=self.ring_seconds),
        )


class _Source(_Data):
    what: Text
    where: Text


class _Profile(_Data):
    code: Code
    title: Text
    note: Text
    sources: Annotated[tuple[_Source, ...], Field(max_length=30)] = ()
    zones: Annotated[tuple[Zone, ...], Field(max_length=60)] = ()
    holidays: _Holidays = _Holidays()
    uncounted: tuple[Outcome, ...] = ()
    abandonment: _Abandonment = _Abandonment()
    channels: dict[Channel, _Rules]

    @model_validator(mode="after")
    def _leaves_out_only_what_never_rang(self) -> _Profile:
        if rang := sorted(set(self.uncounted) - NEVER_RANG):
            raise ValueError(f"{rang[0]} may have rung, so it counts; left out can be {', '.join(sorted(NEVER_RANG))}")
        return self

    def value(self, version: int) -> Profile:
        return Profile(
            code=self.code,
            version=version,
            title=self.title,
            note=self.note,
            sources=tuple(Source(one.what, one.where) for one in self.sources),
            zones=tuple(dict.fromkeys(self.zones)),
            holidays=self.holidays.value(),
            uncounted=frozenset(self.uncounted),
            abandonment=self.abandonment.value(),
            channels={channel: rules.value(channel) for channel, rules in self.channels.items()},
        )


def parse(text: str, version: int = 0) -> Profile:
    """Read a profile from YAML.

    Args:
        text: of a person; hostile.
        version: under which it is published; 0 for a text that is not.

    Raises:
        ProfileError: in one sentence, where the text is no profile.

    """
    if len(text) > LARGEST:
        raise ProfileError(f"a profile has at most {LARGEST} characters")
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # A day that no calendar has, brackets that never close.
        raise ProfileError(f"not YAML: {' '.join(str(error).split())[:300]}") from error
    if not isinstance(data, dict):
        raise ProfileError("a profile is a mapping with code, title, note and channels")
    try:
        return _Profile.model_validate(data).value(version)
    except ValidationError as error:
        raise ProfileError(_sentence(error.errors(include_url=False)[0])) from None


def _sentence(fault: Any) -> str:
    """Name the place as it is written, entries of a list from 1, and say what would be right."""
    place = [str(part + 1) if isinstance(part, int) else str(part) for part in fault["loc"] if part != "[key]"]
    said = str(fault["msg"]).removeprefix("Value error, ")
    return ": ".join(one for one in (" ".join(place), said) if one)


def texts() -> Mapping[str, str]:
    """Return the shipped profiles' texts by code."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.yaml"))}


@lru_cache(maxsize=32)
def shipped(code: str) -> Profile:
    """Return a shipped profile.

    Raises:
        ProfileError: none of that code is shipped.

    """
    text = texts().get(code)
    if text is None:
        raise ProfileError(f"no profile {code[:24]!r} is shipped; there are {', '.join(texts())}")
    return parse(text)
