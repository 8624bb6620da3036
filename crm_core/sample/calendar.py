"""Months of the sample base: seasons, tariffs with effective dates, when bills are issued (pure).

A month is counted as `year * 12 + month - 1`, so that months subtract.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import accumulate

ISSUE_DAY = 3
"""Day of the following month on which a month's bill is issued."""
REACH = 46
"""How many months before the ordinary history the calendar goes, for debts older than three years."""
SEASON = (1260, 1190, 1120, 1000, 880, 800, 760, 780, 860, 990, 1110, 1250)
"""Consumption of January to December in thousandths of the average month."""


@dataclass(frozen=True, slots=True)
class TariffVersion:
    """One version of a tariff; prices are kopecks (cents) per kWh."""

    tariff_id: int
    code: str
    name: str
    valid_from: date
    valid_to: date | None
    prices: tuple[int, ...]
    """One price for `single`, two for `day` and `night`."""

    @property
    def by_register(self) -> dict[str, str]:
        """Prices as the `tariffs` table keeps them: register code to decimal text."""
        codes = ("single",) if len(self.prices) == 1 else ("day", "night")
        return {code: f"{price // 100}.{price % 100:02d}" for code, price in zip(codes, self.prices, strict=True)}


CODES = ("HOME-1", "HOME-2", "FIRM-1", "FIRM-2")
"""Order in which accounts refer to tariffs: household and legal entity, single and day/night."""
_NAMES = (
    "Household, single rate",
    "Household, day and night",
    "Legal entity, single rate",
    "Legal entity, day and night",
)
_PRICES = ((580,), (667, 331), (845,), (961, 482))
"""Prices of the current version."""
_YEARLY_RISE = 0.93
"""Each earlier version costs this much of the later one."""


def month_number(day: date) -> int:
    """Count the month of a day."""
    return day.year * 12 + day.month - 1


def month_start(number: int) -> date:
    """Return the first day of a month by its number."""
    return date(number // 12, number % 12 + 1, 1)


def last_billed(today: date) -> int:
    """Return the newest month whose bill has been issued by `today`."""
    return month_number(today) - (1 if today.day > ISSUE_DAY else 2)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Everything the generator needs to know about time, fixed for one base."""

    today: date
    months: int
    first: int
    """First month the calendar knows."""
    last: int
    """Newest billed month."""
    season: tuple[int, ...]
    """Consumption accumulated since `first`, thousandths of an average month; entry 0 is month `first`."""
    versions: tuple[TariffVersion, ...]

    def version(self, code: str, month: int) -> TariffVersion:
        """Return the version of a tariff in force in a month."""
        day = month_start(month)
        return next(v for v in self.versions if v.code == code and v.valid_from <= day <= (v.valid_to or date.max))

    def current(self) -> tuple[int, ...]:
        """Ids of the versions in force today, in the order of `CODES`."""
        return tuple(self.version(code, month_number(self.today)).tariff_id for code in CODES)


def calendar(today: date, months: int) -> Calendar:
    """Lay out the calendar of a base with `months` of history that ends at `today`."""
    last = last_billed(today)
    first = last - months - REACH
    factors = [SEASON[number % 12] for number in range(first, last + 2)]
    return Calendar(
        today=today,
        months=months,
        first=first,
        last=last,
        season=tuple(accumulate(factors)),
        versions=_versions(month_start(first).year, today),
    )


def _versions(first_year: int, today: date) -> tuple[TariffVersion, ...]:
    """Tariffs change every first of July, as retailers' do; the newest one has no end."""
    newest = today.year if today >= date(today.year, 7, 1) else today.year - 1
    versions: list[TariffVersion] = []
    for year in range(first_year - 1, newest + 1):
        for code, name, prices in zip(CODES, _NAMES, _PRICES, strict=True):
            factor = _YEARLY_RISE ** (newest - year)
            versions.append(
                TariffVersion(
                    tariff_id=len(versions) + 1,
                    code=code,
                    name=name,
                    valid_from=date(year, 7, 1),
                    valid_to=None if year == newest else date(year + 1, 6, 30),
                    prices=tuple(round(price * factor) for price in prices),
                )
            )
    return tuple(versions)
